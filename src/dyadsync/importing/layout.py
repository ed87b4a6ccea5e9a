"""Which column of a table holds what: the same samples and ratings from any layout."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dyadsync.errors import InputError
from dyadsync.importing.answers import Question
from dyadsync.importing.labels import KNOWN, plain
from dyadsync.importing.sheet import Sheet, composed
from dyadsync.study.roles import ROLES

Map = dict[str, str]

_PLACE = re.compile(r"\{(session|time|person|phase)\}")
_VALUE = re.compile(r"[-+\d.,:/]*\d")  # a number, a time or a date
_SHOWN = 20  # columns in a sentence
_NUMBER, _WORD = r"-?\d+(?:[.,]\d+)?", r"[^\W_]+"


@dataclass(frozen=True)
class Source:
    """A column that holds values of the signal or the outcome, and what its name says of them."""

    column: str
    says: Mapping[str, str]
    """Those of ``session time person phase`` that the name or the map states."""
    mapped: bool = False
    """Whether the map names its person or phase, so that the order of the map is theirs."""


def read_map(settings: Iterable[str]) -> Map:
    """Read texts ROLE=COLUMN and PERSON.PHASE=COLUMN.

    Examples
    --------
    >>> read_map(("dyad=pair_id", "mother.before=cort_m1_{session}"))
    {'dyad': 'pair_id', 'mother.before': 'cort_m1_{session}'}
    """
    found: Map = {}
    for setting in settings:
        role, equals, column = (" ".join(p.split()) for p in composed(setting).partition("="))
        if not (role and equals and column):
            raise InputError(f"--map {setting!r} must be of the form ROLE=COLUMN.")
        if role not in ROLES and ("." not in role or role == "."):
            raise InputError(
                f"--map {setting!r}: the role is one of {', '.join(ROLES)}, or PERSON.PHASE for a "
                "table with a column for each, such as mother.before=cort_m1 (mother.=cort_m "
                "without phases, .before=cort_1 where the person stands in the rows)."
            )
        if role in found:
            raise InputError(f"--map {role} is there twice.")
        found[role] = column
    return found


def has_columns(names: Sequence[str], roles: Mapping[str, str]) -> bool:
    """Whether a row has all columns that a map names, so that it is the header."""
    given = [name for name in names if name]
    hits = [any(_matches(column, given)) for column in roles.values() or ROLES]
    return all(hits) if roles else sum(hits) >= 2


def _matches(column: str, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Give the names that fit a column's pattern, and what stands in its places.

    Examples
    --------
    >>> _matches("T{session}_{phase}", ["T1_pre", "T1_post", "age"])
    {'T1_pre': {'session': '1', 'phase': 'pre'}, 'T1_post': {'session': '1', 'phase': 'post'}}
    """
    names = list(names)
    for number in (_NUMBER, _WORD):
        pattern = _pattern(column, number)
        found = {name: fit.groupdict() for name in names if (fit := pattern.fullmatch(name))}
        if found:
            return found
    return {}


def _pattern(column: str, number: str) -> re.Pattern[str]:
    pieces = _PLACE.split(column)
    text = ""
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            text += re.escape(piece)
        elif f"(?P<{piece}>" in text:
            raise InputError(f"--map: {{{piece}}} is in the column {column!r} twice.")
        else:
            text += f"(?P<{piece}>{number if piece in ('session', 'time') else _WORD})"
    return re.compile(text)


def find_roles(sheet: Sheet, given: Mapping[str, str]) -> Map:
    """Find the column of each role: as given, or one of the role's own name."""
    names = list(map(str, sheet.cells.columns))
    roles = dict(given)
    own = {role: role for role in ROLES if role in names and role not in roles}
    if any("." in role for role in roles):
        own.pop("signal", None)
    taken = set(roles.values())
    roles |= {role: name for role, name in own.items() if name not in taken}
    for role, column in roles.items():
        if not _matches(column, names):
            raise InputError(
                f"--map {role}={column}: there is no such column.{_hint(role, column, names)} "
                f"{_listed(sheet)}"
            )
    wide = [role for role in roles if "." in role]
    columns = [roles[role] for role in (*wide, "signal") if role in roles]
    if wide and "signal" in roles:
        raise InputError(f"--map signal and --map {wide[0]} name the signal's columns twice.")
    needed = ["dyad", "session", "person", *(["signal"] if not columns else [])]
    if any("{session}" in column for column in columns):
        needed.remove("session")
    if any("{person}" in c for c in columns) or (wide and not any(r[0] == "." for r in wide)):
        needed.remove("person")
    if missing := [role for role in needed if role not in roles]:
        shown = "" if columns else proposal("signal", names)
        if columns and missing[0] in ("session", "person"):
            shown = f" Where the names of columns say it, write {{{missing[0]}}} there."
        if missing == ["person"]:
            shown += (
                " Where each person has a table, put one below the other, with a column that says "
                "whose the row is."
            )
        raise InputError(
            f"No column has the role {', '.join(missing)}; say which with --map "
            f"{missing[0]}=COLUMN.{shown} {_listed(sheet)}"
        )
    return {role: roles[role] for role in (*ROLES, *wide) if role in roles}


def _listed(sheet: Sheet) -> str:
    """List the columns; where some are values, the names stand elsewhere."""
    names = list(map(str, sheet.cells.columns))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    said = [f"{one} ({sheet.labels[one]})" if one in sheet.labels else one for one in names]
    listed = f"The columns are {', '.join(said[:_SHOWN])}{more}."
    row = sheet.dialect.get("headerRows", [1])[0]
    values = [name for name in names if _VALUE.fullmatch(name)]
    if not values or (row == 1 and 2 * len(values) < len(names)):
        return listed
    return (
        f"{listed} Not all of these are names: row {row} was taken as the row of names, which "
        "needs one name for each column, in one row and without merged cells."
    )


