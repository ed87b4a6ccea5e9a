"""Running one chapter, and making equal runs give equal bytes."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millbook._jsonschema import import_jsonschema
from millbook.environment import child_environment
from millbook.figures.display import EXTRAS, FONTS, SVG
from millbook.notebook_file import has_tag, read_notebook
from millbook.project import chapter_name
from millbook.results import RESULTS_VARIABLE

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from millbook.kernels import KernelServer

_ADDRESS = re.compile(r"(?<= at 0x)[0-9a-f]{6,}")
_KERNEL_CELL = re.compile(r"\S*[/\\]ipykernel_\d+[/\\]\d+\.py")
_STYLER_ID = re.compile(r"T_[0-9a-f]{5}(?=[_\"' {])")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

_ENTRIES_SHOWN = 8


class ChapterError(Exception):
    """A chapter failed; the message says which, where, why and what to look at."""


def run_notebook(
    source: Path,
    parameters: Mapping[str, Any],
    run: Path,
    results: Path,
    log: Path,
    caches: Path,
    minutes: float = 10,
    package: str | None = None,
    server: KernelServer | None = None,
) -> NotebookNode:
    """Run one notebook by papermill and return it normalised.

    It runs in the folder `run`; paths of this machine above that are not kept. What it publishes
    goes into `results`, which is emptied first. A run that fails leaves its message in `log`, and
    beside it the notebook as far as it came. Without a server the kernel starts cold.

    Raises
    ------
    ChapterError
        If a cell raises, a number in the text has no value, a figure is missing, the kernel dies,
        or it takes too long.
    """
    import_jsonschema()
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from millbook.engine import ENGINE, CellError

    notebook = nbformat.from_dict(read_notebook(source))
    run.mkdir(parents=True, exist_ok=True)
    progress = log.with_suffix(".ipynb")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    environment = child_environment(caches, package) | {RESULTS_VARIABLE: str(results)}
    places = {str(run.parent): "..", str(source.parent.parent): ".."}
    try:
        executed: NotebookNode = papermill.execute_notebook(
            notebook,
            str(progress).replace("{", "{{").replace("}", "}}"),  # papermill fills in braces
            engine_name=ENGINE,
            parameters=dict(parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,  # twice a cell, it took as long as the chapters
            progress=progress,
            limit=60 * minutes,
            environment=environment,
            folder=run,
            server=server,
        )
    except (PapermillExecutionError, CellError) as error:
        message = _failure(source, error, log, places)
        log.write_text(message + "\n", encoding="utf-8")
        raise ChapterError(message) from None
    except CellTimeoutError:
        raise ChapterError(
            f"Chapter {chapter_name(source)} was stopped: it had not ended after {minutes:g} "
            'minutes. If it needs longer, say so in its metadata: "millbook": {"minutes": 30}.'
        ) from None
    except DeadKernelError:
        raise ChapterError(
            f"The kernel of chapter {chapter_name(source)} died or did not answer, as where memory "
            "runs out; try again with --jobs 1."
        ) from None
    progress.unlink()
    return normalise(executed, notebook, places)


def failed_chapter(source: Path, reason: str, log: Path) -> NotebookNode:
    """Make the page that stands for a chapter that failed: its title, the reason, the log."""
    from nbformat.v4 import new_markdown_cell, new_notebook

    texts = [
        cell["source"] for cell in read_notebook(source)["cells"] if cell["cell_type"] == "markdown"
    ]
    headings = [line for text in texts for line in text.splitlines() if line.startswith("# ")]
    title = headings[0] if headings else f"# {chapter_name(source)}"
    first = reason.strip().splitlines()[0]
    words = f"This section failed, and the rest was made without it. The log is {log.name}."
    text = f"{title}\n\n:::{{warning}}\n{words}\n\n```\n{first}\n```\n:::"
    notebook: NotebookNode = new_notebook(cells=[new_markdown_cell(text, id="failed")])
    return notebook


def normalise(
    executed: NotebookNode, source: NotebookNode, places: Mapping[str, str]
) -> NotebookNode:
    """Take out of an executed notebook what differs between two equal runs.

    That is timings, random cell ids, the version of the language, addresses in memory, paths of
    this machine (`places` has what to write for each), and how a stream happened to be cut. The
    notebook is changed in place; its source gives the cells their ids.
    """
    metadata = executed.metadata
    executed.metadata = type(metadata)(
        {key: metadata[key] for key in ("kernelspec", "mystnb") if key in metadata}
    )
    executed.metadata["language_info"] = {"name": "python"}
    executed.nbformat, executed.nbformat_minor = 4, 5
    # What takes the place of the parameters is hidden where they are.
    hidden = any(
        has_tag(cell, "parameters") and has_tag(cell, "remove-input") for cell in source.cells
    )
    ids = [cell.get("id", f"cell-{number}") for number, cell in enumerate(source.cells)]
    for cell in executed.cells:
        injected = has_tag(cell, "injected-parameters")
        cell["id"] = "injected-parameters" if injected else ids.pop(0)
        if injected and hidden:
            cell.metadata["tags"].append("remove-input")
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        if cell.cell_type == "code":
            cell.outputs = _join_streams(cell.outputs)
            for output in cell.outputs:
                _scrub(output, places)
        for answer in cell.metadata.get("user_expressions", []):
            _scrub_data(answer["result"]["data"], places)
    _number_stylers(executed)
    return executed


def _failure(source: Path, error: Any, log: Path, places: Mapping[str, str]) -> str:
    """Say which chapter failed, why, in which cell, and where its log is."""
    from millbook.engine import CellError

    trace: list[str] = []
    if isinstance(error, CellError):
        begins = next(line for line in error.cell.splitlines() if line.strip())
        why, where, shown = str(error), f"that begins “{begins}”", error.excerpt
    else:
        why, where, shown = f"{error.ename}: {error.evalue}", f"[{error.exec_count}]", error.source
        trace = _trim([_COLOURS.sub("", entry) for entry in error.traceback])
    parts = [
        f"Chapter {chapter_name(source)} failed: {why}",
        f"In its cell {where}:",
        textwrap.indent(shown, "    "),
        *trace,
    ]
    return _replace_places("\n\n".join(parts), places) + f"\n\nLog: {log}"


def _trim(entries: list[str]) -> list[str]:
    """Keep of a traceback the chapter's own frames, where it ended, and what was raised."""
    kept: list[str] = []
    left_out = 0
    for number, entry in enumerate(entries):
        if "Cell In[" in entry or number >= len(entries) - 2:
            if left_out:
                kept.append(f"... {left_out} more ...")
            kept.append(entry.strip("\n"))
            left_out = 0
        else:
            left_out += 1
    if len(kept) > _ENTRIES_SHOWN:
        half = _ENTRIES_SHOWN // 2
        kept = [*kept[:half], f"... {len(kept) - 2 * half} more ...", *kept[-half:]]
    return kept


