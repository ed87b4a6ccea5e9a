"""Median regression, of one sample or of many resamples at once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.regression.counts import blocks, checked_counts
from dyadsync.regression.predictors import centred, checked_regression, independent_sets


def median_regression(X: ArrayLike, y: ArrayLike, *, counts: ArrayLike | None = None) -> Array:
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
    counts : array_like (B, n), optional
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
    X, y = checked_regression(X, y, None)
    X, y, back, level = centred(X, y)
    n, p = X.shape
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

    start = independent_sets(Z, np.argsort(residuals, kind="stable")[None, :])
    vertex, ok = _median_vertices(Z, untied, own[None, :], start)
    if not ok[0]:
        raise InputError("The median regression did not settle; check the data for duplicates.")
    if counts is None:
        return back @ np.linalg.solve(X[vertex[0]], y[vertex[0]]) + level
    counts = checked_counts(counts, n)[:, order]
    draws = np.empty((len(counts), p))
    for block in blocks(len(counts), n):
        start = np.repeat(vertex, len(counts[block]), axis=0)
        rows, ok = _median_vertices(Z, untied, counts[block] * own, start)
        rows[~ok] = vertex
        fitted = np.linalg.solve(X[rows], y[rows][:, :, None])[:, :, 0]
        draws[block] = np.where(ok[:, None], fitted, np.nan)
    return draws @ back.T + level


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
