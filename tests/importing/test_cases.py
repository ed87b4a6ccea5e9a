"""Tables as labs send them: the study of plain.csv, or a question; never other numbers."""

from pathlib import Path

import pandas as pd
import pytest

from dyadsync import check_study, dyad_synchrony, load_study, session_changes, symptom_reduction
from dyadsync.errors import InputError
from dyadsync.importing.answers import Answers, Question
from dyadsync.importing.package import import_table

CASES = Path(__file__).parents[1] / "cases" / "import"
WIDE = {
    "dyad": "ID",
    "cause": "SAS",
    "therapist": "ther",
    "signal": "T{session}_{phase}_{person}",
    "outcome": "HRSD_w{time}",
}
APART = {
    **{role: column for role, column in WIDE.items() if role != "signal"},
    **{
        f"{person}.{phase}": f"T{{session}}_{phase}_{person}"
        for person in ("patient", "therapist")
        for phase in ("pre", "post")
    },
}


def imported(name, folder, roles=None, **answers):
    import_table(CASES / f"{name}.csv", roles or {}, folder / name, Answers(**answers))
    assert check_study(folder / name) == []
    return load_study(folder / name)


def synchrony_by_hand(name="plain"):
    """Pearson's r of the differences, a dyad at a time, from the cells of the file."""
    table = pd.read_csv(CASES / f"{name}.csv")
    by_phase = table.set_index(["dyad", "session", "person", "phase"])["signal"].unstack(  # noqa: PD010
        "phase"
    )
    change = (by_phase["post"] - by_phase["pre"]).unstack("person")  # noqa: PD010
    return change.groupby("dyad").apply(lambda own: own["patient"].corr(own["therapist"]))


def synchrony(study):
    found = dyad_synchrony(session_changes(study))
    return found.set_index(found["dyad_id"].astype(str))["synchrony"]


THE_STUDY = {
    "plain": {},
    "title_row": {},
    "sep_line": {},
    "trailing_columns": {},
    "phases_later_first": {},
    "sessions_as_words": {},
    "thousands_us_decimals": {},
    "ids_in_two_spellings": {"spellings": "same"},
}


@pytest.mark.parametrize("name", [*THE_STUDY, "wide", "apart", "row_per_person_and_session"])
def test_it_is_the_study(name, tmp_path):
    if name == "wide":
        study = imported("wide", tmp_path, WIDE)
    elif name == "apart":
        study = imported("wide", tmp_path, APART)
    elif name == "row_per_person_and_session":
        study = imported(name, tmp_path, {"signal": "ot_{phase}"})
    else:
        study = imported(name, tmp_path, **THE_STUDY[name])
    assert len(study.samples) == 192
    assert (len(study.dyads), study.samples["session"].nunique()) == (12, 4)
    expected = synchrony_by_hand()
    assert synchrony(study).sort_index().to_numpy() == pytest.approx(expected.to_numpy())
    assert study.dyads["social_impairment"].iloc[0] == 50.8 or name in (
        "phases_later_first",  # its first row is another dyad's
    )


@pytest.mark.parametrize(
    ("name", "roles", "words"),
    [
        ("missing_-99.00", {}, r"-99 in rows 7, 42, 79\. .* --missing=-99; .* --missing=none"),
        ("missing_999", {}, r"999 in rows 7, 42, 79\. .* --missing=999"),
        ("ids_in_two_spellings", {}, r"'d01' and 'D01'.* --spellings same"),
        ("wide_one_spelling", WIDE, r"'therapist' and 'Therapist'.* --spellings same"),
        (
            "wide_one_spelling",
            APART,
            r"T3_pre_Therapist looks like T3_pre_therapist: the same column\?",
        ),
        ("outcome_is_a_change_score", {"outcome": "improvement"}, "--outcome-is improvement"),
    ],
)
def test_it_is_asked(name, roles, words, tmp_path):
    with pytest.raises(Question, match=words):
        imported(name, tmp_path, roles)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "code"), [("missing_-99.00", "-99"), ("missing_999", "999")])
def test_declared_codes_are_missing_and_counted(name, code, tmp_path):
    answers = Answers(missing=(code,))
    done = import_table(CASES / f"{name}.csv", {}, tmp_path / "p", answers)
    study = load_study(tmp_path / "p")
    assert len(study.samples) == 189
    assert done.receipt["columns"][0]["missing"] == {code: 3}
    assert done.receipt["rows"] == {"read": 192, "used": 189}
    assert done.receipt["left out"] == [{"why": "no value of the signal", "rows": "7, 42, 79"}]
    table = pd.read_csv(CASES / f"{name}.csv")
    plain = pd.read_csv(CASES / "plain.csv")
    same = table["signal"] != float(code)
    assert study.samples["signal"].sum() == pytest.approx(plain.loc[same, "signal"].sum())


