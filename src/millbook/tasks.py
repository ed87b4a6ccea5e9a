"""The build as a graph of tasks: a notebook each, then results, stage, site, manifest.

A task whose product is a folder also writes a listing of its files and their hashes; the listing is
what pytask sees. So a folder that somebody changed is made again, and one that comes out as it was
stops the work behind it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import shutil
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from millbook import stage
from millbook.errors import InputError
from millbook.leftovers import tidy
from millbook.notebooks import ChapterError, prepare_caches, run_notebook, write_notebook
from millbook.progress import a_line_each
from millbook.project import Project
from millbook.provenance import platform
from millbook.site import SiteError, build_site


@dataclass(frozen=True)
class Chapter:
    """A notebook of the book, the parameters it uses, their defaults in it, and its inputs.

    Without ``solutions``, those of its exercises are left out before it runs.

    Inputs are files of the book besides the data; the notebook's metadata names them, or the
    folders that they lie in, as ``{"dyadsync": {"inputs": ["../tests/reference"]}}``.
    """

    name: str
    source: Path
    parameters: Mapping[str, Any]
    defaults: Mapping[str, Any]
    inputs: tuple[Path, ...] = ()
    minutes: float = 10
    solutions: bool = True

    @property
    def changed(self) -> dict[str, Any]:
        """The parameters whose values are not those that the notebook gives itself."""
        return {
            name: value for name, value in self.parameters.items() if value != self.defaults[name]
        }


@dataclass
class Fact:
    """A value that tasks depend on, known to pytask by its name.

    pytask's own node for values, ``PythonNode``, gets its identity when pytask collects functions;
    in tasks that come ready made, all such nodes would be one.

    Attributes
    ----------
    name
        Unlike that of any other fact.
    value
        What the task is given.
    watched
        Whether a task runs again when the value changes.
    """

    name: str
    value: Any
    watched: bool = True
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """Tell this node from all others."""
        return hashlib.sha256(f"fact {self.name}".encode()).hexdigest()

    def state(self) -> str | None:
        """Give what changes when the value does."""
        return hashlib.sha256(_as_json(self.value).encode()).hexdigest() if self.watched else "0"

    def load(self, is_product: bool = False) -> Any:  # noqa: ARG002
        """Give a task the value."""
        return self.value

    def save(self, value: Any) -> None:  # noqa: ARG002
        """Refuse: facts are given, not made."""
        raise TypeError(f"{self.name} is a fact that tasks read; no task makes it.")


class BuildError(Exception):
    """The build failed; the message holds those of all tasks that did."""


def run_tasks(
    project: Project,
    chapters: list[Chapter],
    build: Mapping[str, Any],
    hashes: Mapping[str, str],
    jobs: int,
) -> None:
    """Bring the site up to date, running only what its inputs ask for.

    Parameters
    ----------
    project
        Whose data have been checked and copied.
    chapters
        The notebooks of the book.
    build
        What the Sphinx extension is told.
    hashes
        Hashes of the code that tasks run: ``science``, ``engine`` and ``pages``.
    jobs
        How many tasks may run at once.

    Raises
    ------
    BuildError
        If a task fails; the last good site then stays as it was.
    """
    import pytask

    tidy(project)
    # pytask keeps its memory beside its configuration.
    config = project.state / "pytask.toml"
    config.write_text("[tool.pytask.ini_options]\n", encoding="utf-8")
    _poll_often()
    products = {f"chapter {one.name}": project.notebooks / f"{one.name}.ipynb" for one in chapters}
    products |= {"site": project.html, "manifest": project.output / "manifest.json"}
    with a_line_each(products):
        session = pytask.build(
            tasks=_tasks(project, chapters, build, hashes),
            config=config,
            paths=project.state,
            n_workers=jobs,
            parallel_backend="processes" if jobs > 1 else "none",
            show_traceback=False,
            show_capture="no",
            disable_warnings=True,
        )
    reports = session.execution_reports
    if session.exit_code == pytask.ExitCode.OK and len(reports) == len(session.tasks):
        return
    errors = [
        report.exc_info[1]
        for report in reports
        if report.outcome == pytask.TaskOutcome.FAIL and report.exc_info
    ]
    messages = [_words(project, error) for error in errors]
    raise BuildError("\n\n".join(messages) or _stopped(project))


def _stopped(project: Project) -> str:
    """Say why pytask itself ended: its memory needs room, too."""
    try:
        with tempfile.TemporaryFile(dir=project.state) as probe:
            probe.write(bytes(1_000_000))
    except OSError as error:
        return cannot_write(project, error)
    return "The build was stopped before its end."


def cannot_write(project: Project, error: OSError) -> str:
    """Say that the disk is full, or may not be written to, and what to do."""
    where = f" ({error.filename})" if error.filename else ""
    return (
        f"The build cannot write to {project.output}: {error.strerror or error}{where}. The last "
        "good site, if there was one, stands. Make room there, or give another folder by --output."
    )


def _words(project: Project, error: BaseException | None) -> str:
    if isinstance(error, (ChapterError, SiteError, InputError)):
        return str(error)
    if isinstance(error, OSError):
        return cannot_write(project, error)
    return f"{type(error).__name__}: {error}"


def _tasks(
    project: Project, chapters: list[Chapter], build: Mapping[str, Any], hashes: Mapping[str, str]
) -> list[Any]:
    from pytask import PathNode, TaskWithoutPath

    file = PathNode.from_path

    # The tasks need to know where things are, but things that move are not thereby changed.
    where = Fact("project", project, watched=False)
    told = Fact("build", dict(build))
    science = Fact("science", hashes["science"])
    engine = Fact("engine", hashes["engine"])
    pages_code = Fact("pages", hashes["pages"])
    lock = [file(project.lock)] if project.lock.is_file() else []
    helpers = [file(path) for path in project.helpers()]
    data = [file(path) for path in files_below(project.run / "data")]
    executed = {
        chapter.name: file(project.notebooks / f"{chapter.name}.ipynb") for chapter in chapters
    }
    published = {
        chapter.name: file(_watched(project.run / "results" / chapter.name, project))
        for chapter in chapters
    }
    results = file(_watched(project.results, project))
    book = file(_watched(project.book, project))
    site = file(_watched(project.html, project))

    caches = file(project.state / "caches" / "matplotlibrc")

    tasks = [
        TaskWithoutPath(
            name="caches",
            function=_prepare_caches,
            depends_on={"inputs": [*lock, engine]},
            produces={"settings": caches},
        )
    ]
    tasks += [
        TaskWithoutPath(
            name=f"chapter {chapter.name}",
            function=_run_chapter,
            depends_on={
                "where": where,
                "name": Fact(f"{chapter.name}: name", chapter.name),
                "source": file(chapter.source),
                "parameters": Fact(f"{chapter.name}: parameters", chapter.changed),
                "minutes": Fact(f"{chapter.name}: minutes", chapter.minutes, watched=False),
                "solutions": Fact(f"{chapter.name}: solutions", chapter.solutions),
                "inputs": [
                    caches,
                    *data,
                    *map(file, chapter.inputs),
                    *helpers,
                    *lock,
                    science,
                    engine,
                ],
            },
            produces={"executed": executed[chapter.name], "listing": published[chapter.name]},
        )
        for chapter in chapters
    ]
    tasks.append(
        TaskWithoutPath(
            name="results",
            function=_gather_results,
            depends_on={"where": where, "published": published, "inputs": [engine]},
            produces={"listing": results},
        )
    )
    pages = [path for path in files_below(project.chapters) if stage.is_staged(path)]
    tasks.append(
        TaskWithoutPath(
            name="stage",
            function=_stage,
            depends_on={
                "where": where,
                "build": told,
                "inputs": [
                    *executed.values(),
                    *map(file, pages),
                    file(project.root / "_config.yml"),
                    file(project.root / "_toc.yml"),
                    results,
                    engine,
                ],
            },
            produces={"listing": book},
        )
    )
    tasks.append(
        TaskWithoutPath(
            name="site",
            function=_build_site,
            # The API reference is made from the docstrings of the science.
            depends_on={"where": where, "inputs": [book, *lock, science, engine, pages_code]},
            produces={"listing": site},
        )
    )
    tasks.append(
        TaskWithoutPath(
            name="manifest",
            function=_write_manifest,
            depends_on={
                "where": where,
                "build": told,
                "site": site,
                "published": published,
                "inputs": [*executed.values(), results],
            },
            produces={
                "manifest": file(project.output / "manifest.json"),
                "sums": file(project.output / "SHA256SUMS"),
            },
        )
    )
    return tasks


def _poll_often() -> None:
    """Let pytask-parallel look for finished tasks twenty times a second.

    It would look ever more rarely, down to once a second, and lose seconds between short tasks.
    There is no public way: pytask-parallel (to 0.5.5) makes its sleeper inside its loop and reads
    no setting for it; a loop of our own would be most of that package again. Should a release have
    another sleeper, the build goes on at that one's pace.
    """
    with contextlib.suppress(ImportError, AttributeError):
        import attrs
        from pytask_parallel.execute import _Sleeper

        timings = cast(list[float], attrs.fields(_Sleeper).timings.default)
        timings[:] = [0.05]


def _leave_interrupts_to_parent() -> None:
    """Let a worker ignore Ctrl-C, which reaches all processes; the build's own ends its workers."""
    if multiprocessing.current_process().name != "MainProcess":
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _prepare_caches(inputs: list[Any], settings: Path) -> None:  # noqa: ARG001
    prepare_caches(settings.parent)


