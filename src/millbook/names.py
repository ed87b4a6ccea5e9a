"""Names that code reads and makes, and names of chapters in links."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator

from millbook.prose import split_format

_LINK = re.compile(r"(`[^`\n]*`)|(?<=\]\()\d\d_(?=[\w-]+\.(?:ipynb|md)\b)")


def name_links(text: str) -> str:
    """Let Markdown links lead to chapters by their names, without the numbers of their files.

    Examples
    --------
    >>> name_links("See [why](02_penguins.ipynb#three-rules).")
    'See [why](penguins.ipynb#three-rules).'
    >>> name_links("A link is written `[why](02_penguins.ipynb)`.")
    'A link is written `[why](02_penguins.ipynb)`.'
    """
    return _LINK.sub(lambda found: found[1] or "", text)


def names_read(expression: str) -> set[str]:
    """Name what an expression in the text reads."""
    tree = ast.parse(split_format(expression)[0], mode="eval")
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def nodes_of(source: str) -> Iterator[ast.AST]:
    """Walk through the code of a cell, without what only IPython reads; not through broken code."""
    lines = [line if line[:1] not in "%!" else "" for line in source.splitlines()]
    with contextlib.suppress(SyntaxError):
        yield from ast.walk(ast.parse("\n".join(lines)))


def names_made(source: str) -> set[str]:
    """Name what the code of a cell makes."""
    made = set()
    for node in nodes_of(source):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            made.add(node.name)
    return made
