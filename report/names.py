"""What a study calls its things: titles, units and labels of its package, as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dyadsync import Study

LONGEST = 60
"""Letters of a name that a sentence or an axis shows; the data dictionary shows all of them."""


@dataclass(frozen=True)
class Names:
    """Names and units of a study; a unit that is not given is empty."""

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
    time: str

    def in_unit(self, name: str) -> str:
        """Give a variable's unit as what follows a number: ``" nmol/L"``, or nothing."""
        unit = {"signal": self.unit, "cause": self.cause_unit, "outcome": self.outcome_unit}[name]
        return f" {unit}" if unit else ""

    def axis(self, name: str) -> str:
        """Give a variable as an axis names it: ``Cortisol (nmol/L)``."""
        unit = self.in_unit(name).strip()
        return f"{getattr(self, name)} ({unit})" if unit else str(getattr(self, name))


def names_of(study: Study) -> Names:
    """Read the names of a study from the fields of its package."""
    field = study.layout.field
    persons = _labels(field("samples", "role"), study.layout.persons)
    phases = _labels(field("samples", "phase"), study.layout.phases)
    signal, cause = field("samples", "signal"), field("dyads", "social_impairment")
    outcome, time = field("symptoms", "outcome"), field("symptoms", "time")
    return Names(
        signal=_name(signal, "signal"),
        unit=_text(signal.get("unit")),
        first=persons[0],
        second=persons[1],
        before=phases[0],
        after=phases[1],
        cause=_name(cause, "cause"),
        cause_unit=_text(cause.get("unit")),
        outcome=_name(outcome, "outcome"),
        outcome_unit=_text(outcome.get("unit")),
        group=_name(field("dyads", "therapist_id"), "group"),
        time=_text(time.get("unit")) or _name(time, "time"),
    )


def _name(field: Mapping[str, Any], otherwise: str) -> str:
    return _text(field.get("title")) or _text(field.get("name")) or otherwise


def _labels(field: Mapping[str, Any], values: tuple[str, str]) -> list[str]:
    labels = {
        str(one["value"]): _text(one.get("label"))
        for one in field.get("categories") or []
        if isinstance(one, Mapping) and "value" in one
    }
    return [labels.get(value) or _text(value) or "?" for value in values]


def _text(value: Any) -> str:
    """Write a name on one line, cut where it is too long for a sentence."""
    text = " ".join(str(value if value is not None else "").split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
