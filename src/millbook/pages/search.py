"""The search: an index of sections, which ``static/search.js`` reads.

A result leads to its section, and shows where its words stand. Code is left out: who looks for a
word wants the text about it. The index is a script, since a browser lets no page read other files
of a folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

_LEFT_OUT = (nodes.literal_block, nodes.raw, nodes.comment, nodes.section, nodes.title)
_FILE = "sections.js"
# Words are joined across links and emphasis; signs stand at theirs.
_BEFORE, _AFTER = re.compile(r" ([.,;:?!)%])"), re.compile(r"([(]) ")


def sections(document: nodes.document) -> Iterator[tuple[str, str, str]]:
    """List the sections of a page: anchor (none of the first), title, text without code."""
    for place, section in enumerate(document.findall(nodes.section)):
        title = section.next_node(nodes.title)
        anchor = section["ids"][0] if place and section["ids"] else ""
        text = _BEFORE.sub(r"\1", _AFTER.sub(r"\1", " ".join(_words(section))))
        yield anchor, title.astext() if title else "", text


def _words(node: nodes.Element) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield from child.astext().split()
        elif isinstance(child, nodes.math):
            yield child.astext()
        elif isinstance(child, nodes.Element) and not isinstance(child, _LEFT_OUT):
            yield from _words(child)


def _write_index(app: Sphinx, error: Exception | None) -> None:
    if error is not None:
        return
    entries = [
        [f"{page}.html{anchor and '#'}{anchor}", title, text, app.env.titles[page].astext()]
        for page in sorted(app.env.found_docs)
        for anchor, title, text in sections(app.env.get_doctree(page))
    ]
    index = Path(app.outdir) / "_static" / _FILE
    content = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    index.write_text(f"const SECTIONS = {content};\n", encoding="utf-8")


def _without_own_index(app: Sphinx) -> None:
    # Sphinx's leads to pages only, and finds code.
    cast(StandaloneHTMLBuilder, app.builder).search = False


def _search_page(_app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "search", {}, "search.html"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the search."""
    app.connect("builder-inited", _without_own_index)
    app.connect("html-collect-pages", _search_page)
    app.connect("build-finished", _write_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
