"""From an estimate and what is known of its error to an interval: percentile, BCa, or by SE."""

from __future__ import annotations

from typing import Any

import numpy as np

from dyadsync.arrays import Array

_ENOUGH = 0.99
"""Share of the draws that must be numbers: a proportion has none where the total effect is 0."""


def percentile_interval(draws: Array, confidence_level: float, axis: int = -1) -> tuple[Any, Any]:
    """Lower and upper end of the middle `confidence_level` of the draws, along one axis.

    To the last bit what `np.quantile` gives, in a third of its time: intervals are most of what an
    analysis does with draws that it shares with others. NaN among the draws gives NaN.

    Examples
    --------
    >>> low, high = percentile_interval(np.arange(101.0), 0.9)
    >>> round(low, 6), round(high, 6)
    (np.float64(5.0), np.float64(95.0))
    """
    tail = (1 - confidence_level) / 2
    last = draws.shape[axis] - 1
    places = last * tail, last * (1 - tail)
    around = [(int(place), min(int(place) + 1, last)) for place in places]
    ordered = np.partition(draws, [*around[0], *around[1], last], axis=axis)
    ordered = np.moveaxis(ordered, axis, 0)  # NaN comes last
    ends = []
    for place, (rank, following) in zip(places, around, strict=True):
        part, gap = place - rank, ordered[following] - ordered[rank]
        end = ordered[rank] + part * gap if part < 0.5 else ordered[following] - (1 - part) * gap
        ends.append(np.where(np.isnan(ordered[last]), np.nan, end)[()])
    return ends[0], ends[1]


def draws_p_value(draws: Array) -> float:
    """Two-sided p-value of draws, shape (B,), against 0.

    ``min(1, 2 (k + 1) / (B + 1))`` with k the smaller of the numbers of draws on either side; a
    draw that equals 0 counts on both sides.

    Examples
    --------
    >>> draws_p_value(np.arange(-48.5, 950))  # 49 of 999 below 0
    0.1
    """
    below, above = int(np.count_nonzero(draws <= 0)), int(np.count_nonzero(draws >= 0))
    return min(1.0, 2 * (min(below, above) + 1) / (len(draws) + 1))


def known_draws_interval(draws: Array, confidence_level: float) -> tuple[float, float, float]:
    """Percentile interval and p-value of those draws, shape (B,), that are numbers; NaN of none.

    Examples
    --------
    >>> known_draws_interval(np.append(np.arange(-48.5, 950), np.nan), 0.9)[2]
    0.1
    """
    known = draws[np.isfinite(draws)]
    if not known.size:
        return np.nan, np.nan, np.nan
    low, high = percentile_interval(known, confidence_level)
    return float(low), float(high), draws_p_value(known)


def summarise_draws(
    estimate: float, draws: Array, confidence_level: float, jackknife: Array | None = None
) -> tuple[float, float, float, float]:
    """Interval and p-value of one effect; NaN where the effect, or many draws, are not defined.

    Parameters
    ----------
    estimate : float
        Plug-in estimate.
    draws : array, shape (B,)
        Draws of the effect.
    confidence_level : float
        Coverage of the interval.
    jackknife : array, optional
        Leave-one-out values; with them the interval is BCa (Efron 1987,
        doi:10.1080/01621459.1987.10478410) and the p-value is the level at which it reaches 0.

    Returns
    -------
    estimate, ci_lower, ci_upper, p_value

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.arange(-48.5, 950) / 1000  # 49 of 999 below 0
    >>> [round(value, 4) for value in summarise_draws(0.4, draws, 0.9)]
    [0.4, 0.0014, 0.8996, 0.1]
    """
    known = np.isfinite(draws)
    if not np.isfinite(estimate) or known.mean() < _ENOUGH:
        return estimate, np.nan, np.nan, np.nan
    if jackknife is not None:
        return estimate, *_bca(estimate, draws[known], confidence_level, jackknife)
    return estimate, *known_draws_interval(draws, confidence_level)


def _bca(
    estimate: float, draws: Array, confidence_level: float, jackknife: Array
) -> tuple[float, float, float]:
    """Bias-corrected and accelerated interval, and the level at which it reaches 0."""
    from scipy.special import ndtr, ndtri

    deviation = jackknife.mean() - jackknife
    spread = (deviation**2).sum()
    acceleration = (deviation**3).sum() / (6 * spread**1.5) if spread > 0 else 0.0
    edge = 1 / (len(draws) + 1)

    def quantile_of(value: float) -> float:
        """Turn the share of draws below a value, equal ones by half, to a normal quantile."""
        share = ((draws < value).sum() + (draws == value).sum() / 2) / len(draws)
        return float(ndtri(np.clip(share, edge, 1 - edge)))

    bias = quantile_of(estimate)
    tail = (1 - confidence_level) / 2
    shifted = bias + ndtri([tail, 1 - tail])
    low, high = np.quantile(draws, ndtr(bias + shifted / (1 - acceleration * shifted)))
    # The same transformation read backwards at 0.
    away = quantile_of(0.0) - bias
    z = away / (1 + acceleration * away) - bias
    p_value = max(2 * min(ndtr(z), ndtr(-z)), 2 * edge)
    return float(low), float(high), float(min(1.0, p_value))


def standard_error_interval(
    estimate: Any, se: Any, confidence_level: float, df: float = np.inf
) -> tuple[Any, Any]:
    """Estimate plus and minus standard errors times a quantile of t, or of the normal.

    Parameters
    ----------
    estimate, se : float or array
        Estimates and their standard errors.
    confidence_level : float
        Coverage of the interval.
    df : float
        Degrees of freedom; infinitely many make it the normal distribution.

    Returns
    -------
    ci_lower, ci_upper

    Examples
    --------
    >>> low, high = standard_error_interval(1.0, 0.5, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.02, 1.98)
    """
    from scipy.special import ndtri, stdtrit

    level = (1 + confidence_level) / 2
    reach = float(ndtri(level) if np.isinf(df) else stdtrit(df, level)) * se
    return estimate - reach, estimate + reach


def imputed_degrees_of_freedom(estimates: Array, variance: float, complete: float) -> float:
    """Degrees of freedom of a pooled estimate (Barnard & Rubin 1999, doi:10.1093/biomet/86.4.948).

    Parameters
    ----------
    estimates : array, shape (I,)
        One an imputation.
    variance : float
        Their `total_variance`.
    complete : float
        Degrees of freedom that the analysis would have with no value missing.

    Examples
    --------
    >>> round(imputed_degrees_of_freedom(np.array([1.0, 2.0, 3.0]), 1.8333, 34), 2)
    2.64
    """
    between = (1 + 1 / len(estimates)) * estimates.var(ddof=1)
    share = between / variance
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    if share <= 0:
        return float(observed)
    old = (len(estimates) - 1) / share**2
    return float(old * observed / (old + observed))
