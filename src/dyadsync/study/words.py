"""What a study calls its things: titles, labels and units of its package, as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dyadsync.study.roles import Layout


@dataclass(frozen=True)
class Words:
    """Names and units of what was measured; a unit that is not given is empty.

    Attributes
    ----------
    signal, unit : str
        What was sampled.
    first, second : str
        The two persons of a dyad; those of the changes ``patient`` and ``therapist``.
    before, after : str
        The two samples of a session.
    cause, cause_unit : str
        What the supposed chain begins with.
    outcome, outcome_unit : str
        What is hoped to change.
    group, arm : str
        What several dyads share, and what was done with them.
    time : str
        The unit of time of the ratings.
    """

    signal: str
    unit: str
    first: str
    second: str
    before: str
    after: str
    cause: str
    cause_unit: str
    outcome: str
    outcome_unit: str
    group: str
    arm: str
    time: str


def words_of(layout: Layout) -> Words:
    """Read the names of a study from the fields of its package.

    Examples
    --------
    >>> from dyadsync.study.roles import find_layout
    >>> field = {"name": "hr", "title": "Heart rate", "unit": "bpm", "dyadsync:role": "signal"}
    >>> package = {"resources": [{"name": "beats", "schema": {"fields": [field]}}]}
    >>> words = words_of(find_layout(package)[0])
    >>> words.signal, words.unit
    ('Heart rate', 'bpm')
    """
    signal, cause, outcome, group, arm, time = (
        layout.field(table, column)
        for table, column in (
            ("samples", "signal"),
            ("dyads", "social_impairment"),
            ("symptoms", "outcome"),
            ("dyads", "therapist_id"),
            ("dyads", "arm"),
            ("symptoms", "time"),
        )
    )
    first, second = _labels(layout.field("samples", "role"), layout.persons)
    before, after = _labels(layout.field("samples", "phase"), layout.phases)
    return Words(
        signal=_name(signal, "signal"),
        unit=_text(signal.get("unit")),
        first=first,
        second=second,
        before=before,
        after=after,
        cause=_name(cause, "cause"),
        cause_unit=_text(cause.get("unit")),
        outcome=_name(outcome, "outcome"),
        outcome_unit=_text(outcome.get("unit")),
        group=_name(group, "group"),
        arm=_name(arm, "arm"),
        time=_text(time.get("unit")) or _name(time, "time"),
    )


def _name(field: Mapping[str, Any], otherwise: str) -> str:
    return _text(field.get("title")) or _text(field.get("name")) or otherwise


def _labels(field: Mapping[str, Any], values: tuple[str, str]) -> tuple[str, str]:
    """Name two categories by their labels, else by their values."""
    labels = {
        str(one["value"]): _text(one.get("label"))
        for one in field.get("categories") or []
        if isinstance(one, Mapping) and "value" in one
    }
    first, second = (labels.get(value) or value for value in values)
    return first, second


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""