def _join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _scrub(output: NotebookNode, places: Mapping[str, str]) -> None:
    if "text" in output:
        output.text = _scrub_text(output.text, places)
    _scrub_data(output.get("data", {}), places)


def _scrub_data(data: dict[str, Any], places: Mapping[str, str]) -> None:
    for kind, content in data.items():
        if isinstance(content, str) and kind.startswith(("text/", "image/svg")):
            data[kind] = _scrub_text(content, places)
        if isinstance(content, str) and kind == SVG:
            data[kind] = data[kind].replace("'DejaVu Sans'", FONTS)
    if "narrow" in data.get(EXTRAS, {}):
        data[EXTRAS]["narrow"] = data[EXTRAS]["narrow"].replace("'DejaVu Sans'", FONTS)


def _scrub_text(text: str, places: Mapping[str, str]) -> str:
    if " at 0x" in text:
        text = _ADDRESS.sub("…", text)
    if "ipykernel_" in text:  # the pattern takes seconds in an image that is one long word
        text = _KERNEL_CELL.sub("<cell>", text)
    return _replace_places(text, places)


def _replace_places(text: str, places: Mapping[str, str]) -> str:
    for path, name in {**places, sys.prefix: "<environment>"}.items():
        text = text.replace(path, name)
    return text


def _number_stylers(notebook: NotebookNode) -> None:
    """Give the tables of pandas' Styler ids by their order instead of random ones."""
    numbers: dict[str, str] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            if isinstance(html, str) and "<style" in html:
                output.data["text/html"] = _STYLER_ID.sub(
                    lambda match: numbers.setdefault(match.group(), f"T_{len(numbers):05x}"), html
                )
