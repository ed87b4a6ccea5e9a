"""The engine by which papermill runs a chapter: code cells, and the numbers in the text."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger

from dyadsync.absent import reason_for, say_why, say_why_in_text
from millbook.inline import METADATA, find_expressions, read_text
from millbook.numbers import MISSING

ENGINE = "dyadsync"
# What no data can cause: the chapter itself is wrong.
MISTAKES = {"NameError", "ImportError", "ModuleNotFoundError", "SyntaxError", "MemoryError"}
# The kernel learns to write numbers as it is first asked for one.
_PREPARE = (
    "__import__('millbook.numbers', fromlist=['numbers']).load_ipython_extension(get_ipython())"
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
            if self._limits:
                _drop_warnings(cell)
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
        reason = reason_for(error.ename, error.evalue, self._limits)
        call = f"leave_out(get_ipython(), {cell.source!r}, {reason!r})"
        reply = self._ask(f"__import__('dyadsync.absent', fromlist=['absent']).{call}", {})
        if reply["status"] != "ok":
            raise error
        # A figure that was begun shows nothing, and would be the second of its name.
        cell.outputs = [
            one
            for one in cell.outputs
            if one.output_type != "error" and "image/svg+xml" not in one.get("data", {})
        ]
        data = {"text/markdown": say_why(reason), "text/plain": say_why(reason, markup=False)}
        cell.outputs.append(NotebookNode(output_type="display_data", data=data, metadata={}))

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
            return reason_for(result.get("ename", ""), result.get("evalue", ""), self._limits)
        return reason_for("", "", self._limits) if missing and self._limits else None


def _drop_warnings(cell: NotebookNode) -> None:
    """Take away what NumPy warns of where a study lacks something: the reason stands there."""
    outputs = cell.get("outputs", [])
    outputs[:] = [one for one in outputs if one.get("name") != "stderr"]


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
