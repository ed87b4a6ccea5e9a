"""The names of a study, cut where they are too long for a sentence, and as axes show them."""

from __future__ import annotations

import re
from dataclasses import asdict

from dyadsync import Study
from dyadsync.study.words import Words

_PHASES = ("before", "after")
LONGEST = 60
"""Letters of a name that a sentence or an axis shows; the data dictionary shows all of them."""


class Names(Words):
    """Names and units of a study, as `Words` has them."""

    def in_unit(self, name: str) -> str:
        """Give a variable's unit as what follows a number: ``" nmol/L"``, or nothing."""
        unit = {"signal": self.unit, "cause": self.cause_unit, "outcome": self.outcome_unit}[name]
        return f" {unit}" if unit else ""

    def axis(self, name: str) -> str:
        """Give a variable as an axis names it: ``Cortisol (nmol/L)``."""
        unit = self.in_unit(name).strip()
        return f"{getattr(self, name)} ({unit})" if unit else str(getattr(self, name))


def names_of(study: Study) -> Names:
    """Cut the names of a study to what a sentence bears, and tell equal ones apart."""
    names = {name: _cut(text) for name, text in asdict(study.words).items()}
    for person in ("first", "second"):  # named within sentences: "of the patient"
        names[person] = re.sub(r"^The (?=[a-z])", "the ", names[person])
    for alike in (("signal", "cause", "outcome", "group"), ("first", "second"), _PHASES):
        shown = [names[name] for name in alike]
        names |= {name: f"{names[name]} ({name})" for name in alike if shown.count(names[name]) > 1}
    return Names(**names)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
