"""Median regression, of one sample or of many resamples at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.regression.counts import blocks
from dyadsync.regression.predictors import centred, checked_regression, independent_sets


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
    n, p = X.shape
    counts = counts[:, sample.order]
    draws = np.empty((len(counts), p))
    for block in blocks(len(counts), n):
        rows, ok = _median_vertices(sample.Z, sample.untied, counts[block] * sample.own, vertex)
        rows[~ok] = vertex
        fitted = np.linalg.solve(X[rows], y[rows][:, :, None])[:, :, 0]
        draws[block] = np.where(ok[:, None], fitted, np.nan)
    return draws @ sample.back.T + sample.level


@dataclass(frozen=True)
class _Sample:
    """A sample in a fixed order of its rows, without ties, and the vertex of its median."""

    X: Array
    y: Array
    order: NDArray[np.intp]
    back: Array
    level: Array
    """``back @ coef + level`` are coefficients of what was given."""
    Z: Array
    """Orthogonal columns that span those of X."""
    untied: Array
    """The outcome with its ties broken, shape (n,)."""
    own: Array
    """Weights of the rows, shape (n,), all but 1."""
    vertex: NDArray[np.intp]
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
    vertex, ok = _median_vertices(Z, untied, own[None, :], start)
    if not ok[0]:
        raise InputError("The median regression did not settle; check the data for duplicates.")
    return _Sample(X, y, order, back, level, Z, untied, own, vertex[0])


def _median_vertices(
    X: Array, y: Array, counts: Array, start: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Rows (K, p) that the weighted median regression of each set of counts passes through.

    All start from the same rows (p,).
    """
    n, p = X.shape
    rows = np.tile(start, (len(counts), 1))
    solved = np.zeros(len(counts), dtype=bool)
    active, weights = np.arange(len(counts)), counts
    inverse = np.linalg.inv(X[start])
    # Column j: how the coefficients move as row j is released.
    edges = np.tile(inverse, (len(counts), 1, 1))
    residuals = np.tile(y - X @ (inverse @ y[start]), (len(counts), 1))
    for _ in range(100 * p + n):
        held, which = rows[active], np.arange(len(active))
        residuals[which[:, None], held] = 0.0
        pull = np.einsum("kp,kpq->kq", (weights * np.sign(residuals)) @ X, edges)
        # Releasing row j changes the objective by its weight minus |pull|; rows that are not in the
        # resample have to go, even where that costs nothing.
        hold = weights[which[:, None], held]
        gain = np.abs(pull) - np.where(hold > 0, hold, -1e-6)
        leave = gain.argmax(axis=1)
        optimal = gain[which, leave] <= 1e-9 * n
        solved[active[optimal]] = True
        rest = np.flatnonzero(~optimal)
        if not rest.size:
            break
        active, leave, held, which = active[rest], leave[rest], held[rest], np.arange(len(rest))
        edges, residuals, weights = edges[rest], residuals[rest], weights[rest]
        direction = edges[which, :, leave]
        along = np.where(pull[rest, leave] < 0, -1.0, 1.0)[:, None] * (direction @ X.T)
        speed = weights * np.abs(along)
        with np.errstate(divide="ignore", invalid="ignore"):
            nearness = along / residuals  # rows behind have a negative one
            nearness *= speed > 1e-10
        nearness[which[:, None], held] = 0.0
        enter, length = _first_not_crossed(nearness, speed, gain[rest, leave] / 2)
        possible = np.isfinite(length)
        if not possible.all():
            active, leave, enter, length = (one[possible] for one in (active, leave, enter, length))
            edges, residuals, weights, along, direction = (
                one[possible] for one in (edges, residuals, weights, along, direction)
            )
            which = np.arange(len(active))
        rows[active, leave] = enter
        residuals -= length[:, None] * along
        across = np.einsum("kp,kpq->kq", X[enter], edges)
        moved = direction / across[which, leave][:, None]
        edges -= moved[:, :, None] * across[:, None, :]
        edges[which, :, leave] = moved
    return rows, solved


def _first_not_crossed(
    nearness: Array, speed: Array, gain: Array
) -> tuple[NDArray[np.intp], Array]:
    """Row (K,) that stops each move along an edge, and how far away it is: a weighted median.

    Rows are met in the order of their nearness (K, n), which is used up; each takes its speed from
    the gain (K,), and the move ends where nothing is left. The length is infinite where it never
    does. Most moves end at their first or second row, so that sorting all of them would be slower.
    """
    stops, lengths = np.zeros(len(gain), np.intp), np.full(len(gain), np.inf)
    moving = np.arange(len(gain))
    while moving.size:
        which = np.arange(len(moving))
        met = nearness.argmax(axis=1)
        nearest = nearness[which, met]
        gain = gain - speed[moving, met]
        ends = (gain <= 0) & (nearest > 0)
        stops[moving[ends]] = met[ends]
        lengths[moving[ends]] = 1 / nearest[ends]
        nearness[which, met] = 0.0
        further = np.flatnonzero((gain > 0) & (nearest > 0))
        moving, nearness, gain = moving[further], nearness[further], gain[further]
    return stops, lengths
