"""MM-regression: robust linear regression with a high breakdown point and a chosen efficiency."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.regression.bisquare import (
    BREAKDOWN,
    bisquare_psi_derivative,
    bisquare_rho,
    bisquare_weight,
    efficiency_constant,
    scale_constant,
)
from dyadsync.regression.predictors import ConvergenceWarning, centred, checked_regression
from dyadsync.regression.s_step import s_estimate

_MOST_ITERATIONS = 500  # in each of the two steps


class ExactFitWarning(UserWarning):
    """More than half of the rows lie exactly on one plane, so the robust scale is zero."""


@dataclass(frozen=True)
class RegressionResult:
    """An MM-regression.

    Attributes
    ----------
    coef : ndarray (p,)
        Coefficients in the order of X's columns.
    vcov : ndarray (p, p)
        Covariance of the coefficients (Croux, Dhaene & Hoorelbeke 2003).
    scale : float
        S-scale of the residuals, in units of y; 0 at an exact fit.
    weights : ndarray (n,)
        Robustness weights: 1 is a row taken in full, 0 a row left out.
    residuals : ndarray (n,)
        In units of y.
    efficiency : float
        Efficiency of the M-step at the normal.
    converged : bool
        Whether both steps settled.
    """

    coef: Array
    vcov: Array
    scale: float
    weights: Array
    residuals: Array
    efficiency: float
    converged: bool

    @property
    def se(self) -> Array:
        """Standard errors of the coefficients."""
        return np.asarray(np.sqrt(np.diag(self.vcov)))


def mm_regression(
    X: ArrayLike,
    y: ArrayLike,
    efficiency: float = 0.85,
    *,
    names: Sequence[str] | None = None,
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
    efficiency : float
        Asymptotic efficiency at normal errors, relative to least squares.
    names : sequence of str, optional
        Names of X's columns, used in error messages only.

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
        If a step did not settle.

    References
    ----------
    Yohai (1987), doi:10.1214/aos/1176350366.
    Salibian-Barrera & Yohai (2006), doi:10.1198/106186006X113629.
    Croux, Dhaene & Hoorelbeke (2003), Robust standard errors for robust estimators.

    Examples
    --------
    >>> x = np.arange(12.0)
    >>> y = 1 + 2 * x + 0.1 * np.cos(7 * x)
    >>> y[11] = -40
    >>> fit = mm_regression(np.column_stack([np.ones(12), x]), y)
    >>> fit.coef.round(1).tolist(), fit.weights[11] == 0
    ([1.0, 2.0], np.True_)
    """
    X, y = checked_regression(X, y, names)
    X, y, back, level = centred(X, y)
    k = efficiency_constant(efficiency)
    order = np.lexsort((*X.T, y))
    _check_identical_rows(X[order], y[order])
    # Columns on a common footing for the normal equations; by medians, which no outlier moves.
    unit = np.array([np.median(column[column != 0]) for column in np.abs(X).T])
    Z, v = X[order] / unit, y[order]

    initial, scale, settled = s_estimate(Z, v, _MOST_ITERATIONS)
    if scale == 0.0:
        coef, converged = initial / unit, True
        weights, residuals = _exact_fit(X, y, coef)
        vcov = np.full((len(coef), len(coef)), np.nan)
    else:
        try:
            coef, converged = _m_estimate(Z, v, initial, scale, k)
            coef = coef / unit
            residuals = y - X @ coef
            weights = bisquare_weight(residuals / scale, k)
            vcov = _mm_covariance(X, residuals, y - X @ (initial / unit), scale, k)
        except np.linalg.LinAlgError:
            raise InputError(
                "The rows that a robust regression does not take for outliers leave a coefficient "
                "undetermined: a column of the design varies in outlying rows only. Leave it out "
                "or check these rows."
            ) from None
    if not (settled and converged):
        step = "S-step" if not settled else "M-step"
        warnings.warn(
            f"The MM-regression's {step} had not settled after {_MOST_ITERATIONS} iterations.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return RegressionResult(
        coef=back @ coef + level,
        vcov=back @ vcov @ back.T,
        scale=scale,
        weights=weights,
        residuals=residuals,
        efficiency=efficiency,
        converged=bool(settled and converged),
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


def _m_estimate(X: Array, y: Array, coef: Array, scale: float, k: float) -> tuple[Array, bool]:
    """Reweight least squares from the S-estimate, the scale held fixed, then finish by Newton.

    Reweighting cannot leave the basin it starts in but may creep; so once it takes small steps, a
    Newton step replaces it wherever that lowers the loss further.
    """
    for _ in range(_MOST_ITERATIONS):
        u = (y - X @ coef) / scale
        weights = bisquare_weight(u, k)
        WX = X * weights[:, None]
        next_coef = np.linalg.solve(WX.T @ X, WX.T @ y)
        if np.abs(X @ (next_coef - coef)).max() < 1e-2 * scale:
            curvature = (X * bisquare_psi_derivative(u, k)[:, None]).T @ X
            newton = coef + scale * np.linalg.lstsq(curvature, WX.T @ u, rcond=None)[0]
            either = np.stack([newton, next_coef])
            loss = bisquare_rho((y - either @ X.T) / scale, k).sum(axis=1)
            next_coef = either[loss.argmin()]
        previous, coef = coef, next_coef
        if np.abs(X @ (coef - previous)).max() < 1e-9 * scale:
            return coef, True
    return coef, False


def _exact_fit(X: Array, y: Array, coef: Array) -> tuple[Array, Array]:
    """Give weights and residuals of an exact fit: whether a row lies on the plane, how far off."""
    residuals = y - X @ coef
    on_plane = np.abs(residuals) <= 1e-10 * (np.abs(y) + np.abs(X) @ np.abs(coef))
    warnings.warn(
        f"{int(on_plane.sum())} of {len(y)} rows lie exactly on one plane, so the robust scale is "
        "0: the coefficients are those of the plane, the weights 0 or 1, and there are no standard "
        "errors. Check the data.",
        ExactFitWarning,
        stacklevel=3,
    )
    return on_plane.astype(float), np.where(on_plane, 0.0, residuals)


def _mm_covariance(X: Array, residuals: Array, initial: Array, scale: float, k: float) -> Array:
    """Covariance of the coefficients from the stacked S- and M-equations.

    Croux, Dhaene & Hoorelbeke (2003) for independent, not necessarily symmetric or homoscedastic
    errors: where errors are skewed, an error in the scale moves the coefficients. As robustbase has
    it, the variance of the scale equation is mean(rho^2) - 1/4.
    """
    n = len(X)
    c = scale_constant()
    u, u0 = residuals / scale, initial / scale
    slope = bisquare_psi_derivative(u, k)
    bread = scale * np.linalg.inv((X * slope[:, None]).T @ X / n)
    scale_slope = np.mean(6.0 * np.square(u0 / c) * bisquare_weight(u0, c))  # mean rho'(u0) u0
    toward_scale = bread @ (X.T @ (slope * u) / n) / scale_slope
    score = (X * (bisquare_weight(u, k) * u)[:, None]) @ bread
    loss = bisquare_rho(u0, c)
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
    raised: Array = (vectors * np.maximum(values, least)) @ vectors.T
    keep: Array = np.sqrt(np.maximum(np.diag(matrix), least) / np.diag(raised))
    raised *= np.outer(keep, keep)
    return raised
