"""Grids of designs."""

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.cell import Cell
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.grid import expand_grid
from dyadsync.scrutiny.simulation.simulated_power import power


def test_a_grid_is_all_combinations_in_order():
    rows = expand_grid({"b": [0.28, 0.65], "sessions": [4, 8]})
    assert [(s["b"], s["sessions"]) for s, _ in rows] == [
        *((0.28, 4), (0.28, 8), (0.65, 4), (0.65, 8))
    ]
    assert rows[1][1] == Cell(Design(b=0.28).with_sessions(8))


def test_fields_that_are_lists_take_one_list_or_several():
    assert len(expand_grid({"patients_per_therapist": (9, 8, 12)})) == 1
    assert len(expand_grid({"patients_per_therapist": [(9, 8, 12), (10, 10)]})) == 2


def test_sessions_are_numbers_of_sessions_or_lists_of_their_numbers():
    counts = [cell.design.sessions for _, cell in expand_grid({"sessions": [4, 8]})]
    assert counts == [(4, 8, 12, 16), (2, 4, 6, 8, 10, 12, 14, 16)]
    lists = [cell.design.sessions for _, cell in expand_grid({"sessions": [[4, 8, 12], (1, 2, 3)]})]
    assert lists == [(4, 8, 12), (1, 2, 3)]


def test_shorthands_set_what_they_name():
    names = {"n_dyads": 50, "therapists": 8, "effect": 0.5, "reliability": 0.8, "missing": 0.1}
    [(_, cell)] = expand_grid(names | {"contamination": 0.1})
    assert cell.design.patients_per_therapist == (7, 7, 6, 6, 6, 6, 6, 6)
    assert (cell.design.a, cell.design.b) == (-0.25, 0.325)
    assert (cell.missing, cell.contamination) == (0.1, 0.1)
    change = cell.design.patient_change_sd * cell.design.therapist_change_sd
    error = np.log1p(cell.design.assay_cv**2)  # variance of a log-normal error
    assert change / (change + 2 * error) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"session": 4}, "a setting is 'session'"),
        ({"b": []}, "empty"),
        ([], "empty"),
        ("b", "give a Design"),
        (4, "give a Design"),
        ({"b": "large"}, "finite numbers"),
        ({"b": [0.2, 2.0]}, "more than all"),
        ({"n_dyads": 3}, "n_dyads is 3, fewer than the 6 therapists"),
        ({"n_dyads": 40.5}, "whole number"),
        ({"n_dyads": "many"}, "n_dyads is 'many'; it must be a whole number"),
        ({"sessions": 99}, "n_sessions is 99; it must be a whole number from 1 to 16"),
        ({"sessions": 2}, "sessions is 2, but a dyad has synchrony from 3 sessions on"),
        ({"patients_per_therapist": 4}, "not valid"),
        ({"reliability": 0}, "reliability is 0"),
        ({"reliability": "high"}, "not valid"),
        ({"therapists": 40}, "therapists is 40; it must be a whole number from 1 to 37"),
        ({"effect": 3}, "more than all"),
        ({"missing": 1.5}, "missing is 1.5"),
        ({"contamination_pattern": "far"}, "contamination_pattern is 'far'"),
        ({"contamination": 0.5}, "contamination is 0.5"),
    ],
)
def test_a_bad_grid_is_named(grid, words):
    with pytest.raises(InputError, match=words):
        power(grid, n_trials=10, rng=1)
