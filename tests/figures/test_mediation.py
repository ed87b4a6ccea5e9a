"""The mediation chapter's figures show what they are given."""

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from dyadsync.figures import mediation as figures
from dyadsync.mediation.confounding import sensitivity
from dyadsync.mediation.mediate import mediate
from tests.reference_tables import dyads

WORDS = {"x": "impairment", "m": "synchrony", "y": "relief"}


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_diagram_has_a_box_for_each_variable_and_its_estimates():
    ax = figures.path_diagram(WORDS, labels={"a": "a = 0.5"})
    assert {"impairment", "synchrony", "relief", "a = 0.5", "path b"} <= set(texts(ax))


def test_confounder_has_dashed_arrows_to_mediator_and_outcome():
    plain = figures.path_diagram(WORDS)
    confounded = figures.path_diagram(WORDS, confounder="U")

    def dashed(ax):
        arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
        return sum(arrow.get_linestyle() == "--" for arrow in arrows)

    assert "U" in texts(confounded)
    assert (dashed(plain), dashed(confounded)) == (0, 2)


def test_no_box_covers_another():
    ax = figures.path_diagram(WORDS, confounder="Unmeasured\ncause (U)")
    ax.figure.canvas.draw()
    boxes = [t.get_bbox_patch().get_window_extent() for t in ax.texts if t.get_bbox_patch()]
    assert len(boxes) == 4
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


@pytest.mark.parametrize("estimate", [(-0.3, 4.0), (0.3, 4.0), (-0.3, -4.0), (0.3, -4.0)])
def test_dashed_curve_joins_the_pairs_with_the_estimates_product(estimate):
    rng = np.random.default_rng(0)
    a, b = rng.normal(estimate[0], 0.1, 3000), rng.normal(estimate[1], 1.5, 3000)
    ax = figures.coefficient_draws_plot(a, b, estimate)
    (curve,) = (line for line in ax.lines if line.get_label().startswith("a · b"))
    x, y = curve.get_data()
    assert len(x) > 10
    assert x * y == pytest.approx(estimate[0] * estimate[1])
    assert (x * estimate[0] > 0).all()


def test_both_axes_are_in_sight_of_the_draws():
    a, b = np.full(100, -0.1), np.linspace(-1, 5, 100)
    ax = figures.coefficient_draws_plot(a, b, (-0.1, 2.0))
    assert ax.get_xlim()[0] < 0 < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < 0 < ax.get_ylim()[1]


def test_histogram_holds_every_draw_and_the_interval():
    draws = np.random.default_rng(1).normal(size=5000)
    ax = figures.indirect_histogram(draws, 0.1, (-1.9, 2.1))
    assert sum(bar.get_height() for bar in ax.patches) == 5000
    assert any(np.array_equal(line.get_xdata(), [-1.9, 2.1]) for line in ax.lines)


def test_effects_plot_leaves_out_the_proportion():
    ax = figures.effects_plot(mediate(dyads(37), "x", "m", "y", n_draws=200, rng=1))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ACME", "ADE", "Total effect"]


def test_interaction_plot_shows_every_dyad_once():
    ax = figures.interaction_plot(dyads(37), "x", "m", "y")
    points = [line for line in ax.lines if line.get_marker() in ("o", "^")]
    assert sum(len(line.get_xdata()) for line in points) == 37


def test_interaction_plot_bears_a_mediator_that_does_not_vary_in_one_half():
    data = dyads(37)
    data.loc[data["x"] > data["x"].median(), "m"] = 1.0
    ax = figures.interaction_plot(data, "x", "m", "y")
    assert len(ax.lines) == 3


def test_sensitivity_plot_marks_where_the_effect_is_zero_and_each_covariate():
    result = sensitivity(dyads(120), "x", "m", "y", covariates=["c"])
    ax = figures.sensitivity_plot(result)
    assert f"zero at ρ = {result.rho_at_zero:.2f}" in texts(ax)
    triangles = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "^"]
    assert sorted(triangles) == pytest.approx(
        [-result.benchmarks.loc["c", "rho"], result.benchmarks.loc["c", "rho"]]
    )
