"""Running one chapter, and making equal runs give equal bytes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millbook._jsonschema import import_jsonschema
from millbook.arrange import without_solutions
from millbook.figures.display import EXTRAS, FONTS, SVG
from millbook.project import chapter_name
from millbook.results import RESULTS_VARIABLE

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from millbook.engine import CellError

_ADDRESS = re.compile(r"(?<= at 0x)[0-9a-f]{6,}")
_KERNEL_CELL = re.compile(r"\S*[/\\]ipykernel_\d+[/\\]\d+\.py")
_STYLER_ID = re.compile(r"T_[0-9a-f]{5}(?=[_\"' {])")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

_ENTRIES_SHOWN = 8

# Figures are SVG whose text is text, the same on every run and machine, whatever the user's own
# settings are; a chapter's style comes on top.
_IPYTHON = """c = get_config()
c.HistoryManager.enabled = False
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
"""
_MATPLOTLIB = """svg.hashsalt: millbook
svg.fonttype: none
font.family: DejaVu Sans
figure.facecolor: none
"""
_BACKEND = "module://matplotlib_inline.backend_inline"


class ChapterError(Exception):
    """A chapter failed; the message says which, where, why and what to look at."""


def prepare_caches(caches: Path) -> None:
    """Prepare what kernels share, so that those that start at once find it and do not race for it.

    That is the settings of matplotlib and IPython, which replace the user's own, and the list of
    fonts, of which matplotlib would warn in a chapter if it took long to make.
    """
    profile = caches / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(_IPYTHON, encoding="utf-8")
    (caches / "matplotlibrc").write_text(_MATPLOTLIB, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        env=os.environ | _environment(caches, caches),
        capture_output=True,
        check=True,
    )


def run_notebook(
    source: Path,
    parameters: Mapping[str, Any],
    run: Path,
    results: Path,
    log: Path,
    caches: Path,
    tags: Collection[str] = (),
    minutes: float = 10,
    solutions: bool = True,
) -> NotebookNode:
    """Run one notebook by papermill and return it normalised.

    Parameters
    ----------
    source
        The notebook, which is not changed.
    parameters
        Values to inject below the cell tagged ``parameters``.
    run
        The folder whose ``chapters`` the notebook runs in.
    results
        A folder for what it publishes; emptied first.
    log
        Where a failing run leaves its message, and beside it the notebook as far as it came.
    caches
        A folder that `prepare_caches` has prepared.
    tags
        What ``{only}`` blocks may ask for; numbers in a block that does not hold are not asked for.
        So may the metadata of a cell, ``"dyadsync": {"only": "outcome"}``, which is left out else.
    minutes
        How long the chapter may take.
    solutions
        Whether the solutions of exercises are run, and stay in the notebook.

    Raises
    ------
    ChapterError
        If a cell raises, a number in the text has no value, the kernel dies, or it takes too long.
    """
    import_jsonschema()
    import nbformat
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from millbook.conditions import holds
    from millbook.engine import CellError

    notebook = nbformat.reads(source.read_text(encoding="utf-8"), as_version=4)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if holds(cell.metadata.get("dyadsync", {}).get("only"), tags)
    ]
    if not solutions:
        notebook.cells = without_solutions(notebook.cells)
    folder = run / "chapters"
    folder.mkdir(parents=True, exist_ok=True)
    progress = log.with_suffix(".ipynb")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    environment = _environment(results, caches)
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        executed = _execute(notebook, parameters, folder, progress, tags, 60 * minutes)
    except (PapermillExecutionError, CellError) as error:
        say = _failure_of_cell if isinstance(error, CellError) else _failure
        message = say(source, error, log, run)
        log.write_text(message + "\n", encoding="utf-8")
        raise ChapterError(message) from None
    except CellTimeoutError:
        raise ChapterError(
            f"Chapter {chapter_name(source)} was stopped: it had not ended after "
            f"{minutes:g} minutes. "
            'If it needs longer, say so in its metadata: "dyadsync": {"minutes": 30}.'
        ) from None
    except DeadKernelError:
        raise ChapterError(
            f"The kernel of chapter {chapter_name(source)} died, as it does where memory runs out; "
            "try again with --jobs 1."
        ) from None
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    progress.unlink()
    return normalise(executed, notebook, {str(run): "..", str(source.parent.parent): ".."})


def normalise(
    executed: NotebookNode, source: NotebookNode, places: Mapping[str, str]
) -> NotebookNode:
    """Take out of an executed notebook what differs between two equal runs.

    That is timings, random cell ids, the version of the language, addresses in memory, paths of
    this machine, and how a stream happened to be cut.

    Parameters
    ----------
    executed
        The notebook as papermill leaves it; it is changed in place.
    source
        The notebook as it was, which gives the cells their ids.
    places
        Paths of this machine and what to write for each.
    """
    metadata = executed.metadata
    executed.metadata = type(metadata)(
        {key: metadata[key] for key in ("kernelspec", "mystnb") if key in metadata}
    )
    executed.metadata["language_info"] = {"name": "python"}
    executed.nbformat, executed.nbformat_minor = 4, 5
    ids = [cell.get("id", f"cell-{number}") for number, cell in enumerate(source.cells)]
    for cell in executed.cells:
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        cell["id"] = "injected-parameters" if injected else ids.pop(0)
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


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one move."""
    import nbformat

    whole = path.with_suffix(".part")
    try:
        whole.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)


