"""The study in memory: a data package is checked and loaded.

A data package is a folder with ``datapackage.json`` and three tables: ``oxytocin`` (one row a
saliva sample), ``dyads`` (one row a patient-therapist dyad) and ``symptoms`` (one row a weekly
rating). Frictionless does the validating; `dyadsync.study.schema` says what is required.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.study.description import read_descriptor, resource_to_check, settings_problems
from dyadsync.study.problems import DataError, Problem
from dyadsync.study.rows import read_tables
from dyadsync.study.schema import TABLES, declared_fields, declared_resource

__all__ = ["DEFAULT_PLANNED_WEEKS", "Study", "check_study", "load_study"]

DEFAULT_PLANNED_WEEKS = 16.0


@dataclass(frozen=True, eq=False)
class Study:
    """A study in memory.

    Attributes
    ----------
    samples : DataFrame
        One row a saliva sample: ``dyad_id session role phase oxytocin_pg_ml``; samples without a
        concentration are left out.
    dyads : DataFrame
        One row a dyad: ``dyad_id therapist_id arm age gender social_impairment`` and the study's
        own columns.
    symptoms : DataFrame
        One row a rating: ``dyad_id week hrsd17``; ratings without a value are left out.
    descriptor : dict
        The contents of ``datapackage.json``.
    """

    samples: pd.DataFrame
    dyads: pd.DataFrame
    symptoms: pd.DataFrame
    descriptor: dict[str, Any]

    @property
    def simulated(self) -> bool:
        """Whether the data come from `simulate_study`: the descriptor has design and seed."""
        entry = self.descriptor.get("dyadsync:simulation")
        return isinstance(entry, Mapping) and "design" in entry and "seed" in entry

    @property
    def limit_of_quantification(self) -> float | None:
        """Concentration in pg/mL below which values are uncertain; None if not given."""
        field = declared_fields(declared_resource(self.descriptor, "oxytocin")).get(
            "oxytocin_pg_ml", {}
        )
        limit = field.get("limitOfQuantification")
        return None if limit is None else float(limit)

    @property
    def planned_weeks(self) -> float:
        """Planned length of treatment in weeks (``dyadsync:planned_weeks``; 16 if not given)."""
        return float(self.descriptor.get("dyadsync:planned_weeks", DEFAULT_PLANNED_WEEKS))

    @property
    def planned_sessions(self) -> list[int]:
        """Sessions with planned samples (``dyadsync:planned_sessions``; else those that occur)."""
        declared = self.descriptor.get("dyadsync:planned_sessions")
        return sorted(self.samples["session"].unique().tolist() if declared is None else declared)

    def __repr__(self) -> str:
        kind = "simulated" if self.simulated else "observed"
        return (
            f"Study({kind}: {len(self.dyads)} dyads, {len(self.samples)} oxytocin samples, "
            f"{len(self.symptoms)} symptom ratings)"
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
    Study(simulated: 37 dyads, 580 oxytocin samples, 594 symptom ratings)
    """
    study, problems = _read(Path(path))
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
    return _read(Path(path))[1]


def _read(folder: Path) -> tuple[Study | None, list[Problem]]:
    descriptor, problems = read_descriptor(folder)
    if descriptor is None:
        return None, problems
    problems += settings_problems(descriptor)

    resources: dict[str, dict[str, Any]] = {}
    for table in TABLES:
        resource, found = resource_to_check(folder, descriptor, table)
        problems += found
        if resource is not None:
            resources[table] = resource
    frames, found = read_tables(folder, resources)
    problems += found
    if problems:
        return None, problems
    return Study(frames["oxytocin"], frames["dyads"], frames["symptoms"], descriptor), []
