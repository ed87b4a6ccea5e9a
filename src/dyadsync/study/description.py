"""Reading and checking ``datapackage.json``, and what it says about the files beside it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from dyadsync.extras import import_extra
from dyadsync.study.problems import DataError, Problem, problem_at
from dyadsync.study.roles import DESCRIPTOR, SHIPPED_TABLES, Layout
from dyadsync.study.schema import NUMBER_TYPES, schema_to_check

_STANDARD = "https://datapackage.org/profiles/2.0/datapackage.json"  # a name; nothing is fetched
LICENCE_TO_FILL_IN = "to-be-filled-in"
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def read_descriptor(folder: Path) -> dict[str, Any]:
    """Read a folder's descriptor.

    Raises
    ------
    DataError
        Where there is none to use.
    """
    if not folder.exists():
        text = "this folder does not exist; give the folder that holds datapackage.json."
        raise _refused("missing folder", text, str(folder))
    if not folder.is_dir():
        text = "this is a file; give the folder that holds datapackage.json."
        raise _refused("missing folder", text, str(folder))
    file = folder / DESCRIPTOR
    if not file.is_file():
        text = (
            f"the folder {folder} has no such file, which says what each table and column holds; "
            "'dyadsync new' writes a package to fill in, 'dyadsync import' makes one from a table."
        )
        raise _refused("missing file", text)
    try:
        descriptor = json.loads(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        text = "the file is not in the UTF-8 encoding; save it as UTF-8."
        raise _refused("file encoding", text) from None
    except json.JSONDecodeError as error:
        text = (
            f"this is not valid JSON: at character {error.colno} of line {error.lineno} "
            f"the reader found a mistake ({error.msg}); often a comma or a quotation mark is "
            "missing there or on the line above."
        )
        raise _refused("broken JSON", text, row=error.lineno) from None
    except (OSError, RecursionError) as error:
        raise _refused("unreadable file", f"the file cannot be read ({error}).") from None
    if not isinstance(descriptor, dict) or not isinstance(descriptor.get("resources"), list):
        text = "it must be a JSON object with a list 'resources' that describes the three tables."
        raise _refused("no tables described", text)
    return descriptor


def _refused(rule: str, text: str, file: str = DESCRIPTOR, row: int | None = None) -> DataError:
    return DataError([problem_at(file, row, None, rule, text)])


def settings_problems(descriptor: dict[str, Any], layout: Layout) -> list[Problem]:
    """Entries of the descriptor that this package reads itself."""
    signal = layout.field("samples", "signal")
    unit = str(signal.get("unit", "pg/mL" if not layout.declared else "")).strip()
    limit = signal.get("limitOfQuantification")
    right = f"give a positive concentration in {unit}" if unit else "give a positive number"
    problems = []
    for entry, (holds, what) in {"limitOfQuantification": (_positive, right), **_ENTRIES}.items():
        value = limit if entry == "limitOfQuantification" else descriptor.get(entry)
        if value is not None and not holds(value):
            text = f"the entry '{entry}' is {value!r}; {what}."
            problems.append(problem_at(DESCRIPTOR, None, None, "wrong entry", text))
    return problems


def _number(value: Any) -> bool:
    finite = isinstance(value, int | float) and math.isfinite(value)
    return finite and not isinstance(value, bool)


def _positive(value: Any) -> bool:
    return _number(value) and value > 0


def _length_or_span(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) == 2 and all(map(_number, value)) and value[0] < value[1]
    return _positive(value)


def _sessions(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return set(map(type, value)) == {int} and min(value) >= 0


def _simulation(entry: Any) -> bool:
    return isinstance(entry, dict) and "seed" in entry and isinstance(entry.get("design"), dict)


def has_name_at_spdx(licence: Any) -> bool:
    """Whether a licence is one that SPDX lists, by its name there or still to be filled in."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if licence == LICENCE_TO_FILL_IN:
        return True
    try:
        known = canonicalize_license_expression(str(licence))
    except InvalidLicenseExpression:
        return False
    return " " not in known and not known.startswith("LicenseRef-")


def _licences(value: Any) -> bool:
    """Whether each has a name or the path of its text, as the Data Package standard asks."""
    return isinstance(value, list) and all(
        isinstance(one, dict) and (one.get("path") or has_name_at_spdx(one.get("name")))
        for one in value
    )


