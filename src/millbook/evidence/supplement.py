"""The supplement: everything of a book and its build in one file, for a journal to keep."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from millbook.errors import InputError
from millbook.evidence import deposit
from millbook.evidence.crate import crate
from millbook.evidence.manifest import read_manifest, require_data, require_whole
from millbook.project import Project
from millbook.provenance import commit, git, package_files
from millbook.tasks import files_below, shipped_files

_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip can name
_NOT_SOURCE = {"_build", "_report", "dist", "__pycache__", "node_modules"}
_BESIDE = re.compile(r"(README|LICEN[SC]E|CITATION)\b.*", re.IGNORECASE)

_README = """# {title}

{authors}. Version {version}, {date}.

| Here | What it is |
|---|---|
{parts}

To make it again and compare each file and number (Python 3.11 or later, make, network once):

```bash
{verify}
```

To ask where a number comes from, or a table:

```bash
cd source
{explain}
```
{note}"""
_LICENCE = """{title}
{authors}

The data, and the report of them, are under: {licences}

The program that made the report is under its own licences, which are in the folder source.
"""


def supplement_file(project: Project, output: Path | None = None) -> Path:
    """Give the zip of a supplement: the one asked for, or here under its name and version."""
    if output is not None and output.suffix != ".zip":
        raise InputError(f"--output {output} must end in .zip.")
    record = deposit.read_record(project)
    return output or Path(f"{record.name}-{record.version}.zip")


def make_supplement(
    builds: Mapping[str, Project], source: Path, output: Path, note: str = ""
) -> None:
    """Pack builds, what they were made from, and what repositories read of them, into one zip.

    Equal builds give equal bytes. The first build is what the supplement is about; all but the data
    was made from what is in `source`; `note` is what the README says last.
    """
    project = next(iter(builds.values()))
    record = deposit.read_record(project)
    files: dict[str, Path] = {}
    for folder, build in builds.items():
        require_whole(build.output)
        manifest = read_manifest(build.output)
        require_data(build, manifest)
        names = [*shipped_files(manifest), "manifest.json", "SHA256SUMS"]
        files |= {f"{folder}/{name}": build.output / name for name in names}
    outputs = [output.resolve(), *(build.output for build in builds.values())]
    files |= {f"source/{name}": source / name for name in _sources(source, outputs)}
    at, data = _data_of(project, source, files)
    files |= data
    described = project.root / "CITATION.cff"
    texts = {
        ".zenodo.json": deposit.zenodo(record),
        "osf.json": deposit.osf(record),
        "codecheck.yml": deposit.codecheck(record, _results(files, builds)),
    }
    if record.source == described:
        files["CITATION.cff"] = described
        files |= {path.name: path for path in sorted(project.root.glob("LICEN[CS]E*"))}
    else:
        texts["CITATION.cff"] = deposit.cff(record)
        texts["LICENSE"] = _LICENCE.format(
            title=record.title,
            authors="; ".join(one.name for one in record.authors),
            licences="; ".join(f"{one.name} <{one.address}>" for one in record.licences),
        )
    texts["ro-crate-metadata.json"] = _crate(record, project, source, builds, files, data)
    texts["README.md"] = _readme(record, project.command, source, builds, files, at, note)
    whole = output.with_name(f".{output.name}.part")
    try:
        _write(whole, f"{record.name}-{record.version}", files, texts)
        whole.replace(output)
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror or error}.") from None
    finally:
        whole.unlink(missing_ok=True)


def _data_of(
    project: Project, source: Path, files: Mapping[str, Path]
) -> tuple[str, dict[str, Path]]:
    """Find where the data are, as seen from the source, and name their files in the zip."""
    package = package_files(project.data)
    beside = [path for path in sorted(project.data.glob("*")) if _BESIDE.fullmatch(path.name)]
    for path in beside:
        if "to be filled in" in path.read_text(encoding="utf-8", errors="replace").lower():
            raise InputError(f"{path} is still to be filled in.")
    inside = project.data.relative_to(source) if project.data.is_relative_to(source) else None
    if inside is not None and f"source/{(inside / package[0].name).as_posix()}" in files:
        at, prefix = inside.as_posix(), f"source/{inside.as_posix()}"
    else:
        at, prefix = "../data", "data"
    named = {path.relative_to(project.data).as_posix(): path for path in [*package, *beside]}
    return at, {f"{prefix}/{name}": path for name, path in named.items()}


def _results(files: Mapping[str, Path], builds: Mapping[str, Project]) -> list[str]:
    return sorted(name for name in files if name.startswith(tuple(f"{b}/results/" for b in builds)))


def _crate(
    record: deposit.Record,
    project: Project,
    source: Path,
    builds: Mapping[str, Project],
    files: Mapping[str, Path],
    data: Mapping[str, Path],
) -> str:
    results = {name: f"published result {Path(name).stem}" for name in _results(files, builds)}
    others = {"source/": "text, notebooks, code, tests and pinned versions"}
    for folder in builds:
        results |= {f"{folder}/html/": "the site", f"{folder}/notebooks/": "executed notebooks"}
        others |= {
            f"{folder}/SHA256SUMS": "hash of each file",
            f"{folder}/manifest.json": "what was built",
        }
        papers = {"report.pdf": "the paper", "report.docx": "the paper as a Word file"}
        results |= {
            f"{folder}/{name}": words
            for name, words in papers.items()
            if f"{folder}/{name}" in files
        }
    for name, words in (
        ("source/requirements.lock", "pinned versions"),
        ("source/published/numbers.csv", "every published number"),
    ):
        others |= {name: words} if name in files else {}
    return crate(
        record,
        deposit.read_citation(source),
        read_manifest(project.output),
        objects={name: f"data: {Path(name).name}" for name in data},
        results=results,
        others=others,
        ended=git(source, "log", "-1", "--format=%cI") if commit(source) is not None else None,
    )


def _readme(
    record: deposit.Record,
    command: str,
    source: Path,
    builds: Mapping[str, Project],
    files: Mapping[str, Path],
    data: str,
    note: str,
) -> str:
    parts = []
    for folder in builds:
        if f"{folder}/report.pdf" in files:
            parts.append((f"{folder}/report.pdf`, `{folder}/report.docx", "the paper"))
        parts += [
            (f"{folder}/html/index.html", f"the {folder} as a site, which needs no network"),
            (
                f"{folder}/notebooks`, `{folder}/results",
                f"executed notebooks of the {folder}, every table",
            ),
            (
                f"{folder}/SHA256SUMS",
                f"whether a file was changed: in `{folder}`, `sha256sum --check SHA256SUMS`",
            ),
        ]
    parts += [
        (posixpath.normpath(f"source/{data}"), "the data"),
        ("source", "the program that makes it: text, notebooks, code, tests, pinned versions"),
        ("CITATION.cff`, `LICENSE", "how to cite it, and on which terms it may be used"),
        ("ro-crate-metadata.json", "what each part is, for programs"),
    ]
    verify = [
        f"make -C source verify BUILD=../{folder}"
        + (f" DATA={data}" if build.root != source else "")
        for folder, build in builds.items()
    ]
    folder, build = next(iter(builds.items()))
    table = next((Path(name).stem for name in _results(files, {folder: build})), "1")
    return _README.format(
        title=record.title,
        authors="; ".join(one.name for one in record.authors),
        version=record.version,
        date=record.date,
        parts="\n".join(f"| `{name}` | {words} |" for name, words in parts),
        verify="\n".join(verify),
        explain=f".venv/bin/{command} explain {table} --build ../{folder}",
        note=f"\n{note}\n" if note else "",
    )


def _sources(root: Path, outputs: list[Path]) -> list[str]:
    """Name what a book is made from: what git knows, or all that is not generated or hidden."""
    if commit(root) is not None:
        return [name for name in git(root, "ls-files", "-z").split("\0") if (root / name).is_file()]
    return [
        path.relative_to(root).as_posix()
        for path in files_below(root)
        if not any(path.is_relative_to(one) for one in outputs)
        and not _generated(path.relative_to(root))
    ]


def _generated(path: Path) -> bool:
    kept = {".ci", ".github", ".devcontainer", ".binder"}
    folders = path.parts[:-1]
    return path.suffix == ".zip" or any(
        part in _NOT_SOURCE
        or part.endswith(".egg-info")
        or (part.startswith(".") and part not in kept)
        for part in folders
    )


def _write(whole: Path, top: str, files: Mapping[str, Path], texts: Mapping[str, str]) -> None:
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted({*files, *texts}):
            entry = zipfile.ZipInfo(f"{top}/{name}", _DAY)
            runs = name.startswith("source/.ci/")
            entry.external_attr = (0o100755 if runs else 0o100644) << 16
            entry.create_system = 3  # else the system that packs it would be named
            content = texts[name].encode() if name in texts else files[name].read_bytes()
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
