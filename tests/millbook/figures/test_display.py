"""What a notebook keeps of a figure: its width and its data."""

from io import StringIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from millbook.figures.display import as_svg, extras
from millbook.figures.drawn import drawn_data


def test_a_figure_says_its_data_and_how_wide_it_is():
    figure, ax = plt.subplots()
    ax.plot([1, 2], [3, 4], label="line")
    assert set(extras(figure)) == {"data", "width"}


def _a_figure(layout):
    figure, axes = plt.subplots(1, 2, layout=layout)
    axes[0].plot([1, 2], [30_000, 4], label="a line")
    axes[0].set(title="a title", ylabel="an axis", aspect=0.0001)
    axes[0].legend()
    axes[1].imshow(np.eye(3))
    return figure


@pytest.mark.parametrize("layout", ["constrained", "tight", None])
def test_a_figure_is_written_as_matplotlib_does_but_drawn_once(layout, monkeypatch):
    drawn = []
    draw = Axes.draw
    monkeypatch.setattr(Axes, "draw", lambda *args: drawn.append(draw(*args)))
    with plt.rc_context({"svg.hashsalt": "one"}):
        made = as_svg(_a_figure(layout))
        assert len(drawn) == 2  # panels
        expected = StringIO()
        tight = {"bbox_inches": "tight", "metadata": {"Date": None}}
        _a_figure(layout).savefig(expected, format="svg", **tight)
    assert made == expected.getvalue()


def test_an_empty_figure_is_not_written():
    assert as_svg(plt.figure()) is None


def test_the_data_of_a_figure_are_what_was_drawn():
    _, ax = plt.subplots()
    ax.errorbar([-1.0, 2.0], [0, 1], xerr=[[1, 3], [0.5, 1]], fmt="o")
    ax.set_yticks([0, 1], ["first", "second"])
    data = drawn_data(ax.figure)
    points = data[data["kind"] == "points"]
    assert points["x"].tolist() == [-1.0, 2.0]
    assert points["y_label"].tolist() == ["first", "second"]
    line = data[(data["kind"] == "segments") & (data["y_label"] == "second")]
    assert sorted(line["x"]) == [-1, 3]


def test_the_data_tell_panels_bands_and_bars_apart():
    figure, (above, below) = plt.subplots(2)
    above.set_title("above", loc="left")
    above.fill_between([0, 1], [0, 0], [1, 2], label="interval")
    below.bar([1, 2], [5, 6])
    below.scatter([1], [7], label="patients")
    data = drawn_data(figure)
    assert set(data.loc[data["panel"] == "above", "kind"]) == {"band"}
    bars = data[data["kind"] == "bars"]
    assert bars[["x", "y"]].to_numpy().tolist() == [[1, 5], [2, 6]]
    assert data.loc[data["series"] == "patients", "y"].tolist() == [7]


def test_the_data_of_shaded_cells_are_their_values():
    figure, ax = plt.subplots()
    ax.imshow(np.array([[0.5, np.nan], [0.25, 1.0]]))
    data = drawn_data(figure)
    assert data[["x", "y", "value"]].to_numpy().tolist() == [[0, 0, 0.5], [0, 1, 0.25], [1, 1, 1.0]]


def test_an_error_that_is_not_a_number_has_no_ends():
    figure, ax = plt.subplots()
    ax.errorbar([1.0], [2.0], xerr=[np.nan], fmt="D")
    data = drawn_data(figure)
    assert set(data["kind"]) == {"points"}
    assert data[["x", "y"]].to_numpy().tolist() == [[1, 2]]


def test_a_diagram_has_no_data():
    figure, ax = plt.subplots()
    ax.axis("off")
    assert set(extras(figure)) == {"width"}
