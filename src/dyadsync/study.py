"""The study in memory: a data package is checked, loaded and turned into one row a dyad.

A data package is a folder with ``datapackage.json`` and three tables: ``oxytocin`` (one row a
saliva sample), ``dyads`` (one row a patient-therapist dyad) and ``symptoms`` (one row a weekly
rating). Frictionless does the validating; this module says what is required and puts what
Frictionless found into sentences.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, cast

import numpy as np
import pandas as pd

from dyadsync._jsonschema import import_jsonschema
from dyadsync.errors import InputError

__all__ = [
    "SYMPTOM_METHODS",
    "DataError",
    "Problem",
    "Study",
    "check_study",
    "dyad_table",
    "format_problems",
    "load_study",
    "symptom_reduction",
]

DESCRIPTOR = "datapackage.json"
TABLES = ("oxytocin", "dyads", "symptoms")
DEFAULT_PLANNED_WEEKS = 16.0

_STANDARD = "https://datapackage.org/profiles/2.0/datapackage.json"  # a name; nothing is fetched

# What every study must have. A lab's own descriptor may say more (its own columns, bounds,
# categories); it cannot say less. `dyad_id` may be declared an integer by the lab.
_REQUIRED: dict[str, dict[str, dict[str, Any]]] = {
    "oxytocin": {
        "dyad_id": {"type": "string", "constraints": {"required": True}},
        "session": {"type": "integer", "constraints": {"required": True, "minimum": 0}},
        "role": {
            "type": "string",
            "constraints": {"required": True, "enum": ["patient", "therapist"]},
        },
        "phase": {"type": "string", "constraints": {"required": True, "enum": ["pre", "post"]}},
        "oxytocin_pg_ml": {"type": "number", "constraints": {"exclusiveMinimum": 0}},
    },
    "dyads": {
        "dyad_id": {"type": "string", "constraints": {"required": True}},
        "therapist_id": {"type": "string", "constraints": {"required": True}},
        "arm": {"type": "string", "constraints": {}},
        "age": {"type": "number", "constraints": {"minimum": 0}},
        "gender": {"type": "string", "constraints": {}},
        "social_impairment": {"type": "number", "constraints": {}},
    },
    "symptoms": {
        "dyad_id": {"type": "string", "constraints": {"required": True}},
        "week": {"type": "number", "constraints": {"required": True, "minimum": 0}},
        "hrsd17": {"type": "number", "constraints": {"minimum": 0}},
    },
}
_PRIMARY_KEY = {
    "oxytocin": ["dyad_id", "session", "role", "phase"],
    "dyads": ["dyad_id"],
    "symptoms": ["dyad_id", "week"],
}
# A row without its measurement is a measurement that was not made.
_MEASUREMENT = {"oxytocin": "oxytocin_pg_ml", "symptoms": "hrsd17"}

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_NUMBER_TYPES = {"number", "integer"}
_TYPE_WORDS = {
    "number": "a number such as 4.52 (decimal point, no unit, no thousands separator)",
    "integer": "a whole number such as 12",
    "date": "a date such as 2024-01-31",
    "boolean": "true or false",
}


# What is wrong with data -------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a data package.

    Attributes
    ----------
    file
        Name of the file, as the data package gives it.
    row
        Row as a spreadsheet shows it (the header is row 1), or None where no single row is meant.
    column
        Name of the column, or None.
    rule
        The rule that is broken, in two or three words.
    message
        A sentence: where it is, what was found, what would be right.
    """

    file: str
    row: int | None
    column: str | None
    rule: str
    message: str

    def __str__(self) -> str:
        return self.message


