"""What is wrong with a header, a row or a cell, in sentences."""

import pytest

from dyadsync.study.load import check_study
from tests.data_packages import append, column, describe, edit, expect_one_problem

BAD = {
    "renamed column": (
        lambda d: edit(d, "oxytocin.csv", "oxytocin_pg_ml", "Oxytocin pg ml"),
        *("oxytocin.csv", 1, "oxytocin_pg_ml", "missing column", "rename it to 'oxytocin_pg_ml'"),
    ),
    "missing key column": (
        lambda d: edit(d, "dyads.csv", "dyad_id", "code"),
        *("dyads.csv", 1, "dyad_id", "missing column", "there is no column 'dyad_id'"),
    ),
    "duplicate sample": (
        lambda d: append(d, "oxytocin.csv", "D01,4,patient,pre,3.5"),
        *("oxytocin.csv", 582, None, "duplicate", "first in row 2"),
    ),
    "duplicate dyad": (
        lambda d: append(d, "dyads.csv", "D01,T1,S,30,man,0.5"),
        *("dyads.csv", 39, "dyad_id", "duplicate", "first in row 2"),
    ),
    "duplicate column": (
        lambda d: edit(d, "oxytocin.csv", "role,phase", "role,role"),
        *("oxytocin.csv", 1, None, "duplicate column", "the same name"),
    ),
    "text in a number": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,low"),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "not a number", "'low' is not a number"),
    ),
    "decimal comma": (
        lambda d: append(d, "oxytocin.csv", 'D01,5,patient,pre,"3,5"'),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "not a number", "has a decimal comma"),
    ),
    "infinity": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,inf"),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "not a number", "not a measurement"),
    ),
    "underscores in a number": (
        # Python and Frictionless read 1_000 as a thousand; nobody writes a concentration so
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,1_000"),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "not a number", "'1_000' is not a measurement"),
    ),
    "concentration of 0": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,0"),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "concentration above 0"),
        "0 is not a concentration",
    ),
    "negative week": (
        lambda d: append(d, "symptoms.csv", "D01,-1,20"),
        *("symptoms.csv", 598, "week", "out of range", "0 or more"),
    ),
    "too few cells": (
        lambda d: append(d, "dyads.csv", "D77,T1,S,30,man"),
        *("dyads.csv", 39, "social_impairment", "too few cells", "as many cells as the header"),
    ),
    "exclusive bounds": (
        lambda d: [
            describe(
                d,
                lambda j: column(j, "dyads", "age").update(
                    constraints={"exclusiveMinimum": 17, "exclusiveMaximum": 80}
                ),
            ),
            append(d, "dyads.csv", "D77,T1,S,80,man,0.5"),
        ],
        *("dyads.csv", 39, "age", "out of range", "less than 80"),
    ),
    "a rule of the lab": (
        lambda d: [
            describe(
                d,
                lambda j: column(j, "dyads", "therapist_id").update(
                    constraints={"pattern": "T[0-9]"}
                ),
            ),
            append(d, "dyads.csv", "D77,A1,S,30,man,0.5"),
        ],
        *("dyads.csv", 39, "therapist_id", "rule of the study"),
        "'A1' is not as datapackage.json asks of this column (pattern: T[0-9])",
    ),
    "a column that was renamed in both files": (
        lambda d: [
            describe(d, lambda j: column(j, "dyads", "arm").update(name="begun")),
            edit(d, "dyads.csv", "arm", "begun"),
        ],
        *("dyads.csv", 1, "arm", "missing column", "(found: dyad_id, therapist_id, begun"),
    ),
    "tabs": (
        lambda d: (d / "dyads.csv").write_text(
            (d / "dyads.csv").read_text(encoding="utf-8").replace(",", "\t"), encoding="utf-8"
        ),
        *("dyads.csv", 1, None, "separator", "separated by tabs where ',' is expected"),
    ),
    "half a point": (
        lambda d: edit(d, "symptoms.csv", "D01,1,", "D01,1.5,"),
        *("symptoms.csv", 3, "week", "not a whole number", "whole number"),
    ),
    "score out of range": (
        lambda d: edit(d, "symptoms.csv", "D01,0,", "D01,0,9"),
        *("symptoms.csv", 2, "hrsd17", "out of range", "52 or less"),
    ),
    "unknown dyad": (
        lambda d: append(d, "oxytocin.csv", "D99,5,patient,pre,3.5"),
        *("oxytocin.csv", 582, "dyad_id", "unknown dyad", "'D99' is not in the table of dyads"),
    ),
    "unknown role": (
        lambda d: append(d, "oxytocin.csv", "D01,5,Patient,pre,3.5"),
        *("oxytocin.csv", 582, "role", "unknown category", "'patient' or 'therapist'"),
    ),
    "no session": (
        lambda d: append(d, "oxytocin.csv", "D01,,patient,pre,3.5"),
        *("oxytocin.csv", 582, "session", "missing value", "the cell is empty"),
    ),
    "stray space": (
        lambda d: edit(d, "dyads.csv", ",T3,", ",T3 ,"),
        *("dyads.csv", 2, "therapist_id", "stray space", "ends with a space"),
    ),
    "too many cells": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,3.5,again"),
        *("oxytocin.csv", 582, None, "too many cells", "more cells than the header"),
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named_in_one_sentence(package, case):
    expect_one_problem(package, BAD[case])


