"""Finished cells in a folder: one small file each, named by a hash of its settings."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from dyadsync.errors import InputError


class CellStore:
    """Rows of finished cells that outlast the run that made them.

    Parameters
    ----------
    folder : path
        Made if it is not there.

    Raises
    ------
    InputError
        If the folder cannot be made or is a file.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = CellStore(Path(folder))
    ...     store.write({"n_dyads": 37}, {"power": 0.17})
    ...     store.read({"n_dyads": 37}), store.read({"n_dyads": 74})
    ({'power': 0.17}, None)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{folder} cannot hold finished cells ({error.strerror}); name another folder."
            ) from error

    def path(self, settings: dict[str, Any]) -> Path:
        """File of the cell with these settings."""
        text = json.dumps(settings, sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"

    def read(self, settings: dict[str, Any]) -> dict[str, Any] | None:
        """Give the row of a finished cell, or None."""
        try:
            kept = json.loads(self.path(settings).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            return None  # cut off by a full disc, say: computed again
        row: dict[str, Any] | None = kept.get("row") if isinstance(kept, dict) else None
        return row

    def write(self, settings: dict[str, Any], row: dict[str, Any]) -> None:
        """Keep a finished cell: written beside, then moved, so that no reader sees half a file."""
        handle, beside = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"settings": settings, "row": row}, file)
        Path(beside).replace(self.path(settings))
