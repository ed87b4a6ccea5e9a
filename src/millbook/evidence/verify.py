"""Is a build what it says it is? Its files against its manifest, then the whole build again."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from millbook.build import build_book
from millbook.evidence.build_numbers import NOTHING, TOLERANCE, differences, read_numbers
from millbook.evidence.manifest import (
    all_parameters,
    differing,
    files_there,
    open_build,
    read_manifest,
    require_data,
)
from millbook.parameters import read_mapping
from millbook.provenance import platform
from millbook.tasks import shipped_files
from millbook.temporary import temporary_folder

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
    files, numbers
        What came out with other bytes, and otherwise: chapter, cell, expression, both values.
    platforms
        Where the build was made, and where it was made again.
    compared
        How many chapters, results, files and numbers were made again.
    """

    title: str
    provenance: Mapping[str, Any]
    altered: tuple[str, ...]
    made_from: tuple[str, ...]
    files: tuple[str, ...]
    numbers: tuple[str, ...]
    platforms: tuple[str, str]
    compared: Mapping[str, int]
    begun: datetime
    seconds: float

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
        """Say on a page what was made again, where and when, what agrees and what does not."""
        made_from = self.provenance
        stated = [
            str(made_from["package"] or "no package"),
            f"commit {made_from['commit'] or 'not known'}",
            f"data SHA-256 {made_from['data'][:12]}…",
            f"pins SHA-256 {made_from['lock'][:12]}…" if made_from["lock"] else "no pins",
        ]
        many = {name: f"{count:,} {name}" for name, count in self.compared.items()}
        agree = {
            name: f"{self.compared[name] - len(apart):,} of {self.compared[name]:,}"
            for name, apart in (("files", self.files), ("numbers", self.numbers))
        }
        rows = {
            "Made from": ", ".join(stated),
            "Made on": self.platforms[0],
            "Made again on": self.platforms[1],
            "When": f"{self.begun:%Y-%m-%d %H:%M} UTC, in {self.seconds:.0f} seconds",
            "What": ", ".join(many.values()),
            "Agree": f"{agree['numbers']} numbers; {agree['files']} files byte for byte",
        }
        lines = [f"Reproduction of “{self.title}”", ""]
        lines += [f"{name:15}{text}" for name, text in rows.items()]
        lines += ["", self._verdict()]
        for found, words in (
            (self.altered, "Changed after the build"),
            (self.made_from, "Made from something else"),
            (self.numbers, "Other numbers"),
            (self.files, "Other bytes"),
        ):
            if found:
                lines += ["", f"{words} ({len(found)}):", *found[:_SHOWN]]
                lines += [f"... and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        return "\n".join(lines)

    def _verdict(self) -> str:
        if not self.holds:
            return "The build is NOT what it says it is."
        if not self.files:
            return "The build is what it says it is: made again, it is the same byte for byte."
        return (
            f"The build is what it says it is: made again on another platform, each number is "
            f"within {TOLERANCE:g} of its value (or {NOTHING:g} of 0, or one in the last digit "
            "shown)."
        )


def verify_build(
    start: Path, output: Path | None = None, *, data: Path | None = None, jobs: int | None = None
) -> Verification:
    """Make a build again, elsewhere, from the parameters of its manifest, and compare."""
    project = open_build(start, output, data)
    manifest = read_manifest(project.output)
    stated = manifest["build"]["provenance"]
    require_data(project, manifest)
    config = read_mapping(project.root / "_config.yml")
    begun, clock = datetime.now(UTC), time.monotonic()
    with temporary_folder() as folder:
        again = build_book(
            project.root,
            settings=_settings(manifest),
            data=project.data,
            output=folder / "build",
            jobs=jobs,
            commit=stated["commit"] or "",
        )
        seconds = time.monotonic() - clock
        new = read_manifest(again.output)
        listed, made = shipped_files(manifest), shipped_files(new)
        before, after = read_numbers(project), read_numbers(again)
        return Verification(
            title=str(manifest["build"].get("title") or config.get("title", "a book")),
            provenance=stated,
            altered=tuple(differing(listed, files_there(project.output, manifest))),
            made_from=tuple(_made_from(stated, new["build"]["provenance"])),
            files=tuple(differing(listed, made)),
            numbers=tuple(differences(before, after)),
            platforms=(manifest["platform"], platform()),
            compared={
                "chapters": len(manifest["notebooks"]),
                "results": len(manifest["results"]),
                "files": len({*listed, *made}),
                "numbers": len({one.where for one in [*before, *after]}),
            },
            begun=begun,
            seconds=seconds,
        )


def _made_from(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {before.get(name)}, now {after.get(name)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _settings(manifest: dict[str, Any]) -> list[str]:
    """Write the parameters of all chapters as one would on the command line."""
    return [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in all_parameters(manifest).items()
        if name != "data"
    ]
