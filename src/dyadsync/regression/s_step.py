"""The S-step of an MM-regression: the coefficients with the smallest robust scale of residuals."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dyadsync.arrays import Array
from dyadsync.compiled import compiled
from dyadsync.errors import InputError
from dyadsync.regression.bisquare import BREAKDOWN, scale_constant
from dyadsync.regression.predictors import independent_sets


def s_estimate(X: Array, y: Array, max_iterations: int) -> tuple[Array, float, bool]:
    """Coefficients with the smallest M-scale of residuals, that scale, and whether it settled."""
    n, p = X.shape
    c, half = scale_constant(), BREAKDOWN * (n - p)
    coefs = np.vstack([_elemental_fits(X, y), np.linalg.lstsq(X, y, rcond=None)[0]])
    residuals = y - coefs @ X.T

    # No positive scale solves the equation if at most (n - p)/2 residuals differ from 0.
    rounding = 1e-11 * (np.abs(y) + np.abs(coefs) @ np.abs(X).T)
    n_off = (np.abs(residuals) > rounding).sum(axis=1)
    if n_off.min() <= half:
        coef = coefs[n_off.argmin()]
        exact = coefs[n_off <= half]
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
    columns = X.T.copy()
    for scale_steps, n_kept in ((1, 1, 3), 30), ((0,) + 8 * (4,), 10):
        coefs, scales = coefs[best], scales[best]
        _reweight(columns, y, coefs, scales, c, half, np.array(scale_steps))
        best = np.argsort(scales, kind="stable")[:n_kept]
    coefs, scales = coefs[best], scales[best]
    settled = _finish(columns, y, coefs, scales, c, half, max_iterations)
    best_one = int(scales.argmin())
    return coefs[best_one], float(scales[best_one]), bool(settled[best_one])


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
    coefs, volumes = _fits_through(X, y, orders[:, :p])
    size = np.sqrt(np.einsum("ij,ij->i", X, X))
    dependent = volumes <= 1e-8 * size[orders[:, :p]].prod(axis=1)
    if dependent.any():
        others = _fits_through(X, y, independent_sets(X, orders[dependent]))[0]
        coefs = np.vstack([coefs[~dependent], others])
    return coefs


@compiled
def _fits_through(X: Array, y: Array, sets: Array) -> tuple[Array, Array]:
    """Coefficients (K, p) of the planes through sets of p rows each, and the rows' volumes (K,)."""
    n_sets, p = sets.shape
    coefs, volumes, rows = np.empty((n_sets, p)), np.empty(n_sets), np.empty((p, p))
    for k in range(n_sets):
        for i in range(p):
            coefs[k, i] = y[sets[k, i]]
            for j in range(p):
                rows[i, j] = X[sets[k, i], j]
        volumes[k] = _solve(rows, coefs[k])
    return coefs, volumes


@compiled
def _reweight(
    columns: Array,
    y: Array,
    coefs: Array,
    scales: Array,
    c: float,
    half: float,
    scale_steps: Array,
) -> None:
    """Reweight least squares from every start (K, p), in place; no step raises a settled scale.

    Before the first step, between two and after the last, the scale takes as many Newton steps as
    are given. A start from which no fit is determined gets the scale infinity.
    """
    p, n = columns.shape
    residuals, weights, values, matrix = np.empty(n), np.empty(n), np.empty(n), np.empty((p, p))
    for k in range(len(coefs)):
        _residuals(columns, y, coefs[k], residuals)
        scales[k] = _m_scale(residuals, scales[k], c, half, scale_steps[0])
        for n_steps in scale_steps[1:]:
            for i in range(n):
                weights[i] = max(1.0 - (residuals[i] / scales[k] / c) ** 2, 0.0) ** 2
                values[i] = weights[i] * y[i]
            if not _weighted_fit(columns, weights, values, matrix, coefs[k]):
                scales[k] = np.inf
                break
            _residuals(columns, y, coefs[k], residuals)
            scales[k] = _m_scale(residuals, scales[k], c, half, n_steps)


