"""What draws say: a percentile interval, and a p-value that is never 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from dyadsync.arrays import Array

__all__ = ["draws_p_value", "percentile_interval"]


def percentile_interval(draws: Array, confidence_level: float, axis: int = -1) -> tuple[Any, Any]:
    """Lower and upper end of the middle `confidence_level` of the draws, along one axis.

    Examples
    --------
    >>> low, high = percentile_interval(np.arange(101.0), 0.9)
    >>> round(low, 6), round(high, 6)
    (np.float64(5.0), np.float64(95.0))
    """
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=axis)
    return low, high


def draws_p_value(draws: Array, null: float = 0.0) -> float:
    """Two-sided p-value of draws, shape (B,), against a null value.

    ``min(1, 2 (k + 1) / (B + 1))`` with k the smaller of the numbers of draws on either side; a
    draw that equals the null value counts on both sides.

    Examples
    --------
    >>> draws_p_value(np.arange(-48.5, 950))  # 49 of 999 below 0
    0.1
    """
    below, above = int(np.sum(draws <= null)), int(np.sum(draws >= null))
    return min(1.0, 2 * (min(below, above) + 1) / (len(draws) + 1))
