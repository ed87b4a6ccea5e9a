"""The published grids, their file and what checks it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.power_grids import (
    GRIDS,
    differences,
    read_published,
    run_published,
    write_published,
)
from dyadsync.errors import InputError

SHIPPED = Path(__file__).parents[1] / "data" / "derived" / "power.parquet"


def test_what_was_written_is_read_with_its_provenance(tmp_path: Path) -> None:
    found = run_published(["circumstances", "no effects"], share=0.01, rng=3, n_jobs=1)
    path = tmp_path / "new" / "power.parquet"
    write_published(found, path, seed=3)
    again, provenance = read_published(path)
    assert (provenance["seed"], provenance["made by"]) == (3, "make derived")
    for name, one in found.items():
        assert again[name].settings == one.settings
        known = [column for column in one.table if one.table[column].notna().any()]
        pd.testing.assert_frame_equal(again[name].table[known], one.table[known], check_dtype=False)
    first = path.read_bytes()
    write_published(found, path, seed=3)
    assert path.read_bytes() == first


def test_a_grid_that_is_not_published_is_refused() -> None:
    with pytest.raises(InputError, match="grid is 'sizes'"):
        run_published(["sizes"])


def test_the_shipped_file_is_whole_and_agrees_with_a_reduced_run_of_another_seed() -> None:
    shipped, provenance = read_published(SHIPPED)
    assert list(shipped) == list(GRIDS)
    for name, one in GRIDS.items():
        assert (shipped[name].table["n_trials"] == one.n_trials).all()
        assert set(shipped[name].table["method"]) == set(one.methods)
    names = ["no effects", "effect", "circumstances"]
    reduced = run_published(names, share=0.1, rng=provenance["seed"] + 1, n_jobs=1)
    for name, one in reduced.items():
        off = differences(shipped[name], one)
        assert len(off) == len(one.table)
        # about 200 differences: the largest of normal ones is below 4.5 in 999 of 1,000 runs
        assert (off.abs() < 4.5).to_numpy().all()


def test_a_run_that_differs_is_noticed() -> None:
    shipped, _ = read_published(SHIPPED)
    one = shipped["effect"]
    moved = one.table.assign(power=(one.table["power"] + 0.1).clip(0, 1))
    assert differences(one, type(one)(moved, one.settings))["power"].abs().max() > 4
