"""Names in a table: spellings, the order of phases and persons, the number and time of sessions."""

from __future__ import annotations

import contextlib
import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.importing.answers import Question
from dyadsync.importing.format import DATE, Format

KNOWN = {
    what: tuple(frozenset(words.split()) for words in text.split("|"))
    for what, text in {
        "phase": """pre before baseline start begin beginning intake first
            vor vorher davor prä prae avant antes
            | post after end final last second discharge termination
            nach nachher danach après apres depois después despues""",
        "person": """patient pat client patientin klient klientin
            mother mum mom father parent caregiver mutter vater
            paciente mãe mae pai madre padre mère mere père pere
            | therapist ther counsellor counselor clinician psychotherapist
            therapeut therapeutin child kind infant baby
            terapeuta thérapeute filho filha criança hijo hija enfant""",
    }.items()
}
"""Words that say by themselves which of two comes first."""

_UNITS = {
    **dict.fromkeys(("week", "weeks", "wk", "w", "woche", "semana", "semaine"), "weeks"),
    **dict.fromkeys(("month", "months", "monat", "mo", "mês", "mes", "mois"), "months"),
    **dict.fromkeys(("day", "days", "tag", "dia", "día", "jour"), "days"),
}
TIME_WORDS = frozenset((*_UNITS, "t", "time"))
"""What stands before the number of a time."""
_NUMBERED = re.compile(r"(?P<word>[^\d]*?)[\s_.:#-]*(?P<number>\d+(?:[.,]\d+)?)")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?", re.IGNORECASE)
_DAY = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T].*)?")
_DAY_IN_DIGITS = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)")
_COUNTED = 20_000, 60_000  # days since 1899-12-30, as spreadsheets count: the years 1954 to 2064


def as_text(labels: pd.Series) -> pd.Series:
    """Write labels that a file has as numbers as they are read."""
    return labels.map(lambda cell: f"{cell:.15g}" if isinstance(cell, float) else str(cell))


