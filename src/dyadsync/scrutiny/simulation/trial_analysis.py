"""The published analysis of many simulated trials at once.

Each trial is analysed as the paper would: synchrony is Pearson's r of the two persons' raw changes
(post minus pre), symptom reduction is minus the least-squares slope times the planned weeks, the
paths are least squares, the indirect effect has a quasi-Bayesian interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dyadsync.arrays import BoolArray, FloatArray
from dyadsync.scrutiny.simulation.trials import Trials


def observed_synchrony(oxytocin: FloatArray) -> FloatArray:
    """Pearson's r of the raw changes of the two persons, (T, N); NaN below three pairs."""
    change = oxytocin[..., 1] - oxytocin[..., 0]
    paired: BoolArray = np.asarray(np.isfinite(change).all(axis=-1))
    n_pairs = paired.sum(axis=-1)
    change = np.where(paired[..., None], change, 0.0)
    mean = change.sum(axis=-2) / np.maximum(n_pairs, 1)[..., None]
    centred = np.where(paired[..., None], change - mean[..., None, :], 0.0)
    sums = (centred**2).sum(axis=-2)
    scale = np.sqrt(sums[..., 0] * sums[..., 1])
    known = (n_pairs >= 3) & (scale > 0)
    r = (centred[..., 0] * centred[..., 1]).sum(axis=-1) / np.where(known, scale, 1.0)
    return np.where(known, np.clip(r, -1, 1), np.nan)


def observed_reduction(hrsd: FloatArray) -> FloatArray:
    """Minus the least-squares weekly slope times the planned weeks, (T, N)."""
    n_weeks = hrsd.shape[-1]
    seen = np.isfinite(hrsd)
    count = np.maximum(seen.sum(axis=-1, keepdims=True), 1)
    week = np.where(seen, np.arange(n_weeks), 0.0)
    week = np.where(seen, week - week.sum(axis=-1, keepdims=True) / count, 0.0)
    variation = (week**2).sum(axis=-1)
    covariation = (week * np.where(seen, hrsd, 0.0)).sum(axis=-1)
    slope = covariation / np.where(variation > 0, variation, np.nan)
    return np.asarray(-slope * (n_weeks - 1))


@dataclass(frozen=True, eq=False)
class PathEstimates:
    """Least-squares paths of many trials; every array has one value per trial.

    Attributes
    ----------
    a, b : array, shape (T,)
        Slope of synchrony on impairment; slope of symptom reduction on synchrony given impairment.
    se_a, se_b : array, shape (T,)
        Their classical standard errors.
    p_a, p_b : array, shape (T,)
        Two-sided p-values (t with n - 2 and n - 3 degrees of freedom).
    p_ab : array, shape (T,)
        Probability that the product of two normal draws, of a and of b, is above 0: the share of
        quasi-Bayesian draws on the unclaimed side, with infinitely many draws.
    """

    a: FloatArray
    b: FloatArray
    se_a: FloatArray
    se_b: FloatArray
    p_a: FloatArray
    p_b: FloatArray
    p_ab: FloatArray

    @property
    def ab(self) -> FloatArray:
        """Indirect effect, a times b."""
        return self.a * self.b

    def supports_a(self) -> BoolArray:
        """Whether a is negative with p below .05."""
        return (self.a < 0) & (self.p_a < 0.05)

    def supports_b(self) -> BoolArray:
        """Whether b is positive with p below .05."""
        return (self.b > 0) & (self.p_b < 0.05)

    def supports_mediation(self) -> BoolArray:
        """Whether the 95 % interval of the indirect effect lies below 0."""
        return self.p_ab < 0.025

    def supports_pattern(self) -> BoolArray:
        """Whether the trial shows the published pattern: a, b and the mediation."""
        return self.supports_a() & self.supports_b() & self.supports_mediation()


