"""The way of a number: who says it, by which expression, from which code, parameters and data."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from millbook.errors import InputError
from millbook.evidence.manifest import read_manifest
from millbook.evidence.numbers import Number, is_number, read_numbers
from millbook.names import names_made, names_read
from millbook.project import Project

_LINES = 6


@dataclass(frozen=True)
class Way:
    """Where a number stands, and the code cell that made it.

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

    @property
    def _mark(self) -> str:
        return f'"{self.number.place.rpartition(".")[0]}"' if "." in self.number.place else ""

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
            lines.append(textwrap.indent(_excerpt(self.code, self._mark), " " * 14))
        chosen = ", ".join(f"{name} = {value!r}" for name, value in self.parameters.items())
        return "\n".join([*lines, f"  parameters  {chosen or 'none'}"])


class Explainer:
    """Leads numbers of a build back to where they come from.

    Parameters
    ----------
    project
        The book and its build.

    Raises
    ------
    InputError
        If there is no build.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._manifest = read_manifest(project.output)

    def made_from(self) -> str:
        """Say what the whole build was made from."""
        facts = dict(self._manifest["build"]["provenance"])
        data = "simulated" if "simulated" in self._manifest["build"]["tags"] else "measured"
        return "\n".join(
            [
                f"All from {facts['package']}, Python {facts['python']}, "
                f"commit {facts['commit'] or 'unknown'},",
                f"{data} data with SHA-256 {facts['data']},",
                f"and requirements.lock with SHA-256 {facts['lock'] or 'unknown'}.",
            ]
        )

    def of_number(self, text: str) -> list[Way]:
        """Find a number as it is shown; one of a result also by as many digits as are given.

        Raises
        ------
        InputError
            If the text is no number, or the build shows none such.
        """
        wanted = text.strip().replace("-", "−")
        if not is_number(wanted):
            raise InputError(
                f"{text!r} is neither a number nor a claim; give one as a page shows it, such as "
                "-1.21, or one of the claims a, b and c."
            )
        found = [number for number in self._numbers if _shows(number, wanted)]
        if not found:
            raise InputError(f"No chapter of {self._project.output} shows or publishes {text}.")
        return [self._way(number) for number in found]

    def of_claim(self, claim: str) -> list[Way]:
        """Find all numbers of a claim that the chapters have published.

        Raises
        ------
        InputError
            If no chapter has published it.
        """
        found = [
            number
            for number in self._numbers
            if number.place.startswith("claims") and number.name.split(",")[0] == claim
        ]
        if not found:
            raise InputError(f"No chapter of {self._project.output} publishes claim ({claim}).")
        return [self._way(number) for number in found]

    @cached_property
    def _numbers(self) -> list[Number]:
        return read_numbers(self._project)

    def _way(self, number: Number) -> Way:
        cells = self._cells(number.chapter)
        parameters = self._manifest["build"]["parameters"][f"chapters/{number.chapter}"]
        made = next(self._makers(number, cells), None)
        if made is None:
            return Way(number, None, "", parameters)
        return Way(number, made["id"], "".join(made["source"]), parameters)

    def _cells(self, chapter: str) -> list[dict[str, Any]]:
        text = (self._project.notebooks / f"{chapter}.ipynb").read_text(encoding="utf-8")
        cells: list[dict[str, Any]] = json.loads(text)["cells"]
        return cells

    def _makers(self, number: Number, cells: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Give the cells that may have made a number, the likeliest first, as the page does."""
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        if "." in number.place:
            stem = number.place.rpartition(".")[0]
            yield from (cell for cell in code if f'"{stem}"' in "".join(cell["source"]))
            return
        at = next((n for n, cell in enumerate(cells) if cell["id"] == number.place), None)
        if at is None:
            return
        if cells[at]["cell_type"] == "code":
            yield cells[at]
            return
        above = [cell for cell in reversed(cells[:at]) if cell["cell_type"] == "code"]
        read = names_read(number.name)
        yield from (cell for cell in above if names_made("".join(cell["source"])) & read)
        yield from above


def _excerpt(code: str, mark: str) -> str:
    """Show of a cell's code the few lines that end with the mark, or the first."""
    lines = code.strip().splitlines()
    last = next((n for n, line in enumerate(lines, start=1) if mark and mark in line), _LINES)
    first = max(last - _LINES, 0)
    more = ["..."] if last < len(lines) else []
    return "\n".join([*(["..."] if first else []), *lines[first:last], *more])


def _shows(number: Number, wanted: str) -> bool:
    """Whether a number is the wanted one, or rounds to it."""
    shown = number.value.replace("-", "−")
    if shown == wanted or wanted in shown.split():
        return True
    if not is_number(shown) or "." not in number.place:
        return False
    digits = len(wanted.partition(".")[2])
    plain = float(shown.replace("−", "-").replace(",", ""))
    return f"{plain:.{digits}f}".replace("-", "−") == wanted
