"""The steps of a build: chapters side by side, then results, stage, site, manifest.

A step is done again only if what it is made from has changed, or what it made is not there as it
was. Both are known by their hashes, kept in ``made.json`` of the build's state; so a build that was
killed at any moment, and a file that somebody changed, are noticed without a journal.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from millbook import stage
from millbook.environment import child_environment, prepare_caches
from millbook.errors import BuildError, InputError
from millbook.execution import ChapterError, failed_chapter, run_notebook
from millbook.notebook_file import write_notebook
from millbook.project import Project
from millbook.provenance import platform
from millbook.site import SiteProcess, build_site
from millbook.temporary import temporary_folder, write_whole

Hashes = dict[str, str]

FOLDERS = {"site": "html", "notebooks": "notebooks", "results": "results", "documents": "."}
"""What the manifest calls the files that a build ships, and the folders that they lie in."""


@dataclass(frozen=True)
class Chapter:
    """A notebook of the book, the parameters it uses, their defaults in it, and its inputs.

    Inputs are files of the book besides the data; the notebook's metadata names them, or the
    folders that they lie in, as ``{"millbook": {"inputs": ["../tests/reference"]}}``.
    """

    name: str
    page: str
    source: Path
    parameters: Mapping[str, Any]
    defaults: Mapping[str, Any]
    inputs: tuple[Path, ...] = ()
    minutes: float = 10

    @property
    def changed(self) -> dict[str, Any]:
        """The parameters whose values are not those that the notebook gives itself."""
        return {
            name: value for name, value in self.parameters.items() if value != self.defaults[name]
        }


class _Memory:
    """What was made from what, in earlier builds and this one."""

    def __init__(self, project: Project) -> None:
        self._path = project.state / "made.json"
        self._lock = threading.Lock()
        try:
            self._made: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._made = {}

    def holds(self, step: str, inputs: Any, there: Hashes) -> bool:
        """Check whether a step need not be done again."""
        known = self._made.get(step, {})
        return bool(there) and known.get("from") == _hash(inputs) and known.get("made") == there

    def keep(self, step: str, inputs: Any, made: Hashes, seconds: float = 0) -> None:
        """Remember a step that was done."""
        with self._lock:
            self._made[step] = {"from": _hash(inputs), "made": made, "seconds": seconds}
            write_whole(self._path, as_json(self._made))

    def made(self, step: str) -> Hashes:
        """Give the files that a step made."""
        made: Hashes = self._made.get(step, {}).get("made", {})
        return made

    def seconds(self, step: str) -> float:
        """Give how long a step took."""
        return float(self._made.get(step, {}).get("seconds", 0))


def run_steps(
    project: Project,
    chapters: list[Chapter],
    build: Mapping[str, Any],
    hashes: Mapping[str, str],
    jobs: int,
) -> None:
    """Bring the site up to date, doing only what its inputs ask for.

    The code that steps run has the hashes ``science``, ``engine`` and ``pages``.

    Raises
    ------
    BuildError
        If a step fails; the last good site then stays as it was.
    """
    tidy(project)
    memory = _Memory(project)
    lock = hashes_of([project.lock], project.lock.parent)
    engine = {"engine": hashes["engine"], "lock": lock}
    package = project.settings.get("package")
    site = SiteProcess(child_environment(project.caches, package), project.root)
    try:
        failures = _run_chapters(project, chapters, hashes, engine, memory, jobs, site)
        if failures and not project.settings.get("keep_going"):
            raise BuildError("\n\n".join(failures.values()))
        _build_pages(project, chapters, build, hashes, engine, memory, failures, site)
    except InputError as error:
        raise BuildError(str(error)) from None
    finally:
        site.close()
    if failures:
        words = "\n\n".join(failures.values())
        raise BuildError(f"{words}\n\nThe rest is in {project.html / 'index.html'}.")


def _run_chapters(
    project: Project,
    chapters: list[Chapter],
    hashes: Mapping[str, str],
    engine: Mapping[str, Any],
    memory: _Memory,
    jobs: int,
    site: SiteProcess,
) -> dict[str, str]:
    """Run the chapters that are not up to date, the longest first; say why any failed."""
    shared = {
        **engine,
        "science": hashes["science"],
        "data": hashes_below(project.run.parent / "data"),
        "helpers": hashes_of(project.helpers(), project.chapters),
    }
    inputs = {
        chapter.name: {
            **shared,
            "source": hashes_of([chapter.source], project.chapters),
            "inputs": hashes_of(chapter.inputs, project.chapters.parent),
            "parameters": chapter.changed,
        }
        for chapter in chapters
    }
    waiting = [
        chapter
        for chapter in chapters
        if not memory.holds(_step(chapter), inputs[chapter.name], _made_by(project, chapter))
    ]
    waiting.sort(
        key=lambda one: (-memory.seconds(_step(one)), -one.minutes, -one.source.stat().st_size)
    )
    failures: dict[str, str] = {}
    if not waiting:
        return failures
    from jupyter_core.utils import ensure_event_loop

    site.start()
    caches = hashes_of([project.caches / "matplotlibrc"], project.caches)
    if not memory.holds("caches", engine, caches):
        prepare_caches(project.caches)
        caches = hashes_of([project.caches / "matplotlibrc"], project.caches)
        memory.keep("caches", engine, caches)
    with _warm_kernels(project) as server, ThreadPoolExecutor(jobs) as pool:

        def run(chapter: Chapter) -> None:
            begin = time.monotonic()
            loop = ensure_event_loop(True)  # that Jupyter runs in this thread, and does not close
            target = project.notebooks / f"{chapter.name}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                executed = run_notebook(
                    source=chapter.source,
                    parameters=chapter.changed,
                    run=project.run,
                    results=_published(project, chapter),
                    log=project.logs / f"{chapter.name}.log",
                    caches=project.caches,
                    minutes=chapter.minutes,
                    package=project.settings.get("package"),
                    server=server,
                )
            except (ChapterError, InputError) as error:
                failures[chapter.name] = str(error)
                _say(f"chapter {chapter.name}: failed")
                return
            finally:
                loop.close()
            write_notebook(executed, target)
            seconds = time.monotonic() - begin
            made = _made_by(project, chapter)
            memory.keep(_step(chapter), inputs[chapter.name], made, seconds)
            _say(f"chapter {chapter.name}: {seconds:.0f} s")

        list(pool.map(run, waiting))
    return {one.name: failures[one.name] for one in chapters if one.name in failures}


def _build_pages(
    project: Project,
    chapters: list[Chapter],
    build: Mapping[str, Any],
    hashes: Mapping[str, str],
    engine: Mapping[str, Any],
    memory: _Memory,
    failures: Mapping[str, str],
    process: SiteProcess,
) -> None:
    """Make of executed chapters their results, site and manifest."""
    for chapter in chapters:
        if chapter.name in failures:
            log = project.logs / f"{chapter.name}.log"
            page = failed_chapter(chapter.source, failures[chapter.name], log)
            write_notebook(page, project.notebooks / f"{chapter.name}.ipynb")
            shutil.rmtree(_published(project, chapter), ignore_errors=True)
    parts = {chapter.name: _published(project, chapter) for chapter in chapters}
    published = {name: hashes_below(folder) for name, folder in parts.items()}
    for name in {path.stem for path in project.notebooks.glob("*.ipynb")} - set(parts):
        (project.notebooks / f"{name}.ipynb").unlink()

    def step(
        name: str, inputs: Any, there: Callable[[], Hashes], do: Callable[[], object]
    ) -> Hashes:
        if memory.holds(name, inputs, there()):
            return memory.made(name)
        begin = time.monotonic()
        do()
        memory.keep(name, inputs, there(), time.monotonic() - begin)
        if name == "site":
            _say(f"site: {time.monotonic() - begin:.0f} s")
        return memory.made(name)

    results = step(
        "results",
        published,
        partial(hashes_below, project.results),
        partial(stage.gather_results, parts, project.results),
    )
    executed = hashes_below(project.notebooks)
    pages = [path for path in project.files() if stage.is_staged(path)]
    around = [project.root / "_config.yml", project.root / "_toc.yml"]
    staged = {
        **engine,
        "executed": executed,
        "results": results,
        "pages": hashes_of(pages, project.chapters) | hashes_of(around, project.root),
        "sources": hashes_of([chapter.source for chapter in chapters], project.chapters),
        "build": build,
    }
    there = partial(hashes_below, project.book)
    book = step("stage", staged, there, partial(stage.stage_book, project, build))
    # A reference is made from the docstrings of the package.
    code = {**engine, "science": hashes["science"], "pages": hashes["pages"]}
    # Pages in Markdown, which may show results, are read each time.
    each = ("results/", "plain/", "figures/")
    besides = {
        name: digest
        for name, digest in book.items()
        if not name.startswith(each) and not name.endswith((".ipynb", ".md", "_config.yml"))
    }
    # The commit stands below pages and in nothing that is read: it comes in as they are written.
    facts = {**build, "provenance": {**build["provenance"], "commit": None}}
    read_with = _hash({**code, **besides, **hashes_of(around, project.root), "build": facts})
    site = step(
        "site",
        {"book": book, **code},
        partial(hashes_below, project.html),
        partial(_build_site, project, memory, read_with, process),
    )
    papers: Hashes = {}
    if project.settings.get("documents"):
        from millbook.document import NAMES, write_documents

        notebooks = [project.notebooks / f"{chapter.name}.ipynb" for chapter in chapters]
        title, authors = str(build.get("title", "")), build.get("authors", [])
        papers = step(
            "documents",
            {**engine, "executed": executed, "title": title, "authors": authors},
            lambda: hashes_of((project.output / name for name in NAMES), project.output),
            partial(write_documents, notebooks, title, project.output, authors),
        )
    content: dict[str, Any] = {
        "build": build,
        "platform": "",
        "publishers": {name: one for one, files in published.items() for name in files},
        "data": hashes_below(project.run.parent / "data"),
        "notebooks": executed,
        "results": results,
        "site": site,
        "documents": papers,
    }
    lines = [f"{digest}  {name}\n" for name, digest in shipped_files(content).items()]
    manifest = _manifest(project.output / "manifest.json", content)
    for name, text in {"SHA256SUMS": "".join(lines), "manifest.json": manifest}.items():
        path = project.output / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text)


def _manifest(path: Path, content: Mapping[str, Any]) -> str:
    """Write the manifest; where all else is as it was, it was made where the last one says."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        before = path.read_text(encoding="utf-8")
        if as_json({**content, "platform": json.loads(before)["platform"]}) == before:
            return before
    return as_json({**content, "platform": platform()})


