"""Two sets of published results: verdicts that differ, numbers that moved, and how far."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

from millbook.evidence.build_numbers import leaves
from millbook.prose import as_text

Value = float | str | None


@dataclass(frozen=True)
class Pair:
    """What each of two builds says of one thing; None where it says nothing."""

    name: str
    before: str | None
    after: str | None

    @property
    def differs(self) -> bool:
        """Whether they do not say the same."""
        return self.before != self.after

    @property
    def cells(self) -> tuple[str, str, str]:
        """The row of a table: the name and both values."""
        return self.name, self.before or "–", self.after or "–"

    def in_words(self) -> str:
        """Say both values."""
        return "{}: {} → {}".format(*self.cells)


@dataclass(frozen=True)
class NumberPair:
    """One published number as each of two sets of results gives it.

    Attributes
    ----------
    result, name : str
        The published result and the place in it: the row's words and the column.
    before, after : float, str or None
        The two values; None where there is none.
    se : float or None
        The standard error of `before`, where the result says one or an interval.
    """

    result: str
    name: str
    before: Value
    after: Value
    se: float | None = None

    @property
    def differs(self) -> bool:
        """Whether the values differ by more than a computer's rounding."""
        one, other = self.before, self.after
        if isinstance(one, float) and isinstance(other, float):
            both_missing = math.isnan(one) and math.isnan(other)
            return not (both_missing or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12))
        return one != other

    @property
    def change_in_se(self) -> float | None:
        """The difference in standard errors of the first number; None where there are none."""
        if not (isinstance(self.before, float) and isinstance(self.after, float) and self.se):
            return None
        difference = self.after - self.before
        return difference / self.se if math.isfinite(difference) else None

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """The row of a table: result, name, both values, the change in standard errors."""
        moved = self.change_in_se
        return (
            self.result,
            self.name,
            _shown(self.before),
            _shown(self.after),
            "" if moved is None else as_text(moved, "+.2f"),
        )


def compare_results(
    before: Path, after: Path, confidence_level: float = 0.95
) -> tuple[list[Pair], list[NumberPair]]:
    """Pair what two folders of results have published: verdicts, in columns of that name; numbers.

    Where no standard error is published, it is half the width of the interval in `before` over the
    normal quantile.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from millbook.results import publish
    >>> row = {"effect": "mass", "estimate": -1.0, "ci_lower": -1.8, "ci_upper": -0.2}
    >>> later = {"effect": "mass", "estimate": -0.6, "ci_lower": -1.4, "ci_upper": 0.2}
    >>> with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
    ...     publish("effects", pd.DataFrame([row | {"verdict": "supported"}]), one)
    ...     publish("effects", pd.DataFrame([later | {"verdict": "inconclusive"}]), other)
    ...     verdicts, numbers = compare_results(Path(one), Path(other))
    >>> verdicts[0].in_words()
    'effects, mass: supported → inconclusive'
    >>> numbers[0].cells
    ('effects', 'mass: estimate', '−1', '−0.6', '+0.98')
    """
    folders = before, after
    quantile = NormalDist().inv_cdf((1 + confidence_level) / 2)
    names = sorted({path.name for folder in folders for path in _published(folder)})
    pairs = [pair for name in names for pair in _pairs(name, folders, quantile)]
    return (
        [pair for pair in pairs if isinstance(pair, Pair)],
        [pair for pair in pairs if isinstance(pair, NumberPair)],
    )


def _published(folder: Path) -> list[Path]:
    return [path for path in folder.glob("[!.]*") if path.suffix in (".csv", ".json")]


def _pairs(name: str, folders: tuple[Path, Path], quantile: float) -> Iterator[NumberPair | Pair]:
    """Pair the values of one published file."""
    read = _read_table if name.endswith(".csv") else _read_mapping
    before, after = (read(folder / name) if (folder / name).is_file() else {} for folder in folders)
    for row in dict.fromkeys([*before, *after]):
        old, new = before.get(row, {}), after.get(row, {})
        for column in dict.fromkeys([*old, *new]):
            if column == "verdict":
                verdicts = (one.get(column) for one in (old, new))
                texts = (None if one is None else str(one) for one in verdicts)
                yield Pair(", ".join(filter(None, [Path(name).stem, row])), *texts)
                continue
            se = _standard_error(old, quantile) if column == "estimate" else None
            place = f"{row}: {column}" if row and column else row or column
            yield NumberPair(Path(name).stem, place, old.get(column), new.get(column), se)


def _standard_error(row: Mapping[str, Value], quantile: float) -> float | None:
    """Take a standard error from a row that says one, or from its interval."""
    se, lower, upper = (row.get(name) for name in ("se", "ci_lower", "ci_upper"))
    if isinstance(se, float):
        return se if math.isfinite(se) and se > 0 else None
    if isinstance(lower, float) and isinstance(upper, float) and upper > lower:
        return (upper - lower) / (2 * quantile)
    return None


def _read_table(path: Path) -> dict[str, dict[str, Value]]:
    """Read a table: its rows by their words, each a mapping of its numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0]) if rows else []
    worded = [
        name
        for name in columns
        if name not in ("text", "verdict")
        and any(isinstance(_value(row[name]), str) for row in rows)
    ]
    numbered = [name for name in columns if name not in [*worded, "text"]]
    seen: Counter[str] = Counter()
    table: dict[str, dict[str, Value]] = {}
    for row in rows:
        words = ", ".join(row[name] for name in worded if row[name])
        seen[words] += 1
        key = words if seen[words] == 1 else f"{words} ({seen[words]})".lstrip()
        table[key] = {name: _value(row[name]) for name in numbered}
    return table


def _read_mapping(path: Path) -> dict[str, dict[str, Value]]:
    """Read a mapping of mappings, in which the last name of a path is the column."""
    table: dict[str, dict[str, Value]] = {}
    for (*row, column), item in leaves(json.loads(path.read_text(encoding="utf-8"))):
        number = isinstance(item, int | float) and not isinstance(item, bool)
        value = float(item) if number else None if item is None else str(item)
        table.setdefault(", ".join(row), {})[column] = value
    return table


def _value(cell: str | None) -> Value:
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return cell


def _shown(value: Value) -> str:
    if value is None:
        return "–"
    return as_text(value, ".4g") if isinstance(value, float) else value


def in_columns(rows: Sequence[tuple[str, ...]], words: int | None = None) -> list[str]:
    """Lay rows out for a terminal: the first columns of words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if words is None or number < words else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
