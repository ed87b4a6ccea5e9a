"""A comparison of two builds as a page of its own, with the figures in pairs beside it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup

from millbook.errors import InputError
from millbook.evidence.compare import Comparison, Figure, FigurePair
from millbook.pages.tables import set_table
from millbook.pages.theme import sheet

_MARK = '<meta name="generator" content="millbook compare">'
_STYLE = """
body { max-width: 64rem; margin: 0 auto; padding: 1rem; }
.sides { display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 1rem; max-width: none; }
.sides dd { margin: 0; overflow-wrap: anywhere; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; }
.beside figure { margin: 0; }
"""


def write_comparison(found: Comparison, names: tuple[str, str], folder: Path) -> Path:
    """Write a comparison as ``index.html`` and a folder of figures.

    Parameters
    ----------
    found
        What `compare_builds` found.
    names
        What the two builds are called.
    folder
        A new or empty folder, or one that holds an earlier comparison, which is replaced.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If the folder holds something else, or cannot be written to.
    """
    page, figures = folder / "index.html", folder / "figures"
    try:
        _refuse_to_overwrite(folder)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(figures, ignore_errors=True)
        figures.mkdir()
        pairs = "".join(
            _pair(pair, figures, number)
            for number, pair in enumerate(found.figures, start=1)
            if pair.differs
        )
        page.write_text(_page(found, names, pairs), encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            f"--output {folder} cannot be written to ({error.strerror}); choose another folder."
        ) from None
    return page


def _refuse_to_overwrite(folder: Path) -> None:
    if not folder.exists():
        return
    page = folder / "index.html"
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else {"a file"}
    ours = page.is_file() and _MARK in page.read_text(encoding="utf-8", errors="replace")
    if there and not (ours and there <= {"index.html", "figures"}):
        raise InputError(
            f"--output {folder} holds something else than a comparison; choose a new folder."
        )


def _page(found: Comparison, names: tuple[str, str], pairs: str) -> str:
    results = found.results
    verdicts = [
        [one for one in results.verdicts if one.differs is differs] for differs in (True, False)
    ]
    differing, equal = (
        [(one.name, one.before or "–", one.after or "–") for one in some] for some in verdicts
    )
    heads = ["what", "verdict before", "after"]
    of_verdicts = [
        f"<h2>Verdicts: {len(differing)} of {len(results.verdicts)} differ</h2>",
        _table(heads, differing),
        _folded("Verdicts that are the same", _table(heads, equal)),
    ]
    sections = [
        *(of_verdicts if results.verdicts else []),
        f"<h2>Published numbers: {len(results.differing_numbers):,} of "
        f"{len(results.numbers):,} differ</h2>",
        _table(
            ["result", "number", "before", "after", "change, in standard errors"],
            [one.cells for one in results.differing_numbers],
            numbers=3,
        ),
    ]
    for title, some in (
        ("Parameters that differ", found.parameters),
        ("Data that differ", found.data),
        ("Made with", found.versions),
        ("Sentences that differ", found.text),
    ):
        if some:
            rows = [(one.name, one.before, one.after) for one in some]
            sections.append(f"<h2>{title}</h2>{_table(['what', 'before', 'after'], rows)}")
    moved = sum(pair.differs for pair in found.figures)
    sections.append(f"<h2>Figures: {moved} of {len(found.figures)} differ</h2>{pairs}")
    same = "<p>The two builds are the same in every verdict, number and figure.</p>"
    before, after = map(escape, names)
    main = BeautifulSoup(
        f"<main><h1>Two builds compared</h1>"
        f'<dl class="sides"><dt>before</dt><dd>{before}</dd><dt>after</dt><dd>{after}</dd></dl>'
        f"{same if found.same else ''}{''.join(sections)}</main>",
        "html.parser",
    )
    for table in main.find_all("table"):
        set_table(table, main)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{_MARK}\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Two builds compared</title>\n<style>{sheet()}{_STYLE}</style>\n</head>\n"
        f"<body>\n{main}\n</body>\n</html>\n"
    )


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>{content}</details>" if content else ""


def _table(heads: Sequence[str], rows: Sequence[tuple[str, ...]], *, numbers: int = 0) -> str:
    """Lay out a table whose last columns are numbers; nothing if it has no row."""
    if not rows:
        return ""
    body = "".join(f"<tr>{_cells('td', row, numbers)}</tr>\n" for row in rows)
    head = _cells("th", tuple(heads), numbers)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _cells(tag: str, row: tuple[str, ...], numbers: int) -> str:
    first_number = len(row) - numbers
    return "".join(
        f"<{tag}{' class=number' if place >= first_number else ''}>{escape(cell)}</{tag}>"
        for place, cell in enumerate(row)
    )


def _pair(pair: FigurePair, folder: Path, number: int) -> str:
    shown = "".join(
        _figure(one, side, folder, f"{number}-{place}")
        for place, (side, one) in enumerate([("before", pair.before), ("after", pair.after)], 1)
    )
    title = f"Chapter {pair.chapter}, cell {pair.cell}"
    return f'<h3>{escape(title)}</h3>\n<div class="beside">{shown}</div>\n'


def _figure(one: Figure | None, side: str, folder: Path, file: str) -> str:
    if one is None:
        return f"<p>There is no such figure {side}.</p>"
    path = folder / f"{file}.{one.suffix}"
    path.write_bytes(one.content)
    alt = one.alt or "A figure of the chapter."
    return (
        f'<figure><img src="figures/{path.name}" alt="{escape(alt)}">'
        f"<figcaption>{side}</figcaption></figure>"
    )