def _hint(role: str, column: str, names: Sequence[str]) -> str:
    """Say what may be meant by a column that is not there."""
    places = "session", "person", "phase", "time"
    for place in re.findall(r"\{(.*?)\}", column):
        if place not in places:
            return f" {{{place}}} is none of {', '.join(f'{{{one}}}' for one in places)}."
    if pattern := proposal(role, [name for name in names if name.startswith(column)]):
        return pattern
    close = [one for one in names if plain(one) == plain(column)]
    close = close or difflib.get_close_matches(_PLACE.sub("", column), names, n=1)
    if not close and "{" in column:
        return proposal(role, names)
    return f" Did you mean {close[0]!r}?" if close else ""


def proposal(role: str, names: Sequence[str]) -> str:
    """Show how names that differ in a number or a known word would be mapped; empty for others.

    Examples
    --------
    >>> proposal("outcome", ["age", "PHQ9_w0", "PHQ9_w4"])
    ' Columns such as PHQ9_w0, PHQ9_w4 may be --map "outcome=PHQ9_w{time}".'
    """
    fewest, place = {"signal": (4, "session"), "outcome": (2, "time")}.get(role, (1, ""))
    shapes: dict[str, list[str]] = {}
    for name in names if place else ():
        shape, words = name, re.findall(r"[^\W\d_]+", name)
        for known, (first, second) in KNOWN.items() if role == "signal" else ():
            word = next((word for word in words if word.casefold() in first | second), None)
            shape = shape.replace(word, f"{{{known}}}", 1) if word else shape
        for number in re.finditer(r"\d+|$", shape):
            one = shape[: number.start()] + f"{{{place}}}" * bool(number[0]) + shape[number.end() :]
            shapes.setdefault(one, []).append(name)
    shape = max(shapes, key=lambda one: len(shapes[one]), default="")
    if len(shapes.get(shape, [])) < fewest:
        return ""
    some = ", ".join(shapes[shape][:2])
    return f' Columns such as {some} may be --map "{role}={shape}".'


def sources_of(
    sheet: Sheet, roles: Map, what: str, spellings: str | None, said: list[str]
) -> list[Source]:
    """List the columns of the signal or the outcome, if any; those spelled otherwise are `said`."""
    names = list(map(str, sheet.cells.columns))
    wide = {role: column for role, column in roles.items() if "." in role}
    patterns: list[tuple[str, dict[str, str]]] = []
    if what == "signal" and wide:
        for role, column in wide.items():
            person, _, phase = role.partition(".")
            fixed = {"person": person, "phase": phase}
            patterns.append((column, {key: value for key, value in fixed.items() if value}))
    elif what in roles:
        patterns.append((roles[what], {}))
    letters = {one: len(_PLACE.sub("", one)) for one in roles.values()}  # a closer pattern has more
    found = [
        Source(name, {**fixed, **says}, bool(fixed))
        for column, fixed in patterns
        for name, says in _matches(column, names).items()
        if not any(letters[one] > letters[column] and _matches(one, [name]) for one in letters)
    ]
    used = {source.column for source in found}
    all_used = {name for column in roles.values() for name in _matches(column, names)}
    unused = [name for name in names if name not in all_used]
    near = dict(_near_columns(patterns, found, unused))
    near = {name: like for name, like in near.items() if name not in used}
    if near and spellings is None:
        shown = "; ".join(f"{name} looks like {like.column}" for name, like in near.items())
        raise Question(
            f"{shown}: the same column? --spellings same, or --spellings different to leave it out"
        )
    for name, like in near.items() if spellings == "same" else ():
        said.append(f"The column {name} is taken as {like.column}.")
        found.append(Source(name, like.says))
    return found


def _near_columns(
    patterns: list[tuple[str, dict[str, str]]], found: list[Source], unused: list[str]
) -> Iterable[tuple[str, Source]]:
    """Find columns that fill a gap among the expected ones, but for their spelling."""
    places = [
        {key: source.says[key] for key in ("session", "time") if key in source.says}
        for source in found
    ]
    known = {source.column for source in found}
    for column, fixed in patterns:
        for says in places:
            name = _filled(column, says)
            if name in known or "{" in name:
                continue
            like = [one for one in unused if plain(one) == plain(name)] or [
                one
                for one in difflib.get_close_matches(name, unused, n=3, cutoff=0.85)
                if re.findall(r"\d+", one) == re.findall(r"\d+", name)
            ]
            if like:
                yield like[0], Source(name, {**fixed, **says})
        loose = re.compile(_pattern(column, _NUMBER).pattern, re.IGNORECASE)
        for one in unused:
            if fit := loose.fullmatch(one.replace(" ", "")):
                says = {**fixed, **fit.groupdict()}
                name = _filled(column, says)
                if name not in known:
                    yield one, Source(name, says)


def _filled(column: str, says: Mapping[str, str]) -> str:
    """Put into a pattern's places what is known of them."""
    return _PLACE.sub(lambda fit: says.get(fit[1], fit[0]), column)


def long_rows(
    cells: pd.DataFrame, sources: Sequence[Source], columns: Mapping[str, str]
) -> pd.DataFrame:
    """Bring values into one row each.

    Returns
    -------
    DataFrame
        ``row column cell``, and of ``dyad session person phase time`` those that are known; the
        name of a column beats the row.
    """
    said = {name: cells[column] for name, column in columns.items()}
    rows = pd.DataFrame({"row": cells.index, **said}, index=cells.index)
    parts = [
        rows.assign(column=source.column, cell=cells[source.column], **source.says)
        for source in sources
    ]
    return pd.concat(parts, ignore_index=True)
