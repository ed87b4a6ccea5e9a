"""Entries of a first page: each a title that leads to a page, and its words."""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from millbook.pages.elements import link_to


class Entry(SphinxDirective):
    """A title that leads to a page, and words below it."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "to": directives.unchanged_required,
        "query": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Make the entry; the page it leads to is checked like any other link."""
        entry = nodes.container(classes=["entry"])
        link = link_to(self.env.docname, self.options["to"], nodes.Text(self.arguments[0]))
        title = nodes.paragraph("", "", link, classes=["entry-title"])
        title["query"] = self.options.get("query", "")
        entry += title
        entry += self.parse_content_to_nodes()
        return [entry]


def _add_queries(_app: Sphinx, document: nodes.document, _page: str) -> None:
    """Add to entries' addresses what they ask of the page behind."""
    for title in document.findall(nodes.paragraph):
        if title.get("query"):
            for link in title.findall(nodes.reference):
                link["refuri"] += f"?{title['query']}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("entry", Entry)
    app.connect("doctree-resolved", _add_queries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
