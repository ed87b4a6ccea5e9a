"""Figures of the reviewer's questions: what they show, and what they say where there is nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dyadsync.figures import reviewer as figures
from dyadsync.scrutiny.equivalence import Equivalence
from dyadsync.scrutiny.missing.unseen import TippingPoint
from dyadsync.scrutiny.timing.lags import PREDICTORS, Lags


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_a_tipping_plot_marks_where_the_interval_turns():
    table = pd.DataFrame(
        {
            "shift": [-1.0, 0.0, 1.0],
            "units": [-2.0, 0.0, 2.0],
            "estimate": [0.0, 1.0, 2.0],
            "ci_lower": [-1.0, 1.0, 2.0],
            "ci_upper": [1.0, 3.0, 4.0],
        }
    )
    ax = figures.tipping_plot(TippingPoint(table, "y", 3, 2.0, 30, 0.95), ylabel="effect")
    assert texts(ax) == ["−0.5"]
    assert ax.get_ylabel() == "effect"


def test_where_nothing_could_be_moved_or_matched_the_figure_says_so():
    assert texts(figures.tipping_plot(None, ylabel="")) == [
        "no value is missing that could be moved"
    ]
    assert "too few ratings" in texts(figures.lags_plot(None, ylabel=""))[0]


@pytest.mark.parametrize("told_apart", [None, 0.7, np.nan])
def test_an_equivalence_plot_has_both_intervals_over_the_effects_too_small_to_matter(told_apart):
    found = Equivalence("ACME", 0.5, 0.05, 0.2, -0.1, 0.4, 0.01, False)
    ax = figures.equivalence_plot(found, (-0.2, 0.5), told_apart=told_apart, xlabel="effect")
    drawn = [tuple(line.get_xdata()) for line in ax.lines]
    assert (-0.2, 0.5) in drawn
    assert (-0.1, 0.4) in drawn
    assert ("could have been told from none" in texts(ax)) == (told_apart == 0.7)


def test_a_plot_of_lags_has_a_mark_for_each_predictor_and_lag():
    rows = [
        {"lag": lag, "predictor": name, "estimate": lag, "ci_lower": lag - 1, "ci_upper": lag + 1}
        for lag in (-1, 0, 1)
        for name in PREDICTORS
    ]
    ax = figures.lags_plot(Lags(pd.DataFrame(rows), 0.95), ylabel="points")
    marks = [line for line in ax.lines if line.get_label() in PREDICTORS]
    assert [len(line.get_xdata()) for line in marks] == [3, 3, 3]


def test_a_coverage_plot_shows_every_method_that_was_tried():
    table = pd.DataFrame(
        {
            "mechanism": ["MCAR", "MCAR", "MNAR"],
            "method": ["dropped", "imputed", "imputed"],
            "coverage": [0.94, 0.95, 0.8],
            "coverage_se": 0.01,
        }
    )
    ax = figures.coverage_plot(table)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["dropped", "imputed"]
