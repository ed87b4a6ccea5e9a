"""Finished cells in a folder: one small file each, named by a hash of its settings."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from dyadsync.errors import InputError


def make_store(folder: str | Path) -> Path:
    """Make the folder if it is not there, or say why it cannot hold finished cells."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} cannot hold finished cells ({error.strerror}); name another folder."
        ) from error
    return Path(folder)


def cell_file(folder: Path, settings: dict[str, Any]) -> Path:
    """Name the file of the cell with these settings."""
    text = json.dumps(settings, sort_keys=True)
    return folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"


def read_cell(folder: Path, settings: dict[str, Any]) -> dict[str, Any] | None:
    """Give the row of a finished cell, or None."""
    try:
        kept = json.loads(cell_file(folder, settings).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None  # a file may be cut off, by a full disc, say: computed again
    row: dict[str, Any] | None = kept.get("row") if isinstance(kept, dict) else None
    return row


def write_cell(folder: Path, settings: dict[str, Any], row: dict[str, Any]) -> None:
    """Keep a finished cell: written beside, then moved, so that no reader sees half a file."""
    handle, beside = tempfile.mkstemp(dir=folder, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"settings": settings, "row": row}, file)
    Path(beside).replace(cell_file(folder, settings))
