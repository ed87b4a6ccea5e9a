"""A summary of synchrony counts and names every dyad."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.summary import summarise, summary_table
from tests.made_changes import make_changes, random_changes


@pytest.fixture
def mixed():
    """Four dyads by hand: r = .5 of four pairs, -1 of three, two pairs, a patient who never moves.

    r of the first: deviations (0, 1, -1, 0) and (0, .5, 0, -.5); .5 / sqrt(2 * .5) = .5.
    """
    nan = np.nan
    patient = [[1, 2, 0, 1], [1, 2, 3, nan], [1, 2, nan, nan], [1, 1, 1, 1]]
    therapist = [[0.5, 1, 0.5, 0], [3, 2, 1, nan], [1, 2, nan, nan], [0.5, 1, 0.5, 0]]
    return dyad_synchrony(make_changes(patient, therapist))


def test_dyads_pairs_and_spread_are_those_of_the_dyads_with_a_synchrony(mixed):
    found = summarise(mixed)
    assert (found.n_dyads, found.n_usable, found.n_left_out) == (4, 2, 2)
    assert (found.n_pairs, found.most_pairs) == (7, 4)
    assert found.by_pairs == {4: 1, 3: 1}
    assert (found.n_negative, found.n_one) == (1, 1)
    assert found.mean == pytest.approx(-0.25)  # of .5 and -1
    assert found.sd == pytest.approx(1.5 / np.sqrt(2))  # two values: their distance over root two
    assert (found.lowest, found.highest) == (pytest.approx(-1), pytest.approx(0.5))


def test_a_synchrony_of_zero_is_not_negative():
    table = dyad_synchrony(make_changes([[1, 0, -1, 0]], [[0, 1, 0, -1]]))
    assert summarise(table).n_negative == 0


def test_a_slope_beyond_one_is_not_one(mixed):
    assert summarise(mixed.assign(synchrony=[1.2, -1.0, np.nan, np.nan])).n_one == 1


def test_words_name_those_left_out_and_why(mixed):
    found = summarise(mixed)
    assert found.in_words() == "2 of 4 dyads have a synchrony (1 with 4 pairs, 1 with 3 pairs)"
    assert found.left_out_in_words() == (
        "2 of 4 dyads have no synchrony: D02 (2 usable sessions; at least 3 needed); "
        "D03 (the patient's changes do not vary)"
    )


def test_dyads_with_one_reason_are_named_together():
    found = summarise(dyad_synchrony(random_changes(3), min_sessions=5))
    assert found.reasons_in_words() == "D00, D01, D02 (4 usable sessions; at least 5 needed)"


def test_words_are_true_where_nobody_or_one_or_everybody_is_left_out(mixed):
    assert summarise(mixed.iloc[:2]).left_out_in_words() == "no dyad is left out"
    assert summarise(mixed.iloc[:3]).left_out_in_words().startswith("1 of 3 dyads has no")
    assert summarise(mixed.iloc[1:]).in_words().startswith("1 of 3 dyads has a synchrony")
    none = summarise(mixed.iloc[2:])
    assert none.in_words() == "none of 2 dyads has a synchrony"
    assert np.isnan([none.mean, none.sd, none.lowest, none.highest]).all()
    assert summarise(mixed.iloc[:0]).most_pairs == 0


def test_the_table_has_a_row_a_version(mixed):
    table = summary_table({"all": mixed, "first": mixed.iloc[:1]})
    assert table.columns.tolist() == ["dyads", "pairs", "mean", "SD", "exactly ±1", "left out"]
    assert table.loc["all", ["dyads", "pairs", "exactly ±1"]].tolist() == [2, 7, 1]
    assert table.loc["all", "mean"] == pytest.approx(-0.25)
    assert table["left out"].tolist()[1] == "none"
    assert pd.isna(table.loc["first", "SD"])
