"""Two builds side by side: what differs, in words; `millbook.evidence.compare_page` shows it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millbook.errors import InputError
from millbook.evidence.build_numbers import same_text
from millbook.evidence.compare_data import compare_data
from millbook.evidence.compare_results import NumberPair, Pair, compare_results, in_columns
from millbook.evidence.manifest import all_parameters, read_manifest
from millbook.inline import fill_in, shown_values
from millbook.notebook_file import read_notebook

SAME = "The two builds are the same in every verdict, number and figure."

_SENTENCE_ENDS = re.compile(r"\n+|(?<=[.?!]) (?=[A-Z])")
_MOST = 20  # lines of a kind that are said
_IMAGES = {"image/svg+xml": "svg", "image/png": "png"}


@dataclass(frozen=True)
class Figure:
    """A picture that a chapter shows."""

    content: bytes
    suffix: str
    alt: str


@dataclass(frozen=True)
class FigurePair:
    """The same figure in two builds; None where one of them does not have it."""

    chapter: str
    cell: str
    before: Figure | None
    after: Figure | None

    @property
    def differs(self) -> bool:
        """Whether the pictures are not the same byte for byte."""
        contents = [None if one is None else one.content for one in (self.before, self.after)]
        return contents[0] != contents[1]


@dataclass(frozen=True)
class Comparison:
    """What `compare_builds` found.

    Attributes
    ----------
    verdicts, numbers, figures
        All that were published or are shown, equal ones as well.
    parameters, data, versions
        What the builds were made with and from, where that differs; of the data, row by row.
    text
        Sentences in the text of chapters that say something else, by their chapter.
    """

    verdicts: list[Pair]
    numbers: list[NumberPair]
    parameters: list[Pair]
    data: list[Pair]
    versions: list[Pair]
    text: list[Pair]
    figures: list[FigurePair]

    @property
    def same(self) -> bool:
        """Whether the builds say the same of the same data with the same parameters."""
        kinds = (self.verdicts, self.numbers, self.parameters, self.data, self.text, self.figures)
        return not any(pair.differs for kind in kinds for pair in kind)

    @property
    def differing_numbers(self) -> list[NumberPair]:
        """The numbers that differ, those first that moved by the most standard errors."""
        found = [pair for pair in self.numbers if pair.differs]
        return sorted(found, key=lambda pair: -abs(pair.change_in_se or 0))

    def in_words(self) -> str:
        """Say what differs, verdicts first, the first lines of each kind."""
        versions = _listed("Made with", self.versions)
        if self.same:
            return "\n".join([SAME, *versions])
        lines = []
        if self.verdicts:
            differing = [pair for pair in self.verdicts if pair.differs]
            lines = [f"Verdicts: {_how_many(len(differing), len(self.verdicts))}."]
            lines += _first_of([pair.in_words() for pair in differing])
        numbers = self.differing_numbers
        lines.append(f"Published numbers: {_how_many(len(numbers), len(self.numbers))}.")
        if numbers:
            heads = ("result", "number", "before", "after", "change in SE")
            table = in_columns([heads, *(pair.cells for pair in numbers[:_MOST])], words=2)
            lines += [f"  {line}" for line in table] + _and_more(len(numbers))
        lines += _listed("Parameters", self.parameters) + _listed("Data", self.data) + versions
        lines += _listed("In the text", self.text)
        if moved := [f"{pair.chapter}, cell {pair.cell}" for pair in self.figures if pair.differs]:
            lines.append(f"Figures: {len(moved)} of {len(self.figures)} differ.")
            lines += _first_of(moved)
        return "\n".join(lines)


def compare_builds(before: Path, after: Path) -> Comparison:
    """Compare two builds by what they published, show and were made from."""
    folders = before, after
    manifests = [read_manifest(folder) for folder in folders]
    for folder in folders:
        if not (folder / "results").is_dir() or not (folder / "notebooks").is_dir():
            raise InputError(f"{folder} is not a whole build: results or notebooks are missing.")
    parameters = [
        {name: _plain(value) for name, value in all_parameters(manifest).items()}
        for manifest in manifests
    ]
    level = parameters[0].get("confidence_level") or "0.95"
    provenances = [manifest["build"]["provenance"] for manifest in manifests]
    versions = [{**one, "data": None} for one in provenances]
    texts = [_sentences(folder / "notebooks") for folder in folders]
    figures = [_figures(folder / "notebooks") for folder in folders]
    verdicts, numbers = compare_results(before / "results", after / "results", float(level))
    return Comparison(
        verdicts,
        numbers,
        _differences(*parameters),
        [Pair(*change) for change in compare_data(folders, (manifests[0], manifests[1]))],
        _differences(*versions),
        [
            Pair(key[0], texts[0].get(key), texts[1].get(key))
            for key in dict.fromkeys([*texts[0], *texts[1]])
            if not same_text(texts[0].get(key, ""), texts[1].get(key, ""))
        ],
        [
            FigurePair(*key, *(found.get(key) for found in figures))
            for key in dict.fromkeys([*figures[0], *figures[1]])
        ],
    )


def _sentences(notebooks: Path) -> dict[tuple[str, str, str], str]:
    """Read the sentences that have computed words in them, with these filled in.

    Their keys are chapter, cell, and the sentence as it is written.
    """
    found = {}
    for path in sorted(notebooks.rglob("*.ipynb")):
        for cell in read_notebook(path)["cells"]:
            values = shown_values(cell)
            for written in _SENTENCE_ENDS.split(cell["source"] if values else ""):
                said = fill_in(written, values)
                if said != written:
                    found[path.stem, cell["id"], written] = " ".join(said.split())
    return found


def _figures(notebooks: Path) -> dict[tuple[str, str], Figure]:
    found: dict[tuple[str, str], Figure] = {}
    for path in sorted(notebooks.rglob("*.ipynb")):
        for cell in read_notebook(path)["cells"]:
            for number, output in enumerate(cell.get("outputs", [])):
                kind = next((kind for kind in _IMAGES if kind in output.get("data", {})), None)
                if kind is None:
                    continue
                alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
                text = output["data"][kind]
                content = text.encode() if kind.endswith("xml") else base64.b64decode(text)
                name = cell["id"] if number == 0 else f"{cell['id']} ({number + 1})"
                found[path.stem, name] = Figure(content, _IMAGES[kind], alt)
    return found


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Pair]:
    names = dict.fromkeys([*before, *after])
    pairs = [Pair(name, _plain(before.get(name)), _plain(after.get(name))) for name in names]
    return [pair for pair in pairs if pair.differs]


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return f"{text[:12]}…" if len(text) == len(hashlib.sha256().hexdigest()) else text


def _how_many(n: int, of: int) -> str:
    return f"{f'{n:,}' if n else 'none'} of {of:,} differ"


def _listed(title: str, pairs: list[Pair]) -> list[str]:
    lines = [pair.in_words() for pair in pairs]
    return [f"{title}: {len(pairs):,} differ.", *_first_of(lines)] if pairs else []


def _first_of(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines[:_MOST]] + _and_more(len(lines))


def _and_more(n: int) -> list[str]:
    return [f"  ... and {n - _MOST:,} more"] if n > _MOST else []
