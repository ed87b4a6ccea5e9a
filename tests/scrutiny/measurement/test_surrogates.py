"""Tests against surrogates find what was planted and count exactly."""

import itertools

import numpy as np
import pandas as pd
import pytest

from benchmarks.surrogate_size import null_changes
from dyadsync.errors import InputError
from dyadsync.scrutiny.measurement.session_orders import session_shuffles
from dyadsync.scrutiny.measurement.surrogates import surrogate_test
from dyadsync.synchrony.dyads import dyad_synchrony
from tests.made_changes import synchronous

KINDS = ("pseudo_dyads", "therapists", "sessions")


@pytest.mark.parametrize("kind", ["pseudo_dyads", "sessions"])
def test_planted_synchrony_is_found(kind):
    result = surrogate_test(synchronous(20), kind=kind, n_surrogates=999, rng=0)
    assert result.p_value == pytest.approx(2 / 1000)
    assert result.observed > result.surrogates.max()


@pytest.mark.parametrize("kind", ["pseudo_dyads", "sessions"])
def test_surrogates_of_detrended_levels_count_as_many_sessions_as_the_dyads(kind):
    """Among all surrogates is the sample itself, its Spearman's 1 with the z of three sessions."""
    changes = synchronous(3, seed=2)
    changes.attrs["spent"] = 1
    assert (dyad_synchrony(changes, "spearman")["synchrony"] == 1).any()
    found = surrogate_test(changes, kind=kind, measure="spearman", n_surrogates=24**3, rng=0)
    assert found.exact
    assert np.isclose(found.surrogates, found.observed).any()


def test_p_is_k_plus_one_over_b_plus_one():
    changes, _ = null_changes((6, 6), rng=3)
    result = surrogate_test(changes, alternative="greater", n_surrogates=499, rng=0)
    k = np.sum(result.surrogates >= result.observed)
    assert 0 < k < 499
    assert result.p_value == (k + 1) / 500
    assert not result.exact


def test_a_few_dyads_are_tested_exactly():
    changes = synchronous(5, seed=2)
    result = surrogate_test(changes, statistic="mean_synchrony", alternative="greater", rng=0)
    assert result.exact
    patient, therapist = (
        changes[role].to_numpy().reshape(5, 4) for role in ("patient", "therapist")
    )
    table = np.corrcoef(patient, therapist)[:5, 5:]
    every = [np.mean(table[np.arange(5), list(deal)]) for deal in itertools.permutations(range(5))]
    assert result.p_value == np.mean(np.array(every) >= result.observed - 1e-9)


def test_one_dyad_s_sessions_are_tested_exactly():
    changes = synchronous(1, seed=4)
    result = surrogate_test(changes, kind="sessions", alternative="greater")
    assert result.exact
    assert result.surrogates.size == 24
    assert result.p_value == session_shuffles(changes)["p_greater"].iloc[0]


def test_observed_statistics_are_those_of_the_dyads():
    changes = synchronous(9)
    table = dyad_synchrony(changes)
    for statistic, expected in (
        ("mean_z", table["z"].mean()),
        ("mean_synchrony", table["synchrony"].mean()),
        ("sd_z", table["z"].std(ddof=1)),
    ):
        result = surrogate_test(changes, statistic=statistic, n_surrogates=9, rng=0)
        assert result.observed == pytest.approx(expected)


