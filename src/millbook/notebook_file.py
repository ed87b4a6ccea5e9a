"""A notebook's file: the one place that reads it, and says what its cells are.

Texts are joined on reading, so nobody asks whether one is a list of lines. A notebook is parsed
once as long as its text stays the same; who changes one makes a copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millbook.errors import InputError
from millbook.temporary import write_whole

if TYPE_CHECKING:
    from nbformat import NotebookNode

NotebookCell = dict[str, Any]
Notebook = dict[str, Any]

_KEPT = 64  # notebooks, more than a book has


def read_notebook(path: Path) -> Notebook:
    """Read a notebook; it is shared, and not to be changed."""
    try:
        notebook = parse_notebook(path.read_text(encoding="utf-8"))
        metadata = notebook.get("metadata", {})
        language = metadata.get("kernelspec", {}).get("language") or metadata.get(
            "language_info", {}
        ).get("name", "python")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no notebook that can be read: {error}") from None
    if language != "python":
        raise InputError(
            f"{path.name} is a notebook of {language}; a book is made of notebooks of Python."
        )
    return notebook


@lru_cache(maxsize=_KEPT)
def parse_notebook(text: str) -> Notebook:
    """Make a notebook of its file's text; it is shared, and not to be changed."""
    notebook: Notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = "".join(output["text"])
            for kind, content in output.get("data", {}).items():
                if isinstance(content, list) and not kind.endswith("json"):
                    output["data"][kind] = "".join(content)
    return notebook


def notebook_text(notebook: Mapping[str, Any]) -> str:
    """Write a notebook as its file has it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one move."""
    import nbformat

    write_whole(path, nbformat.writes(notebook) + "\n")


def settings_of(notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what the metadata of a notebook say to the build."""
    found: Mapping[str, Any] = notebook.get("metadata", {}).get("millbook", {})
    return found


def has_tag(cell: Mapping[str, Any], *tags: str) -> bool:
    """Check whether a cell has one of these tags."""
    return any(tag in cell["metadata"].get("tags", []) for tag in tags)


def without_solutions(cells: list[NotebookCell]) -> list[NotebookCell]:
    """Leave out the cells of solutions; an exercise keeps the sealed number that it asks for."""
    kept = []
    for place, cell in enumerate(cells):
        if has_tag(cell, "solution"):
            continue
        asked = answer_to(cells, place) if has_tag(cell, "exercise") else None
        kept.append(cell | {"metadata": cell["metadata"] | {"answer": asked}} if asked else cell)
    return kept


def answer_to(cells: list[NotebookCell], place: int) -> dict[str, Any] | None:
    """Find the sealed number that an exercise asks for, with its unit, see `sealed_answers`."""
    solution = takewhile(lambda cell: has_tag(cell, "solution"), cells[place + 1 :])
    found = (cell["metadata"].get("answer") for cell in [cells[place], *solution])
    return next(filter(None, found), None)
