"""The validation chapter's figures show what they are given."""

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from dyadsync.figures.validation import agreement_plot, coverage_plot


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_every_number_is_a_dot_and_a_wrong_one_a_cross_beyond_the_line():
    table = pd.DataFrame(
        {
            "software": ["R one", "R one", "R two", "R two"],
            "share": [0.1, 0.0, 0.2, 3.0],
            "ok": [True, True, True, False],
        }
    )
    ax = agreement_plot(table)
    dots = [x for line in ax.lines if line.get_marker() == "o" for x in line.get_xdata()]
    crosses = [x for line in ax.lines if line.get_marker() == "X" for x in line.get_xdata()]
    assert sorted(dots) == pytest.approx([1e-4, 0.1, 0.2])
    assert crosses == pytest.approx([3.0])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["R one (2)", "R two (2)"]


def test_coverage_has_a_point_for_each_method_and_pair_of_paths():
    table = pd.DataFrame(
        {
            "a": [0.0, 0.0, 0.4],
            "b": [0.0, 0.0, 0.4],
            "method": ["one", "two", "one"],
            "coverage": [0.99, 0.98, 0.95],
            "mc_se": [0.001, 0.001, 0.002],
        }
    )
    ax = coverage_plot(table)
    points = [x for line in ax.lines if line.get_marker() in ("o", "s") for x in line.get_xdata()]
    assert sorted(points) == pytest.approx([0.95, 0.98, 0.99])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a = 0, b = 0", "a = 0.4, b = 0.4"]
