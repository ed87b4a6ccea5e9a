"""The API reference: a page made from docstrings, and links to it from the chapters.

A page that says ```` ```{api} ```` gets an entry for each name that ``import dyadsync`` offers, a
section a room.  Authors write a name as code; its first mention on a page leads to its entry, and
a chapter ends with the names that its cells import.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

import dyadsync

_HERE = re.compile(r"^```\{api\}\n```$", re.MULTILINE)
# The way of the data; rooms that are not named here follow.
_ORDER = ("study", "synchrony", "measurement", "mediation", "robustness", "simulation")
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


def reference(names: Iterable[str]) -> str:
    """Write the Markdown of the reference: a section a room, an entry a name."""
    rooms: dict[str, list[str]] = {}
    for name in sorted(names, key=str.lower):
        if not name.startswith("_"):
            room = getattr(dyadsync, name).__module__.split(".")[1]
            rooms.setdefault(room, []).append(name)
    ordered = sorted(rooms, key=lambda room: (room not in _ORDER, _place(room), room))
    return "\n".join(_section(room, rooms[room]) for room in ordered)


def _place(room: str) -> int:
    return _ORDER.index(room) if room in _ORDER else 0


def _section(room: str, names: list[str]) -> str:
    entries = "\n".join(map(_entry, names))
    return f"## {room.capitalize()}\n\n```{{eval-rst}}\n{entries}```\n"


def _entry(name: str) -> str:
    if not inspect.isclass(getattr(dyadsync, name)):
        return f".. autofunction:: dyadsync.{name}\n"
    return f".. autoclass:: dyadsync.{name}\n   :members:\n   :exclude-members: __init__\n"


def _write_reference(_app: Sphinx, _page: str, source: list[str]) -> None:
    if _HERE.search(source[0]):
        text = reference(dyadsync.__all__)
        source[0] = _HERE.sub(lambda _: text, source[0])


def _link_names(app: Sphinx, document: nodes.document, page: str) -> None:
    """Link a page's first mention of each name, and end a chapter with those that it imports."""
    entries = _entries(app, page)
    mentioned: set[str] = set()
    for literal in list(document.findall(nodes.literal)):
        name = literal.astext().removesuffix("()")
        if name in entries and name not in mentioned and _in_text(literal):
            mentioned.add(name)
            literal.replace_self(_link(name, entries[name], literal))
    imported = sorted(set(_imported(document)) & set(entries), key=str.lower)
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
    return {
        name.removeprefix("dyadsync."): app.builder.get_relative_uri(page, entry.docname)
        + f"#{entry.node_id}"
        for name, entry in objects.items()
        if entry.docname != page and name.count(".") == 1 and name.startswith("dyadsync.")
    }


def _link(name: str, address: str, content: nodes.Node) -> nodes.reference:
    return nodes.reference(
        "",
        "",
        content.deepcopy(),
        internal=True,
        refuri=address,
        reftitle=f"dyadsync.{name} in the API reference",
    )


def _in_text(node: nodes.Node) -> bool:
    parent = node.parent
    while parent is not None:
        if isinstance(parent, (nodes.reference, nodes.title)):
            return False
        parent = parent.parent
    return True


def _imported(document: nodes.document) -> Iterator[str]:
    """List the names that the code of a chapter imports from the package."""
    for cell in document.findall(nodes.literal_block):
        lines = [line if line[:1] not in "%!" else "" for line in cell.astext().splitlines()]
        try:
            tree = ast.parse("\n".join(lines))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dyadsync"):
                yield from (one.name for one in node.names)


def _configure(_app: Sphinx, config: Config) -> None:
    for name, value in _SETTINGS.items():
        setattr(config, name, value)
    # Types in docstrings are words of numpydoc, such as "array_like", and lead nowhere.
    config.nitpick_ignore_regex = [*config.nitpick_ignore_regex, (r"py:.*", r".*")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add autodoc, napoleon and the links."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("config-inited", _configure)
    app.connect("source-read", _write_reference)
    app.connect("doctree-resolved", _link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
