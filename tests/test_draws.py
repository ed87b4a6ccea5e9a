"""Intervals and p-values of draws, against counts made by hand."""

import numpy as np
import pytest

from dyadsync.draws import draws_p_value, percentile_interval


def test_an_interval_leaves_out_the_same_share_on_both_sides():
    low, high = percentile_interval(np.arange(1001.0), 0.95)
    assert (low, high) == pytest.approx((25.0, 975.0))


def test_an_interval_of_many_effects_runs_along_the_axis_that_is_asked_for():
    draws = np.arange(1001.0)[:, None] * [1.0, 2.0]
    low, high = percentile_interval(draws, 0.5, axis=0)
    np.testing.assert_allclose([low, high], [[250, 500], [750, 1500]])


@pytest.mark.parametrize(
    ("draws", "null", "expected"),
    [
        (np.arange(1.0, 100.0), 0.0, 0.02),  # none of 99 at or below 0: 2 x 1 / 100
        (-np.arange(1.0, 100.0), 0.0, 0.02),
        (np.arange(1.0, 100.0), 3.0, 0.08),  # 1, 2 and 3 itself: 2 x 4 / 100
        (np.arange(-5.0, 6.0), 0.0, 1.0),  # 6 on either side of 11: 2 x 7 / 12 is more than 1
    ],
)
def test_a_p_value_counts_the_smaller_side_and_one_more(draws, null, expected):
    assert draws_p_value(draws, null) == pytest.approx(expected)
