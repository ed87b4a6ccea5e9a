"""Rows of the tables as data frames."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.study.load import check_study, load_study
from tests.data_packages import append, describe, lab, resource


def test_the_tables_have_the_columns_of_the_files(study, data_dir):
    names = {"samples": "oxytocin", "dyads": "dyads", "symptoms": "symptoms"}
    assert set(study.tables) == set(names)
    for table, frame in study.tables.items():
        expected = pd.read_csv(data_dir / f"{names[table]}.csv")
        pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


def test_columns_have_one_type_each(study):
    assert study.samples["signal"].dtype == np.float64
    assert study.samples["session"].dtype == np.int64
    assert study.symptoms["outcome"].dtype == np.int64
    assert isinstance(study.dyads["dyad_id"].dtype, pd.StringDtype)


def test_dyads_may_be_numbers(tmp_path):
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


def test_empty_rows_and_measurements_are_left_out_and_empty_covariates_are_missing(tmp_path):
    study = load_study(lab(tmp_path / "lab"))
    assert len(study.dyads) == 2
    assert len(study.symptoms) == 6  # of 7 rows
    assert study.dyads["social_impairment"].isna().tolist() == [True, False]
    assert study.dyads["arm"].isna().tolist() == [True, False]


def test_windows_line_ends_and_byte_order_mark_are_read(package, study):
    text = (package / "dyads.csv").read_text(encoding="utf-8").replace("\n", "\r\n")
    (package / "dyads.csv").write_bytes(text.encode("utf-8-sig"))
    pd.testing.assert_frame_equal(load_study(package).dyads, study.dyads)


@pytest.mark.parametrize(
    ("dialect", "written"),
    [
        ({"commentChar": "#"}, lambda text: "# as exported\n" + text),
        ({"headerRows": [2]}, lambda text: "dyads of the trial\n" + text),
        ({}, lambda text: "\n,,\n" + text),
        ({}, lambda text: text.replace(",", ", ")),
        ({"csv": {"delimiter": ";", "quoteChar": "'"}}, lambda text: text.replace(",", ";")),
    ],
)
def test_a_table_of_another_dialect_is_the_same(package, study, dialect, written):
    text = (package / "dyads.csv").read_text(encoding="utf-8")
    (package / "dyads.csv").write_text(written(text), encoding="utf-8")
    describe(package, lambda j: resource(j, "dyads").update(dialect=dialect))
    pd.testing.assert_frame_equal(load_study(package).dyads, study.dyads)


def test_a_table_that_breaks_the_reader_is_one_problem(package, monkeypatch):
    def broken(*_):
        raise ValueError("a dialect that nobody speaks")

    monkeypatch.setattr("dyadsync.study.rows._cells", broken)
    found = check_study(package)
    assert {(one.file, one.row, one.column, one.rule) for one in found} == {
        (f"{table}.csv", None, None, "unreadable table")
        for table in ("oxytocin", "dyads", "symptoms")
    }
    assert all("a dialect that nobody speaks" in one.message for one in found)


def test_problems_of_several_files_are_all_found(package):
    append(package, "oxytocin.csv", "D01,5,patient,pre,-1")
    append(package, "symptoms.csv", "D01,3,99")
    (package / "dyads.csv").unlink()
    assert {problem.file for problem in check_study(package)} == {
        "oxytocin.csv",
        "dyads.csv",
        "symptoms.csv",
    }
