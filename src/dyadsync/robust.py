"""MM-regression, its fast-and-robust bootstrap, the Huber covariance and median regression.

Everything here takes arrays and returns arrays. A design ``X`` holds its constant as a column.
Where resamples are involved they come as *counts*: an array ``(B, n)`` saying how often each of
the n rows was drawn in each of the B resamples, so that the same resamples can serve several models
and no resampled data are ever copied. The last section turns these into methods of
`dyadsync.mediate`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dyadsync.errors import InputError

if TYPE_CHECKING:
    from dyadsync.estimators import Coefficients, Fit, MediationData, Settings

Array = NDArray[Any]

BREAKDOWN = 0.5
"""Share of outliers that the S-estimator withstands, and right-hand side of its scale equation."""

_BLOCK_BYTES = 8 * 2**20  # a work array of resamples by rows stays below this


class ExactFitWarning(UserWarning):
    """More than half of the rows lie exactly on one plane, so the robust scale is zero."""


class ConvergenceWarning(UserWarning):
    """An iteration was stopped before it had settled."""


# ------------------------------------------------------------------ Tukey's bisquare


def bisquare_weight(u: Array, k: float) -> Array:
    """Tukey's bisquare weight (1 - (u/k)^2)^2 inside [-k, k], 0 outside; u are scaled residuals."""
    inside = 1.0 - np.square(u / k)
    np.maximum(inside, 0.0, out=inside)
    return np.square(inside, out=inside)


def _bisquare_rho(u: Array, k: float) -> Array:
    """Tukey's bisquare loss scaled to rise from 0 to 1."""
    inside = 1.0 - np.square(u / k)
    np.maximum(inside, 0.0, out=inside)
    return 1.0 - inside * inside * inside


def _bisquare_psi_derivative(u: Array, k: float) -> Array:
    """Compute the derivative of psi(u) = u (1 - (u/k)^2)^2."""
    square = np.square(u / k)
    return np.where(square < 1.0, (1.0 - square) * (1.0 - 5.0 * square), 0.0)


def _normal_moments(k: float) -> list[float]:
    """E[Z^j; |Z| < k] of a standard normal Z for j = 0, 2, 4, ..., 10 (by parts)."""
    density = math.exp(-k * k / 2) / math.sqrt(2 * math.pi)
    moments = [math.erf(k / math.sqrt(2))]
    for j in range(1, 6):
        moments.append((2 * j - 1) * moments[-1] - 2 * k ** (2 * j - 1) * density)
    return moments


def _expected_rho(k: float) -> float:
    m0, m2, m4, m6, *_ = _normal_moments(k)
    return 3 * m2 / k**2 - 3 * m4 / k**4 + m6 / k**6 + 1.0 - m0


def _efficiency(k: float) -> float:
    """Asymptotic efficiency at the normal: E[psi']^2 / E[psi^2]."""
    m0, m2, m4, m6, m8, m10 = _normal_moments(k)
    slope = m0 - 6 * m2 / k**2 + 5 * m4 / k**4
    square = m2 - 4 * m4 / k**2 + 6 * m6 / k**4 - 4 * m8 / k**6 + m10 / k**8
    return slope**2 / square


def _r_squared_correction(k: float) -> float:
    """E[weight] / E[psi(Z) Z]: makes the robust R-squared consistent at the normal."""
    m0, m2, m4, m6, *_ = _normal_moments(k)
    return (m0 - 2 * m2 / k**2 + m4 / k**4) / (m2 - 2 * m4 / k**2 + m6 / k**4)


def _bisect(rising: Callable[[float], float], lower: float, upper: float) -> float:
    for _ in range(100):
        middle = (lower + upper) / 2
        if rising(middle) < 0:
            lower = middle
        else:
            upper = middle
    return (lower + upper) / 2


@lru_cache(maxsize=1)
def scale_constant() -> float:
    """Bisquare constant of the S-estimator with breakdown point .5.

    Examples
    --------
    >>> round(scale_constant(), 5)
    1.54764
    """
    return _bisect(lambda k: BREAKDOWN - _expected_rho(k), 0.5, 5.0)


@lru_cache(maxsize=32)
def efficiency_constant(efficiency: float) -> float:
    """Bisquare constant that gives the M-step the asked efficiency under normal errors.

    Parameters
    ----------
    efficiency
        Between .3 and .999; .85 is the customary choice in mediation, .95 in regression.

    Raises
    ------
    InputError
        If the efficiency lies outside that range.

    Examples
    --------
    >>> round(efficiency_constant(0.85), 5), round(efficiency_constant(0.95), 5)
    (3.44369, 4.68506)
    """
    if not 0.3 <= efficiency <= 0.999:
        raise InputError(
            f"The efficiency of an MM-regression must lie between 0.3 and 0.999, not {efficiency}; "
            "0.85 is the usual choice."
        )
    return _bisect(lambda k: _efficiency(k) - efficiency, scale_constant(), 50.0)


# ------------------------------------------------------------------ MM-regression