def test_codes_that_are_values_stay(tmp_path):
    study = imported("missing_999", tmp_path, missing=("none",))
    assert (study.samples["signal"] == 999).sum() == 3


@pytest.mark.parametrize("answers", [{}, {"thousands": ","}, {"decimal": "."}])
def test_a_comma_groups_thousands_where_other_columns_have_a_point(answers, tmp_path):
    study = imported("thousands_us", tmp_path, **answers)
    plain = pd.read_csv(CASES / "plain.csv")["signal"]
    assert study.samples["signal"].max() == 1194
    assert (study.samples["signal"] - plain.to_numpy()).abs().max() <= 0.5  # it is rounded


def test_values_below_a_limit_are_counted_and_below_it(tmp_path):
    done = import_table(CASES / "below_limit.csv", {}, tmp_path / "p")
    study = load_study(tmp_path / "p")
    assert study.limit_of_quantification == 10
    assert (study.samples["signal"] < 10).sum() == 4
    assert done.receipt["columns"][0]["below limit"] == 4
    table = pd.read_csv(CASES / "below_limit.csv")
    hit = table.loc[table["signal"].str.startswith("<"), ["dyad", "session"]].drop_duplicates()
    assert len(session_changes(study, below_loq="omit")) == 48 - len(hit)


def test_sessions_named_by_weeks_have_their_times(tmp_path):
    study = imported("sessions_as_words", tmp_path)
    assert study.planned_sessions == [4, 8, 12, 16]
    assert study.session_times is not None
    assert study.session_times.loc[("D01", 8)] == 8


def test_a_wide_table_has_the_times_of_its_ratings(tmp_path):
    study = imported("wide", tmp_path, WIDE)
    assert sorted(study.symptoms["time"].unique()) == [0, 4, 8, 12, 16]
    assert study.symptoms.query("dyad_id == 'D01'")["outcome"].tolist() == [18, 13, 12, 12, 11]


def test_a_word_in_a_wide_table_is_named_where_it_stands(tmp_path):
    for roles in (WIDE, APART):
        with pytest.raises(InputError, match=r"Row 11, column T3_post_therapist: 'insufficient'"):
            imported("wide_with_text", tmp_path, roles)


@pytest.mark.parametrize("roles", [WIDE, APART])
def test_a_column_spelled_otherwise_costs_no_session(roles, tmp_path):
    study = imported("wide_one_spelling", tmp_path, roles, spellings="same")
    assert len(study.samples) == 192


def test_levels_without_phases_are_a_study(tmp_path):
    study = imported("wide_without_phases", tmp_path, {"signal": "hr_{person}_{session}"})
    assert not study.has_phases
    assert len(study.samples) == 96
    table = pd.read_csv(CASES / "wide_without_phases.csv", index_col="dyad")
    one = table.loc["D02"]
    r = one.filter(like="patient").reset_index(drop=True)
    expected = r.corr(one.filter(like="therapist").reset_index(drop=True))
    found = dyad_synchrony(session_changes(study, "level"))
    assert found["synchrony"].iloc[1] == pytest.approx(expected)


def test_an_identifier_is_never_missing(tmp_path):
    study = imported("id_NA", tmp_path)
    assert len(study.dyads) == 12
    assert (study.samples["dyad_id"] == "NA").sum() == 16


def test_a_change_score_is_used_as_such(tmp_path):
    roles = {"outcome": "improvement"}
    study = imported("outcome_is_a_change_score", tmp_path, roles, outcome_is="improvement")
    table = pd.read_csv(CASES / "outcome_is_a_change_score.csv")
    expected = table.groupby("dyad")["improvement"].first()
    assert symptom_reduction(study).to_numpy() == pytest.approx(expected.to_numpy())
    assert len(study.symptoms) == 24


@pytest.mark.parametrize("name", ["time_plain", "time_centred", "time_ends_at_zero"])
def test_reductions_do_not_depend_on_the_origin_of_time(name, tmp_path):
    study = imported(name, tmp_path)
    table = pd.read_csv(CASES / "time_plain.csv").drop_duplicates(["dyad", "time"])
    by_time = table.pivot_table(index="dyad", columns="time", values="outcome")
    slopes = (by_time @ [-6, -2, 2, 6]) / 80  # least squares on four equidistant times
    assert symptom_reduction(study).to_numpy() == pytest.approx(-12 * slopes.to_numpy())
    assert study.planned_weeks == 12
    assert study.session_times is not None
