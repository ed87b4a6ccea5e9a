"""What is published on public data, computed here on those that statsmodels ships."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from tests.reference.public_data import PUBLIC_DATA, compare_public, main

FRAMING = (
    Path(find_spec("statsmodels").submodule_search_locations[0])
    / "stats" / "tests" / "results" / "framing.csv"
)  # fmt: skip


def made_up(name, folder):
    """A file with the columns and rows of a public data set, and numbers of our own."""
    rng = np.random.default_rng(1)
    expected = PUBLIC_DATA[name]
    values = {column: rng.normal(size=expected.n_obs) for column in expected.columns}
    path = folder / f"{name}.csv"
    pd.DataFrame(values).to_csv(path)
    return path


@pytest.mark.parametrize("name", ["bsg", "jobs", "leerkes"])
def test_other_numbers_are_not_taken_for_the_published_ones(name, tmp_path):
    table = compare_public({name: made_up(name, tmp_path)})
    assert table["ours"].notna().all()
    assert not table["ok"].all()


def test_the_command_exits_with_0_where_all_agree_and_1_where_not(tmp_path, capsys):
    assert main(["--framing", str(FRAMING)]) == 0
    assert "6 of 6 numbers agree" in capsys.readouterr().out
    assert main(["--leerkes", str(made_up("leerkes", tmp_path))]) == 1
    assert "NO" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Give at least one file"),
        (["--bsg", "nowhere.csv"], "no CSV file that can be read"),
        (["--bsg", str(FRAMING)], "has no column ValueDiversity"),
        (["--bsg", "short.csv"], "has 50 rows; robmed::BSG2014 has 89"),
    ],
)
def test_what_is_not_the_data_is_refused(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pd.read_csv(made_up("bsg", tmp_path)).head(50).to_csv("short.csv")
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_a_file_with_other_rows_is_refused(tmp_path):
    path = made_up("bsg", tmp_path)
    pd.read_csv(path).head(50).to_csv(path)
    with pytest.raises(InputError, match=r"has 50 rows; robmed::BSG2014 has 89"):
        compare_public({"bsg": path})
