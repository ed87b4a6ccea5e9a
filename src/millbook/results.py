"""The results that a chapter publishes.

A chapter publishes a table with `publish`; a build says where through the environment. By hand, in
JupyterLab, they go into the folder ``results`` beside the notebook, so no build is touched.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millbook.errors import InputError
from millbook.temporary import write_whole

if TYPE_CHECKING:
    import pandas as pd

RESULTS_VARIABLE = "MILLBOOK_RESULTS"
SUFFIXES = (".csv", ".json", ".js")
"""The endings of published files."""
_RESULTS_BY_HAND = "results"


def publish(
    name: str,
    value: pd.DataFrame | Mapping[str, Any] | Iterable[Any] | str,
    directory: str | Path | None = None,
) -> None:
    """Write a result where the book, the command line and later builds find it.

    A table becomes ``name.csv`` (without its index: reset one that matters), a mapping
    ``name.json``, a text ``name.js``, a script that the site has among its own. Equal values give
    equal bytes; the file is swapped in whole.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and underscores.
    value : DataFrame, mapping, str, or list
        A table; a mapping of names to numbers, strings, lists or mappings; a script; or a list of
        what has a method ``to_frame``, whose tables are written below each other.
    directory : str or Path, optional
        Where to write; by default where the build says, or by hand ``results``, which is then said.

    Raises
    ------
    InputError
        If the name is not one, or the value is of another kind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     publish("counts", {"penguins": 37}, folder)
    ...     Path(folder, "counts.json").read_text(encoding="utf-8").split()
    ['{', '"penguins":', '37', '}']
    """
    import pandas as pd

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise InputError(
            f"A result cannot be named {name!r}; use lower-case letters, digits and underscores."
        )
    if isinstance(value, str):
        text, file = value, f"{name}.js"
    elif isinstance(value, Mapping):
        text = json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        file = f"{name}.json"
    else:
        if not isinstance(value, pd.DataFrame):
            value = _join(name, list(value))
        text = value.to_csv(index=False, lineterminator="\n")
        file = f"{name}.csv"
    given = directory or os.environ.get(RESULTS_VARIABLE)
    folder = Path(given or _RESULTS_BY_HAND)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / file, text)
    if given is None:
        print(f"Published by hand, beside this notebook: {(folder / file).as_posix()}")


def _join(name: str, parts: list[Any]) -> pd.DataFrame:
    import pandas as pd

    if not parts or not all(hasattr(part, "to_frame") for part in parts):
        raise InputError(f"Result {name!r} must be a table, a mapping or a text.")
    return pd.concat([part.to_frame() for part in parts], ignore_index=True)


def _plain(value: Any) -> Any:
    """Turn NumPy's numbers and arrays into Python's, and what is not a number into null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (bool, int, float)):
        return value
    raise InputError(f"A result cannot hold {value!r}; give numbers, strings, lists or mappings.")
