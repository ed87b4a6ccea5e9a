"""Laying out what Sphinx reads: pages, executed notebooks, configuration, results."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from millbook.errors import InputError
from millbook.figure_files import FOLDER as FIGURES
from millbook.figure_files import stage_extras
from millbook.names import name_links
from millbook.notebook_file import notebook_text, parse_notebook, without_solutions
from millbook.parameters import read_mapping
from millbook.project import Project, chapter_name
from millbook.provenance import package_files


def is_staged(path: Path) -> bool:
    """Check whether a file in ``chapters`` goes to Sphinx as it stands: pages and what they use."""
    hidden = any(part.startswith((".", "__")) for part in path.parts[-3:])
    return not hidden and path.suffix != ".ipynb" and path.name != "parameters.yml"


def snapshot_inputs(project: Project, files: Iterable[Path]) -> None:
    """Copy data, and further files that notebooks name, beside the folder that they run in.

    Only changed files are copied.
    """
    run = project.run.parent
    wanted = {
        run / "data" / path.relative_to(project.data): path for path in package_files(project.data)
    }
    wanted |= {run / path.relative_to(project.chapters.parent): path for path in files}
    for old in (run / "data").rglob("*"):
        if old.is_file() and old not in wanted:
            old.unlink()
    for copy, path in wanted.items():
        if not copy.is_file() or copy.read_bytes() != path.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def gather_results(parts: Mapping[str, Path], target: Path) -> None:
    """Put what the chapters published into one folder."""
    origin: dict[str, str] = {}
    whole = target.with_name(f".{target.name}.part")
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir(parents=True)
    for chapter, part in parts.items():
        for path in sorted(part.glob("*")):
            if path.name in origin:
                raise InputError(
                    f"Chapters {origin[path.name]} and {chapter} both publish {path.stem}; "
                    "give one of them another name."
                )
            origin[path.name] = chapter
            shutil.copyfile(path, whole / path.name)
    swap(whole, target)


def stage_book(project: Project, build: Mapping[str, Any]) -> None:
    """Lay the book out for Sphinx, from nothing.

    What the Sphinx extension needs to know of the build, see `millbook.pages.sphinx_ext`, becomes
    the entry ``millbook_build`` of the staged configuration.
    """
    whole = project.book.with_name(".book.part")
    shutil.rmtree(whole, ignore_errors=True)
    for page in filter(is_staged, project.files()):
        target = whole / f"{project.page_name(page)}{page.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        if page.suffix == ".md":
            _copy_named(page, target)
        else:
            shutil.copyfile(page, target)
    for source in project.chapter_notebooks():
        executed = project.notebooks / f"{chapter_name(source)}.ipynb"
        target = whole / f"{project.page_name(source)}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        chosen = build["parameters"].get(project.page_name(source), {})
        keep = chosen.get("solutions", True)
        _copy_notebook(executed, target, solutions=keep)
        plain = whole / "plain" / f"{project.page_name(source)}.ipynb"
        plain.parent.mkdir(parents=True, exist_ok=True)
        _copy_notebook(source, plain, solutions=keep, answers=executed)
        stage_extras(executed, whole / FIGURES)
    (whole / "_toc.yml").write_text(
        yaml.safe_dump(project.staged_contents(), sort_keys=False, allow_unicode=True),
        encoding="utf-8",
    )
    config = read_mapping(project.root / "_config.yml")
    if "title" in build:
        config["title"] = build["title"]
    own = config.pop("millbook", {})  # Jupyter Book refuses keys that it does not know
    settings = config.setdefault("sphinx", {}).setdefault("config", {})
    settings["millbook_build"] = dict(build)
    settings["millbook_redirects"] = own.get("redirects", {})
    (whole / "_config.yml").write_text(
        yaml.safe_dump(config, sort_keys=True, allow_unicode=True), encoding="utf-8"
    )
    shutil.copytree(project.results, whole / "results")
    descriptor = project.data / "datapackage.json"
    if descriptor.is_file():
        shutil.copyfile(descriptor, whole / descriptor.name)
    swap(whole, project.book)


def _copy_named(source: Path, target: Path) -> None:
    """Copy a page or notebook, whose links then name chapters as the site does."""
    text = name_links(source.read_text(encoding="utf-8"))
    target.write_text(text, encoding="utf-8", newline="\n")


def _copy_notebook(
    source: Path, target: Path, *, solutions: bool, answers: Path | None = None
) -> None:
    """Copy a notebook, without solutions if the book has none; then exercises keep the answers."""
    if solutions:
        _copy_named(source, target)
        return
    cells = parse_notebook((answers or source).read_text(encoding="utf-8"))["cells"]
    known = {cell["id"]: cell["metadata"].get("answer") for cell in cells}
    notebook = parse_notebook(name_links(source.read_text(encoding="utf-8")))
    answered = []
    for number, cell in enumerate(notebook["cells"]):  # older notebooks give cells no ids
        answer = known.get(cell.get("id", f"cell-{number}"))
        answered.append(
            cell | {"metadata": cell["metadata"] | {"answer": answer}} if answer else cell
        )
    kept = {**notebook, "cells": without_solutions(answered)}
    target.write_text(notebook_text(kept), encoding="utf-8", newline="\n")


def swap(new: Path, target: Path) -> None:
    """Put a folder in the place of another, which is gone only once the new one stands."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def mend_swap(target: Path) -> None:
    """Bring back a folder whose swap was cut off between its two moves."""
    old = target.with_name(f".{target.name}.old")
    if old.is_dir() and not target.exists():
        old.rename(target)
