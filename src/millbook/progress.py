"""A line a step, for a build whose output goes to a file or another program."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

__all__ = ["a_line_each"]

_PAUSE = 0.2  # seconds between two looks


@contextlib.contextmanager
def a_line_each(products: Mapping[str, Path]) -> Iterator[None]:
    """Write a line to standard output whenever a step has made its product, unless to a terminal.

    On a terminal the task runner shows a table that lives. Elsewhere it shows one at the end
    only, and it keeps what tasks print to itself; it has no setting for lines as they come.

    Parameters
    ----------
    products
        A file by the name of the step that makes it.
    """
    if sys.stdout.isatty():
        yield
        return
    try:
        # What the runner does to standard output while a task runs does not reach this copy.
        out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    except (OSError, ValueError):  # standard output that is no file, as in an editor
        yield
        return
    ended = threading.Event()
    watching = threading.Thread(target=_watch, args=(products, out, ended), daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()
        with contextlib.suppress(OSError):
            out.close()


def _watch(products: Mapping[str, Path], out: TextIO, ended: threading.Event) -> None:
    start = time.monotonic()
    seen = {name: _made(path) for name, path in products.items()}
    last = False
    while not last:
        last = ended.wait(_PAUSE)
        for name, path in products.items():
            made = _made(path)
            if made not in (seen[name], None):
                seen[name] = made
                with contextlib.suppress(OSError):  # whoever read it is gone; the build goes on
                    out.write(f"{name}: done after {time.monotonic() - start:.0f} s\n")
                    out.flush()


def _made(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