_ENTRIES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "licenses": (
        _licences,
        'give each licence by its name at SPDX (spdx.org/licenses), such as [{"name": '
        '"CC-BY-4.0"}], or by the address or path of its text, such as [{"path": "LICENCE.txt"}]',
    ),
    "dyadsync:planned_weeks": (
        _positive,
        "give the planned length of treatment in weeks, such as 16",
    ),
    "dyadsync:planned_time": (
        _length_or_span,
        "give the planned length of the study in the unit of the column with the role 'time', or "
        "its first and last time, such as [-6, 6]",
    ),
    "dyadsync:without": (
        ([], ["cause"]).__contains__,
        'a study without a cause says ["cause"]',
    ),
    "dyadsync:planned_sessions": (
        _sessions,
        "give a list of session numbers, such as [4, 8, 12, 16]",
    ),
    "dyadsync:simulation": (
        _simulation,
        "simulated data name their 'design' and 'seed' here; delete it if the data are observed",
    ),
}


def words_problems(descriptor: dict[str, Any]) -> list[Problem]:
    """Descriptions of tables and columns from which no words can be read."""
    problems: list[Problem] = []

    def report(what: str, rule: str = "wrong description") -> None:
        problems.append(problem_at(DESCRIPTOR, None, None, rule, f"{what}."))

    if not isinstance(descriptor.get("title", ""), str):
        report(f"the 'title' is {descriptor['title']!r} and must be a text")
    for resource in descriptor["resources"]:
        if not isinstance(resource, dict):
            report(f"a table is described by {resource!r}; it must be an object with a 'name'")
            continue
        name, schema = resource.get("name"), resource.get("schema", {})
        if isinstance(schema, str):
            what = f"describe the columns of '{name}' in this file, not in a separate one"
            report(what, "separate description")
        fields = schema.get("fields") if isinstance(schema, dict) else None
        seen: list[str] = []
        for field in fields if isinstance(fields, list) else []:
            column = field.get("name") if isinstance(field, dict) else None
            if not isinstance(column, str):
                continue
            seen.append(column)
            if seen.count(column) == 2:
                report(f"the column '{column}' of the table '{name}' is described twice; keep one")
            for entry in ("title", "description", "unit"):
                if not isinstance(field.get(entry, ""), str):
                    report(f"the '{entry}' of the column '{column}' is {field[entry]!r}; give text")
            if not isinstance(field.get("categories", []), list):
                report(f"the 'categories' of the column '{column}' must be a list")
    return problems


def resource_to_check(
    folder: Path, layout: Layout, table: str
) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Say what Frictionless is to check of one table, or why it cannot be looked at.

    A table that may be missing, the outcome's of a package with roles, is neither.
    """
    if table not in layout.resources:
        if layout.declared and table == "symptoms":
            return None, []
        name = SHIPPED_TABLES[table]
        text = f"no table named '{name}' is described; 'resources' needs one of that name."
        if layout.declared:
            role = {"samples": "signal", "dyads": "cause"}[table]
            text = f"no table has a column with the role '{role}'; give it \"dyadsync:role\"."
        return None, [problem_at(DESCRIPTOR, None, None, "missing table", text)]
    declared = layout.resources[table]
    name = str(declared.get("name", table))
    path = declared.get("path")
    if not isinstance(path, str) or not path:
        text = f"the table '{name}' needs one 'path' to its CSV file, such as \"{name}.csv\"."
        return None, [problem_at(DESCRIPTOR, None, None, "missing path", text)]
    if not _stays_inside(folder, path):
        text = (
            f"the path '{path}' of the table '{name}' leads out of the data folder; "
            "put the file into the folder and give its name only."
        )
        return None, [problem_at(DESCRIPTOR, None, None, "path outside the folder", text)]
    if isinstance(declared.get("schema", {}), str):
        return None, []  # it is said already
    if isinstance(declared.get("dialect", {}), str):
        text = f"describe the columns of '{name}' in this file, not in a separate one."
        return None, [problem_at(DESCRIPTOR, None, None, "separate description", text)]

    encoding = declared.get("encoding", "utf-8")
    problem = _text_problem(folder / path, path, encoding)
    if problem is not None:
        return None, [problem]

    found = _rules_problems(name, declared, layout.fields[table])
    if found:
        return None, found
    return {
        "name": table,
        "title": name,
        "path": path,
        "format": "csv",
        "encoding": encoding,
        "dialect": declared.get("dialect", {"csv": {"delimiter": ","}}),
        "schema": schema_to_check(layout, table),
    }, []


def _stays_inside(folder: Path, path: str) -> bool:
    """Whether a descriptor's path is a plain relative one that ends inside the folder."""
    if "://" in path or PureWindowsPath(path).drive or PurePosixPath(path).is_absolute():
        return False
    if "\\" in path or ".." in PurePosixPath(path).parts or path.startswith(("~", "$", "%")):
        return False
    return (folder / path).resolve().is_relative_to(folder.resolve())


