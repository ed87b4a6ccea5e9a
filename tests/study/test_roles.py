"""A data package that says by roles what its columns are."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dyadsync import check_study, load_study, session_changes, symptom_reduction, write_study
from dyadsync.synchrony.dyad_table import dyad_table
from tests.data_packages import describe, described


def field(descriptor, name):
    return next(
        one
        for table in descriptor["resources"]
        for one in table["schema"]["fields"]
        if one["name"] == name
    )


def test_a_package_with_its_own_names_is_a_study(tmp_path):
    study = load_study(described(tmp_path))
    assert list(study.samples) == ["dyad_id", "session", "role", "phase", "signal"]
    assert set(study.samples["role"]) == {"patient", "therapist"}
    assert set(study.samples["phase"]) == {"pre", "post"}
    assert {"therapist_id", "arm", "age", "gender", "social_impairment"} <= set(study.dyads)
    assert list(study.symptoms) == ["dyad_id", "time", "outcome"]
    assert study.has_phases
    assert study.has_outcome
    assert study.has_therapists
    assert study.limit_of_quantification == 0.5
    assert study.planned_weeks == 6
    assert len(session_changes(study)) == 3 * 4


def test_what_is_written_is_what_was_read(tmp_path):
    folder = described(tmp_path / "one")
    write_study(load_study(folder), tmp_path / "two")
    for file in ("saliva.csv", "pairs.csv", "ratings.csv"):
        pd.testing.assert_frame_equal(
            pd.read_csv(folder / file), pd.read_csv(tmp_path / "two" / file), check_dtype=False
        )


def test_the_first_category_is_the_first_person(tmp_path):
    study = load_study(described(tmp_path))
    raw = pd.read_csv(tmp_path / "saliva.csv")
    mothers = raw[raw["who"] == "M"]["cortisol"]
    assert study.samples.query("role == 'patient'")["signal"].tolist() == mothers.tolist()


def test_a_cause_of_which_less_is_worse_has_its_sign_turned(tmp_path):
    folder = described(tmp_path)
    raw = pd.read_csv(folder / "pairs.csv")["warmth"]
    assert load_study(folder).dyads["social_impairment"].tolist() == (-raw).tolist()
    describe(folder, lambda one: field(one, "warmth").pop("dyadsync:better"))
    assert load_study(folder).dyads["social_impairment"].tolist() == raw.tolist()


@pytest.mark.parametrize("method", ["slope", "difference"])
def test_reduction_is_improvement_where_higher_is_better(tmp_path, method):
    folder = described(tmp_path)
    better = symptom_reduction(load_study(folder), method)
    assert (better > 0).all()
    describe(folder, lambda one: field(one, "wellbeing").pop("dyadsync:better"))
    np.testing.assert_allclose(symptom_reduction(load_study(folder), method), -better)


def test_a_study_with_roles_lasts_from_its_first_rating_to_its_last(tmp_path):
    study = load_study(described(tmp_path))
    early = replace(study, symptoms=study.symptoms.assign(time=study.symptoms["time"] - 6))
    assert (early.planned_span, early.planned_weeks) == ((-6, 0), 6)
    told = replace(early, descriptor={**early.descriptor, "dyadsync:planned_time": [-20, 0]})
    assert told.planned_span == (-20, 0)
    pd.testing.assert_series_equal(symptom_reduction(early), symptom_reduction(study))


def test_without_therapists_every_dyad_stands_alone(tmp_path):
    folder = described(tmp_path)
    describe(folder, lambda one: field(one, "centre").pop("dyadsync:role"))
    study = load_study(folder)
    assert not study.has_therapists
    assert study.dyads["therapist_id"].tolist() == study.dyads["dyad_id"].tolist()
    assert "therapist_id" not in study.tables["dyads"]


def test_without_phases_there_is_one_value_a_session(tmp_path):
    folder = described(tmp_path)

    def without(descriptor):
        fields = descriptor["resources"][0]["schema"]["fields"]
        fields.remove(field(descriptor, "moment"))

    describe(folder, without)
    raw = pd.read_csv(folder / "saliva.csv")
    raw[raw["moment"] == "b"].drop(columns="moment").to_csv(folder / "saliva.csv", index=False)
    study = load_study(folder)
    assert not study.has_phases
    assert list(study.samples) == ["dyad_id", "session", "role", "signal"]


def test_without_an_outcome_there_is_no_reduction(tmp_path):
    folder = described(tmp_path)
    describe(folder, lambda one: one["resources"].pop(2))
    study = load_study(folder)
    assert not study.has_outcome
    assert study.symptoms.empty
    assert symptom_reduction(study, "mixed").isna().all()
    none = pd.DataFrame({"dyad_id": ["p1"], "n_sessions": 3, "synchrony": 0.1, "z": 0.1})
    assert dyad_table(study, none)["symptom_reduction"].isna().all()


def test_a_signal_is_positive_only_if_the_package_says_so(tmp_path):
    folder = described(tmp_path)
    assert load_study(folder).positive_signal
    describe(folder, lambda one: field(one, "cortisol").pop("constraints"))
    assert not load_study(folder).positive_signal


def test_an_own_column_may_have_the_name_that_a_study_needs(tmp_path):
    folder = described(tmp_path)
    table = pd.read_csv(folder / "pairs.csv").assign(social_impairment=[7.0, 8.0, 9.0])
    table.to_csv(folder / "pairs.csv", index=False)
    study = load_study(folder)
    assert study.dyads["social_impairment_in_package"].tolist() == [7.0, 8.0, 9.0]
    assert study.tables["dyads"]["social_impairment"].tolist() == [7.0, 8.0, 9.0]
    assert study.tables["dyads"]["warmth"].tolist() == table["warmth"].tolist()


def without_role(name):
    return lambda one: field(one, name).pop("dyadsync:role")


WRONG = {
    "unknown role": (
        lambda one: field(one, "cortisol").update({"dyadsync:role": "hormone"}),
        "the role 'hormone'; a role is one of dyad, session",
    ),
    "no cause": (without_role("warmth"), "no table has a column with the role 'cause'"),
    "no session": (without_role("visit"), "no column of the table 'saliva' has the role 'session'"),
    "two sessions": (
        lambda one: field(one, "moment").update({"dyadsync:role": "session"}),
        "the columns 'visit' and 'moment' both have the role 'session'",
    ),
    "three persons": (
        lambda one: field(one, "who").update(categories=["M", "C", "F"]),
        "has the categories 'M', 'C', 'F'; it needs two",
    ),
    "two persons of one name": (
        lambda one: field(one, "who").update(
            categories=[{"value": "M", "label": "Adult"}, {"value": "C", "label": "Adult"}]
        ),
        "have the label 'Adult'",
    ),
    "one table for two": (
        lambda one: (
            field(one, "centre").update({"dyadsync:role": "outcome"}) or one["resources"].pop(2)
        ),
        "the table 'pairs' has the roles 'cause' and 'outcome'",
    ),
    "no direction": (
        lambda one: field(one, "wellbeing").update({"dyadsync:better": "up"}),
        'says "dyadsync:better": \'up\'; write "lower" or "higher"',
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_roles_are_named(tmp_path, case):
    change, words = WRONG[case]
    folder = described(tmp_path)
    describe(folder, change)
    found = check_study(folder)
    assert found
    assert all(problem.file == "datapackage.json" for problem in found)
    assert words in found[0].message
    assert found[0].message.endswith(".")


def test_a_wrong_role_hides_nothing_that_is_wrong_elsewhere(tmp_path):
    folder = described(tmp_path)
    describe(folder, lambda one: field(one, "visit").update({"dyadsync:role": "sesion"}))
    describe(folder, lambda one: one.update({"dyadsync:planned_time": 0}))
    for name, row in (("saliva", "p9,1,M,b,-2"), ("pairs", "p4,south,much"), ("ratings", "p9,0,3")):
        with (folder / f"{name}.csv").open("a") as file:
            file.write(row + "\n")
    found = [(one.file, one.rule) for one in check_study(folder)]
    assert found == [
        ("datapackage.json", "role"),
        ("datapackage.json", "role"),
        ("datapackage.json", "wrong entry"),
        ("pairs.csv", "not a number"),
        ("ratings.csv", "unknown dyad"),
    ]


def test_problems_speak_of_the_labs_own_columns(tmp_path):
    folder = described(tmp_path)
    with (folder / "saliva.csv").open("a") as file:
        file.write("p3,9,F,b,2\np9,1,M,b,2\np1,1,M,b,-2\n")
    found = {(one.file, one.column, one.rule) for one in check_study(folder)}
    assert ("saliva.csv", "who", "unknown category") in found
    assert ("saliva.csv", "pair", "unknown dyad") in found
    assert ("saliva.csv", "cortisol", "concentration above 0") in found
    assert all("pg/mL" not in one.message for one in check_study(folder))