class DataError(InputError):
    """A data package that cannot be used.

    Attributes
    ----------
    problems
        Every problem that was found; the message shows the first of each file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(format_problems(self.problems))


def format_problems(problems: Iterable[Problem], *, per_file: int = 10) -> str:
    """Problems as text: the first of each file, and how many more there are.

    Parameters
    ----------
    problems
        From `check_study`.
    per_file
        How many to show of each file.

    Returns
    -------
    str
        One line a problem; empty if there is none.

    Examples
    --------
    >>> twice = [Problem("a.csv", n, None, "duplicate", f"a.csv, row {n}: ...") for n in (2, 3)]
    >>> print(format_problems(twice, per_file=1))
    2 problems in the data:
    a.csv, row 2: ...
    a.csv: 1 more problem.
    """
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        by_file.setdefault(problem.file, []).append(problem)
    total = sum(map(len, by_file.values()))
    if total == 0:
        return ""
    lines = [f"{total} problem{'s' * (total > 1)} in the data:"]
    for file, found in by_file.items():
        lines += [problem.message for problem in found[:per_file]]
        if more := len(found[per_file:]):
            lines.append(f"{file}: {more} more problem{'s' * (more > 1)}.")
    return "\n".join(lines)


def _problem(file: str, row: int | None, column: str | None, rule: str, what: str) -> Problem:
    where = file
    if row is not None:
        where += f", row {row}"
    if column is not None:
        where += f", column {column}"
    return Problem(file, row, column, rule, f"{where}: {what}")


# The study ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Study:
    """A study in memory.

    Attributes
    ----------
    samples
        One row a saliva sample: ``dyad_id session role phase oxytocin_pg_ml``; samples without a
        concentration are left out.
    dyads
        One row a dyad: ``dyad_id therapist_id arm age gender social_impairment`` and the study's
        own columns.
    symptoms
        One row a rating: ``dyad_id week hrsd17``; ratings without a value are left out.
    descriptor
        The contents of ``datapackage.json``.
    """

    samples: pd.DataFrame
    dyads: pd.DataFrame
    symptoms: pd.DataFrame
    descriptor: dict[str, Any]

    @property
    def simulated(self) -> bool:
        """Whether the data come from `dyadsync.simulate`: the descriptor has design and seed."""
        entry = self.descriptor.get("dyadsync:simulation")
        return isinstance(entry, Mapping) and "design" in entry and "seed" in entry

    @property
    def limit_of_quantification(self) -> float | None:
        """Concentration in pg/mL below which values are uncertain; None if not given."""
        field = _declared_fields(_declared_resource(self.descriptor, "oxytocin")).get(
            "oxytocin_pg_ml", {}
        )
        limit = field.get("limitOfQuantification")
        return None if limit is None else float(limit)

    @property
    def planned_weeks(self) -> float:
        """Planned length of treatment in weeks (``dyadsync:planned_weeks``; 16 if not given)."""
        return float(self.descriptor.get("dyadsync:planned_weeks", DEFAULT_PLANNED_WEEKS))

    @property
    def planned_sessions(self) -> list[int]:
        """Sessions with planned samples (``dyadsync:planned_sessions``; else those that occur)."""
        declared = self.descriptor.get("dyadsync:planned_sessions")
        return sorted(self.samples["session"].unique().tolist() if declared is None else declared)

    def __repr__(self) -> str:
        kind = "simulated" if self.simulated else "observed"
        return (
            f"Study({kind}: {len(self.dyads)} dyads, {len(self.samples)} oxytocin samples, "
            f"{len(self.symptoms)} symptom ratings)"
        )


def load_study(path: str | Path) -> Study:
    """Load a data package after checking all of it.

    Parameters
    ----------
    path
        Folder with ``datapackage.json`` and the three tables.

    Returns
    -------
    Study
        Columns of a lab's own are kept.

    Raises
    ------
    DataError
        If anything is wrong; it holds every problem (see `check_study`).

    Examples
    --------
    >>> import tempfile
    >>> from dyadsync.simulate import Design, simulate_study, write_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_study(simulate_study(Design(), rng=1), folder)
    ...     load_study(folder)
    Study(simulated: 37 dyads, 580 oxytocin samples, 594 symptom ratings)
    """
    study, problems = _read(Path(path))
    if problems or study is None:
        raise DataError(problems)
    return study


def check_study(path: str | Path) -> list[Problem]:
    """Find everything that is wrong with a data package.

    Parameters
    ----------
    path
        Folder with ``datapackage.json`` and the three tables.

    Returns
    -------
    list of Problem
        Empty if the package can be used. Each names file, row, column and rule.

    Examples
    --------
    >>> for problem in check_study("no/such/folder"):
    ...     print(problem)
    no/such/folder: this folder does not exist; give the folder that holds datapackage.json.
    """
    return _read(Path(path))[1]


# Reading a package -------------------------------------------------------------------------------


def _read(folder: Path) -> tuple[Study | None, list[Problem]]:
    descriptor, problems = _read_descriptor(folder)
    if descriptor is None:
        return None, problems
    problems += _settings_problems(descriptor)

    resources: dict[str, dict[str, Any]] = {}
    for table in TABLES:
        resource, found = _resource_to_check(folder, descriptor, table)
        problems += found
        if resource is not None:
            resources[table] = resource
    frames, found = _read_tables(folder, resources)
    problems += found
    if problems:
        return None, problems
    return Study(frames["oxytocin"], frames["dyads"], frames["symptoms"], descriptor), []


def _read_descriptor(folder: Path) -> tuple[dict[str, Any] | None, list[Problem]]:
    name = str(folder)
    if not folder.exists():
        text = "this folder does not exist; give the folder that holds datapackage.json."
        return None, [_problem(name, None, None, "missing folder", text)]
    if not folder.is_dir():
        text = "this is a file; give the folder that holds datapackage.json."
        return None, [_problem(name, None, None, "missing folder", text)]
    file = folder / DESCRIPTOR
    if not file.is_file():
        text = (
            f"the folder {folder} has no such file. It describes the three tables; copy the one of "
            "the shipped data, delete its 'dyadsync:simulation' entry and adapt the rest."
        )
        return None, [_problem(DESCRIPTOR, None, None, "missing file", text)]
    try:
        descriptor = json.loads(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        text = "the file is not in the UTF-8 encoding; save it as UTF-8."
        return None, [_problem(DESCRIPTOR, None, None, "file encoding", text)]
    except json.JSONDecodeError as error:
        text = (
            f"this is not valid JSON: at character {error.colno} of line {error.lineno} "
            f"the reader found a mistake ({error.msg}); often a comma or a quotation mark is "
            "missing there or on the line above."
        )
        return None, [_problem(DESCRIPTOR, error.lineno, None, "broken JSON", text)]
    except (OSError, RecursionError) as error:
        text = f"the file cannot be read ({error})."
        return None, [_problem(DESCRIPTOR, None, None, "unreadable file", text)]
    if not isinstance(descriptor, dict) or not isinstance(descriptor.get("resources"), list):
        text = "it must be a JSON object with a list 'resources' that describes the three tables."
        return None, [_problem(DESCRIPTOR, None, None, "no tables described", text)]
    return descriptor, []


def _settings_problems(descriptor: dict[str, Any]) -> list[Problem]:
    """Entries of the descriptor that this package reads itself."""
    problems = []

    def check(entry: str, value: Any, holds: Callable[[Any], bool], right: str) -> None:
        if value is not None and not holds(value):
            text = f"the entry '{entry}' is {value!r}; {right}."
            problems.append(_problem(DESCRIPTOR, None, None, "wrong entry", text))

    def positive(value: Any) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and math.isfinite(value) and value > 0

    def simulation(entry: Any) -> bool:
        return isinstance(entry, dict) and {"design", "seed"} <= set(entry)

    def sessions(value: Any) -> bool:
        if not isinstance(value, list) or not value:
            return False
        return all(isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in value)

    oxytocin = _declared_fields(_declared_resource(descriptor, "oxytocin"))
    limit = oxytocin.get("oxytocin_pg_ml", {}).get("limitOfQuantification")
    check("limitOfQuantification", limit, positive, "give a positive concentration in pg/mL")
    check(
        "dyadsync:planned_weeks",
        descriptor.get("dyadsync:planned_weeks"),
        positive,
        "give the planned length of treatment in weeks, such as 16",
    )
    check(
        "dyadsync:planned_sessions",
        descriptor.get("dyadsync:planned_sessions"),
        sessions,
        "give a list of session numbers, such as [4, 8, 12, 16]",
    )
    check(
        "dyadsync:simulation",
        descriptor.get("dyadsync:simulation"),
        simulation,
        "simulated data name their 'design' and 'seed' here; delete it if the data are observed",
    )
    return problems


def _declared_resource(descriptor: Mapping[str, Any], table: str) -> dict[str, Any]:
    for resource in descriptor.get("resources", []):
        if isinstance(resource, dict) and resource.get("name") == table:
            return cast(dict[str, Any], resource)
    return {}


def _declared_fields(resource: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    return {
        field["name"]: field
        for field in (fields if isinstance(fields, list) else [])
        if isinstance(field, dict) and isinstance(field.get("name"), str)
    }


def _resource_to_check(
    folder: Path, descriptor: dict[str, Any], table: str
) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Join the lab's description of one table with what is required of every study."""
    declared = _declared_resource(descriptor, table)
    if not declared:
        text = f"no table named '{table}' is described; 'resources' needs one of that name."
        return None, [_problem(DESCRIPTOR, None, None, "missing table", text)]
    path = declared.get("path")
    if not isinstance(path, str) or not path:
        text = f"the table '{table}' needs one 'path' to its CSV file, such as \"{table}.csv\"."
        return None, [_problem(DESCRIPTOR, None, None, "missing path", text)]
    if not _stays_inside(folder, path):
        text = (
            f"the path '{path}' of the table '{table}' leads out of the data folder; "
            "put the file into the folder and give its name only."
        )
        return None, [_problem(DESCRIPTOR, None, None, "path outside the folder", text)]
    if isinstance(declared.get("schema", {}), str) or isinstance(declared.get("dialect", {}), str):
        text = f"describe the columns of '{table}' in this file, not in a separate one."
        return None, [_problem(DESCRIPTOR, None, None, "separate description", text)]

    encoding = declared.get("encoding", "utf-8")
    problem = _text_problem(folder / path, path, encoding)
    if problem is not None:
        return None, [problem]

    found = _rules_problems(table, declared)
    if found:
        return None, found
    fields = _declared_fields(declared)
    ids = _declared_fields(_declared_resource(descriptor, "dyads")).get("dyad_id", {})
    merged = {name: _with_required(fields.get(name, {}), table, name) for name in _REQUIRED[table]}
    if ids.get("type") == "integer":
        merged["dyad_id"] = {
            "name": "dyad_id",
            "type": "integer",
            "constraints": {"required": True},
        }
    merged |= {name: _own_field(field) for name, field in fields.items() if name not in merged}
    schema = declared.get("schema", {})
    resource: dict[str, Any] = {
        "name": table,
        "path": path,
        "format": "csv",
        "encoding": encoding,
        "dialect": declared.get("dialect", {"csv": {"delimiter": ","}}),
        "schema": {
            "fields": list(merged.values()),
            "fieldsMatch": "subset",  # a lab's further columns are welcome
            "missingValues": schema.get("missingValues", ["", "NA"]),
            "primaryKey": _PRIMARY_KEY[table],
        },
    }
    if table != "dyads":
        resource["schema"]["foreignKeys"] = [
            {"fields": ["dyad_id"], "reference": {"resource": "dyads", "fields": ["dyad_id"]}}
        ]
    return resource, []


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
        return _problem(name, None, None, "missing file", text)
    try:
        raw = file.read_bytes()
    except OSError as error:
        return _problem(name, None, None, "unreadable file", f"the file cannot be read ({error}).")
    if not raw.strip():
        text = "the file is empty; it needs a header row with the column names and rows below it."
        return _problem(name, None, None, "empty file", text)
    if raw.startswith(b"PK\x03\x04"):
        text = "this is a spreadsheet or an archive; save the table as 'CSV UTF-8'."
        return _problem(name, None, None, "not a CSV file", text)
    try:
        content = raw.decode(encoding)
    except (LookupError, TypeError):
        text = f'datapackage.json gives the unknown encoding {encoding!r}; use "utf-8".'
        return _problem(name, None, None, "file encoding", text)
    except UnicodeDecodeError as error:
        row = None if b"\x00" in raw else raw[: error.start].count(b"\n") + 1
        text = (
            f"the file is not in the encoding {encoding}; save it as 'CSV UTF-8', or name its "
            'encoding in datapackage.json (such as "encoding": "latin-1").'
        )
        return _problem(name, row, None, "file encoding", text)
    if "\x00" in content:
        text = "the file is not plain UTF-8 text (perhaps UTF-16); save it as 'CSV UTF-8'."
        return _problem(name, None, None, "file encoding", text)
    return None


