"""What chapters have published, as pages read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from sphinx.util.docutils import SphinxDirective


def read_json(path: Path) -> Any:
    """Read a file of JSON, with or without a byte order mark."""
    return json.loads(path.read_text(encoding="utf-8-sig"))


class OfResults(SphinxDirective):
    """A directive that shows published results."""

    def table(self, name: str) -> pd.DataFrame:
        """Read a table; one that no chapter has published ends the build and is named."""
        return pd.read_csv(self.path(f"{name}.csv"))

    def path(self, file: str) -> Path:
        """Find a published file."""
        path = Path(self.env.srcdir) / "results" / file
        self.env.note_dependency(str(path))
        if not path.is_file():
            raise self.error(f"No chapter has published {path.stem}, which this page shows.")
        return path
