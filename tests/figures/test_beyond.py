"""The figure of the chapter on many cores."""

from __future__ import annotations

import pandas as pd
import pytest

from dyadsync.figures.beyond import cost_plot


def test_each_method_has_its_two_costs_in_a_row_of_its_own():
    times = pd.DataFrame(
        {"seconds_one": [0.2, 60.0], "seconds_mediate": [3.0, 67.0]}, index=["quick", "slow"]
    )
    ax = cost_plot(times)
    slow, quick = ax.lines
    assert slow.get_xdata() == pytest.approx([3.0, 67.0])
    assert quick.get_xdata() == pytest.approx([0.2, 60.0])
    assert list(quick.get_ydata()) == [1, 0]  # the first row on top
    assert [label.get_text() for label in ax.get_yticklabels()] == ["quick", "slow"]
    assert ax.get_xscale() == "log"
