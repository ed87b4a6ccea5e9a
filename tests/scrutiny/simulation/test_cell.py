"""Cells of a grid: a design, outliers and losses."""

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.cell import Cell, draw_tables
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.trial_analysis import observed_reduction, observed_synchrony
from dyadsync.scrutiny.simulation.trials import draw_trials


def rng():
    return np.random.default_rng(5)


def test_a_plain_cell_is_the_trials_analysed_as_the_paper_does():
    tables, trials = draw_tables(Cell(Design()), 4, rng()), draw_trials(Design(), 4, rng())
    np.testing.assert_array_equal(tables.x, trials.impairment)
    np.testing.assert_array_equal(tables.m, observed_synchrony(trials.oxytocin))
    np.testing.assert_array_equal(tables.y, observed_reduction(trials.hrsd))
    np.testing.assert_array_equal(tables.with_known_synchrony().m, trials.rho)
    assert set(np.unique(tables.n_sessions)) == {3, 4}


def test_contamination_moves_its_share_of_dyads_against_the_paths():
    plain = draw_tables(Cell(Design()), 50, rng())
    for pattern, column in [("vertical_y", "y"), ("vertical_m", "m")]:
        moved = draw_tables(Cell(Design(), 0.1, pattern), 50, rng())
        changed = getattr(moved, column) != getattr(plain, column)
        assert set(changed.sum(axis=1)) <= {3, 4}  # an r of -1 or 1 may be there already
        np.testing.assert_array_equal(moved.x, plain.x)
    off_in_y = draw_tables(Cell(Design(), 0.1), 50, rng())

    def slope(m, y):
        known = np.isfinite(m)
        return float(np.polyfit(m[known], y[known], 1)[0])

    assert slope(off_in_y.m, off_in_y.y) < slope(plain.m, plain.y)


def test_missing_takes_its_share_and_never_adds_values():
    plain = draw_tables(Cell(Design()), 50, rng())
    lossy = draw_tables(Cell(Design(), missing=0.1), 50, rng())
    # a pair needs four samples: .9^4 = .656 of about 3.9 pairs
    assert lossy.n_sessions.mean() / plain.n_sessions.mean() == pytest.approx(0.656, abs=0.02)
    assert np.isnan(lossy.m[np.isnan(plain.m)]).all()


def test_signs_are_those_planted_and_the_papers_where_nothing_is():
    assert Cell(Design(a=0.3, b=-0.2)).signs == (1.0, -1.0)
    assert Cell(Design(a=0.0, b=0.0)).signs == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"contamination": 0.5}, "contamination is 0.5"),
        ({"missing": -0.1}, "missing is -0.1"),
        ({"contamination_pattern": "sideways"}, "contamination_pattern is 'sideways'"),
    ],
)
def test_what_cannot_befall_a_cell_is_named(settings, words):
    with pytest.raises(InputError, match=words):
        Cell(Design(), **settings)
