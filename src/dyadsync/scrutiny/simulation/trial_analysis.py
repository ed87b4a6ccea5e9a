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

    a is the slope of synchrony on impairment, b and c' are those of symptom reduction on synchrony
    and on impairment; NaN where a trial does not determine them.
    """

    n: FloatArray
    """Complete dyads."""
    a: FloatArray
    b: FloatArray
    c_prime: FloatArray
    se_a: FloatArray
    se_b: FloatArray
    r_xm: FloatArray
    """Correlation of impairment and synchrony: minus that of the errors of c' and b."""

    @property
    def ab(self) -> FloatArray:
        """Indirect effect, a times b."""
        return self.a * self.b

    @property
    def p_a(self) -> FloatArray:
        """Two-sided p-value of a, by t with n - 2 degrees of freedom."""
        return _two_sided(self.a / self.se_a, self.n - 2)

    @property
    def p_b(self) -> FloatArray:
        """Two-sided p-value of b, by t with n - 3 degrees of freedom."""
        return _two_sided(self.b / self.se_b, self.n - 3)

    @property
    def p_ab(self) -> FloatArray:
        """Probability that the product of two normal draws, of a and of b, is above 0.

        It is the share of quasi-Bayesian draws on the unclaimed side, with infinitely many draws.
        """
        from scipy.special import ndtr

        z_a, z_b = self.a / self.se_a, self.b / self.se_b
        return np.asarray(ndtr(z_a) * ndtr(z_b) + ndtr(-z_a) * ndtr(-z_b))

    def supports_pattern(self) -> BoolArray:
        """Whether a trial shows the published pattern.

        It is a negative a and a positive b, each with p below .05, and a 95 % interval of the
        indirect effect below 0.
        """
        paths = (self.a < 0) & (self.p_a < 0.05) & (self.b > 0) & (self.p_b < 0.05)
        return paths & (self.p_ab < 0.025)


def _two_sided(t: FloatArray, df: FloatArray) -> FloatArray:
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(df, -np.abs(t)))


def estimate_paths(
    X: FloatArray, M: FloatArray, Y: FloatArray, weights: FloatArray | None = None
) -> PathEstimates:
    """Both least-squares models of T trials, each with L sets of weights of its dyads.

    X, M, Y are (T, N); `weights` are (L, N), such as counts of a resample, and 1 by default. Dyads
    with a NaN are left out. Estimates are (T, L), or (T,) without `weights`. Sums of products give
    every model in closed form.
    """
    given = np.ones((1, X.shape[1])) if weights is None else np.asarray(weights, dtype=float)
    complete = np.isfinite(X) & np.isfinite(M) & np.isfinite(Y)
    n_all = np.maximum(complete.sum(axis=1, keepdims=True), 1)
    x, m, y = (np.where(complete, v, 0.0) for v in (X, M, Y))
    # Centring on the whole sample first keeps the sums of squares accurate.
    x, m, y = (np.where(complete, v - v.sum(axis=1, keepdims=True) / n_all, 0.0) for v in (x, m, y))

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(values @ given.T)

    n, x_sum, m_sum, y_sum = (total(v) for v in (complete.astype(float), x, m, y))
    with np.errstate(divide="ignore", invalid="ignore"):
        x_squares = total(x * x)
        xx = x_squares - x_sum**2 / n
        mm = total(m * m) - m_sum**2 / n
        yy = total(y * y) - y_sum**2 / n
        xm = total(x * m) - x_sum * m_sum / n
        xy = total(x * y) - x_sum * y_sum / n
        my = total(m * y) - m_sum * y_sum / n
        left_m = mm - xm**2 / xx  # of the sum of squares, what x leaves
        a = np.where((xx > 1e-10 * x_squares) & (left_m > 1e-10 * mm), xm / xx, np.nan)
        b = (my - a * xy) / left_m
        left_y = np.maximum(yy - xy**2 / xx - b * (my - a * xy), 0)
        se_a = np.sqrt(left_m / (n - 2) / xx)
        se_b = np.sqrt(left_y / (n - 3) / left_m)
        columns = [n, a, b, xy / xx - a * b, se_a, se_b, xm / np.sqrt(xx * mm)]
    return PathEstimates(*(v[:, 0] if weights is None else v for v in columns))


def analyse_trials(trials: Trials) -> PathEstimates:
    """Analyse every trial as the paper would, each with its estimates.

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
