"""Which table and column of a data package is what: the roles that its fields declare.

A field says what it is by ``"dyadsync:role"``; without any role in the package, the names of the
shipped data are meant. All that follows loading knows only the names of `COLUMNS`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from dyadsync.study.problems import Problem, problem_at

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTOR = "datapackage.json"
PERSONS = ("patient", "therapist")
PHASES = ("pre", "post")

ROLES: dict[str, tuple[tuple[str, str], ...]] = {
    "dyad": (("samples", "dyad_id"), ("dyads", "dyad_id"), ("symptoms", "dyad_id")),
    "session": (("samples", "session"),),
    "person": (("samples", "role"),),
    "phase": (("samples", "phase"),),
    "signal": (("samples", "signal"),),
    "therapist": (("dyads", "therapist_id"),),
    "cause": (("dyads", "social_impairment"),),
    "time": (("symptoms", "time"), ("samples", "session_time")),
    "outcome": (("symptoms", "outcome"),),
}
"""Tables of a `Study` that have a role, and its column there, by role."""

COLUMNS = {
    "samples": ("dyad_id", "session", "role", "phase", "session_time", "signal"),
    "dyads": ("dyad_id", "therapist_id", "arm", "age", "gender", "social_impairment"),
    "symptoms": ("dyad_id", "time", "outcome"),
}
"""The columns of each table of a `Study`."""

OPTIONAL = {"phase", "session_time", "therapist_id", "arm", "age", "gender"}
"""Columns that a package with roles may do without; without a role, the shipped names have all."""

SHIPPED_TABLES = {"samples": "oxytocin", "dyads": "dyads", "symptoms": "symptoms"}
_SHIPPED_COLUMNS = {"signal": "oxytocin_pg_ml", "time": "week", "outcome": "hrsd17"}
_KEY_ROLE = {"samples": "signal", "dyads": "cause", "symptoms": "outcome"}
_TAKEN = "_in_package"  # ends the name of a lab's own column whose name a study needs
_OF_COLUMN = {place: role for role, places in ROLES.items() for place in places}


@dataclass(frozen=True)
class Layout:
    """Tables and columns in which a data package has what a study needs.

    Attributes
    ----------
    declared : bool
        Whether the package gives roles.
    resources : dict
        The package's description of each table of a `Study`; a table that is not there is missing.
    columns : dict of dict
        Of each table, the package's name of each column of `COLUMNS` that it has.
    fields : dict of dict
        Of each table, the package's descriptions of its columns, by their names.
    persons, phases : tuple of str
        The package's two values of the person and of the phase, in the order of ``patient`` and
        ``therapist``, ``pre`` and ``post``.
    unclear : frozenset of str
        Tables whose roles are wrong, so that nothing else can be said of them.
    """

    declared: bool
    resources: dict[str, dict[str, Any]]
    columns: dict[str, dict[str, str]]
    fields: dict[str, dict[str, dict[str, Any]]]
    persons: tuple[str, str] = PERSONS
    phases: tuple[str, str] = PHASES
    unclear: frozenset[str] = frozenset()

    def field(self, table: str, column: str) -> dict[str, Any]:
        """Give the package's description of a column; empty if there is none."""
        name = self.columns.get(table, {}).get(column)
        return self.fields.get(table, {}).get(name or "", {})

    @property
    def reversed_cause(self) -> bool:
        """Whether low values of the cause are the worse ones, so that its sign is turned."""
        return self.field("dyads", "social_impairment").get("dyadsync:better") == "higher"

    @property
    def positive_signal(self) -> bool:
        """Whether the package says that the signal is above 0, as a concentration is."""
        if not self.declared:
            return True
        rules = self.field("samples", "signal").get("constraints") or {}
        above, least = rules.get("exclusiveMinimum", -1), rules.get("minimum", 0)
        return bool(above >= 0 or least > 0)

    def to_study(self, table: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Turn a table as the package has it into one with the names and values of a `Study`."""
        columns = self.columns[table]
        names = dict(zip(columns.values(), columns, strict=True))
        for own in set(frame) & set(COLUMNS[table]) - set(names):
            names[own] = own + _TAKEN
        known = frame.rename(columns=names)
        if table == "samples":
            for name, own, ours in (
                ("role", self.persons, PERSONS),
                ("phase", self.phases, PHASES),
            ):
                if name in known:
                    values = known[name].map(dict(zip(own, ours, strict=True)))
                    known[name] = values.astype("str")
        if table == "dyads":
            if self.reversed_cause and "social_impairment" in known:
                known["social_impairment"] = 0 - known["social_impairment"]
            no_word = known["dyad_id"].astype("str").where(known["dyad_id"].isna())
            missing = {
                "social_impairment": float("nan"),  # the package says that it has no cause
                "therapist_id": known["dyad_id"],  # every dyad stands alone
                **{"arm": no_word, "gender": no_word, "age": float("nan")},
            }
            for name, values in missing.items():
                if name not in known:
                    known[name] = values
        return known

    def to_package(self, table: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Undo `to_study`."""
        own = dict(self.columns[table])
        added = [
            name
            for name in (OPTIONAL | {"social_impairment"}) & set(frame.columns) - set(own)
            if name == "therapist_id" or frame[name].isna().all()
        ]
        known = frame.drop(columns=added)
        if table == "samples":
            known["role"] = known["role"].map(dict(zip(PERSONS, self.persons, strict=True)))
            if "phase" in known:
                known["phase"] = known["phase"].map(dict(zip(PHASES, self.phases, strict=True)))
        if table == "dyads" and self.reversed_cause:
            known["social_impairment"] = 0 - known["social_impairment"]
        taken = {name: name.removesuffix(_TAKEN) for name in known if name.endswith(_TAKEN)}
        return known.rename(columns=own | taken)


def find_layout(descriptor: Mapping[str, Any]) -> tuple[Layout, list[Problem]]:
    """Find the tables and columns of a data package, and what is wrong with its roles."""
    problems: list[Problem] = []
    with_role: dict[str, list[_Table]] = {}
    named: dict[str, list[_Table]] = {}
    for resource in descriptor.get("resources", []):
        if isinstance(resource, dict):
            one = _read_table(resource)
            problems += one.problems
            named.setdefault(str(resource.get("name")), []).append(one)
            for role in one.with_role:
                with_role.setdefault(role, []).append(one)
    found: dict[str, _Table] = {}
    unclear: set[str] = set()
    for table, key in _KEY_ROLE.items():
        there = with_role.get(key) or named.get(SHIPPED_TABLES[table], [])
        if len(there) > 1 and with_role:
            names = " and ".join(f"'{one.resource.get('name')}'" for one in there)
            problems.append(_problem(f"the tables {names} both have the role '{key}'; one has it"))
            unclear.add(table)
        if there:
            found[table] = there[0]
            unclear |= {table} if there[0].problems else set()
    for first, second in combinations(found, 2):
        if found[first] is found[second]:
            keys = f"'{_KEY_ROLE[first]}' and '{_KEY_ROLE[second]}'"
            what = f"the table '{found[first].resource.get('name')}' has the roles {keys}"
            problems.append(_problem(f"{what}, which belong to two tables"))
            unclear |= {first, second}
    layout = Layout(bool(with_role), {}, {}, {})
    for table, one in found.items():
        layout.resources[table], layout.fields[table] = one.resource, one.fields
        without = descriptor.get("dyadsync:without") or ()
        layout.columns[table], wrong = _columns(table, one, layout.declared, without)
        problems += wrong
        unclear |= {table} if wrong else set()
    persons, wrong = _two(layout, "role", "person", PERSONS)
    phases, more = _two(layout, "phase", "phase", PHASES)
    unclear |= {"samples"} if wrong + more else set()
    problems += wrong + more + _directions(layout)
    return replace(layout, persons=persons, phases=phases, unclear=frozenset(unclear)), problems


@dataclass(frozen=True)
class _Table:
    """A table of a package: its description, its columns, and which of them have which role."""

    resource: dict[str, Any]
    fields: dict[str, dict[str, Any]]
    with_role: dict[str, list[str]]
    problems: list[Problem]


def _read_table(resource: dict[str, Any]) -> _Table:
    """Read which columns of a table have which role, and which have one that does not exist."""
    table = _Table(resource, declared_fields(resource), {}, [])
    for name, field in table.fields.items():
        if "dyadsync:role" in field:
            role = field["dyadsync:role"]
            table.with_role.setdefault(str(role), []).append(name)
            if str(role) not in ROLES:
                what = f"the column '{name}' has the role {role!r}"
                table.problems.append(_problem(f"{what}; a role is one of {', '.join(ROLES)}"))
    return table


def _columns(
    table: str, read: _Table, declared: bool, without: Collection[str | None]
) -> tuple[dict[str, str], list[Problem]]:
    """Find each column of a table, by its role or else by its name in the shipped data."""
    names: dict[str, str] = {}
    problems = []
    for column in COLUMNS[table]:
        role = _OF_COLUMN.get((table, column))
        own = read.with_role.get(role or "", [])
        shipped = _SHIPPED_COLUMNS.get(column, column)
        if len(own) > 1:
            listed = " and ".join(f"'{name}'" for name in own)
            problems.append(_problem(f"the columns {listed} both have the role '{role}'; one has"))
        if own:
            names[column] = own[0]
        elif shipped in read.fields or not (declared or column == "session_time"):
            names[column] = shipped
        elif column not in OPTIONAL and role not in without:
            table_name = read.resource.get("name")
            what = f"no column of the table '{table_name}' has the role '{role}'; give one of them"
            problems.append(_problem(f'{what} "dyadsync:role": "{role}"'))
    return names, problems


def _two(
    layout: Layout, column: str, role: str, shipped: tuple[str, str]
) -> tuple[tuple[str, str], list[Problem]]:
    """Read the two categories of the person or the phase."""
    if not layout.declared or column not in layout.columns.get("samples", {}):
        return shipped, []
    field = layout.field("samples", column)
    values = category_values(field)
    if not values:
        return shipped, []
    if len(values) != 2 or len(set(values)) != 2:
        shown = ", ".join(map(repr, values))
        what = f"the column '{field['name']}' with the role '{role}' has the categories {shown}"
        return shipped, [_problem(f"{what}; it needs two, such as {list(shipped)}")]
    labels = [one.get("label") for one in field.get("categories", []) if isinstance(one, Mapping)]
    if len(labels) == 2 and labels[0] and labels[0] == labels[1]:
        what = f"the two categories of the column '{field['name']}' have the label '{labels[0]}'"
        return shipped, [_problem(f"{what}; pages could not tell them apart, so give them two")]
    return (values[0], values[1]), []


def category_values(field: Mapping[str, Any]) -> list[str]:
    """List the values that a field's ``categories``, or its ``enum``, allow."""
    listed = field.get("categories") or (field.get("constraints") or {}).get("enum") or []
    if not isinstance(listed, list):
        return []
    return [str(one.get("value", one) if isinstance(one, Mapping) else one) for one in listed]


def _directions(layout: Layout) -> list[Problem]:
    problems = []
    for table, column in (("dyads", "social_impairment"), ("symptoms", "outcome")):
        field = layout.field(table, column)
        better = field.get("dyadsync:better", "lower")
        if better not in ("lower", "higher"):
            what = f"the column '{field['name']}' says \"dyadsync:better\": {better!r}"
            problems.append(_problem(f'{what}; write "lower" or "higher"'))
    return problems


def _problem(text: str) -> Problem:
    return problem_at(DESCRIPTOR, None, None, "role", f"{text}.")


def declared_fields(resource: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the lab's descriptions of a table's columns by name, leaving out what is malformed."""
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    described: dict[str, dict[str, Any]] = {}
    for field in fields if isinstance(fields, list) else []:
        if isinstance(field, dict) and isinstance(field.get("name"), str):
            described[field["name"]] = field
    return described
