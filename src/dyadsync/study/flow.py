"""Which of the planned samples of a study are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from dyadsync.study.load import Study


@dataclass(frozen=True)
class Sampling:
    """Which of the planned samples are there.

    Attributes
    ----------
    sessions : list of int
        The planned sessions.
    planned, present : int
        Samples that the schedule asks for, of each person one per session or one before and one
        after, and those of them that are there.
    gaps : Series
        Number of samples that are missing, by dyad.
    """

    sessions: list[int]
    planned: int
    present: int
    gaps: pd.Series

    @property
    def percent(self) -> float:
        """Samples that are there, in percent of those planned."""
        return 100 * self.present / self.planned

    def in_words(self) -> str:
        """Say how many samples are there, and in how many dyads one is missing."""
        if self.present == self.planned:
            return f"All {self.planned} planned samples are there."
        there = f"Of {self.planned} planned samples {self.present} are there ({self.percent:.1f} %)"
        n = self.planned - self.present
        dyads = int((self.gaps > 0).sum())
        gaps = "the one gap is" if n == 1 else f"the {n} gaps are"
        return f"{there}; {gaps} in {dyads} dyad{'s' if dyads > 1 else ''}."


def sampling(study: Study) -> Sampling:
    """Count which of the samples are there that a study planned, by its sessions and dyads."""
    sessions = list(study.planned_sessions)
    in_plan = study.samples[study.samples["session"].isin(sessions)]
    per_dyad = (4 if study.has_phases else 2) * len(sessions)
    present = in_plan["dyad_id"].value_counts().reindex(study.dyads["dyad_id"], fill_value=0)
    planned = per_dyad * len(study.dyads)
    return Sampling(sessions, planned, len(in_plan), per_dyad - present)
