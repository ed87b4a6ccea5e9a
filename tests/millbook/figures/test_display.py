"""What a notebook keeps of a figure: two widths and the data."""

from __future__ import annotations

import re
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from dyadsync.figures.style import forest_plot, new_axes, use_style
from millbook.figures.display import as_svg, extras
from millbook.figures.drawn import drawn_data
from millbook.figures.widths import is_narrow, narrow, two_widths


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def estimates() -> pd.DataFrame:
    values = {"estimate": [-1.0, 2.0], "ci_lower": [-2.0, -1.0], "ci_upper": [-0.5, 3.0]}
    return pd.DataFrame(values, index=["first", "second"])


def width(svg: str) -> float:
    found = re.search(r'<svg [^>]*\bwidth="([\d.]+)pt"', svg)
    assert found
    return float(found[1]) * 4 / 3


def text_sizes(svg: str) -> list[float]:
    return [float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)]


def test_a_figure_is_kept_once_more_as_wide_as_a_phone_with_text_of_11_pixels(estimates):
    use_style()
    wide = forest_plot(estimates).figure
    kept = extras(wide)
    assert width(as_svg(wide)) > 500
    assert width(kept["narrow"]) <= 360
    # matplotlib's px in SVG are points of the drawing: 72 an inch, where a page has 96
    assert min(text_sizes(kept["narrow"])) * 4 / 3 >= 11
    assert plt.get_fignums() == [wide.number]


def test_a_figure_drawn_by_hand_has_data_but_no_narrow_drawing():
    figure, ax = plt.subplots()
    ax.plot([1, 2], [3, 4], label="line")
    assert set(extras(figure)) == {"data", "width"}


def test_axes_that_were_given_are_not_drawn_again(estimates):
    figure, ax = plt.subplots()
    forest_plot(estimates, ax=ax)
    assert "narrow" not in extras(figure)


def test_who_draws_can_ask_for_which_width():
    asked = []

    @two_widths
    def draw() -> None:
        asked.append(is_narrow())
        new_axes(None, (8, 3))

    draw()
    extras(plt.gcf())
    assert asked == [False, True]
    assert not is_narrow()
    with narrow():
        assert new_axes(None, (8, 3)).figure.get_size_inches()[0] < 4


def test_long_names_leave_room_for_the_intervals_on_a_phone(estimates):
    use_style()
    estimates.index = ["a name that would take more than half of the screen", "short"]
    with narrow():
        ax = forest_plot(estimates)
        ax.figure.canvas.draw()
    assert ax.get_position().width > 0.8
    assert [text.get_text() for text in ax.texts] == list(estimates.index)


def test_the_same_figure_gives_the_same_bytes(estimates):
    use_style()
    assert as_svg(forest_plot(estimates).figure) == as_svg(forest_plot(estimates).figure)


def test_the_data_of_a_figure_are_what_was_drawn(estimates):
    data = drawn_data(forest_plot(estimates).figure)
    points = data[data["kind"] == "points"]
    np.testing.assert_array_equal(points["x"], estimates["estimate"])
    assert list(points["y_label"]) == ["first", "second"]
    line = data[(data["kind"] == "line") & (data["y_label"] == "second")]
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
