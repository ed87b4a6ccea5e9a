"""What was planned of a study, and where its analysis leaves the plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dyadsync.errors import InputError

if TYPE_CHECKING:
    from dyadsync.study.load import Study

PLAN = "plan.yml"
"""What `dyadsync plan` writes, and what lies beside a package that was planned."""

_SIZES = ("dyads", "sessions", "groups")
_NAMES = ("signal", "cause", "outcome")


def analysis_of(study: Study, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Gather what a plan fixes: the size of a study, what it measures, and the parameters."""
    words, therapists = study.words, study.has_therapists
    return {
        "dyads": len(study.dyads),
        "sessions": len(study.planned_sessions),
        "groups": int(study.dyads["therapist_id"].nunique()) if therapists else 0,
        "signal": words.signal,
        "cause": words.cause if study.has_cause else "none",
        "outcome": words.outcome if study.has_outcome else "none",
        **parameters,
    }


def departures(planned: Mapping[str, Any], done: Mapping[str, Any]) -> list[str]:
    """Say where an analysis leaves its plan, a clause for each difference.

    What only one of them has is not compared.

    Examples
    --------
    >>> departures({"dyads": 60, "measure": "pearson"}, {"dyads": 52, "measure": "spearman"})
    ['60 dyads were planned, and the study has 52', 'measure is spearman instead of pearson']
    """
    found = []
    for name, value in planned.items():
        if name not in done or str(done[name]) == str(value):
            continue
        if name in _SIZES:
            found.append(f"{value} {name} were planned, and the study has {done[name]}")
        elif name in _NAMES:
            found.append(f"the {name} is {done[name]} instead of {value}")
        else:
            found.append(f"{name} is {done[name]} instead of {value}")
    return found


def read_written_plan(path: Path) -> dict[str, Any]:
    """Read a ``plan.yml``, or that of a folder."""
    from millbook.parameters import read_mapping

    file = path / PLAN if path.is_dir() else path
    plan = read_mapping(file)
    if not plan:
        raise InputError(f"{file} is no plan; dyadsync plan DESIGN.yml writes one.")
    return plan