def _build_site(project: Project, memory: _Memory, read_with: str, process: SiteProcess) -> None:
    log = project.logs / "sphinx.log"
    whole = build_site(project.book, log, project.state / "site", process, read_with)
    memory.keep("next site", None, hashes_below(whole))
    stage.swap(whole, project.html)


@contextlib.contextmanager
def _warm_kernels(project: Project) -> Any:
    """Give a server that forks kernels, where the system can."""
    from millbook.environment import CAN_FORK
    from millbook.kernels import KernelServer

    if not CAN_FORK:
        yield None
        return
    package = project.settings.get("package")
    imports = project.settings.get("imports", [])
    environment = child_environment(project.caches, package)
    with temporary_folder() as place:
        server = KernelServer(imports, project.run, environment, place)
        try:
            yield server
        finally:
            server.close()


def tidy(project: Project) -> None:
    """Bring back what a swap that was cut off took away; remove what was half made."""
    for target in (project.html, project.results, project.book):
        stage.mend_swap(target)
        for ending in ("old", "part"):
            shutil.rmtree(target.with_name(f".{target.name}.{ending}"), ignore_errors=True)
    for half in project.output.rglob("*.part"):
        half.unlink()


def files_below(folder: Path) -> list[Path]:
    """List the files in a folder and the folders below it, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def hashes_below(folder: Path) -> Hashes:
    """Hash each file in a folder and the folders below it."""
    return hashes_of(files_below(folder), folder)


def made_names(project: Project) -> set[str]:
    """Name the files of the site that builds made; none where no memory tells."""
    memory = _Memory(project)
    return {*memory.made("site"), *memory.made("next site")}


def shipped_files(manifest: Mapping[str, Any]) -> Hashes:
    """List what a build ships: the hash of each file, by its path in the build."""
    return {
        Path(folder, name).as_posix(): digest
        for key, folder in FOLDERS.items()
        for name, digest in sorted(manifest[key].items())
    }


def as_json(content: Any) -> str:
    """Write JSON as all files of a build have it."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _step(chapter: Chapter) -> str:
    return f"chapter {chapter.name}"


def _published(project: Project, chapter: Chapter) -> Path:
    return project.state / "published" / chapter.name


def _made_by(project: Project, chapter: Chapter) -> Hashes:
    executed = project.notebooks / f"{chapter.name}.ipynb"
    made = hashes_of([executed] if executed.is_file() else [], project.output)
    return made and made | hashes_below(_published(project, chapter))


def hashes_of(files: Iterable[Path], root: Path) -> Hashes:
    """Hash those files that are there, by their names below a folder."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file()
    }


def _hash(content: Any) -> str:
    return hashlib.sha256(as_json(content).encode()).hexdigest()


def _say(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # whoever read it is gone; the build goes on
        print(line, flush=True)
