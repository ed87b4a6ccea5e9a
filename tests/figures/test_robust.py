"""The figures of the robust chapter show what they are given."""

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from dyadsync.figures.robust import (
    Labels,
    contamination_plot,
    correlation_table,
    coverage_table,
    influence_plot,
    left_out_plot,
    moved_plot,
    walk_plot,
    weights_plot,
)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def points(ax, marker):
    return [
        (x, y)
        for line in ax.lines
        if line.get_marker() == marker
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_moved_dyads_are_shown_where_they_were_and_where_they_went():
    before = pd.DataFrame({"m": [0.0, 1.0, 2.0], "y": [0.0, 1.0, 2.0]})
    after = before.assign(y=[0.0, 1.0, -9.0], moved=[False, False, True])
    ax = moved_plot(before, after, "m", "y", {"line": (1.0, 2.0)}, ("synchrony", "reduction"))
    assert points(ax, "X") == [(2.0, -9.0)]
    assert len(points(ax, "o")) == 3
    assert "line" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert ax.get_ylabel() == "reduction"


def test_a_walk_has_a_panel_for_each_method_and_start_and_fills_points_away_from_zero():
    walk = pd.DataFrame(
        {
            "n_moved": [0, 1, 0, 1],
            "method": ["one", "one", "two", "two"],
            "estimate": [2.0, 0.5, 1.0, 1.0],
            "ci_lower": [1.0, -1.0, -1.0, -1.0],
            "ci_upper": [3.0, 2.0, 2.0, 2.0],
        }
    )
    figure = walk_plot({"found": walk, "nothing": walk}, ylabel="ACME")
    assert len(figure.axes) == 4
    filled = [
        (x, y)
        for line in figure.axes[0].lines
        if line.get_marker() == "o" and line.get_markerfacecolor() != "white"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]
    assert filled == [(0, 2.0)]
    assert texts(figure.axes[2]) == ["two"]


def test_only_low_weights_carry_names_and_no_more_than_asked():
    weights = pd.DataFrame({"m": [1.0, 0.1, 0.3, 0.2], "y": [1.0, 0.9, 0.9, np.nan]})
    weights.index = ["D1", "D2", "D3", "D4"]
    upper, lower = weights_plot(weights, {"m": "model of m"}, labelled=2).axes
    assert texts(upper) == ["D2", "D4"]
    assert texts(lower) == []
    assert sorted(y for _, y in points(upper, "D")) == [0.1, 0.2, 0.3]
    assert upper.get_title(loc="left") == "model of m" or upper.get_title() == "model of m"


def influences():
    return pd.DataFrame(
        {
            "unit": ["D1", "D2", "D1", "D2"],
            "n_rows": [1, 1, 1, 1],
            "path": ["a", "a", "ab", "ab"],
            "estimate": [1.0, 1.0, 2.0, 2.0],
            "without": [0.9, 1.0, 1.0, 2.5],
            "standardised": [0.1, 0.0, 3.0, -0.5],
            "influential": [False, False, True, False],
        }
    )


def test_influential_dyads_carry_their_names():
    a, ab = influence_plot(influences(), names={"ab": "indirect"}).axes
    assert texts(a) == []
    assert texts(ab) == ["D1"]
    assert points(ab, "D") == [(0, 3.0)]


def test_leaving_out_shows_the_estimate_without_each_unit():
    ax = left_out_plot(influences())
    assert [x for x, _ in points(ax, "o")] == [1.0, 2.5]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["D1 (n = 1)", "D2 (n = 1)"]
    assert "without this dyad" in [text.get_text() for text in ax.get_legend().get_texts()]
    ax = left_out_plot(influences().assign(n_rows=[3, 1, 3, 1]))
    assert "without this therapist" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_study_has_a_row_of_panels_a_pattern_with_a_point_a_method():
    table = pd.DataFrame(
        {
            "pattern": ["vertical_m", "vertical_m", "none", "none"],
            "method": ["robust", "median", "robust", "median"],
            "bias": [0.0, -0.3, 0.1, 0.2],
            "bias_se": 0.01,
            "coverage": [0.95, 0.4, 0.9, 0.8],
            "coverage_se": 0.01,
        }
    )
    figure = contamination_plot(table.set_index(["pattern", "method"]))
    assert len(figure.axes) == 4
    shown = [x for ax in figure.axes[1::2] for marker in "os" for x, _ in points(ax, marker)]
    assert sorted(shown) == pytest.approx([0.4, 0.8, 0.9, 0.95])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "MM-regression",
        "median regression",
    ]
    titles = [ax.get_title(loc="left") or ax.get_title() for ax in figure.axes[::2]]
    assert titles == ["no outliers", "outliers in M"]


def test_a_coefficient_that_pingouin_has_not_leaves_a_blank():
    correlations = pd.DataFrame(
        {
            "r": [0.5, -0.126],
            "pingouin": [0.5, np.nan],
            "ci_lower": [0.1, -0.4],
            "ci_upper": [0.8, 0.2],
            "n": [37, 34],
            "verdict": ["contradicted", "inconclusive"],
        },
        index=["pearson", "skipped"],
    )
    table = correlation_table(correlations)
    assert table["r by pingouin"].tolist() == ["0.50", ""]
    assert table.loc["skipped"].tolist() == ["-0.13", "", "-0.40", "0.20", 34, "inconclusive"]


def test_the_coverage_of_a_study_has_a_row_a_cell_and_a_column_a_method():
    study = pd.DataFrame(
        {
            "n_dyads": [37, 37, 100],
            "share": [0.0, 0.0, 0.1],
            "pattern": ["none", "none", "vertical_y"],
            "method": ["robust", "huber", "robust"],
            "coverage": [0.94, 0.907, 0.8],
        }
    )
    table = coverage_table(study)
    assert table.columns.tolist() == ["MM-regression", "Huber covariance"]
    assert table.loc[(37, 0.0, "no outliers")].tolist() == ["0.94", "0.91"]
    assert table.loc[(100, 0.1, "outliers in Y"), "MM-regression"] == "0.80"


def test_axes_name_the_mediators_scale_and_the_outcomes_unit():
    points_of, percent_of = Labels("synchrony", "mixed"), Labels("z", "percent")
    assert (points_of.m, points_of.y) == ("synchrony", "symptom reduction (points)")
    assert (percent_of.m, percent_of.unit) == ("synchrony (Fisher z)", "percent")
    assert percent_of.acme == "ACME (percent of symptom reduction)"
    assert points_of.acme_per_x.startswith("ACME: points of symptom reduction\nper unit")
