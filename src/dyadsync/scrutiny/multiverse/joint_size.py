"""How often the joint tests find something where there is nothing, by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dyadsync.scrutiny.multiverse.joint import joint_tests
from dyadsync.scrutiny.multiverse.specifications import specifications
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.package import simulate_study

__all__ = ["rejections"]

_CHOICES = {
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
            specs = specifications(study, **_CHOICES)
        tests = joint_tests(study, specs, n_flips=n_flips, rng=generator)
        row = {
            f"{one['effect']} {one['statistic']}": one["p_value"] <= level
            for _, one in tests.curve.iterrows()
        }
        rows.append(row | {f"{name} any": n > 0 for name, n in tests.surviving(level).items()})
    return pd.DataFrame(rows)
