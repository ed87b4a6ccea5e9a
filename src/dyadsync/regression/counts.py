"""Resamples by how often each of them drew each row, some at a time."""

from __future__ import annotations

from collections.abc import Iterator

_BLOCK_BYTES = 8 * 2**20  # a work array of resamples by rows stays below this


def blocks(n_resamples: int, n: int) -> Iterator[slice]:
    """Slices of the resample axis that keep a work array of resamples by rows small."""
    size = max(1, _BLOCK_BYTES // (8 * n))
    for start in range(0, n_resamples, size):
        yield slice(start, min(start + size, n_resamples))
