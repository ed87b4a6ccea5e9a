"""Which names code reads and makes: so a number is led back to the cell that made it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from millbook.numbers import split_format


def names_read(expression: str) -> set[str]:
    """Name what an expression in the text reads."""
    tree = ast.parse(split_format(expression)[0], mode="eval")
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def names_made(source: str) -> set[str]:
    """Name what the code of a cell makes."""
    lines = [line if line[:1] not in "%!" else "" for line in source.splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return set()
    return set(_bound(tree))


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
