"""Figures of the chapter on the simulated trial run on few trials."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

from dyadsync.figures import trial as figures
from dyadsync.simulation.power import power


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def test_true_and_observed_draws_a_dot_a_dyad_and_labels_its_axes() -> None:
    ax = figures.true_and_observed([0.1, -0.4, 0.9], [0.3, np.nan, 1.0])
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    assert len(dots.get_xdata()) == 3
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_rates_are_drawn_in_per_cent_against_sessions_and_dyads() -> None:
    by_sessions = power({"n_sessions": [4, 8]}, n_trials=40, rng=1)
    by_dyads = power({"n_dyads": [37, 50]}, n_trials=40, rng=1)
    sessions, dyads = figures.rates_by_size(by_sessions, by_dyads)
    drawn = [list(bars[0].get_ydata()) for bars in sessions.containers]
    assert list(100 * by_sessions["pattern"]) in drawn
    assert "37 dyads" in sessions.get_xlabel()
    assert "4 sampled sessions" in dyads.get_xlabel()
    assert sessions.get_ylabel()
    assert dyads.get_ylabel()


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
