"""Inline expressions: numbers that the text of a notebook asks its kernel for.

``{eval}`effect:.2f` `` in a Markdown cell is evaluated when the run reaches the cell, and kept in
the cell's metadata as jupyterlab-myst keeps it: ``user_expressions``, a list of expressions and
results.  The words of the value are made in the kernel, by `dyadsync.numbers`.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger

from dyadsync.absent import published_names, say_why, say_why_in_text
from dyadsync.book.conditions import holds
from dyadsync.claims.results import publish_reason
from dyadsync.numbers import MISSING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

ENGINE = "dyadsync"
METADATA = "user_expressions"

# What stands in these is not read as Markdown.
_LITERAL = {
    *("code", "code-block", "code-cell", "sourcecode", "parsed-literal", "literalinclude"),
    *("math", "raw", "eval-rst", "mermaid", "toctree", "bibliography"),
}
# What no data can cause: the chapter itself is wrong.
MISTAKES = {"NameError", "ImportError", "ModuleNotFoundError", "SyntaxError", "MemoryError"}
# The kernel learns to write numbers as it is first asked for one.
_PREPARE = (
    "__import__('dyadsync.numbers', fromlist=['numbers']).load_ipython_extension(get_ipython())"
)


class ExpressionError(Exception):
    """An expression in the text of a notebook has no value to show.

    Attributes
    ----------
    expression
        The text of the role.
    cell
        The Markdown of its cell.
    """

    def __init__(self, expression: str, cell: str, reason: str) -> None:
        super().__init__(reason)
        self.expression = expression
        self.cell = cell


def find_expressions(markdown: str, tags: Collection[str] = ()) -> list[str]:
    """List the expressions in the text of a Markdown cell, each once, in their order.

    Code that shows a role is none; neither is one in an ``{only}`` block that does not hold.

    Parameters
    ----------
    markdown
        The text of the cell.
    tags
        What ``{only}`` blocks may ask for, such as ``simulated``.
    """
    return list(dict.fromkeys(_in_text(markdown, tags)))


def read_text(result: dict[str, Any]) -> str:
    """Read the words of a result that a kernel gave.

    Raises
    ------
    ValueError
        If the expression failed, or its value is neither a number nor a text.
    """
    if result["status"] != "ok":
        raise ValueError(f"{result['ename']}: {result['evalue']}")
    plain = result["data"].get("text/plain", "")
    try:
        text = ast.literal_eval(plain)
    except (ValueError, SyntaxError):
        text = None
    if not isinstance(text, str):
        first = plain.strip().split("\n")[0]
        raise ValueError(f"TypeError: its value is neither a number nor a text: {first}")
    return text


def _in_text(markdown: str, tags: Collection[str]) -> Iterator[str]:
    for token in _parser().parse(markdown):
        if token.type in ("fence", "colon_fence"):
            yield from _in_directive(token, tags)
        yield from _in_line(token.children or [])


def _in_line(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "myst_role" and token.meta["name"] == "eval":
            yield token.content


def _in_directive(token: Token, tags: Collection[str]) -> Iterator[str]:
    name, _, argument = token.info.strip().partition(" ")
    if not (name.startswith("{") and name.endswith("}")):
        return
    name = name[1:-1]
    if name in _LITERAL or (name == "only" and not holds(argument, tags)):
        return
    yield from _in_text(argument, tags)
    yield from _in_text(token.content, tags)


@cache
def _parser() -> MarkdownIt:
    from markdown_it.renderer import RendererHTML
    from myst_parser.config.main import MdParserConfig
    from myst_parser.parsers.mdit import create_md_parser

    extensions = {"amsmath", "colon_fence", "deflist", "dollarmath", "substitution"}
    parser = create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)
    return parser.disable("front_matter", ignoreInvalid=True)


class _Client(PapermillNotebookClient):  # type: ignore[misc, unused-ignore]
    """Runs code cells as papermill does, and asks the kernel for what Markdown cells show."""

    def __init__(
        self,
        manager: Any,
        tags: Collection[str],
        limit: float,
        limits: Sequence[str],
        **settings: Any,
    ) -> None:
        super().__init__(manager, **settings)
        self._tags = tags
        self._limits = limits
        self._end = time.monotonic() + limit

    def execute_cell(self, cell: NotebookNode, cell_index: int, **settings: Any) -> NotebookNode:
        self.timeout = max(int(self._end - time.monotonic()), 1)  # what is left of the chapter's
        if cell.cell_type != "markdown":
            try:
                super().execute_cell(cell, cell_index, **settings)
            except CellExecutionError as error:
                if not self._limits or error.ename in MISTAKES:
                    raise
                self._leave_out(cell, error)
            return cell
        cell.metadata.pop(METADATA, None)  # values of a run by hand
        expressions = find_expressions(cell.source, self._tags)
        if expressions:
            source = cell.source
            kept, reasons = self._evaluate(expressions, source)
            cell.metadata[METADATA] = kept
            cell.source = say_why_in_text(source, reasons)
        return cell

    def _leave_out(self, cell: NotebookNode, error: CellExecutionError) -> None:
        """Put the reason in the place of what the study cannot carry, here and further on."""
        reason = self._reason(error.ename, error.evalue)
        call = f"leave_out(get_ipython(), {cell.source!r}, {reason!r})"
        reply = self._ask(f"__import__('dyadsync.absent', fromlist=['absent']).{call}", {})
        if reply["status"] != "ok":
            raise error
        cell.outputs = [one for one in cell.outputs if one.output_type != "error"]
        data = {"text/markdown": say_why(reason), "text/plain": say_why(reason, markup=False)}
        cell.outputs.append(NotebookNode(output_type="display_data", data=data, metadata={}))
        for name in published_names(cell.source):
            publish_reason(name, reason)

    def _reason(self, kind: str, message: str) -> str:
        """Give the package's own sentence, or for another program's error what the study lacks."""
        says_nothing = re.search(r"\bnan\b", message)
        if kind in ("InputError", "NotComputableError") and not says_nothing:
            return message
        return "; ".join(dict.fromkeys(self._limits))

    def _ask(self, code: str, expressions: Mapping[str, str]) -> dict[str, Any]:
        message = self.kc.execute(
            code, silent=True, store_history=False, user_expressions=dict(expressions)
        )
        content: dict[str, Any] = self.wait_for_reply(message)["content"]
        return content

    def _evaluate(
        self, expressions: list[str], cell: str
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Ask for the values of expressions; why not, of those that the study cannot carry."""
        asked = {str(number): expression for number, expression in enumerate(expressions)}
        reply = self._ask(_PREPARE, asked)
        if reply["status"] != "ok":
            raise ExpressionError(expressions[0], cell, f"{reply['ename']}: {reply['evalue']}")
        kept = []
        reasons = {}
        for number, expression in asked.items():
            result = reply[METADATA][number]
            reason = self._why_not(expression, result, cell)
            if reason is not None:
                reasons[expression] = reason
                shown = {"text/plain": repr("not computable")}
                result = {"status": "ok", "data": shown, "metadata": {}}
            kept.append({"expression": expression, "result": result})
        return kept, reasons

    def _why_not(self, expression: str, result: dict[str, Any], cell: str) -> str | None:
        """Say why the study has no value to show here; None if it has one."""
        try:
            missing = read_text(result) == MISSING
        except ValueError as error:
            if not self._limits or result.get("ename", "TypeError") in MISTAKES:
                raise ExpressionError(expression, cell, str(error)) from None
            return self._reason(result.get("ename", ""), result.get("evalue", ""))
        return self._reason("", "") if missing and self._limits else None


class _Engine(NBClientEngine):  # type: ignore[misc, unused-ignore]
    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        log_output: bool = False,
        start_timeout: int = 60,
        tags: Collection[str] = (),
        limit: float = 600,
        limits: Sequence[str] = (),
        **_: Any,
    ) -> NotebookNode:
        client = _Client(
            nb_man,
            tags,
            limit,
            limits,
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            log_output=log_output,
        )
        client.execute()
        executed: NotebookNode = nb_man.nb
        return executed


def register_engine() -> str:
    """Make the engine known to papermill, and give the name to ask for it by."""
    papermill_engines.register(ENGINE, _Engine)
    return ENGINE
