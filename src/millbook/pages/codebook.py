"""The codebook: a data package laid out field by field, by ```` ```{codebook} ````."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from millbook.pages.elements import table
from millbook.project import package_descriptor


class Codebook(SphinxDirective):
    """A section for each table of the data package, a row for each of its fields."""

    def run(self) -> list[nodes.Node]:
        """Make the sections."""
        path = Path(self.env.srcdir) / "datapackage.json"
        self.env.note_dependency(str(path))
        descriptor = package_descriptor(path.parent)
        return [self._resource(resource) for resource in descriptor["resources"]]

    def _resource(self, resource: Mapping[str, Any]) -> nodes.section:
        name = resource["name"]
        section = nodes.section(ids=[f"codebook-{nodes.make_id(name)}"], names=[f"codebook {name}"])
        section += nodes.title("", resource.get("title", name))
        section += nodes.paragraph("", "", nodes.literal("", resource["path"]))
        if "description" in resource:
            section += nodes.paragraph("", resource["description"])
        schema = resource["schema"]
        keys = _as_list(schema.get("primaryKey", []))
        foreign = {
            field: key["reference"]["resource"] or name
            for key in schema.get("foreignKeys", [])
            for field in _as_list(key["fields"])
        }
        rows = [
            [
                nodes.literal("", field["name"]),
                field.get("description", field.get("title", "")),
                field.get("type", "any"),
                str(field.get("unit", "")),
                "; ".join(_rules(field, keys, foreign)),
            ]
            for field in schema["fields"]
        ]
        section += table(["Field", "Meaning", "Type", "Unit", "Rules"], rows)
        missing = [value for value in schema.get("missingValues", [""]) if value != ""]
        words = " or ".join(["an empty cell", *missing])
        section += nodes.paragraph("", f"A missing value is {words}.")
        return section


def _rules(field: Mapping[str, Any], keys: list[str], foreign: Mapping[str, str]) -> Iterable[str]:
    """Say a field's constraints in words."""
    words = {
        "minimum": "at least {}",
        "exclusiveMinimum": "above {}",
        "maximum": "at most {}",
        "exclusiveMaximum": "below {}",
        "pattern": "matches {}",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
    }
    if field["name"] in keys:
        yield "part of the key" if len(keys) > 1 else "key"
    if field["name"] in foreign:
        yield f"found in {foreign[field['name']]}"
    if "categories" in field:
        yield "one of " + ", ".join(map(_category, field["categories"]))
    for rule, value in field.get("constraints", {}).items():
        if rule == "enum" and "categories" in field:
            continue
        if rule == "enum":
            yield "one of " + ", ".join(map(str, value))
        elif rule in ("required", "unique"):
            if value:
                yield rule
        else:
            yield words.get(rule, rule + " {}").format(value)


def _category(category: Any) -> str:
    if isinstance(category, Mapping):
        return (
            f"{category['value']} ({category['label']})"
            if "label" in category
            else str(category["value"])
        )
    return str(category)


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("codebook", Codebook)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
