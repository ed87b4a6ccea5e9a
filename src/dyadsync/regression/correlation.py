"""Correlations that outlying dyads cannot make or unmake, each with a bootstrap interval.

The coefficients are array functions over the last axis with any leading axes (resamples, dyads,
surrogates); `correlation` adds intervals to any of them. A new coefficient is one
function and one line in `COEFFICIENTS`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dyadsync.arrays import Array, BoolArray
from dyadsync.checks import check_choice, check_count, check_level, check_rng, numeric_column
from dyadsync.errors import InputError
from dyadsync.extras import import_extra
from dyadsync.intervals import known_draws_interval

_BLOCK_VALUES = 1_000_000  # resampled values held at once
_SHARE = 0.2  # of the values that are drawn in or bent


def _cosine(u: Array, v: Array) -> Array:
    """Sum of products over the root of the product of the sums of squares; NaN for a zero vector.

    A vector that is zero but for rounding counts as zero: callers pass centred values.
    """
    uv, uu, vv = (u * v).sum(axis=-1), (u * u).sum(axis=-1), (v * v).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.clip(uv / np.sqrt(uu) / np.sqrt(vv), -1.0, 1.0))


def _centred(x: Array) -> Array:
    """Deviations from the mean; exactly zero for a constant series, whatever the rounding."""
    deviation = x - x.mean(axis=-1, keepdims=True)
    constant = x.max(axis=-1, keepdims=True) == x.min(axis=-1, keepdims=True)
    return np.where(constant, 0.0, deviation)


def pearson_correlation(x: ArrayLike, y: ArrayLike) -> Array:
    """Product-moment correlation over the last axis; NaN where a series is constant.

    Examples
    --------
    >>> float(pearson_correlation([1, 2, 3, 4], [2, 1, 4, 3]).round(2))
    0.6
    """
    return _cosine(_centred(np.asarray(x, dtype=float)), _centred(np.asarray(y, dtype=float)))


def spearman_correlation(x: ArrayLike, y: ArrayLike) -> Array:
    """Correlation of the ranks over the last axis, tied values sharing their mean rank.

    Examples
    --------
    >>> float(spearman_correlation([1, 2, 3, 100], [2, 1, 4, 300]).round(2))
    0.8
    """
    from scipy.stats import rankdata

    return pearson_correlation(
        rankdata(np.asarray(x, dtype=float), axis=-1), rankdata(np.asarray(y, dtype=float), axis=-1)
    )


def winsorised_correlation(x: ArrayLike, y: ArrayLike) -> Array:
    """Pearson's correlation after drawing in each variable's tails, over the last axis.

    The lowest fifth of the values, rounded down, is set to the next higher one and as many of the
    highest to the next lower one, in each variable on its own; NaN where it is constant then.
    Wilcox (2017), Introduction to robust estimation and hypothesis testing, 4th ed., section 9.3.

    Examples
    --------
    >>> float(winsorised_correlation([1, 2, 3, 4, 500], [1, 3, 2, 4, 9]).round(3))
    0.75
    """
    return pearson_correlation(_winsorised(x), _winsorised(y))


def _winsorised(x: ArrayLike) -> Array:
    x = np.asarray(x, dtype=float)
    n = x.shape[-1]
    drawn_in = math.floor(_SHARE * n)
    ordered = np.sort(x, axis=-1)
    low = ordered[..., drawn_in, None]
    high = ordered[..., n - 1 - drawn_in, None]
    return np.asarray(np.clip(x, low, high))


def percentage_bend_correlation(x: ArrayLike, y: ArrayLike) -> Array:
    """Percentage bend correlation over the last axis, with a bending constant of .2.

    Each variable is centred at its percentage bend location, divided by omega, the
    ``floor(.8 n)``-th smallest distance from the median, and bent to [-1, 1]; the correlation is
    that of the results about 0, NaN where omega is 0: so many values are tied at the median
    (Wilcox 1994, doi:10.1007/BF02294395).

    Examples
    --------
    >>> float(percentage_bend_correlation([1, 2, 3, 4, 500], [1, 2, 3, 5, 4]).round(3))
    0.9
    """
    return _cosine(_bent(x), _bent(y))


def _bent(x: ArrayLike) -> Array:
    """Centre at the percentage bend location, scale by omega, clip to [-1, 1]."""
    x = np.asarray(x, dtype=float)
    n = x.shape[-1]
    distance = x - np.median(x, axis=-1, keepdims=True)
    rank = max(math.floor((1 - _SHARE) * n), 1)
    omega = np.partition(np.abs(distance), rank - 1, axis=-1)[..., rank - 1, None]
    omega = np.where(omega == 0.0, np.nan, omega)
    below, above = distance < -omega, distance > omega
    n_below, n_above = (side.sum(axis=-1, keepdims=True) for side in (below, above))
    middle = np.where(below | above, 0.0, x).sum(axis=-1, keepdims=True)
    location = (middle + omega * (n_above - n_below)) / (n - n_below - n_above)
    return np.asarray(np.clip((x - location) / omega, -1.0, 1.0))


def outlying_pairs(x: ArrayLike, y: ArrayLike) -> BoolArray:
    """Find the pairs that a skipped correlation leaves out, shape (n,) as `x` and `y`.

    Pairs are projected on the lines from the minimum covariance determinant's centre through each
    pair; those further out on any line than its median plus 2.7 interquartile ranges are outliers
    (pingouin's implementation; Pernet, Wilcox & Rousselet 2013, doi:10.3389/fpsyg.2012.00606).
    Distances are in the units of `x` and `y`, so that other units may make other pairs outliers.

    Examples
    --------
    >>> x = np.arange(20.0)
    >>> y = x + np.cos(5 * x)
    >>> y[:2] = 90, 95
    >>> np.flatnonzero(outlying_pairs(x, y)).tolist()
    [0, 1]
    """
    skipped = import_extra("pingouin.correlation", "The skipped correlation").skipped
    with warnings.catch_warnings():
        # Its warning, that scikit-learn's determinant differs a little from Matlab's, comes always.
        warnings.simplefilter("ignore")
        outliers: BoolArray = skipped(np.asarray(x, float), np.asarray(y, float))[2]
    return outliers


COEFFICIENTS: dict[str, Callable[[Array, Array], Array]] = {
    "pearson": pearson_correlation,
    "spearman": spearman_correlation,
    "winsorised": winsorised_correlation,
    "percentage_bend": percentage_bend_correlation,
    "skipped": spearman_correlation,
}
"""Coefficients by name; of the skipped one that of the pairs that are no outliers."""


def correlation(
    x: ArrayLike,
    y: ArrayLike,
    method: str | Sequence[str] = "pearson",
    *,
    n_resamples: int = 5000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Correlate two variables over dyads, with percentile bootstrap intervals.

    Dyads are drawn with replacement and the coefficient is computed anew in every resample, all
    resamples at once. ``"skipped"`` looks for outlying pairs once (a twentieth of a second) and
    resamples the pairs that are left: to search every resample anew would take minutes. Its
    interval therefore leaves out how uncertain it is which pairs are outliers. They depend on the
    units of both variables, as the distances of pairs do.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        One value per dyad; two Series are matched by their index. Pairs with a missing value are
        left out.
    method : str or sequence of str
        A name in `COEFFICIENTS`, or several.
    n_resamples : int
        Number of resamples, at least 100.
    confidence_level : float
        Coverage of the interval.
    rng : int, Generator or None
        Seed or generator, as in SciPy.

    Returns
    -------
    DataFrame
        Indexed by method: ``r ci_lower ci_upper p_value n n_resamples``. ``n``: pairs that entered
        the coefficient; ``n_resamples``: those in which it was defined. The p-value is twice the
        smaller share of resamples on either side of 0, (k + 1)/(B + 1), and never 0.

    Raises
    ------
    InputError
        For an unknown method, a level or a number of resamples that is none, unequal lengths,
        infinite values, fewer than 4 pairs, or a constant variable.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal(37)
    >>> y = x + rng.standard_normal(37)
    >>> correlation(x, y, ["pearson", "winsorised"], rng=1)["r"].round(2).to_dict()
    {'pearson': 0.85, 'winsorised': 0.67}
    """
    methods = [method] if isinstance(method, str) else list(method)
    for name in methods:
        check_choice("method", name, COEFFICIENTS)
    check_level(confidence_level)
    check_count("n_resamples", n_resamples, least=100)
    x, y = _complete_pairs(x, y)
    rng = check_rng(rng)
    return pd.DataFrame(
        [
            _bootstrapped(name, x, y, n_resamples, confidence_level, generator)
            for name, generator in zip(methods, rng.spawn(len(methods)), strict=True)
        ],
        index=pd.Index(methods, name="method"),
    )


def _bootstrapped(
    name: str,
    x: Array,
    y: Array,
    n_resamples: int,
    confidence_level: float,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Estimate, interval and p-value of one coefficient."""
    coefficient = COEFFICIENTS[name]
    if name == "skipped":
        keep = ~outlying_pairs(x, y)
        x, y = x[keep], y[keep]
    n = len(x)
    block = max(1, _BLOCK_VALUES // n)
    draws = []
    for start in range(0, n_resamples, block):
        rows = rng.integers(n, size=(min(block, n_resamples - start), n))
        draws.append(coefficient(x[rows], y[rows]))
    drawn = np.concatenate(draws)
    low, high, p_value = known_draws_interval(drawn, confidence_level)
    return {
        "r": float(coefficient(x, y)),
        "ci_lower": low,
        "ci_upper": high,
        "p_value": p_value,
        "n": n,
        "n_resamples": int(np.isfinite(drawn).sum()),
    }


def _complete_pairs(first: ArrayLike, second: ArrayLike) -> tuple[Array, Array]:
    """Give the pairs that have both values; two Series are matched by their index."""
    if np.ndim(first) != 1 or np.shape(first) != np.shape(second):
        raise InputError(
            f"A correlation needs two lists of equal length, one value per dyad; these have shapes "
            f"{np.shape(first)} and {np.shape(second)}."
        )
    if isinstance(first, pd.Series) and isinstance(second, pd.Series):
        unique = first.index.is_unique and second.index.is_unique
        if unique and first.index.symmetric_difference(second.index).empty:
            second = second.reindex(first.index)
        elif not first.index.equals(second.index):
            raise InputError(
                "The two variables are Series of different rows, so they cannot be matched by "
                "their index; give both from one table."
            )
    table = pd.DataFrame({"x": np.asarray(first), "y": np.asarray(second)})
    x, y = (numeric_column(table, name) for name in "xy")
    complete = ~(np.isnan(x) | np.isnan(y))
    x, y = x[complete], y[complete]
    if len(x) < 4:
        raise InputError(f"{len(x)} complete pairs are too few for an interval; 4 are needed.")
    for name, values in (("first", x), ("second", y)):
        if np.ptp(values) == 0:
            raise InputError(f"The {name} variable is constant: it has no correlation.")
    return x, y
