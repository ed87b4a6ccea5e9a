"""A plain column is read as Frictionless reads it; whatever else there is, is left to it."""

import shutil

import pandas as pd
import pytest

from dyadsync.study import rows
from dyadsync.study.load import load_study, read_study
from tests.data_packages import append, described, lab


def shipped(folder, data_dir):
    return data_dir


@pytest.mark.parametrize("make", [shipped, lambda f, _: lab(f), lambda f, _: described(f)])
def test_a_plain_column_is_read_as_frictionless_reads_it(tmp_path, data_dir, make, monkeypatch):
    folder = make(tmp_path / "data", data_dir)
    with monkeypatch.context() as patch:
        patch.setattr(rows, "_judged_column", None)
        plain = load_study(folder)
    monkeypatch.setattr(rows, "_plain_column", lambda *_: None)
    judged = load_study(folder)
    for table in ("samples", "dyads", "symptoms"):
        pd.testing.assert_frame_equal(
            getattr(plain, table), getattr(judged, table), check_exact=True
        )


@pytest.mark.parametrize(
    "cell", ["1e400", "1_0", "0x1A", "1,5", " 2", "nan", "-1", "", "NA", "1.5", ".5", "5."]
)
def test_any_cell_means_the_same_either_way(tmp_path, data_dir, cell, monkeypatch):
    shutil.copytree(data_dir, tmp_path / "data")
    folder = tmp_path / "data"
    append(folder, "symptoms.csv", f"D01,99,{cell}")
    study, problems = read_study(folder)
    monkeypatch.setattr(rows, "_plain_column", lambda *_: None)
    again, more = read_study(folder)
    assert [str(one) for one in problems] == [str(one) for one in more]
    if study is not None and again is not None:
        pd.testing.assert_frame_equal(study.symptoms, again.symptoms, check_exact=True)
