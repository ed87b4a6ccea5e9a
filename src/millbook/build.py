"""One build, from the command line's words to the finished site."""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from millbook import provenance, stage
from millbook.arrange import check_boxes
from millbook.errors import BuildError, InputError
from millbook.notebook_file import read_notebook, settings_of
from millbook.parameters import (
    Parameter,
    notebook_parameters,
    read_parameters,
    resolve_parameters,
    select_parameters,
)
from millbook.project import Project, chapter_name, open_project
from millbook.results import SUFFIXES
from millbook.tasks import Chapter, as_json, files_below, made_names, run_steps
from millbook.temporary import write_whole

_OF_FILE_MANAGERS = {".DS_Store", "Thumbs.db", "desktop.ini"}


def build_book(
    start: Path,
    *,
    settings: Iterable[str] = (),
    parameters: Path | None = None,
    profile: str = "paper",
    data: Path | None = None,
    output: Path | None = None,
    jobs: int | None = None,
    commit: str | None = None,
    warn: Callable[[str], None] = lambda sentence: None,  # noqa: ARG005
) -> Project:
    """Build the book that a folder belongs to.

    Everything that was given is checked before anything is written.

    Parameters
    ----------
    start
        The folder of the book or one inside it.
    settings
        Texts ``NAME=VALUE``.
    parameters
        A YAML file of names and values.
    profile
        ``"quick"`` or ``"paper"``.
    data
        A data package instead of the book's own.
    output
        Where to build instead of ``_build``.
    jobs
        How many notebooks may run at once; by default one more than there are cores, since kernels
        also wait, and at most four.
    commit
        What the pages name as the commit, or nothing; by default git is asked.
    warn
        Called, before anything runs, with what the project's adapter says of the data.

    Returns
    -------
    Project
        With the folders of the site and of the results.

    Raises
    ------
    InputError
        If anything given is wrong; then nothing was touched.
    BuildError
        If a chapter or the site fails, the disk is full or may not be written to, or another
        build is at work in the folder; then the last good site stands. Where the project keeps
        going, the site stands for the chapters that did not fail.
    """
    project = open_project(start, output, data)
    _refuse_unusable(project.output)
    _refuse_to_delete(project)
    if not project.data.is_dir():
        raise InputError(f"There is no folder {project.data} with data; give one by --data.")
    declared = read_parameters(project.chapters / "parameters.yml")
    values, usual = (
        dict(project.ask("parameters", chosen, project.data, chosen))
        for chosen in (
            resolve_parameters(declared, profile, parameters, settings),
            resolve_parameters(declared, profile),
        )
    )
    chapters = [
        _open_chapter(project, source, declared, values) for source in project.chapter_notebooks()
    ]
    names = Counter(chapter.name for chapter in chapters)
    if twice := [name for name, n in names.items() if n > 1]:
        raise InputError(
            f"Several notebooks are called {twice[0]}, since two digits before a name only order "
            "a folder; give each a name of its own."
        )
    package = project.settings.get("package")
    hashes = {
        "science": provenance.science_hash(package),
        "engine": provenance.engine_hash(),
        "pages": provenance.pages_hash(),
    }
    checked = _check_data(project, values, hashes["science"])
    for sentence in checked["said"]:
        warn(sentence)
    # The one parameter that is the build's own: no notebook reads it, `verify` has to know it.
    kept = {name: values[name] for name in ("solutions",) if name in values}
    build = {
        **project.facts,
        "provenance": provenance.provenance(project, commit),
        "parameters": {chapter.page: {**chapter.parameters, **kept} for chapter in chapters},
        "changed": {name: value for name, value in values.items() if value != usual[name]},
    }
    with _alone(project):
        write_whole(project.checked, as_json(checked))
        inputs = {path for chapter in chapters for path in chapter.inputs}
        stage.snapshot_inputs(project, inputs | set(project.helpers()))
        run_steps(project, chapters, build, hashes, jobs or min((os.cpu_count() or 1) + 1, 4))
    return project


