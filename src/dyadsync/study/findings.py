"""What Frictionless found in a header, a row or a cell, put into sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from dyadsync.study.problems import Problem, problem_at
from dyadsync.study.roles import DESCRIPTOR
from dyadsync.study.schema import NUMBER_TYPES

_TYPE_WORDS = {
    "number": "a number such as 4.52 (decimal point, no unit, no thousands separator)",
    "integer": "a whole number such as 12",
    "date": "a date such as 2024-01-31",
    "boolean": "true or false",
}


def header_problems(opened: Any, name: str, resource: dict[str, Any]) -> Iterator[Problem]:
    """Columns that are missing or doubled, and a separator that is not the one expected."""
    labels = [str(label) for label in opened.labels]
    wanted = [field["name"] for field in resource["schema"]["fields"]]
    unknown = [label for label in labels if label not in wanted]
    errors = opened.header.errors
    marks = [mark for mark in ",;\t|" if len(labels) == 1 and mark in labels[0]]
    if errors and marks:
        shown = "tabs" if marks[0] == "\t" else f"'{marks[0]}'"
        delimiter = opened.dialect.get_control("csv").delimiter
        text = (
            f"the columns are separated by {shown} where '{delimiter}' is expected; save the file "
            f"with '{delimiter}' between columns, or name the separator in {DESCRIPTOR} "
            '(such as "dialect": {"delimiter": ";"}).'
        )
        yield problem_at(name, 1, None, "separator", text)
        return
    for error in errors:
        if error.type != "missing-label":
            yield problem_at(name, 1, None, "header", f"{error.message}.")
            continue
        column = error.field_name
        text = f"there is no column '{column}'"
        if similar := [label for label in unknown if _same_word(label, column)]:
            text += f"; the column '{similar[0]}' seems to be meant: rename it to '{column}'."
        else:
            text += f"; add it, or rename the column that holds it (found: {', '.join(labels)})."
        yield problem_at(name, 1, column, "missing column", text)


def _same_word(label: str, column: str) -> bool:
    plain = label.lower().strip().replace(" ", "_").replace("-", "_")
    return bool(get_close_matches(plain, [column], cutoff=0.6)) or plain in column.split("_")


def cell_problems(
    row: Any, values: dict[str, Any], fields: dict[str, Any], name: str, wrong: set[str | None]
) -> Iterator[Problem]:
    """Cells that are valid by the letter and meant by no one: infinity, 1_000, 'D01 '."""
    for (column, value), cell in zip(values.items(), row.cells, strict=False):
        if column in wrong or value is None:
            continue
        kind = fields[column].type
        if kind in NUMBER_TYPES and (not math.isfinite(value) or "_" in str(cell)):
            right = _TYPE_WORDS["number"]
            text = f"'{cell}' is not a measurement; write {right}, or leave the cell empty."
            yield problem_at(name, row.row_number, column, "not a number", text)
        if kind == "string" and value != value.strip():
            text = f"'{_short(value)}' begins or ends with a space; remove it."
            yield problem_at(name, row.row_number, column, "stray space", text)


def _short(cell: Any) -> str:
    text = str(cell).replace("\r", "").replace("\n", "\\n")
    return text if len(text) <= 40 else text[:37] + "..."


def row_problem(
    error: Any,
    row: Any,
    name: str,
    resource: dict[str, Any],
    first_row: dict[tuple[Any, ...], int],
) -> Problem:
    """One of Frictionless's findings about a row, as a sentence."""
    number, kind = row.row_number, error.type
    schema = resource["schema"]
    column = getattr(error, "field_name", None) or None
    cell = _short(getattr(error, "cell", None))
    field: dict[str, Any] = next((one for one in schema["fields"] if one["name"] == column), {})
    if kind == "type-error":
        right = _TYPE_WORDS.get(field.get("type", ""), f"a value of the type {field.get('type')}")
        noun = "number" if field.get("type") in NUMBER_TYPES else "valid value"
        if field.get("type") == "integer":
            noun = "whole number"
        what = "has a decimal comma" if _decimal_comma(cell) else f"is not a {noun}"
        text = f"'{cell}' {what}; write {right}, or leave the cell empty."
        return problem_at(name, number, column, f"not a {noun}", text)
    if kind == "constraint-error":
        return _constraint_problem(error, number, column, cell, field, name)
    if kind == "primary-key":
        key = schema["primaryKey"]
        values = tuple(row[one] for one in key)
        shown = ", ".join(f"{one} {value}" for one, value in zip(key, values, strict=True))
        same = first_row.get(values)
        text = f"{shown} is there twice (first in row {same}); keep one of the two rows."
        return problem_at(name, number, key[0] if len(key) == 1 else None, "duplicate", text)
    if kind == "foreign-key":
        [column] = schema["foreignKeys"][0]["fields"]
        dyad = _short(row[column])
        text = (
            f"the dyad '{dyad}' is not in the table of dyads; add a row for it there, or correct "
            "the spelling here."
        )
        return problem_at(name, number, column, "unknown dyad", text)
    if kind == "unique-error":
        text = f"'{cell}' is there twice; the values of this column must differ."
        return problem_at(name, number, column, "duplicate", text)
    if kind == "extra-cell":
        text = "the row has more cells than the header; remove them (a comma inside a value?)."
        return problem_at(name, number, None, "too many cells", text)
    if kind == "missing-cell":
        text = "the row ends before this column; every row needs as many cells as the header."
        return problem_at(name, number, column, "too few cells", text)
    return problem_at(name, number, column, kind.replace("-", " "), f"{error.message}.")


def _constraint_problem(
    error: Any, row: int, column: str | None, cell: Any, field: dict[str, Any], name: str
) -> Problem:
    broken = error.note.split('"')[1] if '"' in error.note else ""
    limit = field.get("constraints", {}).get(broken)
    if broken == "required":
        text = "the cell is empty; every row needs a value here."
        return problem_at(name, row, column, "missing value", text)
    if broken == "enum":
        allowed = " or ".join(f"'{value}'" for value in limit) if limit else "a known category"
        text = f"'{cell}' is not a known {column}; write {allowed}."
        return problem_at(name, row, column, "unknown category", text)
    if "concentration" in field and broken == "exclusiveMinimum":
        text = (
            f"{cell} is not a concentration, which is above 0 {field['concentration']}; "
            "write what the laboratory measured, or leave the cell empty."
        )
        return problem_at(name, row, column, "concentration above 0", text)
    words = {
        "minimum": f"{limit} or more",
        "maximum": f"{limit} or less",
        "exclusiveMinimum": f"more than {limit}",
        "exclusiveMaximum": f"less than {limit}",
    }
    if broken in words:
        text = f"{cell} is out of range; values of this column are {words[broken]}."
        return problem_at(name, row, column, "out of range", text)
    text = (
        f"'{cell}' is not as {DESCRIPTOR} asks of this column ({broken}: {limit}); "
        "correct the value, or the rule there."
    )
    return problem_at(name, row, column, "rule of the study", text)


def _decimal_comma(cell: Any) -> bool:
    parts = str(cell).strip().lstrip("+-").split(",")
    return len(parts) == 2 and all(part.isdigit() for part in parts)


def reading_problems(error: Any, name: str) -> Iterator[Problem]:
    """Frictionless could not read the table at all."""
    for one in error.reasons or [error.error]:
        if "unique labels" in one.note:
            text = "two columns have the same name; rename or remove one of them."
            yield problem_at(name, 1, None, "duplicate column", text)
        else:
            text = f"the file cannot be read as a table ({one.note}); save it as 'CSV UTF-8'."
            yield problem_at(name, None, None, "unreadable file", text)
