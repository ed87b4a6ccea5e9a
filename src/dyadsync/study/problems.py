"""What is wrong with a data package: one problem a sentence, and the error that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dyadsync.errors import InputError


@dataclass(frozen=True)
class Problem:
    """A problem of a data package.

    Attributes
    ----------
    file : str
        Name of the file, as the data package gives it.
    row : int or None
        Row as a spreadsheet shows it (the header is row 1), or None where no single row is meant.
    column : str or None
        Name of the column, or None.
    rule : str
        The rule that is broken, in two or three words.
    message : str
        A sentence: where it is, what was found, what would be right.
    """

    file: str
    row: int | None
    column: str | None
    rule: str
    message: str

    def __str__(self) -> str:
        return self.message


class DataError(InputError):
    """A data package that cannot be used.

    Attributes
    ----------
    problems : list of Problem
        Every problem that was found; the message shows the first of each file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(format_problems(self.problems))


def format_problems(problems: Iterable[Problem], *, per_file: int = 10) -> str:
    """Problems as text, a line each: the first of each file, and how many more there are.

    Those that differ in their row only share a line.

    Examples
    --------
    >>> twice = [Problem("a.csv", n, None, "range", f"a.csv, row {n}: no.") for n in (2, 3)]
    >>> another = problem_at("a.csv", 4, None, "range", "nor this.")
    >>> print(format_problems([*twice, another], per_file=1))
    3 problems in the data:
    a.csv, row 2: no. The same in row 3.
    a.csv: 1 more problem.
    """
    by_file: dict[str, dict[str, list[Problem]]] = {}
    for problem in problems:
        what = problem.message.replace(f", row {problem.row}", "", 1)
        by_file.setdefault(problem.file, {}).setdefault(what, []).append(problem)
    total = sum(len(alike) for found in by_file.values() for alike in found.values())
    if total == 0:
        return ""
    lines = [f"{total} problem{'s' * (total > 1)} in the data:"]
    for file, found in by_file.items():
        lines += [_in_one_line(alike) for alike in list(found.values())[:per_file]]
        if more := sum(map(len, list(found.values())[per_file:])):
            lines.append(f"{file}: {more} more problem{'s' * (more > 1)}.")
    return "\n".join(lines)


def _in_one_line(alike: list[Problem]) -> str:
    """Say a problem, and in which other rows it is."""
    rows = [str(problem.row) for problem in alike[1:]]
    if not rows:
        return alike[0].message
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"{alike[0].message} The same in row{'s' * (len(rows) > 1)} {', '.join(rows[:5])}{more}."


def problem_at(file: str, row: int | None, column: str | None, rule: str, what: str) -> Problem:
    """Make the problem whose sentence begins with where it is."""
    where = file
    if row is not None:
        where += f", row {row}"
    if column is not None:
        where += f", column {column}"
    return Problem(file, row, column, rule, f"{where}: {what}")
