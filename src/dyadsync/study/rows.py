"""Reading the three tables a column at a time: cells become data frames, mistakes problems.

Cells of a column that are plain and right are read at once; of any other column Frictionless judges
each distinct cell.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain, dropwhile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.extras import import_extra
from dyadsync.study.description import description_problems
from dyadsync.study.findings import Finding, cell_findings, header_problems, short
from dyadsync.study.problems import Problem, problem_at
from dyadsync.study.roles import COLUMNS, DESCRIPTOR, Layout
from dyadsync.study.schema import MEASUREMENT, NUMBER_TYPES

_FORMS = {"number": r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?", "integer": r"-?\d{1,15}"}
_BOUNDS = {
    "minimum": np.greater_equal,
    "maximum": np.less_equal,
    "exclusiveMinimum": np.greater,
    "exclusiveMaximum": np.less,
}
_PLAIN_KEYS = {"name", "type", "constraints", "floatNumber", "concentration"}
_PLAIN_RULES = {"required", "unique", "enum", *_BOUNDS}
_CSV = {
    "delimiter": "delimiter",
    "quoteChar": "quotechar",
    "doubleQuote": "doublequote",
    "skipInitialSpace": "skipinitialspace",
}


def read_tables(
    folder: Path, resources: dict[str, dict[str, Any]], layout: Layout
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Read the tables, and name all that is wrong with them."""
    if not all(map(_is_plainly_described, resources.values())):
        wrong = [description_problems(resource, folder) for resource in resources.values()]
        if any(wrong):
            return {}, list(chain(*wrong))
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for table in sorted(resources, key="dyads".__ne__):  # first, as the others' keys lead to them
        dyads = frames.get("dyads")
        known = None if dyads is None else dyads[layout.columns["dyads"]["dyad_id"]]
        try:
            frame, found = _read_table(folder, resources[table], known)
        except InputError:  # a package is missing
            raise
        except (csv.Error, UnicodeError, ValueError, TypeError, KeyError, OSError) as error:
            text = f"the table cannot be read ({error}); check its description in {DESCRIPTOR}."
            name = resources[table]["path"]
            frame, found = None, [problem_at(name, None, None, "unreadable table", text)]
        problems += found
        if frame is not None:
            frames[table] = _frame(frame, resources[table], layout)
    paths = [resources[table]["path"] for table in COLUMNS if table in resources]
    return frames, sorted(problems, key=lambda problem: paths.index(problem.file))


def _csv_settings(resource: dict[str, Any]) -> dict[str, Any]:
    dialect = resource["dialect"]
    settings = dialect.get("csv", dialect) if isinstance(dialect, dict) else None
    return settings if isinstance(settings, dict) else {"no settings": True}


def _is_plain_csv(resource: dict[str, Any]) -> bool:
    """Whether the description of a file asks for nothing that Python's csv does not know."""
    settings = _csv_settings(resource)
    usual = settings.get("header", True) is True and isinstance(settings.get("delimiter", ","), str)
    return usual and set(settings) <= {*_CSV, "lineTerminator", "header"}


def _is_plainly_described(resource: dict[str, Any]) -> bool:
    """Whether the description of a table is so plain that nothing can be wrong with it."""
    return _is_plain_csv(resource) and all(map(_is_plain, resource["schema"]["fields"]))


def _is_plain(field: dict[str, Any]) -> bool:
    rules = field.get("constraints", {})
    plain = set(field) <= _PLAIN_KEYS and set(rules) <= _PLAIN_RULES
    switches = {type(rules.get(rule, True)) for rule in ("required", "unique")}
    kinds = ("any", "string", *_FORMS)
    right = isinstance(rules.get("enum", []), list) and switches == {bool}
    return plain and right and field.get("type", "any") in kinds