def estimate_paths(
    X: FloatArray, M: FloatArray, Y: FloatArray, keep: FloatArray | None = None
) -> PathEstimates:
    """Both least-squares models of T trials, each with L selections of dyads.

    X, M, Y are (T, N); `keep` is (L, N) of 0 and 1, all dyads by default. Dyads with a NaN are left
    out. Estimates are (T, L), or (T,) without `keep`. Sums of products give every model in closed
    form.
    """
    from scipy.special import ndtr, stdtr

    selections = np.ones((1, X.shape[1])) if keep is None else np.asarray(keep, dtype=float)
    complete = np.isfinite(X) & np.isfinite(M) & np.isfinite(Y)
    n_all = np.maximum(complete.sum(axis=1, keepdims=True), 1)
    x, m, y = (np.where(complete, v, 0.0) for v in (X, M, Y))
    # Centring on the whole sample first keeps the sums of squares accurate.
    x, m, y = (np.where(complete, v - v.sum(axis=1, keepdims=True) / n_all, 0.0) for v in (x, m, y))

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(values @ selections.T)

    n = total(complete.astype(float))
    sums = {name: total(v) for name, v in (("x", x), ("m", m), ("y", y))}

    def products(name: str, other: str, values: FloatArray) -> FloatArray:
        return total(values) - sums[name] * sums[other] / n

    with np.errstate(divide="ignore", invalid="ignore"):
        xx, mm, yy = products("x", "x", x * x), products("m", "m", m * m), products("y", "y", y * y)
        xm, xy, my = products("x", "m", x * m), products("x", "y", x * y), products("m", "y", m * y)
        a = xm / xx
        residual_m = mm - xm**2 / xx
        se_a = np.sqrt(residual_m / (n - 2) / xx)
        residual_my = my - xm * xy / xx
        b = residual_my / residual_m
        residual_y = yy - xy**2 / xx - b * residual_my
        se_b = np.sqrt(np.maximum(residual_y, 0) / (n - 3) / residual_m)
        z_a, z_b = a / se_a, b / se_b
    p_a = 2 * stdtr(n - 2, -np.abs(z_a))
    p_b = 2 * stdtr(n - 3, -np.abs(z_b))
    # P(AB > 0) = P(A > 0) P(B > 0) + P(A < 0) P(B < 0) for independent A and B
    p_ab = ndtr(z_a) * ndtr(z_b) + ndtr(-z_a) * ndtr(-z_b)
    columns = [np.asarray(v) for v in (a, b, se_a, se_b, p_a, p_b, p_ab)]
    if keep is None:
        columns = [v[:, 0] for v in columns]
    return PathEstimates(*columns)


def analyse_trials(trials: Trials) -> PathEstimates:
    """Analyse every trial as the paper would.

    Parameters
    ----------
    trials : Trials
        From `draw_trials`.

    Returns
    -------
    PathEstimates
        Estimates and tests, one value per trial.

    Examples
    --------
    >>> from dyadsync.scrutiny.simulation.design import Design
    >>> from dyadsync.scrutiny.simulation.trials import draw_trials
    >>> found = analyse_trials(draw_trials(Design(), 200, rng=1))
    >>> bool(found.a.mean() < 0 < found.b.mean())
    True
    """
    synchrony = observed_synchrony(trials.oxytocin)
    return estimate_paths(trials.impairment, synchrony, observed_reduction(trials.hrsd))


def pair_moments(x: FloatArray, y: FloatArray) -> FloatArray:
    """Count and sums of x, y, xx, yy, xy, (6,): blocks of pairs add up."""
    return np.array([x.size, x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum()])


def squared_correlation(moments: FloatArray) -> float:
    """Squared correlation from `pair_moments`; of observed r and true rho it is the reliability."""
    n, x, y, xx, yy, xy = moments
    variation = (xx - x * x / n) * (yy - y * y / n) if n else 0.0
    return float((xy - x * y / n) ** 2 / variation) if variation > 0 else float("nan")
