"""Reading the three tables: rows become data frames, mistakes problems."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.extras import import_extra
from dyadsync.study.description import description_problems, package_of
from dyadsync.study.findings import cell_problems, header_problems, reading_problems, row_problem
from dyadsync.study.plain_rows import read_plain
from dyadsync.study.problems import Problem, problem_at
from dyadsync.study.roles import COLUMNS, DESCRIPTOR, Layout
from dyadsync.study.schema import MEASUREMENT, NUMBER_TYPES


def read_tables(
    folder: Path, resources: dict[str, dict[str, Any]], layout: Layout
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Read the tables; where one is not plain and right, Frictionless says what is wrong."""
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    described = False
    dyads_known = "dyads" in resources
    for table in sorted(resources, key="dyads".__ne__):  # first, as the others' keys lead to them
        resource = resources[table]
        if not dyads_known:  # the reason is reported already; do not report every row as well
            resource["schema"].pop("foreignKeys", None)
        dyads = frames.get("dyads")
        known = None if dyads is None else dyads[layout.columns["dyads"]["dyad_id"]]
        plain = read_plain(folder, resource, known)
        if plain is not None:
            frames[table] = _frame(plain, resource, layout)
            continue
        if not described:
            wrong = [description_problems(one, folder) for one in resources.values()]
            if any(wrong):
                return {}, list(chain(*wrong))
            described = True
        frame, found = _judge(folder, resources, table, layout)
        if frame is not None:
            frames[table] = frame
        problems += found
        if table == "dyads":
            dyads_known = all(problem.row not in (None, 1) for problem in found)
    return frames, sorted(problems, key=lambda problem: _file_order(problem, resources))


def _judge(
    folder: Path, resources: dict[str, dict[str, Any]], table: str, layout: Layout
) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Let Frictionless read a table, and say what is wrong with it."""
    frictionless = import_extra("frictionless", "Checking a table that is not plain and right")
    resource = resources[table]
    name = resource["path"]
    package = frictionless.Package.from_descriptor(
        package_of(resources.values()), basepath=str(folder)
    )
    try:
        with package.get_resource(table) as opened:
            if found := list(header_problems(opened, name, resource)):
                return None, found
            return _read_rows(opened, name, resource, layout)
    except frictionless.FrictionlessException as error:
        return None, list(reading_problems(error, name))
    except (UnicodeError, ValueError, TypeError, KeyError, OSError) as error:
        text = f"the table cannot be read ({error}); check its description in {DESCRIPTOR}."
        return None, [problem_at(name, None, None, "unreadable table", text)]


def _file_order(problem: Problem, resources: dict[str, dict[str, Any]]) -> int:
    paths = [resources[table]["path"] for table in COLUMNS if table in resources]
    return paths.index(problem.file) if problem.file in paths else -1


def _read_rows(
    opened: Any, name: str, resource: dict[str, Any], layout: Layout
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
        cut = {error.field_name for error in errors if error.type == "missing-cell"}
        for error in errors:
            # a cell that is not there is not reported as an empty one as well
            if error.type == "constraint-error" and error.field_name in cut:
                continue
            # half a key is reported as the missing or wrong value that it is
            if error.type == "primary-key" and None in keys:
                continue
            problems.append(row_problem(error, row, name, resource, first_row))
        wrong = {getattr(error, "field_name", None) for error in errors}
        problems += cell_problems(row, values, fields, name, wrong)
        first_row.setdefault(keys, row.row_number)
        rows.append(values)
    if not rows:
        text = "there is a header but no row below it."
        problems.append(problem_at(name, None, None, "empty table", text))
    frame = _frame(pd.DataFrame(rows, columns=list(fields)), resource, layout)
    return frame, list(dict.fromkeys(problems))


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