def _cells(folder: Path, resource: dict[str, Any]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read the labels of a table, and its rows with their numbers in a spreadsheet."""
    if _is_plain_csv(resource):
        settings = {_CSV[key]: one for key, one in _csv_settings(resource).items() if key in _CSV}
        encoding = "utf-8-sig" if resource["encoding"] == "utf-8" else resource["encoding"]
        with (folder / resource["path"]).open(encoding=encoding, newline="") as file:
            blanks = f"{settings.get('delimiter', ',')} " in file.readline()
            file.seek(0)
            reader = csv.reader(file, **{"skipinitialspace": blanks} | settings)
            rows = list(enumerate(reader, start=1))
        (_, labels), *rows = dropwhile(lambda row: not any(row[1]), rows)
    else:
        frictionless = import_extra("frictionless", "Reading a table that is no plain CSV")
        described = {key: one for key, one in resource.items() if key != "schema"}
        any_type = frictionless.Detector(field_type="any")
        try:
            with frictionless.Resource.from_descriptor(
                described, detector=any_type, basepath=str(folder)
            ) as opened:
                labels = opened.labels or [one["name"] for one in resource["schema"]["fields"]]
                rows = [(row.row_number, list(map(str, row.cells))) for row in opened.row_stream]
        except frictionless.FrictionlessException as error:
            raise ValueError(error.error.note) from None
    return [str(label).strip() for label in labels], rows


def _read_table(
    folder: Path, resource: dict[str, Any], known: pd.Series | None
) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Read a table, and name what is wrong with it; `known` are the dyads that it may name."""
    name, schema = resource["path"], resource["schema"]
    labels, rows = _cells(folder, resource)
    separator = _csv_settings(resource).get("delimiter", ",")
    if found := list(header_problems(labels, separator, name, schema)):
        return None, found
    rows = [(row, cells) for row, cells in rows if any(cells)]  # spreadsheets leave empty ones
    if not rows:
        text = "there is a header but no row below it."
        return None, [problem_at(name, None, None, "empty table", text)]
    findings: list[Finding] = []
    for row, cells in rows:
        if len(cells) > len(labels):
            text = "the row has more cells than the header; remove them (a comma inside a value?)."
            findings.append((row, None, "too many cells", text))
        for label in labels[len(cells) :]:
            text = "the row ends before this column; every row needs as many cells as the header."
            findings.append((row, label, "too few cells", text))
    cut = {(row, label) for row, label, *_ in findings}
    width = len(labels)
    table = pd.DataFrame(
        [cells if len(cells) == width else (cells + [""] * width)[:width] for _, cells in rows],
        columns=labels,
        index=[row for row, _ in rows],
        dtype=object,
    )
    fields = {field["name"]: field for field in schema["fields"]}
    columns = {}
    for label in filter(None, labels):
        field = fields.get(label, {"name": label, "type": "any"})
        absent = table[label].isin(schema["missingValues"])
        columns[label] = _plain_column(table[label], absent, field)
        if columns[label] is None:
            columns[label], wrong = _judged_column(table[label], schema["missingValues"], field)
            findings += [one for one in wrong if (one[0], label) not in cut]
        if field.get("constraints", {}).get("unique"):
            findings += _repeated(columns[label], table[label])
    frame = pd.DataFrame(columns, index=table.index)
    findings += _keys(frame, schema, known)
    findings.sort(key=lambda one: one[0])
    return frame.reset_index(drop=True), [problem_at(name, *one) for one in findings]


def _plain_column(cells: pd.Series, absent: pd.Series, field: dict[str, Any]) -> Any:
    """Turn a column's texts into values if all are plain and keep its rules; else None."""
    kind, rules = field.get("type", "any"), field.get("constraints", {})
    given = cells[~absent]
    if not _is_plain(field) or (rules.get("required") and absent.any()):
        return None
    if kind in ("any", "string"):
        strays = kind == "string" and (given.str.strip() != given).any()
        if strays or not set(given) <= set(map(str, rules.get("enum", given))):
            return None
        return cells.where(~absent, None)
    if "enum" in rules or not given.str.fullmatch(_FORMS[kind]).all():
        return None
    # Python's own reading of a number, which pandas' differs from in the last digit
    numbers = given.astype(float)
    kept = all(
        holds(numbers, rules[rule]).all() for rule, holds in _BOUNDS.items() if rule in rules
    )
    if not (kept and np.isfinite(numbers).all()):
        return None
    whole = kind == "integer" and not absent.any()
    return numbers.astype("int64") if whole else numbers.reindex(cells.index)


def _judged_column(
    cells: pd.Series, missing: list[str], field: dict[str, Any]
) -> tuple[pd.Series, list[Finding]]:
    """Let Frictionless read each distinct cell of a column, and say what is wrong with it."""
    frictionless = import_extra("frictionless", "Checking a table that is not plain and right")
    described = {key: one for key, one in field.items() if key != "concentration"}
    rules = described.get("constraints", {})
    described["constraints"] = {rule: one for rule, one in rules.items() if rule != "unique"}
    reader = frictionless.Field.from_descriptor(described | {"missingValues": missing})
    read = reader.create_cell_reader()
    values = {text: read(text) for text in cells.unique()}
    found = {
        text: list(cell_findings(text, value, broken, field))
        for text, (value, broken) in values.items()
    }
    findings = [(row, field["name"], *one) for row, text in cells.items() for one in found[text]]
    return pd.Series([values[text][0] for text in cells], cells.index, dtype=object), findings


def _repeated(values: pd.Series, cells: pd.Series) -> Iterator[Finding]:
    for row in values.index[values.notna() & values.duplicated()]:
        text = f"'{short(cells[row])}' is there twice; the values of this column must differ."
        yield row, str(cells.name), "duplicate", text


def _keys(
    frame: pd.DataFrame, schema: dict[str, Any], known: pd.Series | None
) -> Iterator[Finding]:
    """Name rows whose key is there already, or whose dyad is not there."""
    key = schema["primaryKey"]
    whole = frame[frame[key].notna().all(axis=1)]  # half a key is named as what it lacks
    twice = whole[whole.duplicated(key, keep=False)]
    first: dict[Any, int] = {}
    for row, *values in twice[key].itertuples():
        if first.setdefault(tuple(values), row) != row:
            shown = ", ".join(f"{one} {value}" for one, value in zip(key, values, strict=True))
            same = first[tuple(values)]
            text = f"{shown} is there twice (first in row {same}); keep one of the two rows."
            yield row, key[0] if len(key) == 1 else None, "duplicate", text
    if known is None or "foreignKeys" not in schema:
        return
    [column] = schema["foreignKeys"][0]["fields"]
    dyads = frame[column].dropna()
    for row, dyad in dyads[~dyads.isin(known)].items():
        text = (
            f"the dyad '{short(dyad)}' is not in the table of dyads; add a row for it there, or "
            "correct the spelling here."
        )
        yield row, column, "unknown dyad", text


def _frame(frame: pd.DataFrame, resource: dict[str, Any], layout: Layout) -> pd.DataFrame:
    """One type per column; measurements that were not made are left out."""
    table = resource["name"]
    types = {field["name"]: field.get("type", "any") for field in resource["schema"]["fields"]}
    for column in frame.columns:
        kind = types.get(column, "any")
        if kind in NUMBER_TYPES:
            frame[column] = pd.to_numeric(frame[column], errors="coerce")
        elif kind == "any":  # a column that no description names: numbers if it can be
            frame[column] = frame[column].replace("", None)
            try:
                frame[column] = pd.to_numeric(frame[column])
            except (ValueError, TypeError):
                frame[column] = frame[column].astype("str")
        elif kind == "string":
            frame[column] = frame[column].astype("str")
    measured = layout.columns[table].get(MEASUREMENT.get(table, ""))
    if measured is not None:
        frame = frame.dropna(subset=[measured]).reset_index(drop=True)
    for column, kind in types.items():
        if kind == "integer" and frame[column].notna().all():
            frame[column] = frame[column].astype("int64")
    return frame
