"""Where everything of a book is: what it is made from, and what is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dyadsync.errors import InputError


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

    def contents(self) -> Any:
        """Read the table of contents, without the chapters that are not for these data.

        A notebook whose metadata says ``"dyadsync": {"only": "simulated"}`` is left out of a book
        of data that were not simulated.
        """
        toc = yaml.safe_load((self.root / "_toc.yml").read_text(encoding="utf-8"))
        return toc if self.simulation else self._for_measured_data(toc)

    def _for_measured_data(self, entry: Any) -> Any:
        if isinstance(entry, dict):
            return {key: self._for_measured_data(value) for key, value in entry.items()}
        if isinstance(entry, list):
            return [
                self._for_measured_data(item) for item in entry if not self._only_simulated(item)
            ]
        return entry

    def _only_simulated(self, item: Any) -> bool:
        if not isinstance(item, dict) or "file" not in item:
            return False
        source = self._source(item["file"])
        if source.suffix != ".ipynb":
            return False
        try:
            metadata = json.loads(source.read_text(encoding="utf-8")).get("metadata", {})
        except ValueError:
            return False  # opening the chapter says what is wrong with it
        return bool(metadata.get("dyadsync", {}).get("only") == "simulated")

    @property
    def simulation(self) -> dict[str, Any] | None:
        """What the data package says of its simulation; None where the data were measured."""
        found: dict[str, Any] | None = read_descriptor(self.data).get("dyadsync:simulation")
        return found

    def chapter_notebooks(self) -> list[Path]:
        """List the notebooks of the table of contents."""
        return [page for page in self.pages() if page.suffix == ".ipynb"]

    def _source(self, name: str) -> Path:
        for suffix in (".ipynb", ".md"):
            path = self.root / (name.removesuffix(suffix) + suffix)
            if path.is_file():
                return path
        raise InputError(f"_toc.yml names {name}, but there is no {name}.ipynb or {name}.md.")


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