def plain(name: str) -> str:
    """Bring a name to a form that all its spellings share.

    Examples
    --------
    >>> plain("D 01") == plain("d1"), plain("1.0") == plain("1"), plain("P11") == plain("P1.1")
    (True, True, False)
    """
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(name)).casefold())
    text = re.sub(r"(?<=\d)[.,]0+$", "", text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def one_spelling(labels: pd.Series, what: str, spellings: str | None, said: list[str]) -> pd.Series:
    """Make one name of spellings that were declared the same, or ask."""
    spelled: dict[str, list[str]] = {}
    for name in labels.dropna().unique():
        spelled.setdefault(plain(name), []).append(name)
    groups = [group for group in spelled.values() if len(group) > 1]
    if not groups or spellings == "different":
        return labels
    if spellings is None:
        shown = "; ".join(" and ".join(map(repr, group)) for group in groups[:5])
        raise Question(
            f"{what}: the names {shown} differ in spelling only. Are they the same? "
            "--spellings same, or --spellings different"
        )
    counts = labels.value_counts()
    chosen: dict[str, str] = {}
    for group in groups:
        best = max(group, key=lambda name: (counts[name], name))
        chosen |= dict.fromkeys(group, best)
        said.append(f"{what}: {' and '.join(sorted(group))} are {best}.")
    return labels.replace(chosen)


def order_of_two(found: Sequence[str], what: str, declared: Sequence[str]) -> list[str]:
    """Put the two persons or phases in order: as declared, or known by their words."""

    def option(first: str, second: str) -> str:
        pair = f"pre={first},post={second}" if what == "phase" else f"{first},{second}"
        return f"--{what} {shlex.quote(pair)}"

    if declared:
        if lost := [one for one in declared if one not in found]:
            raise InputError(
                f"There is no {what} {lost[0]!r}; the table has {', '.join(map(repr, found))}."
            )
        if len(set(declared)) == 1:
            raise InputError(f"--{what} names {declared[0]!r} for both; the two need two names.")
        return list(declared)
    listed = ", ".join(map(repr, found[:8]))
    if len(found) < 2:
        raise InputError(f"The {what} needs two values, and the table has {listed}.")
    firsts, seconds = ([one for one in found if _word(one) in words] for words in KNOWN[what])
    both = [*firsts, *seconds] if len(firsts) == len(seconds) == 1 else []
    if len(found) == 2 and both:
        return both
    if not both and (len(found) > 8 or (len(found) > 2 and _CLOCK.fullmatch(found[0]))):
        either = "before or after" if what == "phase" else "of the first person or of the second"
        raise InputError(
            f"The {what} has {len(found)} values: {listed} ... Map a column with two values, which "
            f"say of each sample whether it is {either}."
        )
    if len(found) > 2:
        first, second = both or found[:2]
        raise Question(
            f"The {what} has {len(found)} values: {listed}. Which two are meant, in order? "
            f"{option(first, second)}"
        )
    first, second = sorted(found)
    raise Question(
        f"The {what}s are {first!r} and {second!r}: which comes first? "
        f"{option(first, second)}, or {option(second, first)}"
    )


def _word(label: str) -> str:
    return re.sub(r"[\W\d_]+", "", label.casefold())


@dataclass(frozen=True)
class TimePoints:
    """When something was: a number per row, the unit if its names say it, and how it was read."""

    time: pd.Series
    unit: str
    said: str
    are_times: bool
    """Whether the numbers are times, not just an order."""
    first: pd.Series | None = None
    """Of dates: each dyad's first."""


def time_points(
    labels: pd.Series,
    dyads: pd.Series,
    marks: Format,
    declared: Mapping[str, float],
    what: str,
    dates: str | None,
) -> TimePoints:
    """Read sessions or times: numbers, numbered words (week 4, S01), dates or declared words."""
    texts = as_text(labels)
    distinct = list(texts.unique())
    days = {
        text: found
        for text in distinct
        if (found := _DAY.fullmatch(text) or _DAY_IN_DIGITS.fullmatch(text))
    }
    if distinct and len(days) == len(distinct):
        return _dates(texts, dyads, days, what, dates)
    wanted = {plain(name): number for name, number in declared.items()}
    lost = [name for name in declared if plain(name) not in set(map(plain, distinct))]
    if lost and what == "session":
        raise InputError(
            f"--session {lost[0]}: there is no such session; the table has "
            f"{', '.join(distinct[:8])}{' ...' if len(distinct) > 8 else ''}."
        )
    numbers: dict[str, float] = {}
    words: dict[str, list[str]] = {}
    for text in distinct:
        if plain(text) in wanted:
            numbers[text] = float(wanted[plain(text)])
        elif np.isfinite(number := marks.number(text)):
            numbers[text] = number
            words.setdefault("", []).append(text)
        elif match := _NUMBERED.fullmatch(text):
            numbers[text] = float(match["number"].replace(",", "."))
            words.setdefault(_word(match["word"]), []).append(text)
    unread = [text for text in distinct if text not in numbers]
    if len(unread) == len(distinct) == 2 and what == "time":
        ends = order_of_two(unread, "phase", ())
        return TimePoints(
            texts.map({ends[0]: 0.0, ends[1]: 1.0}), "", f"{ends[0]} is time 0, {ends[1]} 1.", True
        )
    if clocks := [text for text in unread if _CLOCK.fullmatch(text)]:
        raise InputError(
            f"The {what} {clocks[0]!r} is a time of day, which does not say the day; map a column "
            "of dates or of numbers, such as weeks, or give this one another name."
        )
    if dated := [text for text in unread if text not in days and DATE.match(text)]:
        raise InputError(
            f"The {what} {dated[0]!r} is a date whose month is a word; write dates in digits, such "
            "as 2024-03-01."
        )
    if numbers and all(_COUNTED[0] <= number <= _COUNTED[1] for number in numbers.values()):
        text, number = next(iter(numbers.items()))
        day = pd.Timestamp("1899-12-30") + pd.Timedelta(days=number)
        raise InputError(
            f"The {what} {text} may be a date that a spreadsheet shows as a number "
            f"({day:%Y-%m-%d}); show the column as dates there, or count from 0."
        )
    if unread or len(words) > 1:
        shown = ", ".join(map(repr, (unread or [texts[0] for texts in words.values()])[:6]))
        example = ",".join(f"{one}={place}" for place, one in enumerate(unread[:3] or distinct[:2]))
        raise Question(
            f"The {what} {shown} does not say its number beside the others"
            f' ({", ".join(distinct[:4])}). Which is it? --{what} "{example}", or write its number '
            "into the table"
        )
    word = next(iter(words), "")
    unit = _UNITS.get(word, "")
    said = ""
    if word:
        more = " ..." if len(distinct) > 4 else ""
        some = ", ".join(distinct[:4]) + more
        shown = ", ".join(f"{number:g}" for number in sorted(numbers.values())[:12])
        said = f"The {what}s {some} are {unit or 'numbered'}: {shown}."
    return TimePoints(texts.map(numbers).astype(float), unit, said, bool(unit))


def _dates(
    texts: pd.Series,
    dyads: pd.Series,
    days: Mapping[str, re.Match[str]],
    what: str,
    order: str | None,
) -> TimePoints:
    """Turn dates into days since the dyad's first."""
    readings: dict[str, dict[str, pd.Timestamp]] = {}
    for one in ("dmy", "mdy", "ymd"):
        with contextlib.suppress(ValueError):
            places = [1 + one.index(part) for part in "ymd"]
            readings[one] = {
                text: pd.Timestamp(*(int(match[place]) for place in places))
                for text, match in days.items()
            }
    if not readings:
        first = next(iter(days))
        raise InputError(
            f"The {what}s are dates such as {first!r}, of which one is none or is written in "
            "another order of day, month and year; write all as 2024-03-01."
        )
    if order not in readings:
        dotted = "dmy" in readings and all("." in text for text in days)
        if len(readings) > 1 and not dotted:
            raise Question(
                f"The {what} {next(iter(days))!r} can be read in several orders of day, month and "
                f"year. Which is meant? {' or '.join(f'--dates {one}' for one in readings)}"
            )
        order = "dmy" if dotted else next(iter(readings))
    known = readings[order]
    when = texts.map(known)
    first = when.groupby(dyads).min()
    since = (when - dyads.map(first)).dt.days.astype(float)
    said = f"The {what}s are dates ({order}), taken as days since the dyad's first."
    return TimePoints(since, "days", said, are_times=True, first=first)
