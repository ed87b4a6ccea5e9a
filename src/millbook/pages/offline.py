"""Pages to be read without a network: the worker that keeps a site on a reader's device."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

_KEPT = {".css", ".html", ".js", ".svg"}
"""Of what is shown; notebooks and tables to take away are not kept."""


def put_worker(html: Path) -> None:
    """Move ``offline.js`` beside the first page, for a worker keeps what lies below it.

    It then names the files of the site, and a version that changes when one of them does.
    """
    worker = html / "_static" / "offline.js"
    text = worker.read_text(encoding="utf-8")
    worker.unlink()
    files = {
        file.relative_to(html).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(html.rglob("*"))
        if file.suffix in _KEPT
    }
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    for name, value in {"FILES": list(files), "VERSION": version}.items():
        before, given, after = text.partition(f"const {name} = ")
        text = f"{before}{given}{json.dumps(value)};{after.partition(';')[2]}"
    (html / "offline.js").write_text(text, encoding="utf-8")
