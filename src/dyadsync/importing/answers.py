"""What somebody says about a table, and the question where nobody said it and two answers fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dyadsync.errors import InputError


class Question(InputError):  # noqa: N818
    """Something about a table that cannot be read from it; the text says which option answers."""


@dataclass(frozen=True)
class Answers:
    """What the options of ``dyadsync import`` say about a table.

    Attributes
    ----------
    separator, sheet : str or None
        What stands between columns; which sheet of a workbook.
    decimal, thousands : str or None
        The marks of its numbers; ``""`` for no thousands mark.
    missing : tuple of str
        Codes of missing values; ``"none"`` says that there are no others.
    limit : float or None
        The limit of quantification, for marks such as ``< LOD``.
    below : tuple of str
        Further marks of values below it, such as ``ND``.
    persons : tuple of str
        The first and the second person, as the table calls them.
    phases : mapping
        What the table calls ``pre`` and ``post``.
    sessions, times : mapping
        Numbers of sessions and times that the table names by words.
    dates : str or None
        ``"dmy"`` or ``"mdy"``.
    fill_down : bool or None
        Whether an empty identifier is that of the row above.
    of : str or None
        The person whose cause and outcome are meant, where both persons have some.
    spellings : str or None
        Whether names that differ in spelling only are the ``"same"`` or ``"different"``.
    repeated : str or None
        ``"mean"`` or ``"median"`` of several samples of one person, session and phase.
    outcome_is : str or None
        ``"improvement"`` or ``"change"`` where the outcome is a change score, ``"ratings"`` where
        it was rated at each time.
    without : tuple of str
        Dyads that are left out.
    signal, unit : str
        What the signal is called, and its unit.
    better : str
        Which outcome is the better one, ``"lower"`` or ``"higher"``.
    title, licence, paper : str
        Under what the study will be published.
    authors : tuple of str
        The same: ``"Family, Given"`` or ``"Family, Given, ORCID"``.
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
