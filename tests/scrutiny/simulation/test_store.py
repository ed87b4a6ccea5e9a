"""Finished cells in a folder."""

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.store import cell_file, make_store, read_cell, write_cell


def test_what_was_written_is_read_to_the_last_digit(tmp_path):
    folder = make_store(tmp_path / "new" / "folder")
    row = {"power": 1 / 3, "type_1": float("nan")}
    write_cell(folder, {"b": 0.1}, row)
    kept = read_cell(folder, {"b": 0.1})
    assert kept is not None
    assert kept["power"] == 1 / 3
    assert np.isnan(kept["type_1"])
    assert [path.suffix for path in folder.iterdir()] == [".json"]
    assert read_cell(folder, {"b": 0.2}) is None


@pytest.mark.parametrize("text", ["", '{"settings"', "[]", "{}"])
def test_a_spoilt_file_is_as_good_as_none(tmp_path, text):
    cell_file(tmp_path, {"b": 1}).write_text(text)
    assert read_cell(tmp_path, {"b": 1}) is None


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="cannot hold finished cells"):
        make_store(file)