@pytest.mark.parametrize(
    ("line", "column_name", "rule"),
    [
        ("D01,,patient,pre,3.5", "session", "missing value"),
        ("D01,soon,patient,pre,3.5", "session", "not a whole number"),
    ],
)
def test_half_a_key_that_is_there_twice_is_not_called_a_duplicate(package, line, column_name, rule):
    append(package, "oxytocin.csv", line)
    append(package, "oxytocin.csv", line)
    found = [(one.row, one.column, one.rule) for one in check_study(package)]
    assert found == [(582, column_name, rule), (583, column_name, rule)]


def test_a_key_that_is_there_three_times_leads_back_to_the_first(package):
    for _ in range(2):
        append(package, "symptoms.csv", "D01,0,20")
    found = [(one.row, one.message.split("(")[1][:14]) for one in check_study(package)]
    assert found == [(598, "first in row 2"), (599, "first in row 2")]


def test_a_long_cell_is_cut_after_37_characters(package):
    append(package, "oxytocin.csv", f"D01,5,patient,pre,{'x' * 41}")
    (problem,) = check_study(package)
    assert f"'{'x' * 37}...'" in problem.message
    edit(package, "oxytocin.csv", "x" * 41, "x" * 40)
    (problem,) = check_study(package)
    assert f"'{'x' * 40}'" in problem.message


@pytest.mark.parametrize("label", ["concentration", "value"])
def test_a_column_of_another_name_is_not_taken_for_the_one_meant(package, label):
    edit(package, "oxytocin.csv", "oxytocin_pg_ml", label)
    (problem,) = check_study(package)
    assert "seems to be meant" not in problem.message


@pytest.mark.parametrize("label", ["Oxytocin", "oxytocin-pg-ml", "OT pg/mL"])
def test_a_column_of_nearly_the_name_is_taken_for_the_one_meant(package, label):
    edit(package, "oxytocin.csv", "oxytocin_pg_ml", label)
    (problem,) = check_study(package)
    assert f"the column '{label}' seems to be meant" in problem.message


def test_a_column_of_the_lab_that_must_differ_is_held_to_it(package):
    unique = {"constraints": {"unique": True}}
    describe(package, lambda j: column(j, "dyads", "social_impairment").update(unique))
    append(package, "dyads.csv", "D77,T1,S,30,man,9.5\nD78,T1,S,30,man,9.5")
    last = check_study(package)[-1]
    assert (last.row, last.rule) == (40, "duplicate")
    assert "'9.5' is there twice" in last.message
