"""Resamples as counts."""

import numpy as np

from dyadsync.regression import counts
from dyadsync.regression.counts import blocks


def test_blocks_cover_every_resample_once_and_stay_within_the_bytes(monkeypatch):
    monkeypatch.setattr(counts, "_BLOCK_BYTES", 8 * 10 * 4)  # four resamples of ten rows
    sizes = [len(range(*block.indices(11))) for block in blocks(11, 10)]
    assert sizes == [4, 4, 3]
    assert np.concatenate([np.arange(11)[b] for b in blocks(11, 10)]).tolist() == list(range(11))


def test_a_sample_larger_than_a_block_is_taken_alone(monkeypatch):
    monkeypatch.setattr(counts, "_BLOCK_BYTES", 8)
    assert [b.stop - b.start for b in blocks(3, 10)] == [1, 1, 1]