def _rules_problems(table: str, declared: Mapping[str, Any]) -> list[Problem]:
    """Mistakes in a table's description that Frictionless would trip over."""
    problems = []

    def report(what: str) -> None:
        text = f"in the description of the table '{table}', {what}."
        problems.append(_problem(DESCRIPTOR, None, None, "wrong description", text))

    schema = declared.get("schema", {})
    if not isinstance(schema, dict) or not isinstance(schema.get("fields", []), list):
        report("'schema' must be an object with a list of 'fields'")
        return problems
    missing = schema.get("missingValues", [])
    if not isinstance(missing, list) or not all(isinstance(value, str) for value in missing):
        report('\'missingValues\' must be a list of texts, such as ["", "NA"]')
    for name, field in _declared_fields(declared).items():
        constraints = field.get("constraints", {})
        if not isinstance(constraints, dict):
            report(f"the 'constraints' of the column '{name}' must be an object")
            continue
        for bound in _BOUNDS:
            value = constraints.get(bound, 0)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if field.get("type") in _NUMBER_TYPES and not number:
                report(f"the {bound} of the column '{name}' is {value!r} and must be a number")
    return problems


def _with_required(declared: Mapping[str, Any], table: str, name: str) -> dict[str, Any]:
    required = _REQUIRED[table][name]
    field = _own_field(declared) | {"name": name}
    # "integer" is a stricter "number", which a lab may ask for; anything else is as required.
    stricter = (declared.get("type"), required["type"]) == ("integer", "number")
    field["type"] = "integer" if stricter else required["type"]
    if field["type"] == "number":
        field["floatNumber"] = True
    constraints = dict(declared.get("constraints") or {})
    if field["type"] != declared.get("type", field["type"]):
        constraints = {}  # they were meant for another type
    if _PRIMARY_KEY[table] == [name]:
        constraints.pop("unique", None)  # the key says it already
    fixed = {rule: value for rule, value in required["constraints"].items() if rule != "minimum"}
    field["constraints"] = {**required["constraints"], **constraints, **fixed}
    return field


