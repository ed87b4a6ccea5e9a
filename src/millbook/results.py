"""The results that a chapter publishes.

A chapter publishes a table with `publish`; the engine tells it where through the environment, and
by hand, in JupyterLab, the results go to ``_build/results`` beside ``chapters``.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dyadsync.absent import Absent
from dyadsync.claims.verdict import CLAIMS, Claim, Verdict, claims_table, not_computable
from dyadsync.errors import InputError
from dyadsync.study.words import SHIPPED, Words

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "RESULTS_VARIABLE",
    "SUFFIXES",
    "publish",
    "publish_reason",
    "read_claims",
    "results_directory",
]

RESULTS_VARIABLE = "DYADSYNC_RESULTS"
SUFFIXES = (".csv", ".json", ".js")
"""The endings of published files."""
_RESULTS_BY_HAND = "../_build/results"


def publish(
    name: str,
    value: pd.DataFrame | Mapping[str, Any] | Iterable[Claim] | str,
    directory: str | Path | None = None,
) -> None:
    """Write a result where the book, the command line and later builds find it.

    A table or a list of claims becomes ``name.csv`` (without its index: reset one that matters), a
    mapping ``name.json``, a text ``name.js``, a script that the site has among its own. Equal
    values give equal bytes; the file is swapped in whole.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and underscores. Claims for the claims table are published under
        ``claims``, or under a name that begins with ``claims_``.
    value : DataFrame, mapping, iterable of Claim or str
        A DataFrame, a mapping of names to numbers, strings, lists or mappings, claims, or a script.
    directory : str or Path, optional
        Where to write; by default where the engine says, or ``../_build/results`` by hand.

    Raises
    ------
    InputError
        If the name is not one, or the value is of another kind.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> publish("counts", {"dyads": 37}, folder)
    >>> Path(folder, "counts.json").read_text(encoding="utf-8").split()
    ['{', '"dyads":', '37', '}']
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
            given = list(value)
            claims = [claim for claim in given if not isinstance(claim, Absent)]
            if len(claims) < len(given):
                publish_reason(
                    name, next(one for one in given if isinstance(one, Absent)).reason, directory
                )
            if not all(isinstance(claim, Claim) for claim in claims):
                raise InputError(f"Result {name!r} must be a table, a mapping or claims.")
            value = claims_table(claims)
        text = value.to_csv(index=False, lineterminator="\n")
        file = f"{name}.csv"
    folder = results_directory(directory)
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / f".{file}.part"
    whole.write_text(text, encoding="utf-8", newline="\n")
    whole.replace(folder / file)


def publish_reason(name: str, reason: str, directory: str | Path | None = None) -> None:
    """Publish, in the place of a result that the study cannot carry, why not."""
    publish(f"{name}_absent", {"reason": reason}, directory)


def read_claims(directory: str | Path | None = None, words: Words = SHIPPED) -> list[Claim]:
    """Read the claims that chapters have published, the main analysis first.

    The claims are those of ``claims.csv`` and then of every ``claims_*.csv`` in the order of names.
    Where a chapter published a reason instead, the claims that nobody judged are not computable.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> from dyadsync.claims.verdict import judge
    >>> publish("claims", [judge("a", "HC3", -1, -2, -0.5)], folder)
    >>> read_claims(folder)[0].method
    'HC3'
    """
    import csv

    folder = results_directory(directory)
    claims: list[Claim] = []
    for path in [folder / "claims.csv", *sorted(folder.glob("claims_*.csv"))]:
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                claims.append(
                    Claim(
                        row["claim"],
                        row["text"],
                        row["method"],
                        float(row["estimate"] or "nan"),
                        float(row["ci_lower"] or "nan"),
                        float(row["ci_upper"] or "nan"),
                        cast("Verdict", row["verdict"]),
                        words.tell(row.get("reason", "")),
                    )
                )
    absent = folder / "claims_absent.json"
    if absent.is_file():
        reason = json.loads(absent.read_text(encoding="utf-8"))["reason"]
        judged = {claim.id for claim in claims}
        claims += [
            not_computable(letter, words.tell(reason), words)
            for letter in CLAIMS
            if letter not in judged
        ]
    return claims


def results_directory(directory: str | Path | None = None) -> Path:
    """Tell where results are published: as given, as the engine says, or beside ``chapters``."""
    return Path(directory or os.environ.get(RESULTS_VARIABLE) or _RESULTS_BY_HAND)


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
