"""What every study must have: its tables, columns and keys, joined with what a lab declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

__all__ = [
    "DESCRIPTOR",
    "MEASUREMENT",
    "NUMBER_TYPES",
    "PRIMARY_KEY",
    "REQUIRED",
    "TABLES",
    "declared_fields",
    "declared_resource",
    "schema_to_check",
]

DESCRIPTOR = "datapackage.json"
TABLES = ("oxytocin", "dyads", "symptoms")

# What every study must have. A lab's own descriptor may say more (its own columns, bounds,
# categories); it cannot say less. `dyad_id` may be declared an integer by the lab.
REQUIRED: dict[str, dict[str, dict[str, Any]]] = {
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
PRIMARY_KEY = {
    "oxytocin": ["dyad_id", "session", "role", "phase"],
    "dyads": ["dyad_id"],
    "symptoms": ["dyad_id", "week"],
}
# A row without its measurement is a measurement that was not made.
MEASUREMENT = {"oxytocin": "oxytocin_pg_ml", "symptoms": "hrsd17"}

NUMBER_TYPES = {"number", "integer"}


def declared_resource(descriptor: Mapping[str, Any], table: str) -> dict[str, Any]:
    """Give the lab's description of a table; empty if there is none."""
    for resource in descriptor.get("resources", []):
        if isinstance(resource, dict) and resource.get("name") == table:
            return cast(dict[str, Any], resource)
    return {}


def declared_fields(resource: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the lab's descriptions of a table's columns by name, leaving out what is malformed."""
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    return {
        field["name"]: field
        for field in (fields if isinstance(fields, list) else [])
        if isinstance(field, dict) and isinstance(field.get("name"), str)
    }


def schema_to_check(descriptor: Mapping[str, Any], table: str) -> dict[str, Any]:
    """Join the lab's description of a table's columns with what is required of every study."""
    declared = declared_resource(descriptor, table)
    fields = declared_fields(declared)
    ids = declared_fields(declared_resource(descriptor, "dyads")).get("dyad_id", {})
    merged = {name: _with_required(fields.get(name, {}), table, name) for name in REQUIRED[table]}
    if ids.get("type") == "integer":
        merged["dyad_id"] = {
            "name": "dyad_id",
            "type": "integer",
            "constraints": {"required": True},
        }
    merged |= {name: _own_field(field) for name, field in fields.items() if name not in merged}
    schema: dict[str, Any] = {
        "fields": list(merged.values()),
        "fieldsMatch": "subset",  # a lab's further columns are welcome
        "missingValues": declared.get("schema", {}).get("missingValues", ["", "NA"]),
        "primaryKey": PRIMARY_KEY[table],
    }
    if table != "dyads":
        schema["foreignKeys"] = [
            {"fields": ["dyad_id"], "reference": {"resource": "dyads", "fields": ["dyad_id"]}}
        ]
    return schema


def _with_required(declared: Mapping[str, Any], table: str, name: str) -> dict[str, Any]:
    required = REQUIRED[table][name]
    field = _own_field(declared) | {"name": name}
    # "integer" is a stricter "number", which a lab may ask for; anything else is as required.
    stricter = (declared.get("type"), required["type"]) == ("integer", "number")
    field["type"] = "integer" if stricter else required["type"]
    if field["type"] == "number":
        field["floatNumber"] = True
    constraints = dict(declared.get("constraints") or {})
    if field["type"] != declared.get("type", field["type"]):
        constraints = {}  # they were meant for another type
    if PRIMARY_KEY[table] == [name]:
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
