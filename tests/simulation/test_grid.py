"""Grids of designs."""

from __future__ import annotations

from typing import Any

import pytest

from dyadsync.errors import InputError
from dyadsync.simulation.design import Design
from dyadsync.simulation.grid import expand_grid
from dyadsync.simulation.power import power


def test_a_grid_is_all_combinations_in_order() -> None:
    rows = expand_grid({"b": [0.28, 0.65], "n_sessions": [4, 8]})
    assert [(s["b"], s["n_sessions"]) for s, _ in rows] == [
        *((0.28, 4), (0.28, 8), (0.65, 4), (0.65, 8)),
    ]
    assert rows[1][1] == Design(b=0.28).with_sessions(8)


def test_fields_that_are_lists_take_one_list_or_several() -> None:
    assert len(expand_grid({"sessions": (4, 8, 12)})) == 1
    assert len(expand_grid({"sessions": [(4, 8, 12), (1, 2, 3, 4)]})) == 2


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"session": 4}, "setting of the design is 'session'"),
        ({"b": []}, "empty"),
        ([], "empty"),
        ("b", "give a Design"),
        (4, "give a Design"),
        ({"b": "large"}, "finite numbers"),
        ({"b": [0.2, 2.0]}, "more than all"),
        ({"n_dyads": 3}, "fewer than the 6 therapists"),
        ({"n_dyads": 40.5}, "whole number"),
        ({"n_dyads": "many"}, "n_dyads is 'many'; it must be a whole number"),
        ({"n_sessions": 99}, "n_sessions is 99; it must be a whole number from 1 to 16"),
        ({"sessions": 4}, "not valid"),
    ],
)
def test_a_bad_grid_is_named(grid: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        power(grid, n_trials=10, rng=1)
