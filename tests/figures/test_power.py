"""Figures of the chapter on what a design could find, run on few trials."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

from dyadsync.figures import power as figures
from dyadsync.scrutiny.simulation.power import power


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def rates(**grid: list[int]) -> pd.DataFrame:
    table = power(grid, n_trials=40, n_draws=100, rng=1, n_jobs=1).table
    return table.assign(pattern_known=0.9, pattern_known_se=0.01)


def test_rates_are_drawn_in_per_cent_against_sessions_and_dyads() -> None:
    by_sessions, by_dyads = rates(sessions=[4, 8]), rates(n_dyads=[37, 50])
    sessions, dyads = figures.rates_by_size(by_sessions, by_dyads)
    drawn = [list(bars[0].get_ydata()) for bars in sessions.containers]
    assert list(100 * by_sessions["pattern"]) in drawn
    assert "37 dyads" in sessions.get_xlabel()
    assert "4 sampled sessions" in dyads.get_xlabel()
    assert sessions.get_ylabel()
    assert dyads.get_ylabel()


def test_power_has_a_line_a_number_of_sessions_and_one_for_the_goal() -> None:
    table = rates(sessions=[4, 8, 16], n_dyads=[37, 50])
    ax = figures.power_by_dyads(table, goal=0.7)
    assert len(ax.containers) == 3
    drawn = [list(bars[0].get_ydata()) for bars in ax.containers]
    assert list(100 * table.loc[table["sessions"] == 8, "power"]) in drawn
    assert any(set(line.get_ydata()) == {70.0} for line in ax.lines)
    assert ax.get_xlabel()
    assert ax.get_ylabel()


@pytest.mark.parametrize("any_shown", [True, False])
def test_indirect_effects_count_the_trials_that_show_the_pattern(any_shown: bool) -> None:
    ab = np.array([-1.2, -0.3, 0.1, np.nan])
    shown = np.array([any_shown, False, False, False])
    ax = figures.indirect_effects(ab, shown, truth=-2.0, this_trial=-1.0)
    legend = ax.get_legend()
    assert legend is not None
    words = [text.get_text() for text in legend.get_texts()]
    assert "all 3 trials" in words
    assert f"the {int(any_shown)} with the pattern" in words
    assert "truth (-2.00)" in words
    assert ax.get_xlabel()
    assert ax.get_ylabel()
