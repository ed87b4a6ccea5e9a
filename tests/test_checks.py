"""Argument checks are the same everywhere: one sentence a kind of mistake."""

import numpy as np
import pytest

from dyadsync.checks import check_choice, check_count, check_level, check_share
from dyadsync.errors import InputError


def test_a_choice_comes_back_as_it_was_given():
    assert check_choice("change", "log_ratio", {"difference": 1, "log_ratio": 2}) == "log_ratio"


@pytest.mark.parametrize("value", ["ratio", 3, None, ["difference"], ""])
def test_another_choice_is_refused_with_all_that_are_allowed(value):
    with pytest.raises(InputError, match=r"change is .*; it must be one of 'difference', 'b'"):
        check_choice("change", value, ["difference", "b"])


def test_of_many_choices_the_nearest_are_named():
    with pytest.raises(InputError, match="'f_3', none of the 40 that there are; the nearest: 'f3'"):
        check_choice("a field", "f_3", [f"f{n}" for n in range(40)])


@pytest.mark.parametrize("value", [0.9, np.float32(0.9), np.float64(0.9)])
def test_a_level_may_be_of_any_real_type(value):
    level = check_level(value)
    assert type(level) is float
    assert level == pytest.approx(0.9)


@pytest.mark.parametrize("value", [0, 1, 95, -0.1, True, "0.95", None, float("nan"), [0.9]])
def test_what_is_no_level_is_refused(value):
    with pytest.raises(InputError, match=r"confidence_level is .*between 0 and 1"):
        check_level(value)


@pytest.mark.parametrize("value", [0, 0.999, np.float32(0.5)])
def test_a_share_may_be_nothing_but_not_all(value):
    assert check_share("explained", value) == pytest.approx(float(value))


@pytest.mark.parametrize("value", [1, -0.01, float("nan"), False, "0"])
def test_what_is_no_share_is_refused(value):
    with pytest.raises(InputError, match=r"explained is .*at least 0 and below 1"):
        check_share("explained", value)


@pytest.mark.parametrize("value", [100, np.int64(100), np.uint8(100)])
def test_a_count_may_be_of_any_whole_type(value):
    count = check_count("n_draws", value, least=100, most=100)
    assert type(count) is int
    assert count == 100


@pytest.mark.parametrize("value", [99, 201, 100.0, True, "100", None, float("nan")])
def test_what_is_no_count_is_refused(value):
    with pytest.raises(InputError, match=r"n_draws is .*a whole number from 100 to 200"):
        check_count("n_draws", value, least=100, most=200)


def test_a_choice_that_is_nearly_right_is_proposed():
    with pytest.raises(InputError, match=r"Did you mean 'n_dyads'\?"):
        check_choice("setting", "n_dyds", ["sessions", "n_dyads"])
