"""The study in memory: a data package is checked and loaded.

A data package is a folder with ``datapackage.json`` and three tables: samples (one row per
sample of a person in a session), dyads (one row per dyad) and ratings (one row per rating).
`dyadsync.study.roles` says which column is what; Frictionless does the validating, and
`dyadsync.study.schema` says what is required.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.study.description import (
    read_descriptor,
    resource_to_check,
    settings_problems,
    words_problems,
)
from dyadsync.study.problems import DataError, Problem, problem_at
from dyadsync.study.roles import COLUMNS, Layout, find_layout
from dyadsync.study.rows import read_tables
from dyadsync.study.words import Words, words_of

DEFAULT_PLANNED_WEEKS = 16.0


@dataclass(frozen=True, eq=False)
class Study:
    """A study in memory, under the names that every analysis uses, whatever the package's own.

    Attributes
    ----------
    samples : DataFrame
        One row per sample: ``dyad_id session role phase signal``, the role ``patient`` or
        ``therapist`` (the first and the second person), the phase ``pre`` or ``post`` (no such
        column in a study of levels), and ``session_time`` where the package has it; samples
        without a value are left out.
    dyads : DataFrame
        One row per dyad: ``dyad_id therapist_id arm age gender social_impairment`` and the study's
        own columns. A cause of which less is worse has its sign turned; it is NaN in a study that
        has none. In a study without therapists every dyad has one of its own.
    symptoms : DataFrame
        One row per rating: ``dyad_id time outcome``; ratings without a value are left out. Empty if
        the study has no outcome.
    descriptor : dict
        The contents of ``datapackage.json``.
    """

    samples: pd.DataFrame
    dyads: pd.DataFrame
    symptoms: pd.DataFrame
    descriptor: dict[str, Any]

    @cached_property
    def layout(self) -> Layout:
        """Tables and columns of the data package by role."""
        return find_layout(self.descriptor)[0]

    @cached_property
    def words(self) -> Words:
        """What the study calls what it measured."""
        return words_of(self.layout)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables ``samples dyads symptoms`` with the names and values of the data package."""
        frames = {"samples": self.samples, "dyads": self.dyads, "symptoms": self.symptoms}
        return {
            table: self.layout.to_package(table, frame)
            for table, frame in frames.items()
            if table in self.layout.columns
        }

    @property
    def simulated(self) -> bool:
        """Whether the data come from `simulate_study`: the descriptor has design and seed."""
        entry = self.descriptor.get("dyadsync:simulation")
        return isinstance(entry, Mapping) and "design" in entry and "seed" in entry

    @property
    def has_phases(self) -> bool:
        """Whether each person was sampled before and after a session."""
        return "phase" in self.samples

    @property
    def has_therapists(self) -> bool:
        """Whether it is known which dyads share a therapist."""
        return "therapist_id" in self.layout.columns.get("dyads", {})

    @property
    def has_outcome(self) -> bool:
        """Whether an outcome was rated."""
        return "symptoms" in self.layout.columns

    @property
    def positive_signal(self) -> bool:
        """Whether the package says that the signal is above 0, as a concentration is."""
        return self.layout.positive_signal

    @property
    def higher_is_better(self) -> bool:
        """Whether the outcome improves as it rises."""
        return self.layout.field("symptoms", "outcome").get("dyadsync:better") == "higher"

    @property
    def limit_of_quantification(self) -> float | None:
        """Value of the signal below which it is uncertain; None if not given."""
        limit = self.layout.field("samples", "signal").get("limitOfQuantification")
        return None if limit is None else float(limit)

    @property
    def has_cause(self) -> bool:
        """Whether the study has a supposed cause; a package says that it has none."""
        return "social_impairment" in self.layout.columns.get("dyads", {})

    @cached_property
    def planned_span(self) -> tuple[float, float]:
        """First and last planned time of ratings, in their unit, wherever its origin is.

        ``dyadsync:planned_time`` of the package gives both, or as ``dyadsync:planned_weeks`` the
        length. If neither is given, the ratings' times do. Without roles the first is week 0,
        and the length 16 weeks by default.
        """
        times = self.symptoms["time"]
        if not self.layout.declared or times.empty:
            first, length = 0.0, DEFAULT_PLANNED_WEEKS
        else:
            first, length = float(times.min()), float(times.max() - times.min())
        for entry in ("dyadsync:planned_weeks", "dyadsync:planned_time"):
            declared = self.descriptor.get(entry)
            if isinstance(declared, list):
                return float(declared[0]), float(declared[1])
            if declared is not None:
                return first, first + float(declared)
        return first, first + length

    @property
    def planned_weeks(self) -> float:
        """Planned length in the unit of the ratings' time: from the first planned to the last."""
        first, last = self.planned_span
        return last - first

    @property
    def session_times(self) -> pd.Series | None:
        """When each session was, in the unit of the ratings' time; None if the study does not say.

        Indexed by ``dyad_id`` and ``session``; the mean of the times of its samples.
        """
        if "session_time" not in self.samples or self.samples["session_time"].isna().all():
            return None
        by_session = self.samples.groupby(["dyad_id", "session"])["session_time"]
        return by_session.mean().dropna()

    @property
    def planned_sessions(self) -> list[int]:
        """Sessions with planned samples (``dyadsync:planned_sessions``; else those that occur)."""
        declared = self.descriptor.get("dyadsync:planned_sessions")
        return sorted(self.samples["session"].unique().tolist() if declared is None else declared)

    def __repr__(self) -> str:
        kind = "simulated" if self.simulated else "observed"
        return (
            f"Study({kind}: {len(self.dyads)} dyads, {len(self.samples)} samples, "
            f"{len(self.symptoms)} ratings)"
        )