def _run_chapter(
    where: Project,
    name: str,
    source: Path,
    parameters: dict[str, Any],
    minutes: float,
    solutions: bool,
    inputs: list[Any],  # noqa: ARG001
    executed: Path,
    listing: Path,
) -> None:
    _leave_interrupts_to_parent()
    published = where.run / "results" / name
    notebook = run_notebook(
        source=source,
        parameters=parameters,
        run=where.run,
        results=published,
        log=where.logs / f"{name}.log",
        caches=where.state / "caches",
        minutes=minutes,
        tags=where.tags,
        solutions=solutions,
    )
    write_notebook(notebook, executed)
    _write_listing(published, listing)


def _gather_results(
    where: Project,
    published: dict[str, Path],
    inputs: list[Any],  # noqa: ARG001
    listing: Path,
) -> None:
    stage.gather_results({name: where.run / "results" / name for name in published}, where.results)
    _write_listing(where.results, listing)


def _stage(where: Project, build: dict[str, Any], inputs: list[Any], listing: Path) -> None:  # noqa: ARG001
    stage.stage_book(where, build)
    _write_listing(where.book, listing)


def _build_site(where: Project, inputs: list[Any], listing: Path) -> None:  # noqa: ARG001
    _leave_interrupts_to_parent()
    whole = build_site(where.book, where.logs / "sphinx.log", where.state / "site")
    _write_listing(whole, _next_site(where))
    stage.swap(whole, where.html)
    shutil.rmtree(whole.parent)
    _write_listing(where.html, listing)


