"""Where everything of a book is: what it is made from, and what is made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from dyadsync.study.roles import Layout, find_layout
from millbook.conditions import holds
from millbook.errors import InputError

_LABEL = re.compile(r"(?:\(|\"name\": \")([a-z][\w-]*)(?:\)=|\")")
_ORDER = re.compile(r"^\d\d_")  # what orders chapters in a folder is no part of their names
_EXERCISE = re.compile(r'"id": "(exercise-[\w-]+)"')


@dataclass(frozen=True)
class Project:
    """The folder of a book and the one folder that a build writes to.

    Attributes
    ----------
    root
        Holds ``_config.yml``, ``_toc.yml``, ``chapters`` and the book's own ``data``.
    output
        Holds everything generated.
    data
        The data package.
    """

    root: Path
    output: Path
    data: Path

    @property
    def chapters(self) -> Path:
        """The notebooks and pages, ``parameters.yml`` and what the pages include."""
        return self.root / "chapters"

    @property
    def run(self) -> Path:
        """A copy of the layout of the root in which notebooks run: ``chapters`` beside ``data``.

        Notebooks thus find ``../data`` whichever package was given, and no path of this machine
        gets into them.
        """
        return self.state / "run"

    @property
    def notebooks(self) -> Path:
        """The executed notebooks."""
        return self.output / "notebooks"

    @property
    def results(self) -> Path:
        """The tables that the chapters published."""
        return self.output / "results"

    @property
    def book(self) -> Path:
        """The staged book: what Sphinx reads."""
        return self.state / "book"

    @property
    def html(self) -> Path:
        """The site."""
        return self.output / "html"

    @property
    def logs(self) -> Path:
        """What went wrong, and Sphinx's log."""
        return self.state / "logs"

    @property
    def state(self) -> Path:
        """What is not shipped, and differs between equal builds.

        That is the memory of what was made from what, the kernels' caches, logs, and the folders in
        which notebooks run and Sphinx reads. All else in the output is equal byte for byte.
        """
        return self.output / ".state"

    @property
    def lock(self) -> Path:
        """The pins of the environment; a book may do without."""
        return self.root / "requirements.lock"

    def pages(self) -> list[Path]:
        """List the files that the table of contents names, in its order.

        Raises
        ------
        InputError
            If the table of contents names a file that is not there.
        """
        return [self._source(name) for name in _files(self.contents())]

    def page_name(self, source: Path) -> str:
        """Give the name of a page on the site, without suffix: ``chapters/data``."""
        return source.relative_to(self.root).with_name(chapter_name(source)).as_posix()

    def staged_contents(self) -> Any:
        """Read the table of contents with the names that pages have on the site."""

        def staged(entry: Any) -> Any:
            if isinstance(entry, dict):
                return {
                    key: self.page_name(self._source(value))
                    if key in ("root", "file")
                    else staged(value)
                    for key, value in entry.items()
                }
            return [staged(item) for item in entry] if isinstance(entry, list) else entry

        return staged(self.contents())

    def contents(self) -> Any:
        """Read the table of contents, without the chapters that are not for these data.

        A notebook whose metadata says ``"dyadsync": {"only": "simulated"}`` is left out of a book
        of data that were not simulated; so with other `tags`, and with conditions made of them.
        """
        return self._for_these_data(self._whole_contents())

    def _whole_contents(self) -> Any:
        return yaml.safe_load((self.root / "_toc.yml").read_text(encoding="utf-8"))

    def left_out(self) -> list[str]:
        """List what pages may link to and this book lacks: chapters and labels not for its data."""
        kept = set(self.pages())
        names: list[str] = []
        for source in map(self._source, _files(self._whole_contents())):
            text = source.read_text(encoding="utf-8")
            if source not in kept:
                names += [chapter_name(source), *_labels(text, chapter_name(source))]
            elif source.suffix == ".ipynb":
                cells = json.loads(text)["cells"]
                away = [cell for cell in cells if not self._holds(cell["metadata"])]
                names += _labels(json.dumps(away), chapter_name(source))
        return names

    def _for_these_data(self, entry: Any) -> Any:
        if isinstance(entry, dict):
            return {key: self._for_these_data(value) for key, value in entry.items()}
        if isinstance(entry, list):
            return [self._for_these_data(item) for item in entry if self._is_for_these_data(item)]
        return entry

    def _is_for_these_data(self, item: Any) -> bool:
        if not isinstance(item, dict) or "file" not in item:
            return True
        source = self._source(item["file"])
        if source.suffix != ".ipynb":
            return True
        try:
            metadata = json.loads(source.read_text(encoding="utf-8")).get("metadata", {})
        except ValueError:
            return True  # opening the chapter says what is wrong with it
        return self._holds(metadata)

    def _holds(self, metadata: dict[str, Any]) -> bool:
        return holds(metadata.get("dyadsync", {}).get("only"), self.tags)

    @cached_property
    def layout(self) -> Layout:
        """Where the data package has what."""
        return find_layout(read_descriptor(self.data))[0]

    @property
    def title(self) -> str:
        """What the data package calls the study."""
        descriptor = read_descriptor(self.data)
        return str(descriptor.get("title") or descriptor.get("name") or "A study of synchrony")

    @property
    def tags(self) -> list[str]:
        """Tell what holds of the data, for whatever is not for all data.

        ``simulated``; ``shipped``: they have the names of the shipped data, thus its words;
        ``phases``, ``therapists``, ``outcome``: they have any; ``positive``: the signal is above 0.
        """
        columns = self.layout.columns
        facts = {
            "simulated": self.simulation is not None,
            "shipped": not self.layout.declared,
            "phases": "phase" in columns.get("samples", {}),
            "therapists": "therapist_id" in columns.get("dyads", {}),
            "outcome": "symptoms" in columns,
            "positive": self.layout.positive_signal,
        }
        return [tag for tag, holds_here in facts.items() if holds_here]

    @property
    def simulation(self) -> dict[str, Any] | None:
        """What the data package says of its simulation; None where the data were measured."""
        found: dict[str, Any] | None = read_descriptor(self.data).get("dyadsync:simulation")
        return found

    def helpers(self) -> list[Path]:
        """List what notebooks use beside them: modules, styles, whatever is no page of the book."""
        below = [path.relative_to(self.chapters) for path in self.chapters.rglob("*")]
        return sorted(
            self.chapters / path
            for path in below
            if path.suffix not in (".ipynb", ".md", ".bib")
            and path.parts[0] != "results"
            and not any(part.startswith((".", "__")) for part in path.parts[:-1])
            and not path.name.startswith(".")
            and (self.chapters / path).is_file()
        )

    def chapter_notebooks(self) -> list[Path]:
        """List the notebooks of the table of contents."""
        return [page for page in self.pages() if page.suffix == ".ipynb"]

    def _source(self, name: str) -> Path:
        for suffix in (".ipynb", ".md"):
            path = self.root / (name.removesuffix(suffix) + suffix)
            if path.is_file():
                return path
        raise InputError(f"_toc.yml names {name}, but there is no {name}.ipynb or {name}.md.")


