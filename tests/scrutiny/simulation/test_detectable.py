"""The smallest effect that could have been told from none."""

import numpy as np
import pytest

from dyadsync import InputError
from dyadsync.scrutiny.simulation.detectable import detectable


def test_at_a_hundred_dyads_it_is_near_the_size_that_the_joint_test_needs():
    """Both paths found in 80 %: each in 89.4 %, so |t| = 1.96 + 1.25 = 3.21 of
    r = t / sqrt(t^2 + 98) = .31; path b, given x, has a little less."""
    found = detectable(100, n_trials=400, n_draws=300, rng=1)
    assert found.path == pytest.approx(0.32, abs=0.02)
    assert found.effect == found.path**2
    assert "would have been told from none in 80 % of studies" in found.in_words()


def test_more_dyads_find_less_and_seeds_repeat():
    few, again, many = (detectable(n, n_trials=100, n_draws=200, rng=2) for n in (37, 37, 150))
    assert few.path > many.path
    assert few.table.equals(again.table)


def test_where_no_effect_would_have_been_found_it_says_so():
    found = detectable(5, n_trials=50, n_draws=100, power=0.99, rng=1)
    assert np.isnan(found.path)
    assert "no indirect effect of two equal paths up to 0.9" in found.in_words()


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(InputError, match="n_dyads is 3"):
        detectable(3)
    with pytest.raises(InputError, match="power is 80"):
        detectable(37, power=80)
