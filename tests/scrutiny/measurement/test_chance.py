"""Every test against chance, side by side."""

import numpy as np
import pytest

from benchmarks.surrogate_size import null_changes
from dyadsync.scrutiny.measurement.chance import CHANCE_TESTS, ChanceTests, against_chance
from dyadsync.scrutiny.measurement.surrogates import SurrogateTest, surrogate_test


@pytest.fixture(scope="module")
def sample():
    return null_changes((4, 3, 3), rng=1)


@pytest.mark.parametrize("statistic", ["mean_z", "sd_z"])
def test_each_test_is_that_of_surrogate_test(sample, statistic):
    changes, therapists = sample
    options = {"therapists": therapists, "n_surrogates": 99, "rng": 5, "statistic": statistic}
    found = against_chance(changes, **options)
    for name, own in CHANCE_TESTS.items():
        expected = surrogate_test(changes, **options, **own)
        assert found.p_values[name] == expected.p_value
        assert np.array_equal(found.tests[name].surrogates, expected.surrogates)


def test_the_table_has_a_row_a_test_and_names_its_statistic(sample):
    changes, therapists = sample
    found = against_chance(changes, therapists=therapists, statistic="sd_z", n_surrogates=99, rng=5)
    table = found.table.set_index("test")
    assert table.index.tolist() == list(CHANCE_TESTS)
    assert set(table["statistic"]) == {"SD of z"}
    one = found.tests["sessions shuffled"].table.loc[0]
    assert table.loc["sessions shuffled", "surrogates, 2.5 %"] == one["surrogate_lower"]
    assert table.loc["sessions shuffled", "97.5 %"] == one["surrogate_upper"]
    assert table.loc["sessions shuffled", "p"] == one["p_value"]


def made(**p_values):
    def one(p):
        reason = "one therapist only" if np.isnan(p) else ""
        return SurrogateTest("sessions", "mean_z", "two-sided", 0.1, p, False, 9, reason)

    return ChanceTests("mean_z", {name: one(p) for name, p in p_values.items()})


@pytest.mark.parametrize(
    ("p_values", "words"),
    [
        ({"x": 0.4, "y": 0.2, "z": 0.3}, "the p-values lie between 0.200 and 0.400"),
        ({"x": 0.4, "y": 0.40001}, "the p-value is 0.400"),
        (
            {"x": 0.4, "y": np.nan, "z": np.nan},
            "the p-value is 0.400 (no test with y; z – one therapist only)",
        ),
        ({"x": np.nan, "y": np.nan}, "there is no test (one therapist only)"),
    ],
)
def test_p_values_are_given_in_words(p_values, words):
    assert made(**p_values).in_words() == words


def test_a_study_of_one_therapist_is_tested_where_it_can_be():
    changes, therapists = null_changes((6,), rng=1)
    found = against_chance(changes, therapists=therapists, n_surrogates=99, rng=1)
    assert np.isnan(found.p_values["pseudo-dyads, other therapists"])
    assert np.isfinite(found.p_values["sessions shuffled"])
    assert found.in_words().endswith(
        " (no test with pseudo-dyads, other therapists; therapists exchanged – one therapist only: "
        "there is no series of another therapist)"
    )
    assert found.table["p"].isna().sum() == 2


def test_a_study_without_therapists_has_the_tests_that_need_none():
    changes, _ = null_changes((3, 2, 2), rng=1)
    found = against_chance(changes, n_surrogates=99, rng=1)
    assert list(found.p_values) == ["pseudo-dyads, any", "sessions shuffled"]
    assert all(np.isfinite(p) for p in found.p_values.values())
