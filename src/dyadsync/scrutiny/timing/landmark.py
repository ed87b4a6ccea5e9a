"""Synchrony up to a landmark and the fall of symptoms after it, and the reverse order.

The main analysis takes both from the whole treatment, so that either could have come first. A
landmark cuts it in two: what is measured before cannot be caused by what comes after (Anderson,
Cain & Gelber 1983, doi:10.1200/JCO.1983.1.11.710, for survival). The reverse order is a negative
control: it should show nothing if synchrony comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice, check_count, check_positive
from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.result import MediationResult
from dyadsync.printed import Printed
from dyadsync.study.load import Study
from dyadsync.study.outcome import symptom_reduction
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.table import dyad_table

__all__ = ["Landmark", "landmark"]

FORWARD, ADJUSTED, REVERSE = (
    "synchrony first",
    "synchrony first, given the earlier change",
    "symptoms first",
)
"""The analyses: two in the claimed order, and the negative control."""

_CAUSE = "social_impairment"


@dataclass(frozen=True, repr=False)
class Landmark(Printed):
    """What `landmark` found."""

    analyses: dict[str, MediationResult]
    """The mediation in each order; in the last one the early fall of symptoms is the mediator and
    later synchrony the outcome."""
    table: pd.DataFrame
    """One row an order: the later on the earlier given the cause, in SDs per SD, ``estimate
    ci_lower ci_upper p_value n_obs``."""
    split: pd.DataFrame
    """One row an order: which ``sessions`` and ``weeks`` it takes."""
    weeks_per_session: float

    def _text(self) -> str:
        return self.in_words()

    def in_words(self) -> str:
        """Say what each order shows of the path between synchrony and symptoms."""
        forward, reverse = self.table.loc[FORWARD], self.table.loc[REVERSE]
        found = [bool(row.ci_lower > 0 or row.ci_upper < 0) for row in (forward, reverse)]
        order = {
            (True, False): "so the data speak for synchrony first",
            (False, True): "so the data speak for symptoms first",
            (True, True): "so the data show both orders",
            (False, False): "so the data tell neither order from nothing",
        }[found[0], found[1]]
        return (
            f"Earlier synchrony predicts the later fall of symptoms by {_interval(forward)}, the "
            f"earlier fall of symptoms later synchrony by {_interval(reverse)}: {order}."
        )


def _interval(row: Any) -> str:
    return f"{row.estimate:.2f} SD per SD (interval {row.ci_lower:.2f} to {row.ci_upper:.2f})"


def landmark(
    study: Study,
    *,
    change: str = "difference",
    below_loq: str = "keep",
    measure: str = "pearson",
    min_sessions: int = 3,
    scale: str = "synchrony",
    weeks_per_session: float = 1.0,
    **options: Any,
) -> Landmark:
    """Cut the treatment in two and analyse it in both orders.

    In the claimed order synchrony is taken from the first sessions, as few as `min_sessions`, and
    the fall of symptoms from the ratings after the last of them; in the reverse order the fall from
    the ratings before the last `min_sessions` sessions, and synchrony from these.

    Parameters
    ----------
    study : Study
        From `load_study`.
    change, below_loq, measure, min_sessions
        As in `session_changes` and `dyad_synchrony`.
    scale : {"synchrony", "z"}
        The column of synchrony that is used.
    weeks_per_session : float
        Session k is taken to be in week ``k * weeks_per_session`` where the study does not say when
        its sessions were.
    **options
        Of `mediate`, such as ``method``, ``n_draws`` and ``rng``.

    Returns
    -------
    Landmark

    Raises
    ------
    InputError
        Where there are too few planned sessions, or too few ratings on one side of a landmark.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study
    >>> found = landmark(simulate_study(Design(), rng=1), n_draws=500, rng=1)
    >>> found.split.loc["synchrony first"].tolist()
    ['4, 8, 12', 'after 12']
    """
    check_choice("scale", scale, ("synchrony", "z"))
    fewest = check_count("min_sessions", min_sessions, least=3)
    check_positive("weeks_per_session", weeks_per_session)
    planned = study.planned_sessions
    if len(planned) < fewest + 1:
        raise InputError(
            f"A landmark needs more than {fewest} sampled sessions, of which {fewest} give a "
            f"synchrony; this study has {len(planned)}."
        )
    first, last = planned[:fewest], planned[-fewest:]
    end, start = first[-1] * weeks_per_session, last[0] * weeks_per_session
    if (times := study.session_times) is not None:  # the last that any dyad had, and the first
        at = times.groupby("session")
        end, start = at.max().reindex(first).max(), at.min().reindex(last).min()
    begin, over = study.planned_span
    changes = session_changes(study, change, below_loq)
    falls = {
        "later_fall": _fall(study, end, over, after=True),
        "fall_before_landmark": _fall(study, begin, end, after=False),
        "earlier_fall": _fall(study, begin, start, after=False, strictly=True),
    }
    tables = {
        name: dyad_table(
            study,
            dyad_synchrony(changes[changes["session"].isin(sessions)], measure, fewest),
        ).assign(**{key: value.to_numpy() for key, value in falls.items()})
        for name, sessions in (("early", first), ("late", last))
    }
    analyses = {
        FORWARD: mediate(tables["early"], _CAUSE, scale, "later_fall", **options),
        ADJUSTED: mediate(
            tables["early"],
            _CAUSE,
            scale,
            "later_fall",
            covariates=["fall_before_landmark"],
            **options,
        ),
        REVERSE: mediate(tables["late"], _CAUSE, "earlier_fall", scale, **options),
    }
    used = {FORWARD: tables["early"], ADJUSTED: tables["early"], REVERSE: tables["late"]}
    table = pd.DataFrame.from_dict(
        {name: _standardised(result, used[name]) for name, result in analyses.items()},
        orient="index",
    )
    weeks = [f"after {end:g}", f"after {end:g}", f"before {start:g}"]
    split = pd.DataFrame(
        {"sessions": [_listed(first), _listed(first), _listed(last)], "weeks": weeks},
        index=list(analyses),
    )
    return Landmark(analyses, table, split, float(weeks_per_session))


def _fall(
    study: Study, start: float, end: float, *, after: bool, strictly: bool = False
) -> pd.Series:
    """Points by which symptoms fall from `start` to `end`, by each patient's slope there."""
    week = study.symptoms["time"]
    inside = week > start if after else (week < end if strictly else week <= end)
    part = replace(study, symptoms=study.symptoms[inside])
    fall = symptom_reduction(part, "slope") * (end - start) / study.planned_weeks
    if fall.notna().sum() < 5:
        side = f"after week {start:g}" if after else f"up to week {end:g}"
        raise InputError(
            f"Only {fall.notna().sum()} patients have two ratings {side}, so there is no fall of "
            "symptoms to analyse there."
        )
    return fall


def _standardised(result: MediationResult, table: pd.DataFrame) -> dict[str, float]:
    """Path b in SDs of its two variables, with a t interval."""
    from scipy.special import stdtr

    from dyadsync.mediation.intervals import standard_error_interval

    used = table[[result.x, *result.m, result.y, *result.covariates]].dropna()
    unit = float(used[result.m[0]].std() / used[result.y].std())
    estimate, se = unit * result.paths.loc["b"]
    df = len(used) - 3 - len(result.covariates)
    low, high = standard_error_interval(estimate, se, result.confidence_level, df)
    p_value = 2 * float(stdtr(df, -np.abs(estimate / se)))
    return {
        "estimate": float(estimate),
        "ci_lower": float(low),
        "ci_upper": float(high),
        "p_value": p_value,
        "n_obs": result.n_obs,
    }


def _listed(sessions: Sequence[int]) -> str:
    return ", ".join(map(str, sessions))
