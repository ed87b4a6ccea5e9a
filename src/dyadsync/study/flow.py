"""Who gave what and who is in the analysis: the counts of a study, and how they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dyadsync.sentences import of_all
from dyadsync.study.words import Words

if TYPE_CHECKING:
    from dyadsync.study.load import Study

_WORDS = Words()


@dataclass(frozen=True)
class Sampling:
    """Which of the planned samples are there.

    Attributes
    ----------
    sessions : list of int
        The planned sessions.
    planned, present : int
        Samples that the schedule asks for, of each person one a session or one before and one
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
    """Count which of the planned samples of a study are there.

    Parameters
    ----------
    study : Study
        Its planned sessions and its table of dyads say what was planned.

    Returns
    -------
    Sampling
    """
    sessions = list(study.planned_sessions)
    in_plan = study.samples[study.samples["session"].isin(sessions)]
    a_dyad = (4 if study.has_phases else 2) * len(sessions)
    given = in_plan["dyad_id"].value_counts().reindex(study.dyads["dyad_id"], fill_value=0)
    planned = a_dyad * len(study.dyads)
    return Sampling(sessions, planned, len(in_plan), a_dyad - given)


def caseload_in_words(therapists: pd.Series, words: Words = _WORDS) -> str:
    """Say how many therapists have how many patients.

    Parameters
    ----------
    therapists : Series
        The therapist of each dyad.
    words : Words
        What the study calls them.

    Examples
    --------
    >>> caseload_in_words(pd.Series(["T1", "T1", "T1", "T2"]))
    '2 therapists have 4 patients, between 1 and 3 each'
    >>> caseload_in_words(pd.Series(["T1", "T1"]))
    'one therapist has all 2 patients'
    >>> caseload_in_words(pd.Series(["T1", "T2"]))
    'each of 2 patients has another therapist'
    """
    load = therapists.value_counts()
    n, patients, least, most = len(load), int(load.sum()), int(load.min()), int(load.max())
    if n == 1:
        return f"one {words.therapist} has all {patients} {words.firsts}"
    if most == 1:
        return f"each of {patients} {words.firsts} has another {words.therapist}"
    each = f"{least} each" if least == most else f"between {least} and {most} each"
    return f"{n} {words.therapists} have {patients} {words.firsts}, {each}"


def entering_in_words(n: int, total: int) -> str:
    """Say how many dyads are in an analysis, and how many are not.

    Examples
    --------
    >>> entering_in_words(35, 37)
    '35 of 37 dyads are in the analysis, 2 are left out because something is missing'
    >>> entering_in_words(37, 37)
    'all 37 dyads are in the analysis'
    """
    entering = of_all(n, total, "dyads", "is/are in the analysis")
    if n == total:
        return entering
    out = total - n
    left = "1 is" if out == 1 else f"{out} are"
    return f"{entering}, {left} left out because something is missing"


def unrated_in_words(last_weeks: pd.Series, planned_weeks: float, words: Words = _WORDS) -> str:
    """Say how many patients have no rating in the last week.

    Parameters
    ----------
    last_weeks : Series
        The week of each patient's last rating.
    planned_weeks : float
        The week that the last rating was planned for.
    words : Words
        What the study calls patients and weeks.

    Examples
    --------
    >>> unrated_in_words(pd.Series([16, 12]), 16)
    '1 of 2 patients has no rating in the last week'
    >>> unrated_in_words(pd.Series([16, 16]), 16)
    'every patient has a rating in the last week'
    """
    n, total = int((last_weeks <= planned_weeks - 1).sum()), len(last_weeks)
    last = f"in the last {words.time}"
    if n == 0:
        return f"every {words.first} has a rating {last}"
    return of_all(n, total, words.firsts, f"has/have no rating {last}")
