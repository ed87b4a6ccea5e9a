"""What a build that was killed, or a disk that was full, may leave; the next one starts clean."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

from millbook.project import Project
from millbook.stage import mend_swap


def tidy(project: Project) -> None:
    """Bring back what a swap that was cut off took away; remove what was half made."""
    for target in (project.html, project.results, project.book):
        mend_swap(target)
        for ending in ("old", "part"):
            shutil.rmtree(target.with_name(f".{target.name}.{ending}"), ignore_errors=True)
    for half in project.notebooks.rglob("*.part"):
        half.unlink()
    for listing in (project.state / "listings").glob("*.json"):
        if not _is_json(listing.read_bytes()):
            listing.unlink()
    _forget_broken_memory(project.state / "pytask.lock")


def _forget_broken_memory(memory: Path) -> None:
    """Let pytask begin anew rather than stop where its memory was cut off."""
    journal = memory.with_name(f"{memory.name}.journal")
    try:
        whole = not memory.is_file() or "lock-version" in tomllib.loads(memory.read_text("utf-8"))
    except ValueError:
        whole = False
    if whole and (not journal.is_file() or all(map(_is_json, journal.read_bytes().splitlines()))):
        return
    memory.unlink(missing_ok=True)
    journal.unlink(missing_ok=True)


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
