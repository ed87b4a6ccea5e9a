"""A file of a spreadsheet, a statistics program or plain text, read as a sheet of cells."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.extras import import_extra
from dyadsync.importing.answers import Answers, Question

_Rows = tuple[list[list[Any]], dict[str, Any]]  # with the dialect
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
_WORKBOOKS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how they begin, whatever their names
_NO_TABLE = re.compile(r"\s*(?:<[!?\w]|%PDF|\[?\s*\{\s*\")")
_HEADER_WITHIN = 30  # rows above the header: titles, notes
_SAMPLE = 60  # lines that show how columns are separated
_APART = r"[;,\t\r\n]"  # what a cell ends at
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))
_ALIKE = {"cp1252": "Western Europe", "cp1250": "Central Europe", "mac-roman": "old Macintosh"}
_ENCODINGS = ["cp1252", "mac_roman", "cp1250", "cp1251", "shift_jis", "gb18030"]
_STATISTICS = {"sav": ("an SPSS", b"$FL"), "dta": ("a Stata", b"<stata_dta>")}
_STATA_BEGINS = datetime.date(1960, 1, 1)
_SINCE: Any = {"d": "D", "c": "ms", "C": "ms", "m": "M", "q": "3M", "h": "6M"}
"""What Stata's formats of dates count since then."""


@dataclass(frozen=True)
class Sheet:
    """The cells of a table.

    Attributes
    ----------
    name : str
        Of the file.
    cells : DataFrame
        Texts without blanks around them, and numbers where the file itself has numbers; the index
        is the row in the file as a spreadsheet shows it.
    dialect : dict
        How the file is to be read, in terms of the Data Package standard.
    said : list of str
        What was found and left out, a sentence each.
    empty : list of int
        Rows below the header without any content.
    declared_missing : list of tuple
        Column, code and number of the values that the file itself declares missing.
    codes, labels : dict
        Of columns whose cells are labels: the code of each. What columns are called besides.
    """

    name: str
    cells: pd.DataFrame
    dialect: dict[str, Any]
    said: list[str]
    empty: list[int]
    declared_missing: list[tuple[str, str, int]] = field(default_factory=list)
    codes: dict[str, dict[str, float]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


def read_sheet(source: Path, is_header: Callable[[Sequence[str]], bool], answers: Answers) -> Sheet:
    """Read a text of separated columns, a workbook, or a file of SPSS or Stata.

    A header is a row with the names that are asked for.
    """
    try:
        raw = source.read_bytes()
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror}).") from None
    for kind, (_, beginning) in _STATISTICS.items():
        if source.suffix.lower() == f".{kind}" or raw.startswith(beginning):
            return _read_statistics(source, raw, kind, answers.encoding)
    if raw.startswith(_WORKBOOKS):
        rows, dialect = _workbook_rows(source, answers.sheet)
    else:
        rows, dialect = _text_rows(source, raw, answers)
    return _sheet(source.name, rows, dialect, is_header)