@dataclass(frozen=True)
class RegressionResult:
    """An MM-regression.

    Attributes
    ----------
    coef, se : ndarray (p,)
        Coefficients in the order of X's columns and their standard errors.
    vcov : ndarray (p, p)
        Covariance of the coefficients (Croux, Dhaene & Hoorelbeke 2003).
    scale : float
        S-scale of the residuals, in units of y; 0 at an exact fit.
    weights : ndarray (n,)
        Robustness weights: 1 is a row taken in full, 0 a row left out.
    fitted, residuals : ndarray (n,)
        Fitted values and residuals, in units of y.
    r_squared : float
        Robust R-squared (Renaud & Victoria-Feser 2010).
    initial_coef : ndarray (p,)
        Coefficients of the S-estimate that the M-step starts from.
    efficiency : float
        Efficiency of the M-step at the normal.
    converged : bool
        Whether both steps settled.
    """

    coef: Array
    se: Array
    vcov: Array
    scale: float
    weights: Array
    fitted: Array
    residuals: Array
    r_squared: float
    initial_coef: Array
    efficiency: float
    converged: bool


def mm_regression(
    X: ArrayLike,
    y: ArrayLike,
    efficiency: float = 0.85,
    *,
    names: Sequence[str] | None = None,
    max_iterations: int = 500,
) -> RegressionResult:
    """Robust linear regression by an MM-estimator.

    First an S-estimate: coefficients that minimise the M-scale of the residuals, s with
    sum(rho(r/s)) / (n - p) = 1/2, rho Tukey's bisquare with breakdown point .5. Then an M-estimate
    with that scale and a bisquare tuned to ``efficiency``. The S-objective has many local minima,
    so it is descended from hundreds of elemental fits at once. The starts are drawn after putting
    the rows in a fixed order: the result is a function of the data alone, whatever the order of
    the rows.

    Parameters
    ----------
    X : array_like (n, p)
        Design, with its column of ones.
    y : array_like (n,)
        Outcome.
    efficiency
        Asymptotic efficiency at normal errors, relative to least squares.
    names
        Names of X's columns, used in error messages only.
    max_iterations
        Most iterations allowed in each of the two steps.

    Returns
    -------
    RegressionResult

    Raises
    ------
    InputError
        For non-finite values, fewer than p + 2 rows, linearly dependent columns (a second constant
        column among them), or more than half of the rows identical.

    Warns
    -----
    ExactFitWarning
        If (n + p)/2 rows or more lie exactly on a plane: its coefficients are returned, with
        scale 0, weights 0 or 1, and no standard errors.
    ConvergenceWarning
        If a step did not settle within ``max_iterations``.

    References
    ----------
    Yohai (1987), doi:10.1214/aos/1176350366.
    Salibian-Barrera & Yohai (2006), doi:10.1198/106186006X113629.
    Croux, Dhaene & Hoorelbeke (2003), Robust standard errors for robust estimators.
    Renaud & Victoria-Feser (2010), doi:10.1016/j.jspi.2010.01.008.

    Examples
    --------
    >>> x = np.arange(12.0)
    >>> y = 1 + 2 * x + 0.1 * np.cos(7 * x)
    >>> y[11] = -40
    >>> fit = mm_regression(np.column_stack([np.ones(12), x]), y)
    >>> fit.coef.round(1).tolist(), fit.weights[11] == 0
    ([1.0, 2.0], np.True_)
    """
    X, y = _checked_regression(X, y, names)
    k = efficiency_constant(efficiency)
    order = np.lexsort((*X.T, y))
    _check_identical_rows(X[order], y[order])
    # Columns on a common footing for the normal equations; by medians, which no outlier moves.
    unit = np.array([np.median(column[column != 0]) for column in np.abs(X).T])
    Z, v = X[order] / unit, y[order]

    initial, scale, settled = _s_estimate(Z, v, max_iterations)
    if scale == 0.0:
        return _exact_fit(X, y, initial / unit, efficiency)
    try:
        coef, converged = _m_estimate(Z, v, initial, scale, k, max_iterations)
    except np.linalg.LinAlgError:
        raise InputError(_UNDETERMINED) from None
    if not (settled and converged):
        step = "S-step" if not settled else "M-step"
        warnings.warn(
            f"The MM-regression's {step} had not settled after {max_iterations} iterations.",
            ConvergenceWarning,
            stacklevel=2,
        )
    coef, initial = coef / unit, initial / unit
    fitted = X @ coef
    residuals = y - fitted
    weights = bisquare_weight(residuals / scale, k)
    try:
        vcov = _mm_covariance(X, residuals, y - X @ initial, scale, k)
    except np.linalg.LinAlgError:
        raise InputError(_UNDETERMINED) from None
    return RegressionResult(
        coef=coef,
        se=np.sqrt(np.diag(vcov)),
        vcov=vcov,
        scale=scale,
        weights=weights,
        fitted=fitted,
        residuals=residuals,
        r_squared=_robust_r_squared(fitted, residuals, weights, k),
        initial_coef=initial,
        efficiency=efficiency,
        converged=bool(settled and converged),
    )


_UNDETERMINED = (
    "The rows that a robust regression does not take for outliers leave a coefficient "
    "undetermined: a column of the design varies in outlying rows only. Leave it out or check "
    "these rows."
)


def _checked_regression(
    X: ArrayLike, y: ArrayLike, names: Sequence[str] | None
) -> tuple[Array, Array]:
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if X.ndim != 2 or y.ndim != 1 or len(X) != len(y):
        raise InputError(
            "A regression needs a design of shape (rows, columns) and an outcome with as many "
            f"rows; it was given shapes {X.shape} and {y.shape}."
        )
    n, p = X.shape
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        bad = np.flatnonzero(~(np.isfinite(X).all(axis=1) & np.isfinite(y)))
        raise InputError(
            f"Missing or infinite values in {bad.size} of {n} rows (the first is row {bad[0]}, "
            "counted from 0); leave these rows out before fitting."
        )
    if n < p + 2:
        raise InputError(
            f"{n} rows are too few for a robust regression with {p} coefficients; "
            f"it needs at least {p + 2}."
        )
    labels = list(names) if names is not None else [f"column {j}" for j in range(p)]
    _check_columns(X, labels)
    return X, y


