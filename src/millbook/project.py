"""Where everything of a book is: what it is made from, and what is made."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sphinx_external_toc.parsing import MalformedError, parse_toc_data

from millbook.adapter import ask
from millbook.errors import InputError
from millbook.parameters import read_mapping

_ORDER = re.compile(r"^\d\d_")  # what orders chapters in a folder is no part of their names
_SETTINGS = {
    **dict.fromkeys(("adapter", "command", "data", "notebooks", "package"), str),
    **dict.fromkeys(("documents", "keep_going"), bool),
    "imports": list,
    "redirects": dict,
}


@dataclass(frozen=True)
class Project:
    """The folder of a book and the one folder that a build writes to.

    Attributes
    ----------
    root
        Holds ``_config.yml`` and ``_toc.yml``.
    output
        Holds everything generated.
    data
        The data package.
    """

    root: Path
    output: Path
    data: Path

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What ``_config.yml`` says to the engine, below ``millbook``; all of it may be missing.

        ``notebooks``: their folder (``chapters``); ``data``: the data package, beside that folder
        (``data``); ``package``: what notebooks import, whose change runs them again; ``imports``:
        modules that are imported once for all kernels; ``adapter``: see `millbook.adapter`;
        ``command``: what its users type; ``documents``: whether PDF and Word are written, too;
        ``keep_going``: whether a chapter that fails becomes a page that says so; ``redirects``.
        """
        return read_settings(self.root)

    def ask(self, function: str, otherwise: Any, *arguments: Any) -> Any:
        """Ask the project's adapter."""
        return ask(self.settings.get("adapter"), function, otherwise, *arguments)

    @property
    def command(self) -> str:
        """The command by which the project is built, for what is said to its users."""
        return str(self.settings.get("command", "millbook"))

    @property
    def chapters(self) -> Path:
        """The notebooks and pages, ``parameters.yml`` and what the pages include."""
        return _chapters(self.root, self.settings)

    @property
    def run(self) -> Path:
        """A copy of the folder of notebooks, with the data beside it, in which notebooks run.

        Notebooks thus find ``../data`` whichever package was given, and no path of this machine
        gets into them.
        """
        return self.state / "run" / self.chapters.name

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
    def caches(self) -> Path:
        """What programs keep between runs."""
        return self.state / "caches"

    @property
    def checked(self) -> Path:
        """What was last checked, so that it is not checked again; every build writes it."""
        return self.state / "checked.json"

    @property
    def state(self) -> Path:
        """What is not shipped, and differs between equal builds.

        That is the memory of what was made from what, the kernels' caches, logs, and the folders in
        which notebooks run and Sphinx reads. All else in the output is equal byte for byte.
        """
        return self.output / ".state"

    @property
    def lock(self) -> Path:
        """The pins of the environment, its own or those of the book around it, if there are any."""
        own = self.root / "requirements.lock"
        around = self.root.parent
        inside = not own.is_file() and (around / "_config.yml").is_file()
        return around / own.name if inside else own

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the project's adapter says of the data."""
        return dict(self.ask("facts", {}, self.data))

    def contents(self) -> Any:
        """Read the table of contents."""
        return read_mapping(self.root / "_toc.yml")

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

    def pages(self) -> list[Path]:
        """List the files that the table of contents names, in its order."""
        try:
            return [self._source(name) for name in parse_toc_data(self.contents())]
        except MalformedError as error:
            raise InputError(f"_toc.yml: {error}.") from None

    def chapter_notebooks(self) -> list[Path]:
        """List the notebooks of the table of contents."""
        return [page for page in self.pages() if page.suffix == ".ipynb"]

    def page_name(self, source: Path) -> str:
        """Give the name of a page on the site, without suffix: ``chapters/data``."""
        return source.relative_to(self.root).with_name(chapter_name(source)).as_posix()

    def files(self) -> list[Path]:
        """List the files of the folder of notebooks, without what is hidden or generated."""
        found = []
        for path in sorted(self.chapters.rglob("*")):
            below = path.relative_to(self.chapters)
            if (
                path.is_file()
                and below.parts[0] != "results"
                and not any(part.startswith((".", "_")) for part in below.parts[:-1])
                and not path.name.startswith(".")
                and path.name not in ("_config.yml", "_toc.yml")
                and not path.is_relative_to(self.output)
            ):
                found.append(path)
        return found

    def helpers(self) -> list[Path]:
        """List what notebooks use beside them: modules, styles, whatever is no page of the book."""
        return [path for path in self.files() if path.suffix not in (".ipynb", ".md", ".bib")]

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
    >>> chapter_name(Path("chapters/02_penguins.ipynb")), chapter_name(Path("index.md"))
    ('penguins', 'index')
    """
    return _ORDER.sub("", source.stem)


def read_settings(root: Path) -> dict[str, Any]:
    """Read what a book's ``_config.yml`` says to the engine, below ``millbook``."""
    settings: dict[str, Any] = read_mapping(root / "_config.yml").get("millbook") or {}
    if not isinstance(settings, dict):
        raise InputError(f"_config.yml: millbook is {settings!r}; it must be names and values.")
    if unknown := set(settings) - set(_SETTINGS):
        raise InputError(
            f"_config.yml: millbook has no setting {', '.join(sorted(unknown))}; it has "
            f"{', '.join(sorted(_SETTINGS))}."
        )
    for name, value in settings.items():
        if not isinstance(value, _SETTINGS[name]):
            kind = {str: "a text", bool: "true or false", list: "a list", dict: "names and values"}
            raise InputError(
                f"_config.yml: {name} is {value!r}; it must be {kind[_SETTINGS[name]]}."
            )
    return settings


def package_descriptor(folder: Path) -> dict[str, Any]:
    """Read a data package's ``datapackage.json``; a folder without one describes nothing."""
    path = folder / "datapackage.json"
    if not path.is_file():
        return {}
    try:
        descriptor: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}") from None
    return descriptor


def find_book(start: Path) -> Path:
    """Find the folder of the book that a folder belongs to."""
    start = start.resolve()
    for root in [start, *start.parents]:
        if (root / "_config.yml").is_file() and (root / "_toc.yml").is_file():
            return root
    raise InputError(
        f"There is no book in {start} or above it: run this in the book's folder, the one with "
        "_config.yml and _toc.yml."
    )


def open_project(start: Path, output: Path | None = None, data: Path | None = None) -> Project:
    """Find the book that a folder belongs to; its own data and ``_build`` where none are given."""
    root = find_book(start)
    settings = read_settings(root)
    chapters = _chapters(root, settings)
    project = Project(
        root=root,
        output=(output or root / "_build").resolve(),
        data=(data or root / settings.get("data", chapters.parent / "data")).resolve(),
    )
    inside = [project.data, *([chapters] if chapters != root else [])]
    covers = any(project.output.is_relative_to(path) for path in inside)
    if covers or any(path.is_relative_to(project.output) for path in (root, *inside)):
        raise InputError(
            f"The output cannot go to {project.output}, where the book or its data are; "
            "choose a folder of its own."
        )
    if project.output.is_dir() and not project.checked.is_file() and any(project.output.iterdir()):
        raise InputError(
            f"{project.output} holds files that no build made; choose an empty folder for --output."
        )
    return project


def _chapters(root: Path, settings: dict[str, Any]) -> Path:
    return Path(root, settings.get("notebooks", "chapters")).resolve()
