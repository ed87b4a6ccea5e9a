"""What a build says of itself: its manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from millbook.errors import InputError
from millbook.project import Project, open_project
from millbook.provenance import data_hash
from millbook.tasks import FOLDERS, hashes_below, hashes_of

_KEYS = {"build", "data", "platform", *FOLDERS}


def open_build(start: Path, output: Path | None = None, data: Path | None = None) -> Project:
    """Find a build to look at; unlike one to write to, it may come without its memory."""
    project = open_project(start, None, data)
    return project if output is None else replace(project, output=output.resolve())


def read_manifest(output: Path) -> dict[str, Any]:
    """Read what a build says of itself."""
    path = output / "manifest.json"
    if not path.is_file():
        raise InputError(f"{output} holds no build: there is no {path.name} in it.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        complete = set(manifest) >= _KEYS
    except (ValueError, OSError, TypeError):
        complete = False
    if not complete:
        raise InputError(f"{path} is broken or from another version; build the book again.")
    return manifest


def require_whole(output: Path) -> None:
    """Refuse a build whose files are not those that it made."""
    try:
        lines = (output / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    except OSError:
        raise InputError(f"{output} holds no whole build: there is no SHA256SUMS in it.") from None
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    apart = differing(listed, files_there(output, read_manifest(output)))
    if apart:
        more = f" and {len(apart) - 1} more" if apart[1:] else ""
        raise InputError(
            f"{output} is not as it was built: {apart[0]}{more} does not match SHA256SUMS. "
            "Build it again first."
        )


def require_data(project: Project, manifest: dict[str, Any]) -> None:
    """Refuse data that a build was not made from."""
    stated = manifest["build"]["provenance"]["data"]
    if data_hash(project.data) != stated:
        raise InputError(
            f"{project.data} is not what this build was made from: its SHA-256 is not "
            f"{stated[:12]}…; give the data with --data."
        )


def files_there(output: Path, manifest: dict[str, Any]) -> dict[str, str]:
    """Hash what a build holds now: whatever is in its folders, and the documents that it lists."""
    documents = hashes_of((output / name for name in manifest["documents"]), output)
    return documents | {
        f"{folder}/{name}": digest
        for folder in FOLDERS.values()
        if folder != "."
        for name, digest in hashes_below(output / folder).items()
    }


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Name the files that two lists of hashes do not give alike."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def chapter_parameters(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the parameters of each chapter of a build, in the order of its contents."""
    pages: dict[str, dict[str, Any]] = manifest["build"]["parameters"]
    return {page.rpartition("/")[2]: parameters for page, parameters in pages.items()}


def all_parameters(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Give the parameters of all chapters, which have the same value wherever they occur."""
    chosen = manifest["build"]["parameters"].values()
    return {name: value for of_page in chosen for name, value in of_page.items()}