def _check_columns(X: Array, labels: Sequence[str]) -> None:
    """Refuse a design whose columns are linearly dependent, and say which column is at fault."""
    length = np.sqrt(np.einsum("ij,ij->j", X, X))
    length[length == 0.0] = 1.0
    pivots = np.abs(np.diag(np.linalg.qr(X / length, mode="r")))
    if (pivots > 1e-9).all():
        return
    j = int(np.argmax(pivots <= 1e-9))
    constant = np.ptp(X[:, j]) == 0.0
    raise InputError(
        f"In the design of the regression, {labels[j]} is constant: it carries no information "
        "beside the intercept; leave it out."
        if constant
        else f"In the design of the regression, {labels[j]} is a linear combination of the columns "
        "before it; leave one of them out."
    )


def _check_identical_rows(X: Array, y: Array) -> None:
    """Refuse data of which more than half are one and the same row; rows come sorted."""
    n = len(y)
    if X.shape[1] == 1:
        return  # a location has an exact fit there, which is unique
    same = np.concatenate([[False], (X[1:] == X[:-1]).all(axis=1) & (y[1:] == y[:-1])])
    edges = np.flatnonzero(np.append(~same, True))
    largest = int(np.diff(edges).max())
    if 2 * largest > n:
        raise InputError(
            f"{largest} of {n} rows are identical: with more than half of the data in one point, a "
            "robust regression is not defined; check how these rows were made."
        )


# -- the S-step


@lru_cache(maxsize=64)
def _start_orders(n: int, n_starts: int, size: int) -> NDArray[np.intp]:
    """Put n rows in random order once a start and keep the first; seeded by the numbers alone."""
    keys = np.random.default_rng([n, n_starts]).random((n_starts, n))
    orders = np.argsort(keys, axis=1)[:, :size].astype(np.intp)
    orders.flags.writeable = False
    return orders


def _elemental_fits(X: Array, y: Array) -> Array:
    """Exact fits through many small sets of p linearly independent rows: starts, shape (K, p)."""
    n, p = X.shape
    # At 50 % outliers a set is free of them with probability 2^-p.
    n_starts = int(np.clip(20 * 2**p, 500, 4000))
    orders = _start_orders(n, n_starts, min(n, 20 * p + 60))
    sets = orders[:, :p]
    volume = np.abs(np.linalg.det(X[sets]))
    size = np.sqrt(np.einsum("ij,ij->i", X, X))
    dependent = volume <= 1e-8 * size[sets].prod(axis=1)
    if dependent.any():
        sets = np.vstack([sets[~dependent], _independent_sets(X, orders[dependent])])
    return np.linalg.solve(X[sets], y[sets][:, :, None])[:, :, 0]


def _independent_sets(X: Array, orders: NDArray[np.intp]) -> NDArray[np.intp]:
    """Go through the rows in each order, taking those that are no combination of rows taken before.

    So a rare category does not make every small set of rows singular (Koller & Stahel 2017,
    doi:10.1007/s00180-016-0679-x). Orders that do not hold p independent rows are dropped.
    """
    n_starts, p = len(orders), X.shape[1]
    starts = np.arange(n_starts)
    remainder = X[orders]
    threshold = 1e-14 * np.einsum("kij,kij->ki", remainder, remainder)
    complete = np.ones(n_starts, dtype=bool)
    chosen = np.empty((n_starts, p), dtype=np.intp)
    for j in range(p):
        length = np.einsum("kij,kij->ki", remainder, remainder)
        usable = length > threshold
        pick = usable.argmax(axis=1)
        complete &= usable[starts, pick]
        chosen[:, j] = orders[starts, pick]
        direction = (
            remainder[starts, pick]
            / np.sqrt(np.maximum(length[starts, pick], np.finfo(float).tiny))[:, None]
        )
        along = np.einsum("kij,kj->ki", remainder, direction)
        remainder = remainder - along[:, :, None] * direction[:, None, :]
    return chosen[complete]


def _products(X: Array) -> Array:
    """Row-wise outer products x x' as rows of length p^2, so that weighted sums are one matmul."""
    return np.einsum("ij,ik->ijk", X, X).reshape(len(X), -1)


def _solve(matrices: Array, vectors: Array) -> Array:
    """Solve K small symmetric systems at once; NaN where a matrix is singular."""
    try:
        return np.linalg.solve(matrices, vectors[..., None])[..., 0]
    except np.linalg.LinAlgError:
        singular = np.abs(np.linalg.det(matrices)) == 0.0
        safe = np.where(singular[:, None, None], np.eye(matrices.shape[-1]), matrices)
        solution = np.linalg.solve(safe, vectors[..., None])[..., 0]
        return np.where(singular[:, None], np.nan, solution)


def _weighted_fits(X: Array, XX: Array, y: Array, weights: Array) -> Array:
    """Weighted least squares for K sets of weights (K, n) at once; shape (K, p)."""
    p = X.shape[1]
    return _solve((weights @ XX).reshape(-1, p, p), (weights * y) @ X)