_FIELD_KEYS = ("name", "type", "format", "constraints", "decimalChar", "groupChar", "bareNumber")


def _own_field(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Of a field's description, the part that bears on checking."""
    field = {key: declared[key] for key in _FIELD_KEYS if key in declared}
    if field.get("type") == "number":
        field["floatNumber"] = True
    return field


def _read_tables(
    folder: Path, resources: dict[str, dict[str, Any]]
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Let Frictionless validate and parse the tables."""
    import_jsonschema()
    from frictionless import FrictionlessException, Package

    problems = [
        problem
        for resource in resources.values()
        for problem in _description_problems(resource, folder)
    ]
    if problems:
        return {}, problems
    frames: dict[str, pd.DataFrame] = {}
    dyads_known = "dyads" in resources
    for table in sorted(resources, key=lambda name: name != "dyads"):
        name = resources[table]["path"]
        if not dyads_known:  # the reason is reported already; do not report every row as well
            resources[table]["schema"].pop("foreignKeys", None)
        package = Package.from_descriptor(_package(resources.values()), basepath=str(folder))
        try:
            with package.get_resource(table) as opened:
                found = list(_header_problems(opened, name, resources[table]))
                if not found:
                    frames[table], found = _read_rows(opened, name, resources[table])
        except FrictionlessException as error:
            found = list(_reading_problems(error, name))
        except (UnicodeError, ValueError, TypeError, KeyError, OSError) as error:
            text = f"the table cannot be read ({error}); check its description in {DESCRIPTOR}."
            found = [_problem(name, None, None, "unreadable table", text)]
        problems += found
        if table == "dyads":
            dyads_known = all(problem.row not in (None, 1) for problem in found)
    return frames, sorted(problems, key=lambda problem: _file_order(problem, resources))


def _package(resources: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"$schema": _STANDARD, "name": "study", "resources": list(resources)}


def _description_problems(resource: dict[str, Any], folder: Path) -> list[Problem]:
    """Let Frictionless judge one table's description."""
    from frictionless import FrictionlessException, Package

    alone = {key: value for key, value in resource["schema"].items() if key != "foreignKeys"}
    try:
        Package.from_descriptor(_package([{**resource, "schema": alone}]), basepath=str(folder))
    except FrictionlessException as error:
        notes = dict.fromkeys(one.note for one in error.reasons or [error.error])
        return [
            _problem(
                DESCRIPTOR,
                None,
                None,
                "wrong description",
                f"the description of the table '{resource['name']}' is not valid: {note}.",
            )
            for note in notes
        ]
    return []


def _file_order(problem: Problem, resources: dict[str, dict[str, Any]]) -> int:
    paths = [resources[table]["path"] for table in TABLES if table in resources]
    return paths.index(problem.file) if problem.file in paths else -1


def _header_problems(opened: Any, name: str, resource: dict[str, Any]) -> Iterator[Problem]:
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
        yield _problem(name, 1, None, "separator", text)
        return
    for error in errors:
        if error.type != "missing-label":
            yield _problem(name, 1, None, "header", f"{error.message}.")
            continue
        column = error.field_name
        text = f"there is no column '{column}'"
        if alike := [label for label in unknown if _same_word(label, column)]:
            text += f"; the column '{alike[0]}' seems to be meant: rename it to '{column}'."
        else:
            text += f"; add it, or rename the column that holds it (found: {', '.join(labels)})."
        yield _problem(name, 1, column, "missing column", text)


def _same_word(label: str, column: str) -> bool:
    plain = label.lower().strip().replace(" ", "_").replace("-", "_")
    return bool(get_close_matches(plain, [column], cutoff=0.6)) or plain in column.split("_")


def _read_rows(
    opened: Any, name: str, resource: dict[str, Any]
) -> tuple[pd.DataFrame, list[Problem]]:
    problems: list[Problem] = []
    rows: list[dict[str, Any]] = []
    first_row: dict[tuple[Any, ...], int] = {}
    fields = {field.name: field for field in opened.header.get_expected_fields()}
    key = resource["schema"]["primaryKey"]
    for row in opened.row_stream:
        values = row.to_dict()
        errors = row.errors
        if any(error.type == "blank-row" for error in errors):
            continue  # spreadsheets leave such rows at the end of a table
        keys = tuple(values[column] for column in key)
        for error in errors:
            # half a key is reported as the missing or wrong value that it is
            if error.type == "primary-key" and None in keys:
                continue
            problems.append(_row_problem(error, row, name, resource, first_row))
        wrong = {getattr(error, "field_name", None) for error in errors}
        problems += _cell_problems(row, values, fields, name, wrong)
        first_row.setdefault(keys, row.row_number)
        rows.append(values)
    if not rows:
        text = "there is a header but no row below it."
        problems.append(_problem(name, None, None, "empty table", text))
    return _frame(rows, fields, resource["name"]), problems


def _cell_problems(
    row: Any, values: dict[str, Any], fields: dict[str, Any], name: str, wrong: set[str | None]
) -> Iterator[Problem]:
    """Cells that are valid by the letter and meant by no one: infinity, 1_000, 'D01 '."""
    for (column, value), cell in zip(values.items(), row.cells, strict=False):
        if column in wrong or value is None:
            continue
        kind = fields[column].type
        if kind in _NUMBER_TYPES and (not math.isfinite(value) or "_" in str(cell)):
            right = _TYPE_WORDS["number"]
            text = f"'{cell}' is not a measurement; write {right}, or leave the cell empty."
            yield _problem(name, row.row_number, column, "not a number", text)
        if kind == "string" and value != value.strip():
            text = f"'{_short(value)}' begins or ends with a space; remove it."
            yield _problem(name, row.row_number, column, "stray space", text)


def _short(cell: Any) -> str:
    text = str(cell)
    return text if len(text) <= 40 else text[:37] + "..."


def _row_problem(
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
        noun = "number" if field.get("type") in _NUMBER_TYPES else "valid value"
        if field.get("type") == "integer":
            noun = "whole number"
        what = "has a decimal comma" if _decimal_comma(cell) else f"is not a {noun}"
        text = f"'{cell}' {what}; write {right}, or leave the cell empty."
        return _problem(name, number, column, f"not a {noun}", text)
    if kind == "constraint-error":
        return _constraint_problem(error, number, column, cell, field, name)
    if kind == "primary-key":
        key = schema["primaryKey"]
        values = tuple(row[one] for one in key)
        shown = ", ".join(f"{one} {value}" for one, value in zip(key, values, strict=True))
        same = first_row.get(values)
        text = f"{shown} is there twice (first in row {same}); keep one of the two rows."
        return _problem(name, number, key[0] if len(key) == 1 else None, "duplicate", text)
    if kind == "foreign-key":
        dyad = _short(row["dyad_id"])
        text = (
            f"the dyad '{dyad}' is not in the table of dyads; add a row for it there, or correct "
            "the spelling here."
        )
        return _problem(name, number, "dyad_id", "unknown dyad", text)
    if kind == "unique-error":
        text = f"'{cell}' is there twice; the values of this column must differ."
        return _problem(name, number, column, "duplicate", text)
    if kind == "extra-cell":
        text = "the row has more cells than the header; remove them (a comma inside a value?)."
        return _problem(name, number, None, "too many cells", text)
    if kind == "missing-cell":
        text = "the row ends before this column; every row needs as many cells as the header."
        return _problem(name, number, column, "too few cells", text)
    return _problem(name, number, column, kind.replace("-", " "), f"{error.message}.")


def _constraint_problem(
    error: Any, row: int, column: str | None, cell: Any, field: dict[str, Any], name: str
) -> Problem:
    broken = error.note.split('"')[1] if '"' in error.note else ""
    limit = field.get("constraints", {}).get(broken)
    if broken == "required":
        text = "the cell is empty; every row needs a value here."
        return _problem(name, row, column, "missing value", text)
    if broken == "enum":
        allowed = " or ".join(f"'{value}'" for value in limit) if limit else "a known category"
        text = f"'{cell}' is not a known {column}; write {allowed}."
        return _problem(name, row, column, "unknown category", text)
    if column == "oxytocin_pg_ml" and broken == "exclusiveMinimum":
        text = (
            f"{cell} is not a concentration, which is above 0 pg/mL; "
            "write what the laboratory measured, or leave the cell empty."
        )
        return _problem(name, row, column, "concentration above 0", text)
    words = {
        "minimum": f"{limit} or more",
        "maximum": f"{limit} or less",
        "exclusiveMinimum": f"more than {limit}",
        "exclusiveMaximum": f"less than {limit}",
    }
    if broken in words:
        text = f"{cell} is out of range; values of this column are {words[broken]}."
        return _problem(name, row, column, "out of range", text)
    text = (
        f"'{cell}' is not as {DESCRIPTOR} asks of this column ({broken}: {limit}); "
        "correct the value, or the rule there."
    )
    return _problem(name, row, column, "rule of the study", text)


def _decimal_comma(cell: Any) -> bool:
    parts = str(cell).strip().lstrip("+-").split(",")
    return len(parts) == 2 and all(part.isdigit() for part in parts)


def _reading_problems(error: Any, name: str) -> Iterator[Problem]:
    """Frictionless could not read the table at all."""
    for one in error.reasons or [error.error]:
        if "unique labels" in one.note:
            text = "two columns have the same name; rename or remove one of them."
            yield _problem(name, 1, None, "duplicate column", text)
        else:
            text = f"the file cannot be read as a table ({one.note}); save it as 'CSV UTF-8'."
            yield _problem(name, None, None, "unreadable file", text)


def _frame(rows: list[dict[str, Any]], fields: dict[str, Any], table: str) -> pd.DataFrame:
    """Rows as a data frame with one type a column; measurements that were not made are left out."""
    frame = pd.DataFrame(rows, columns=list(fields))
    for column, field in fields.items():
        if field.type in _NUMBER_TYPES:
            frame[column] = pd.to_numeric(frame[column], errors="coerce")
        elif field.type == "any":  # a column that no description names: numbers if it can be
            frame[column] = frame[column].replace("", None)
            try:
                frame[column] = pd.to_numeric(frame[column])
            except (ValueError, TypeError):
                frame[column] = frame[column].astype("str")
        elif field.type == "string":
            frame[column] = frame[column].astype("str")
    if table in _MEASUREMENT:
        frame = frame.dropna(subset=[_MEASUREMENT[table]]).reset_index(drop=True)
    for column, field in fields.items():
        if field.type == "integer" and frame[column].notna().all():
            frame[column] = frame[column].astype("int64")
    return frame


# Symptom reduction -------------------------------------------------------------------------------


def _slope_reduction(symptoms: pd.DataFrame, planned_weeks: float) -> pd.Series:
    """Minus the least-squares weekly slope, times the planned weeks."""
    dyad = symptoms["dyad_id"]
    week = symptoms["week"] - symptoms.groupby("dyad_id")["week"].transform("mean")
    covariation = (week * symptoms["hrsd17"]).groupby(dyad).sum()
    variation = (week**2).groupby(dyad).sum()
    return -covariation / variation.where(variation > 0) * planned_weeks


def _mixed_reduction(symptoms: pd.DataFrame, planned_weeks: float) -> pd.Series:
    """Take the slope from a mixed model: random intercepts and slopes, shrunken to the mean."""
    import warnings

    from statsmodels.regression.mixed_linear_model import MixedLM

    # In units of the whole treatment the variances are of one order; in weeks the fit often fails.
    time = symptoms["week"].to_numpy(float) / planned_weeks
    X = np.column_stack([np.ones_like(time), time])
    model = MixedLM(
        symptoms["hrsd17"].to_numpy(float), X, symptoms["dyad_id"].to_numpy(), exog_re=X
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is checked below
        try:
            fit = model.fit(reml=True, method=["lbfgs", "bfgs", "cg"])
            slopes = {dyad: effects.iloc[1] for dyad, effects in fit.random_effects.items()}
            converged = bool(fit.converged)
        except (np.linalg.LinAlgError, ValueError):
            converged = False
    if not converged:
        raise InputError(
            "symptom_reduction: the mixed model did not converge on these symptoms; "
            'use method="slope", which needs no model across patients.'
        )
    return -(fit.fe_params[1] + pd.Series(slopes))


def _first_and_last(symptoms: pd.DataFrame) -> pd.DataFrame:
    ordered = symptoms.sort_values("week").groupby("dyad_id")["hrsd17"]
    ends = pd.DataFrame({"first": ordered.first(), "last": ordered.last()}).astype(float)
    return ends[ordered.size() > 1]


def _difference_reduction(symptoms: pd.DataFrame, planned_weeks: float) -> pd.Series:  # noqa: ARG001
    """Intake minus last observation, in points."""
    ends = _first_and_last(symptoms)
    return ends["first"] - ends["last"]


def _percent_reduction(symptoms: pd.DataFrame, planned_weeks: float) -> pd.Series:  # noqa: ARG001
    """Intake minus last observation, in percent of intake."""
    ends = _first_and_last(symptoms)
    return 100 * (ends["first"] - ends["last"]) / ends["first"].where(ends["first"] > 0)


SYMPTOM_METHODS: dict[str, Callable[[pd.DataFrame, float], pd.Series]] = {
    "slope": _slope_reduction,
    "mixed": _mixed_reduction,
    "difference": _difference_reduction,
    "percent": _percent_reduction,
}


def symptom_reduction(study: Study, method: str = "slope") -> pd.Series:
    """How much each patient's symptoms fell over treatment; positive is improvement.

    Parameters
    ----------
    study
        From `load_study` or `dyadsync.simulate.simulate_study`.
    method
        ``"slope"``: minus the patient's own least-squares weekly slope, times the planned weeks
        (the trial's registered outcome, in points; needs two weeks). ``"mixed"``: the same from a
        mixed model with random intercepts and slopes, whose estimates are shrunken towards the
        mean. ``"difference"`` and ``"percent"``: from the first to the last observation, in points
        and in percent of the first (need two observations).

    Returns
    -------
    pandas.Series
        Indexed by ``dyad_id`` in the order of ``study.dyads``; NaN where it cannot be known.

    Raises
    ------
    InputError
        If the method is unknown or the mixed model does not converge.

    References
    ----------
    Trial protocol: Zilcha-Mano et al. (2018), doi:10.1186/s12888-018-1934-1.

    Examples
    --------
    >>> from dyadsync.simulate import Design, simulate_study
    >>> symptom_reduction(simulate_study(Design(), rng=1)).round(1).head(2)
    dyad_id
    D01    12.2
    D02     8.0
    Name: symptom_reduction, dtype: float64
    """
    if method not in SYMPTOM_METHODS:
        raise InputError(
            f"symptom_reduction: there is no method {method!r}; "
            f"choose one of {', '.join(SYMPTOM_METHODS)}."
        )
    reduction = SYMPTOM_METHODS[method](study.symptoms, study.planned_weeks)
    index = pd.Index(study.dyads["dyad_id"], name="dyad_id")
    return reduction.reindex(index).astype(float).rename("symptom_reduction")


def dyad_table(
    study: Study, synchrony: pd.DataFrame, *, symptom_method: str = "slope"
) -> pd.DataFrame:
    """One row a dyad: what mediation analyses need.

    Parameters
    ----------
    study
        From `load_study`.
    synchrony
        From `dyadsync.synchrony.dyad_synchrony`: one row a dyad with ``dyad_id n_sessions
        synchrony z``.
    symptom_method
        See `symptom_reduction`.

    Returns
    -------
    pandas.DataFrame
        ``dyad_id therapist_id arm age gender social_impairment n_sessions synchrony z
        symptom_reduction`` and the numeric columns that a lab added to its dyads; in the order of
        ``study.dyads``. A dyad that `synchrony` does not have gets 0 sessions and NaN.

    Raises
    ------
    InputError
        If `synchrony` lacks a column, has a dyad twice or has one that the study does not know.

    Examples
    --------
    >>> import pandas as pd
    >>> from dyadsync.simulate import Design, simulate_study
    >>> study = simulate_study(Design(), rng=1)
    >>> one = pd.DataFrame({"dyad_id": ["D01"], "n_sessions": 4, "synchrony": 0.5, "z": 0.549})
    >>> dyad_table(study, one)[["dyad_id", "n_sessions", "synchrony"]].head(2)
      dyad_id  n_sessions  synchrony
    0     D01           4        0.5
    1     D02           0        NaN
    """
    wanted = ["dyad_id", "n_sessions", "synchrony", "z"]
    if missing := [column for column in wanted if column not in synchrony.columns]:
        raise InputError(
            f"dyad_table: the synchrony table has no column {', '.join(missing)}; "
            "give the table that dyad_synchrony returns."
        )
    if synchrony["dyad_id"].duplicated().any():
        raise InputError(
            "dyad_table: the synchrony table has a dyad twice; it needs one row a dyad."
        )
    unknown = sorted(set(synchrony["dyad_id"]) - set(study.dyads["dyad_id"]))
    if unknown:
        raise InputError(
            f"dyad_table: the synchrony table has the dyad {unknown[0]!r}, which this study does "
            "not know; use synchrony and study of the same data."
        )
    base = list(_REQUIRED["dyads"])
    own = [
        column
        for column in study.dyads.select_dtypes("number").columns
        if column not in [*base, *wanted, "symptom_reduction"]
    ]
    table = study.dyads[base].merge(synchrony[wanted], on="dyad_id", how="left", validate="1:1")
    table["n_sessions"] = table["n_sessions"].fillna(0).astype("int64")
    reduction = symptom_reduction(study, symptom_method)
    table["symptom_reduction"] = reduction.to_numpy()
    table[own] = study.dyads[own].to_numpy()
    return table