@compiled
def _finish(
    columns: Array,
    y: Array,
    coefs: Array,
    scales: Array,
    c: float,
    half: float,
    max_iterations: int,
) -> Array:
    """Go on from every start, in place, until it settles, and say whether it does.

    Each step is Newton's where that gives the lower scale, else a reweighting one.
    """
    p, n = columns.shape
    weights, values, slopes, pulls = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    residuals, of_newton, of_reweighted = np.empty(n), np.empty(n), np.empty(n)
    newton, reweighted, matrix = np.empty(p), np.empty(p), np.empty((p, p))
    settled = np.zeros(len(coefs), np.bool_)
    for k in range(len(coefs)):
        _residuals(columns, y, coefs[k], residuals)
        for _ in range(max_iterations):
            before = scales[k]
            for i in range(n):
                square = (residuals[i] / before / c) ** 2
                weights[i] = max(1.0 - square, 0.0) ** 2
                values[i] = weights[i] * y[i]
                slopes[i] = (1.0 - square) * (1.0 - 5.0 * square) if square < 1.0 else 0.0
                pulls[i] = weights[i] * residuals[i]
            newton_scale = np.inf
            if _weighted_fit(columns, slopes, pulls, matrix, newton):
                for j in range(p):
                    newton[j] += coefs[k, j]
                _residuals(columns, y, newton, of_newton)
                newton_scale = _m_scale(of_newton, before, c, half, 20)
            _weighted_fit(columns, weights, values, matrix, reweighted)
            _residuals(columns, y, reweighted, of_reweighted)
            scales[k] = _m_scale(of_reweighted, before, c, half, 20)
            better, of_better = reweighted, of_reweighted
            if newton_scale <= scales[k]:
                scales[k], better, of_better = newton_scale, newton, of_newton
            for j in range(p):
                coefs[k, j] = better[j]
            change = 0.0
            for i in range(n):
                change = max(change, abs(of_better[i] - residuals[i]))
                residuals[i] = of_better[i]
            if change < 1e-8 * before:
                settled[k] = True
                break
    return settled


@compiled
def _m_scale(residuals: Array, scale: float, c: float, half: float, n_steps: int) -> float:
    """M-scale of residuals: Newton steps in log(s) for sum rho(r/s) = half."""
    for _ in range(n_steps):
        excess, slope = -half, 0.0
        per_scale = 1.0 / (scale * c)
        for i in range(len(residuals)):
            square = (residuals[i] * per_scale) ** 2
            inside = max(1.0 - square, 0.0)
            excess += 1.0 - inside * inside * inside
            slope += 6.0 * square * inside * inside  # rho'(u) u = -d rho(u) / d log s
        step = min(max(excess / slope, -0.7), 0.7)
        scale *= math.exp(step)
        if abs(step) < 1e-12:
            break
    return scale


@compiled
def _residuals(columns: Array, y: Array, coef: Array, residuals: Array) -> None:
    for i in range(len(y)):
        residuals[i] = y[i]
    for j in range(len(coef)):
        for i in range(len(y)):
            residuals[i] -= coef[j] * columns[j, i]


@compiled
def _weighted_fit(
    columns: Array, weights: Array, values: Array, matrix: Array, coef: Array
) -> bool:
    """Solve sum(w x x') coef = sum(v x) into coef, by elimination; false where it is singular.

    A Newton step may meet weights below 0: its matrix need not be definite. Matrix is working space
    of shape (p, p).
    """
    p, n = columns.shape
    for j in range(p):
        total = 0.0
        for i in range(n):
            total += values[i] * columns[j, i]
        coef[j] = total
        for k in range(j + 1):
            total = 0.0
            for i in range(n):
                total += weights[i] * columns[j, i] * columns[k, i]
            matrix[j, k] = matrix[k, j] = total
    return _solve(matrix, coef) > 0.0


@compiled
def _solve(matrix: Array, vector: Array) -> float:
    """Solve a system in place, by elimination; give its determinant's size, 0 where unsolved."""
    p = len(vector)
    size = 1.0
    for j in range(p):
        pivot = j
        for i in range(j + 1, p):
            if abs(matrix[i, j]) > abs(matrix[pivot, j]):
                pivot = i
        size *= abs(matrix[pivot, j])
        if not size > 0.0:
            return 0.0
        for k in range(p):
            matrix[j, k], matrix[pivot, k] = matrix[pivot, k], matrix[j, k]
        vector[j], vector[pivot] = vector[pivot], vector[j]
        for i in range(j + 1, p):
            factor = matrix[i, j] / matrix[j, j]
            for k in range(j, p):
                matrix[i, k] -= factor * matrix[j, k]
            vector[i] -= factor * vector[j]
    for j in range(p - 1, -1, -1):
        for k in range(j + 1, p):
            vector[j] -= matrix[j, k] * vector[k]
        vector[j] /= matrix[j, j]
    return size
