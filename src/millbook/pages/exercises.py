"""Exercises and their solutions on a page, by sphinx-exercise: numbered, linked, folded.

`millbook.arrange` makes boxes of tagged cells.  A solution is a ``<details>``, which opens by
mouse, finger and key without a script.  Where it gives the number that is asked for,
``static/exercises.js`` checks the reader's against it.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_exercise.nodes import is_extension_node, solution_node


def _unwrap(_app: Sphinx, document: nodes.document) -> None:
    """Take the contents of exercises out of sections that have no title and all the same id."""
    for box in document.findall(is_extension_node):
        for section in [child for child in box if isinstance(child, nodes.section)]:
            box.remove(section)
            box.extend(section.children)


def _open_solution(translator: Any, node: nodes.Element) -> None:
    title = node[0]
    node.remove(title)
    # "Solution to Exercise 3 (A stricter rule)": the words in brackets stand right above it.
    words = title.astext().partition(" (")[0]
    translator.body.append(translator.starttag(node, "details"))
    translator.body.append(f"<summary>{escape(words)}</summary>\n")


def _close_solution(translator: Any, _node: nodes.Element) -> None:
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.setup_extension("sphinx_exercise")
    app.add_node(solution_node, override=True, html=(_open_solution, _close_solution))
    app.connect("doctree-read", _unwrap)
    app.add_js_file("exercises.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