def _sheet(
    name: str,
    rows: list[list[Any]],
    dialect: dict[str, Any],
    is_header: Callable[[Sequence[str]], bool],
) -> Sheet:
    """Find the header, and bring the rows below it to one length."""
    said: list[str] = []
    filled = [len(row) - row.count("") for row in rows]
    if sum(map(bool, filled)) < 2:
        raise InputError(f"{name} needs a row of column names and rows below it.")
    texts = [[" ".join(str(cell).split()) for cell in row] for row in rows[:_HEADER_WITHIN]]
    usual = Counter(filter(None, filled)).most_common(1)[0][0]
    header = next(
        (place for place, row in enumerate(texts) if is_header(row)),
        next((place for place, n in enumerate(filled) if n >= usual), 0),
    )
    if above := [place + 1 for place in range(header) if filled[place]]:
        said.append(
            f"Row {header + 1} has the names of the columns; {listed_rows(above)} above it "
            f"{'is' if len(above) == 1 else 'are'} not read."
        )
    names = texts[header] if header < len(texts) else [str(cell) for cell in rows[header]]
    below = rows[header + 1 :]
    width = max(len(names), *map(len, below), 1)
    names = names + [""] * (width - len(names))
    last = max((place for place, one in enumerate(names) if one), default=-1) + 1
    for number, row in enumerate(below, start=header + 2):
        if len(row) > last and any(cell != "" for cell in row[last:]):
            reason = (
                "there may be a separator or a decimal comma too many"
                if "delimiter" in dialect
                else f"name each column in row {header + 1}"
            )
            raise InputError(
                f"{name}, row {number}: {len(row)} cells, but only {last} "
                f"column{'s have' if last > 1 else ' has'} a name; {reason}."
            )
    if last == 1:
        raise InputError(
            f"{name} has one column, {names[0]!r}; a table needs one for each thing. If quotation "
            "marks hold each row together, take them out; --separator says what parts columns."
        )
    if twice := [repr(one) for one, n in Counter(names).items() if one and n > 1]:
        raise InputError(
            f"{name}, row {header + 1}: several columns are called {', '.join(twice)}; give each "
            "column a name of its own in this row."
        )
    if unnamed := width - sum(map(bool, names)):
        kept = [place for place in range(last) if not names[place]]
        if any(len(row) > place and row[place] != "" for row in below for place in kept):
            raise InputError(
                f"{name}: column {kept[0] + 1} has values and no name; name it in row {header + 1}."
            )
        columns = "1 empty column" if unnamed == 1 else f"{unnamed} empty columns"
        said.append(f"{columns} without a name left out.")
    if short := [header + 2 + n for n, row in enumerate(below) if 0 < len(row) < last]:
        said.append(f"Cells that are not there are taken as empty: {listed_rows(short)}.")
    padded = [row[:last] + [""] * (last - len(row)) for row in below]
    numbers = range(header + 2, header + 2 + len(below))
    cells = pd.DataFrame(padded, columns=names[:last], index=numbers, dtype=object)
    blank = [number for number, n in zip(numbers, filled[header + 1 :], strict=True) if not n]
    cells = cells[[one for one in names[:last] if one]].drop(index=blank)
    if cells.empty:
        raise InputError(f"{name} needs rows below its column names (row {header + 1}).")
    return Sheet(name, cells, {**dialect, "headerRows": [header + 1]}, said, blank)


def _text_rows(source: Path, raw: bytes, answers: Answers) -> _Rows:
    """Separate a text file's cells."""
    text, encoding = _decoded(source, raw, answers.encoding)
    text = composed(text)
    if _NO_TABLE.match(text):
        raise InputError(
            f"{source.name} is a page of the web, a PDF or JSON, whatever its name says; open it "
            "in a spreadsheet and save it as 'CSV UTF-8'."
        )
    lines = text.splitlines()
    first = lines[0].strip().strip('"') if lines else ""
    declared = first[4:5] if first.lower().startswith("sep=") else ""
    if declared:  # a line by which Excel knows the separator; it is no row of the table
        text = "\n" + text.partition("\n")[2]
        lines = lines[1:]
    delimiter = answers.separator or declared or _sniffed("\n".join(lines[:_SAMPLE]))
    if blanks := delimiter == " ":
        text = "\n".join(line.strip() for line in text.splitlines())
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=blanks, strict=True
    )
    rows: list[list[Any]] = []
    try:
        for row in reader:
            rows.append(list(map(str.strip, row)))
    except csv.Error as error:
        raise InputError(
            f"{source.name}, row {len(rows) + 1}: the quotation marks are not closed as they are "
            f"opened ({error}); mend them there."
        ) from None
    return rows, {"encoding": encoding, "delimiter": delimiter}


