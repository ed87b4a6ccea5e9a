"""Resamples as counts: how often each of them drew each row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from dyadsync.arrays import Array
from dyadsync.errors import InputError

_BLOCK_BYTES = 8 * 2**20  # a work array of resamples by rows stays below this


def blocks(n_resamples: int, n: int) -> Iterator[slice]:
    """Slices of the resample axis that keep a work array of resamples by rows small."""
    size = max(1, _BLOCK_BYTES // (8 * n))
    for start in range(0, n_resamples, size):
        yield slice(start, min(start + size, n_resamples))


def checked_counts(counts: ArrayLike, n: int) -> Array:
    """Give counts as floats of shape (B, n), or say that they are those of another sample."""
    counts = np.asarray(counts, dtype=float)
    if counts.ndim != 2 or counts.shape[1] != n:
        raise InputError(
            f"Resample counts must have shape (resamples, {n}), one column a row of the data; "
            f"they have shape {counts.shape}."
        )
    return counts
