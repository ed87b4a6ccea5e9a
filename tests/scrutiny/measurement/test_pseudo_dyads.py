"""Pseudo-dyads pair strangers, each as often as the next."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.scrutiny.measurement.pseudo_dyads import (
    deal_series,
    exchange_therapists,
    pseudo_dyads,
)
from tests.made_changes import series, synchronous


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
        {"dyad_id": [f"D{i:02d}" for i in range(6)], "therapist_id": ["A", "A", "A", "B", "B", "C"]}
    )
    of = therapists.set_index("dyad_id")["therapist_id"]
    apart = pseudo_dyads(changes, therapists=therapists)
    assert len(apart) == 6 * 5 - (3 * 2 + 2 * 1)
    assert (apart["patient_dyad"].map(of) != apart["therapist_dyad"].map(of)).all()
    everyone = pseudo_dyads(changes, therapists=of, same_therapist=True)
    assert len(everyone) == 30
    colleagues = everyone["patient_dyad"].map(of) == everyone["therapist_dyad"].map(of)
    assert everyone["same_therapist"].tolist() == colleagues.tolist()
    assert not apart["same_therapist"].any()
    assert not pseudo_dyads(changes)["same_therapist"].any()


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


def test_pseudo_dyads_need_every_dyad_s_therapist():
    with pytest.raises(InputError, match="dyad D01 has no therapist"):
        pseudo_dyads(synchronous(2), therapists={"D00": "A"})


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 6), min_size=2, max_size=7), seed=st.integers(0, 1000))
def test_no_patient_is_dealt_a_series_of_the_own_therapist(sizes, seed):
    group = np.repeat(np.arange(len(sizes)), sizes)
    if 2 * max(sizes) > group.size:
        return
    deals, _ = deal_series(group.size, group, 50, np.random.default_rng(seed))
    assert (np.sort(deals, axis=1) == np.arange(group.size)).all()
    assert (group[deals] != group).all()


def test_few_dyads_are_dealt_in_every_way_once():
    deals, complete = deal_series(4, None, 24, np.random.default_rng(0))
    assert complete
    assert len(np.unique(deals, axis=0)) == 24


def test_every_series_is_dealt_to_every_stranger_about_equally_often():
    group = np.repeat(np.arange(6), [9, 8, 7, 6, 4, 3])
    deals, _ = deal_series(37, group, 20_000, np.random.default_rng(1))
    for dyad in (0, 36):
        share = np.bincount(deals[:, dyad], minlength=37) / 20_000
        strangers = group != group[dyad]
        assert share[~strangers].sum() == 0
        assert share[strangers].max() < 2.5 * share[strangers].min()


def test_exchanging_therapists_gives_one_therapist_s_patients_one_therapist_s_series():
    group = np.array([0, 1, 0, 2, 1, 0, 2, 0, 1])
    deals = exchange_therapists(group, 500, np.random.default_rng(0))
    source = group[deals]
    for therapist in range(3):
        assert (source[:, group == therapist] == source[:, [np.argmax(group == therapist)]]).all()
    # Therapist 2 has two series for the four patients of therapist 0: each is used twice.
    row = deals[source[:, 0] == 2][0][group == 0]
    assert sorted(np.unique(row, return_counts=True)[1]) == [2, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"measure": "kendall"}, "measure is 'kendall'; it must be one of"),
        ({"measure": "shrunken"}, "shrunken"),
        ({"min_sessions": 2}, "min_sessions is 2"),
    ],
)
def test_what_pseudo_dyads_cannot_have_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        pseudo_dyads(synchronous(3), **options)
