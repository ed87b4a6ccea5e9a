"""A small book of two notebooks and a page, with a small data package."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from millbook.build import build_book
from millbook.project import Project
from millbook.tasks import hashes_below

FIXTURE = Path(__file__).parent / "millbook" / "fixture"

_TABLES = {
    "oxytocin": (
        {
            "dyad_id": "string",
            "session": "integer",
            "role": "string",
            "phase": "string",
            "oxytocin_pg_ml": "number",
        },
        ["dyad_id", "session", "role", "phase"],
        [
            (dyad, session, role, phase, 2 + session % 3 + (phase == "post") / 2)
            for dyad in ("D1", "D2")
            for session in (4, 8, 12, 16)
            for role in ("patient", "therapist")
            for phase in ("pre", "post")
        ],
    ),
    "dyads": (
        {
            "dyad_id": "string",
            "therapist_id": "string",
            "arm": "string",
            "age": "number",
            "gender": "string",
            "social_impairment": "number",
        },
        ["dyad_id"],
        [("D1", "T1", "S", 30, "woman", 1.5), ("D2", "T1", "SE", 40, "man", -0.5)],
    ),
    "symptoms": (
        {"dyad_id": "string", "week": "integer", "hrsd17": "integer"},
        ["dyad_id", "week"],
        [(dyad, week, 20 - week) for dyad in ("D1", "D2") for week in range(5)],
    ),
}


def write_small_package(folder: Path, *, simulated: bool = True) -> Path:
    folder.mkdir(parents=True)
    resources = []
    for name, (fields, key, rows) in _TABLES.items():
        lines = [",".join(fields), *(",".join(map(str, row)) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        schema = {
            "fields": [{"name": field, "type": kind} for field, kind in fields.items()],
            "primaryKey": key,
        }
        resources.append({"name": name, "path": f"{name}.csv", "schema": schema})
    profile = "https://datapackage.org/profiles/2.0/datapackage.json"
    descriptor: dict[str, Any] = {"$schema": profile, "name": "small", "resources": resources}
    if simulated:
        descriptor["dyadsync:simulation"] = {"design": {"n_dyads": 2}, "seed": 3}
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder


def copy_small_book(root: Path) -> Path:
    shutil.copytree(FIXTURE, root)
    write_small_package(root / "data")
    return root


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def shipped(output: Path) -> dict[str, str]:
    """The hash of each file that a build ships."""
    return {
        name: digest
        for name, digest in hashes_below(output).items()
        if not name.startswith(".state/")
    }


def leftovers(book: Project) -> list[Path]:
    """What stands beside what a build ships."""
    wanted = {"html", "notebooks", "results", "manifest.json", "SHA256SUMS", ".state"}
    halves = book.notebooks.rglob("*.part")
    return [path for path in book.output.iterdir() if path.name not in wanted] + list(halves)


def rebuild(book: Project, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Build again, and name the tasks that ran (.) and did not rest as unchanged (s)."""
    capsys.readouterr()
    build_book(book.root, profile="quick", jobs=1)
    outcomes = dict(re.findall(r"│ (\w+(?: \w+)?) +│ (\S) ", capsys.readouterr().out))
    assert outcomes
    return {task for task, outcome in outcomes.items() if outcome == "."}
