"""Figures of the chapter on the multiverse run on few analyses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

from dyadsync import run_multiverse, specifications
from dyadsync.figures import multiverse as figures
from dyadsync.figures import widths
from dyadsync.scrutiny.multiverse.run import MultiverseResult
from dyadsync.study.load import Study


@pytest.fixture(scope="module")
def result(study: Study) -> MultiverseResult:
    specs = specifications(
        study,
        change=["difference", "log_ratio"],
        below_loq="keep",
        measure="pearson",
        outcome=["slope", "percent"],
        covariates=["none", "age"],
        method=["quasi-bayesian", "HC3"],
    )
    return run_multiverse(study, specs, n_draws=200, rng=1, n_jobs=1)


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("effect", ["acme", "a", "b"])
def test_the_curve_ranks_every_estimate_from_the_claimed_side(
    result: MultiverseResult, effect: str, narrow: bool
) -> None:
    with widths.narrow() if narrow else nullcontext():
        curve, board = figures.specification_curve(result, effect)
    [line] = [line for line in curve.lines if len(line.get_xdata()) == len(result.table)]
    sign = 1 if effect == "b" else -1
    drawn = np.asarray(line.get_ydata())
    assert (np.diff(sign * drawn) <= 0).all()
    np.testing.assert_allclose(np.sort(drawn), np.sort(result.standardised(effect)))
    plt.gcf().canvas.draw()
    assert plt.gcf().get_size_inches()[0] <= (4 if narrow else 8)
    assert f"{len(result.table):,} analyses" in board.get_xlabel()


def test_dense_layers_are_rasterised_and_the_main_analysis_is_named(
    result: MultiverseResult,
) -> None:
    curve, board = figures.specification_curve(result)
    assert all(layer.get_rasterized() for layer in (*curve.collections, *board.collections))
    legend = curve.get_legend()
    assert legend is not None
    assert "main analysis" in [text.get_text() for text in legend.get_texts()]


def test_the_dashboard_has_a_row_an_option_of_choices_that_vary(result: MultiverseResult) -> None:
    _, board = figures.specification_curve(result)
    labels = [text.get_text() for text in board.get_yticklabels()]
    assert {"Change score", "log_ratio", "Fewest sessions", "4", "percent"} <= set(labels)
    assert "Measure" not in labels


def test_bars_show_the_largest_shares(result: MultiverseResult) -> None:
    shares = result.moved_by("acme")
    ax = figures.what_moves_it(shares, most=5)
    widths = sorted(bar.get_width() for bar in ax.patches)
    np.testing.assert_allclose(widths, np.sort(100 * shares["share"].nlargest(5)))
    assert ax.get_xlabel()