def _text_problem(file: Path, name: str, encoding: Any) -> Problem | None:
    """Find what keeps a file from being read as a text table at all."""
    if not file.is_file():
        text = f"there is no such file in the data folder; {DESCRIPTOR} names it."
        return problem_at(name, None, None, "missing file", text)
    try:
        raw = file.read_bytes()
    except OSError as error:
        return problem_at(
            name, None, None, "unreadable file", f"the file cannot be read ({error})."
        )
    if not raw.strip():
        text = "the file is empty; it needs a header row with the column names and rows below it."
        return problem_at(name, None, None, "empty file", text)
    if raw.startswith(b"PK\x03\x04"):
        text = "this is a spreadsheet or an archive; save the table as 'CSV UTF-8'."
        return problem_at(name, None, None, "not a CSV file", text)
    try:
        content = raw.decode(encoding)
    except (LookupError, TypeError):
        text = f'datapackage.json gives the unknown encoding {encoding!r}; use "utf-8".'
        return problem_at(name, None, None, "file encoding", text)
    except UnicodeDecodeError as error:
        row = None if b"\x00" in raw else raw[: error.start].count(b"\n") + 1
        text = (
            f"the file is not in the encoding {encoding}; save it as 'CSV UTF-8', or name its "
            'encoding in datapackage.json (such as "encoding": "latin-1").'
        )
        return problem_at(name, row, None, "file encoding", text)
    if "\x00" in content:
        text = "the file is not plain UTF-8 text (perhaps UTF-16); save it as 'CSV UTF-8'."
        return problem_at(name, None, None, "file encoding", text)
    return None


def _rules_problems(
    table: str, declared: Mapping[str, Any], fields: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """Mistakes in a table's description that Frictionless would trip over."""
    problems = []

    def report(what: str) -> None:
        text = f"in the description of the table '{table}', {what}."
        problems.append(problem_at(DESCRIPTOR, None, None, "wrong description", text))

    schema = declared.get("schema", {})
    if not isinstance(schema, dict) or not isinstance(schema.get("fields", []), list):
        report("'schema' must be an object with a list of 'fields'")
        return problems
    missing = schema.get("missingValues", [])
    if not isinstance(missing, list) or not set(map(type, missing)) <= {str}:
        report('\'missingValues\' must be a list of texts, such as ["", "NA"]')
    for name, field in fields.items():
        if not isinstance(field.get("type", ""), str):
            report(f"the 'type' of the column '{name}' must be a text, such as \"number\"")
            continue
        constraints = field.get("constraints", {})
        if not isinstance(constraints, dict):
            report(f"the 'constraints' of the column '{name}' must be an object")
            continue
        pattern = constraints.get("pattern", "")
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            report(
                f"the pattern of the column '{name}' is {pattern!r} and no regular expression "
                f"({error})"
            )
        for bound in _BOUNDS:
            value = constraints.get(bound, 0)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if field.get("type") in NUMBER_TYPES and not number:
                report(f"the {bound} of the column '{name}' is {value!r} and must be a number")
    return problems


def description_problems(resource: dict[str, Any], folder: Path) -> list[Problem]:
    """Let Frictionless judge one table's description."""
    frictionless = import_extra("frictionless", "Checking the description of a table")
    alone = {key: value for key, value in resource["schema"].items() if key != "foreignKeys"}
    package = {"$schema": _STANDARD, "name": "study", "resources": [{**resource, "schema": alone}]}
    try:
        frictionless.Package.from_descriptor(package, basepath=str(folder))
    except frictionless.FrictionlessException as error:
        notes = dict.fromkeys(one.note for one in error.reasons or [error.error])
        return [
            problem_at(
                DESCRIPTOR,
                None,
                None,
                "wrong description",
                f"the description of the table '{resource['title']}' is not valid: {note}.",
            )
            for note in notes
        ]
    return []
