"""Every number that a build shows or publishes, each with its place; and when two are the same.

Numbers in the text have the place of their cell and the name of their expression; those in a
cell's output, of its lines; published ones, the place of their file and a name of row and column.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from millbook.evidence.manifest import chapter_parameters, read_manifest
from millbook.inline import shown_values
from millbook.notebook_file import read_notebook
from millbook.project import Project

TOLERANCE = 1e-6
"""Relative difference that a number may have on another platform, where sums are rounded apart."""

NOTHING = 1e-9
"""What is smaller than this is the rounding of a zero."""

_SHORT = 40  # longer texts are sentences, and name no row

_NUMBER = re.compile(r"[-−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Number:
    """A number, or a line with some, and where it stands.

    Attributes
    ----------
    chapter
        The chapter that made it.
    place
        The id of its cell, or the file of results.
    name
        Its expression; or its row and column; or its line.
    value
        Its text.
    """

    chapter: str
    place: str
    name: str
    value: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What is the same of it in two builds."""
        return self.chapter, self.place, self.name

    @property
    def where(self) -> str:
        """Say in words where it stands."""
        kind = "" if "." in self.place or self.place == "parameters" else "cell "
        return f"{self.chapter}, {kind}{self.place}: {self.name}"


def read_numbers(project: Project) -> list[Number]:
    """List the numbers of a build: chapter by chapter its parameters, its text, its results."""
    manifest = read_manifest(project.output)
    numbers: list[Number] = []
    for chapter, parameters in chapter_parameters(manifest).items():
        for name, value in parameters.items():
            numbers.append(Number(chapter, "parameters", name, json.dumps(value)))
        numbers += _of_notebook(chapter, project.notebooks / f"{chapter}.ipynb")
        for file, publisher in manifest.get("publishers", {}).items():
            if publisher == chapter:
                numbers += _of_result(chapter, project.results / file)
    return numbers


def differences(before: Iterable[Number], after: Iterable[Number]) -> list[str]:
    """Say of each number that is not the same, but for rounding, what it was and is."""
    old, new = ({one.key: one for one in numbers} for numbers in (before, after))
    lines = []
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key), new.get(key)
        if was is None or now is None or not same_text(was.value, now.value):
            values = [one.value if one else "not there" for one in (was, now)]
            lines.append(f"{(was or now).where} was {values[0]}, is {values[1]}")  # type: ignore[union-attr]
    return lines


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same but for rounding in their numbers.

    A number that is shown with few digits may differ by one in the last of them; one that is
    smaller than a billionth is a zero.
    """
    if one == other:
        return True
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(_same_number(a, b) for a, b in pairs)


def is_number(text: str) -> bool:
    """Whether a text is a number and nothing else."""
    return _NUMBER.fullmatch(text.strip()) is not None


def _same_number(one: str, other: str) -> bool:
    a, b = (Decimal(text.replace("−", "-").replace(",", "")) for text in (one, other))
    last = 0.0
    if "." in one or "e" in one:
        exponents = [number.as_tuple().exponent for number in (a, b)]
        last = float(10.0 ** max(int(exponent) for exponent in exponents))
    return math.isclose(
        float(a), float(b), rel_tol=TOLERANCE, abs_tol=max(1.000001 * last, NOTHING)
    )


def _of_notebook(chapter: str, notebook: Path) -> Iterator[Number]:
    """Read what an executed notebook shows in its text and in its outputs."""
    for cell in read_notebook(notebook)["cells"] if notebook.is_file() else ():
        for expression, value in shown_values(cell).items():
            yield Number(chapter, cell["id"], expression, value)
        lines = [line for output in cell.get("outputs", []) for line in _lines(output)]
        for number, line in enumerate(lines, start=1):
            if _NUMBER.search(line):
                yield Number(chapter, cell["id"], f"output, line {number}", line)


def _lines(output: dict[str, Any]) -> list[str]:
    data = output.get("data", {})
    if any(kind.startswith("image/") for kind in data):
        return []
    if html := data.get("text/html"):  # of a picture or a page that code drew, nothing
        rows = (row.find_all(["th", "td"]) for row in BeautifulSoup(html, "html.parser")("tr"))
        return [" | ".join(" ".join(cell.get_text(" ").split()) for cell in row) for row in rows]
    return str(data.get("text/plain", output.get("text", ""))).splitlines()


def _of_result(chapter: str, path: Path) -> Iterator[Number]:
    if not path.is_file() or path.suffix == ".js":
        return  # a script has other published numbers, packed; its bytes depend on the packer
    if path.suffix == ".json":
        for names, value in leaves(json.loads(path.read_text(encoding="utf-8"))):
            text = value if isinstance(value, str) else json.dumps(value)
            yield Number(chapter, path.name, ".".join(names), text)
        return
    seen: dict[str, int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            words = [text for text in row.values() if text and not is_number(text)]
            label = ", ".join(text for text in words if len(text) <= _SHORT) or "row"
            seen[label] = seen.get(label, 0) + 1
            label += f" {seen[label]}" if seen[label] > 1 or label == "row" else ""
            for column, text in row.items():
                if text not in words:
                    yield Number(chapter, path.name, f"{label}: {column}", text)


def leaves(content: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give each value in mappings and lists with the names, and places, that lead to it."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, (*path, key))
    elif isinstance(content, list):
        for number, value in enumerate(content, start=1):
            yield from leaves(value, (*path, str(number)))
    else:
        yield path, content
