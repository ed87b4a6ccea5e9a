"""The API reference: a page made from docstrings, and links to it from the chapters.

A page that says ```` ```{api} ```` gets an entry for each name that the package of the
configuration's ``api_package`` offers, a section for each of its subpackages, those in
``api_sections`` first.  Authors write a name as code; its first mention on a page leads to its
entry, and a chapter ends with the names that its cells import.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from millbook.names import nodes_of
from millbook.pages.elements import inside

_HERE = re.compile(r"^```\{api\}\n```$", re.MULTILINE)
_SETTINGS = {
    "add_module_names": False,
    "autodoc_preserve_defaults": True,
    "autodoc_typehints": "none",
    # Single backticks in docstrings name things; those that have an entry become links.
    "default_role": "literal",
    "napoleon_google_docstring": False,
    "napoleon_use_ivar": True,
    "napoleon_use_param": False,
    "napoleon_use_rtype": False,
    "toc_object_entries": False,
}


def reference(package: ModuleType, sections: Sequence[str] = ()) -> str:
    """Write the Markdown of the reference: a section for each subpackage, an entry for each name.

    Those of `sections` come first, in their order.
    """
    found: dict[str, list[str]] = {name: [] for name in sections}
    for name in sorted(package.__all__, key=str.lower):
        if not name.startswith("_"):
            section = getattr(package, name).__module__.split(".")[1]
            found.setdefault(section, []).append(name)
    return "\n".join(_section(package, name, names) for name, names in found.items() if names)


def _section(package: ModuleType, section: str, names: list[str]) -> str:
    entries = "\n".join(_entry(package, name) for name in names)
    return f"## {section.capitalize()}\n\n```{{eval-rst}}\n{entries}```\n"


def _entry(package: ModuleType, name: str) -> str:
    path = f"{package.__name__}.{name}"
    if not inspect.isclass(getattr(package, name)):
        return f".. autofunction:: {path}\n"
    return f".. autoclass:: {path}\n   :members:\n   :exclude-members: __init__\n"


def is_reference(text: str) -> bool:
    """Check whether a page's source asks for the reference."""
    return bool(_HERE.search(text))


def _write_reference(app: Sphinx, _page: str, source: list[str]) -> None:
    if is_reference(source[0]):
        package = importlib.import_module(app.config.api_package)
        text = reference(package, app.config.api_sections)
        source[0] = _HERE.sub(lambda _: text, source[0])


def _link_names(app: Sphinx, document: nodes.document, page: str) -> None:
    """Link a page's first mention of each name, and end a chapter with those that it imports."""
    package = app.config.api_package
    entries = _entries(app, page)
    mentioned: set[str] = set()
    for literal in list(document.findall(nodes.literal)):
        name = literal.astext().removesuffix("()")
        if (
            name in entries
            and name not in mentioned
            and not inside(literal, nodes.reference, nodes.title)
        ):
            mentioned.add(name)
            literal.replace_self(_link(name, entries[name], literal))
    imported = sorted(set(_imported(document, package)) & set(entries), key=str.lower)
    sections = [node for node in document.children if isinstance(node, nodes.section)]
    if imported and sections:
        links: list[nodes.Node] = [nodes.Text("Described in the API reference: ")]
        for name in imported:
            links += [_link(name, entries[name], nodes.literal("", name)), nodes.Text(", ")]
        links[-1] = nodes.Text(".")
        sections[0] += nodes.paragraph("", "", *links, classes=["api-used"])


def _entries(app: Sphinx, page: str) -> dict[str, str]:
    """Give each documented name its address, seen from a page; none on the reference itself."""
    objects = app.env.domains["py"].data["objects"]
    prefix = f"{app.config.api_package}."
    return {
        name.removeprefix(prefix): app.builder.get_relative_uri(page, entry.docname)
        + f"#{entry.node_id}"
        for name, entry in objects.items()
        if entry.docname != page and name.count(".") == 1 and name.startswith(prefix)
    }


def _link(name: str, address: str, content: nodes.Node) -> nodes.reference:
    return nodes.reference(
        "",
        "",
        content.deepcopy(),
        internal=True,
        refuri=address,
        reftitle=f"{name} in the API reference",
    )


def _imported(document: nodes.document, package: str) -> Iterator[str]:
    """List the names that the code of a chapter imports from the package."""
    for cell in document.findall(nodes.literal_block):
        source = cell.astext()
        for node in nodes_of(source) if package and package in source else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
                yield from (one.name for one in node.names)


def _whole_sentence(
    _app: Sphinx, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]
) -> None:
    """Keep napoleon from reading a colon in an attribute's first sentence as the end of a type."""
    if what in {"attribute", "property"} and lines:
        lines[0] = f": {lines[0]}"


def _configure(_app: Sphinx, config: Config) -> None:
    for name, value in _SETTINGS.items():
        setattr(config, name, value)
    # Types in docstrings are words of numpydoc, such as "array_like", and lead nowhere.
    config.nitpick_ignore_regex = [*config.nitpick_ignore_regex, (r"py:.*", r".*")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add autodoc, napoleon and the links."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.add_config_value("api_package", "", "env", [str])
    app.add_config_value("api_sections", [], "env", [list])
    app.connect("config-inited", _configure)
    app.connect("autodoc-process-docstring", _whole_sentence, priority=400)
    app.connect("source-read", _write_reference)
    app.connect("doctree-resolved", _link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
