"""What a notebook that is run by hand needs: folds, zeros, and a word on parameters."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from millbook.results import RESULTS_VARIABLE

# jupyterlab-myst takes the triangle from what can be opened.
_FOLDS = "<style>.jp-Notebook summary { list-style: revert; cursor: pointer }</style>"


def mark_folds() -> None:
    """Mark the answers of a quiz in JupyterLab as what a click opens; a build needs no mark."""
    if RESULTS_VARIABLE not in os.environ:
        from IPython.display import display

        display({"text/html": _FOLDS}, raw=True)  # type: ignore[no-untyped-call, unused-ignore]


def show_zeros_without_sign(shell: Any) -> None:
    """Show a number of pandas' tables that is rounded to zero as 0.00, not as -0.00."""
    if not hasattr(shell, "display_formatter"):
        return
    from pandas import DataFrame

    def html(table: DataFrame) -> Any:
        shown = table._repr_html_()  # type: ignore[operator, unused-ignore]
        return shown and re.sub(r">-(0(\.0+)?)<", r">\1<", shown)

    shell.display_formatter.formatters["text/html"].for_type(DataFrame, html)


def watch_fixed_parameters(shell: Any) -> None:
    """Say once, in a line, that a parameter which the text takes as given has another value.

    Those are the parameters that ``parameters.yml`` beside the notebook declares ``const``; their
    help says what to do instead. A build refuses other values before anything runs.
    """
    declared = Path("parameters.yml")
    if not declared.is_file() or not hasattr(shell, "events"):
        return
    import yaml

    entries = yaml.safe_load(declared.read_text(encoding="utf-8")) or {}
    fixed = {name: entry for name, entry in entries.items() if "const" in entry}

    def check(*_: Any) -> None:
        for name in [name for name in fixed if name in shell.user_ns]:
            entry = fixed[name]
            if shell.user_ns[name] != entry["const"]:
                print(
                    f"The text of this notebook is about {name} = {entry['const']!r}, not "
                    f"{shell.user_ns[name]!r}: its code works on, its words may not fit "
                    f"({entry.get('help', 'it is fixed')})."
                )
                del fixed[name]

    shell.events.register("post_run_cell", check)
