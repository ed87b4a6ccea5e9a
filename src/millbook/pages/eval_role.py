"""The role ``{eval}`` on a page: a number of the executed notebook, and where it comes from.

The number is a link to the nearest code cell above that makes one of the names in its expression,
or where none does, to the nearest.  So it can be asked without a script, by any key or finger that
follows links; ``static/cards.js`` adds a card on hover, focus and first tap, which says in words
what the number is, and below them the expression.
"""

from __future__ import annotations

import json
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from millbook.arrange import arrange
from millbook.inline import shown_values
from millbook.names import names_made, names_read
from millbook.notebook_file import parse_notebook
from millbook.pages.elements import inside
from millbook.pages.expressions import expression_in_words

_LOGGER = logging.getLogger(__name__)

# What is known while a page is read: the values of its cells by their ids, and whose text it is.
_VALUES, _CELL = "millbook_values", "millbook_cell"


class EvalRole(SphinxRole):
    """Shows the value that the chapter's kernel gave when it ran."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the number; whether it has a value is asked once it is known to be shown."""
        known = self.env.temp_data
        values: dict[str, str] = known.get(_VALUES, {}).get(known.get(_CELL), {})
        value = values.get(self.text)
        number = nodes.inline(self.rawtext, value or "", classes=["computed"], expression=self.text)
        number["found"] = value is not None
        number.source, number.line = self.get_source_info()
        return [number], []


class CellId(SphinxDirective):
    """Says which cell the text below it is, see `millbook.arrange`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Remember the cell."""
        self.env.temp_data[_CELL] = self.arguments[0]
        return []


def _read_chapter(app: Sphinx, page: str, source: list[str]) -> None:
    """Give Sphinx a chapter as its page has it; the file stays as it is."""
    if not app.env.doc2path(page).endswith(".ipynb"):
        return
    notebook = parse_notebook(source[0])
    app.env.temp_data[_VALUES] = {cell["id"]: shown_values(cell) for cell in notebook["cells"]}
    source[0] = json.dumps(arrange(notebook, page.rpartition("/")[2]), ensure_ascii=False)


def _lead_to_code(_app: Sphinx, document: nodes.document) -> None:
    """Give code cells their ids and link numbers to them."""
    cells: list[tuple[str, set[str]]] = []
    for node in list(document.findall()):
        if isinstance(node, nodes.container) and node.get("nb_element") == "cell_code":
            source = _shown_source(node)
            if source is not None:
                name = f"code-cell-{node['cell_index']}"
                node["ids"].append(name)
                cells.append((name, names_made(source)))
        elif isinstance(node, nodes.inline) and "expression" in node:
            _link(node, cells)


def _link(number: nodes.inline, cells: list[tuple[str, set[str]]]) -> None:
    expression = number["expression"]
    if not number["found"]:
        _LOGGER.warning(
            "{eval}`%s` has no value: it stands outside a notebook's text, or where the run "
            "did not look for it",
            expression,
            location=number,
        )
        return
    names = names_read(expression)
    above = [name for name, made in reversed(cells) if made & names]
    above += [name for name, _ in reversed(cells)]
    if not above or inside(number, nodes.reference, addnodes.pending_xref):
        return
    link = nodes.reference(
        "",
        number.astext(),
        internal=True,
        refuri=f"#{above[0]}",
        reftitle=" · ".join(filter(None, [expression_in_words(expression), expression])),
        classes=number["classes"],
    )
    number.replace_self(link)


def _shown_source(cell: nodes.container) -> str | None:
    """Give the code of a cell; None where only its output is shown."""
    for part in cell.findall(nodes.container):
        if part.get("nb_element") == "cell_code_source":
            return str(part.astext())
    return None


def setup(app: Sphinx) -> dict[str, Any]:
    """Put our role in the place of myst-nb's, which asks a kernel of its own."""
    app.setup_extension("myst_nb")
    app.add_role("eval", EvalRole(), override=True)
    app.add_directive("cell-id", CellId)
    app.connect("source-read", _read_chapter)
    # After blocks that are not for these data have gone.
    app.connect("doctree-read", _lead_to_code, priority=600)
    app.add_js_file("cards.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
