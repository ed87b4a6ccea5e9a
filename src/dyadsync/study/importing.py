"""A data package from one table of a spreadsheet: what its columns are, and what is inferred."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.errors import InputError
from dyadsync.study.roles import ROLES
from dyadsync.study.writing import Field, Table, refuse_unless_empty, slug, write_package

__all__ = ["import_table", "read_map"]

_ENCODINGS = ("utf-8-sig", "cp1252")
_MISSING = ["", "NA", "NaN", "nan", ".", "-99", "-999", "#N/A", "#NULL!"]
_FIRST_PHASES = {"pre", "before", "baseline", "vor", "b", "t0"}
_PLACE = re.compile(r"\{(session|time)\}")

Map = dict[str, str]


def read_map(settings: tuple[str, ...]) -> Map:
    """Read texts ROLE=COLUMN and PERSON.PHASE=COLUMN.

    Raises
    ------
    InputError
        If one has another form or its role is unknown, or a role is there twice.

    Examples
    --------
    >>> read_map(("dyad=pair_id", "mother.before=cort_m1_{session}"))
    {'dyad': 'pair_id', 'mother.before': 'cort_m1_{session}'}
    """
    found: Map = {}
    for setting in settings:
        role, equals, column = (part.strip() for part in setting.partition("="))
        if not (role and equals and column):
            raise InputError(f"--map {setting!r} must be of the form ROLE=COLUMN.")
        if role not in ROLES and "." not in role:
            raise InputError(
                f"--map {setting!r}: the role is one of {', '.join(ROLES)}, or PERSON.PHASE for a "
                "table with a column for each, such as mother.before=cort_m1."
            )
        if role in found:
            raise InputError(f"--map {role} is there twice.")
        found[role] = column
    return found


def import_table(
    source: str | Path,
    roles: Mapping[str, str],
    folder: str | Path,
    *,
    signal: str | None = None,
    unit: str = "",
    better: str = "lower",
) -> list[str]:
    """Make a data package from one CSV file, wide or long.

    Parameters
    ----------
    source : str or Path
        A table with a row a sample (long), or with columns for persons and phases, and perhaps for
        sessions and times (wide).
    roles : mapping
        The column of each role, and in a wide table that of each person and phase, such as
        ``{"mother.before": "cort_m_pre"}``; ``{session}`` and ``{time}`` in a column's name stand
        for the number in it.
    folder : str or Path
        Where the package goes.
    signal, unit : str
        The name of the signal, by default the column's, and its unit.
    better : str
        ``"lower"`` or ``"higher"``: which outcome is the better one.

    Returns
    -------
    list of str
        What was inferred, a sentence each.

    Raises
    ------
    InputError
        If the table cannot be read, or a role that is needed has no column.
    """
    refuse_unless_empty(Path(folder))
    frame, said = _read(Path(source))
    columns = _found_columns(frame, roles, said)
    samples, said_of_samples = _samples(frame, columns)
    said += said_of_samples
    signal = signal or slug(str(columns.get("signal", "signal"))).replace("_", " ")
    positive = bool((samples["signal"] > 0).all())
    said.append(
        f"{len(samples)} samples of {signal} in {samples['dyad_id'].nunique()} dyads and "
        f"{samples['session'].nunique()} sessions, "
        + ("all above 0." if positive else "some not above 0, so no logarithm is taken of them.")
    )
    if not unit:
        said.append(f"The unit of {signal} is not known; give it with --unit.")
    tables = [
        _samples_table(samples, signal, unit, positive),
        _dyads_table(frame, columns, samples, said),
    ]
    if "outcome" in columns:
        tables.append(_ratings_table(frame, columns, better, said))
    else:
        said.append("No column has the role outcome, so the book ends at synchrony.")
    write_package(
        Path(folder), f"{slug(signal)}-study".replace("_", "-"), f"{signal} in dyads", tables
    )
    return said


def _read(source: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read a table whose separator, decimal sign and encoding are not known."""
    try:
        raw = source.read_bytes()
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror}).") from None
    if raw.startswith(b"PK\x03\x04"):
        raise InputError(f"{source} is a spreadsheet; save the table as 'CSV UTF-8'.")
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(f"{source} is not a text file; save the table as 'CSV UTF-8'.")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = list(csv.reader(text.splitlines(), delimiter=separator))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise InputError(f"{source} needs a row of column names and rows below it.")
    names = [name.strip() for name in rows[0]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{source} has the column {', '.join(map(repr, twice))} twice.")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise InputError(
                f"{source}, row {number}: {len(row)} cells, but there are {len(names)} columns."
            )
    frame = pd.DataFrame(rows[1:], columns=names).apply(lambda column: column.str.strip())
    frame = frame.mask(frame.isin(_MISSING))
    word = {",": "commas", ";": "semicolons", "\t": "tabs"}[separator]
    coded = "UTF-8" if encoding == "utf-8-sig" else "Windows-1252"
    said = [f"{source.name}: {len(frame)} rows, {len(names)} columns, parted by {word}, {coded}."]
    return frame, said


