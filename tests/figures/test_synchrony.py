"""The synchrony chapter's figures show what they are given."""

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from dyadsync.figures import synchrony as figures
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.pooled import pooled_synchrony


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def changes(study):
    return session_changes(study)


@pytest.fixture(scope="module")
def awkward():
    """Four dyads: three sessions with a hostile name, one flat, one with two sessions, one full."""
    rows = [
        ("</script><b>", [4, 8, 12], [1.0, 2.0, 0.0], [0.5, 1.0, 0.6]),
        ("flat", [4, 8, 12, 16], [1.0, 1.0, 1.0, 1.0], [0.5, 1.0, 0.6, 0.1]),
        ("short", [4, 8], [1.0, 2.0], [0.5, 1.0]),
        ("full", [4, 8, 12, 16], [1.0, 2.0, 0.0, 1.0], [0.5, 1.0, 0.5, 0.0]),
    ]
    return pd.concat(
        pd.DataFrame({"dyad_id": dyad, "session": s, "patient": p, "therapist": t})
        for dyad, s, p, t in rows
    )


# Figures ---------------------------------------------------------------------------------------


def test_areas_of_the_rectangles_add_up_to_the_covariance():
    pairs = pd.DataFrame(
        {"session": [4, 8, 12], "patient": [1.0, 2.0, 0.0], "therapist": [0.5, 1.0, 0.6]}
    )
    ax = figures.pairs_plot(pairs, "pg/mL")
    areas = [box.get_width() * box.get_height() for box in ax.patches]
    assert sum(areas) == pytest.approx(2 * pairs["patient"].cov(pairs["therapist"]))
    assert {text.get_text() for text in ax.texts} == {"4", "8", "12"}
    assert ax.get_xlabel() == "therapist's change (pg/mL)"


def test_hatched_rectangles_are_those_that_count_against_synchrony():
    pairs = pd.DataFrame({"session": [1, 2, 3], "patient": [0, 1, 2], "therapist": [0.0, -1, 4]})
    ax = figures.pairs_plot(pairs)
    against = [box.get_width() * box.get_height() < 0 for box in ax.patches]
    assert [box.get_hatch() is not None for box in ax.patches] == against


def test_every_usable_dyad_is_a_dot_and_the_others_are_not(awkward):
    ax = figures.dyads_plot(dyad_synchrony(awkward))
    dots = np.concatenate([line.get_xdata() for line in ax.lines if line.get_marker() in "oD"])
    assert len(dots) == 2
    assert [label.get_text() for label in ax.get_yticklabels()] == ["full", "</script><b>"]


def test_dyads_plot_bears_a_study_without_any_synchrony(awkward):
    ax = figures.dyads_plot(dyad_synchrony(awkward[awkward["dyad_id"] == "short"]))
    assert ax.get_legend() is None


def test_agreement_shows_each_pair_of_versions_once():
    values = pd.DataFrame({"a": [1.0, 2, 3, 5], "b_c": [2.0, 1, 4, 3], "d": [0.0, 1, 0, 1]})
    ax = figures.agreement_plot(values)
    numbers = sorted(float(text.get_text().replace("−", "-")) for text in ax.texts)
    r = values.corr()
    expected = sorted(round(v, 2) for v in (r.loc["a", "b_c"], r.loc["a", "d"], r.loc["b_c", "d"]))
    assert numbers == expected


def test_a_version_without_values_is_said_to_have_no_agreement():
    values = pd.DataFrame({"a": [1.0, 2, 3], "b": [np.nan] * 3})
    assert [text.get_text() for text in figures.agreement_plot(values).texts] == ["–"]


def test_a_line_follows_each_dyad_through_the_versions():
    values = pd.DataFrame({"a": [0.1, 0.5], "b": [0.2, np.nan]}, index=["D1", "D2"])
    ax = figures.versions_plot(values, chosen="a")
    lines = [line.get_xdata() for line in ax.lines if line.get_marker() == "o"]
    assert np.array_equal(lines, values.to_numpy(), equal_nan=True)
    assert lines[0][0] != lines[1][0]


def test_tables_of_synchrony_have_words_for_columns_and_leave_out_the_measure(awkward):
    table = figures.synchrony_table(dyad_synchrony(awkward))
    assert table.columns.tolist() == [
        "dyad", "pairs", "synchrony (r)", "Fisher z", "variance of z by chance", "why none"
    ]  # fmt: skip
    assert table["synchrony (r)"].iloc[-1] == 0.5


@pytest.fixture(scope="module")
def pooled(changes, study):
    return pd.concat(
        pooled_synchrony(changes, method, therapists=study.dyads, n_resamples=100, rng=1)
        for method in ("rm_corr", "mixed")
    )


def test_pooled_synchrony_is_named_by_method_and_interval(pooled):
    table = figures.pooled_table(pooled)
    assert table["method"].unique().tolist() == ["repeated-measures r", "average slope"]
    assert table.columns.tolist() == [
        "method",
        "interval",
        "estimate",
        "from",
        "to",
        "p",
        "clusters",
    ]
    ax = figures.pooled_plot(pooled)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[:2] == ["repeated-measures r, model", "repeated-measures r, bootstrap over dyads"]
    assert len(labels) == 6


def test_names_in_words_have_no_underscores():
    table = figures.in_words(pd.DataFrame({"log_ratio": [1]}, index=["percentage_bend"]))
    assert (table.index[0], table.columns[0]) == ("percentage bend", "log ratio")
