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
from millbook.evidence.compare_results import ResultsComparison, compare_results, first_of
from millbook.evidence.manifest import all_parameters, read_manifest
from millbook.inline import fill_in, shown_values
from millbook.notebook_file import read_notebook

_SENTENCE_ENDS = re.compile(r"\n+|(?<=[.?!]) (?=[A-Z])")
_IMAGES = {"image/svg+xml": "svg", "image/png": "png"}


@dataclass(frozen=True)
class Difference:
    """A difference between two builds: where or what, and both values."""

    name: str
    before: str
    after: str

    def in_words(self) -> str:
        """Say both values."""
        return f"{self.name}: {self.before} → {self.after}"


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
    results
        Verdicts and published numbers.
    parameters, data, versions
        What the builds were made with and from, where that differs; of the data, row by row.
    text
        Sentences in the text of chapters that say something else, by their chapter.
    figures
        All figures in pairs.
    """

    results: ResultsComparison
    parameters: tuple[Difference, ...]
    data: tuple[Difference, ...]
    versions: tuple[Difference, ...]
    text: tuple[Difference, ...]
    figures: tuple[FigurePair, ...]

    @property
    def same(self) -> bool:
        """Whether the builds say the same of the same data with the same parameters."""
        figures = any(pair.differs for pair in self.figures)
        return self.results.same and not (self.parameters or self.data or self.text or figures)

    def in_words(self, most: int = 20) -> str:
        """Say what differs, verdicts first, at most so many lines of a kind."""
        if self.same:
            lines = ["The two builds are the same in every verdict, number and figure."]
            return "\n".join([*lines, *_listed("Made with", self.versions, most)])
        moved = [f"{pair.chapter}, cell {pair.cell}" for pair in self.figures if pair.differs]
        lines = [
            self.results.in_words(most),
            *_listed("Parameters", self.parameters, most),
            *_listed("Data", self.data, most),
            *_listed("Made with", self.versions, most),
            *_listed("In the text", self.text, most),
        ]
        if moved:
            lines.append(f"Figures: {len(moved)} of {len(self.figures)} differ.")
            lines += first_of([f"  {line}" for line in moved], most)
        return "\n".join(lines)


def compare_builds(before: Path, after: Path) -> Comparison:
    """Compare two builds by what they published, show and were made from.

    Parameters
    ----------
    before, after
        The folders of two builds, such as ``_build``.

    Raises
    ------
    InputError
        If one of them holds no build.
    """
    folders = before, after
    manifests = [read_manifest(folder) for folder in folders]
    for folder in folders:
        if not (folder / "results").is_dir() or not (folder / "notebooks").is_dir():
            raise InputError(f"{folder} is not a whole build: results or notebooks are missing.")
    parameters = [
        {name: _plain(value) for name, value in all_parameters(manifest).items()}
        for manifest in manifests
    ]
    level = parameters[0].get("confidence_level", "0.95")
    provenances = [manifest["build"]["provenance"] for manifest in manifests]
    versions = [{**one, "data": None} for one in provenances]
    data = compare_data(folders, (manifests[0], manifests[1]))
    texts = [_sentences(folder / "notebooks") for folder in folders]
    figures = [_figures(folder / "notebooks") for folder in folders]
    return Comparison(
        results=compare_results(before / "results", after / "results", float(level)),
        parameters=_differences(*parameters),
        data=tuple(Difference(name, _plain(old), _plain(new)) for name, old, new in data),
        versions=_differences(*versions),
        text=tuple(
            Difference(key[0], *(_plain(said.get(key)) for said in texts))
            for key in dict.fromkeys([*texts[0], *texts[1]])
            if not same_text(texts[0].get(key, ""), texts[1].get(key, ""))
        ),
        figures=tuple(
            FigurePair(*key, *(found.get(key) for found in figures))
            for key in dict.fromkeys([*figures[0], *figures[1]])
        ),
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


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name, _plain(before.get(name)), _plain(after.get(name)))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    )


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    text = value if isinstance(value, str) else json.dumps(value)
    return f"{text[:12]}…" if len(text) == len(hashlib.sha256().hexdigest()) else text


def _listed(title: str, differences: tuple[Difference, ...], most: int) -> list[str]:
    if not differences:
        return []
    lines = [f"  {one.in_words()}" for one in differences]
    return [f"{title}: {len(differences):,} differ.", *first_of(lines, most)]
