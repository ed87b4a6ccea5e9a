"""Session changes follow their definitions, and say what is wrong with samples."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.synchrony.changes import CHANGES, below_loq_counts, session_changes
from dyadsync.synchrony.dyads import dyad_synchrony
from tests.made_changes import make_study


def sample(study, role, phase):
    rows = study.samples[(study.samples["role"] == role) & (study.samples["phase"] == phase)]
    return rows.set_index(["dyad_id", "session"])["signal"].sort_index()


def test_changes_have_one_row_a_session_and_the_contract_columns():
    changes = session_changes(make_study())
    assert changes.columns.tolist() == ["dyad_id", "session", "patient", "therapist"]
    assert len(changes) == 6 * 4


@pytest.mark.parametrize("role", ["patient", "therapist"])
@pytest.mark.parametrize(
    ("change", "formula"),
    [
        ("difference", lambda pre, post: post - pre),
        ("log_ratio", lambda pre, post: np.log(post) - np.log(pre)),
        ("absolute", lambda pre, post: np.abs(pre - post)),
        ("residualised", lambda pre, post: post - np.polyval(np.polyfit(pre, post, 1), pre)),
    ],
)
def test_change_scores_follow_their_definition(change, formula, role):
    study = make_study()
    expected = formula(sample(study, role, "pre"), sample(study, role, "post"))
    changes = session_changes(study, change)
    np.testing.assert_allclose(changes[role], expected, atol=1e-12)


def test_residualised_fits_its_line_over_every_session_of_the_role():
    study = make_study()
    partner = (study.samples["role"] == "therapist") & (study.samples["dyad_id"] == "D00")
    study.samples = study.samples[~partner]
    pre, post = sample(study, "patient", "pre"), sample(study, "patient", "post")
    residual = post - np.polyval(np.polyfit(pre, post, 1), pre)
    changes = session_changes(study, "residualised").set_index(["dyad_id", "session"])
    assert len(changes) == 5 * 4
    np.testing.assert_allclose(changes["patient"], residual[changes.index], atol=1e-12)


def test_residual_of_a_perfect_line_is_no_change():
    pre = np.array([1.1, 2.7, 3.3, 4.9])
    assert (CHANGES["residualised"].score(pre, 0.3 + 1.7 * pre) == 0).all()


def test_a_missing_sample_leaves_its_session_out_for_both_persons():
    study = make_study()
    study.samples = study.samples.drop(index=0)  # D00, session 4, patient, pre
    changes = session_changes(study)
    assert changes.loc[changes["dyad_id"] == "D00", "session"].tolist() == [8, 12, 16]


def test_an_empty_concentration_counts_as_missing():
    study = make_study()
    study.samples.loc[0, "signal"] = np.nan
    assert len(session_changes(study)) == 23


def test_a_dyad_without_a_usable_session_stays_in_the_table_of_synchrony():
    study = make_study()
    gone = (study.samples["dyad_id"] == "D03") & (study.samples["phase"] == "post")
    study.samples = study.samples[~gone]
    row = dyad_synchrony(session_changes(study)).set_index("dyad_id").loc["D03"]
    assert row["n_sessions"] == 0
    assert np.isnan(row["synchrony"])
    assert row["reason"] == "0 usable sessions; at least 3 needed"


def test_a_dyad_listed_without_samples_stays_in_the_table_of_synchrony():
    study = make_study(3)
    study.dyads = pd.DataFrame({"dyad_id": ["D00", "D01", "D02", "D99"]})
    found = dyad_synchrony(session_changes(study))
    assert found["dyad_id"].tolist() == study.dyads["dyad_id"].tolist()


def test_no_samples_at_all_give_an_empty_frame():
    study = make_study(2)
    study.samples = study.samples.iloc[:0]
    changes = session_changes(study)
    assert changes.empty
    assert dyad_synchrony(changes)["synchrony"].isna().all()


def test_a_log_ratio_of_zero_names_the_sample():
    study = make_study()
    study.samples.loc[1, "signal"] = 0.0
    with pytest.raises(InputError, match="dyad D00, session 4, patient, post"):
        session_changes(study, "log_ratio")


def test_a_sample_given_twice_is_an_error():
    study = make_study()
    study.samples = pd.concat([study.samples, study.samples.iloc[[5]]], ignore_index=True)
    with pytest.raises(InputError, match="more than once"):
        session_changes(study)


@pytest.mark.parametrize("column", ["role", "phase"])
def test_an_unknown_role_or_phase_is_an_error(column):
    study = make_study()
    study.samples.loc[3, column] = "other"
    with pytest.raises(InputError, match=f"{column} is 'other'"):
        session_changes(study)


def test_an_unknown_change_or_rule_lists_what_there_is():
    with pytest.raises(InputError, match="'residualised'"):
        session_changes(make_study(), "ratio")
    with pytest.raises(InputError, match="'substitute'"):
        session_changes(make_study(), below_loq="drop")


def test_counts_below_the_limit_are_the_counts():
    study = make_study(limit=3.0)
    counts = below_loq_counts(study)
    below = study.samples["signal"] < 3.0
    assert counts["n_below"].iloc[-1] == below.sum() > 0
    assert counts["n_below"].iloc[:-1].sum() == below.sum()
    assert counts["share"].iloc[-1] == pytest.approx(below.mean())


def test_counts_are_missing_without_a_limit():
    assert below_loq_counts(make_study(limit=None))["n_below"].isna().all()


def test_keeping_is_the_default_and_needs_no_limit():
    study = make_study(limit=None)
    assert len(session_changes(study)) == 24


@pytest.mark.parametrize("rule", ["substitute", "omit"])
def test_a_rule_without_a_limit_is_an_error(rule):
    with pytest.raises(InputError, match="limit of quantification"):
        session_changes(make_study(limit=None), below_loq=rule)


def test_a_sample_at_the_limit_is_not_below_it():
    # ICH Q2(R1): the lowest amount that can be quantified, so an amount that can.
    study = make_study(limit=3.0)
    study.samples["signal"] = 3.0
    study.samples.loc[:1, "signal"] = [2.99, 3.0]  # D00, session 4, patient
    assert below_loq_counts(study)["n_below"].iloc[-1] == 1
    assert len(session_changes(study, below_loq="omit")) == 23
    changes = session_changes(study, below_loq="substitute")
    assert changes["patient"].iloc[0] == pytest.approx(3.0 - 3.0 / np.sqrt(2))
    assert (changes["patient"].iloc[1:] == 0).all()


def test_residual_where_pre_does_not_vary_is_post_without_its_mean():
    residual = CHANGES["residualised"].score(np.array([2.0, 2, 2]), np.array([1.0, 2, 6]))
    np.testing.assert_allclose(residual, [-2, -1, 3])


def test_the_order_of_samples_does_not_matter():
    study = make_study()
    changes = session_changes(study)
    study.samples = study.samples.sample(frac=1, random_state=1)
    left = session_changes(study)
    assert left.groupby("dyad_id", observed=True)["session"].is_monotonic_increasing.all()
    left["dyad_id"], changes["dyad_id"] = (f["dyad_id"].astype(str) for f in (left, changes))
    pd.testing.assert_frame_equal(
        left.sort_values(["dyad_id", "session"], ignore_index=True), changes
    )


def test_omission_leaves_the_sessions_with_a_low_sample_out():
    study = make_study(limit=3.0)
    low = study.samples[study.samples["signal"] < 3.0]
    sessions_hit = len(low[["dyad_id", "session"]].drop_duplicates())
    assert 0 < sessions_hit < 24
    assert len(session_changes(study, below_loq="omit")) == 24 - sessions_hit
