"""What is wrong with a header or a cell, put into sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from dyadsync.study.problems import Problem, problem_at
from dyadsync.study.roles import DESCRIPTOR
from dyadsync.study.schema import NUMBER_TYPES

Finding = tuple[int, str | None, str, str]
"""The row, the column, the rule that is broken, and a sentence."""

_TYPE_WORDS = {
    "number": "a number such as 4.52 (decimal point, no unit, no thousands separator)",
    "integer": "a whole number such as 12",
    "date": "a date such as 2024-01-31",
    "boolean": "true or false",
}
_NOUNS = {"number": "number", "integer": "whole number"}


def header_problems(
    labels: list[str], separator: str, name: str, schema: dict[str, Any]
) -> Iterator[Problem]:
    """Columns that are missing or doubled, and a separator that is not the one expected."""
    wanted = [field["name"] for field in schema["fields"]]
    missing = [column for column in wanted if column not in labels]
    marks = [mark for mark in ",;\t|" if len(labels) == 1 and mark in labels[0]]
    if missing and marks:
        shown = "tabs" if marks[0] == "\t" else f"'{marks[0]}'"
        text = (
            f"the columns are separated by {shown} where '{separator}' is expected; save the file "
            f"with '{separator}' between columns, or name the separator in {DESCRIPTOR} "
            '(such as "dialect": {"delimiter": ";"}).'
        )
        yield problem_at(name, 1, None, "separator", text)
        return
    if len(set(named := list(filter(None, labels)))) < len(named):
        text = "two columns have the same name; rename or remove one of them."
        yield problem_at(name, 1, None, "duplicate column", text)
        return
    unknown = [label for label in labels if label not in wanted]
    for column in missing:
        text = f"there is no column '{column}'"
        if similar := [label for label in unknown if _same_word(label, column)]:
            text += f"; the column '{similar[0]}' seems to be meant: rename it to '{column}'."
        else:
            text += f"; add it, or rename the column that holds it (found: {', '.join(labels)})."
        yield problem_at(name, 1, column, "missing column", text)


def _same_word(label: str, column: str) -> bool:
    plain = label.lower().strip().replace(" ", "_").replace("-", "_")
    return bool(get_close_matches(plain, [column], cutoff=0.6)) or plain in column.split("_")


def short(cell: Any) -> str:
    """Cut a long cell."""
    text = str(cell).replace("\r", "").replace("\n", "\\n")
    return text if len(text) <= 40 else text[:37] + "..."


def cell_findings(
    text: str, value: Any, broken: Iterable[str] | None, field: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Say what is wrong with a cell: the rules that Frictionless finds broken, and what it passes.

    Cells may be valid by the letter and meant by no one: infinity, 1_000, 'D01 '.
    """
    kind, cell = field.get("type", "any"), short(text)
    for rule in broken or ():
        if rule == "type":
            right = _TYPE_WORDS.get(kind, f"a value of the type {kind}")
            noun = _NOUNS.get(kind, "valid value")
            what = "has a decimal comma" if _decimal_comma(text) else f"is not a {noun}"
            yield f"not a {noun}", f"'{cell}' {what}; write {right}, or leave the cell empty."
        else:
            yield _constraint(rule, cell, field)
    if broken or value is None:
        return
    if kind in NUMBER_TYPES and (not math.isfinite(value) or "_" in text):
        right = _TYPE_WORDS["number"]
        yield (
            "not a number",
            f"'{text}' is not a measurement; write {right}, or leave the cell empty.",
        )
    if kind == "string" and value != value.strip():
        yield "stray space", f"'{cell}' begins or ends with a space; remove it."


def _constraint(rule: str, cell: str, field: dict[str, Any]) -> tuple[str, str]:
    """Say which rule of its column a cell breaks."""
    limit = field.get("constraints", {}).get(rule)
    if rule == "required":
        return "missing value", "the cell is empty; every row needs a value here."
    if rule == "enum":
        allowed = " or ".join(f"'{value}'" for value in limit)
        return "unknown category", f"'{cell}' is not a known {field['name']}; write {allowed}."
    if "concentration" in field and rule == "exclusiveMinimum":
        return "concentration above 0", (
            f"{cell} is not a concentration, which is above 0 {field['concentration']}; "
            "write what the laboratory measured, or leave the cell empty."
        )
    words = {
        "minimum": f"{limit} or more",
        "maximum": f"{limit} or less",
        "exclusiveMinimum": f"more than {limit}",
        "exclusiveMaximum": f"less than {limit}",
    }
    if rule in words:
        return "out of range", f"{cell} is out of range; values of this column are {words[rule]}."
    return "rule of the study", (
        f"'{cell}' is not as {DESCRIPTOR} asks of this column ({rule}: {limit}); "
        "correct the value, or the rule there."
    )


def _decimal_comma(cell: str) -> bool:
    parts = cell.strip().lstrip("+-").split(",")
    return len(parts) == 2 and all(part.isdigit() for part in parts)