def test_the_two_sided_p_is_twice_the_smaller_one_sided():
    changes, _ = null_changes((6, 6), rng=5)
    p = {
        alternative: surrogate_test(
            changes, alternative=alternative, n_surrogates=199, rng=0
        ).p_value
        for alternative in ("two-sided", "greater", "less")
    }
    assert p["two-sided"] == min(1, 2 * min(p["greater"], p["less"]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rng_gives_the_same_test(kind):
    changes, therapists = null_changes((4, 4, 3), rng=6)
    first, second = (
        surrogate_test(changes, kind=kind, therapists=therapists, n_surrogates=50, rng=1)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.surrogates, second.surrogates)
    assert not first.exact


def test_dyads_without_a_synchrony_take_no_part():
    changes = synchronous(8).drop(index=[0, 1]).reset_index(drop=True)
    assert surrogate_test(changes, n_surrogates=50, rng=0).n_dyads == 7


@pytest.mark.parametrize(
    ("changes", "options", "reason"),
    [
        (synchronous(1), {}, "one dyad only"),
        (synchronous(3).iloc[:0], {}, "no dyad has a synchrony"),
        (synchronous(4), {"therapists": {f"D{i:02d}": "A" for i in range(4)}}, "one therapist"),
        (
            synchronous(4),
            {"therapists": {"D00": "A", "D01": "A", "D02": "A", "D03": "B"}},
            "more than half of the dyads",
        ),
        (synchronous(1), {"kind": "sessions", "statistic": "sd_z"}, "no spread"),
    ],
)
def test_where_there_is_no_test_the_result_says_why(changes, options, reason):
    result = surrogate_test(changes, n_surrogates=20, rng=0, **options)
    assert np.isnan(result.p_value)
    assert reason in result.reason
    assert result.table.loc[0, "reason"] == result.reason


def test_one_therapist_can_be_tested_with_the_same_therapist_allowed():
    therapists = {f"D{i:02d}": "A" for i in range(10)}
    result = surrogate_test(
        synchronous(10, strength=3.0),
        therapists=therapists,
        same_therapist=True,
        n_surrogates=199,
        rng=0,
    )
    assert result.p_value == pytest.approx(2 / 200)


def test_identical_dyads_are_no_more_in_step_than_their_surrogates():
    one = synchronous(1)
    changes = pd.concat([one.assign(dyad_id=f"D{i:02d}") for i in range(8)], ignore_index=True)
    result = surrogate_test(changes, n_surrogates=99, rng=0)
    assert result.p_value == 1
    assert np.ptp(result.surrogates) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"kind": "windows"}, "'sessions'"),
        ({"statistic": "median"}, "'mean_z'"),
        ({"alternative": "both"}, "'two-sided'"),
        ({"measure": "shrunken"}, "shrunken"),
        ({"n_surrogates": 0}, "at least 1"),
        ({"min_sessions": 2}, "at least 3"),
        ({"kind": "therapists"}, "needs therapists"),
    ],
)
def test_what_has_no_meaning_is_an_error(options, word):
    with pytest.raises(InputError, match=word):
        surrogate_test(synchronous(5), **options)


def test_dyads_without_common_sessions_have_no_test():
    rng = np.random.default_rng(1)
    changes = pd.DataFrame(
        {
            "dyad_id": ["a"] * 4 + ["b"] * 4,
            "session": [*range(4), *range(10, 14)],
            "patient": rng.standard_normal(8),
            "therapist": rng.standard_normal(8),
        }
    )
    found = surrogate_test(changes, therapists={"a": "T1", "b": "T2"}, rng=1)
    assert np.isnan(found.p_value)
    assert "share enough sessions" in found.reason


def test_p_against_strangers_is_never_zero_though_every_deal_is_made():
    # Two therapists with two patients each: 2! x 2! deals give every patient a stranger's series,
    # none of them the real one, which counts as one more: (0 + 1) / (4 + 1).
    changes = synchronous(4, strength=20.0, seed=1)
    therapists = {"D00": "A", "D01": "A", "D02": "B", "D03": "B"}
    result = surrogate_test(changes, therapists=therapists, alternative="greater", rng=0)
    assert result.surrogates.size == 4
    assert result.observed > result.surrogates.max()
    assert result.p_value == 1 / 5
    assert result.exact
    less = surrogate_test(changes, therapists=therapists, alternative="less", rng=0)
    assert less.p_value == 1


def test_two_dyads_sessions_are_all_combined_where_that_many_are_asked_for():
    changes = synchronous(2, seed=4)  # 24 x 24 = 576 combinations of orders
    every = surrogate_test(changes, kind="sessions", n_surrogates=576)
    assert every.exact
    assert every.surrogates.size == 576
    some = surrogate_test(changes, kind="sessions", n_surrogates=575, rng=0)
    assert not some.exact
    assert some.surrogates.size == 575


def test_the_table_gives_mean_sd_and_range_of_the_surrogates():
    changes, _ = null_changes((5, 5), rng=2)
    result = surrogate_test(changes, n_surrogates=200, rng=0)
    row = result.table.iloc[0]
    expected = [result.surrogates.mean(), result.surrogates.std()]
    expected += [np.quantile(result.surrogates, share) for share in (0.025, 0.975)]
    columns = ["surrogate_mean", "surrogate_sd", "surrogate_lower", "surrogate_upper"]
    np.testing.assert_allclose(row[columns].astype(float), expected)
    assert row["n_surrogates"] == 200


def test_missing_sessions_are_matched_and_the_test_still_finds_synchrony():
    changes = synchronous(20, strength=2.0)
    changes = changes.drop(index=[1, 6, 11, 16, 40]).reset_index(drop=True)
    assert surrogate_test(changes, n_surrogates=199, rng=0).p_value == pytest.approx(2 / 200)


def test_sd_of_z_finds_dyads_that_differ_though_none_is_in_step_on_average():
    rng = np.random.default_rng(0)
    changes = synchronous(40, n_sessions=8, strength=0.0)
    sign = np.repeat(rng.choice([-1.5, 1.5], 40), 8)
    changes["patient"] += sign * changes["therapist"]
    spread, mean = (
        surrogate_test(changes, statistic=statistic, n_surrogates=499, rng=0).p_value
        for statistic in ("sd_z", "mean_z")
    )
    assert spread == pytest.approx(2 / 500)
    assert mean > 0.05
