"""Inline expressions: numbers that the text of a notebook asks its kernel for.

``{eval}`effect:.2f` `` in a Markdown cell is evaluated when the run reaches the cell, and kept in
the cell's metadata as jupyterlab-myst keeps it: ``user_expressions``, a list of expressions and
results.  The words of the value are made in the kernel, by `millbook.prose`.  `engine` asks for
them; here they are found and read, without what runs a notebook.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

METADATA = "user_expressions"

# Python 3.11 counts the depth of what it parses once for all threads.
_ONE_AT_A_TIME = threading.Lock()

# What stands in these is not read as Markdown.
_LITERAL = {
    *("code", "code-block", "code-cell", "sourcecode", "parsed-literal", "literalinclude"),
    *("math", "raw", "eval-rst", "mermaid", "toctree", "bibliography"),
}


def find_expressions(markdown: str) -> list[str]:
    """List the expressions in the text of a Markdown cell, each once, in their order.

    Code that shows a role is none.
    """
    return list(dict.fromkeys(_in_text(markdown)))


def read_text(result: dict[str, Any]) -> str:
    """Read the words of a result that a kernel gave."""
    if result["status"] != "ok":
        raise ValueError(f"{result['ename']}: {result['evalue']}")
    plain = result["data"].get("text/plain", "")
    try:
        with _ONE_AT_A_TIME:
            text = ast.literal_eval(plain)
    except (ValueError, SyntaxError):
        text = None
    if not isinstance(text, str):
        first = plain.strip().split("\n")[0]
        raise ValueError(f"TypeError: its value is neither a number nor a text: {first}")
    return text


def shown_values(cell: Mapping[str, Any]) -> dict[str, str]:
    """Give what a run wrote for the expressions in a cell's text."""
    kept = cell["metadata"].get(METADATA, [])
    return {one["expression"]: read_text(one["result"]) for one in kept}


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of the expressions in a text, for where a page shows no roles."""
    for expression, value in values.items():
        text = text.replace(f"{{eval}}`{expression}`", value)
    return text


def _in_text(markdown: str) -> Iterator[str]:
    for token in _parser().parse(markdown):
        if token.type in ("fence", "colon_fence"):
            yield from _in_directive(token)
        yield from _in_line(token.children or [])


def _in_line(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "myst_role" and token.meta["name"] == "eval":
            yield token.content


def _in_directive(token: Token) -> Iterator[str]:
    name, _, argument = token.info.strip().partition(" ")
    if not (name.startswith("{") and name.endswith("}")):
        return
    name = name[1:-1]
    if name in _LITERAL:
        return
    yield from _in_text(argument)
    yield from _in_text(token.content)


@cache
def _parser() -> MarkdownIt:
    from markdown_it.renderer import RendererHTML
    from myst_parser.config.main import MdParserConfig
    from myst_parser.parsers.mdit import create_md_parser

    extensions = {"amsmath", "colon_fence", "deflist", "dollarmath", "substitution"}
    parser = create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)
    return parser.disable("front_matter", ignoreInvalid=True)
