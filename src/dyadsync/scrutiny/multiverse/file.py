"""A multiverse as one file, which says from which data, choices and seed it was made."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.errors import InputError
from dyadsync.extras import import_extra
from dyadsync.scrutiny.multiverse.choices import choices_of
from dyadsync.scrutiny.multiverse.run import MultiverseResult
from dyadsync.scrutiny.multiverse.specifications import DROPPED
from dyadsync.study.load import Study

_KEY = b"dyadsync"
_SUFFIXES = (".parquet", ".csv")


def check_output(path: Path) -> None:
    """Refuse a file that could not be written, before anything is computed."""
    if path.suffix not in _SUFFIXES:
        raise InputError(f"{path} must end in {' or '.join(_SUFFIXES)}.")
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist; make it first.")


def data_digest(study: Study) -> str:
    """SHA-256 of a study's three tables and what else of it the analyses read."""
    digest = sha256()
    for table in study.tables.values():
        digest.update(table.to_csv(index=False, lineterminator="\n").encode())
    digest.update(f"{study.limit_of_quantification} {study.planned_weeks}".encode())
    return digest.hexdigest()


def write_multiverse(result: MultiverseResult, study: Study, path: str | Path) -> None:
    """Write a multiverse's table, to ``.parquet`` or ``.csv``; the former says how it was made.

    Numbers are written with about seven digits, and no date is, so that equal analyses give an
    equal file.
    """
    path = Path(path)
    check_output(path)
    if path.suffix == ".csv":
        result.table.to_csv(path, index=False, float_format="%.7g", lineterminator="\n")
        return
    pa, pq = _parquet()
    table = result.table.reset_index(drop=True)
    numbers = table.select_dtypes("float").columns
    words = table.select_dtypes(["object", "string"]).columns
    table = table.astype(dict.fromkeys(numbers, "float32") | dict.fromkeys(words, "category"))
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(
        {_KEY: json.dumps(_described(result, study), sort_keys=True)}
    )
    dictionary = [name for name in arrow.column_names if name not in numbers]
    pq.write_table(
        arrow,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=dictionary,
        use_byte_stream_split=list(numbers),
    )


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
    """Say how a Parquet file of a multiverse was made.

    That is ``package data_sha256 simulated seed n_draws confidence_level choices dropped``.

    Raises
    ------
    InputError
        Where there is no such file, or another program wrote it.
    """
    pa, pq = _parquet()
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} cannot be read as a Parquet file: {error}") from None
    if _KEY not in metadata:
        raise InputError(f"{path} was not written by dyadsync multiverse.")
    described: dict[str, Any] = json.loads(metadata[_KEY])
    return described


def read_multiverse(path: str | Path) -> MultiverseResult:
    """Read what `write_multiverse` wrote to a Parquet file."""
    made = multiverse_provenance(path)
    table = pd.read_parquet(path)
    words, numbers = (table.select_dtypes(kind).columns for kind in ("category", "float32"))
    table = table.astype(dict.fromkeys(words, "str") | dict.fromkeys(numbers, "float64"))
    return MultiverseResult(
        table.rename_axis("analysis"),
        pd.DataFrame(made["dropped"], columns=DROPPED),
        made["seed"],
        made["n_draws"],
        made["confidence_level"],
    )


def _parquet() -> tuple[Any, Any]:
    what = "A Parquet file"
    return import_extra("pyarrow", what), import_extra("pyarrow.parquet", what)
