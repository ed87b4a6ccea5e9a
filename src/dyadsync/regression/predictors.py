"""What the robust regressions ask of a design: checks, and sets of rows that determine a fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dyadsync.arrays import Array
from dyadsync.errors import InputError


class ConvergenceWarning(UserWarning):
    """An iteration was stopped before it had settled."""


def checked_regression(
    X: ArrayLike, y: ArrayLike, names: Sequence[str] | None
) -> tuple[Array, Array]:
    """Give design and outcome as float arrays that a robust regression can be fitted to."""
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
    check_columns(X, labels)
    return X, y


def check_columns(X: Array, labels: Sequence[str]) -> None:
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


def centred(X: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """Move columns and outcome to their medians, where the design has a column of ones.

    What is far from 0 for its spread, as years are, loses its digits where it is squared. Given
    back are the moved ones, and `back`, (p, p), and `level`, (p,): ``back @ coef + level`` are
    coefficients of what was given, if `coef` are of the moved.
    """
    p = X.shape[1]
    middle, back, level = np.zeros(p), np.eye(p), np.zeros(p)
    ones = np.flatnonzero((X == 1.0).all(axis=0))
    if ones.size and p > 1:
        middle, level[ones[0]] = np.median(X, axis=0), np.median(y)
        middle[ones[0]] = 0.0
        back[ones[0]] -= middle
    return X - middle, y - level.sum(), back, level


def independent_sets(X: Array, orders: NDArray[np.intp]) -> NDArray[np.intp]:
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
