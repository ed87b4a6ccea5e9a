"""Coverage of the intervals of the ACME at the size of the trial: N = 37, linear models.

Data: x, e, u independent standard normal, m = a x + e, y = b m + u (c' = 0), so a and b are
in standard deviations of the errors. Each trial counts whether the 95 % interval holds a b;
at a b = 0 one minus the coverage is the type I error.

    python benchmarks/coverage.py [TRIALS]   writes benchmarks/coverage.csv (10,000 trials: ~25 min)
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from dyadsync import __version__, mediate

SEED = 37
N_DYADS = 37
EFFECTS = [(0.0, 0.0), (0.0, 0.5), (0.5, 0.0), (0.14, 0.14), (0.39, 0.39), (0.5, 0.5), (0.59, 0.59)]
METHODS = {
    "normal draws": {"method": "quasi-bayesian"},
    "small-sample t draws": {"method": "quasi-bayesian", "small_sample": True},
    "percentile bootstrap": {"method": "bootstrap"},
}


def coverage(a: float, b: float, n_trials: int, rng: np.random.Generator) -> pd.DataFrame:
    """Share of trials whose interval holds the true ACME, and the mean width, by method."""
    inside = dict.fromkeys(METHODS, 0)
    width = dict.fromkeys(METHODS, 0.0)
    for _ in range(n_trials):
        x, e, u = rng.standard_normal((3, N_DYADS))
        m = a * x + e
        table = pd.DataFrame({"x": x, "m": m, "y": b * m + u})
        for name, options in METHODS.items():
            result = mediate(table, "x", "m", "y", n_draws=1000, rng=rng, **options)
            low, high = result.table.loc["ACME", ["ci_lower", "ci_upper"]]
            inside[name] += low <= a * b <= high
            width[name] += high - low
    share = pd.Series(inside) / n_trials
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "method": list(METHODS),
            "coverage": share.to_numpy(),
            "mc_se": np.sqrt(share * (1 - share) / n_trials).round(4).to_numpy(),
            "mean_width": (pd.Series(width) / n_trials).round(4).to_numpy(),
            "trials": n_trials,
        }
    )


def main(n_trials: int) -> None:
    """Run every cell and write the table."""
    rng = np.random.default_rng(SEED)
    cells = [coverage(a, b, n_trials, rng) for a, b in EFFECTS]
    table = pd.concat(cells, ignore_index=True).assign(
        n_dyads=N_DYADS, seed=SEED, dyadsync=__version__
    )
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
