"""The data of two builds, cell by cell: which rows came, went or have another value."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from millbook.project import package_descriptor
from millbook.tasks import hashes_below

Change = tuple[str, str | None, str | None]
Rows = dict[tuple[str, ...], dict[str, str]]


def compare_data(
    builds: tuple[Path, Path], manifests: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> Iterator[Change]:
    """Name what differs between the data that two builds were made from, and both values.

    A row is named by the primary key of its table. Where a table is no longer there as the build
    read it, the hash of its file stands for it.
    """
    before, after = (manifest["data"] for manifest in manifests)
    folders = [_data_of(*pair) for pair in zip(builds, manifests, strict=True)]
    for file in sorted({*before, *after}):
        if before.get(file) == after.get(file):
            continue
        old, new = (None if one is None else _read(one, file) for one in folders)
        if old is None or new is None:
            digests = [side.get(file) for side in (before, after)]
            hashes = [f"SHA-256 {one[:12]}…" if one else None for one in digests]
            yield file, hashes[0], hashes[1]
        else:
            yield from _changes(Path(file).stem, old, new)


def _data_of(build: Path, manifest: Mapping[str, Any]) -> Path | None:
    """Find the data that a build was made from, byte for byte."""
    places = (
        build / ".state" / "run" / "data",
        build.parent / "data",
        build.parent / "source" / "data",
    )
    for place in places:
        there = hashes_below(place)
        if all(there.get(name) == digest for name, digest in manifest["data"].items()):
            return place
    return None


def _read(folder: Path, file: str) -> Rows | None:
    """Read the rows of a table by their keys; None where the file is no table with a key."""
    resources = package_descriptor(folder).get("resources", [])
    resource: dict[str, Any] = next((one for one in resources if one.get("path") == file), {})
    key = resource.get("schema", {}).get("primaryKey", [])
    names = [key] if isinstance(key, str) else list(key)
    if not names or not (folder / file).is_file():
        return None
    dialect = resource.get("dialect", {})
    delimiter = dialect.get("delimiter") or dialect.get("csv", {}).get("delimiter", ",")
    encoding = resource.get("encoding", "utf-8")
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with (folder / file).open(encoding=encoding, newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=delimiter))
    if rows and not set(names) <= set(rows[0]):
        return None
    return {tuple(f"{name} {row[name]}" for name in names): row for row in rows}


def _changes(table: str, before: Rows, after: Rows) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        row = f"{table}, {', '.join(key)}"
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            yield row, None if old is None else "a row", None if new is None else "a row"
            continue
        for column in dict.fromkeys([*old, *new]):
            if old.get(column) != new.get(column):
                yield f"{row}: {column}", old.get(column) or None, new.get(column) or None
