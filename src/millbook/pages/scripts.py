"""Scripts that chapters publish, such as numbers that a page reads, go beside the site's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def _copy_scripts(app: Sphinx, error: Exception | None) -> None:
    """Put ``results/*.js`` into the folder of the site's static files."""
    if error is not None:
        return
    target = Path(app.outdir) / "_static"
    for script in sorted((Path(app.srcdir) / "results").glob("*.js")):
        target.mkdir(exist_ok=True)
        shutil.copyfile(script, target / script.name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", _copy_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
