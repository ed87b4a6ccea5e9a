"""Figures of the chapter on the simulated trial."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

from dyadsync.figures import trial as figures


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
