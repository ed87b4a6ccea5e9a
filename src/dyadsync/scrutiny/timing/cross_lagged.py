"""The random-intercept cross-lagged panel model of two series per dyad, by maximum likelihood.

Each series is a dyad's own level, stable over sessions, plus a deviation from it. Only deviations
carry over from one session to the next: to their own series (autoregression) and to the other
(cross-lag). A dyad whose synchrony is always high and whose symptoms always fall is thereby no
evidence of an order (Hamaker, Kuiper & Grasman 2015, doi:10.1037/a0038889).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dyadsync.arrays import Array
from dyadsync.errors import InputError

__all__ = ["N_FREE", "CrossLagged", "fit_cross_lagged"]

N_FREE = 13
"""Levels, first deviations and innovations have three (co)variances each; four slopes."""
_SLOPES = slice(9, 13)


@dataclass(frozen=True)
class CrossLagged:
    """The model's maximum, with any cross-lags that were held at 0."""

    slopes: Array
    """``[[own first, first on second], [second on first, own second]]``, shape (2, 2): row is the
    later series, column the earlier."""
    sd: Array
    """Standard deviations of the two series' deviations, on average over sessions."""
    deviance: float
    """Minus twice the log-likelihood."""
    n: int
    """Dyads with any value."""


def fit_cross_lagged(series: Array, held: tuple[int, ...] = ()) -> CrossLagged:
    """Fit the model to complete and incomplete series alike.

    Parameters
    ----------
    series : array, shape (n, S, 2)
        Two series over S sessions, NaN where a value is missing (at random: its likelihood is that
        of what is there). Means are free in every session.
    held : tuple of int
        Which of the four slopes (as in ``slopes.ravel()``) are held at 0.

    Raises
    ------
    InputError
        For fewer than three sessions, or fewer dyads with values than the model has parameters.
    """
    from scipy.optimize import minimize

    n_sessions = series.shape[1]
    there = np.isfinite(series).any((1, 2))
    patterns = _patterns(series[there].reshape(there.sum(), -1))
    if n_sessions < 3 or there.sum() < N_FREE:
        raise InputError(
            f"The order of two series needs three sessions or more, and {N_FREE} dyads or more; "
            f"there are {n_sessions} sessions and {there.sum()} dyads."
        )
    scale = np.nanstd(series, axis=(0, 1))
    patterns = [(rows / np.tile(scale, n_sessions)[seen], seen) for rows, seen in patterns]
    free = np.ones(N_FREE, bool)
    free[9 + np.asarray(held, dtype=int)] = False
    start = np.array([0.7, 0, 0.7, 0.7, 0, 0.7, 0.7, 0, 0.7, 0, 0, 0, 0])[free]

    def whole(values: Array) -> Array:
        theta = np.zeros((*values.shape[:-1], N_FREE))
        theta[..., free] = values
        return theta

    def deviance(values: Array) -> tuple[float, Array]:
        step = 1e-6 * np.eye(len(values))
        near = _covariance(whole(np.vstack([values, values + step])), n_sessions)
        value, by_covariance = _deviance(near[0], patterns)
        return value, np.einsum("ij,pij->p", by_covariance, near[1:] - near[0]) / 1e-6

    best = min(
        (
            minimize(deviance, one, jac=True, method="BFGS")
            for one in (start, start[::-1] * 0.5 + 0.2)
        ),
        key=lambda found: float(found.fun),
    )
    theta = whole(best.x)
    slopes = theta[_SLOPES].reshape(2, 2) * scale[:, None] / scale
    sizes = sum(rows.size for rows, _ in patterns)
    log_scale = sum(
        (np.log(np.tile(scale, n_sessions)[seen]) * len(rows)).sum() for rows, seen in patterns
    )
    constant = sizes * np.log(2 * np.pi) + 2 * log_scale
    return CrossLagged(
        slopes,
        np.sqrt(np.diag(_within(theta, n_sessions))) * scale,
        float(best.fun + constant),
        int(there.sum()),
    )


def _patterns(rows: Array) -> list[tuple[Array, Array]]:
    """Group rows by which of their values are there: the values, and where they belong."""
    seen = np.isfinite(rows)
    kinds, place = np.unique(seen, axis=0, return_inverse=True)
    return [
        (rows[place.ravel() == j][:, kind], np.flatnonzero(kind)) for j, kind in enumerate(kinds)
    ]


def _within(theta: Array, n_sessions: int) -> Array:
    """Covariance of the two deviations in a session, on average over sessions."""
    whole = _covariance(np.concatenate([np.zeros(3), theta[3:]]), n_sessions)
    blocks = [whole[2 * s : 2 * s + 2, 2 * s : 2 * s + 2] for s in range(n_sessions)]
    average: Array = np.mean(blocks, axis=0)
    return average


def _square(values: Array) -> Array:
    """Covariance of two from its Cholesky root, (..., 3) to (..., 2, 2)."""
    a, b, c = np.moveaxis(values, -1, 0)
    return np.stack([np.stack([a * a, a * b], -1), np.stack([a * b, b * b + c * c], -1)], -2)


def _covariance(theta: Array, n_sessions: int) -> Array:
    """Covariance of all values of a dyad, sessions first, shape (..., 2 S, 2 S)."""
    level, first, new = (_square(part) for part in np.split(theta[..., :9], 3, axis=-1))
    slopes = theta[..., _SLOPES].reshape(*theta.shape[:-1], 2, 2)
    transposed = np.swapaxes(slopes, -1, -2)
    within = first
    whole = np.tile(level, (n_sessions, n_sessions))
    for s in range(n_sessions):
        carried = within
        for t in range(s, n_sessions):
            later, earlier = slice(2 * t, 2 * t + 2), slice(2 * s, 2 * s + 2)
            whole[..., later, earlier] += carried
            if t > s:
                whole[..., earlier, later] += np.swapaxes(carried, -1, -2)
            carried = slopes @ carried
        within = slopes @ within @ transposed + new
    return whole


def _deviance(covariance: Array, patterns: list[tuple[Array, Array]]) -> tuple[float, Array]:
    """Minus twice the log-likelihood less its constant, and its derivative by the covariance.

    The means are those that maximise it, so that they have no part in the derivative.
    """
    size = len(covariance)
    information, right, total = np.zeros((size, size)), np.zeros(size), 0.0
    inverses = []
    for rows, seen in patterns:
        part = covariance[np.ix_(seen, seen)]
        sign, log_determinant = np.linalg.slogdet(part)
        if sign <= 0:
            return 1e10, np.zeros((size, size))
        inverses.append(np.linalg.inv(part))
        information[np.ix_(seen, seen)] += len(rows) * inverses[-1]
        right[seen] += inverses[-1] @ rows.sum(0)
        total += len(rows) * log_determinant
    mean = np.linalg.solve(information, right)
    derivative = np.zeros((size, size))
    for (rows, seen), inverse in zip(patterns, inverses, strict=True):
        weighted = (rows - mean[seen]) @ inverse
        total += float((weighted * (rows - mean[seen])).sum())
        derivative[np.ix_(seen, seen)] += len(rows) * inverse - weighted.T @ weighted
    return total, derivative
