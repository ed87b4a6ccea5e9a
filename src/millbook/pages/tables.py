"""Tables set as tables: numbers under each other, a dash for what is missing, no row cut off."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

_PLAIN = r"[−-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][−+-]?\d+)?"
_NUMBER = re.compile(rf"{_PLAIN}(?:[ \u00a0]?%)?|[−-]?∞")
_INTERVAL = re.compile(rf"\[?{_PLAIN}(?: to |, | – ){_PLAIN}\]?")
# An estimate with its error or its interval behind it.
_ESTIMATE = re.compile(
    rf"{_PLAIN}[ \u00a0](?:(?:% )?± ?{_PLAIN}|\({_PLAIN}\)|\[{_PLAIN}, {_PLAIN}\])"
)
_P = re.compile(r"p(?:[ -]value)?|P>\|[tz]\||Pr\(>\S+\)")
# A bound or a multiple.
_BOUND = re.compile(rf"(?:(?:under|<) )?{_PLAIN}(?:[ \u00a0][%×])?")
_KINDS = (_NUMBER, _INTERVAL, _ESTIMATE, _BOUND)
_MISSING = {"", "NaN", "nan", "None", "NaT", "<NA>", "–", "—"}
_ENDLESS = {"inf", "-inf"}
_PHONE = 39.5  # letters in a line of a table on a phone of 390 pixels
_CROWDED = 48  # letters of a table whose columns of words are no towers there
_LONG = 100  # rows of a table to look things up in: as a list it would be thirty screens
_IN_A_BOX = 0.88  # of the room that a page has
_SHORT = re.compile(r"^(?=.* ).{1,8}$")  # a row's name that stays on one line
_GAP = 1.3  # between two columns, in letters
_TOWER = 14  # letters that a column of words needs so as not to be a tower
_BOLD = 1.12  # letters of a header against those of a cell
_WIDE, _THIN = frozenset("mwMW%@—"), frozenset("iljtfrI.,:;|()[]'’ -")
_FIGURE_SPACE, _POINT_SPACE = "\u2007", "\u2008"  # as wide as a digit, as a full stop


def set_table(table: Any, soup: Any) -> None:
    """Set one table of a page.

    Columns of numbers stand to the right, their points under each other; a table that a phone has
    no room for is marked as one that it shows as a list of rows, unless it is long; every table
    scrolls in a box of its own.
    """
    if "dataframe" in table.get("class", []):
        _clean_dataframe(table)
    _find_head(table, soup)
    columns = _columns(table)
    for header, cells in columns:
        _set_column(header, cells)
    for cell in table.select("thead th"):
        if not cell.get_text(strip=True):
            cell.name = "td"  # a header without words heads nothing
    for row in table.select("tbody th"):
        for words in row.find_all(string=_SHORT):
            words.replace_with(words.replace(" ", "\u00a0"))
    room = _IN_A_BOX if table.find_parent(class_=["solution", "admonition"]) else 1
    crowded = _needs(columns, 0) > _PHONE * room or _needs(columns, _TOWER) > _CROWDED * room
    if crowded and len(table.select("tbody tr")) <= _LONG:
        _stack(table, columns)
    label = table.caption.get_text(" ", strip=True) if table.caption else "Table"
    box = soup.new_tag("div", attrs={"class": "table", "tabindex": "0", "role": "group"})
    box["aria-label"] = label
    table.wrap(box)


def _find_head(table: Any, soup: Any) -> None:
    """Make a first row of headers the table's head, as in statsmodels' summaries it is not."""
    first, *rest = table.find_all("tr")
    cells = first.find_all(["th", "td"])
    empty = all(cell.name == "th" or not cell.get_text(strip=True) for cell in cells)
    if table.thead is None and rest and empty and first.find("th"):
        body = soup.new_tag("tbody")
        body.extend([row.extract() for row in rest])
        head = soup.new_tag("thead")
        head.append(first.extract())
        if table.tbody:
            table.tbody.decompose()
        table.extend([head, body])


def _clean_dataframe(table: Any) -> None:
    """Take away pandas' own look and its second header line, which names only the index."""
    del table["border"]
    own_look = table.find_previous_sibling("style")
    if own_look:
        own_look.decompose()
    for tag in table.find_all(style=True):
        del tag["style"]
    for part in [table, *table.find_all(["thead", "tbody", "tr"])]:
        for blank in part.find_all(string=str.isspace, recursive=False):
            blank.extract()
    lines = table.thead.find_all("tr") if table.thead else []
    if len(lines) == 2:
        first, second = (line.find_all("th") for line in lines)
        named = [k for k, cell in enumerate(second) if cell.get_text(strip=True)]
        if len(first) == len(second) and all(not first[k].get_text(strip=True) for k in named):
            for k in named:
                first[k].string = second[k].get_text(strip=True)
            lines[1].decompose()
    for cell in table.select("td, tbody th"):
        # An empty header of a row is no missing value.
        if cell.get_text(strip=True) in (_MISSING if cell.name == "td" else _MISSING - {""}):
            cell.string = "–"
        elif cell.get_text(strip=True) in _ENDLESS:
            cell.string = cell.get_text(strip=True).replace("inf", "∞")
    _drop_row_numbers(table)


