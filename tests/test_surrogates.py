"""Pseudo-dyads, shuffled sessions, and the tests against them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.surrogates import (
    _deals,
    _exchange_therapists,
    null_changes,
    pseudo_dyads,
    session_orders,
    session_shuffles,
    surrogate_size,
    surrogate_test,
)
from dyadsync.synchrony import dyad_synchrony

KINDS = ("pseudo_dyads", "therapists", "sessions")


def synchronous(n_dyads=20, seed=0, strength=1.0, n_sessions=4):
    rng = np.random.default_rng(seed)
    therapist, noise = rng.normal(size=(2, n_dyads, n_sessions))
    patient = strength * therapist + noise
    return pd.DataFrame(
        {
            "dyad_id": np.repeat([f"D{i:02d}" for i in range(n_dyads)], n_sessions),
            "session": np.tile(np.arange(1, n_sessions + 1) * 4, n_dyads),
            "patient": patient.ravel(),
            "therapist": therapist.ravel(),
        }
    )


def series(changes, dyad, role):
    return changes[changes["dyad_id"] == dyad].set_index("session")[role]


# Pseudo-dyads


def test_each_patient_meets_every_other_therapist_series_once():
    table = pseudo_dyads(synchronous(7))
    assert len(table) == 7 * 6
    assert (table["patient_dyad"] != table["therapist_dyad"]).all()
    assert not table.duplicated(["patient_dyad", "therapist_dyad"]).any()


def test_a_pseudo_dyad_is_the_correlation_over_the_common_sessions():
    changes = synchronous(5).drop(index=[0, 5, 6, 11]).reset_index(drop=True)
    table = pseudo_dyads(changes, min_sessions=3)
    for row in table.itertuples():
        pair = pd.concat(
            [
                series(changes, row.patient_dyad, "patient"),
                series(changes, row.therapist_dyad, "therapist"),
            ],
            axis=1,
            join="inner",
        )
        assert row.n_sessions == len(pair)
        if len(pair) < 3:
            assert np.isnan(row.synchrony)
            assert row.reason == f"{len(pair)} common sessions; at least 3 needed"
        else:
            expected = stats.pearsonr(pair["patient"], pair["therapist"]).statistic
            assert row.synchrony == pytest.approx(expected, abs=1e-12)
    assert (table["n_sessions"] < 3).any()


def test_pseudo_dyads_leave_the_same_therapist_out_unless_told():
    changes = synchronous(6)
    therapists = pd.DataFrame(
        {
            "dyad_id": [f"D{i:02d}" for i in range(6)],
            "therapist_id": ["A", "A", "A", "B", "B", "C"],
        }
    )
    of = therapists.set_index("dyad_id")["therapist_id"]
    apart = pseudo_dyads(changes, therapists=therapists)
    assert len(apart) == 6 * 5 - (3 * 2 + 2 * 1)
    assert (apart["patient_dyad"].map(of) != apart["therapist_dyad"].map(of)).all()
    assert len(pseudo_dyads(changes, therapists=of, same_therapist=True)) == 30


def test_one_dyad_or_one_therapist_has_no_pseudo_dyads():
    assert pseudo_dyads(synchronous(1)).empty
    only = {f"D{i:02d}": "A" for i in range(4)}
    assert pseudo_dyads(synchronous(4), therapists=only).empty


def test_a_constant_series_makes_pseudo_dyads_without_synchrony():
    changes = synchronous(4)
    changes.loc[changes["dyad_id"] == "D01", "therapist"] = 0.3
    table = pseudo_dyads(changes)
    hit = table["therapist_dyad"] == "D01"
    assert table.loc[hit, "synchrony"].isna().all()
    assert (table.loc[hit, "reason"] == "a person's changes do not vary").all()
    assert table.loc[~hit, "synchrony"].notna().all()


def test_pseudo_dyads_need_a_measure_of_single_dyads():
    with pytest.raises(InputError, match="shrunken"):
        pseudo_dyads(synchronous(4), measure="shrunken")


def test_pseudo_dyads_need_every_dyad_s_therapist():
    with pytest.raises(InputError, match="dyad D01 has no therapist"):
        pseudo_dyads(synchronous(2), therapists={"D00": "A"})


# Deals


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=7),
    seed=st.integers(0, 1000),
)
def test_no_patient_is_dealt_a_series_of_the_own_therapist(sizes, seed):
    group = np.repeat(np.arange(len(sizes)), sizes)
    if 2 * max(sizes) > group.size:
        return
    deals, _ = _deals(group.size, group, 50, np.random.default_rng(seed))
    assert (np.sort(deals, axis=1) == np.arange(group.size)).all()
    assert (group[deals] != group).all()


def test_few_dyads_are_dealt_in_every_way_once():
    deals, complete = _deals(4, None, 24, np.random.default_rng(0))
    assert complete
    assert len(np.unique(deals, axis=0)) == 24


def test_every_series_is_dealt_to_every_stranger_about_equally_often():
    group = np.repeat(np.arange(6), [9, 8, 7, 6, 4, 3])
    deals, _ = _deals(37, group, 20_000, np.random.default_rng(1))
    for dyad in (0, 36):
        share = np.bincount(deals[:, dyad], minlength=37) / 20_000
        strangers = group != group[dyad]
        assert share[~strangers].sum() == 0
        assert share[strangers].max() < 2.5 * share[strangers].min()


def test_exchanging_therapists_gives_one_therapist_s_patients_one_therapist_s_series():
    group = np.array([0, 1, 0, 2, 1, 0, 2, 0, 1])
    deals = _exchange_therapists(group, 500, np.random.default_rng(0))
    source = group[deals]
    for therapist in range(3):
        assert (source[:, group == therapist] == source[:, [np.argmax(group == therapist)]]).all()
    # Therapist 2 has two series for the four patients of therapist 0: each is used twice.
    row = deals[source[:, 0] == 2][0][group == 0]
    assert sorted(np.unique(row, return_counts=True)[1]) == [2, 2]


# Shuffled sessions


def test_four_sessions_have_24_orders_and_three_have_6():
    assert len(np.unique(session_orders(4), axis=0)) == 24
    assert len(np.unique(session_orders(3), axis=0)) == 6


def test_exact_p_of_a_dyad_counts_the_orders_by_hand():
    changes = synchronous(5, seed=3).drop(index=[19]).reset_index(drop=True)
    table = session_shuffles(changes)
    assert table["n_orders"].tolist() == [24, 24, 24, 24, 6]
    for row in table.itertuples():
        x = series(changes, row.dyad_id, "patient").to_numpy()
        y = series(changes, row.dyad_id, "therapist").to_numpy()
        every = [np.corrcoef(x, order)[0, 1] for order in itertools.permutations(y)]
        assert row.p_greater == np.mean(np.array(every) >= row.synchrony - 1e-9)
        assert row.p_two_sided == np.mean(np.abs(every) >= abs(row.synchrony) - 1e-9)


def test_a_dyad_that_cannot_be_tested_says_why():
    changes = synchronous(3).drop(index=[0, 1]).reset_index(drop=True)
    table = session_shuffles(changes).set_index("dyad_id")
    assert table.loc["D00", "reason"] == "2 usable sessions; at least 3 needed"
    assert np.isnan(table.loc["D00", "p_greater"])
    assert table.loc["D00", "n_orders"] == 0


def test_many_sessions_are_shuffled_at_random():
    table = session_shuffles(synchronous(3, n_sessions=12), n_surrogates=199, rng=0)
    assert (table["n_orders"] == 199).all()
    assert (table["p_greater"] >= 1 / 200).all()


# The test


@pytest.mark.parametrize("kind", ["pseudo_dyads", "sessions"])
def test_planted_synchrony_is_found(kind):
    result = surrogate_test(synchronous(20), kind=kind, n_surrogates=999, rng=0)
    assert result.p_value == pytest.approx(2 / 1000)
    assert result.observed > result.surrogates.max()


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


def test_dyads_without_a_synchrony_take_no_part():
    changes = synchronous(8).drop(index=[0, 1]).reset_index(drop=True)
    assert surrogate_test(changes, n_surrogates=50, rng=0).n_dyads == 7


def test_missing_sessions_are_matched_and_the_test_still_finds_synchrony():
    changes = synchronous(20, strength=2.0)
    changes = changes.drop(index=[1, 6, 11, 16, 40]).reset_index(drop=True)
    assert surrogate_test(changes, n_surrogates=199, rng=0).p_value == pytest.approx(2 / 200)


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


# Size under a planted null


def test_null_changes_share_what_they_are_told_to():
    shares = []
    for seed in range(300):
        changes, _ = null_changes((2, 2), therapist_share=0.4, session_share=0.2, rng=seed)
        wide = changes.pivot_table(index="dyad_id", columns="session", values="patient")
        shares.append([wide.loc["D1"] @ wide.loc["D2"] / 4, wide.loc["D1"] @ wide.loc["D3"] / 4])
    within, between = np.mean(shares, axis=0)
    assert within == pytest.approx(0.6, abs=0.12)  # therapist and session share; 3 SE
    assert between == pytest.approx(0.2, abs=0.12)


def test_null_changes_refuse_shares_beyond_one():
    with pytest.raises(InputError, match="nor exceed 1"):
        null_changes(therapist_share=0.7, session_share=0.4)


def test_size_is_near_the_level_without_shared_effects():
    # 100 trials: Monte Carlo SE .022 about .05, so three SE reach .115
    table = surrogate_size(n_trials=100, n_surrogates=99, rng=7).set_index("test")["size"]
    assert (table < 0.115).all()
    assert (table > 0.0).all()


def test_shuffled_sessions_mistake_a_common_session_effect_for_synchrony():
    # 60 trials: Monte Carlo SE .028 about .05
    table = surrogate_size(n_trials=60, n_surrogates=99, session_share=0.3, rng=8)
    size = table.set_index("test")["size"]
    assert size["sessions shuffled"] > 0.3
    assert size["pseudo-dyads, any"] < 0.135


@pytest.mark.slow
def test_size_under_therapist_effects():
    # 1,000 trials, Monte Carlo SE .007: exchanging whole therapists keeps the level, and the
    # other tests do not where a third of the variance is shared within therapists.
    table = surrogate_size(n_trials=1000, n_surrogates=199, therapist_share=0.3, rng=9)
    size = table.set_index("test")["size"]
    assert size["therapists exchanged"] < 0.075
    assert size["pseudo-dyads, other therapists"] > 0.08
    mild = surrogate_size(n_trials=1000, n_surrogates=199, therapist_share=0.08, rng=10)
    assert (mild["size"] < 0.075).all()


def test_dyads_without_common_sessions_have_no_test() -> None:
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
