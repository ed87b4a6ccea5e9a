"""What an executed notebook holds beside its figures: narrow drawings and data."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from millbook.figures.display import EXTRAS

FOLDER = "figures"
"""Folder of the staged book that holds what pages show beside the figures, by their digest."""


def stage_extras(notebook: Path, folder: Path) -> None:
    """Write what an executed notebook holds beside its figures: narrow drawings and data.

    Parameters
    ----------
    notebook
        An executed notebook.
    folder
        Where the files go; each has the name that MyST-NB gives the figure, its digest.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for output in (output for cell in cells for output in cell.get("outputs", [])):
        data = output.get("data", {})
        if EXTRAS not in data or "image/svg+xml" not in data:
            continue
        svg = "".join(data["image/svg+xml"])
        digest = hashlib.sha256("\n".join(svg.splitlines()).encode()).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        for part, name in {"narrow": f"{digest}-narrow.svg", "data": f"{digest}.csv"}.items():
            if part in data[EXTRAS]:
                (folder / name).write_text(data[EXTRAS][part], encoding="utf-8", newline="\n")
