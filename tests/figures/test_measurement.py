"""The figures on how well synchrony is measured show what they are given."""

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from benchmarks.surrogate_size import null_changes
from dyadsync.figures import measurement as figures
from dyadsync.scrutiny.measurement.reliability import reliability
from dyadsync.scrutiny.measurement.surrogates import surrogate_test
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyads import dyad_synchrony


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def synchrony(study):
    return dyad_synchrony(session_changes(study, "log_ratio"))


@pytest.fixture(scope="module")
def result(synchrony):
    return reliability(synchrony)


def labelled(ax, label):
    (line,) = (line for line in ax.lines if line.get_label() == label)
    return line


def test_density_is_flat_at_four_pairs_and_every_curve_integrates_to_one():
    ax = figures.null_density_plot((4, 8, 16))
    assert labelled(ax, "4 pairs").get_ydata() == pytest.approx(0.5)
    for n in (8, 16):
        x, y = labelled(ax, f"{n} pairs").get_data()
        assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-3)


def test_lineup_has_a_dot_a_dyad_and_leaves_out_the_missing():
    ax = figures.lineup_plot([0.1, np.nan, 0.5], [np.array([0.2, -0.9])])
    dots = [line.get_xdata() for line in ax.lines if line.get_marker() == "o"]
    assert [list(dot) for dot in dots] == [[0.1, 0.5], [-0.9, 0.2]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["observed", "noise 1"]


def test_surrogates_are_all_shown_and_the_observed_value_is_a_line():
    changes, therapists = null_changes((3, 3), rng=1)
    test = surrogate_test(changes, therapists=therapists, n_surrogates=200, rng=1)
    (ax,) = figures.surrogate_plot({"any": test})
    assert sum(bar.get_height() for bar in ax.patches) == test.surrogates.size
    assert set(ax.lines[0].get_xdata()) == {test.observed}
    assert ax.get_title("left") == f"any: p = {test.p_value:.3f}"


def test_a_test_that_cannot_be_made_says_why():
    changes, _ = null_changes((1,), rng=1)
    (ax,) = figures.surrogate_plot({"any": surrogate_test(changes, rng=1)})
    assert ax.get_title("left") == "any: one dyad only: there is no other therapist series"


def test_size_is_drawn_for_every_test_and_setting():
    table = pd.DataFrame(
        {
            "setting": ["x", "x", "y", "y"],
            "test": ["one", "two"] * 2,
            "size": [0.05, 0.06, 0.1, 0.4],
            "mc_se": 0.01,
            "level": 0.05,
        }
    )
    ax = figures.size_plot(table)
    drawn = sorted(x for line in ax.lines if line.get_marker() in "o^" for x in line.get_xdata())
    assert drawn == [0.05, 0.06, 0.1, 0.4]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]


def test_true_values_are_drawn_as_deconvolved(result, synchrony):
    ax = figures.true_synchrony_plot(result, synchrony["synchrony"])
    x, y = labelled(ax, "true ρ, normal model").get_data()
    assert np.trapezoid(y, x) == pytest.approx(1, abs=0.01)
    bars = sum(bar.get_height() * bar.get_width() for bar in ax.patches)
    assert bars == pytest.approx(1)


def test_no_spread_is_drawn_as_one_line():
    changes, _ = null_changes((9, 8), sessions=range(8), rng=5)
    table = dyad_synchrony(changes)
    result = reliability(table)
    assert result.sd_z == 0  # this sample of noise has less spread than noise has on average
    ax = figures.true_synchrony_plot(result, table["synchrony"])
    assert set(labelled(ax, "true ρ, normal model").get_xdata()) == {np.tanh(result.mean_z)}


def test_reliability_and_attenuation_are_those_of_the_table(result):
    ax = figures.reliability_plot(result)
    assert np.array_equal(labelled(ax, "estimate").get_ydata(), result.table["reliability"])
    assert set(ax.get_xticks()) == set(ax.get_xticks().round())  # there is no half session
    ax = figures.attenuation_plot(result)
    assert np.array_equal(labelled(ax, "path b").get_ydata(), result.table["attenuation_b"])
    assert set(ax.get_xticks()) == set(ax.get_xticks().round())


def test_figures_bear_a_study_without_an_estimate():
    none = reliability(dyad_synchrony(null_changes((2,), rng=1)[0]))
    for ax in (figures.reliability_plot(none), figures.attenuation_plot(none)):
        assert ax.get_legend() is None
    assert figures.true_synchrony_plot(none, [0.1, 0.2]).has_data()


def test_assay_noise_is_drawn_in_per_cent():
    ax = figures.assay_noise_plot(pd.DataFrame({"left": [1.0, 0.9]}, index=[0.0, 0.07]))
    assert ax.lines[0].get_xdata() == pytest.approx([0.0, 7.0])


def test_coverage_is_laid_out_by_design_and_method():
    one = {"n_dyads": 37, "n_pairs": 4, "tau": 0.35, "sigma": 1.0, "true_effect": -0.0}
    trials = pd.DataFrame(
        [
            {**one, "method": "naive", "median_estimate": -0.1, "coverage": 0.2},
            {**one, "method": "Fuller", "median_estimate": -0.4, "coverage": 0.9},
            {**one, "method": "latent", "median_estimate": -0.5, "coverage": 0.7},
        ]
    )
    table = figures.coverage_table(trials)
    assert table.loc[37, 4, 0.35, 1.0, 0.0].to_dict() == {
        "median, naive": -0.1,
        "median, latent": -0.5,
        "coverage, naive": 0.2,
        "coverage, latent": 0.7,
    }
    assert not np.signbit(table.reset_index()["true effect"]).any()


def test_coverage_keeps_the_order_of_the_trials():
    trials = pd.DataFrame(
        {
            "n_dyads": [200, 200, 37, 37],
            "n_pairs": 4,
            "tau": 0.35,
            "sigma": 1.0,
            "true_effect": -0.5,
            "method": ["latent", "naive"] * 2,
            "median_estimate": 0.0,
            "coverage": [0.9, 0.1, 0.8, 0.2],
        }
    )
    table = figures.coverage_table(trials.iloc[[1, 2, 3, 0]])
    assert table.index.get_level_values("dyads").tolist() == [200, 37]
    assert table["coverage, latent"].tolist() == [0.9, 0.8]
