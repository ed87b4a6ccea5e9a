"""A data package from a table: written whole, with the receipt of what became of the table."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.errors import InputError
from dyadsync.importing.answers import Answers
from dyadsync.importing.contents import Contents, read_contents
from dyadsync.importing.labels import TIME_WORDS
from dyadsync.importing.layout import has_columns
from dyadsync.importing.receipt import RECEIPT, contents, receipt_of
from dyadsync.importing.sheet import read_sheet
from dyadsync.study.writing import (
    Field,
    Table,
    credits_of,
    refuse_unless_empty,
    slug,
    write_package,
)

_DYAD = Field("dyad_id", "string", {"title": "Dyad", "dyadsync:role": "dyad"})
_OPTIONS = {name: name[:-1] for name in ("persons", "phases", "sessions", "times", "authors")}


@dataclass(frozen=True)
class Imported:
    """What `import_table` made of a table."""

    receipt: dict[str, Any]
    tables: list[Table]


def import_table(
    source: str | Path,
    roles: Mapping[str, str],
    folder: str | Path,
    answers: Answers | None = None,
    *,
    dry_run: bool = False,
) -> Imported:
    """Make a data package from one table of a spreadsheet, whatever its layout.

    Parameters
    ----------
    source : str or Path
        A text file with separated columns, a workbook (``.xlsx .xls .ods``), or a file of SPSS
        (``.sav``) or Stata (``.dta``).
    roles : mapping
        The column of each role. ``{session} {person} {phase} {time}`` in a column's name stand for
        what is in its place: ``{"signal": "T{session}_{phase}_{person}"}``. Columns whose names
        name no person or phase are mapped one by one: ``{"mother.before": "cort_m_pre"}``.
    folder : str or Path
        Where the package goes.
    answers : Answers, optional
        What the table itself does not say.
    dry_run : bool
        Whether nothing is written.

    Returns
    -------
    Imported
        The receipt, which is also in the package (``import.json``), and the tables.

    Raises
    ------
    Question
        If the table can be read in two ways; the sentence names the option that answers.
    InputError
        If it cannot be read, or a role that is needed has no column.
    """
    answers = answers or Answers()
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{source} is a folder; name the table in it.")
    if not dry_run:
        refuse_unless_empty(Path(folder))
    sheet = read_sheet(path, lambda names: has_columns(names, roles), answers)
    found = read_contents(sheet, roles, answers)
    tables = [_samples_table(found, answers), _dyads_table(found)]
    if found.ratings is not None:
        tables.append(_ratings_table(found, found.ratings, answers))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    receipt = receipt_of(sheet, found, answers, digest, command_of(path.name, found, answers))
    receipt["package"] = {f"{table.name}.csv": contents(table.rows) for table in tables}
    texts = {RECEIPT: json.dumps(receipt, indent=1, ensure_ascii=False) + "\n"}
    signal = _signal(found.roles, answers)
    name = f"{slug(signal)}-study".replace("_", "-")
    says = credits_of(answers.authors, answers.licence, answers.paper)
    says |= {} if "cause" in found.roles else {"dyadsync:without": ["cause"]}
    title = answers.title or f"{signal} in dyads"
    write_package(Path(folder), name, title, tables, says=says, texts=texts, dry_run=dry_run)
    return Imported(receipt, tables)


def command_of(file: str, found: Contents, answers: Answers) -> str:
    """Give the command that reads the table in the same way, every answer in it."""
    codes = ",".join([*(code for code in answers.missing if code != "none"), "none"])
    known = replace(
        answers,
        decimal=found.marks.decimal,
        thousands=found.marks.thousands or "none",
        missing=(codes,),
        limit=found.limit,
        persons=(",".join(found.persons),),
        phases=dict(zip(("pre", "post"), found.phases, strict=False)),
        better=answers.better if "outcome" in found.roles else "",
    )
    words = [part for role, column in found.roles.items() for part in ("--map", f"{role}={column}")]
    for name, value in vars(known).items():
        option = f"--{_OPTIONS.get(name, name).replace('_', '-')}"
        if isinstance(value, bool):
            words.append(option if value else option.replace("--", "--no-"))
            continue
        if isinstance(value, Mapping):
            value = ",".join(f"{key}={_written(one)}" for key, one in value.items())
        for text in map(_written, value if isinstance(value, tuple) else (value,)):
            words += [f"{option}={text}"] if text.startswith("-") else [option, text] * bool(text)
    return shlex.join(["dyadsync", "import", file, *words])


def _written(value: str | float | None) -> str:
    return f"{value:g}" if isinstance(value, int | float) else value or ""


def _signal(roles: Mapping[str, str], answers: Answers) -> str:
    return answers.signal or _title(roles.get("signal", "signal"), "signal")


def _title(column: str, otherwise: str) -> str:
    """Give what of a column's name says no session, person, phase or time.

    Examples
    --------
    >>> _title("HRSD_w{time}", ""), _title("Anxiety T{time}", ""), _title("IDS {person} {time}", "")
    ('HRSD', 'Anxiety', 'IDS')
    """
    bare = re.sub(r"\{\w+\}", "", column).strip("_ .-")
    if "{time}" in column and (split := re.fullmatch(r"(.+?)[_ .-]+([^\W\d_]+)", bare)):
        bare = split[1] if split[2].casefold() in TIME_WORDS else bare
    return bare or otherwise


def _samples_table(found: Contents, answers: Answers) -> Table:
    signal = _signal(found.roles, answers)
    session = _title(found.roles.get("session", ""), "Session")
    fields = [
        _DYAD,
        Field("session", "integer", {"title": session, "dyadsync:role": "session"}),
    ]
    two = {"person": ("Person", found.persons), "phase": ("Before or after", found.phases)}
    for name, (title, values) in two.items():
        if values:
            says = {"title": title, "categories": values, "dyadsync:role": name}
            fields.append(Field(name, "string", says))
    key = tuple(field.name for field in fields)
    if "session_time" in found.samples:
        says = {"title": "Time of the session", "dyadsync:role": "time"}
        says |= {"unit": found.time_unit} if found.time_unit else {}
        fields.append(Field("session_time", "number", says))
    taken = {field.name for field in fields}
    column = slug(signal) if slug(signal) not in taken else "signal"
    positive = bool((found.samples["signal"] > 0).all())
    about: dict[str, Any] = {"title": signal, "dyadsync:role": "signal"}
    about |= {"unit": answers.unit} if answers.unit else {}
    about |= {"limitOfQuantification": found.limit} if found.limit is not None else {}
    about |= {"constraints": {"exclusiveMinimum": 0}} if positive else {}
    fields.append(Field(column, "number", about))
    names = {"dyad_id": "dyad", column: "signal"}
    rows = pd.DataFrame({f.name: found.samples[names.get(f.name, f.name)] for f in fields})
    rows = _sorted(rows, key, {"person": found.persons, "phase": found.phases})
    return Table("samples", "One row per sample.", tuple(fields), key, rows, missing=("",))


def _sorted(
    rows: pd.DataFrame, key: tuple[str, ...], orders: Mapping[str, list[str]]
) -> pd.DataFrame:
    """Sort by the key, persons and phases in their order."""

    def order(column: pd.Series) -> pd.Series:
        values = orders.get(str(column.name))
        return column if not values else column.map(values.index)

    return rows.sort_values(list(key), key=order, kind="stable").reset_index(drop=True)


def _dyads_table(found: Contents) -> Table:
    """Give one row per dyad, under plain names."""
    shared = {found.roles[role]: role for role in ("cause", "therapist") if role in found.roles}
    fields = [_DYAD]
    rows = pd.DataFrame({"dyad_id": found.dyads.index})
    for name in map(str, found.dyads):
        column = slug(name)
        while column in rows:
            column += "_"
        role = shared.get(name)
        says: dict[str, Any] = {"title": name}
        says |= {"dyadsync:role": role} if role else {}
        says |= {"dyadsync:better": "lower"} if role == "cause" else {}
        number = pd.api.types.is_float_dtype(found.dyads[name])
        fields.append(Field(column, "number" if number else "string", says))
        rows[column] = _whole(found.dyads[name]).to_numpy()
    return Table("dyads", "One row per dyad.", tuple(fields), ("dyad_id",), rows, missing=("",))


def _ratings_table(found: Contents, ratings: pd.DataFrame, answers: Answers) -> Table:
    """Give one row per rating."""
    title = _title(found.roles["outcome"], "outcome")
    name = slug(title) if slug(title) not in ("dyad_id", "time") else "outcome"
    better = "higher" if answers.outcome_is == "improvement" else answers.better
    time = {"title": _title(found.roles.get("time", ""), "Time"), "dyadsync:role": "time"}
    time |= {"unit": found.time_unit} if found.time_unit else {}
    outcome = {"title": title, "dyadsync:role": "outcome", "dyadsync:better": better}
    fields = (_DYAD, Field("time", "number", time), Field(name, "number", outcome))
    values = ratings["dyad"], _whole(ratings["time"]), _whole(ratings["outcome"])
    key = ("dyad_id", "time")
    rows = _sorted(pd.DataFrame(dict(zip((*key, name), values, strict=True))), key, {})
    return Table("ratings", "One row per rating.", fields, key, rows, missing=("",))


def _whole(values: pd.Series) -> pd.Series:
    """Write whole numbers without a point."""
    if pd.api.types.is_float_dtype(values) and values.notna().all() and (values % 1 == 0).all():
        return values.astype("int64")
    return values
