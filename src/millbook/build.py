"""One build, from the command line's words to the finished site."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dyadsync.study.words import words_of
from dyadsync.mediation.limits import Limit, study_limits
from millbook import provenance, stage
from millbook.errors import InputError
from millbook.parameters import (
    Parameter,
    for_levels,
    limiting,
    notebook_parameters,
    read_parameters,
    resolve_parameters,
    select_parameters,
)
from millbook.project import Project, chapter_name, open_project
from millbook.results import SUFFIXES
from millbook.tasks import (
    BuildError,
    Chapter,
    cannot_write,
    files_below,
    made_names,
    run_tasks,
)

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
    tell: Callable[[str], None] = lambda sentence: None,  # noqa: ARG005
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
        How many notebooks may run at once; by default as many as there are cores, at most four.
    commit
        What the pages name as the commit, or nothing; by default git is asked.
    tell
        Is told, before anything runs, each thing that the book cannot compute with these data.

    Returns
    -------
    Project
        Tells where the site and the results are.

    Raises
    ------
    InputError
        If anything given is wrong; then nothing was touched.
    BuildError
        If a chapter or the site fails, the disk is full or may not be written to, or another
        build is at work in the folder; then the last good site stands.
    """
    project = open_project(start, output, data)
    _refuse_unusable(project.output)
    _refuse_to_delete(project)
    _require_description(project)
    declared = read_parameters(project.chapters / "parameters.yml")
    values = resolve_parameters(declared, profile, parameters, settings)
    values = for_levels(values) if "phases" not in project.tags else values
    chapters = open_chapters(project, declared, values)
    checked = _check_data(project, values)
    for limit in checked["limits"]:
        tell(Limit(**limit).in_words())

    with _alone(project):
        _remember_check(project, checked)
        inputs = {path for chapter in chapters for path in chapter.inputs}
        stage.snapshot_inputs(project, inputs | set(project.helpers()))
        simulation = project.simulation
        # The one parameter that is the build's own: no notebook reads it, `verify` has to know it.
        kept = {name: values[name] for name in ("solutions",) if name in values}
        build = {
            "tags": project.tags,
            "words": words_of(project.layout).as_dict(),
            "left_out": project.left_out(),
            "simulation_seed": (simulation or {}).get("seed"),
            "limits": [limit["reason"] for limit in checked["limits"]],
            "provenance": provenance.provenance(project, commit),
            "parameters": {
                f"chapters/{chapter.name}": {**chapter.parameters, **kept} for chapter in chapters
            },
        }
        hashes = {
            "science": provenance.science_hash(),
            "engine": provenance.engine_hash(),
            "pages": provenance.pages_hash(),
        }
        run_tasks(project, chapters, build, hashes, jobs or min(os.cpu_count() or 1, 4))
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


def open_chapters(
    project: Project, declared: Mapping[str, Parameter], values: Mapping[str, Any]
) -> list[Chapter]:
    """Open the notebooks of a book with the values of their parameters."""
    return [
        _open_chapter(project, source, declared, values) for source in project.chapter_notebooks()
    ]


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
        raise BuildError(cannot_write(project, error)) from None


def _open_chapter(
    project: Project,
    source: Path,
    declared: Mapping[str, Parameter],
    values: Mapping[str, Any],
) -> Chapter:
    name = chapter_name(source)
    try:
        notebook = json.loads(source.read_text(encoding="utf-8"))
        defaults = notebook_parameters(notebook, source.name)
    except (ValueError, KeyError, SyntaxError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source} is no notebook that can be read: {error}") from None
    chosen = select_parameters(declared, values, defaults, source.name)
    minutes = _settings(notebook).get("minutes", 10)
    solutions = bool(values.get("solutions", True))
    inputs = _inputs(project, source, notebook)
    return Chapter(name, source, chosen, defaults, inputs, minutes, solutions)


def _settings(notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what a notebook's metadata says to the build."""
    settings: Mapping[str, Any] = notebook.get("metadata", {}).get("dyadsync", {})
    return settings


def _inputs(project: Project, source: Path, notebook: Mapping[str, Any]) -> tuple[Path, ...]:
    """Find the files that a notebook's metadata names as its inputs, besides the data."""
    files: list[Path] = []
    for name in _settings(notebook).get("inputs", []):
        path = (source.parent / name).resolve()
        found = [path] if path.is_file() else sorted(path.glob("*.*"))
        if not found or project.root not in path.parents:
            raise InputError(f"{source.name} names {name} as its input; the book has no such file.")
        files += found
    return tuple(files)


def _require_description(project: Project) -> None:
    """Refuse a data package whose description cannot be read, which decides on the chapters."""
    from dyadsync.study.description import read_descriptor
    from dyadsync.study.problems import DataError

    problems = read_descriptor(project.data)[1]
    if problems:
        raise DataError(problems)


def _check_data(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    """Check the data package, unless the very same check passed these very bytes before.

    Returns what the next build compares with, for `_remember_check`, with the limits of the data.
    """
    chosen = limiting(values)
    facts: dict[str, Any] = {"parameters": chosen}
    # What is no data package cannot be hashed as one; the check says why.
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError, KeyError):
        facts["data"] = provenance.data_hash(project.data)
        facts["science"] = provenance.science_hash()
        known: dict[str, Any] = json.loads(_memory_of_check(project).read_text(encoding="utf-8"))
        if {name: fact for name, fact in known.items() if name != "limits"} == facts:
            return known
    from dyadsync.study.load import load_study

    study = load_study(project.data)
    return facts | {"limits": [asdict(limit) for limit in study_limits(study, **chosen)]}


def _remember_check(project: Project, facts: Any) -> None:
    memory = _memory_of_check(project)
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(json.dumps(facts), encoding="utf-8")


def _memory_of_check(project: Project) -> Path:
    return project.state / "checked.json"
