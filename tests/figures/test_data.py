"""Figures of the data chapter run on the shipped study and on a very small one."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

from dyadsync.figures import data as figures
from dyadsync.study.load import Study
from dyadsync.study.outcome import symptom_reduction
from dyadsync.study.words import Words

SMALL = pd.DataFrame(
    [
        (1, 2, role, phase, 1.5 + (role == "patient") + 0.5 * (phase == "post"))
        for role in ("patient", "therapist")
        for phase in ("pre", "post")
    ]
    + [(7, 2, "patient", "pre", 4.0)],
    columns=["dyad_id", "session", "role", "phase", "signal"],
)


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def crosses(ax: plt.Axes) -> int:
    return sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() == "x")


def test_sample_map_shows_every_gap_and_names_its_dyad(study: Study) -> None:
    ax = figures.sample_map(study.samples, study.dyads["dyad_id"], study.planned_sessions)
    assert crosses(ax) == 592 - 580  # planned and published, doi:10.1037/ccp0000619
    with_gaps = study.samples["dyad_id"].value_counts().loc[lambda n: n < 16].index
    assert {label.get_text() for label in ax.get_yticklabels()} == set(with_gaps)
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_sample_map_counts_a_dyad_without_samples_as_gaps() -> None:
    ax = figures.sample_map(SMALL, [1, 7, 9], [2])
    assert crosses(ax) == 3 + 4


def test_sample_map_names_no_dyad_when_there_are_too_many_to_read() -> None:
    ax = figures.sample_map(SMALL, range(200), [2, 5])
    assert not ax.get_yticklabels()


def test_concentrations_mark_the_limit_only_if_there_is_one() -> None:
    without = figures.concentrations(SMALL)
    assert not without.lines
    assert not without.texts
    limited = figures.concentrations(SMALL, 2.0)
    assert limited.lines[0].get_xdata()[0] == 2.0
    assert limited.get_xscale() == "log"
    assert "pg/mL" in limited.get_xlabel()
    assert limited.get_ylabel()
    plain = figures.concentrations(SMALL, words=Words(positive=False))  # though all are above 0
    assert plain.get_xscale() == "linear"
    assert "logarithmic" not in plain.get_xlabel()


def test_before_and_after_draws_each_complete_pair_and_the_geometric_mean() -> None:
    patients, therapists = figures.before_and_after(SMALL)
    thin, thick = patients.lines
    np.testing.assert_allclose(thin.get_ydata(), [2.5, 3.0])
    np.testing.assert_allclose(thick.get_ydata(), [2.5, 3.0])  # of one pair: itself
    assert "patient" in patients.get_ylabel()
    assert "therapist" in therapists.get_ylabel()
    assert therapists.get_xlabel()


def test_impairment_has_a_row_for_each_therapist_with_its_dyads(study: Study) -> None:
    ax = figures.impairment_by_therapist(study.dyads)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[-1] == "all: 37"
    assert len(labels) == study.dyads["therapist_id"].nunique() + 1
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_symptom_courses_mark_who_was_last_rated_before_the_end() -> None:
    symptoms = pd.DataFrame(
        {"dyad_id": [1, 1, 7, 7], "time": [0.0, 4.0, 0.0, 2.5], "outcome": [20, 10, 18, 16]}
    )
    courses, counts = figures.symptom_courses(symptoms, 4)
    early = next(line for line in courses.lines if line.get_marker() == "X")
    assert list(zip(early.get_xdata(), early.get_ydata(), strict=True)) == [(2.5, 16)]
    assert courses.get_ylabel()
    assert counts.get_xlabel()
    assert counts.get_ylabel()


@pytest.mark.parametrize("methods", [["slope", "percent"], ["slope", "difference", "percent"]])
def test_reductions_are_compared_in_a_panel_for_each_other_method(
    study: Study, methods: list[str]
) -> None:
    reductions = pd.DataFrame({name: symptom_reduction(study, name) for name in methods})
    panels = figures.reductions_compared(reductions)
    assert len(panels) == len(methods) - 1
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in panels)
    assert len(panels[0].figure.axes) == len(panels)
