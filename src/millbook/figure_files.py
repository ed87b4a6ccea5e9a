"""What an executed notebook holds beside its figures: narrow drawings and data."""

from __future__ import annotations

import hashlib
from pathlib import Path

from millbook.figures.display import EXTRAS, SVG
from millbook.notebook_file import read_notebook

FOLDER = "figures"
"""Folder of the staged book that holds what pages show beside the figures, by their digest."""


def as_staged(svg: str) -> str:
    """Give a drawing as MyST-NB writes it."""
    return "\n".join(svg.splitlines())


def digest_of(drawing: str) -> str:
    """Give the name of a drawing's file."""
    return hashlib.sha256(drawing.encode()).hexdigest()


def stage_extras(notebook: Path, folder: Path) -> None:
    """Write narrow drawings and data of a notebook's figures into a folder.

    Each has the name that MyST-NB gives the figure, its digest.
    """
    cells = read_notebook(notebook)["cells"]
    for output in (output for cell in cells for output in cell.get("outputs", [])):
        data = output.get("data", {})
        if EXTRAS not in data or SVG not in data:
            continue
        digest = digest_of(as_staged(data[SVG]))
        folder.mkdir(parents=True, exist_ok=True)
        for part, name in {"narrow": f"{digest}-narrow.svg", "data": f"{digest}.csv"}.items():
            if part in data[EXTRAS]:
                (folder / name).write_text(data[EXTRAS][part], encoding="utf-8", newline="\n")
