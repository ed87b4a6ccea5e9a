"""Path a alone, of a study without an outcome."""

import pandas as pd
import pingouin
import pytest
from scipy.stats import t

from dyadsync import InputError
from dyadsync.mediation.paths import first_path


def test_path_a_is_the_slope_that_pingouin_prints_with_its_t_interval():
    """pingouin 0.7.0, mediation_analysis of its own teaching data: .5610153161, SE .0944804803."""
    data = pingouin.read_dataset("mediation")
    estimate, low, high = first_path(data, "X", "M", confidence_level=0.9)
    assert estimate == pytest.approx(0.5610153161, abs=1e-9)
    half = t.ppf(0.95, len(data) - 2) * 0.0944804803
    assert (low, high) == pytest.approx((estimate - half, estimate + half), abs=1e-8)


def test_rows_that_lack_one_of_the_two_are_left_out():
    data = pd.DataFrame({"x": [1, 2, 3, 4, None, 6], "m": [0.2, 0.1, 0.4, 0.3, 9, None]})
    assert first_path(data, "x", "m") == first_path(data.head(4), "x", "m")


@pytest.mark.parametrize(
    ("x", "m", "words"),
    [
        ([1, 1, 1, 1], [0.2, 0.1, 0.4, 0.3], "'x' is constant"),
        ([1, 2, 3, 4], [0.2, 0.2, 0.2, 0.2], "'m' is constant"),
        ([1, 2, 3, None], [0.2, 0.1, 0.4, 0.3], "Too few rows: 3"),
    ],
)
def test_what_has_no_slope_is_refused(x, m, words):
    with pytest.raises(InputError, match=words):
        first_path(pd.DataFrame({"x": x, "m": m}), "x", "m")
