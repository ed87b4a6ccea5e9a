"""What a design can find: the published analysis repeated over simulated trials."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_count
from dyadsync.simulation.analysis import (
    estimate_paths,
    observed_reduction,
    observed_synchrony,
    pair_moments,
    squared_correlation,
)
from dyadsync.simulation.design import Design
from dyadsync.simulation.grid import SHORTHANDS, Grid, expand_grid
from dyadsync.simulation.trials import draw_trials

__all__ = ["power"]

_BLOCK = 500  # trials analysed together: bounds the memory


def power(
    grid: Grid, *, n_trials: int = 2_000, rng: int | np.random.Generator | None = None
) -> pd.DataFrame:
    """How often designs find what is there, and what they make of it.

    Every rate counts only findings on the claimed side: a below 0, b above 0, indirect effect
    below 0.

    Parameters
    ----------
    grid : Design, mapping or sequence of these
        Designs; see `expand_grid`.
    n_trials : int, default 2000
        Trials a design.
    rng : int, Generator or None
        Seed, generator or None.

    Returns
    -------
    DataFrame
        One row a design, in the order of the grid: the settings that vary; ``n_dyads n_sessions
        n_trials``; the rates ``a b mediation pattern`` (each with p < .05, or a 95 % interval) and
        ``mediation_known pattern_known`` (with true correlations in place of the observed ones),
        each with its Monte Carlo standard error in ``..._se``; ``ab_true`` (points per SD, through
        latent synchrony), ``ab_mean`` over all trials, ``ab_in_pattern`` over those that show the
        pattern and their ratio ``exaggeration`` (NaN if none does, or if ``ab_mean`` is within four
        standard errors of 0); ``reliability``, the squared correlation of observed r and true
        correlation.

    Raises
    ------
    InputError
        If the grid is not valid or `n_trials` is below 1.

    References
    ----------
    Exaggeration: Gelman & Carlin (2014), doi:10.1177/1745691614551642.

    Examples
    --------
    >>> table = power({"n_sessions": [4, 16]}, n_trials=200, rng=1)
    >>> bool(table["pattern"].is_monotonic_increasing)
    True
    """
    n_trials = check_count("n_trials", n_trials)
    designs = expand_grid(grid)
    generators = np.random.default_rng(rng).spawn(len(designs))
    rows = [
        {
            **{name: value for name, value in settings.items() if name not in SHORTHANDS},
            "n_dyads": design.n_dyads,
            "n_sessions": len(design.sessions),
            "n_trials": n_trials,
            **_study_design(design, n_trials, generator),
        }
        for (settings, design), generator in zip(designs, generators, strict=True)
    ]
    return pd.DataFrame(rows)


def _study_design(design: Design, n_trials: int, rng: np.random.Generator) -> dict[str, float]:
    supported: list[FloatArray] = []
    ab: list[FloatArray] = []
    moments = np.zeros(6)
    for start in range(0, n_trials, _BLOCK):
        trials = draw_trials(design, min(_BLOCK, n_trials - start), rng)
        r = observed_synchrony(trials.oxytocin)
        reduction = observed_reduction(trials.hrsd)
        found = estimate_paths(trials.impairment, r, reduction)
        known = estimate_paths(trials.impairment, trials.rho, reduction)
        verdicts = [
            found.supports_a(),
            found.supports_b(),
            found.supports_mediation(),
            found.supports_pattern(),
            known.supports_mediation(),
            known.supports_pattern(),
        ]
        supported.append(np.column_stack(verdicts).astype(float))
        ab.append(found.ab)
        seen = np.isfinite(r)
        moments += pair_moments(r[seen], trials.rho[seen])

    names = ["a", "b", "mediation", "pattern", "mediation_known", "pattern_known"]
    verdict = np.vstack(supported)
    rates = verdict.mean(axis=0)
    row: dict[str, float] = {}
    for name, rate in zip(names, rates.tolist(), strict=True):
        row[name] = rate
        row[f"{name}_se"] = float(np.sqrt(rate * (1 - rate) / n_trials))
    products = np.concatenate(ab)
    shown = products[verdict[:, names.index("pattern")] > 0]
    mean = float(np.nanmean(products))
    in_pattern = float(shown.mean()) if shown.size else float("nan")
    row["ab_true"] = design.indirect_effect
    row["ab_mean"] = mean
    row["ab_in_pattern"] = in_pattern
    # a ratio to a mean that may as well be 0 says nothing
    mean_se = float(np.nanstd(products)) / np.sqrt(n_trials)
    row["exaggeration"] = in_pattern / mean if abs(mean) > 4 * mean_se else float("nan")
    row["reliability"] = squared_correlation(moments)
    return row
