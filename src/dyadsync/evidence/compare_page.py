"""A comparison of two builds as a page of its own, with the figures in pairs beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from html import escape
from pathlib import Path

from dyadsync.errors import InputError
from dyadsync.evidence.compare import Comparison, Difference, Figure, FigurePair

__all__ = ["write_comparison"]

_MARK = '<meta name="generator" content="dyadsync compare">'
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
th, td { border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; }
.pair img { max-width: 100%; background: white; }
figure { margin: 0; }
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
            _pair(pair, names, figures, number)
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
    title = f"{names[0]} and {names[1]} compared"
    heads = [f"in {names[0]}", f"in {names[1]}"]
    results = found.results
    differing, alike = results.differing_verdicts, len(results.verdicts)
    sections = [
        _section(
            f"Verdicts: {len(differing)} of {alike} differ",
            ["claim", "method", *heads],
            (
                (f"({one.claim})", one.method, one.before or "–", one.after or "–")
                for one in sorted(results.verdicts, key=lambda one: not one.differs)
            ),
            numbers=0,
        ),
        _section(
            f"Published numbers: {len(results.differing_numbers)} of "
            f"{len(results.numbers):,} differ",
            ["result", "number", *heads, "change, in standard errors"],
            (one.cells for one in results.differing_numbers),
            numbers=3,
        ),
        *(
            _section(title, ["what", *heads], _rows(rows), numbers=0)
            for title, rows in (
                ("Parameters that differ", found.parameters),
                ("Data that differ", found.data),
                ("Made with", found.versions),
                ("Numbers in the text that differ", found.text),
            )
        ),
    ]
    moved = sum(pair.differs for pair in found.figures)
    figures = f"<h2>Figures: {moved} of {len(found.figures)} differ</h2>{pairs}"
    same = "<p>The two builds are the same in every verdict, number and figure.</p>"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{_MARK}\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{same if found.same else ''}"
        f"{''.join(sections)}{figures}\n</main>\n</body>\n</html>\n"
    )


def _rows(differences: Iterable[Difference]) -> Iterable[tuple[str, ...]]:
    return ((one.name, one.before, one.after) for one in differences)


def _section(title: str, heads: list[str], rows: Iterable[tuple[str, ...]], *, numbers: int) -> str:
    """Lay a heading and a table out, whose last columns are numbers; nothing if it has no row."""
    body = "".join(f"<tr>{_cells('td', row, numbers)}</tr>\n" for row in rows)
    if not body:
        return f"<h2>{escape(title)}</h2>\n" if ":" in title else ""
    head = _cells("th", tuple(heads), numbers)
    return (
        f'<h2>{escape(title)}</h2>\n<div class="wide" tabindex="0"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody>\n</table></div>\n"
    )


def _cells(tag: str, row: tuple[str, ...], numbers: int) -> str:
    first_number = len(row) - numbers
    return "".join(
        f"<{tag}{' class=number' if place >= first_number else ''}>{escape(cell)}</{tag}>"
        for place, cell in enumerate(row)
    )


def _pair(pair: FigurePair, names: tuple[str, str], folder: Path, number: int) -> str:
    shown = "".join(
        _figure(one, name, folder, f"{number}-{place}")
        for place, (one, name) in enumerate(zip((pair.before, pair.after), names, strict=True), 1)
    )
    title = f"Chapter {pair.chapter}, cell {pair.cell}"
    return f'<h3>{escape(title)}</h3>\n<div class="pair">{shown}</div>\n'


def _figure(one: Figure | None, name: str, folder: Path, file: str) -> str:
    if one is None:
        return f"<p>There is no such figure in {escape(name)}.</p>"
    path = folder / f"{file}.{one.suffix}"
    path.write_bytes(one.content)
    alt = one.alt or "A figure of the chapter."
    return (
        f'<figure><img src="figures/{path.name}" alt="{escape(alt)}">'
        f"<figcaption>{escape(name)}</figcaption></figure>"
    )
