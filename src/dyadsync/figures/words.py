"""The words of the shipped study that figures show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["SHIPPED", "Words"]


@dataclass(frozen=True)
class Words:
    """What figures call what was measured."""

    signal: str = "oxytocin"
    signal_title: str = "oxytocin in saliva"
    unit: str = "pg/mL"
    first: str = "patient"
    second: str = "therapist"
    firsts: str = "patients"
    seconds: str = "therapists"
    before: str = "before"
    after: str = "after"
    cause_axis: str = "social impairment at baseline (higher is worse)"
    scale_axis: str = "HRSD-17 (points)"
    outcome_unit: str = "points"
    therapist: str = "therapist"
    therapists: str = "therapists"
    time: str = "week"
    time_title: str = "week of treatment"
    times: str = "weeks"
    positive: bool = True

    def tell(self, text: Any) -> Any:
        """Give the text."""
        return text


SHIPPED = Words()


def possessive(word: str) -> str:
    """Give what makes a word a possessor."""
    return "'" if word.endswith("s") else "'s"


def with_unit(title: str, unit: str) -> str:
    """Write a title with its unit in brackets."""
    return f"{title} ({unit})" if unit else title
