"""Is a build what it says it is? Its files against its manifest, then the whole build again."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millbook.build import build_book
from millbook.errors import InputError
from millbook.evidence.build_numbers import NOTHING, TOLERANCE, differences, read_numbers
from millbook.evidence.manifest import FOLDERS, open_build, read_manifest
from millbook.project import Project
from millbook.provenance import data_hash, platform
from millbook.tasks import hashes_below

__all__ = ["Verification", "verify_build"]

_SHOWN = 20


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
    platforms
        Where the build was made, and where it was made again.
    """

    altered: tuple[str, ...]
    made_from: tuple[str, ...]
    files: tuple[str, ...]
    numbers: tuple[str, ...]
    platforms: tuple[str, str]

    @property
    def same_platform(self) -> bool:
        """Whether bytes can be expected to be equal."""
        return len(set(self.platforms)) == 1

    @property
    def holds(self) -> bool:
        """Whether the build is what it says it is: bytes here, numbers on another platform."""
        apart = self.files if self.same_platform else self.numbers
        return not (self.altered or apart)

    def in_words(self) -> str:
        """Say what was found, a line a finding."""
        if self.holds and not self.files:
            return "The build is what it says it is: made again, it is the same byte for byte."
        lines = []
        if not self.same_platform:
            lines += [
                f"It was made on  {self.platforms[0]}",
                f"and again on    {self.platforms[1]}",
            ]
        if self.holds:
            return "\n".join(
                [
                    f"The build is what it says it is: made again, each number is within "
                    f"{TOLERANCE:g} of its value (or {NOTHING:g} of 0, or one in the last digit "
                    f"shown), though {len(self.files)} files have other bytes.",
                    *lines,
                ]
            )
        for found, words in (
            (self.altered, "changed after the build"),
            (self.made_from, "made from something else"),
            (self.numbers, "other numbers"),
            (self.files, "other bytes"),
        ):
            if found:
                lines += [f"{words[0].upper()}{words[1:]} ({len(found)}):", *found[:_SHOWN]]
                lines += [f"... and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        return "\n".join(lines)


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
    project = open_build(start, output, data)
    manifest = read_manifest(project.output)
    stated = manifest["build"]["provenance"]
    if data_hash(project.data) != stated["data"]:
        raise InputError(
            f"{project.data} is not what this build was made from: its SHA-256 is not "
            f"{stated['data'][:12]}…; give the data with --data."
        )
    with tempfile.TemporaryDirectory(prefix="millbook-verify-") as folder:
        again = build_book(
            project.root,
            settings=_settings(manifest),
            data=project.data,
            output=Path(folder) / "build",
            jobs=jobs,
            commit=stated["commit"] or "",
        )
        return _compare(project, manifest, again)


def _settings(manifest: Mapping[str, Any]) -> list[str]:
    """Write the parameters of all chapters as one would on the command line."""
    values: dict[str, Any] = {}
    for chosen in manifest["build"]["parameters"].values():
        values |= chosen
    values.pop("data", None)
    return [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in values.items()
    ]


def _compare(project: Project, manifest: Mapping[str, Any], again: Project) -> Verification:
    new = read_manifest(again.output)
    altered, files = [], []
    for key, folder in FOLDERS.items():
        stated, made = manifest[key], new[key]
        there = hashes_below(project.output / folder)
        altered += [f"{folder}/{name}" for name in _apart(stated, there)]
        files += [f"{folder}/{name}" for name in _apart(stated, made)]
    before, after = manifest["build"]["provenance"], new["build"]["provenance"]
    made_from = [
        f"{name}: {before.get(name)}, now {after.get(name)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    return Verification(
        tuple(altered),
        tuple(made_from),
        tuple(files),
        tuple(differences(read_numbers(project), read_numbers(again))),
        (manifest["platform"], platform()),
    )


def _apart(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
