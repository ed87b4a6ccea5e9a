"""Files written in one move; temporary folders that go however a build ends, by SIGTERM, too."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_open: set[Path] = set()


@contextlib.contextmanager
def temporary_folder(inside: Path | None = None) -> Iterator[Path]:
    """Give a new folder, inside another one or where the system has them; remove it in the end.

    Examples
    --------
    >>> with temporary_folder() as folder:
    ...     folder.is_dir()
    True
    >>> folder.exists()
    False
    """
    prefix = "" if inside else "millbook-"  # names of sockets in it must be short
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=inside))
    _open.add(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _open.discard(folder)


def remove_temporary_folders() -> None:
    """Remove those that are open, before a process ends without the rest of its code."""
    for folder in tuple(_open):
        shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file in one move."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
