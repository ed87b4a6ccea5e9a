"""Tables, links and numbers as directives lay them out."""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes
from sphinx import addnodes

from millbook.prose import as_text


def number(value: float) -> str:
    """Write a number with two decimals, as prose does.

    Examples
    --------
    >>> number(-0.314)
    '−0.31'
    """
    return as_text(value, ".2f")


def interval_in_words(low: float, high: float) -> str:
    """Write an interval.

    Examples
    --------
    >>> interval_in_words(-0.5, -0.1)
    '−0.50 to −0.10'
    """
    return f"{number(low)} to {number(high)}"


def table(header: list[str], rows: Iterable[list[str | nodes.Node]]) -> nodes.table:
    """Make a table whose first row is its header."""
    body = [_row(cells) for cells in rows]
    group = nodes.tgroup(
        "",
        *[nodes.colspec(colwidth=1) for _ in header],
        nodes.thead("", _row(list(header))),
        nodes.tbody("", *body),
        cols=len(header),
    )
    return nodes.table("", group, classes=["colwidths-auto"])


def _row(cells: list[str | nodes.Node]) -> nodes.row:
    return nodes.row(
        "",
        *[
            nodes.entry(
                "",
                nodes.paragraph("", "", cell if isinstance(cell, nodes.Node) else nodes.Text(cell)),
            )
            for cell in cells
        ],
    )


def inside(node: nodes.Node, *kinds: type[nodes.Node]) -> bool:
    """Check whether a node stands in one of some kinds."""
    parent = node.parent
    while parent is not None and not isinstance(parent, kinds):
        parent = parent.parent
    return parent is not None


def link_to(page: str, name: str, *words: nodes.Node) -> addnodes.pending_xref:
    """Make a link from a page to another beside it, which is checked when the book is built."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", "", *words, classes=["std", "std-doc"]),
        refdomain="std",
        reftype="doc",
        refdoc=page,
        refexplicit=True,
        refwarn=True,
        reftarget=name,
    )