def _sniffed(sample: str) -> str:
    """Let clevercsv find out what separates the columns."""
    clevercsv = import_extra("clevercsv", "Reading a table", "import")

    found = None
    with contextlib.suppress(clevercsv.Error):
        found = clevercsv.Detector().detect(sample, delimiters=list(SEPARATORS))
    return (found.delimiter if found is not None else "") or ","


def _decoded(source: Path, raw: bytes, encoding: str | None) -> tuple[str, str]:
    """Decode a text: as it is said to be, as UTF-8, or as charset-normalizer finds it to be.

    Western and Central European texts, and those of an old Macintosh, have the same bytes for other
    letters, which no program can distinguish in a few names; where they would read differently, the
    answer is asked for.
    """
    if encoding is not None:
        try:
            return raw.decode(encoding).removeprefix("\ufeff"), encoding
        except (LookupError, UnicodeDecodeError):
            raise InputError(
                f"--encoding {encoding}: {source.name} cannot be read so; utf-8, cp1252 (Western "
                "Europe) and cp1250 (Central Europe) are usual."
            ) from None
    several = b"\x00" in raw[:200] or raw[:2] in (b"\xff\xfe", b"\xfe\xff")  # bytes a letter
    if not several:
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode("utf-8-sig"), "utf-8"
    charset_normalizer = import_extra("charset_normalizer", "Reading this alphabet", "import")
    found = charset_normalizer.from_bytes(raw, cp_isolation=None if several else _ENCODINGS)
    best = found.best()
    if best is None:
        raise InputError(
            f"{source} is neither a workbook nor a file of SPSS or Stata, nor a text of a usual "
            "alphabet; save the table as 'CSV UTF-8', or say --encoding NAME."
        )
    encoding = best.encoding.replace("_", "-")
    if encoding in _ALIKE:
        first: dict[str, str] = {}  # the first of those that read the same
        for name in ("cp1252", "cp1250", encoding):
            first.setdefault(raw.decode(name, "replace"), name)
        if len(first) > 1:
            words = zip(*(re.split(_APART, text) for text in first), strict=False)
            differing = next(one for one in words if len(set(one)) > 1)
            pairs = list(zip(differing, first.values(), strict=True))
            readings = " or ".join(f"{word!r} ({_ALIKE[name]})" for word, name in pairs)
            options = " or ".join(f"--encoding {name}" for _, name in pairs)
            raise Question(f"{source.name} is not UTF-8: is it {readings}? {options}")
    return str(best).removeprefix("\ufeff"), encoding


def _workbook_rows(source: Path, sheet: str | None) -> _Rows:
    """Read a sheet of a workbook by calamine: numbers stay numbers, dates become texts."""
    python_calamine = import_extra("python_calamine", "Reading a workbook", "import")

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(source))
        found = {
            one: book.get_sheet_by_name(one).to_python(skip_empty_area=False)
            for one in book.sheet_names
            if sheet in (None, one)
        }
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{source} cannot be read as a workbook ({error}); open it in a spreadsheet and save "
            "it again, without a password."
        ) from None
    if not found:
        listed = ", ".join(book.sheet_names)
        raise InputError(f"{source.name} has the sheets {listed}; not {sheet!r}.")
    full = [one for one, rows in found.items() if any(cell != "" for row in rows for cell in row)]
    if not full:
        raise InputError(f"{source.name} is empty.")
    if len(full) > 1:
        raise Question(
            f"{source.name} has tables on several sheets: {', '.join(full)}. Which is meant? "
            f'--sheet "{full[0]}". If they belong together, put them into one sheet first, one '
            "below the other, with a column that says which."
        )
    rows = [[_typed(cell) for cell in row] for row in found[full[0]]]
    return rows, {"sheetName": full[0]}


