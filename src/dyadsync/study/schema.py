"""What every study must have: its tables, columns and keys, joined with what a lab declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dyadsync.study.roles import Layout

# What every study must have. A lab's own descriptor may say more (its own columns, bounds,
# categories); it cannot say less. `dyad_id` may be declared an integer by the lab.
REQUIRED: dict[str, dict[str, dict[str, Any]]] = {
    "samples": {
        "dyad_id": {"type": "string", "constraints": {"required": True}},
        "session": {"type": "integer", "constraints": {"required": True, "minimum": 0}},
        "role": {"type": "string", "constraints": {"required": True}},
        "phase": {"type": "string", "constraints": {"required": True}},
        "session_time": {"type": "number", "constraints": {}},
        "signal": {"type": "number", "constraints": {}},
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
        "time": {"type": "number", "constraints": {"required": True}},
        "outcome": {"type": "number", "constraints": {}},
    },
}
# What is known of the shipped names besides: a concentration, weeks from intake, a sum score.
_SHIPPED = {
    "signal": {"exclusiveMinimum": 0},
    "time": {"minimum": 0},
    "outcome": {"minimum": 0},
}
KEYS = {
    "samples": ["dyad_id", "session", "role", "phase"],
    "dyads": ["dyad_id"],
    "symptoms": ["dyad_id", "time"],
}
# A row without its measurement is a measurement that was not made.
MEASUREMENT = {"samples": "signal", "symptoms": "outcome"}

NUMBER_TYPES = {"number", "integer"}


_FIELD_KEYS = ("type", "format", "constraints", "decimalChar", "groupChar", "bareNumber")
"""What bears on checking in the description of a column."""


def schema_to_check(layout: Layout, table: str) -> dict[str, Any]:
    """Join the lab's description of a table's columns with what is required of every study."""
    names, fields = layout.columns[table], layout.fields[table]
    column_of = dict(zip(names.values(), names, strict=True))
    merged: dict[str, Any] = {}
    for name in dict.fromkeys([*names.values(), *fields]):
        declared = fields.get(name, {})
        field: dict[str, Any] = {"name": name}
        for key in _FIELD_KEYS:
            if key in declared:
                field[key] = declared[key]
        if name in column_of:
            _require(field, declared, layout, table, column_of[name])
        if field.get("type") == "number":
            field["floatNumber"] = True
        merged[name] = field
    schema: dict[str, Any] = {
        "fields": list(merged.values()),
        "fieldsMatch": "subset",  # a lab's further columns are welcome
        "missingValues": layout.resources[table].get("schema", {}).get("missingValues", ["", "NA"]),
        "primaryKey": [names[column] for column in KEYS[table] if column in names],
    }
    if table != "dyads":
        known = layout.columns.get("dyads", {}).get("dyad_id", "dyad_id")
        schema["foreignKeys"] = [
            {"fields": [names["dyad_id"]], "reference": {"resource": "dyads", "fields": [known]}}
        ]
    return schema


def _require(
    field: dict[str, Any], declared: Mapping[str, Any], layout: Layout, table: str, column: str
) -> None:
    """Join what is to be checked of a lab's column with what is required of it."""
    required = REQUIRED[table][column]
    rules = dict(required["constraints"])
    if column in ("role", "phase"):
        rules["enum"] = list(layout.persons if column == "role" else layout.phases)
    if not layout.declared:
        rules |= _SHIPPED.get(column, {})
    # "integer" is a stricter "number", which a lab may ask for; anything else is as required.
    stricter = (declared.get("type"), required["type"]) == ("integer", "number")
    if column == "dyad_id":
        stricter = layout.field("dyads", column).get("type") == "integer"
    field["type"] = "integer" if stricter else required["type"]
    constraints = dict(declared.get("constraints") or {})
    if field["type"] != declared.get("type", field["type"]):
        constraints = {}  # they were meant for another type
    if KEYS[table] == [column]:
        constraints.pop("unique", None)  # the key says it already
    field["constraints"] = {**constraints, **rules}
    if "minimum" in constraints:  # a lab may draw this one closer
        field["constraints"]["minimum"] = constraints["minimum"]
    unit = str(declared.get("unit", "pg/mL" if not layout.declared else ""))
    if column == "signal" and field["constraints"].get("exclusiveMinimum") == 0 and "/" in unit:
        field["concentration"] = unit