def _execute(
    notebook: NotebookNode,
    parameters: Mapping[str, Any],
    folder: Path,
    progress: Path,
    tags: Collection[str] = (),
    limit: float = 600,
) -> NotebookNode:
    import warnings

    import papermill
    from nbclient.exceptions import DeadKernelError

    from millbook.engine import register_engine

    # papermill fills in braces in a path.
    output = str(progress).replace("{", "{{").replace("}", "}}")
    attempts = 3
    for attempt in range(1, attempts + 1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                executed: NotebookNode = papermill.execute_notebook(
                    notebook,
                    output,
                    engine_name=register_engine(),
                    tags=tags,
                    limit=limit,
                    parameters=dict(parameters),
                    cwd=folder,
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                )
                return executed
        except (DeadKernelError, RuntimeError) as error:
            # Two kernels that start at once may choose the same port; then one dies at once.
            if "died before replying" not in str(error) or attempt == attempts:
                raise
    raise AssertionError("the last attempt returns or raises")


def _environment(results: Path, caches: Path) -> dict[str, str]:
    """Set what a kernel needs to give the same bytes on every run, and to write nowhere else."""
    return {
        RESULTS_VARIABLE: str(results),
        "IPYTHONDIR": str(caches / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(caches / "jupyter"),
        "MPLBACKEND": _BACKEND,
        "MATPLOTLIBRC": str(caches / "matplotlibrc"),
        "MPLCONFIGDIR": str(caches / "matplotlib"),
        "SOURCE_DATE_EPOCH": "0",
        "PYTHONHASHSEED": "0",
        # Chapters run side by side, and one thread each also sums in the same order each time.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _failure(source: Path, error: Any, log: Path, run: Path) -> str:
    trace = "\n\n".join(_trim([_COLOURS.sub("", entry) for entry in error.traceback]))
    return "\n".join(
        [
            f"Chapter {chapter_name(source)} failed: {error.ename}: {error.evalue}",
            "",
            f"In its cell [{error.exec_count}]:",
            "",
            textwrap.indent(error.source, "    "),
            "",
            _replace_places(trace, {str(run): ".."}),
            "",
            f"Log: {log}",
        ]
    )


def _failure_of_cell(source: Path, error: CellError, log: Path, run: Path) -> str:
    begins = next(line for line in error.cell.splitlines() if line.strip())
    return "\n".join(
        [
            f"Chapter {chapter_name(source)} failed: "
            + _replace_places(str(error), {str(run): ".."}),
            "",
            f"In its cell that begins “{begins}”:",
            "",
            f"    {error.excerpt}",
            "",
            f"Log: {log}",
        ]
    )


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
    text = _ADDRESS.sub("…", text)
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
