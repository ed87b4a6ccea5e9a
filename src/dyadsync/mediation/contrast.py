"""Which two values of the cause are compared, and which values of a moderator are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import is_numeric
from dyadsync.errors import InputError
from dyadsync.mediation.sample import MediationData


def choose_contrast(contrast: Sequence[float] | None, sample: MediationData) -> tuple[float, float]:
    """Give the two values of x that are compared, by default two within the data.

    In linear models without interaction one unit is one unit wherever it lies: 0 and 1. Elsewhere
    the two values of a cause that has two; one unit around the mean, if both ends lie within the
    data; or the quartiles.
    """
    if contrast is not None:
        return _check_contrast(contrast)
    if sample.x.ndim > 1 or (sample.linear and not sample.interaction):
        return 0.0, 1.0
    x = sample.x
    values = np.unique(x)
    if len(values) == 2:
        return float(values[0]), float(values[1])
    around = (float(x.mean()) - 0.5, float(x.mean()) + 0.5)
    if x.min() <= around[0] and around[1] <= x.max():
        return around
    first, third = np.quantile(x, [0.25, 0.75])
    return (float(first), float(third)) if first < third else (float(x.min()), float(x.max()))


def beyond_the_data(contrast: tuple[float, float], sample: MediationData) -> str:
    """Say that effects which depend on the level of x are extrapolated; empty where none is."""
    if sample.x.ndim > 1 or (sample.linear and not sample.interaction):
        return ""
    low, high = float(sample.x.min()), float(sample.x.max())
    if low <= min(contrast) and max(contrast) <= high:
        return ""
    return (
        f"The contrast {contrast[0]:.4g} to {contrast[1]:.4g} leaves the data, in which "
        f"{sample.names['x'][0]} lies between {low:.4g} and {high:.4g}: the effects are "
        "extrapolated."
    )


def moderator_points(
    data: pd.DataFrame, moderator: str, values: Sequence[Any] | None, sample: MediationData
) -> dict[Any, Array]:
    """Values of a moderator at which effects are given, each with its columns in the models.

    By default those of a moderator of two or three values, else the mean and one standard
    deviation to either side. Refused are fewer than two values, values twice, a value that a
    moderator of words has not, and words of more than three kinds.
    """
    column = data[moderator].dropna()
    numeric = is_numeric(column)
    levels = sorted(column.unique(), key=None if numeric else str)
    if not numeric and len(levels) > 3:
        raise InputError(
            f"The moderator '{moderator}' has {len(levels)} values in words; at most three can be "
            "compared. Join some, or give it as numbers."
        )
    if values is None:
        values = levels if len(levels) <= 3 else column.mean() + column.std() * np.arange(-1, 2)
    chosen = list(values) if np.ndim(values) == 1 else []
    if len(chosen) < 2 or len(set(chosen)) < len(chosen):
        raise InputError(f"moderator_values must be two different values or more, not {values!r}.")
    assert sample.moderator is not None
    if numeric:
        if not all(isinstance(v, (int, float, np.number)) and np.isfinite(v) for v in chosen):
            raise InputError(f"moderator_values must be numbers, as '{moderator}' is: {values!r}.")
        return {value: np.array([float(value)]) for value in chosen}
    unknown = [value for value in chosen if value not in levels]
    if unknown:
        raise InputError(
            f"'{moderator}' has no value {unknown[0]!r}; it has {', '.join(map(repr, levels))}."
        )
    rows = data.loc[:, moderator].to_numpy()
    return {value: sample.moderator[int(np.argmax(rows == value))] for value in chosen}


def _check_contrast(contrast: Sequence[float]) -> tuple[float, float]:
    try:
        values = [float(value) for value in contrast]
    except (TypeError, ValueError):
        values = []
    if len(values) != 2 or not np.isfinite(values).all() or values[0] == values[1]:
        raise InputError(f"contrast must be two different values of x, not {contrast!r}.")
    return values[0], values[1]
