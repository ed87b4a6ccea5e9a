"""A comparison of two builds as a page of its own, with the figures in pairs beside it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup

from millbook.errors import InputError
from millbook.evidence.compare import SAME, Comparison, Figure, FigurePair
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
    """Write a comparison as ``index.html`` and a folder of figures, and give the page.

    The folder is a new or empty one, or holds an earlier comparison, which is replaced.
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
    sections = []
    if found.verdicts:
        differing, equal = (
            [one.cells for one in found.verdicts if one.differs is differs]
            for differs in (True, False)
        )
        heads = ["what", "verdict before", "after"]
        sections += [
            f"<h2>Verdicts: {len(differing)} of {len(found.verdicts)} differ</h2>",
            _table(heads, differing),
        ]
        if equal:
            folded = f"<summary>Verdicts that are the same</summary>{_table(heads, equal)}"
            sections.append(f"<details>{folded}</details>")
    numbers = found.differing_numbers
    sections += [
        f"<h2>Published numbers: {len(numbers):,} of {len(found.numbers):,} differ</h2>",
        _table(
            ["result", "number", "before", "after", "change, in standard errors"],
            [one.cells for one in numbers],
        ),
    ]
    for title, some in (
        ("Parameters that differ", found.parameters),
        ("Data that differ", found.data),
        ("Made with", found.versions),
        ("Sentences that differ", found.text),
    ):
        if some:
            rows = [one.cells for one in some]
            sections.append(f"<h2>{title}</h2>{_table(['what', 'before', 'after'], rows)}")
    moved = sum(pair.differs for pair in found.figures)
    sections.append(f"<h2>Figures: {moved} of {len(found.figures)} differ</h2>{pairs}")
    before, after = map(escape, names)
    main = BeautifulSoup(
        f"<main><h1>Two builds compared</h1>"
        f'<dl class="sides"><dt>before</dt><dd>{before}</dd><dt>after</dt><dd>{after}</dd></dl>'
        f"{f'<p>{SAME}</p>' if found.same else ''}{''.join(sections)}</main>",
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


def _table(heads: list[str], rows: Sequence[tuple[str, ...]]) -> str:
    """Lay out a table; nothing if it has no row."""
    with pd.option_context("display.max_colwidth", None):
        return str(pd.DataFrame(rows, columns=heads).to_html(index=False)) if rows else ""


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