def _found_columns(frame: pd.DataFrame, roles: Mapping[str, str], said: list[str]) -> Map:
    """Find the column of each role: as given, or one of the role's own name."""
    columns = dict(roles)
    for role in ROLES:
        if role not in columns and role in frame:
            columns[role] = role
            said.append(f"The column '{role}' has the role {role}, by its name.")
    for role, column in columns.items():
        known = any(_pattern(column).fullmatch(name) for name in frame)
        if not known:
            raise InputError(
                f"--map {role}={column}: there is no such column. "
                f"The columns are {', '.join(map(str, frame.columns))}."
            )
    wide = [role for role in columns if "." in role]
    needed = ["dyad", "cause"] if wide else ["dyad", "session", "person", "signal", "cause"]
    if wide and not any("{session}" in columns[role] for role in wide):
        needed.append("session")
    if missing := [role for role in needed if role not in columns]:
        raise InputError(
            f"No column has the role {', '.join(missing)}; say which with --map "
            f"{missing[0]}=COLUMN. The columns are {', '.join(map(str, frame.columns))}."
        )
    return columns


def _pattern(column: str) -> re.Pattern[str]:
    """Make the expression that a column's name fits, with its ``{session}`` or ``{time}``."""
    parts = _PLACE.split(column)
    return re.compile(
        "".join(
            rf"(?P<{part}>\d+(?:\.\d+)?)" if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
    )


def _matching(frame: pd.DataFrame, column: str) -> Iterator[tuple[str, str | None]]:
    """List the columns that fit a name, with the number in each."""
    for name in frame:
        if found := _pattern(column).fullmatch(name):
            yield name, next(iter(found.groups()), None)


def _samples(frame: pd.DataFrame, columns: Map) -> tuple[pd.DataFrame, list[str]]:
    """Bring the samples into one row each: dyad, session, person, phase, signal."""
    wide = {role: column for role, column in columns.items() if "." in role}
    if wide:
        parts = []
        for role, column in wide.items():
            person, _, phase = role.partition(".")
            for name, session in _matching(frame, column):
                parts.append(
                    pd.DataFrame(
                        {
                            "dyad_id": frame[columns["dyad"]],
                            "session": session or frame[columns["session"]],
                            "person": person,
                            "phase": phase,
                            "signal": frame[name],
                        }
                    )
                )
        long = pd.concat(parts, ignore_index=True)
        said = [f"A wide table: {len(parts)} columns hold samples, one row of the package each."]
    else:
        taken = {"dyad": "dyad_id", "session": "session", "person": "person", "signal": "signal"}
        if "phase" in columns:
            taken["phase"] = "phase"
        long = pd.DataFrame({name: frame[columns[role]] for role, name in taken.items()})
        said = ["A long table: a row a sample."]
    long["signal"] = _numbers(long["signal"], "signal")
    long["session"] = _numbers(long["session"], "session")
    long = long.dropna(subset=["dyad_id", "session", "signal"])
    if len(long) == 0:
        raise InputError("No row has a dyad, a session and a value of the signal.")
    if (long["session"] % 1 != 0).any():
        raise InputError("The sessions must be whole numbers.")
    long["session"] = long["session"].astype("int64")
    for name in [name for name in ("person", "phase") if name in long]:
        values = _two_values(long[name], name)
        order = dict(zip(values, range(2), strict=True))
        long[name] = pd.Categorical(long[name], sorted(values, key=order.__getitem__))
        said.append(f"The {name}s are {values[0]} and {values[1]}, in this order.")
    key = [name for name in ("dyad_id", "session", "person", "phase") if name in long]
    if (twice := long.duplicated(key)).any():
        first = ", ".join(f"{name} {long.loc[twice, name].iloc[0]}" for name in key)
        raise InputError(f"There are two samples of {first}; a row of the table must be one.")
    return long.sort_values(key, kind="stable").reset_index(drop=True), said


def _two_values(column: pd.Series, name: str) -> list[str]:
    values = list(dict.fromkeys(column.dropna().astype(str)))
    if len(values) != 2:
        shown = ", ".join(values[:6])
        raise InputError(f"The {name} must have two values; the column has {shown}.")
    if name == "phase" and values[1].lower() in _FIRST_PHASES:
        values.reverse()
    return values


def _numbers(column: pd.Series, name: str) -> pd.Series:
    """Read numbers, with a decimal point or a decimal comma."""
    text = column.astype("object").where(column.notna(), None)
    numbers = pd.to_numeric(text, errors="coerce")
    if (numbers.isna() & column.notna()).any():
        commas = pd.to_numeric(text.map(_without_comma), errors="coerce")
        numbers = commas if commas.notna().sum() > numbers.notna().sum() else numbers
    if (wrong := numbers.isna() & column.notna()).any():
        raise InputError(
            f"The {name} must be numbers; row {int(wrong.idxmax()) + 2} has "
            f"{column[wrong.idxmax()]!r}."
        )
    return numbers.astype(float)


def _without_comma(cell: Any) -> Any:
    return cell.replace(",", ".") if isinstance(cell, str) else cell


def _samples_table(samples: pd.DataFrame, signal: str, unit: str, positive: bool) -> Table:
    fields = [
        _dyad_field(),
        Field("session", "integer", {"title": "Session", "dyadsync:role": "session"}),
    ]
    for name, title in (("person", "Person"), ("phase", "Before or after the session")):
        if name in samples:
            categories = [str(value) for value in samples[name].cat.categories]
            fields.append(
                Field(
                    name,
                    "string",
                    {"title": title, "categories": categories, "dyadsync:role": name},
                )
            )
    column = slug(signal) if slug(signal) not in samples else "signal"
    says: dict[str, Any] = {
        "title": signal[:1].upper() + signal[1:],
        "dyadsync:word": signal,
        "dyadsync:role": "signal",
    }
    says |= {"unit": unit} if unit else {}
    says |= {"constraints": {"exclusiveMinimum": 0}} if positive else {}
    fields.append(Field(column, "number", says))
    rows = samples.rename(columns={"signal": column})[[field.name for field in fields]]
    key = tuple(field.name for field in fields[:-1])
    return Table("samples", "One row a sample.", tuple(fields), key, rows)


def _dyads_table(
    frame: pd.DataFrame, columns: Map, samples: pd.DataFrame, said: list[str]
) -> Table:
    """One row a dyad: the cause, what dyads share, and further columns that a dyad has one of."""
    by_dyad = frame.groupby(columns["dyad"], sort=False)
    used = {name for role in columns.values() for name, _ in _matching(frame, role)}
    used -= {columns[role] for role in ("dyad", "cause", "therapist") if role in columns}
    most = by_dyad.nunique().max()
    constant = [str(name) for name in most.index if name not in used and most[name] <= 1]
    constant.append(columns["dyad"])
    for role in ("cause", "therapist"):
        if role in columns and columns[role] not in constant:
            raise InputError(
                f"The column '{columns[role]}' has the role {role}, but some dyads have two values."
            )
    first = by_dyad[[name for name in constant if name != columns["dyad"]]].first()
    first = first.loc[[dyad for dyad in first.index if dyad in set(samples["dyad_id"])]]
    fields = [_dyad_field()]
    rows = pd.DataFrame({"dyad_id": first.index})
    own: list[str] = []
    for name in map(str, first.columns):
        column = slug(name) if slug(name) not in rows else f"{slug(name)}_"
        shared: str | None = next(
            (one for one in ("cause", "therapist") if columns.get(one) == name), None
        )
        values = first[name].reset_index(drop=True)
        says: dict[str, Any] = {"title": name}
        says |= {"dyadsync:role": shared} if shared else {}
        says |= {"dyadsync:better": "lower"} if shared == "cause" else {}
        numbers = shared != "therapist" and _are_numbers(values)
        if shared == "cause":
            values = _numbers(values, "cause")
        elif numbers:
            values = _numbers(values, name)
        if shared is None:
            own.append(f"{name} ({'numbers' if numbers else 'words'})")
        kind = "number" if shared == "cause" or numbers else "string"
        fields.append(Field(column, kind, says))
        rows[column] = values
    said.append(f"The cause is '{columns['cause']}'; higher values are taken to be worse.")
    if own:
        said.append(f"Further columns of the dyads: {', '.join(own)}.")
    return Table("dyads", "One row a dyad.", tuple(fields), ("dyad_id",), rows)


def _are_numbers(values: pd.Series) -> bool:
    try:
        return bool(_numbers(values, "").notna().any())
    except InputError:
        return False


def _ratings_table(frame: pd.DataFrame, columns: Map, better: str, said: list[str]) -> Table:
    """One row a rating: dyad, time, outcome."""
    column, dyad = columns["outcome"], frame[columns["dyad"]]
    time = columns.get("time", columns.get("session"))
    parts = []
    for name, number in _matching(frame, column):
        if number is None and time is None:
            raise InputError(
                "The ratings need a time; say --map time=COLUMN, or outcome=NAME_{time}."
            )
        when = number if number is not None else frame[time]
        parts.append(pd.DataFrame({"dyad_id": dyad, "time": when, "outcome": frame[name]}))
    long = pd.concat(parts, ignore_index=True).dropna().drop_duplicates()
    long["time"] = _numbers(long["time"], "time")
    long["outcome"] = _numbers(long["outcome"], "outcome")
    long = long.drop_duplicates()
    if (twice := long.duplicated(["dyad_id", "time"])).any():
        one = long[twice].iloc[0]
        raise InputError(
            f"The dyad {one['dyad_id']} has two ratings at the time {one['time']:g}; "
            "say --map time=COLUMN."
        )
    long = long.sort_values(["dyad_id", "time"], kind="stable").reset_index(drop=True)
    name = slug(_PLACE.sub("", column)) if slug(column) not in ("dyad_id", "time") else "outcome"
    title = _PLACE.sub("", column).strip("_ ")
    said.append(f"{len(long)} ratings of '{title}', of which {better} values are better.")
    fields = (
        _dyad_field(),
        Field("time", "number", {"title": "Time", "dyadsync:role": "time"}),
        Field(
            name,
            "number",
            {"title": title, "dyadsync:role": "outcome", "dyadsync:better": better},
        ),
    )
    for column in ("time", "outcome"):
        if (long[column] % 1 == 0).all():
            long[column] = long[column].astype("int64")
    rows = long.rename(columns={"outcome": name})
    return Table("ratings", "One row a rating.", fields, ("dyad_id", "time"), rows)


def _dyad_field() -> Field:
    return Field("dyad_id", "string", {"title": "Dyad", "dyadsync:role": "dyad"})
