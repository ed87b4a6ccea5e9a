"""The published numbers: a file beside the book that holds what pages have said.

It is in version control, so a change of any number shows in review; `accept` is the one way to
write it, and writes why.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

from millbook.errors import InputError
from millbook.evidence.build_numbers import Number, differences, is_number, read_numbers, same_text
from millbook.project import Project

DIGITS = 5
"""Significant digits that are kept; they are the same on every platform."""

_HEADER = ["chapter", "place", "name", "value"]
_LOG_BEGINS = """# Why published numbers changed

`numbers.csv` holds every number of the book; `verify --accept WHY` writes both files.
"""


def published_file(root: Path) -> Path:
    """Name the file of published numbers of a book."""
    return root / "published" / "numbers.csv"


def read_published(root: Path) -> list[Number]:
    """Read the published numbers of a book."""
    path = published_file(root)
    if not path.is_file():
        raise InputError(
            f"There are no published numbers: no {path}. "
            'Publish those of this build with: verify --accept "the first edition".'
        )
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    if header != _HEADER or any(len(row) != len(_HEADER) for row in rows):
        raise InputError(f"{path} is broken: its columns must be {', '.join(_HEADER)}.")
    return [Number(*row) for row in rows]


def moved(project: Project) -> list[str]:
    """Say which numbers of a build are not the published ones, what they were and are."""
    return differences(read_published(project.root), map(_rounded, read_numbers(project)))


def accept(project: Project, why: str, day: datetime.date | None = None) -> list[str]:
    """Publish the numbers of a build, and write why they changed, in a sentence for a reviewer.

    Returns what has changed; where nothing has, nothing is written.
    """
    path = published_file(project.root)
    numbers = [_rounded(number) for number in read_numbers(project)]
    old = read_published(project.root) if path.is_file() else []
    changed = differences(old, numbers)
    if changed:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            [_HEADER, *([n.chapter, n.place, n.name, n.value] for n in _kept(old, numbers))]
        )
        path.parent.mkdir(exist_ok=True)
        chapters = Counter(line.partition(",")[0] for line in changed)
        counts = ", ".join(f"{chapter} {count}" for chapter, count in chapters.items())
        log = path.with_name("changes.md")
        before = log.read_text(encoding="utf-8") if log.is_file() else _LOG_BEGINS
        entry = f"\n- {day or datetime.date.today()}: {why} (numbers: {counts})\n"
        path.write_text(text.getvalue(), encoding="utf-8", newline="\n")
        log.write_text(before.rstrip("\n") + "\n" + entry, encoding="utf-8", newline="\n")
    return changed


def _kept(old: list[Number], new: list[Number]) -> list[Number]:
    """Keep the published text of a number that is the same but for rounding."""
    texts = {one.key: one for one in old}
    return [
        before if (before := texts.get(one.key)) and same_text(before.value, one.value) else one
        for one in new
    ]


def _rounded(number: Number) -> Number:
    if not is_number(number.value) or len(number.value) <= DIGITS or number.value.isdigit():
        return number
    text = f"{float(number.value.replace('−', '-').replace(',', '')):.{DIGITS}g}"
    return replace(number, value=text)