def _typed(cell: Any) -> Any:
    """Keep numbers; turn everything else into text."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return composed(str(cell).strip())


def composed(text: str) -> str:
    """Write each accented letter as one character, and leave out characters that no one sees."""
    return unicodedata.normalize("NFC", text.translate(_UNSEEN))


def _read_statistics(source: Path, raw: bytes, kind: str, encoding: str | None) -> Sheet:
    """Read a file of SPSS or Stata: labels instead of codes, declared missing values counted."""
    program, beginning = _STATISTICS[kind]
    pyreadstat = import_extra("pyreadstat", f"Reading {program} file", "import")

    read = getattr(pyreadstat, f"read_{kind}")
    stata = {"disable_datetime_conversion": True} if kind == "dta" else {}
    try:
        frame, meta = read(str(source), user_missing=True, encoding=encoding, **stata)
        if not all(isinstance(name, str) for name in frame):
            raise ValueError("the name of a column is none")
    except Exception as error:  # a damaged file may raise any
        alphabets = "; --encoding cp1252, cp1250 or macintosh may be right"
        hint = alphabets if encoding or "encoding" in str(error) else ""
        raise InputError(f"{source} cannot be read as {program} file ({error}){hint}.") from None
    missing: list[tuple[str, str, int]] = []
    codes: dict[str, dict[str, float]] = {}
    cells = {}
    for name in frame:
        column = frame[name].astype(object)
        given = column.dropna()
        declared = column.isin(meta.missing_user_values.get(name, []))  # .a to .z of Stata
        for part in meta.missing_ranges.get(name, []):
            found = given[given.between(part["lo"], part["hi"])]
            declared |= column.index.isin(found.index)
        for code, n in column[declared].value_counts(sort=False).items():
            text = f"{code:g}" if isinstance(code, int | float) else f"{'.' * len(stata)}{code}"
            missing.append((name, text, int(n)))
        column = column.mask(declared | column.isna(), "")
        labels = meta.variable_value_labels.get(name, {})
        used = set(column) - {""}
        words = {labels[code].strip(): code for code in used if code in labels}
        if len(words) == len(used):  # codes of words, not numbers with some labels
            codes[name] = words
            column = column.map({code: word for word, code in words.items()} | {"": ""})
        elif stata:
            types = meta.readstat_variable_types[name], meta.original_variable_types[name]
            column = column.map(lambda cell, types=types: _of_stata(cell, *types))
        cells[name] = [_typed(cell) for cell in column]
    table = pd.DataFrame(cells, index=range(1, len(frame) + 1), dtype=object)
    blank = [int(row) for row in table.index[(table == "").all(axis=1)]]
    if len(table) == len(blank):
        raise InputError(f"{source.name} has no rows.")
    said = [f"{source.name} is {program} file; a row is a case."]
    is_old = kind == "dta" and not (raw.startswith(beginning) and raw[28:31] >= b"118")
    if is_old and encoding is None and not str(cells).isascii():
        said.append(
            "It does not say its alphabet, taken as Western European (cp1252); --encoding NAME if "
            "its letters are others."
        )
    labels = {name: label for name, label in meta.column_names_to_labels.items() if label}
    table = table.drop(index=blank)
    return Sheet(source.name, table, {"format": kind}, said, blank, missing, codes, labels)


def _of_stata(cell: Any, storage: str, form: str) -> Any:
    """Give the decimals that a number of four bytes was typed with, and the date that it shows."""
    if isinstance(cell, str):
        return cell
    if since := re.match("%-?t?([dcCmqh])", form):
        moment = (np.datetime64(_STATA_BEGINS, _SINCE[since[1]]) + round(cell)).item()
        return moment.time() if str(moment).startswith(f"{_STATA_BEGINS} ") else moment
    return float(str(np.float32(cell))) if storage == "float" else cell


def listed_rows(rows: Sequence[int]) -> str:
    """List rows, the first few of many.

    Examples
    --------
    >>> listed_rows([3]), listed_rows([3, 5]), listed_rows([1, 2, 3, 4, 5, 6, 7])
    ('row 3', 'rows 3, 5', 'rows 1, 2, 3, 4, 5 and 2 more')
    """
    shown = ", ".join(map(str, rows[:5]))
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"row{'s' * (len(rows) > 1)} {shown}{more}"
