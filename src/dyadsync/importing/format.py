"""One format for all numbers of a table: its decimal and thousands marks, proposed from all cells.

Where a table can be read in two ways, such as 1.001 and 1001, it is asked which is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import pdtrc

from dyadsync.errors import InputError
from dyadsync.importing.answers import Answers, Question

MISSING_WORDS = (
    *("", "NA", "N/A", "#N/A", "n.a.", "NaN", "-nan", "NULL", "#NULL!", "None", "missing"),
    *(".", "-", "--", "?", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "system missing"),
)
_MISSING = {word.casefold() for word in MISSING_WORDS}
_LIMIT_WORD = re.compile(r"<\s*(?:l?lo[dq]|dl|ql|bg|mdl)|bl?lo[dq]|blq|bdl|bld", re.IGNORECASE)
_CODES = (
    *(-1, -9, -99, -999, -9999, -99999, 9, 99, 999, 9999, 99999),
    *(-8, -88, -888, -7, -77, -777, -66, -666, -55, 88, 888, 8888, 77, 777, 7777),
)
"""Numbers by which tables say that a value is missing."""

_CHANCE = 0.05
_OFTEN = 3  # times as often as its neighbours: more than the peak of a distribution is
_FEW = 0.1  # more whole numbers than that are not values whose decimals were zeros
_NUMERIC = re.compile(r"[+-]?[\d.,' ]*\d[\d.,' ]*(?:[eE][+-]?\d+)?")
_MONTH = "(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[^\\W\\d_]*"
DATE = re.compile(rf"\d+[ .-]+{_MONTH}\W*\d*|{_MONTH}\W*\d+|\d{{4}}-\d\d-\d\d", re.IGNORECASE)
_TWINS = str.maketrans({"\u2212": "-", "\u2019": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "})


@dataclass(frozen=True)
class Format:
    """How a table writes its numbers.

    Attributes
    ----------
    decimal, thousands : str
        The marks; no thousands mark is ``""``.
    missing : tuple of str
        The codes that were declared, besides the words that always mean it.
    below : tuple of str
        The marks that were declared to mean a value below the limit.
    """

    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    def number(self, text: str) -> float:
        """Read one number; NaN where the text is none in this format.

        Examples
        --------
        >>> Format(",", ".").number("1.001,5"), Format(",", "").number("1.001")
        (1001.5, nan)
        """
        if not _pattern(self.decimal, self.thousands).fullmatch(text):
            return float("nan")
        plain = text.replace(self.thousands, "") if self.thousands else text
        return float(plain.replace(self.decimal, "."))

    def read(self, cells: pd.Series) -> pd.DataFrame:
        """Read a column, a distinct cell at a time; their index is the row, their name the column.

        Returns
        -------
        DataFrame
            ``value`` is NaN where missing or below the limit of quantification, ``missing`` the
            code of each missing cell that is not just empty, ``below`` whether it is below.
        """
        places, distinct = pd.factorize(cells, use_na_sentinel=False)
        value = np.full(len(distinct), np.nan)
        missing = np.full(len(distinct), None, dtype=object)
        below = np.zeros(len(distinct), dtype=bool)
        codes = {_clean(code).casefold() for code in self.missing}
        numbers = {
            self.number(code) for code in self.missing
        }  # or with a decimal point in any table
        numbers |= {Format().number(one) for one in self.missing if np.isnan(self.number(one))}
        for place, cell in enumerate(distinct):
            if isinstance(cell, float):
                number, text = cell, f"{cell:g}"
            else:
                text = _clean(cell)
                number = self.number(text)
            if text.casefold() in codes or number in numbers:
                missing[place] = f"{number:g}" if number in numbers else text
            elif np.isfinite(number):
                value[place] = number
            elif text.casefold() in _MISSING or isinstance(cell, float):
                missing[place] = text or None
            elif text in self.below or _LIMIT_WORD.fullmatch(text) or self.limit_in(text):
                below[place] = True
            else:
                row = cells.index[int(np.argmax(places == place))]
                raise InputError(f"Row {row}, column {cells.name}: {self.why_not(text)}")
        read = {"value": value[places], "missing": missing[places], "below": below[places]}
        return pd.DataFrame(read, cells.index)

    def is_missing(self, text: str) -> bool:
        """Whether a word means a missing value."""
        codes = {_clean(code).casefold() for code in self.missing} | _MISSING
        return _clean(text).casefold() in codes

    def limit_in(self, text: str) -> float | None:
        """Give the limit in a mark such as ``<10``; None if there is none."""
        number = self.number(text[1:].strip()) if text.startswith("<") else float("nan")
        return None if np.isnan(number) else number

    def why_not(self, text: str) -> str:
        """Say why a text is no number here, and what may be done."""
        if _NUMERIC.fullmatch(text):
            marks = f"the decimal mark is {self.decimal!r}"
            marks += f" and {self.thousands!r} groups thousands" if self.thousands else ""
            if np.isinf(self.number(text)):
                return f"{text!r} is too large for a number."
            other = next((f for f in _FORMATS if np.isfinite(f.number(text))), None)
            fits = f"; it would be a number with {other.options()}" if other else ""
            return f"{text!r} is no number where {marks}{fits}."
        if text.startswith(">"):
            return f"{text!r} is above a limit; write the limit itself, or leave the cell empty."
        if DATE.fullmatch(text):
            return f"{text!r} is a date, which a spreadsheet may have made of it; write the number."
        if more := re.fullmatch(rf"{_NUMERIC.pattern}\s*((?:[%*†#!]|[^\W\d_]|(?<=\s)\D).*)", text):
            return f"{text!r} is a number and more; take {more[1]!r} out of the cells."
        return (
            f"{text!r} is no number. If it means a missing value: --missing {_quoted(text)}; "
            f"if a value below the limit of quantification: --below {_quoted(text)} --limit NUMBER."
        )

    def options(self) -> str:
        """Give the options that declare the marks."""
        grouped = f" --thousands {_quoted(self.thousands)}" if self.thousands else ""
        return f"--decimal {_quoted(self.decimal)}{grouped}"


def _quoted(mark: str) -> str:
    return mark if mark.isalnum() else f'"{mark}"'


def _clean(text: str) -> str:
    return text.translate(_TWINS).strip()


@cache
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    whole = r"\d+"
    if thousands:
        whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+)"
    point = re.escape(decimal)
    return re.compile(rf"[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d{{1,3}})?")


_FORMATS = [
    Format(decimal, thousands)
    for thousands in ("", ",", ".", " ", "'")
    for decimal in (".", ",")
    if decimal != thousands
]
"""The readings of a number, the plain ones first."""


def find_format(used: Iterable[pd.Series], others: Iterable[pd.Series], answers: Answers) -> Format:
    """Find the one format in which all numbers of the columns that are used can be read.

    Other columns may decide between two readings where those do not.
    """
    used = list(used)
    missing = tuple(one for one in answers.missing if one != "none")
    formats = [
        one
        for one in _FORMATS
        if answers.decimal in (None, one.decimal)
        and answers.thousands in (None, one.thousands, "none" if not one.thousands else None)
    ]
    if not formats:
        raise InputError(
            f"--decimal {answers.decimal!r} and --thousands {answers.thousands!r} do not go "
            "together; a decimal mark is . or , and a thousands mark another of . , blank or '."
        )
    cells = _numeric_cells(used)
    cells = {text: where for text, where in cells.items() if _reads(text, _FORMATS)}
    fitting = [one for one in formats if all(_reads(text, [one]) for text in cells)]
    if not fitting:
        if answers.decimal is not None or answers.thousands is not None:
            # The cell that does not fit is named in reading.
            return replace(formats[0], missing=missing, below=answers.below)
        raise InputError(_contradiction(cells))
    if len(_different(fitting, cells)) > 1:
        for column in others:
            own = _numeric_cells([column])
            if own and all(map(_NUMERIC.fullmatch, _texts(column))):
                better = [one for one in fitting if all(_reads(text, [one]) for text in own)]
                fitting = better or fitting
    different = _different(fitting, cells)
    if len(different) > 1:
        text = next(text for text in cells if len({one.number(text) for one in different}) > 1)
        row, name = cells[text]
        readings = "; ".join(f"{one.number(text):.10g}: {one.options()}" for one in different)
        raise Question(
            f"Row {row}, column {name}: {text!r} can be read in {len(different)} ways, and so can "
            f"the whole table. Which is meant? {readings}"
        )
    if answers.decimal is None:
        for column in used:
            _ask_of_thousands(column, fitting[0])
    return replace(fitting[0], missing=missing, below=answers.below)


def _ask_of_thousands(column: pd.Series, marks: Format) -> None:
    """Ask where one column looks grouped by thousands, whatever the other columns say."""
    texts = [text for text in _texts(column) if _NUMERIC.fullmatch(text)]
    marked = [text for text in texts if marks.decimal in text]
    grouped = re.compile(rf"[+-]?[1-9]\d{{0,2}}{re.escape(marks.decimal)}\d{{3}}")
    if not marked or not all(map(grouped.fullmatch, marked)):
        return
    if len(texts) - len(marked) > _FEW * len(texts):
        row, name = _numeric_cells([column])[marked[0]]
        whole = marked[0].replace(marks.decimal, "")
        raise Question(
            f"Row {row}, column {name}: {marked[0]!r} stands among whole numbers, so it may be "
            f"{whole}, though {marks.decimal!r} is the decimal mark of other columns. If it is "
            f"{marks.number(marked[0]):g}: {marks.options()}. If it is {whole}, write the "
            "table with one decimal mark."
        )


def _texts(column: pd.Series) -> list[str]:
    texts = (_clean(cell) for cell in pd.unique(column) if isinstance(cell, str))
    return [text for text in texts if text.casefold() not in _MISSING]


def _numeric_cells(columns: Iterable[pd.Series]) -> dict[str, tuple[int, str]]:
    """Give the distinct texts that look like numbers, with the first row and the column."""
    found: dict[str, tuple[int, str]] = {}
    for column in columns:
        first = column[~column.duplicated()]
        for row, cell in first.items():
            text = _clean(cell).removeprefix("<").strip() if isinstance(cell, str) else ""
            if _NUMERIC.fullmatch(text) and text not in found:
                found[text] = (row, str(column.name))
    return found


def _reads(text: str, formats: Iterable[Format]) -> bool:
    return any(not np.isnan(one.number(text)) for one in formats)


def _different(formats: list[Format], cells: Mapping[str, object]) -> list[Format]:
    """Keep one format, the plainest, of those that give the same numbers."""
    distinct: dict[tuple[float, ...], Format] = {}
    for one in formats:
        distinct.setdefault(tuple(one.number(text) for text in cells), one)
    return list(distinct.values())


def _contradiction(cells: Mapping[str, tuple[int, str]]) -> str:
    """Name two cells that no one format reads."""
    best = max(_FORMATS, key=lambda one: sum(_reads(text, [one]) for text in cells))
    wrong = next(text for text in cells if not _reads(text, [best]))
    right = next(text for text in cells if len(text) > 1 and _reads(text, [best]))
    return (
        f"Row {cells[wrong][0]}, column {cells[wrong][1]} has {wrong!r}, and row {cells[right][0]},"
        f" column {cells[right][1]} has {right!r}: no one format reads both. Write all numbers with"
        " the same decimal mark."
    )


def suspected_codes(values: pd.Series, *, of_design: bool = False) -> list[float]:
    """Find values by which a column seems to say that they are missing.

    A customary code (-99, 999, ...) is suspected where the values around it do not explain how
    often it is there: of n others within a tenth of it, or their SD if that is less, so many would
    be expected by chance at the column's resolution.

    Parameters
    ----------
    values
        Of a column.
    of_design
        Whether values repeat by design, as times do; then a code is suspected where it is farther
        from all others than these are from each other.

    Examples
    --------
    >>> suspected_codes(pd.Series([12.5, 14.1, 11.9, 99.0, 99.0, 13.3]))
    [99.0]
    >>> suspected_codes(pd.Series([97.0, 98.0, 99.0, 99.0, 100.0, 101.0, 98.0, 97.0]))
    []
    """
    given = values.dropna()
    codes = [float(code) for code in _CODES if (given == code).any()]
    others = given[~given.isin(codes)]
    if not codes or others.empty:
        return []
    low, high = others.min(), others.max()
    if of_design:
        span = max(high - low, 1.0)
        return [code for code in codes if code > high + span or code < low - span]
    resolution = next((10.0**-k for k in range(6) if (others.round(k) == others).all()), 1e-6)
    found = []
    for code in codes:
        if abs(code) < 10 and low - resolution <= code <= high + resolution:
            continue  # small numbers are values of many scales
        width = max(min(0.1 * abs(code), others.std(ddof=0)), resolution)
        near = others[(others - code).abs() <= width]
        expected = len(near) * resolution / (2 * width)
        count = int((given == code).sum())
        if count > _OFTEN * expected and pdtrc(count - 1, expected) < _CHANCE:
            found.append(code)
    return found
