"""What somebody says about a table, and the question where nobody said it and two answers fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dyadsync.errors import InputError


class Question(InputError):  # noqa: N818
    """Something about a table that cannot be read from it; the text says which option answers."""


@dataclass(frozen=True)
class Answers:
    """What the options of ``dyadsync import`` say about a table, in whose help each is explained.

    What nobody said is None or empty: then it is read from the table, or asked for. No thousands
    mark is ``"none"``, and so is a code of missing values where there are no (other) codes.
    """

    separator: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()
    limit: float | None = None
    below: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    phases: Mapping[str, str] = field(default_factory=dict)
    sessions: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    dates: str | None = None
    fill_down: bool | None = None
    of: str | None = None
    spellings: str | None = None
    repeated: str | None = None
    outcome_is: str | None = None
    without: tuple[str, ...] = ()
    signal: str = ""
    unit: str = ""
    better: str = "lower"
    title: str = ""
    authors: tuple[str, ...] = ()
    licence: str = ""
    paper: str = ""
