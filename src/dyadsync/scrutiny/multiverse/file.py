"""A multiverse as a table of text, and beside it how it was made: which data, choices and seed."""

from __future__ import annotations

import json
import os
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.errors import InputError
from dyadsync.scrutiny.multiverse.choices import choices_of
from dyadsync.scrutiny.multiverse.run import EFFECTS, MultiverseResult
from dyadsync.scrutiny.multiverse.specifications import DROPPED
from dyadsync.study.load import Study

_SUFFIXES = (".csv", ".csv.gz")
_MADE = {"confidence_level", "dropped", "n_draws", "seed"}


def check_output(path: Path) -> None:
    """Refuse a file that could not be written, before anything is computed."""
    if not path.name.endswith(_SUFFIXES):
        raise InputError(f"{path} must end in {' or '.join(_SUFFIXES)}.")
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist; make it first.")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{path} cannot be written; name a file in a folder of yours.")


def write_table(table: pd.DataFrame, path: Path, float_format: str | None = None) -> None:
    """Write a table as text, compressed where the name ends in ``.gz``; equal tables equally."""
    table.to_csv(
        path,
        index=False,
        float_format=float_format,
        lineterminator="\n",
        compression={"method": "gzip", "mtime": 0} if path.suffix == ".gz" else None,
    )


def data_digest(study: Study) -> str:
    """SHA-256 of a study's three tables and what else of it the analyses read."""
    digest = sha256()
    for table in study.tables.values():
        digest.update(table.to_csv(index=False, lineterminator="\n").encode())
    digest.update(f"{study.limit_of_quantification} {study.planned_weeks}".encode())
    return digest.hexdigest()


def write_multiverse(result: MultiverseResult, study: Study, path: str | Path) -> None:
    """Write a multiverse's table to ``.csv`` or ``.csv.gz``, and how it was made to ``PATH.json``.

    Numbers are written with seven digits, and no date is, so that equal analyses give equal files.
    """
    path = Path(path)
    check_output(path)
    write_table(result.table, path, "%.7g")
    made = json.dumps(_described(result, study), indent=1, sort_keys=True)
    _beside(path).write_text(made + "\n", encoding="utf-8")


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _described(result: MultiverseResult, study: Study) -> dict[str, Any]:
    from dyadsync import __version__

    return {
        "package": f"dyadsync {__version__}",
        "data_sha256": data_digest(study),
        "simulated": study.simulated,
        "seed": result.seed,
        "n_draws": result.n_draws,
        "confidence_level": result.confidence_level,
        "choices": {
            name: [option for option in one.options if option in set(result.table[name])]
            for name, one in choices_of(study).items()
        },
        "dropped": result.dropped.to_dict("records"),
    }


def multiverse_provenance(path: str | Path) -> dict[str, Any]:
    """Say how a file of a multiverse was made.

    That is ``package data_sha256 simulated seed n_draws confidence_level choices dropped``.

    Raises
    ------
    InputError
        Where there is no such file.
    """
    beside = _beside(Path(path))
    try:
        made: Any = json.loads(beside.read_text(encoding="utf-8"))
        wrong = f"it must be an object with {', '.join(sorted(_MADE))}"
    except (OSError, ValueError) as error:
        made, wrong = None, str(error)
    if not isinstance(made, dict) or not set(made) >= _MADE:
        raise InputError(f"{beside}, which says how {path} was made, cannot be read: {wrong}")
    return made


def read_multiverse(path: str | Path) -> MultiverseResult:
    """Read what `write_multiverse` wrote."""
    made = multiverse_provenance(path)
    try:
        table = pd.read_csv(path, dtype={"notes": "str"})
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    if lacks := [f"{one}_estimate" for one in EFFECTS if f"{one}_estimate" not in table]:
        raise InputError(f"{path} cannot be read: it has no column {', '.join(lacks)}")
    words = table.select_dtypes("str").columns
    table[words] = table[words].fillna("")
    return MultiverseResult(
        table.rename_axis("analysis"),
        pd.DataFrame(made["dropped"], columns=DROPPED),
        made["seed"],
        made["n_draws"],
        made["confidence_level"],
    )
