"""Reading a table in which nothing is out of the ordinary, a column at a time.

Frictionless checks a row at a time, which takes minutes for a million rows. A table that is plain
and right is read here; at the first thing that is not, it is left to Frictionless, which finds the
words for what is wrong.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_FORMS = {"number": r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?", "integer": r"-?\d{1,15}"}
_UNDESCRIBED = {"type": "any"}
_UNUSUAL_NAME = re.compile(r"^(?:\s|$)|\s$|\..$", re.MULTILINE)
_FIELD_KEYS = {"name", "type", "constraints", "floatNumber", "concentration"}
_BOUNDS = {
    "minimum": np.greater_equal,
    "maximum": np.less_equal,
    "exclusiveMinimum": np.greater,
    "exclusiveMaximum": np.less,
}
_RULES = {"required", "enum", *_BOUNDS}
_DIALECT = {"delimiter": (",",), "lineTerminator": ("\n", "\r\n"), "header": (True,)}


def read_plain(
    folder: Path, resource: Mapping[str, Any], known: pd.Series | None
) -> pd.DataFrame | None:
    """Read a table's cells if all is plain and right; None if anything is to be said.

    Values are Python's own, with None where a cell is empty.
    """
    schema = resource["schema"]
    fields = {field["name"]: field for field in schema["fields"]}
    dialect = resource["dialect"].get("csv", resource["dialect"])
    for setting, value in dialect.items():
        if value not in _DIALECT.get(setting, ()):
            return None
    if resource["encoding"] != "utf-8":
        return None
    path = folder / resource["path"]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lengths = set(map(len, csv.reader(file))) - {0}
        cells = pd.read_csv(path, dtype="str", keep_default_na=False, na_filter=False)
    except (ValueError, UnicodeError, OSError, csv.Error):
        return None
    if lengths != {len(cells.columns)}:
        return None
    names = list(cells)
    # pandas makes doubled names differ, and takes for an index what has no name
    if not set(fields) <= set(names) or not isinstance(cells.index, pd.RangeIndex):
        return None
    if re.search(_UNUSUAL_NAME, "\n".join(names)):
        return None
    if cells.isna().any(axis=None) or not len(cells):
        return None
    cells = cells[(cells != "").any(axis=1)].reset_index(drop=True)
    missing = cells.isin(schema["missingValues"])
    frame: dict[str, Any] = {}
    for name in names:
        column = _column(cells[name], missing[name], fields.get(name, _UNDESCRIBED))
        if column is None:
            return None
        frame[name] = column
    table = pd.DataFrame(frame)
    key = schema["primaryKey"]
    if missing[key].any(axis=None) or table.duplicated(key).any():
        return None
    for foreign in schema.get("foreignKeys", []):
        if known is None or not table[foreign["fields"][0]].isin(known).all():
            return None
    return table


def _column(cells: pd.Series, missing: pd.Series, field: Mapping[str, Any]) -> Any:
    """Turn a column's texts into values that keep its rules; None if they do not."""
    rules = field.get("constraints", {})
    known = field is _UNDESCRIBED or field.get("type") in ("string", *_FORMS)
    if not (known and set(field) <= _FIELD_KEYS and set(rules) <= _RULES):
        return None
    given = cells[~missing]
    if rules.get("required") and missing.any():
        return None
    if field["type"] in ("string", "any"):
        if (given.str.strip() != given).any():
            return None
        if "enum" in rules and not set(given) <= set(map(str, rules["enum"])):
            return None
        return cells.astype(object).where(~missing, None)
    if not given.str.fullmatch(_FORMS[field["type"]]).all() or "enum" in rules:
        return None
    # Python's own reading of a number, which pandas' differs from in the last digit
    numbers = given.to_numpy(dtype=object).astype(float)
    for rule, holds in _BOUNDS.items():
        if rule in rules and not holds(numbers, rules[rule]).all():
            return None
    if not np.isfinite(numbers).all():
        return None
    if missing.any():
        whole = np.full(len(cells), np.nan)
        whole[~missing.to_numpy()] = numbers
        return whole
    return numbers.astype("int64") if field["type"] == "integer" else numbers