def _drop_row_numbers(table: Any) -> None:
    """Take away whole numbers in an index without a name; they only count rows."""
    head = _grid(table.thead.find_all("tr")) if table.thead else []
    for k, (header, cells) in enumerate(_columns(table)):
        above = list({id(line[k]): line[k] for line in head if k < len(line)}.values())
        if header is None or any(one.get_text(strip=True) or one.get("colspan") for one in above):
            continue
        if all(cell.name == "th" and cell.get_text(strip=True).isdecimal() for cell in cells):
            for cell in [*above, *cells]:
                cell.decompose()
            return


def _columns(table: Any) -> list[tuple[Any, list[Any]]]:
    """List each column's header (the lowest) and cells; a cell over several rows counts once."""
    head = _grid(table.thead.find_all("tr")) if table.thead else []
    body = _grid([line for part in table.find_all("tbody") for line in part.find_all("tr")])
    width = max((len(line) for line in body), default=0)
    columns = []
    for k in range(width):
        header = next((line[k] for line in reversed(head) if k < len(line)), None)
        cells: dict[int, Any] = {id(line[k]): line[k] for line in body if k < len(line)}
        columns.append((header, list(cells.values())))
    return columns


def _grid(lines: list[Any]) -> list[list[Any]]:
    """Lay cells out by rows and columns, those that span several in each of their places."""
    grid: list[list[Any]] = []
    pending: dict[int, tuple[int, Any]] = {}
    for line in lines:
        row: list[Any] = []
        waiting = line.find_all(["th", "td"], recursive=False)
        while waiting or len(row) in pending:
            at = len(row)
            if at in pending:
                left, cell = pending.pop(at)
                if left > 1:
                    pending[at] = (left - 1, cell)
                row.append(cell)
                continue
            cell = waiting.pop(0)
            for _ in range(int(cell.get("colspan", 1))):
                if int(cell.get("rowspan", 1)) > 1:
                    pending[len(row)] = (int(cell["rowspan"]) - 1, cell)
                row.append(cell)
        grid.append(row)
    return grid


def _needs(columns: list[tuple[Any, list[Any]]], tower: float) -> float:
    """Estimate a table's width in letters, its columns of words not below a least width."""
    return sum(_width(*column, tower) + _GAP for column in columns) - _GAP


def _width(header: Any, cells: list[Any], tower: float) -> float:
    """Estimate how many letters wide a column must be: words break, numbers do not."""
    texts = [cell.get_text(" ", strip=True) for cell in cells]
    if any("number" in cell.get("class", []) for cell in cells):
        needed = max(map(_letters, texts), default=0.0)
    else:
        words = (word for text in texts for word in re.split("[ \n]+", text))  # not at hard spaces
        longest = max(map(_letters, words), default=0.0)
        needed = max(longest, min(tower, max(map(_letters, texts), default=0.0)))
    head = header.get_text(" ", strip=True).split() if header is not None else []
    return max([needed, *(_BOLD * _letters(word) for word in head)])


def _letters(text: str) -> float:
    return sum(1.5 if one in _WIDE else 0.6 if one in _THIN else 1.0 for one in text)


