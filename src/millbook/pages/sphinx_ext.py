"""What the book adds to Sphinx: provenance on every page, the simulation notice, the codebook.

The engine writes one entry into the staged configuration, ``millbook_build``, a mapping of

- ``tags``: what holds of the data, see `millbook.project.Project.tags`, so that a page may say
  ```` ```{only} simulated ````; then every page of the book opens with a notice;
- ``words``: what the data call everything, for the role ``{word}``, see `dyadsync.study.words`;
- ``simulation_seed``: the seed of the simulated data, or None;
- ``provenance``: see `millbook.provenance.provenance`;
- ``parameters``: of each page that uses any, their names and values.

``{codebook}`` lays out the data package field by field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

import dyadsync
from millbook.pages.layout import table

_NOTICE = (
    '<aside class="simulated" aria-label="Simulated data"><p><b>Simulated data.</b> '
    "The results of this book come from data simulated to a published design{seed}, not from "
    "patients. They show that the analysis works, not that the published finding is true.</p>"
    "</aside>"
)
_NOTICE_OF_ANOTHER = (
    _NOTICE.replace("a published design", "a design")
    .replace("patients", "people")
    .replace("the published finding", "a finding")
)


class Codebook(SphinxDirective):
    """A section for each table of the data package, a row for each of its fields."""

    def run(self) -> list[nodes.Node]:
        """Make the sections."""
        path = Path(self.env.srcdir) / "datapackage.json"
        self.env.note_dependency(str(path))
        descriptor = json.loads(path.read_text(encoding="utf-8-sig"))
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


def _configure(app: Sphinx, config: Config) -> None:
    for tag in config.millbook_build.get("tags", []):
        app.tags.add(tag)


def _remove_what_is_not_for_these_data(app: Sphinx, doctree: nodes.document) -> None:
    """Leave out false ``{only}`` blocks before Sphinx follows the links in them.

    They may lead to a page that this book does not have.
    """
    for block in list(doctree.findall(addnodes.only)):
        if not app.tags.eval_condition(block["expr"]):
            block.parent.remove(block)


def _add_to_page(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    build = app.config.millbook_build
    if "body" in context:
        # docutils calls a bibliography a list, but its entries no list items: say neither. The
        # role that it gives an entry is deprecated.
        context["body"] = (
            context["body"]
            .replace('<div role="list" class="citation-list">', '<div class="citation-list">')
            .replace(' role="doc-biblioentry"', "")
        )
    tags = build.get("tags", [])
    if "simulated" in tags and "body" in context:
        seed = build.get("simulation_seed")
        words = "" if seed is None else f" (seed {seed})"
        notice = _NOTICE if "shipped" in tags else _NOTICE_OF_ANOTHER
        context["body"] = notice.format(seed=words) + context["body"]
    context["provenance"] = _provenance(build, page)


def _provenance(build: Mapping[str, Any], page: str) -> str:
    facts = build.get("provenance", {})
    parameters = build.get("parameters", {}).get(page, {})
    rows = {
        "Parameters": ", ".join(f"{name} = {value}" for name, value in parameters.items()),
        "Data (SHA-256)": facts.get("data"),
        "Seed of the simulated data": build.get("simulation_seed"),
        "Package": facts.get("package"),
        "Python": facts.get("python"),
        "Environment (SHA-256 of the lock file)": facts.get("lock"),
        "Commit": facts.get("commit"),
    }
    items = "".join(
        f"<dt>{escape(name)}</dt><dd><code>{escape(str(value))}</code></dd>"
        for name, value in rows.items()
        if value not in (None, "")
    )
    return (
        '<details class="provenance"><summary>How this page was made</summary>'
        f"<dl>{items}</dl></details>"
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.setup_extension("millbook.pages.eval_role")
    app.setup_extension("millbook.pages.api")
    app.setup_extension("millbook.pages.cards")
    app.setup_extension("millbook.pages.theme")
    app.setup_extension("millbook.pages.landing")
    app.setup_extension("millbook.pages.exercises")
    app.setup_extension("millbook.pages.teaching")
    app.setup_extension("millbook.pages.figure_frame")
    app.setup_extension("millbook.pages.scripts")
    app.setup_extension("millbook.pages.word_role")
    app.setup_extension("millbook.pages.retell")
    app.add_config_value("millbook_build", {}, "env", [dict])
    app.add_config_value("millbook_redirects", {}, "", [dict])
    app.add_directive("codebook", Codebook)
    app.connect("config-inited", _configure)
    app.connect("doctree-read", _remove_what_is_not_for_these_data)
    app.connect("html-page-context", _add_to_page)
    return {
        "version": dyadsync.__version__,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
