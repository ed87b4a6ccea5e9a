"""Results that chapters publish."""

import json
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from millbook.errors import InputError
from millbook.results import publish


def test_equal_tables_give_equal_bytes_with_full_precision(tmp_path):
    publish("paths", pd.DataFrame({"path": ["a"], "estimate": [0.1 + 0.2]}), tmp_path)
    assert (tmp_path / "paths.csv").read_bytes() == b"path,estimate\na,0.30000000000000004\n"


def test_a_mapping_may_hold_numpy_numbers_and_what_is_not_a_number(tmp_path):
    publish("numbers", {"n": np.int64(3), "x": np.array([1.5, np.nan])}, tmp_path)
    text = (tmp_path / "numbers.json").read_text()
    assert text == '{\n  "n": 3,\n  "x": [\n    1.5,\n    null\n  ]\n}\n'


def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError):
        publish("thing", {"x": object()}, tmp_path)
    with pytest.raises(InputError):
        publish("thing", [1, 2], tmp_path)
    with pytest.raises(InputError, match="lower-case"):
        publish("../thing", {"x": 1}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_by_hand_results_go_beside_the_chapters(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MILLBOOK_RESULTS", raising=False)
    publish("table", pd.DataFrame({"x": [1]}))
    assert (tmp_path / "results" / "table.csv").is_file()
    assert "results/table.csv" in capsys.readouterr().out


def test_the_engine_says_where_results_go(tmp_path, monkeypatch):
    monkeypatch.setenv("MILLBOOK_RESULTS", str(tmp_path / "here"))
    publish("table", pd.DataFrame({"x": [1]}))
    assert (tmp_path / "here" / "table.csv").read_text() == "x\n1\n"


def test_the_engine_is_imported_without_pandas():
    code = "import sys, millbook; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_mapping_may_hold_words_nothing_truth_values_lists_and_mappings(tmp_path):
    value = {"word": "a", "none": None, "yes": True, "list": [1, "b", [None]], 3: {"x": -math.inf}}
    publish("mixed", value, tmp_path)
    found = json.loads((tmp_path / "mixed.json").read_text())
    assert found == {**{k: value[k] for k in ("word", "none", "yes", "list")}, "3": {"x": None}}


def test_a_text_is_published_as_a_script(tmp_path):
    publish("numbers", "globalThis.n = 1;\n", tmp_path)
    assert (tmp_path / "numbers.js").read_text() == "globalThis.n = 1;\n"
