"""What every study must have: its tables, columns and keys, joined with what a lab declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dyadsync.study.roles import COLUMNS, Layout

__all__ = ["KEYS", "MEASUREMENT", "NUMBER_TYPES", "REQUIRED", "schema_to_check"]

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


def schema_to_check(layout: Layout, table: str) -> dict[str, Any]:
    """Join the lab's description of a table's columns with what is required of every study."""
    declared = layout.resources[table]
    fields = layout.fields[table]
    names = layout.columns[table]
    merged = {
        names[column]: _with_required(fields.get(names[column], {}), layout, table, column)
        for column in COLUMNS[table]
        if column in names
    }
    dyad = names["dyad_id"]
    if layout.field("dyads", "dyad_id").get("type") == "integer":
        merged[dyad] = {"name": dyad, "type": "integer", "constraints": {"required": True}}
    merged |= {name: _own_field(field) for name, field in fields.items() if name not in merged}
    schema: dict[str, Any] = {
        "fields": list(merged.values()),
        "fieldsMatch": "subset",  # a lab's further columns are welcome
        "missingValues": declared.get("schema", {}).get("missingValues", ["", "NA"]),
        "primaryKey": [names[column] for column in KEYS[table] if column in names],
    }
    if table != "dyads":
        known = layout.columns.get("dyads", {}).get("dyad_id", "dyad_id")
        schema["foreignKeys"] = [
            {"fields": [dyad], "reference": {"resource": "dyads", "fields": [known]}}
        ]
    return schema


def _with_required(
    declared: Mapping[str, Any], layout: Layout, table: str, column: str
) -> dict[str, Any]:
    required = REQUIRED[table][column]
    rules = dict(required["constraints"])
    if column == "role":
        rules["enum"] = list(layout.persons)
    if column == "phase":
        rules["enum"] = list(layout.phases)
    if not layout.declared:
        rules |= _SHIPPED.get(column, {})
    name = layout.columns[table][column]
    field = _own_field(declared) | {"name": name}
    # "integer" is a stricter "number", which a lab may ask for; anything else is as required.
    stricter = (declared.get("type"), required["type"]) == ("integer", "number")
    field["type"] = "integer" if stricter else required["type"]
    if field["type"] == "number":
        field["floatNumber"] = True
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
    return field


_FIELD_KEYS = ("name", "type", "format", "constraints", "decimalChar", "groupChar", "bareNumber")


def _own_field(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Of a field's description, the part that bears on checking."""
    field = {}
    for key in _FIELD_KEYS:
        if key in declared:
            field[key] = declared[key]
    if field.get("type") == "number":
        field["floatNumber"] = True
    return field
