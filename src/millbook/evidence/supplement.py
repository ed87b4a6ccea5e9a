"""The supplement: everything of a book and its build in one file, for a journal to keep."""

from __future__ import annotations

import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from millbook.errors import InputError
from millbook.evidence import deposit
from millbook.evidence.crate import crate
from millbook.evidence.manifest import FOLDERS, read_manifest, require_whole
from millbook.evidence.pdf import print_book
from millbook.project import Project
from millbook.provenance import commit, package_files
from millbook.tasks import files_below

_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip can name
_NOT_SOURCE = {"_build", "dist", "__pycache__", "node_modules"}

_README = """# {title}

- `book.pdf` is the whole book; `book/html/index.html` is its site, which needs no network.
- `book/notebooks` holds the executed notebooks, `book/results` every published table; in `book`,
  `sha256sum --check SHA256SUMS` says whether a file was changed.
- `source` is all that it was made from: text, plain notebooks, code, data, tests, pinned versions.
- To make it again (Python 3.11 or later, make, network once): `make book`, then `make test`.
- To compare what you made with this: `cd source && {command} verify ../book`.
- To ask where a number comes from: `cd source && {command} explain NUMBER`.
- `ro-crate-metadata.json` describes the parts, `CITATION.cff` says how to cite them.
"""

_MAKEFILE = """# The commands of the source, from here. There is a folder `book`, too.
.DEFAULT_GOAL := help
.PHONY: book
book:
\t@$(MAKE) --no-print-directory -C source $@
%:
\t@$(MAKE) --no-print-directory -C source $@
"""


def make_supplement(project: Project, output: Path, *, pdf: bool = True) -> None:
    """Pack a book, its build, and what repositories read beside them, into one zip.

    Equal books give equal bytes.

    Parameters
    ----------
    project
        The book and its finished build.
    output
        The zip.
    pdf
        Whether to print the book, which needs Chromium.

    Raises
    ------
    InputError
        If there is no build, or it is not as it was built, or there is no ``CITATION.cff`` or no
        browser to print with, or the zip cannot be written.
    """
    if output.suffix != ".zip":
        raise InputError(f"--output {output} must end in .zip.")
    manifest = read_manifest(project.output)
    require_whole(project.output)
    citation = deposit.read_citation(project.root)
    files = dict(_built(project))
    sources = {f"source/{name}": path for name, path in _sources(project)}
    files |= sources
    files["CITATION.cff"] = project.root / "CITATION.cff"
    results = sorted(name for name in files if name.startswith("book/results/"))
    data = [path.relative_to(project.data).as_posix() for path in package_files(project.data)]
    texts = {
        "README.md": _README.format(title=citation["title"], command=project.command),
        "Makefile": _MAKEFILE,
        ".zenodo.json": deposit.zenodo(citation),
        "osf.json": deposit.osf(citation),
        "codecheck.yml": deposit.codecheck(citation, results),
    }
    with tempfile.TemporaryDirectory(prefix="millbook-supplement-") as folder:
        if pdf:
            files["book.pdf"] = Path(folder) / "book.pdf"
            pages = [project.page_name(path) for path in project.pages()]
            print_book(project.html, pages, files["book.pdf"], citation)
        prefix = "source/data" if project.data == project.root / "data" else "data"
        if prefix == "data":
            files |= {f"data/{name}": project.data / name for name in data}
        others = {"source/": "text, notebooks, code, tests and pinned versions"}
        others |= {"source/chapters/": "the chapters as they are written"}
        others |= {"book/SHA256SUMS": "hash of each file", "book/manifest.json": "what was built"}
        for name, words in (
            ("book.pdf", "the whole book"),
            ("source/requirements.lock", "pinned versions"),
            ("source/published/numbers.csv", "every published number"),
        ):
            others |= {name: words} if name in files else {}
        texts["ro-crate-metadata.json"] = crate(
            citation,
            manifest,
            objects={f"{prefix}/{name}": f"data: {name}" for name in data},
            results={name: f"published result {Path(name).stem}" for name in results}
            | {"book/html/": "the site", "book/notebooks/": "the executed notebooks"},
            others=others,
            ended=_day_of_commit(project.root),
        )
        whole = output.with_name(f".{output.name}.part")
        try:
            _write(whole, files, texts)
            whole.replace(output)
        except OSError as error:
            raise InputError(f"{output} cannot be written: {error.strerror or error}.") from None
        finally:
            whole.unlink(missing_ok=True)


def _built(project: Project) -> Iterator[tuple[str, Path]]:
    """Name what a build ships."""
    for folder in FOLDERS.values():
        for path in files_below(project.output / folder):
            yield f"book/{path.relative_to(project.output).as_posix()}", path
    for name in ("manifest.json", "SHA256SUMS"):
        yield f"book/{name}", project.output / name


def _sources(project: Project) -> Iterator[tuple[str, Path]]:
    """Name what a book is made from: what git knows, or all that is not generated or hidden."""
    if commit(project.root) is not None:
        listed = subprocess.run(
            ["git", "-C", str(project.root), "ls-files", "-z"],
            capture_output=True,
            text=True,
            check=True,
        )
        names = [name for name in listed.stdout.split("\0") if name]
    else:
        names = [
            path.relative_to(project.root).as_posix()
            for path in files_below(project.root)
            if not path.is_relative_to(project.output)
            and not _generated(path.relative_to(project.root))
        ]
    for name in names:
        if (project.root / name).is_file():
            yield name, project.root / name


def _generated(path: Path) -> bool:
    kept = {".ci", ".github", ".devcontainer", ".binder"}
    folders = path.parts[:-1]
    return any(
        part in _NOT_SOURCE
        or part.endswith(".egg-info")
        or (part.startswith(".") and part not in kept)
        for part in folders
    )


def _day_of_commit(root: Path) -> str | None:
    if commit(root) is None:
        return None
    asked = ["git", "-C", str(root), "log", "-1", "--format=%cI"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _write(whole: Path, files: dict[str, Path], texts: dict[str, str]) -> None:
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted({*files, *texts}):
            entry = zipfile.ZipInfo(name, _DAY)
            runs = name.startswith("source/.ci/")
            entry.external_attr = (0o100755 if runs else 0o100644) << 16
            entry.create_system = 3  # else the system that packs it would be named
            content = texts[name].encode() if name in texts else files[name].read_bytes()
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
