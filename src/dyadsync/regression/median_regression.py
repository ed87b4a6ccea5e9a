"""Median regression, of one sample or of many resamples at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dyadsync.arrays import Array
from dyadsync.compiled import compiled
from dyadsync.errors import InputError
from dyadsync.regression.predictors import centred, checked_regression, independent_sets

Rows: TypeAlias = NDArray[np.intp]


def median_regression(X: ArrayLike, y: ArrayLike, *, counts: Array | None = None) -> Array:
    """Median (least absolute deviations) regression, of the sample or of every resample, exactly.

    A solution passes through p of the rows. From one such vertex the algorithm exchanges the row
    whose release lowers the sum of absolute residuals fastest for the row at the minimum along that
    edge (a weighted median), until no exchange lowers it: the simplex method of Barrodale &
    Roberts, all resamples side by side and each from the whole sample's solution. Where the median
    is not unique, one of the solutions that pass through p rows is returned, the same whatever the
    order of the rows and on every machine.

    Parameters
    ----------
    X, y : array_like (n, p) and (n,)
        Design with its column of ones, and outcome.
    counts : array (B, n), optional
        Fit every resample, given by how often it drew each row, instead of the sample.

    Returns
    -------
    ndarray (p,) or (B, p)
        NaN for a resample that does not determine the coefficients.

    Raises
    ------
    InputError
        As `mm_regression`, except that identical rows are no obstacle.

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
    sample = whole_sample(np.asarray(X, dtype=float), np.asarray(y, dtype=float))
    X, y, vertex = sample.X, sample.y, sample.vertex
    if counts is None:
        return sample.back @ np.linalg.solve(X[vertex], y[vertex]) + sample.level
    weights = counts.take(sample.order, axis=1) * sample.own
    rows, ok = _vertices(sample.Z, sample.untied, weights, vertex)
    rows[~ok] = vertex
    draws = np.linalg.solve(X[rows], y[rows][:, :, None])[:, :, 0]
    draws[~ok] = np.nan
    # The draws of one coefficient lie next to each other.
    return (sample.back @ draws.T + sample.level[:, None]).T


@dataclass(frozen=True)
class _Sample:
    """A sample in a fixed order of its rows, without ties, and the vertex of its median."""

    X: Array
    y: Array
    order: Rows
    back: Array
    level: Array
    """``back @ coef + level`` are coefficients of what was given."""
    Z: Array
    """Orthogonal columns that span those of X."""
    untied: Array
    """The outcome with its ties broken, shape (n,)."""
    own: Array
    """Weights of the rows, shape (n,), all but 1."""
    vertex: Rows
    """The rows that the solution passes through, shape (p,)."""


def whole_sample(X: Array, y: Array) -> _Sample:
    """Solve the sample itself, from which every resample starts."""
    X, y = checked_regression(X, y, None)
    X, y, back, level = centred(X, y)
    n = len(X)
    order = np.lexsort((*X.T, y))
    X, y = X[order], y[order]
    basis = np.linalg.inv(np.linalg.qr(X, mode="r")) * math.sqrt(n)
    Z = X @ basis
    residuals = np.abs(y - Z @ (Z.T @ y) / n)
    # Ties (rounded scores) would stall the exchanges, and of several solutions the last digits of a
    # processor would choose: break both far below any tolerance.
    noise, own = np.random.default_rng(n).uniform(-1, 1, size=(2, n))
    untied = y + 1e-9 * max(float(residuals.mean()), 1e-6 * float(np.abs(y).max())) * noise
    own = 1 + 1e-6 * own
    [start] = independent_sets(Z, np.argsort(residuals, kind="stable")[None, :])
    vertex, ok = _vertices(Z, untied, own[None, :], start)
    if not ok[0]:
        raise InputError("The median regression did not settle; check the data for duplicates.")
    return _Sample(X, y, order, back, level, Z, untied, own, vertex[0])


def _vertices(X: Array, y: Array, weights: Array, start: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """Rows (K, p) that the median regression with each set of weights (K, n) passes through.

    All start from the same rows (p,); false where no vertex is the best.
    """
    rows = np.tile(start, (len(weights), 1))
    inverse = np.linalg.inv(X[start])
    return rows, _exchange(X.T.copy(), y - X @ (inverse @ y[start]), weights, rows, inverse)


@compiled
def _exchange(
    columns: Array, first: Array, weights: Array, rows: Rows, inverse: Array
) -> NDArray[np.bool_]:
    """Exchange rows (K, p) in place, one by one, until no exchange lowers the sum.

    Given are the design by its columns (p, n), the first residuals (n,) and the inverse of the
    first rows' part of the design; false where there was no end.
    """
    p, n = columns.shape
    solved = np.zeros(len(rows), np.bool_)
    residuals, signed, along, nearness = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    edges, slope, across = np.empty((p, p)), np.empty(p), np.empty(p)
    for k in range(len(rows)):
        weight, held = weights[k], rows[k]
        for i in range(n):
            residuals[i] = first[i]
        for i in range(p):
            for j in range(p):  # column j: how the coefficients move as row j is released
                edges[i, j] = inverse[i, j]
        for _ in range(100 * p + n):
            for j in range(p):
                residuals[held[j]] = 0.0
            for i in range(n):
                signed[i] = math.copysign(weight[i], residuals[i]) if residuals[i] != 0 else 0.0
            np.dot(columns, signed, slope)
            # Releasing row j changes the objective by its weight minus |pull|; rows that are not in
            # the resample have to go, even where that costs nothing.
            leave, gain, sign = -1, 1e-9 * n, 1.0
            for j in range(p):
                pull = 0.0
                for i in range(p):
                    pull += slope[i] * edges[i, j]
                hold = weight[held[j]]
                gained = abs(pull) - (hold if hold > 0 else -1e-6)
                if gained > gain:
                    leave, gain, sign = j, gained, -1.0 if pull < 0 else 1.0
            if leave < 0:
                solved[k] = True
                break
            for i in range(n):
                along[i] = 0.0
            for j in range(p):
                step = sign * edges[j, leave]
                for i in range(n):
                    along[i] += step * columns[j, i]
            for i in range(n):
                near = along[i] / residuals[i] if residuals[i] != 0 else 0.0
                nearness[i] = near if weight[i] * abs(along[i]) > 1e-10 else 0.0
            enter = _first_not_crossed(nearness, weight, along, gain / 2)
            if enter < 0:
                break
            length = residuals[enter] / along[enter]
            for i in range(n):
                residuals[i] -= length * along[i]
            for j in range(p):
                across[j] = 0.0
                for i in range(p):
                    across[j] += columns[i, enter] * edges[i, j]
            for i in range(p):
                moved = edges[i, leave] / across[leave]
                for j in range(p):
                    edges[i, j] -= moved * across[j]
                edges[i, leave] = moved
            held[leave] = enter
    return solved


@compiled
def _first_not_crossed(nearness: Array, weights: Array, along: Array, gain: float) -> int:
    """Row that stops a move along an edge, a weighted median; -1 where none does.

    Rows are met in the order of their nearness (n,), which is used up; each takes its weighted
    speed from the gain. Most moves end at their first or second row, so sorting would be slower.
    """
    while True:
        met, nearest = -1, 0.0
        for i in range(len(nearness)):
            if nearness[i] > nearest:
                met, nearest = i, nearness[i]
        if met < 0:
            return -1
        gain -= weights[met] * abs(along[met])
        if gain <= 0:
            return met
        nearness[met] = 0.0
