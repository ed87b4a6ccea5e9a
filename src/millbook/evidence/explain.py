"""The origin of a number: where it stands, its expression, code, parameters and data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millbook.errors import InputError
from millbook.evidence.build_numbers import Number, is_number, read_numbers
from millbook.evidence.manifest import chapter_parameters, read_manifest, require_whole
from millbook.names import names_made, names_read
from millbook.notebook_file import read_notebook
from millbook.project import Project

_LINES = 6


@dataclass(frozen=True)
class Origin:
    """The place of a number, and the code cell that made it.

    Attributes
    ----------
    number
        The number, its chapter and its place.
    cell
        The id of the code cell; None where the chapter has none.
    code
        What the cell says.
    parameters
        The parameters of the chapter.
    """

    number: Number
    cell: str | None
    code: str
    parameters: dict[str, Any]

    def in_a_line(self) -> str:
        """Say it in short."""
        return f"{self.number.value}  {self.number.where}"

    def in_words(self) -> str:
        """Say it, a line a fact."""
        number = self.number
        kind = "file" if "." in number.place else "cell"
        lines = [
            f"{number.value}",
            f"  chapter     {number.chapter}",
            f"  {kind}        {number.place}",
            f"  expression  {number.name}",
        ]
        if self.cell is not None:
            lines.append(f"  made by     cell {self.cell}:")
            mark = f'"{Path(number.place).stem}"' if "." in number.place else ""
            lines.append(textwrap.indent(_excerpt(self.code, mark), " " * 14))
        chosen = ", ".join(f"{name} = {value!r}" for name, value in self.parameters.items())
        return "\n".join([*lines, f"  parameters  {chosen or 'none'}"])


def made_from(project: Project) -> str:
    """Say what a whole build was made from."""
    facts = read_manifest(project.output)["build"]["provenance"]
    return "\n".join(
        [
            f"All from {facts['package'] or 'no package'}, Python {facts['python']}, "
            f"commit {facts['commit'] or 'unknown'},",
            f"data with SHA-256 {facts['data']},",
            f"and requirements.lock with SHA-256 {facts['lock'] or 'unknown'}.",
        ]
    )


def find_origins(project: Project, text: str) -> list[Origin]:
    """Find a number as it is shown, or all published numbers of a name; the likeliest first.

    A number of a result is found by as many digits as are given. A name is that of a result,
    or what a row of one begins with.
    """
    parameters = chapter_parameters(read_manifest(project.output))
    require_whole(project.output)
    numbers = read_numbers(project)
    wanted = text.strip().replace("-", "−")
    if is_number(wanted):
        ranked = [(_rank(number, wanted), number) for number in numbers]
        found = [number for rank, number in sorted(ranked, key=lambda one: one[0]) if rank]
    else:
        name = text.strip("() ").lower()
        found = [number for number in numbers if name in _names(number)]
    if not found:
        raise InputError(
            f"No chapter of {project.output} shows or publishes {text}; give a number as a page "
            "shows it, such as -1.21, or a result or the first word of a row in one."
        )
    origins = []
    for number in found:
        cells = read_notebook(project.notebooks / f"{number.chapter}.ipynb")["cells"]
        made = next(_makers(number, cells), {})
        code = str(made.get("source", ""))
        origins.append(Origin(number, made.get("id"), code, parameters[number.chapter]))
    return origins


def _makers(number: Number, cells: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give the cells that may have made a number, the likeliest first, as the page does."""
    if "." in number.place:
        published = f'"{Path(number.place).stem}"'
        code = (cell for cell in cells if cell["cell_type"] == "code")
        yield from (cell for cell in code if published in cell["source"])
        return
    at = next((n for n, cell in enumerate(cells) if cell["id"] == number.place), None)
    if at is None:
        return
    if cells[at]["cell_type"] == "code":
        yield cells[at]
        return
    above = [cell for cell in reversed(cells[:at]) if cell["cell_type"] == "code"]
    read = names_read(number.name)
    yield from (cell for cell in above if names_made(cell["source"]) & read)
    yield from above


def _excerpt(code: str, mark: str) -> str:
    """Show of a cell's code the few lines that end with the mark, or the first."""
    lines = code.strip().splitlines()
    last = next((n for n, line in enumerate(lines, start=1) if mark and mark in line), _LINES)
    first = max(last - _LINES, 0)
    more = ["..."] if last < len(lines) else []
    return "\n".join([*(["..."] if first else []), *lines[first:last], *more])


def _rank(number: Number, wanted: str) -> int:
    """Rank a number: 1 is shown so alone, 2 in a sentence, 3 in an output, 4 rounds to it."""
    shown = number.value.replace("-", "−")
    if shown == wanted:
        return 1
    if wanted in (word.strip("()[],;:.") for word in shown.split()):
        return 3 if number.name.startswith("output") else 2
    if not is_number(shown) or "." not in number.place:
        return 0
    digits = len(wanted.partition(".")[2])
    plain = float(shown.replace("−", "-").replace(",", ""))
    return 4 if f"{plain:.{digits}f}".replace("-", "−") == wanted else 0


def _names(number: Number) -> set[str]:
    """Name what a published number can be asked for by."""
    if "." not in number.place:
        return set()
    first = number.name.partition(":")[0].partition(",")[0]
    return {Path(number.place).stem.lower(), first.strip().lower()}
