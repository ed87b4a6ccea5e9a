"""The S-step of an MM-regression: the coefficients with the smallest robust scale of residuals."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.regression.bisquare import (
    BREAKDOWN,
    bisquare_psi_derivative,
    bisquare_rho,
    bisquare_weight,
    scale_constant,
)
from dyadsync.regression.linear import row_products
from dyadsync.regression.predictors import independent_sets


def s_estimate(X: Array, y: Array, max_iterations: int) -> tuple[Array, float, bool]:
    """Coefficients with the smallest M-scale of residuals, that scale, and whether it settled."""
    n, p = X.shape
    c = scale_constant()
    XX = row_products(X)
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
        sets = np.vstack([sets[~dependent], independent_sets(X, orders[dependent])])
    return np.linalg.solve(X[sets], y[sets][:, :, None])[:, :, 0]


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
    curvature = (bisquare_psi_derivative(u, c) @ XX).reshape(-1, p, p)
    weights = bisquare_weight(u, c)
    newton = coefs + scales[:, None] * _solve_symmetric(curvature, (weights * u) @ X)
    newton_scales = _m_scale(y - newton @ X.T, scales, p, c, 20)
    reweighted = _weighted_fits(X, XX, y, weights)
    reweighted_scales = _m_scale(y - reweighted @ X.T, scales, p, c, 20)
    better = newton_scales <= reweighted_scales
    return (
        np.where(better[:, None], newton, reweighted),
        np.where(better, newton_scales, reweighted_scales),
    )


def _weighted_fits(X: Array, XX: Array, y: Array, weights: Array) -> Array:
    """Weighted least squares for K sets of weights (K, n) at once; shape (K, p)."""
    p = X.shape[1]
    return _solve_symmetric((weights @ XX).reshape(-1, p, p), (weights * y) @ X)


def _m_scale(residuals: Array, scale: Array, p: int, c: float, n_steps: int) -> Array:
    """M-scales of K rows of residuals: Newton steps in log(s) for sum rho(r/s) = (n - p)/2."""
    target = BREAKDOWN * (residuals.shape[1] - p)
    for _ in range(n_steps):
        u = residuals / scale[:, None]
        excess = bisquare_rho(u, c).sum(axis=1) - target
        # d rho(u) / d log s = -rho'(u) u, and rho'(u) u = 6 (u/c)^2 weight(u)
        u /= c
        slope = 6.0 * (np.square(u) * bisquare_weight(u, 1.0)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.clip(excess / slope, -0.7, 0.7)
        scale = scale * np.exp(step)
        if np.abs(step).max() < 1e-12:
            break
    return scale


def _solve_symmetric(matrices: Array, vectors: Array) -> Array:
    """Solve K small symmetric systems, definite or not; NaN where a matrix is exactly singular.

    A Newton step may meet a curvature that is not positive; the step that it gives is then weighed
    against the reweighting step, so nothing is refused here.
    """
    try:
        return np.linalg.solve(matrices, vectors[..., None])[..., 0]
    except np.linalg.LinAlgError:
        singular = np.abs(np.linalg.det(matrices)) == 0.0
        safe = np.where(singular[:, None, None], np.eye(matrices.shape[-1]), matrices)
        solution = np.linalg.solve(safe, vectors[..., None])[..., 0]
        return np.where(singular[:, None], np.nan, solution)