def load_study(path: str | Path) -> Study:
    """Load a data package after checking all of it.

    Parameters
    ----------
    path : str or Path
        Folder with ``datapackage.json`` and the three tables.

    Returns
    -------
    Study
        Columns of a lab's own are kept.

    Raises
    ------
    DataError
        If anything is wrong; it holds every problem (see `check_study`).

    Examples
    --------
    >>> import tempfile
    >>> from dyadsync import Design, simulate_study, write_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_study(simulate_study(Design(), rng=1), folder)
    ...     load_study(folder)
    Study(simulated: 37 dyads, 580 samples, 594 ratings)
    """
    study, problems = read_study(path)
    if problems or study is None:
        raise DataError(problems)
    return study


def check_study(path: str | Path) -> list[Problem]:
    """Find everything that is wrong with a data package.

    Parameters
    ----------
    path : str or Path
        Folder with ``datapackage.json`` and the three tables.

    Returns
    -------
    list of Problem
        Empty if the package can be used. Each names file, row, column and rule.

    Examples
    --------
    >>> for problem in check_study("no/such/folder"):
    ...     print(problem)
    no/such/folder: this folder does not exist; give the folder that holds datapackage.json.
    """
    return read_study(path)[1]


def read_study(path: str | Path) -> tuple[Study | None, list[Problem]]:
    """Read a data package once: the study, or None and everything that is wrong."""
    folder = Path(path)
    try:
        descriptor = read_descriptor(folder)
    except DataError as error:
        return None, error.problems
    layout, found = find_layout(descriptor)
    problems = words_problems(descriptor) + found + settings_problems(descriptor, layout)
    # Of a table whose roles are wrong, or which may be missing for that, they are all that is said.
    resources: dict[str, dict[str, Any]] = {}
    for table in COLUMNS:
        if not found or (table in layout.resources and table not in layout.unclear):
            resource, more = resource_to_check(folder, layout, table)
            problems += more
            if resource is not None:
                resources[table] = resource
    frames, found = read_tables(folder, resources, layout)
    problems += found
    if problems:
        return None, problems
    known = {"symptoms": pd.DataFrame(columns=list(COLUMNS["symptoms"]))}
    for table, frame in frames.items():
        known[table] = layout.to_study(table, frame)
    problems = _session_problems(known["samples"], str(layout.resources["samples"]["path"]))
    if problems:
        return None, problems
    study = Study(known["samples"], known["dyads"], known["symptoms"], descriptor)
    vars(study)["layout"] = layout  # it is known already
    return study, []


def _session_problems(samples: pd.DataFrame, file: str) -> list[Problem]:
    """Refuse what cannot be a study of synchrony: no dyad has two sessions."""
    persons = samples.groupby(["dyad_id", "session"])["role"].nunique()
    sessions = persons[persons == 2].groupby("dyad_id").size()
    if len(sessions) and sessions.max() >= 2:
        return []
    text = (
        "no dyad has two sessions with samples of both persons; synchrony is how a dyad's two "
        "persons go together from session to session."
    )
    return [problem_at(file, None, None, "too few sessions", text)]
