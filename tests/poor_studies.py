"""Studies that are right and poor, and chapters run on them in this process, without a kernel."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.absent import leave_out, published_names, reason_for
from millbook.engine import MISTAKES
from millbook.inline import find_expressions, read_text
from millbook.results import RESULTS_VARIABLE, publish_reason
from millbook.figures.display import extras
from millbook.numbers import MISSING, load_ipython_extension

TABLES = ("oxytocin", "dyads", "symptoms")
Change = Callable[[dict[str, pd.DataFrame]], Any]


def only(n: int) -> Change:
    def change(tables: dict[str, pd.DataFrame]) -> None:
        kept = tables["dyads"]["dyad_id"].head(n)
        for name in TABLES:
            tables[name] = tables[name][tables[name]["dyad_id"].isin(kept)]

    return change


def constant(table: str, column: str, value: float) -> Change:
    def change(tables: dict[str, pd.DataFrame]) -> None:
        tables[table][column] = value

    return change


def rows(table: str, query: str) -> Change:
    def change(tables: dict[str, pd.DataFrame]) -> None:
        tables[table] = tables[table].query(query)

    return change


POOR: dict[str, Change] = {
    "one dyad": only(1),
    "two dyads": only(2),
    "five dyads": only(5),
    "constant signal": constant("oxytocin", "oxytocin_pg_ml", 5.0),
    "constant outcome": constant("symptoms", "hrsd17", 20),
    "constant cause": constant("dyads", "social_impairment", 0.5),
    "no ratings after intake": rows("symptoms", "week == 0"),
    "two sessions": rows("oxytocin", "session <= 8"),
}


def poor_package(data: Path, folder: Path, change: Change) -> Path:
    """Write the shipped data, as if they were measured, with a change."""
    folder.mkdir(parents=True)
    descriptor = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    del descriptor["dyadsync:simulation"]
    tables = {name: pd.read_csv(data / f"{name}.csv") for name in TABLES}
    change(tables)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder


@dataclass
class Run:
    """What came of a chapter: the cells and expressions without an answer, and why."""

    cells: dict[str, str] = field(default_factory=dict)
    expressions: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)


def run_chapter(source: Path, root: Path, parameters: Mapping[str, Any], limits: list[str]) -> Run:
    """Run the cells of a chapter with the rules of the engine; a mistake of its own is raised."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    load_ipython_extension(shell)
    shell.user_ns["get_ipython"] = lambda: shell
    notebook = json.loads(source.read_text(encoding="utf-8"))
    run = Run()
    results = root / "results"
    results.mkdir(exist_ok=True)
    (root / "chapters").mkdir(exist_ok=True)
    before = Path.cwd()
    os.environ[RESULTS_VARIABLE] = str(results)
    os.chdir(root / "chapters")
    try:
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "code":
                _code(shell, cell, text, limits, run)
                if "parameters" in cell["metadata"].get("tags", []):
                    shell.user_ns.update(parameters)
            else:
                _prose(shell, text, limits, run)
    finally:
        os.chdir(before)
        del os.environ[RESULTS_VARIABLE]
        import matplotlib.pyplot as plt

        plt.close("all")
    return run


def _code(shell: Any, cell: dict[str, Any], text: str, limits: list[str], run: Run) -> None:
    import contextlib
    import io
    import sys

    with contextlib.redirect_stdout(io.StringIO()):
        done = shell.run_cell(text, store_history=False)
    error = done.error_in_exec or done.error_before_exec
    if error is None:
        _show_figures()
        return
    if not limits or type(error).__name__ in MISTAKES:
        raise error
    sys.last_traceback = error.__traceback__
    reason = reason_for(type(error).__name__, str(error), limits)
    run.cells[cell["id"]] = reason
    leave_out(shell, text, reason)
    for name in published_names(text):
        publish_reason(name, reason)


def _show_figures() -> None:
    """Draw what the cell drew as the engine does: once more for phones, and its data."""
    import matplotlib.pyplot as plt

    for number in plt.get_fignums():
        extras(plt.figure(number))
    plt.close("all")


def _prose(shell: Any, text: str, limits: list[str], run: Run) -> None:
    asked = {expression: expression for expression in find_expressions(text)}
    for expression, result in shell.user_expressions(asked).items():
        try:
            run.shown[expression] = read_text(result)
            if limits and run.shown[expression] == MISSING:
                run.expressions[expression] = limits[0]
        except ValueError as error:
            if not limits or result.get("ename", "TypeError") in MISTAKES:
                raise AssertionError(f"{expression}: {error}") from None
            run.expressions[expression] = str(error)


def run_folder(folder: Path, root: Path, data: Path) -> Path:
    """Lay out what chapters find beside their folder: data, benchmarks, tests."""
    folder.mkdir(exist_ok=True)
    if data != folder / "data":
        shutil.copytree(data, folder / "data")
    for name in ("benchmarks", "tests"):
        (folder / name).symlink_to(root / name)
    return folder