def _m_scale(residuals: Array, scale: Array, p: int, c: float, n_steps: int) -> Array:
    """M-scales of K rows of residuals: Newton steps in log(s) for sum rho(r/s) = (n - p)/2."""
    target = BREAKDOWN * (residuals.shape[1] - p)
    for _ in range(n_steps):
        u = residuals / scale[:, None]
        excess = _bisquare_rho(u, c).sum(axis=1) - target
        # d rho(u) / d log s = -rho'(u) u, and rho'(u) u = 6 (u/c)^2 weight(u)
        u /= c
        slope = 6.0 * (np.square(u) * bisquare_weight(u, 1.0)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.clip(excess / slope, -0.7, 0.7)
        scale = scale * np.exp(step)
        if np.abs(step).max() < 1e-12:
            break
    return scale


def _s_estimate(X: Array, y: Array, max_iterations: int) -> tuple[Array, float, bool]:
    """Coefficients with the smallest M-scale of residuals, that scale, and whether it settled."""
    n, p = X.shape
    c = scale_constant()
    XX = _products(X)
    coefs = np.vstack([_elemental_fits(X, y), np.linalg.lstsq(X, y, rcond=None)[0]])
    residuals = y - coefs @ X.T

    # No positive scale solves the equation if at most (n - p)/2 residuals differ from 0.
    rounding = 1e-11 * (np.abs(y) + np.abs(coefs) @ np.abs(X).T)
    n_off = (np.abs(residuals) > rounding).sum(axis=1)
    if n_off.min() <= BREAKDOWN * (n - p):
        coef = coefs[n_off.argmin()]
        exact = coefs[n_off <= BREAKDOWN * (n - p)]
        if (np.abs((exact - coef) @ X.T) > 1e4 * rounding.max()).any():
            raise InputError(
                f"{n - int(n_off.min())} of {n} rows take so few different values that they fit "
                "several regressions exactly, and yet make up more than half of the data: a robust "
                "regression is not defined; leave out a column or check these rows."
            )
        return coef, 0.0, True

    # The better half of the starts take two steps with roughly updated scales; the best go on.
    h = (n + p) // 2
    scales = np.partition(np.abs(residuals), h, axis=1)[:, h] / 0.6745
    best = np.argsort(scales, kind="stable")[: len(scales) // 2]
    coefs, residuals, scales = coefs[best], residuals[best], scales[best]
    for _ in range(2):
        scales = _m_scale(residuals, scales, p, c, 1)
        coefs = _weighted_fits(X, XX, y, bisquare_weight(residuals / scales[:, None], c))
        residuals = y - coefs @ X.T
    scales = _m_scale(residuals, scales, p, c, 3)
    best = np.argsort(np.where(np.isfinite(scales), scales, np.inf), kind="stable")[:30]
    coefs, scales = coefs[best], scales[best]
    for _ in range(8):
        coefs, scales = _s_step(X, XX, y, coefs, scales, c)
    best = np.argsort(scales, kind="stable")[:10]
    coefs, scales = coefs[best], scales[best]

    settled = False
    for _ in range(max_iterations):
        previous, before = coefs, scales
        coefs, scales = _s_newton_step(X, XX, y, coefs, scales, c)
        change = np.abs((coefs - previous) @ X.T).max(axis=1) / before
        if settled := bool((change < 1e-8).all()):
            break
    best_one = int(scales.argmin())
    return coefs[best_one], float(scales[best_one]), settled or bool(change[best_one] < 1e-8)


def _s_step(
    X: Array, XX: Array, y: Array, coefs: Array, scales: Array, c: float
) -> tuple[Array, Array]:
    """Take one reweighting step of the S-estimate; it never raises the scale."""
    residuals = y - coefs @ X.T
    coefs = _weighted_fits(X, XX, y, bisquare_weight(residuals / scales[:, None], c))
    return coefs, _m_scale(y - coefs @ X.T, scales, X.shape[1], c, 4)


def _s_newton_step(
    X: Array, XX: Array, y: Array, coefs: Array, scales: Array, c: float
) -> tuple[Array, Array]:
    """Take the Newton step where it gives the lower scale, else the reweighting step."""
    p = X.shape[1]
    u = (y - coefs @ X.T) / scales[:, None]
    curvature = (_bisquare_psi_derivative(u, c) @ XX).reshape(-1, p, p)
    weights = bisquare_weight(u, c)
    newton = coefs + scales[:, None] * _solve(curvature, (weights * u) @ X)
    newton_scales = _m_scale(y - newton @ X.T, scales, p, c, 20)
    reweighted = _weighted_fits(X, XX, y, weights)
    reweighted_scales = _m_scale(y - reweighted @ X.T, scales, p, c, 20)
    better = newton_scales <= reweighted_scales
    return (
        np.where(better[:, None], newton, reweighted),
        np.where(better, newton_scales, reweighted_scales),
    )


# -- the M-step


def _m_estimate(
    X: Array, y: Array, coef: Array, scale: float, k: float, max_iterations: int
) -> tuple[Array, bool]:
    """Reweight least squares from the S-estimate, the scale held fixed, then finish by Newton.

    Reweighting cannot leave the basin it starts in but may creep; so once it takes small steps, a
    Newton step replaces it wherever that lowers the loss further.
    """
    for _ in range(max_iterations):
        u = (y - X @ coef) / scale
        weights = bisquare_weight(u, k)
        WX = X * weights[:, None]
        next_coef = np.linalg.solve(WX.T @ X, WX.T @ y)
        if np.abs(X @ (next_coef - coef)).max() < 1e-2 * scale:
            curvature = (X * _bisquare_psi_derivative(u, k)[:, None]).T @ X
            newton = coef + scale * np.linalg.lstsq(curvature, WX.T @ u, rcond=None)[0]
            either = np.stack([newton, next_coef])
            loss = _bisquare_rho((y - either @ X.T) / scale, k).sum(axis=1)
            next_coef = either[loss.argmin()]
        previous, coef = coef, next_coef
        if np.abs(X @ (coef - previous)).max() < 1e-9 * scale:
            return coef, True
    return coef, False


def _exact_fit(X: Array, y: Array, coef: Array, efficiency: float) -> RegressionResult:
    """Report what an exact fit leaves: the plane, and which rows lie on it."""
    fitted = X @ coef
    residuals = y - fitted
    on_plane = np.abs(residuals) <= 1e-10 * (np.abs(y) + np.abs(X) @ np.abs(coef))
    warnings.warn(
        f"{int(on_plane.sum())} of {len(y)} rows lie exactly on one plane, so the robust scale is "
        "0: the coefficients are those of the plane, the weights 0 or 1, and there are no standard "
        "errors. Check the data.",
        ExactFitWarning,
        stacklevel=3,
    )
    p = X.shape[1]
    return RegressionResult(
        coef=coef,
        se=np.full(p, np.nan),
        vcov=np.full((p, p), np.nan),
        scale=0.0,
        weights=on_plane.astype(float),
        fitted=fitted,
        residuals=np.where(on_plane, 0.0, residuals),
        r_squared=1.0 if np.ptp(fitted[on_plane]) > 0 else math.nan,
        initial_coef=coef,
        efficiency=efficiency,
        converged=True,
    )


def _mm_covariance(X: Array, residuals: Array, initial: Array, scale: float, k: float) -> Array:
    """Covariance of the coefficients from the stacked S- and M-equations.

    Croux, Dhaene & Hoorelbeke (2003) for independent, not necessarily symmetric or homoscedastic
    errors: where errors are skewed, an error in the scale moves the coefficients. As robustbase has
    it, the variance of the scale equation is mean(rho^2) - 1/4.
    """
    n = len(X)
    c = scale_constant()
    u, u0 = residuals / scale, initial / scale
    slope = _bisquare_psi_derivative(u, k)
    bread = scale * np.linalg.inv((X * slope[:, None]).T @ X / n)
    scale_slope = np.mean(6.0 * np.square(u0 / c) * bisquare_weight(u0, c))  # mean rho'(u0) u0
    toward_scale = bread @ (X.T @ (slope * u) / n) / scale_slope
    score = (X * (bisquare_weight(u, k) * u)[:, None]) @ bread
    loss = _bisquare_rho(u0, c)
    crossed = np.outer(toward_scale, loss @ score / n)
    scale_variance = np.mean(np.square(loss)) - BREAKDOWN**2
    vcov = score.T @ score / n - crossed - crossed.T
    vcov += scale_variance * np.outer(toward_scale, toward_scale)
    return _positive_definite(vcov / n)


def _positive_definite(matrix: Array) -> Array:
    """Raise the eigenvalues of a matrix above 0 where needed, keeping its positive variances."""
    values, vectors = np.linalg.eigh(matrix)
    least = 1e-7 * np.abs(values).max()
    if values[0] >= 0:
        return matrix
    raised = (vectors * np.maximum(values, least)) @ vectors.T
    keep = np.sqrt(np.maximum(np.diag(matrix), least) / np.diag(raised))
    return raised * np.outer(keep, keep)


def _robust_r_squared(fitted: Array, residuals: Array, weights: Array, k: float) -> float:
    """Explained over total weighted variation, corrected for consistency at the normal."""
    explained = weights @ np.square(fitted - np.average(fitted, weights=weights))
    unexplained = _r_squared_correction(k) * (weights @ np.square(residuals))
    return float(explained / (explained + unexplained))


# ------------------------------------------------------------------ resamples


def _blocks(n_resamples: int, n: int) -> Iterator[slice]:
    """Slices of the resample axis that keep a work array of resamples by rows small."""
    size = max(1, _BLOCK_BYTES // (8 * n))
    for start in range(0, n_resamples, size):
        yield slice(start, min(start + size, n_resamples))


def _checked_counts(counts: ArrayLike, n: int) -> Array:
    counts = np.asarray(counts, dtype=float)
    if counts.ndim != 2 or counts.shape[1] != n:
        raise InputError(
            f"Resample counts must have shape (resamples, {n}), one column a row of the data; "
            f"they have shape {counts.shape}."
        )
    return counts


def fast_robust_bootstrap(
    X: ArrayLike, y: ArrayLike, fit: RegressionResult, counts: ArrayLike
) -> Array:
    """Coefficients of an MM-regression in bootstrap resamples, without refitting it.

    Each resample takes one weighted least-squares step with the weights of the original fit, and a
    linear correction makes up for the weights not being estimated again: with beta1* the step's
    coefficients and u = r/s,
    beta* = beta + M (beta1* - beta), M = (sum psi'(u) x x')^-1 (sum w(u) x x').
    Outliers keep their weights near 0 however often they are drawn, so that no resample breaks
    down. As in robmed, the error of the scale is left out: it does not reach slopes under symmetric
    errors.

    Parameters
    ----------
    X, y : array_like (n, p) and (n,)
        The data the fit was made from.
    fit : RegressionResult
        Their MM-regression.
    counts : array_like (B, n)
        How often each resample drew each row; the same counts for the mediator's and the outcome's
        model resample whole dyads.

    Returns
    -------
    ndarray (B, p)
        One row of coefficients a resample; NaN where a resample cannot determine them.

    Raises
    ------
    InputError
        If the fit is exact (scale 0), since there is then nothing to resample.

    References
    ----------
    Salibian-Barrera & Zamar (2002), doi:10.1214/aos/1021379865;
    Salibian-Barrera & Van Aelst (2008), doi:10.1016/j.csda.2008.05.007;
    for mediation Alfons, Ates & Groenen (2022), doi:10.1177/1094428121999096.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 30)
    >>> X, y = np.column_stack([np.ones(30), x]), 2 * x + np.cos(40 * x)
    >>> counts = np.random.default_rng(1).multinomial(30, np.full(30, 1 / 30), size=500)
    >>> draws = fast_robust_bootstrap(X, y, mm_regression(X, y), counts)
    >>> draws.shape
    (500, 2)
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    counts = _checked_counts(counts, len(y))
    if fit.scale == 0.0:
        raise InputError(
            "The robust regression fits more than half of the rows exactly (scale 0): its "
            "bootstrap is not defined. Check the data for duplicates or a variable computed from "
            "another."
        )
    p = X.shape[1]
    # In this basis the weighted normal matrix of the whole sample is the identity.
    basis = np.linalg.inv(np.linalg.qr(np.sqrt(fit.weights)[:, None] * X, mode="r"))
    Z = X @ basis
    ZZ = _products(Z)
    slope = _bisquare_psi_derivative(fit.residuals / fit.scale, efficiency_constant(fit.efficiency))
    correction = basis @ np.linalg.inv((slope @ ZZ).reshape(p, p))
    moments = np.column_stack([ZZ, Z * fit.residuals[:, None]]) * fit.weights[:, None]
    draws = np.empty((len(counts), p))
    for block in _blocks(len(counts), len(y)):
        sums = counts[block] @ moments
        step = _solve_regular(sums[:, : p * p].reshape(-1, p, p), sums[:, p * p :])
        draws[block] = fit.coef + step @ correction.T
    return draws


def _solve_regular(matrices: Array, vectors: Array) -> Array:
    """Solve positive definite systems that are near the identity if regular; else NaN.

    A resample that lacks a category, say, leaves a matrix that is singular but for rounding.
    """
    size = np.einsum("kii->ki", matrices).prod(axis=1)
    regular = np.linalg.det(matrices) > 1e-10 * np.maximum(size, 1e-10)
    safe = np.where(regular[:, None, None], matrices, np.eye(matrices.shape[-1]))
    solution = np.linalg.solve(safe, vectors[..., None])[..., 0]
    return np.where(regular[:, None], solution, np.nan)


# ------------------------------------------------------------------ Huber's covariance


@dataclass(frozen=True)
class HuberMoments:
    """Huber-weighted mean and covariance.

    Attributes
    ----------
    mean, cov : ndarray (q,) and (q, q)
    weights : ndarray (n,)
        Weights u1 of the rows in the mean: 1 inside the ellipsoid, r/d outside.
    cleaned : ndarray (n, q)
        The data with outlying rows drawn in, ``mean + u1 / sqrt(tau) * (row - mean)``: their
        ordinary mean and covariance (divisor n) are ``mean`` and ``cov``.
    converged : bool
    """

    mean: Array
    cov: Array
    weights: Array
    cleaned: Array
    converged: bool


def huber_covariance(
    data: ArrayLike, kappa: float = 0.05, *, max_iterations: int = 500
) -> HuberMoments:
    """Mean and covariance with Huber weights on the Mahalanobis distance.

    Rows at a distance d beyond r, r^2 the chi-square quantile of 1 - kappa with q degrees of
    freedom, get the weight u1 = r/d in the mean (divisor sum u1) and u1^2/tau in the covariance
    (divisor n); tau makes it consistent at the normal. Iterated until it settles. It withstands
    outliers in fewer than 1/(q + 1) of the rows.

    Parameters
    ----------
    data : array_like (n, q)
        One row a dyad.
    kappa
        Share of normal data that is weighted down, between 0 and 1.
    max_iterations
        Most iterations.

    Raises
    ------
    InputError
        For non-finite values, too few rows, or variables that determine one another.

    Warns
    -----
    ConvergenceWarning
        If the iteration did not settle.

    References
    ----------
    Zu & Yuan (2010), doi:10.1080/00273171003680211.

    Examples
    --------
    >>> data = np.random.default_rng(0).standard_normal((500, 2))
    >>> data[0] = 50
    >>> moments = huber_covariance(data)
    >>> moments.cov.round(1).tolist(), bool(moments.weights[0] < 0.1)
    ([[1.0, 0.0], [0.0, 0.9]], True)
    """
    from scipy.stats import chi2

    data = np.asarray(data, dtype=float)
    if data.ndim != 2 or not np.isfinite(data).all():
        raise InputError("Huber's covariance needs a table of finite numbers, one row a dyad.")
    n, q = data.shape
    if not 0 < kappa < 1:
        raise InputError(f"kappa is a share of the data and must lie between 0 and 1, not {kappa}.")
    if n < q + 2:
        raise InputError(f"{n} rows are too few for the covariance of {q} variables.")
    _check_columns(
        np.column_stack([np.ones(n), data]), ["", *(f"column {j} of the data" for j in range(q))]
    )
    cutoff = float(chi2.ppf(1 - kappa, q))
    tau = (q * float(chi2.cdf(cutoff, q + 2)) + cutoff * kappa) / q
    # The estimate is affine equivariant: iterate on data with the identity as their covariance.
    centre = data.mean(axis=0)
    root = np.asarray(np.linalg.qr(data - centre, mode="r")) / math.sqrt(n)
    Z = (data - centre) @ np.linalg.inv(root)
    mean, cov, converged = np.zeros(q), np.eye(q), False
    for _ in range(max_iterations):
        deviation = Z - mean
        distance = np.einsum("ij,jk,ik->i", deviation, np.linalg.inv(cov), deviation)
        weights = np.sqrt(np.minimum(1.0, cutoff / np.maximum(distance, 1e-300)))
        new_mean = weights @ Z / weights.sum()
        deviation = (Z - new_mean) * weights[:, None]
        new_cov = deviation.T @ deviation / (n * tau)
        change = max(np.abs(new_mean - mean).max(), np.abs(new_cov - cov).max())
        mean, cov = new_mean, new_cov
        if converged := change < 1e-11:
            break
    if not converged:
        warnings.warn(
            f"Huber's covariance had not settled after {max_iterations} iterations.",
            ConvergenceWarning,
            stacklevel=2,
        )
    location = centre + mean @ root
    return HuberMoments(
        mean=location,
        cov=root.T @ cov @ root,
        weights=weights,
        cleaned=location + (weights / math.sqrt(tau))[:, None] * (data - location),
        converged=converged,
    )


# ------------------------------------------------------------------ median regression


def median_regression(X: ArrayLike, y: ArrayLike, *, counts: ArrayLike | None = None) -> Array:
    """Median (least absolute deviations) regression, of the sample or of every resample, exactly.

    A solution passes through p of the rows. From one such vertex the algorithm exchanges the row
    whose release lowers the sum of absolute residuals fastest for the row at the minimum along that
    edge (a weighted median), until no exchange lowers it: the simplex method of Barrodale &
    Roberts, all resamples side by side and each from the whole sample's solution. Where the median
    is not unique, one of the solutions that pass through p rows is returned, the same whatever the
    order of the rows.

    Parameters
    ----------
    X, y : array_like (n, p) and (n,)
        Design with its column of ones, and outcome.
    counts : array_like (B, n), optional
        Fit every resample, given by how often it drew each row, instead of the sample.

    Returns
    -------
    ndarray (p,) or (B, p)
        NaN for a resample that does not determine the coefficients.

    Raises
    ------
    InputError
        As :func:`mm_regression`, except that identical rows are no obstacle.

    References
    ----------
    Koenker & Bassett (1978), doi:10.2307/1913643; Barrodale & Roberts (1973), doi:10.1137/0710069.

    Examples
    --------
    >>> x = np.arange(9.0)
    >>> y = 1 + 2 * x
    >>> y[0] = 100
    >>> median_regression(np.column_stack([np.ones(9), x]), y).round(10).tolist()
    [1.0, 2.0]
    """
    X, y = _checked_regression(X, y, None)
    n, p = X.shape
    order = np.lexsort((*X.T, y))
    X, y = X[order], y[order]
    basis = np.linalg.inv(np.linalg.qr(X, mode="r")) * math.sqrt(n)
    Z = X @ basis
    residuals = np.abs(y - Z @ (Z.T @ y) / n)
    # Ties (rounded scores) would stall the exchanges: break them far below any tolerance.
    noise = np.random.default_rng(n).uniform(-1, 1, size=n)
    untied = y + 1e-9 * max(float(residuals.mean()), 1e-6 * float(np.abs(y).max())) * noise

    start = _independent_sets(Z, np.argsort(residuals, kind="stable")[None, :])
    vertex, ok = _median_vertices(Z, untied, np.ones((1, n)), start)
    if not ok[0]:
        raise InputError("The median regression did not settle; check the data for duplicates.")
    if counts is None:
        return np.linalg.solve(X[vertex[0]], y[vertex[0]])
    counts = _checked_counts(counts, n)[:, order]
    draws = np.empty((len(counts), p))
    for block in _blocks(len(counts), n):
        start = np.repeat(vertex, len(counts[block]), axis=0)
        rows, ok = _median_vertices(Z, untied, counts[block], start)
        rows[~ok] = vertex
        fitted = np.linalg.solve(X[rows], y[rows][:, :, None])[:, :, 0]
        draws[block] = np.where(ok[:, None], fitted, np.nan)
    return draws


def _median_vertices(
    X: Array, y: Array, counts: Array, start: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Rows (K, p) that the weighted median regression of each set of counts passes through."""
    n, p = X.shape
    rows = start.copy()
    solved = np.zeros(len(counts), dtype=bool)
    active = np.arange(len(counts))
    for _ in range(100 * p + n):
        if not active.size:
            break
        held, weights = rows[active], counts[active]
        which = np.arange(len(active))
        edges = np.linalg.inv(X[held])  # column j: how the coefficients move as row j is released
        coefs = np.einsum("kij,kj->ki", edges, y[held])
        residuals = y - coefs @ X.T
        residuals[which[:, None], held] = 0.0
        pull = np.einsum("ki,kij->kj", (weights * np.sign(residuals)) @ X, edges)
        # Releasing row j changes the objective by its weight minus |pull|; rows that are not in the
        # resample have to go, even where that costs nothing.
        hold = np.take_along_axis(weights, held, axis=1)
        gain = np.abs(pull) - np.where(hold > 0, hold, -1e-6)
        leave = gain.argmax(axis=1)
        steepest = gain[which, leave]
        optimal = steepest <= 1e-9 * n
        solved[active[optimal]] = True
        active, which = active[~optimal], which[~optimal]
        if not active.size:
            break
        leave, steepest = leave[which], steepest[which]
        sign = np.where(pull[which, leave] < 0, -1.0, 1.0)
        along = (edges[which, :, leave] * sign[:, None]) @ X.T
        with np.errstate(divide="ignore", invalid="ignore"):
            step = residuals[which] / along
        speed = weights[which] * np.abs(along)
        eligible = (step > 0) & (speed > 1e-10)
        step[~eligible] = np.inf
        by_step = np.argsort(step, axis=1)
        turned = 2 * np.cumsum(
            np.take_along_axis(np.where(eligible, speed, 0.0), by_step, 1), axis=1
        )
        first = (turned >= steepest[:, None]).argmax(axis=1)
        enter = np.take_along_axis(by_step, first[:, None], axis=1)[:, 0]
        possible = np.isfinite(np.take_along_axis(step, enter[:, None], axis=1)[:, 0])
        active, leave, enter = active[possible], leave[possible], enter[possible]
        rows[active, leave] = enter
    return rows, solved


# ------------------------------------------------------------------ as methods of `mediate`


def robust_mediation(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """MM-regressions for every model, drawn by the fast-and-robust bootstrap; percentile intervals.

    The bootstrap test of Alfons, Ates & Groenen (2022, doi:10.1177/1094428121999096). Resamples are
    shared by all models; with clusters, whole clusters are drawn.
    """
    from dyadsync.estimators import bootstrap_fit, drop_failed, resample_counts, stack

    estimate, draw, extra, notes = _mm_models(data)
    blocks = resample_counts(data, settings.n_draws, rng)
    draws, dropped = drop_failed(stack([draw(counts) for counts in blocks]), "resamples")
    return bootstrap_fit(data, estimate, draws, notes + dropped, extra)


def robust_bca_mediation(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """`robust_mediation` with bias-corrected and accelerated intervals.

    The acceleration is that of the jackknife over rows (or clusters), each row left out by the same
    one-step formula as the resamples, so that an outlier does not set the interval's skewness.
    """
    from dyadsync.estimators import drop_failed, leave_one_out, stack

    fit = robust_mediation(data, settings, rng)
    _, draw, _, _ = _mm_models(data)
    jackknife, dropped = drop_failed(
        stack([draw(weights) for weights in leave_one_out(data)]), "jackknife samples"
    )
    return replace(fit, interval="bca", jackknife=jackknife, notes=fit.notes + dropped)


def _mm_models(
    data: MediationData,
) -> tuple[Coefficients, Callable[[Array], Coefficients], dict[str, Any], tuple[str, ...]]:
    """MM-fits of all models: estimate, a function that draws by counts, weights, notes."""
    from dyadsync.estimators import Coefficients

    X, X_outcome = data.mediator_design, data.outcome_design
    mediators = [mm_regression(X, column, names=data.mediator_terms) for column in data.m.T]
    outcome = mm_regression(X_outcome, data.y, names=data.outcome_terms)

    def draw(counts: Array) -> Coefficients:
        parts = [
            fast_robust_bootstrap(X, column, fit, counts)
            for column, fit in zip(data.m.T, mediators, strict=True)
        ]
        return Coefficients(
            np.stack(parts, axis=1),
            fast_robust_bootstrap(X_outcome, data.y, outcome, counts),
            data.interaction,
        )

    responses = [*data.names["m"], *data.names["y"]]
    fits = dict(zip(responses, [*mediators, outcome], strict=True))
    notes = tuple(
        f"The robust regression of '{name}' had not settled."
        for name, fit in fits.items()
        if not fit.converged
    )
    estimate = Coefficients(
        np.stack([fit.coef for fit in mediators]), outcome.coef, data.interaction
    )
    return estimate, draw, {"weights": {name: fit.weights for name, fit in fits.items()}}, notes


def huber_mediation(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Paths from Huber's covariance of all variables (Zu & Yuan 2010), percentile intervals.

    Outlying rows are drawn in to the ellipsoid by their weights, and the cleaned rows are then
    resampled and fitted by least squares, which gives the paths of Huber's covariance.
    """
    from dyadsync.estimators import bootstrap

    k = data.m.shape[1]
    moments = huber_covariance(np.column_stack([data.x, data.m, data.y, data.covariates]))
    cleaned = replace(
        data,
        x=moments.cleaned[:, 0],
        m=moments.cleaned[:, 1 : 1 + k],
        y=moments.cleaned[:, 1 + k],
        covariates=moments.cleaned[:, 2 + k :],
    )
    fit = bootstrap(cleaned, settings, rng)
    return replace(fit, extra={"weights": {"all variables": moments.weights}})


def median_mediation(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Median regressions for every model, refitted in every resample; percentile intervals.

    Robust against outliers in m given x and in y, not against outlying x (Yuan & MacKinnon 2014,
    doi:10.1037/a0033820).
    """
    from dyadsync.estimators import (
        Coefficients,
        bootstrap_fit,
        drop_failed,
        resample_counts,
        stack,
    )

    X, X_outcome = data.mediator_design, data.outcome_design

    def draw(counts: Array | None) -> Coefficients:
        parts = [median_regression(X, column, counts=counts) for column in data.m.T]
        outcome = median_regression(X_outcome, data.y, counts=counts)
        return Coefficients(np.stack(parts, axis=-2), outcome, data.interaction)

    blocks = resample_counts(data, settings.n_draws, rng)
    draws, dropped = drop_failed(stack([draw(counts) for counts in blocks]), "resamples")
    return bootstrap_fit(data, draw(None), draws, dropped)
