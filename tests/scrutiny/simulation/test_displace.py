"""Outliers in one table or in many; `scrutiny/contamination/test_outliers` has their sizes."""

import numpy as np
import pytest

from dyadsync.scrutiny.simulation.displace import PATTERNS, displace


@pytest.mark.parametrize("pattern", PATTERNS)
def test_many_tables_are_displaced_as_each_alone(pattern):
    values = np.random.default_rng(1).normal(size=(5, 20, 3))
    together, which = displace(values, 3, pattern, signs=(-1, 1), limits=(-1, 1))
    for table, moved, dyads in zip(values, together, which, strict=True):
        alone, same = displace(table, 3, pattern, signs=(-1, 1), limits=(-1, 1))
        np.testing.assert_allclose(moved, alone)
        np.testing.assert_array_equal(dyads, same)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_dyad_with_a_gap_stays_and_counts_for_nothing(pattern):
    values = np.random.default_rng(2).normal(size=(12, 3))
    gap = np.insert(values, 4, [9.0, np.nan, -9.0], axis=0)
    moved, _ = displace(gap, 2, pattern, signs=(1, 1))
    np.testing.assert_array_equal(moved[4], gap[4])
    expected, _ = displace(values, 2, pattern, signs=(1, 1))
    np.testing.assert_allclose(np.delete(moved, 4, axis=0), expected)


def test_more_to_move_than_there_are_moves_those_there_are():
    values = np.full((4, 3), np.nan)
    values[:2] = [[0.0, 1.0, 2.0], [1.0, 2.0, 0.0]]
    moved, _ = displace(values, 3, signs=(1, 1))
    assert np.isnan(moved[2:]).all()
    assert (moved[:2, 2] != values[:2, 2]).all()
