"""Each dyad's synchrony, or the reason why there is none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.measures import MEASURES
from tests.made_changes import make_changes, random_changes

ARRAY_MEASURES = [name for name, measure in MEASURES.items() if not measure.whole_sample]


def test_synchrony_columns_are_the_contract():
    expected = ["dyad_id", "n_sessions", "synchrony", "z", "variance", "reason", "measure"]
    assert dyad_synchrony(random_changes()).columns.tolist() == expected


def test_pearson_agrees_with_scipy_for_each_dyad_whatever_its_number_of_pairs():
    changes = random_changes(6, 7).drop(index=[0, 8, 9, 15, 16, 17]).reset_index(drop=True)
    table = dyad_synchrony(changes).set_index("dyad_id")
    for dyad, rows in changes.groupby("dyad_id"):
        assert table.loc[dyad, "n_sessions"] == len(rows)
        expected = stats.pearsonr(rows["patient"], rows["therapist"]).statistic
        assert table.loc[dyad, "synchrony"] == pytest.approx(expected, abs=1e-12)


def test_two_pairs_are_too_few_and_say_so():
    table = dyad_synchrony(make_changes([[1, 2, np.nan]], [[3, 5, 1]]))
    assert table.loc[0, "n_sessions"] == 2
    assert np.isnan(table.loc[0, ["synchrony", "z", "variance"]].astype(float)).all()
    assert table.loc[0, "reason"] == "2 usable sessions; at least 3 needed"


def test_min_sessions_moves_the_line():
    changes = make_changes([[1, 2, 4, np.nan], [1, 2, 4, 3]], [[3, 5, 1, 2], [3, 5, 1, 2]])
    assert dyad_synchrony(changes, min_sessions=3)["reason"].tolist() == ["", ""]
    assert dyad_synchrony(changes, min_sessions=4)["synchrony"].isna().tolist() == [True, False]


def test_more_sessions_than_any_dyad_has_are_refused():
    told = "min_sessions is 9, but no dyad has more than 4 sessions .* give at most 4"
    with pytest.raises(InputError, match=told):
        dyad_synchrony(random_changes(4, 4), min_sessions=9)


def test_fewer_than_three_sessions_cannot_be_asked_for():
    with pytest.raises(InputError, match="at least 3"):
        dyad_synchrony(random_changes(), min_sessions=2)


@pytest.mark.parametrize("measure", list(MEASURES))
@pytest.mark.parametrize("role", ["patient", "therapist"])
def test_a_constant_series_has_no_synchrony_and_says_whose_it_is(measure, role):
    changes = random_changes(12)
    changes.loc[changes["dyad_id"] == "D02", role] = 0.7
    table = dyad_synchrony(changes, measure).set_index("dyad_id")
    assert np.isnan(table.loc["D02", "synchrony"])
    assert table.loc["D02", "reason"] == f"the {role}'s changes do not vary"
    assert (table["reason"] == "").sum() == 11


def test_a_difference_that_varies_only_by_rounding_is_constant():
    pre = np.array([1.0, 2.0, 3.0, 5.2])
    patient = (pre + 0.1) - pre
    assert np.ptp(patient) > 0
    table = dyad_synchrony(make_changes([patient], [[1, 2, 3, 0]]))
    assert table["reason"].tolist() == ["the patient's changes do not vary"]


def test_two_constant_series_say_so():
    assert dyad_synchrony(make_changes([[1, 1, 1]], [[2, 2, 2]]))["reason"].tolist() == [
        "neither person's changes vary"
    ]


def test_synchrony_of_identical_series_stays_one_and_its_z_is_finite():
    table = dyad_synchrony(make_changes([[1, 2, 4, 3]], [[1, 2, 4, 3]]))
    assert table.loc[0, "synchrony"] == 1.0
    assert table.loc[0, "z"] == pytest.approx(np.arctanh(0.999))


def test_plain_dyad_names_work_as_well_as_categories():
    changes = random_changes()
    plain = changes.assign(dyad_id=changes["dyad_id"].astype(str))
    pd.testing.assert_frame_equal(dyad_synchrony(plain), dyad_synchrony(changes))


def test_changes_without_a_column_are_an_error():
    with pytest.raises(InputError, match="no column 'therapist'"):
        dyad_synchrony(random_changes().drop(columns="therapist"))


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (lambda changes: changes.to_numpy(), "must be a pandas DataFrame"),
        (lambda changes: changes.assign(patient=changes["patient"] + 1j), "complex"),
        (lambda changes: changes.assign(patient=changes["patient"].astype(str)), "holds text"),
        (lambda changes: changes.assign(patient=changes["patient"] * 1e-200), "another unit"),
        (lambda changes: changes.assign(patient=changes["patient"] * 1e200), "another unit"),
        (lambda changes: pd.concat([changes, changes["patient"]], axis=1), "more than one column"),
        (lambda changes: changes.assign(dyad_id=None), "row 0 has no dyad_id"),
    ],
)
def test_changes_that_are_no_numbers_of_dyads_are_an_error(odd, said):
    with pytest.raises(InputError, match=said):
        dyad_synchrony(odd(random_changes()))


def test_a_session_given_twice_is_an_error():
    changes = random_changes()
    with pytest.raises(InputError, match="more than once"):
        dyad_synchrony(pd.concat([changes, changes.iloc[[0]]]))


def test_an_unknown_measure_lists_what_there_is():
    with pytest.raises(InputError, match="'concordance'"):
        dyad_synchrony(random_changes(), "kendall")


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(1e-6, 1e6),
    shift=st.floats(-10, 10),
    measure=st.sampled_from(["pearson", "spearman"]),
)
def test_rescaling_one_persons_changes_leaves_synchrony_alone(seed, scale, shift, measure):
    changes = random_changes(5, 4, seed)
    moved = changes.assign(patient=changes["patient"] * scale + shift * scale)
    np.testing.assert_allclose(
        dyad_synchrony(moved, measure)["synchrony"],
        dyad_synchrony(changes, measure)["synchrony"],
        atol=1e-8,
    )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), measure=st.sampled_from(ARRAY_MEASURES))
def test_the_order_of_rows_does_not_matter(seed, measure):
    changes = random_changes(5, 4, seed)
    mixed = changes.sample(frac=1, random_state=seed)
    left, right = dyad_synchrony(changes, measure), dyad_synchrony(mixed, measure)
    np.testing.assert_allclose(left["synchrony"], right["synchrony"], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), measure=st.sampled_from(ARRAY_MEASURES))
def test_turning_one_series_round_turns_the_sign(seed, measure):
    changes = random_changes(5, 5, seed)
    if measure == "concordance":  # it also asks for equal means, so take them out
        means = changes.groupby("dyad_id")[["patient", "therapist"]].transform("mean")
        changes[["patient", "therapist"]] -= means
    turned = changes.assign(patient=-changes["patient"])
    left, right = dyad_synchrony(changes, measure), dyad_synchrony(turned, measure)
    np.testing.assert_allclose(left["synchrony"], -right["synchrony"], atol=1e-9)


def test_an_infinite_change_is_no_pair():
    table = dyad_synchrony(make_changes([[1, 2, 4, np.inf]], [[3, 5, 1, 2]]))
    assert table["n_sessions"].tolist() == [3]


def test_changes_that_vary_little_but_really_are_no_constant():
    # a range of 1e-8 where the largest change is 1: far above rounding, 1e-16
    table = dyad_synchrony(make_changes([[1, 1 + 1e-8, 1]], [[3, 5, 1]]))
    assert table["reason"].tolist() == [""]


@pytest.mark.parametrize("measure", list(MEASURES))
def test_the_table_names_its_measure_also_from_a_file(measure, tmp_path):
    dyad_synchrony(random_changes(), measure).to_csv(tmp_path / "synchrony.csv", index=False)
    again = pd.read_csv(tmp_path / "synchrony.csv")
    assert (again.loc[again["n_sessions"] > 3, "measure"] == measure).all()


def test_the_variance_of_z_is_stated_for_pearson_only():
    changes = random_changes()
    assert dyad_synchrony(changes)["variance"].to_numpy() == pytest.approx(np.pi**2 / 12)
    assert dyad_synchrony(changes, "spearman")["variance"].isna().all()


def test_identical_dyads_get_identical_values():
    one = random_changes(1)
    table = dyad_synchrony(make_changes([one["patient"]] * 5, [one["therapist"]] * 5))
    np.testing.assert_array_equal(table["synchrony"], table.loc[0, "synchrony"])
