"""Is a build what it claims to be? Its files against its manifest, then the whole build again."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from dyadsync.book.build import build_book
from dyadsync.book.inline import METADATA, read_text
from dyadsync.book.project import Project, open_project
from dyadsync.book.provenance import data_hash, platform
from dyadsync.book.tasks import hashes_below
from dyadsync.errors import InputError

__all__ = ["Verification", "read_manifest", "same_text", "shown_numbers", "verify_build"]

TOLERANCE = 1e-6
"""Relative difference that a number may have on another platform, where sums are rounded apart."""

_FOLDERS = {"site": "html", "results": "results", "notebooks": "notebooks"}
_NUMBER = re.compile(r"[-−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Verification:
    """What `verify_build` found.

    Attributes
    ----------
    altered
        Files of the build that are not as its manifest lists them.
    made_from
        What this build was made from and the new one was not: sentences.
    files
        Files that came out with other bytes.
    numbers
        Numbers that came out otherwise: chapter, cell, expression, both values.
    same_platform
        Whether bytes can be expected to be equal.
    """

    altered: tuple[str, ...]
    made_from: tuple[str, ...]
    files: tuple[str, ...]
    numbers: tuple[str, ...]
    same_platform: bool

    @property
    def holds(self) -> bool:
        """Whether the build is what it claims: bytes here, numbers on another platform."""
        apart = self.files if self.same_platform else self.numbers
        return not (self.altered or apart)

    def in_words(self) -> str:
        """Say what was found, a line a finding."""
        if self.holds:
            how = "byte for byte" if not self.files else f"within {TOLERANCE:g} of every number"
            return f"The build is what it claims to be: made again, it is the same {how}."
        lines = []
        for found, words in (
            (self.altered, "changed after the build"),
            (self.made_from, "made from something else"),
            (self.numbers, "other numbers"),
            (self.files, "other bytes"),
        ):
            if found:
                lines += [f"{words[0].upper()}{words[1:]} ({len(found)}):", *found[:20]]
                lines += [f"... and {len(found) - 20} more"] if len(found) > 20 else []
        return "\n".join(lines)


def read_manifest(output: Path) -> dict[str, Any]:
    """Read what a build says of itself.

    Raises
    ------
    InputError
        If there is no build, or its manifest cannot be read.
    """
    path = output / "manifest.json"
    if not path.is_file():
        raise InputError(f"{output} holds no build: there is no {path.name} in it.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        complete = all(key in manifest for key in ("build", "platform", *_FOLDERS))
    except (ValueError, OSError, TypeError):
        complete = False
    if not complete:
        raise InputError(f"{path} is broken or from another version; build the book again.")
    return manifest


def verify_build(
    start: Path, output: Path | None = None, *, data: Path | None = None, jobs: int | None = None
) -> Verification:
    """Make a build again, elsewhere, from the parameters of its manifest, and compare.

    Parameters
    ----------
    start
        The folder of the book or one inside it.
    output
        The build; by default ``_build`` in the book's folder.
    data
        The data package that it was made from; by default the book's own.
    jobs
        How many notebooks may run at once.

    Raises
    ------
    InputError
        If there is no build, or the data are not those that it was made from.
    BuildError
        If it cannot be made again.
    """
    project = open_project(start, output, data)
    manifest = read_manifest(project.output)
    claimed = manifest["build"]["provenance"]
    if data_hash(project.data) != claimed["data"]:
        raise InputError(
            f"{project.data} is not what this build was made from: its SHA-256 is not "
            f"{claimed['data'][:12]}…; give the data with --data."
        )
    with tempfile.TemporaryDirectory(prefix="dyadsync-verify-") as folder:
        again = build_book(
            project.root,
            settings=_settings(manifest),
            data=project.data,
            output=Path(folder) / "build",
            jobs=jobs,
        )
        return _compare(project, manifest, again)


def _settings(manifest: Mapping[str, Any]) -> list[str]:
    """Write the parameters of all chapters as one would on the command line."""
    values: dict[str, Any] = {}
    for chosen in manifest["build"]["parameters"].values():
        values |= chosen
    values.pop("data", None)
    return [f"{name}={json.dumps(value)}" for name, value in values.items()]


def _compare(project: Project, manifest: Mapping[str, Any], again: Project) -> Verification:
    new = read_manifest(again.output)
    altered, files = [], []
    for key, folder in _FOLDERS.items():
        claimed, made = manifest[key], new[key]
        there = hashes_below(project.output / folder)
        altered += [f"{folder}/{name}" for name in _apart(claimed, there)]
        files += [f"{folder}/{name}" for name in _apart(claimed, made)]
    before, after = manifest["build"]["provenance"], new["build"]["provenance"]
    made_from = [
        f"{name}: {before.get(name)}, now {after.get(name)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    numbers = [
        line
        for name in sorted({*manifest["notebooks"], *new["notebooks"]})
        for line in _other_numbers(project.notebooks / name, again.notebooks / name)
    ]
    numbers += [
        line
        for name in sorted({*manifest["results"], *new["results"]})
        if not name.endswith(".js")  # packed numbers, whose bytes depend on the packer
        for line in _other_results(project.results / name, again.results / name)
    ]
    return Verification(
        tuple(altered),
        tuple(made_from),
        tuple(files),
        tuple(numbers),
        manifest["platform"] == platform(),
    )


def _apart(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _other_numbers(one: Path, other: Path) -> Iterator[str]:
    """Compare what two executed notebooks show in their text, expression by expression."""
    before, after = shown_numbers(one), shown_numbers(other)
    for place in sorted({*before, *after}):
        old, new = before.get(place), after.get(place)
        if not same_text(old, new):
            cell, expression = place
            yield f"{one.stem}, cell {cell}: {expression} was {old}, is {new}"


def shown_numbers(notebook: Path) -> dict[tuple[str, str], str]:
    """Read what an executed notebook shows in its text, by cell and expression."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"] if notebook.is_file() else []
    return {
        (cell["id"], kept["expression"]): read_text(kept["result"])
        for cell in cells
        for kept in cell["metadata"].get(METADATA, [])
    }


def _other_results(one: Path, other: Path) -> Iterator[str]:
    """Compare what the chapters published, line by line."""
    before, after = (
        path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        for path in (one, other)
    )
    for number, (old, new) in enumerate(zip_longest(before, after), start=1):
        if not same_text(old, new):
            yield f"results/{one.name}, line {number}: was {old}, is {new}"


def same_text(one: str | None, other: str | None) -> bool:
    """Whether two texts are the same but for rounding in their numbers.

    A number that is shown with few digits may differ by one in the last of them.
    """
    if one is None or other is None:
        return one == other
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(_same_number(a, b) for a, b in pairs)


def _same_number(one: str, other: str) -> bool:
    a, b = (float(text.replace("−", "-").replace(",", "")) for text in (one, other))
    decimals = len(one.partition(".")[2].partition("e")[0])
    last = 10.0**-decimals if "." in one and "e" not in one else 0.0
    return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1.000001 * last)
