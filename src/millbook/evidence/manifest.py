"""What a build says of itself: its manifest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from millbook.errors import InputError
from millbook.project import Project, open_project

FOLDERS = {"site": "html", "results": "results", "notebooks": "notebooks"}
"""What the manifest calls the folders that it lists, and their names."""

_KEYS = {"build", "platform", *FOLDERS}


def open_build(start: Path, output: Path | None = None, data: Path | None = None) -> Project:
    """Find a build to look at; unlike one to write to, it may come without its memory.

    Parameters
    ----------
    start
        The folder of the book or one inside it.
    output
        The build; by default ``_build`` in the book's folder.
    data
        The data package that it was made from; by default the book's own.
    """
    project = open_project(start, None, data)
    return project if output is None else replace(project, output=output.resolve())


def read_manifest(output: Path) -> dict[str, Any]:
    """Read what a build says of itself.

    Raises
    ------
    InputError
        If there is no build, or its manifest cannot be read.
    """
    path = output / "manifest.json"
    if not path.is_file():
        raise InputError(f"{output} holds no build: there is no {path.name} in it.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        complete = set(manifest) >= _KEYS
    except (ValueError, OSError, TypeError):
        complete = False
    if not complete:
        raise InputError(f"{path} is broken or from another version; build the book again.")
    return manifest


def chapter_names(manifest: dict[str, Any]) -> list[str]:
    """List the chapters of a build in the order of its contents."""
    return [name.removeprefix("chapters/") for name in manifest["build"]["parameters"]]
