"""The engine by which papermill runs a chapter: code cells, figures, the numbers in the text.

Of a cell whose option lines declare a figure, the engine lets the kernel draw the figure once more
for phones, writes what its caption asks for, and sees that there is one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger

from millbook.figures.cell_options import figure_metadata, is_figure, read_options
from millbook.figures.display import EXTRAS
from millbook.inline import METADATA, fill_in, find_expressions, read_text
from millbook.kernels import KernelServer, OwnKernel
from millbook.sealed_answers import seal
from millbook.temporary import temporary_folder

ENGINE = "millbook"
_PREPARE = "__import__('millbook.figures.display').figures.display.prepare_figures(get_ipython())"
_NARROW = "__import__('millbook.figures.narrow').figures.narrow"
_ANSWER = 60  # seconds that any kernel has to answer, and many of them on a busy machine need
_WIDE_ENOUGH = 3.8  # inches; a figure that is no wider serves a phone as it is


class CellError(Exception):
    """A cell cannot become a part of the page, though its code ran.

    Attributes
    ----------
    cell
        The source of the cell.
    excerpt
        What of it is meant.
    """

    def __init__(self, reason: str, cell: str, excerpt: str) -> None:
        super().__init__(reason)
        self.cell = cell
        self.excerpt = excerpt


class _Client(PapermillNotebookClient):  # type: ignore[misc, unused-ignore]
    """Runs code cells as papermill does, and asks the kernel for what pages show besides."""

    def __init__(self, manager: Any, limit: float, **settings: Any) -> None:
        super().__init__(manager, **settings)
        self._end = time.monotonic() + limit
        self._ready = False

    def start_new_kernel_client(self, **settings: Any) -> Any:
        try:
            return super().start_new_kernel_client(**settings)
        except RuntimeError as error:  # it has died already, or does not answer
            raise DeadKernelError(str(error)) from None

    def execute_cell(self, cell: NotebookNode, cell_index: int, **settings: Any) -> NotebookNode:
        self.timeout = max(int(self._end - time.monotonic()), 1)  # what is left of the chapter's
        if not self._ready:
            self._tell(_PREPARE)
            self._ready = True
        if cell.cell_type == "markdown":
            cell.metadata.pop(METADATA, None)  # values of a run by hand
            self._evaluate(cell, find_expressions(cell.source))
        elif cell.cell_type == "code":
            options = read_options(cell.source, cell.get("id", ""))
            if is_figure(options):
                self._tell(f"{_NARROW}.remember(get_ipython())")
            super().execute_cell(cell, cell_index, **settings)
            self._keep_figures(cell, options)
            if "answer" in options:
                self._keep_answer(cell, options)
        return cell

    def _keep_answer(self, cell: NotebookNode, options: Mapping[str, Any]) -> None:
        """Keep the number that an exercise asks for, see `millbook.arrange`."""
        expression = str(options["answer"])
        given = self._tell("", {"answer": f"repr(float({expression}))"})["answer"]
        try:
            value = float(read_text(given).replace("−", "-"))
            sealed = seal(value, float(options["within"]))
            unit = str(options["unit"])
        except (KeyError, ValueError) as error:
            reason = f"its answer needs a number, a tolerance (within) and a unit: {error}"
            raise CellError(reason, cell.source, f"#| answer: {expression}") from None
        cell.metadata["answer"] = sealed | {"unit": unit}

    def _keep_figures(self, cell: NotebookNode, options: Mapping[str, Any]) -> None:
        """Give a cell's figures their narrow drawings, caption and alternative text."""
        shown = [one for one in cell.outputs if EXTRAS in one.get("data", {})]
        extras = [output.data[EXTRAS] for output in shown]
        widths = [one.pop("width", 0) for one in extras]
        for output in shown:
            if not output.data[EXTRAS]:
                del output.data[EXTRAS]
        if not is_figure(options):
            return
        label = str(options.get("label", "without label"))
        if not any(kind.startswith("image/") for o in cell.outputs for kind in o.get("data", {})):
            if options.get("optional"):  # some data have nothing to draw
                return
            raise CellError(
                f"its cell declares the figure {label}, but shows none.", cell.source, f"#| {label}"
            )
        # What the last line returned, such as <Axes: >, would be a second figure of the name.
        cell.outputs = [o for o in cell.outputs if set(o.get("data", {})) != {"text/plain"}]
        if max(widths, default=0) > _WIDE_ENOUGH:
            for output, drawing in zip(shown, self._draw_again(cell, label), strict=False):
                output.data.setdefault(EXTRAS, {})["narrow"] = drawing
        texts = {name: str(options[name]) for name in ("caption", "alt") if name in options}
        asked = [one for text in texts.values() for one in find_expressions(text)]
        values = self._evaluate(cell, list(dict.fromkeys(asked)))
        filled = {name: fill_in(text, values) for name, text in texts.items()}
        known = cell.metadata.get("mystnb", {})
        cell.metadata["mystnb"] = known | figure_metadata({**options, **filled})

    def _draw_again(self, cell: NotebookNode, label: str) -> list[str]:
        path = Path(self.km.folder, "narrow.json")
        code = f"{_NARROW}.draw_again(get_ipython(), {cell.source!r}, {str(path)!r})"
        try:
            self._tell(code)
        except RuntimeError as error:
            raise CellError(
                f"the figure {label} cannot be drawn a second time, for phones: {error}. "
                "The cell of a figure must not change what it reads.",
                cell.source,
                f"#| {label}",
            ) from None
        drawings: list[str] = json.loads(path.read_text(encoding="utf-8"))
        return drawings

    def _evaluate(self, cell: NotebookNode, expressions: list[str]) -> dict[str, str]:
        """Keep the values of expressions in a cell's metadata, and give them as they are read."""
        if not expressions:
            return {}
        answers = self._tell("", {str(n): text for n, text in enumerate(expressions)})
        kept = [
            {"expression": text, "result": answers[str(n)]} for n, text in enumerate(expressions)
        ]
        values = {}
        for one in kept:
            try:
                values[one["expression"]] = read_text(one["result"])
            except ValueError as error:
                role = f"{{eval}}`{one['expression']}`"
                raise CellError(str(error), cell.source, role) from None
        cell.metadata[METADATA] = kept
        return values

    def _tell(self, code: str, expressions: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Let the kernel run code that is not the notebook's, and answer expressions."""
        message = self.kc.execute(
            code, silent=True, store_history=False, user_expressions=dict(expressions or {})
        )
        content: dict[str, Any] = self.wait_for_reply(message)["content"]
        if content["status"] != "ok":
            raise RuntimeError(f"{content['ename']}: {content['evalue']}")
        answers: dict[str, Any] = content[METADATA]
        return answers


class _Engine(NBClientEngine):  # type: ignore[misc, unused-ignore]
    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        log_output: bool = False,
        limit: float = 600,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        server: KernelServer | None = None,
        progress: Path | None = None,
        **_: Any,
    ) -> NotebookNode:
        with temporary_folder(server.place if server else None) as place:
            own = type("Kernel", (OwnKernel,), {"server": server, "folder": str(place)})
            client = _Client(
                nb_man,
                limit,
                startup_timeout=max(int(limit), _ANSWER),
                iopub_timeout=max(int(limit), 1),  # else papermill waits 4 s for a cell's output
                kernel_name=kernel_name,
                kernel_manager_class=own,
                shutdown_kernel="immediate",
                log=logger,
                log_output=log_output,
            )
            try:
                # What a chapter leaves in the folder for temporary files goes with it.
                given = {**(environment or {}), "TMPDIR": str(place)}
                client.execute(env=given, cwd=str(folder))
            except Exception:
                nb_man.output_path = progress and str(progress)  # papermill saves it on its way out
                raise
        executed: NotebookNode = nb_man.nb
        return executed


papermill_engines.register(ENGINE, _Engine)
