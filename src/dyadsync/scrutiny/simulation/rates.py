"""From the findings of many trials to rates and errors, each with its Monte Carlo error."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dyadsync.arrays import Array, BoolArray
from dyadsync.scrutiny.simulation.cell import Cell
from dyadsync.scrutiny.simulation.many import Findings

RATES: dict[str, str] = {
    "power": "trials whose interval of the indirect effect lies on the planted side",
    "path_a": "trials whose interval of path a lies on the planted side",
    "path_b": "trials whose interval of path b lies on the planted side",
    "pattern": "trials that show all three",
    "type_1": "trials whose interval excludes 0, where the indirect effect is 0",
    "coverage": "intervals that hold the planted effect, of the trials that did not fail",
    "bias": "mean estimate less the planted effect, in points per SD of impairment",
    "rmse": "root mean squared error, in points",
    "width": "mean width of the interval, in points",
    "type_s": "wrong signs among the intervals that exclude 0",
    "type_m": "mean size of the estimates whose interval excludes 0, in planted effects",
    "mean": "mean estimate, in points",
    "mean_in_pattern": "mean estimate of the trials that show the pattern, in points",
    "exaggeration": "the latter over the former",
    "failures": "trials that the method could not analyse",
}
"""What `power` gives for a cell and method; each has its Monte Carlo error in ``..._se``."""


def summarise_findings(findings: Findings, cell: Cell) -> dict[str, float]:
    """Rates and errors of one method in one cell: ``truth``, and all of `RATES` with their errors.

    The planted side is that of the planted effect; where nothing is planted, the paper's: a below
    0, b above 0, the indirect effect below 0. A failed trial finds nothing. NaN is what has no
    meaning: type I error with an effect, types S and M without one, an exaggeration of a mean
    within four standard errors of 0, any rate but that of failures where every trial failed.
    """
    truth = cell.design.planted_effect + 0.0  # no minus before a zero
    sign_a, sign_b = cell.signs
    side = np.array([sign_a, sign_b, sign_a * sign_b])
    failed = findings.failed
    with np.errstate(invalid="ignore"):
        # the end of the interval that is nearer to 0, seen from the planted side
        nearer = np.where(side > 0, findings.lower, -findings.upper)
        farther = np.where(side > 0, findings.upper, -findings.lower)
        found: BoolArray = np.asarray((nearer > 0) & ~failed[:, None])
        opposite: BoolArray = np.asarray((farther[:, 2] < 0) & ~failed)
    shows: BoolArray = np.asarray(found.all(axis=1))
    fine = ~failed
    tried = slice(None if fine.any() else 0)
    estimate = findings.estimate[fine, 2]
    low, high = findings.lower[fine, 2], findings.upper[fine, 2]
    excludes: BoolArray = np.asarray(found[:, 2] | opposite)
    significant = excludes[fine]
    planted = truth != 0
    sizes = np.abs(estimate[significant]) / abs(truth) if planted else np.empty(0)
    squares = (estimate - truth) ** 2
    rmse, rmse_se = _mean(squares)
    rmse = float(np.sqrt(rmse))
    bias, bias_se = _mean(estimate - truth)
    measured = {
        "power": _mean(found[tried, 2]),
        "path_a": _mean(found[tried, 0]),
        "path_b": _mean(found[tried, 1]),
        "pattern": _mean(shows[tried]),
        "type_1": _mean(np.empty(0) if planted else excludes[tried]),
        "coverage": _mean((low <= truth) & (truth <= high)),
        "bias": (bias, bias_se),
        "rmse": (rmse, rmse_se / (2 * rmse) if rmse > 0 else np.nan),
        "width": _mean(high - low),
        "type_s": _mean(opposite[fine][significant] if planted else np.empty(0)),
        "type_m": _mean(sizes),
        "mean": _mean(estimate),
        "mean_in_pattern": _mean(findings.estimate[shows, 2]),
        "exaggeration": _exaggeration(estimate, shows[fine]),
        "failures": _mean(failed),
    }
    row = {"truth": float(truth)}
    for name in RATES:
        row[name], row[f"{name}_se"] = measured[name]
    return row


def _mean(values: ArrayLike) -> tuple[float, float]:
    """Mean and its standard error; of a share that is sqrt(p (1 - p) / n)."""
    known = np.asarray(values, dtype=float)
    n = len(known)
    if n == 0:
        return float("nan"), float("nan")
    return float(known.mean()), float(known.std() / np.sqrt(n))


def _exaggeration(estimate: Array, shows: Array) -> tuple[float, float]:
    """Mean of the estimates that show the pattern over the mean of all (delta method)."""
    none = (float("nan"), float("nan"))
    mean, mean_se = _mean(estimate)
    if not shows.any() or not abs(mean) > 4 * mean_se:
        return none  # a ratio to a mean that may as well be 0 says nothing
    shown = estimate[shows].mean()
    ratio = shown / mean
    influence = shows * (estimate - shown) / shows.mean() - ratio * (estimate - mean)
    return float(ratio), float(influence.std() / abs(mean) / np.sqrt(len(estimate)))