def _set_column(header: Any, cells: list[Any]) -> None:
    texts = [cell.get_text(strip=True) for cell in cells]
    given = [text for text in texts if text not in _MISSING]
    if not given:
        return
    if all(map(_NUMBER.fullmatch, given)):
        if header is not None and _P.fullmatch(header.get_text(strip=True)):
            _bound_zeros(cells)
        _align_points(cells)
    elif all(any(kind.fullmatch(text) for kind in _KINDS) for text in given):
        for string in [string for cell in cells for string in cell.strings]:
            string.replace_with(string.replace("-", "−"))
    else:
        return
    for cell in [*cells, *([] if header is None or header.get("colspan") else [header])]:
        cell["class"] = [*cell.get("class", []), "number"]


def _bound_zeros(cells: list[Any]) -> None:
    """Write a p-value that its digits show as 0 as less than their last, since none is 0."""
    for cell in cells:
        text = cell.get_text(strip=True)
        if re.fullmatch(r"0\.0+", text):
            cell.string = f"< {text[:-1]}1"


def _align_points(cells: list[Any]) -> None:
    """Fill numbers up on the right with spaces as wide as the digits they lack."""
    strings = [cell.find(string=True) for cell in cells if len(list(cell.strings)) == 1]
    lengths = {id(string): _decimals(string.strip()) for string in strings}
    most = max(lengths.values(), default=0)
    for string in strings:
        text = string.strip()
        lacking = most - lengths[id(string)]
        if text in _MISSING:
            continue
        if lacking and not text.endswith(("%", "∞")) and "e" not in text.lower():
            points = _POINT_SPACE if lengths[id(string)] == 0 else ""
            text = text + points + _FIGURE_SPACE * lacking
        if not text.strip("-−0.\u2007\u2008"):
            text = text.lstrip("-−")  # less than the digits show has no sign
        string.replace_with(text.replace("-", "−"))


def _decimals(text: str) -> int:
    found = re.search(r"\.(\d+)$", text)
    return len(found.group(1)) if found else 0


def _stack(table: Any, columns: list[tuple[Any, list[Any]]]) -> None:
    """Give rows a title, cells their column's words, and every part the role that a list loses."""
    table["class"] = [*table.get("class", []), "stacked"]
    table["role"] = "table"
    head = _grid(table.thead.find_all("tr")) if table.thead else []
    indexed = sum(1 for _ in takewhile(lambda one: one[1] and one[1][0].name == "th", columns))
    labels = [_label(head, k, indexed) for k in range(len(columns))]
    for label, (_, cells) in zip(labels, columns, strict=True):
        for cell in cells:
            if cell.get_text(strip=True):
                cell["data-label"] = label
    names = [header.get_text(" ", strip=True) if header else "" for header, _ in columns]
    for body in table.find_all("tbody"):
        lines = body.find_all("tr")
        for line, cells in zip(lines, _grid(lines), strict=True):
            _entitle(line, cells, names)
    roles = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
    for name, role in roles.items():
        for part in table.find_all(name):
            part["role"] = role
    for cell in table.find_all("th"):
        cell["role"] = "columnheader" if cell.find_parent("thead") else "rowheader"


def _label(head: list[list[Any]], k: int, indexed: int) -> str:
    """Name a column by all headers above it, a number with what it is a number of."""
    words = []
    for line in head:
        name = line[indexed - 1].get_text(" ", strip=True) if len(head) > 1 and indexed else ""
        text = line[k].get_text(" ", strip=True) if k < len(line) else ""
        of = k >= indexed and name and _NUMBER.fullmatch(text)
        words.append(f"{name} {text}" if of else text)
    return ", ".join(dict.fromkeys(filter(None, words)))


def _entitle(line: Any, cells: list[Any], names: list[str]) -> None:
    """Make a row's first headers, those over several rows among them, the title of its list."""
    heads = list(takewhile(lambda cell: cell.name == "th", cells)) or cells[:1]
    words = [cell.get_text(" ", strip=True) for cell in heads]
    # A number says nothing without the name of its column.
    said = [
        f"{name} {text}" if name and _NUMBER.fullmatch(text) else text
        for name, text in zip(names, words, strict=False)
    ]
    for cell in heads[:-1]:
        if cell.parent is line:
            cell["class"] = [*cell.get("class", []), "outer"]
    heads[-1]["class"] = [*heads[-1].get("class", []), "title"]
    whole, own = ", ".join(filter(None, said)), words[-1]
    heads[-1]["data-label"] = whole.removesuffix(own)
