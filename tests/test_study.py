"""Loading, checking and summarising a data package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyadsync.errors import InputError
from dyadsync.study import (
    SYMPTOM_METHODS,
    DataError,
    Problem,
    Study,
    check_study,
    dyad_table,
    format_problems,
    load_study,
    symptom_reduction,
)

Change = Callable[[Path], Any]


@pytest.fixture
def package(data_dir: Path, tmp_path: Path) -> Path:
    """A copy of the shipped data that a test may spoil."""
    return Path(shutil.copytree(data_dir, tmp_path / "package"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def append(folder: Path, file: str, line: str) -> None:
    with (folder / file).open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")


def describe(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    file = folder / "datapackage.json"
    descriptor = json.loads(file.read_text(encoding="utf-8"))
    change(descriptor)
    file.write_text(json.dumps(descriptor), encoding="utf-8")


def resource(descriptor: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in descriptor["resources"] if one["name"] == name)


def column(descriptor: dict[str, Any], table: str, name: str) -> dict[str, Any]:
    fields = resource(descriptor, table)["schema"]["fields"]
    return next(one for one in fields if one["name"] == name)


# The shipped data -----------------------------------------------------------------------------


def test_the_shipped_data_have_no_problem(data_dir: Path) -> None:
    assert check_study(data_dir) == []


def test_the_shipped_package_is_valid_for_frictionless_itself(data_dir: Path) -> None:
    from frictionless import Package

    report = Package(str(data_dir / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "message"])


def test_the_tables_have_the_columns_of_the_files(study: Study, data_dir: Path) -> None:
    for frame, name in [
        (study.samples, "oxytocin"),
        (study.dyads, "dyads"),
        (study.symptoms, "symptoms"),
    ]:
        expected = pd.read_csv(data_dir / f"{name}.csv")
        pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


def test_columns_have_one_type_each(study: Study) -> None:
    assert study.samples["oxytocin_pg_ml"].dtype == np.float64
    assert study.samples["session"].dtype == np.int64
    assert study.symptoms["hrsd17"].dtype == np.int64
    assert isinstance(study.dyads["dyad_id"].dtype, pd.StringDtype)


def test_the_shipped_data_say_that_they_are_simulated(study: Study) -> None:
    assert study.simulated
    assert study.limit_of_quantification == 2.0
    assert study.planned_weeks == 16
    assert study.planned_sessions == [4, 8, 12, 16]


# Bad input: (what is done, file, row, column, rule, words of the sentence) --------------------


def as_utf16(folder: Path) -> None:
    text = (folder / "dyads.csv").read_text(encoding="utf-8")
    (folder / "dyads.csv").write_bytes(text.encode("utf-16"))


def as_latin_1(folder: Path) -> None:
    edit(folder, "dyads.csv", "woman", "café")
    text = (folder / "dyads.csv").read_text(encoding="utf-8")
    (folder / "dyads.csv").write_bytes(text.encode("latin-1"))


def with_semicolons(folder: Path) -> None:
    text = (folder / "dyads.csv").read_text(encoding="utf-8")
    (folder / "dyads.csv").write_text(text.replace(",", ";"), encoding="utf-8")


BAD: dict[str, tuple[Change, str, int | None, str | None, str, str]] = {
    "renamed column": (
        lambda d: edit(d, "oxytocin.csv", "oxytocin_pg_ml", "Oxytocin pg ml"),
        *("oxytocin.csv", 1, "oxytocin_pg_ml", "missing column"),
        "rename it to 'oxytocin_pg_ml'",
    ),
    "missing key column": (
        lambda d: edit(d, "dyads.csv", "dyad_id", "code"),
        *("dyads.csv", 1, "dyad_id", "missing column"),
        "there is no column 'dyad_id'",
    ),
    "duplicate sample": (
        lambda d: append(d, "oxytocin.csv", "D01,4,patient,pre,3.5"),
        *("oxytocin.csv", 582, None, "duplicate"),
        "first in row 2",
    ),
    "duplicate dyad": (
        lambda d: append(d, "dyads.csv", "D01,T1,S,30,man,0.5"),
        *("dyads.csv", 39, "dyad_id", "duplicate"),
        "first in row 2",
    ),
    "duplicate column": (
        lambda d: edit(d, "oxytocin.csv", "role,phase", "role,role"),
        *("oxytocin.csv", 1, None, "duplicate column"),
        "the same name",
    ),
    "text in a number": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,low"),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "not a number"),
        "'low' is not a number",
    ),
    "decimal comma": (
        lambda d: append(d, "oxytocin.csv", 'D01,5,patient,pre,"3,5"'),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "not a number"),
        "has a decimal comma",
    ),
    "infinity": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,inf"),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "not a number"),
        "not a measurement",
    ),
    "half a point": (
        lambda d: edit(d, "symptoms.csv", "D01,1,", "D01,1.5,"),
        *("symptoms.csv", 3, "week", "not a whole number"),
        "whole number",
    ),
    "negative concentration": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,-3.5"),
        *("oxytocin.csv", 582, "oxytocin_pg_ml", "concentration above 0"),
        "above 0 pg/mL",
    ),
    "score out of range": (
        lambda d: edit(d, "symptoms.csv", "D01,0,", "D01,0,9"),
        *("symptoms.csv", 2, "hrsd17", "out of range"),
        "52 or less",
    ),
    "unknown dyad": (
        lambda d: append(d, "oxytocin.csv", "D99,5,patient,pre,3.5"),
        *("oxytocin.csv", 582, "dyad_id", "unknown dyad"),
        "'D99' is not in the table of dyads",
    ),
    "unknown role": (
        lambda d: append(d, "oxytocin.csv", "D01,5,Patient,pre,3.5"),
        *("oxytocin.csv", 582, "role", "unknown category"),
        "'patient' or 'therapist'",
    ),
    "unknown phase": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,before,3.5"),
        *("oxytocin.csv", 582, "phase", "unknown category"),
        "'pre' or 'post'",
    ),
    "no session": (
        lambda d: append(d, "oxytocin.csv", "D01,,patient,pre,3.5"),
        *("oxytocin.csv", 582, "session", "missing value"),
        "the cell is empty",
    ),
    "stray space": (
        lambda d: edit(d, "dyads.csv", ",T3,", ",T3 ,"),
        *("dyads.csv", 2, "therapist_id", "stray space"),
        "ends with a space",
    ),
    "too many cells": (
        lambda d: append(d, "oxytocin.csv", "D01,5,patient,pre,3.5,again"),
        *("oxytocin.csv", 582, None, "too many cells"),
        "more cells than the header",
    ),
    "latin-1": (as_latin_1, "dyads.csv", 2, None, "file encoding", "save it as 'CSV UTF-8'"),
    "UTF-16": (as_utf16, "dyads.csv", None, None, "file encoding", "save it as 'CSV UTF-8'"),
    "semicolons": (
        with_semicolons,
        *("dyads.csv", 1, None, "separator"),
        "separated by ';' where ',' is expected",
    ),
    "empty file": (
        lambda d: (d / "symptoms.csv").write_bytes(b""),
        *("symptoms.csv", None, None, "empty file"),
        "needs a header row",
    ),
    "header only": (
        lambda d: (d / "symptoms.csv").write_text("dyad_id,week,hrsd17\n"),
        *("symptoms.csv", None, None, "empty table"),
        "no row below",
    ),
    "workbook": (
        lambda d: (d / "dyads.csv").write_bytes(b"PK\x03\x04\x14\x00"),
        *("dyads.csv", None, None, "not a CSV file"),
        "spreadsheet",
    ),
    "missing file": (
        lambda d: (d / "dyads.csv").unlink(),
        *("dyads.csv", None, None, "missing file"),
        "no such file",
    ),
    "no descriptor": (
        lambda d: (d / "datapackage.json").unlink(),
        *("datapackage.json", None, None, "missing file"),
        "describes the three tables",
    ),
    "broken JSON": (
        lambda d: edit(d, "datapackage.json", '"version": "1.0.0",', '"version": "1.0.0"'),
        *("datapackage.json", 7, None, "broken JSON"),
        "line 7",
    ),
    "no resources": (
        lambda d: (d / "datapackage.json").write_text("[]"),
        *("datapackage.json", None, None, "no tables described"),
        "a list 'resources'",
    ),
    "table not described": (
        lambda d: describe(d, lambda j: j["resources"].pop(2)),
        *("datapackage.json", None, None, "missing table"),
        "'symptoms'",
    ),
    "unknown type": (
        lambda d: describe(
            d,
            lambda j: resource(j, "dyads")["schema"]["fields"].append(
                {"name": "bdi", "type": "score"}
            ),
        ),
        *("datapackage.json", None, None, "wrong description"),
        "'dyads'",
    ),
    "bound that is no number": (
        lambda d: describe(
            d, lambda j: column(j, "dyads", "age").update(constraints={"minimum": "young"})
        ),
        *("datapackage.json", None, None, "wrong description"),
        "must be a number",
    ),
    "limit that is no number": (
        lambda d: describe(
            d,
            lambda j: column(j, "oxytocin", "oxytocin_pg_ml").update(limitOfQuantification="2"),
        ),
        *("datapackage.json", None, None, "wrong entry"),
        "positive concentration",
    ),
    "half a simulation entry": (
        lambda d: describe(d, lambda j: j["dyadsync:simulation"].pop("seed")),
        *("datapackage.json", None, None, "wrong entry"),
        "delete it if the data are observed",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named_in_one_sentence(package: Path, case: str) -> None:
    spoil, file, row, column_name, rule, words = BAD[case]
    spoil(package)
    (problem,) = check_study(package)
    assert (problem.file, problem.row, problem.column, problem.rule) == (
        file,
        row,
        column_name,
        rule,
    )
    assert problem.message.startswith(file)
    assert words in problem.message
    assert problem.message.endswith(".")
    assert "frictionless" not in problem.message.lower()


@pytest.mark.parametrize("case", ["renamed column", "no descriptor", "UTF-16"])
def test_loading_bad_data_raises_with_the_problems(package: Path, case: str) -> None:
    BAD[case][0](package)
    with pytest.raises(DataError) as caught:
        load_study(package)
    assert caught.value.problems == check_study(package)
    assert caught.value.problems[0].message in str(caught.value)


OUTSIDE = [
    *("../dyads.csv", "/etc/hosts", "file:///etc/hosts", "https://example.org/a.csv"),
    *("~/a.csv", "C:\\a.csv", "..\\a.csv"),
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_out_of_the_folder_is_refused(package: Path, path: str) -> None:
    describe(package, lambda j: resource(j, "dyads").update(path=path))
    (problem,) = check_study(package)
    assert problem.rule == "path outside the folder"


def test_a_link_out_of_the_folder_is_refused(package: Path, data_dir: Path) -> None:
    (package / "dyads.csv").unlink()
    (package / "dyads.csv").symlink_to(data_dir / "dyads.csv")
    (problem,) = check_study(package)
    assert problem.rule == "path outside the folder"


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (problem,) = check_study(tmp_path / "nowhere")
    assert problem.rule == "missing folder"
    assert "does not exist" in problem.message


def test_a_file_in_place_of_a_folder_is_named(data_dir: Path) -> None:
    (problem,) = check_study(data_dir / "dyads.csv")
    assert "this is a file" in problem.message


def test_problems_of_several_files_are_all_found(package: Path) -> None:
    append(package, "oxytocin.csv", "D01,5,patient,pre,-1")
    append(package, "symptoms.csv", "D01,3,99")
    (package / "dyads.csv").unlink()
    assert {problem.file for problem in check_study(package)} == {
        "oxytocin.csv",
        "dyads.csv",
        "symptoms.csv",
    }


def test_long_lists_of_problems_are_cut_and_counted() -> None:
    many = [Problem("a.csv", row, None, "rule", f"a.csv, row {row}: no.") for row in range(2, 40)]
    text = format_problems(many)
    assert text.startswith("38 problems in the data:")
    assert text.endswith("a.csv: 28 more problems.")
    assert len(text.splitlines()) == 12


def test_checking_writes_nothing(package: Path) -> None:
    before = {file: file.read_bytes() for file in package.iterdir()}
    append(package, "oxytocin.csv", "D01,5,patient,pre,-1")
    before[package / "oxytocin.csv"] = (package / "oxytocin.csv").read_bytes()
    check_study(package)
    assert {file: file.read_bytes() for file in package.iterdir()} == before


@settings(deadline=None, max_examples=30)
@given(noise=st.binary(max_size=300))
def test_no_bytes_make_the_check_fail(tmp_path_factory: Any, data_dir: Path, noise: bytes) -> None:
    folder = tmp_path_factory.mktemp("noise")
    for file in ("datapackage.json", "oxytocin.csv", "symptoms.csv"):
        shutil.copy(data_dir / file, folder)
    (folder / "dyads.csv").write_bytes(noise)
    assert check_study(folder)


# A lab's own data ---------------------------------------------------------------------------


def lab(folder: Path) -> Path:
    """Numbered dyads, other sessions, few words of description."""
    folder.mkdir(exist_ok=True)
    resources = [
        {"name": name, "path": f"{name}.csv"} for name in ("oxytocin", "dyads", "symptoms")
    ]
    descriptor = {"name": "lab", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    rows = [
        f"{dyad},{session},{role},{phase},{1 + dyad + session / 10}"
        for dyad in (7, 10)
        for session in (1, 2, 9)
        for role in ("patient", "therapist")
        for phase in ("pre", "post")
    ]
    header = "dyad_id,session,role,phase,oxytocin_pg_ml"
    (folder / "oxytocin.csv").write_text("\n".join([header, *rows]))
    (folder / "dyads.csv").write_text(
        "dyad_id,therapist_id,arm,age,gender,social_impairment,bdi,site,note\n"
        "7,A,,41.5,,NA,22,north,x\n10,B,CBT,30,f,12,,south,\n,,,,,,,,\n"
    )
    weeks = [f"{dyad},{week},{30 - week}" for dyad in (7, 10) for week in (0, 2, 6)]
    (folder / "symptoms.csv").write_text("\n".join(["dyad_id,week,hrsd17", *weeks, "7,8,"]))
    return folder


def test_a_lab_needs_few_words_of_description(tmp_path: Path) -> None:
    study = load_study(lab(tmp_path / "lab"))
    assert not study.simulated
    assert study.limit_of_quantification is None
    assert study.planned_sessions == [1, 2, 9]
    assert study.planned_weeks == 16
    assert study.dyads["dyad_id"].tolist() == ["7", "10"]
    assert "observed" in repr(study)


def test_dyads_may_be_numbers(tmp_path: Path) -> None:
    folder = lab(tmp_path / "lab")
    describe(
        folder,
        lambda j: j["resources"][1].update(
            schema={"fields": [{"name": "dyad_id", "type": "integer"}]}
        ),
    )
    study = load_study(folder)
    for frame in (study.samples, study.dyads, study.symptoms):
        assert set(frame["dyad_id"]) == {7, 10}


def test_a_labs_own_columns_are_kept_and_numeric_ones_reach_the_table(tmp_path: Path) -> None:
    study = load_study(lab(tmp_path / "lab"))
    assert study.dyads["site"].tolist() == ["north", "south"]
    synchrony = pd.DataFrame({"dyad_id": ["7"], "n_sessions": 3, "synchrony": 0.5, "z": 0.55})
    table = dyad_table(study, synchrony)
    assert table["bdi"].tolist()[0] == 22
    assert np.isnan(table["bdi"].tolist()[1])
    assert "site" not in table.columns


def test_empty_measurements_are_left_out_and_empty_covariates_are_missing(tmp_path: Path) -> None:
    study = load_study(lab(tmp_path / "lab"))
    assert len(study.symptoms) == 6  # of 7 rows
    assert study.dyads["social_impairment"].isna().tolist() == [True, False]
    assert study.dyads["arm"].isna().tolist() == [True, False]


def test_blank_rows_of_a_spreadsheet_are_passed_over(tmp_path: Path) -> None:
    assert len(load_study(lab(tmp_path / "lab")).dyads) == 2


def test_a_named_encoding_and_separator_are_used(package: Path) -> None:
    edit(package, "dyads.csv", "woman", "café")
    text = (package / "dyads.csv").read_text(encoding="utf-8").replace(",", ";")
    (package / "dyads.csv").write_bytes(text.encode("latin-1"))

    def change(descriptor: dict[str, Any]) -> None:
        resource(descriptor, "dyads").update(encoding="latin-1", dialect={"delimiter": ";"})
        column(descriptor, "dyads", "gender").pop("constraints")

    describe(package, change)
    assert "café" in load_study(package).dyads["gender"].tolist()


def test_windows_line_ends_and_byte_order_mark_are_read(package: Path, study: Study) -> None:
    text = (package / "dyads.csv").read_text(encoding="utf-8").replace("\n", "\r\n")
    (package / "dyads.csv").write_bytes(text.encode("utf-8-sig"))
    pd.testing.assert_frame_equal(load_study(package).dyads, study.dyads)


def test_a_lab_cannot_loosen_what_every_study_needs(package: Path) -> None:
    def loosen(descriptor: dict[str, Any]) -> None:
        column(descriptor, "oxytocin", "role")["constraints"] = {"enum": ["patient", "dog"]}
        column(descriptor, "oxytocin", "oxytocin_pg_ml").update(type="string", constraints={})

    describe(package, loosen)
    append(package, "oxytocin.csv", "D01,5,dog,pre,many")
    assert [problem.rule for problem in check_study(package)] == [
        "unknown category",
        "not a number",
    ]


# Symptom reduction --------------------------------------------------------------------------


def with_symptoms(study: Study, rows: list[tuple[str, int, int]]) -> Study:
    return replace(study, symptoms=pd.DataFrame(rows, columns=["dyad_id", "week", "hrsd17"]))


LINE = [("D01", week, 30 - 2 * week) for week in (0, 1, 3, 8)]


@pytest.mark.parametrize(
    ("method", "expected"),
    # a fall of 2 points a week from 30: 16 weeks give 32; the last of week 8 is 14
    [("slope", 32.0), ("difference", 16.0), ("percent", 100 * 16 / 30)],
)
def test_a_straight_fall_gives_the_known_reduction(
    study: Study, method: str, expected: float
) -> None:
    reduction = symptom_reduction(with_symptoms(study, LINE), method)
    assert reduction["D01"] == pytest.approx(expected)


@pytest.mark.parametrize("method", ["slope", "difference", "percent"])
def test_one_rating_gives_no_reduction(study: Study, method: str) -> None:
    reduction = symptom_reduction(with_symptoms(study, [*LINE, ("D02", 0, 20)]), method)
    assert np.isnan(reduction["D02"])
    assert np.isnan(reduction["D03"])  # no rating at all


def test_slopes_agree_with_numpy(study: Study) -> None:
    reduction = symptom_reduction(study)
    for dyad, rows in study.symptoms.groupby("dyad_id"):
        slope = np.polyfit(rows["week"], rows["hrsd17"], 1)[0]
        assert reduction[dyad] == pytest.approx(-16 * slope)


def test_planned_weeks_scale_the_slope(study: Study) -> None:
    half = replace(study, descriptor={**study.descriptor, "dyadsync:planned_weeks": 8})
    pd.testing.assert_series_equal(symptom_reduction(half), symptom_reduction(study) / 2)


def test_mixed_model_slopes_are_shrunken_towards_the_mean(study: Study) -> None:
    mixed, own = symptom_reduction(study, "mixed"), symptom_reduction(study, "slope")
    assert mixed.std() < own.std()
    assert mixed.mean() == pytest.approx(own.mean(), abs=0.2)
    assert np.corrcoef(mixed, own)[0, 1] > 0.95


def test_reduction_is_in_the_order_of_the_dyads(study: Study) -> None:
    turned = replace(study, dyads=study.dyads.iloc[::-1].reset_index(drop=True))
    for method in SYMPTOM_METHODS:
        reduction = symptom_reduction(turned, method)
        assert reduction.index.tolist() == study.dyads["dyad_id"].tolist()[::-1]
        pd.testing.assert_series_equal(reduction.iloc[::-1], symptom_reduction(study, method))


def test_the_order_of_ratings_does_not_matter(study: Study) -> None:
    mixed_up = replace(study, symptoms=study.symptoms.sample(frac=1, random_state=1))
    for method in ("slope", "difference", "percent"):
        pd.testing.assert_series_equal(
            symptom_reduction(mixed_up, method), symptom_reduction(study, method)
        )


def test_an_unknown_method_lists_the_known_ones(study: Study) -> None:
    with pytest.raises(InputError, match="slope, mixed, difference, percent"):
        symptom_reduction(study, "slopes")


def test_a_mixed_model_that_cannot_be_fitted_is_an_input_error(study: Study) -> None:
    flat = with_symptoms(study, [("D01", 0, 20), ("D02", 0, 21)])
    with pytest.raises(InputError, match="did not converge"):
        symptom_reduction(flat, "mixed")


# One row a dyad -----------------------------------------------------------------------------


def synchrony_of(study: Study) -> pd.DataFrame:
    n = len(study.dyads)
    r = np.linspace(-0.9, 0.9, n)
    columns = {"dyad_id": study.dyads["dyad_id"], "n_sessions": 4, "synchrony": r}
    return pd.DataFrame({**columns, "z": np.arctanh(r), "variance": 0.8, "reason": ""})


def test_the_table_has_the_columns_of_the_contract(study: Study) -> None:
    assert dyad_table(study, synchrony_of(study)).columns.tolist() == [
        *("dyad_id", "therapist_id", "arm", "age", "gender", "social_impairment"),
        *("n_sessions", "synchrony", "z", "symptom_reduction"),
    ]


def test_the_table_joins_by_dyad_whatever_the_order(study: Study) -> None:
    synchrony = synchrony_of(study)
    table = dyad_table(study, synchrony.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(table, dyad_table(study, synchrony))
    assert table["symptom_reduction"].tolist() == symptom_reduction(study).tolist()


def test_a_dyad_without_synchrony_has_no_sessions(study: Study) -> None:
    table = dyad_table(study, synchrony_of(study).iloc[1:])
    assert table.loc[0, "n_sessions"] == 0
    assert np.isnan(table.loc[0, "synchrony"])


def test_synchrony_of_other_data_is_refused(study: Study) -> None:
    synchrony = synchrony_of(study)
    with pytest.raises(InputError, match="no column z"):
        dyad_table(study, synchrony.drop(columns="z"))
    with pytest.raises(InputError, match="a dyad twice"):
        dyad_table(study, pd.concat([synchrony, synchrony]))
    with pytest.raises(InputError, match="X1"):
        dyad_table(study, synchrony.assign(dyad_id="X1").iloc[:1])


# Speed and words -----------------------------------------------------------------------------


def test_loading_does_not_compile_a_grammar_that_it_does_not_need(data_dir: Path) -> None:
    # jsonschema's check of international addresses alone costs 0.9 s on import
    code = (
        "import sys; from dyadsync.study import load_study; load_study(sys.argv[1]); "
        "assert 'rfc3987_syntax' not in sys.modules and 'statsmodels' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(data_dir)], check=True)


def test_the_readme_of_the_data_counts_the_rows(study: Study, data_dir: Path) -> None:
    text = (data_dir / "README.md").read_text(encoding="utf-8")
    for name, frame in [
        ("oxytocin", study.samples),
        ("dyads", study.dyads),
        ("symptoms", study.symptoms),
    ]:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{name}.csv`")]
        assert f"| {len(frame)} |" in row