def _refuse_unusable(output: Path) -> None:
    """Refuse an output that is a file, or that nothing can be written to."""
    there = next(path for path in [output, *output.parents] if os.access(path, os.F_OK))
    if not there.is_dir():
        raise InputError(f"{there} is a file; choose a folder for --output.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(
            f"There is no permission to write to {there}; choose another folder for --output."
        )


def _refuse_to_delete(project: Project) -> None:
    """Refuse to swap in a site or results over files that somebody put among them."""
    known = made_names(project)
    there = files_below(project.html) if known else []
    own = [path for path in there if path.relative_to(project.html).as_posix() not in known]
    if project.results.is_dir():
        own += [path for path in files_below(project.results) if path.suffix not in SUFFIXES]
    own = [path for path in own if path.name not in _OF_FILE_MANAGERS]
    if own:
        more = f" and {len(own) - 1} more" if len(own) > 1 else ""
        raise InputError(
            f"{own[0]}{more} was not made by a build, and this one would delete it; move it "
            "elsewhere, or choose another folder for --output."
        )


@contextlib.contextmanager
def _alone(project: Project) -> Iterator[None]:
    """Let no second build work in the same folder; the lock ends with its process.

    What the disk refuses meanwhile is said in a sentence.
    """
    from filelock import FileLock, Timeout

    try:
        project.state.mkdir(parents=True, exist_ok=True)
        with FileLock(project.state / "lock", timeout=0):
            yield
    except Timeout:
        raise BuildError(
            f"Another build is at work in {project.output}; wait until it has ended, or give this "
            "one a folder of its own with --output."
        ) from None
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise BuildError(
            f"The build cannot write to {project.output}: {error.strerror or error}{where}. The "
            "last good site, if there was one, stands. Make room there, or give another folder by "
            "--output."
        ) from None


def _open_chapter(
    project: Project, source: Path, declared: Mapping[str, Parameter], values: Mapping[str, Any]
) -> Chapter:
    notebook = read_notebook(source)
    settings = settings_of(notebook)
    try:
        defaults = notebook_parameters(notebook)
        parameters = select_parameters(declared, values, defaults)
        check_boxes(notebook["cells"])
        inputs = _inputs(project, source, settings.get("inputs", []))
        minutes = float(settings.get("minutes", 10))
    except SyntaxError as error:
        raise InputError(f"{source}: the cell tagged parameters is no Python: {error}") from None
    except InputError as error:
        raise InputError(f"{source.name}: {error}") from None
    except (AttributeError, TypeError, ValueError):
        raise InputError(
            f"{source.name}: what its metadata say to the build must be of the form "
            '"millbook": {"minutes": 30, "inputs": ["../folder"]}.'
        ) from None
    return Chapter(
        name=chapter_name(source),
        page=project.page_name(source),
        source=source,
        parameters=parameters,
        defaults=defaults,
        inputs=inputs,
        minutes=minutes,
    )


def _inputs(project: Project, source: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Find the files that a notebook's metadata names as its inputs, besides the data."""
    files: list[Path] = []
    for name in names:
        path = (source.parent / name).resolve()
        found = [path] if path.is_file() else sorted(path.glob("*.*"))
        if not found or project.chapters.parent not in path.parents:
            raise InputError(f"It names {name} as its input; the book has no such file.")
        files += found
    return tuple(files)


def _check_data(project: Project, values: Mapping[str, Any], science: str) -> dict[str, Any]:
    """Let the adapter check the data, unless it has passed these bytes with these values before.

    Returns what the next build compares with, and what is to be said.
    """
    facts: dict[str, Any] = {"parameters": dict(values), "science": science}
    # What is no data package cannot be hashed as one; the check says why.
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError, KeyError):
        facts["data"] = provenance.data_hash(project.data)
        known: dict[str, Any] = json.loads(project.checked.read_text(encoding="utf-8"))
        if {name: fact for name, fact in known.items() if name != "said"} == facts:
            return known
    return facts | {"said": project.ask("check", [], project.data, values)}
