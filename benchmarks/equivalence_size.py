"""How often `equivalence` calls an effect too small when it is exactly the smallest that matters.

2,000 trials per cell (Monte Carlo standard error at .05: .005), nominal level .05, quasi-Bayesian
draws. Cause, mediator and outcome are standard normal up to the paths; the direct effect is 0.
Writes ``equivalence_size.csv``: ``n_dyads a b size se``.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from dyadsync import equivalence, mediate

SIZES = (37, 80, 160, 320)
PATHS = ((0.3, 0.3), (0.3, 0.6), (0.6, 0.3), (0.45, 0.45), (0.6, 0.6))
N_TRIALS = 2_000


def size(n: int, a: float, b: float, n_trials: int = N_TRIALS, seed: int = 1) -> float:
    """Share of trials in which an effect of `a` times `b` is called smaller than that."""
    rng = np.random.default_rng([seed, n, round(100 * a), round(100 * b)])
    called = 0
    for _ in range(n_trials):
        x, e, u = rng.normal(size=(3, n))
        m = a * x + np.sqrt(1 - a**2) * e
        data = pd.DataFrame({"x": x, "m": m, "y": b * m + np.sqrt(1 - b**2) * u})
        result = mediate(data, "x", "m", "y", n_draws=2_000, rng=rng)
        called += equivalence(result, a * b).small
    return called / n_trials


def main() -> None:
    """Write the table beside this file."""
    rows = []
    for n in SIZES:
        for a, b in PATHS:
            share = size(n, a, b)
            rows.append((n, a, b, share, np.sqrt(share * (1 - share) / N_TRIALS)))
    table = pd.DataFrame(rows, columns=["n_dyads", "a", "b", "size", "se"])
    table.round(4).to_csv(Path(__file__).with_suffix(".csv"), index=False)


if __name__ == "__main__":
    main()
