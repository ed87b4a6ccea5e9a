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

    Examples
    --------
    >>> twice = [Problem("a.csv", n, None, "duplicate", f"a.csv, row {n}: ...") for n in (2, 3)]
    >>> print(format_problems(twice, per_file=1))
    2 problems in the data:
    a.csv, row 2: ...
    a.csv: 1 more problem.
    """
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        by_file.setdefault(problem.file, []).append(problem)
    total = sum(map(len, by_file.values()))
    if total == 0:
        return ""
    lines = [f"{total} problem{'s' * (total > 1)} in the data:"]
    for file, found in by_file.items():
        lines += [problem.message for problem in found[:per_file]]
        if more := len(found[per_file:]):
            lines.append(f"{file}: {more} more problem{'s' * (more > 1)}.")
    return "\n".join(lines)


def problem_at(file: str, row: int | None, column: str | None, rule: str, what: str) -> Problem:
    """Make the problem whose sentence begins with where it is."""
    where = file
    if row is not None:
        where += f", row {row}"
    if column is not None:
        where += f", column {column}"
    return Problem(file, row, column, rule, f"{where}: {what}")
