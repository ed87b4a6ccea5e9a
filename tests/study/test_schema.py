"""What is required of every study, joined with what a lab declares."""

from __future__ import annotations

from typing import Any

import pytest

from dyadsync.study.load import Study
from dyadsync.study.schema import REQUIRED, TABLES, declared_fields, schema_to_check


def of(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return next(field for field in schema["fields"] if field["name"] == name)


def declaring(table: str, *fields: dict[str, Any]) -> dict[str, Any]:
    return {"resources": [{"name": table, "schema": {"fields": list(fields)}}]}


@pytest.mark.parametrize("table", TABLES)
def test_without_a_description_the_required_columns_are_checked(table: str) -> None:
    schema = schema_to_check({"resources": [{"name": table}]}, table)
    assert [field["name"] for field in schema["fields"]] == list(REQUIRED[table])
    assert schema["missingValues"] == ["", "NA"]
    assert ("foreignKeys" in schema) == (table != "dyads")


def test_a_lab_may_ask_for_whole_numbers_and_narrower_bounds() -> None:
    age = {"name": "age", "type": "integer", "constraints": {"minimum": 18, "maximum": 65}}
    field = of(schema_to_check(declaring("dyads", age), "dyads"), "age")
    assert (field["type"], field["constraints"]) == ("integer", {"minimum": 18, "maximum": 65})


def test_constraints_that_a_lab_meant_for_another_type_are_dropped() -> None:
    age = {"name": "age", "type": "string", "constraints": {"minLength": 2}}
    field = of(schema_to_check(declaring("dyads", age), "dyads"), "age")
    assert (field["type"], field["constraints"]) == ("number", {"minimum": 0})


def test_the_key_need_not_be_declared_unique_a_second_time() -> None:
    key = {"name": "dyad_id", "type": "string", "constraints": {"unique": True}}
    field = of(schema_to_check(declaring("dyads", key), "dyads"), "dyad_id")
    assert field["constraints"] == {"required": True}


def test_only_the_part_of_a_description_that_bears_on_checking_is_kept() -> None:
    own = {"name": "bdi", "type": "number", "title": "BDI-II", "constraints": {"maximum": 63}}
    field = of(schema_to_check(declaring("dyads", own), "dyads"), "bdi")
    assert field == {
        "name": "bdi",
        "type": "number",
        "constraints": {"maximum": 63},
        "floatNumber": True,
    }


@pytest.mark.parametrize("schema", [None, [], {"fields": {}}, {"fields": [1, {"name": 2}]}])
def test_malformed_fields_are_passed_over(schema: Any) -> None:
    assert declared_fields({"schema": schema}) == {}


def test_the_shipped_description_says_all_that_is_required(study: Study) -> None:
    for resource in study.descriptor["resources"]:
        assert set(REQUIRED[resource["name"]]) <= set(declared_fields(resource))
