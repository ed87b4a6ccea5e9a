"""Finished cells in a folder."""

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.store import CellStore


def test_what_was_written_is_read_to_the_last_digit(tmp_path):
    store = CellStore(tmp_path / "new" / "folder")
    row = {"power": 1 / 3, "type_1": float("nan")}
    store.write({"b": 0.1}, row)
    kept = store.read({"b": 0.1})
    assert kept is not None
    assert kept["power"] == 1 / 3
    assert np.isnan(kept["type_1"])
    assert [path.suffix for path in store.folder.iterdir()] == [".json"]


@pytest.mark.parametrize("text", ["", '{"settings"', "[]", "{}"])
def test_a_spoilt_file_is_as_good_as_none(tmp_path, text):
    store = CellStore(tmp_path)
    store.path({"b": 1}).write_text(text)
    assert store.read({"b": 1}) is None


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="cannot hold finished cells"):
        CellStore(file)