def chapter_name(source: Path) -> str:
    """Name a chapter: its file's name without suffix and without the number that orders it.

    Examples
    --------
    >>> chapter_name(Path("chapters/02_synchrony.ipynb")), chapter_name(Path("index.md"))
    ('synchrony', 'index')
    """
    return _ORDER.sub("", source.stem)


def _labels(text: str, chapter: str) -> list[str]:
    return [*_LABEL.findall(text), *(f"{chapter}-{cell}" for cell in _EXERCISE.findall(text))]


def read_descriptor(folder: Path) -> dict[str, Any]:
    """Read a data package's ``datapackage.json``."""
    descriptor: dict[str, Any] = json.loads(
        (folder / "datapackage.json").read_text(encoding="utf-8-sig")
    )
    return descriptor


def find_book(start: Path) -> Path:
    """Find the folder of the book that a folder belongs to.

    Raises
    ------
    InputError
        If neither the folder nor one above it holds a book.
    """
    start = start.resolve()
    for root in [start, *start.parents]:
        if (root / "_config.yml").is_file() and (root / "_toc.yml").is_file():
            return root
    raise InputError(
        f"There is no book in {start} or above it: no folder with _config.yml and _toc.yml."
    )


def open_project(start: Path, output: Path | None = None, data: Path | None = None) -> Project:
    """Find the book that a folder belongs to.

    Parameters
    ----------
    start
        The folder of the book or one inside it.
    output
        Where to build; by default ``_build`` in the book's folder.
    data
        The data package; by default ``data`` in the book's folder.

    Raises
    ------
    InputError
        If neither the folder nor one above it holds a book, or the output would overwrite it.
    """
    root = find_book(start)
    project = Project(
        root=root,
        output=(output or root / "_build").resolve(),
        data=(data or root / "data").resolve(),
    )
    sources = [project.chapters, project.data]
    if project.output == root or any(
        project.output.is_relative_to(path) or path.is_relative_to(project.output)
        for path in sources
    ):
        raise InputError(
            f"The output cannot go to {project.output}, where the book or its data are; "
            "choose a folder of its own."
        )
    # A chapter run by hand leaves its results in a folder that no build has made yet.
    if (
        project.output.is_dir()
        and not (project.state / "checked.json").is_file()
        and any(path not in (project.results, project.state) for path in project.output.iterdir())
    ):
        raise InputError(
            f"{project.output} holds files that no build made; choose an empty folder for --output."
        )
    return project


def _files(toc: Any) -> Iterator[str]:
    """Walk a table of contents: its root and every ``file`` below it."""
    if isinstance(toc, dict):
        for key in ("root", "file"):
            if key in toc:
                yield toc[key]
        for value in toc.values():
            if isinstance(value, list):
                yield from _files(value)
    elif isinstance(toc, list):
        for item in toc:
            yield from _files(item)
