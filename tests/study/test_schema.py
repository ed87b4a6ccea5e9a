"""What is required of every study, joined with what a lab declares."""

import pytest

from dyadsync.study.roles import COLUMNS, declared_fields, find_layout
from dyadsync.study.schema import schema_to_check


def of(schema, name):
    return next(field for field in schema["fields"] if field["name"] == name)


def declaring(*fields):
    """The schema of dyads whose package declares these fields."""
    layout, _ = find_layout({"resources": [{"name": "dyads", "schema": {"fields": list(fields)}}]})
    return schema_to_check(layout, "dyads")


SHIPPED = {
    "samples": ("oxytocin", ["dyad_id", "session", "role", "phase", "oxytocin_pg_ml"]),
    "dyads": ("dyads", list(COLUMNS["dyads"])),
    "symptoms": ("symptoms", ["dyad_id", "week", "hrsd17"]),
}


@pytest.mark.parametrize("table", SHIPPED)
def test_without_a_description_the_required_columns_are_checked(table):
    name, columns = SHIPPED[table]
    schema = schema_to_check(find_layout({"resources": [{"name": name}]})[0], table)
    assert [field["name"] for field in schema["fields"]] == columns
    assert schema["missingValues"] == ["", "NA"]
    assert ("foreignKeys" in schema) == (table != "dyads")


def test_a_lab_may_ask_for_whole_numbers_and_narrower_bounds():
    age = {"name": "age", "type": "integer", "constraints": {"minimum": 18, "maximum": 65}}
    field = of(declaring(age), "age")
    assert (field["type"], field["constraints"]) == ("integer", {"minimum": 18, "maximum": 65})


def test_constraints_that_a_lab_meant_for_another_type_are_dropped():
    age = {"name": "age", "type": "string", "constraints": {"minLength": 2}}
    field = of(declaring(age), "age")
    assert (field["type"], field["constraints"]) == ("number", {"minimum": 0})


def test_the_key_need_not_be_declared_unique_a_second_time():
    key = {"name": "dyad_id", "type": "string", "constraints": {"unique": True}}
    field = of(declaring(key), "dyad_id")
    assert field["constraints"] == {"required": True}


def test_only_the_part_of_a_description_that_bears_on_checking_is_kept():
    own = {"name": "bdi", "type": "number", "title": "BDI-II", "constraints": {"maximum": 63}}
    field = of(declaring(own), "bdi")
    assert field == {
        "name": "bdi",
        "type": "number",
        "constraints": {"maximum": 63},
        "floatNumber": True,
    }


@pytest.mark.parametrize("schema", [None, [], {"fields": {}}, {"fields": [1, {"name": 2}]}])
def test_malformed_fields_are_passed_over(schema):
    assert declared_fields({"schema": schema}) == {}


def test_the_shipped_description_says_all_that_is_required(study):
    for table, (name, columns) in SHIPPED.items():
        assert study.layout.resources[table]["name"] == name
        assert set(columns) <= set(declared_fields(study.layout.resources[table]))
