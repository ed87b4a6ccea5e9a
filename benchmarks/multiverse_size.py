"""How often the multiverse's joint tests find what is not there: 37 dyads, four sessions.

    python benchmarks/multiverse_size.py [TRIALS]

writes multiverse_size.csv beside itself: for each truth, path and test the share of trials with
p <= .05, and its Monte Carlo standard error. Where a path is planted its rows are power, not size.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from dyadsync import Design, joint_tests, simulate_study, specifications

HERE = Path(__file__).parent
TRUTHS = {"neither path": (0.0, 0.0), "only b": (0.0, 0.65), "only a": (-0.5, 0.0)}
N_FLIPS, LEVEL, SEED = 499, 0.05, 20210101
CHOICES = {
    "change": ["difference", "log_ratio"],
    "below_loq": "keep",
    "measure": ["pearson", "spearman"],
    "min_sessions": 3,
    "outcome": ["slope", "difference"],
    "covariates": ["none", "age"],
    "method": "quasi-bayesian",
    "clustering": "none",
}


def rejections(
    design: Design, *, n_trials: int, n_flips: int = 199, level: float = 0.05, rng: int
) -> pd.DataFrame:
    """Simulate trials, test a multiverse of 32 analyses in each, and say what was significant.

    Parameters
    ----------
    design : Design
    n_trials, n_flips : int
    level : float
    rng : int

    Returns
    -------
    DataFrame
        One row a trial; columns ``a median``, ``a share``, ``a stouffer``, ``a any`` (at least
        one adjusted p-value of path a), and so for ``b`` and ``acme``.
    """
    rows = []
    specs: pd.DataFrame | None = None
    for seed in np.random.SeedSequence(rng).spawn(n_trials):
        generator = np.random.default_rng(seed)
        study = simulate_study(design, rng=generator)
        if specs is None:  # of these choices no combination depends on the data
            specs = specifications(study, **CHOICES)
        tests = joint_tests(study, specs, n_flips=n_flips, rng=generator)
        row = {
            f"{one['effect']} {one['statistic']}": one["p_value"] <= level
            for _, one in tests.table.iterrows()
        }
        rows.append(row | {f"{name} any": n > 0 for name, n in tests.surviving(level).items()})
    return pd.DataFrame(rows)


def main() -> None:
    n_trials = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    rows = []
    for truth, (a, b) in TRUTHS.items():
        design = Design(a=a, b=b, c=0.0)
        found = rejections(design, n_trials=n_trials, n_flips=N_FLIPS, level=LEVEL, rng=SEED)
        for name, rate in found.mean().items():
            effect, statistic = str(name).split()
            planted = {"a": a != 0, "b": b != 0, "acme": a * b != 0}[effect]
            rows.append(
                {
                    "truth": truth,
                    "effect": effect,
                    "test": statistic,
                    "is": "power" if planted else "size",
                    "rate": rate,
                    "se": np.sqrt(rate * (1 - rate) / n_trials),
                    "trials": n_trials,
                }
            )
    table = pd.DataFrame(rows)
    table.to_csv(HERE / "multiverse_size.csv", index=False, float_format="%.4g")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