def _write_manifest(
    where: Project,
    build: dict[str, Any],
    site: Path,
    published: dict[str, Path],
    inputs: list[Any],  # noqa: ARG001
    manifest: Path,
    sums: Path,
) -> None:
    content = {
        "build": build,
        "platform": platform(),
        "publishers": {
            name: chapter
            for chapter, listing in published.items()
            for name in json.loads(listing.read_text(encoding="utf-8"))
        },
        "data": hashes_below(where.run / "data"),
        "notebooks": hashes_below(where.notebooks),
        "results": hashes_below(where.results),
        "site": json.loads(site.read_text(encoding="utf-8")),
    }
    folders = {"html": "site", "notebooks": "notebooks", "results": "results"}
    lines = [
        f"{digest}  {folder}/{name}\n"
        for folder, key in folders.items()
        for name, digest in sorted(content[key].items())
    ]
    sums.write_text("".join(lines), encoding="utf-8", newline="\n")
    _write_json(content, manifest)


def files_below(folder: Path) -> list[Path]:
    """List the files in a folder and the folders below it, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def hashes_below(folder: Path) -> dict[str, str]:
    """Hash each file in a folder and the folders below it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_below(folder)
    }


def made_names(project: Project) -> set[str]:
    """Name the files of the site that builds made; none where no listing tells."""
    names: set[str] = set()
    for listing in (_listing(project.html, project), _next_site(project)):
        with contextlib.suppress(OSError, ValueError):
            names.update(json.loads(listing.read_text(encoding="utf-8")))
    return names


def _next_site(project: Project) -> Path:
    """Name the listing of the site that is about to be swapped in."""
    return project.state / "listings" / "html-next.json"


def _listing(folder: Path, project: Project) -> Path:
    name = folder.relative_to(project.output).as_posix().replace("/", "-")
    return project.state / "listings" / f"{name}.json"


def _watched(folder: Path, project: Project) -> Path:
    """Name a folder's listing, and forget the listing if the folder is no longer like it."""
    listing = _listing(folder, project)
    if listing.is_file() and json.loads(listing.read_text(encoding="utf-8")) != hashes_below(
        folder
    ):
        listing.unlink()
    return listing


def _write_listing(folder: Path, listing: Path) -> None:
    _write_json(hashes_below(folder), listing)


def _write_json(content: Any, path: Path) -> None:
    path.write_text(_as_json(content), encoding="utf-8", newline="\n")


def _as_json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
