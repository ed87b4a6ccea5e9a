"""The pages of a book as one document, PDF and Word, from its executed notebooks.

Text, tables and figures become one HTML document, code is left out; pandoc makes Word and Typst of
it, and Typst the PDF. Both come as wheels with the extra ``report``.
"""

from __future__ import annotations

import os
import re
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import escape, unescape
from importlib.util import find_spec
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from millbook.errors import InputError
from millbook.figures.cell_options import read_options
from millbook.figures.display import SVG
from millbook.notebook_file import read_notebook
from millbook.temporary import temporary_folder

NAMES = ("report.pdf", "report.docx")
_LATIN = 0x24F
_FIGURE_WIDTH = "10cm"
_EPOCH = "315532800"  # 1980, the first day that a Word file can have: equal books, equal bytes
_TYPST = """
#set document(title: {title}, author: {authors}, date: none)
#set page(paper: "a4", margin: (x: 2.4cm, y: 2.2cm), numbering: "1")
#set text(size: 10.5pt, hyphenate: false, font: ("Libertinus Serif", "DejaVu Sans", "IPAexGothic"))
#set par(leading: 0.62em, spacing: 0.95em)
#set table(stroke: none, inset: (x: 4pt, y: 3pt))
#set table.hline(stroke: 0.5pt)
#show table: set text(size: 9pt)
#show table: set par(justify: false)
// A long word may break anywhere, so that it stays in its cell.
#show regex("\\S{50,}"): word => word.text.clusters().join(sym.zws)
// A table of fewer than twenty rows stays on one page.
#show table: it => {
  let few = it.children.len() < 20 * it.columns.len()
  if few { block(breakable: false, it) } else { it }
}
#show figure: set block(breakable: true)
// A figure stands at the top or the end of a page, so that text fills the pages.
#show figure.where(kind: image): set figure(placement: auto)
#show figure: set figure(numbering: none)
#show figure.caption: it => align(left, text(size: 9pt, it.body))
#show heading.where(level: 1): set block(above: 1.6em, below: 0.9em)
#show heading: set text(font: ("DejaVu Sans", "IPAexGothic"), size: 0.9em)
#show heading: set block(sticky: true)
// The figures of a section are placed before the next begins.
#show heading.where(level: 1): it => place.flush() + it
#let horizontalrule = line(length: 100%)
#align(left, text(size: 20pt, weight: "bold", {title}))
#{authors}.join(", ")
#v(1em)
{boxes}#outline(depth: 2, title: [Contents])
#v(1em)

"""


def write_documents(
    notebooks: Sequence[Path], title: str, folder: Path, authors: Sequence[str] = ()
) -> list[Path]:
    """Write ``report.pdf`` and ``report.docx`` from executed notebooks in the order of the book.

    Each takes its place in the folder when it is whole.
    """
    try:
        import pypandoc
        import typst
    except ImportError as error:
        raise InputError(
            f"PDF and Word need the package {error.name}: pip install pypandoc-binary typst."
        ) from None
    fonts = _fonts()
    pandoc = pypandoc.get_pandoc_path()
    with temporary_folder() as work:
        page = work / "book.html"
        page.write_text(_as_html(notebooks, title, authors, work), encoding="utf-8")
        body = _run(pandoc, page, "typst", work)
        text = re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
        boxes = _as_boxes(missing_letters(f"{title} {authors} {unescape(text)}", fonts))
        source = work / "book.typ"
        head = _TYPST.replace("{boxes}", boxes)
        head = head.replace("{authors}", f"({''.join(f'{_quoted(one)}, ' for one in authors)})")
        source.write_text(head.replace("{title}", _quoted(title)) + body, encoding="utf-8")
        typst.compile(source, output=work / NAMES[0], root=work, font_paths=fonts)
        for drawing in sorted(work.glob("*.svg")):
            _as_png(drawing, fonts)
        text = page.read_text(encoding="utf-8").replace('.svg"', '.png"')
        page.write_text(text, encoding="utf-8")
        _run(pandoc, page, "docx", work, "--toc", "--toc-depth=2", "-o", NAMES[1])
        for made in NAMES:
            there = folder / f".{made}"
            there.write_bytes((work / made).read_bytes())
            there.replace(folder / made)
    return [folder / made for made in NAMES]


def _run(pandoc: str, page: Path, to: str, work: Path, *options: str) -> str:
    command = [pandoc, "-f", "html", "-t", to, "--wrap=none", page.name, *options]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": _EPOCH}
    done = subprocess.run(
        command, cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InputError(f"pandoc could not write the {to} document: {done.stderr.strip()}")
    return done.stdout


def _quoted(text: str) -> str:
    """Write text as Typst quotes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _as_html(notebooks: Sequence[Path], title: str, authors: Sequence[str], work: Path) -> str:
    figures = count(1)
    parts = [part for path in notebooks for part in _parts(path, work, figures)]
    # What introduces a table stays on its page.
    for before, (part, after) in enumerate(pairwise(parts)):
        if after.startswith("<table") and part.startswith("<p>"):
            parts[before] = f'<div typst:sticky="true">{part}</div>'
    # A class would tempt a reader of the table to style; only its cells count.
    names = "".join(f'<meta name="author" content="{escape(one)}">' for one in authors)
    head = f'<head><meta charset="utf-8"><title>{escape(title)}</title>{names}</head>'
    return f'<!doctype html><html lang="en">{head}<body>{"".join(parts)}</body></html>'


def _parts(path: Path, work: Path, figures: Iterator[int]) -> Iterator[str]:
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False})
    for cell in read_notebook(path)["cells"]:
        if cell["cell_type"] == "markdown":
            # The fence of a box says nothing on paper.
            lines = [line for line in cell["source"].splitlines() if not line.startswith(":::")]
            yield markdown.render("\n".join(lines))
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if SVG in data:
                yield _figure(cell, data[SVG], work, next(figures))
            elif "text/html" in data:
                yield str(data["text/html"])
            elif "text/markdown" in data:
                yield markdown.render(data["text/markdown"])


def _figure(cell: Any, drawing: str, work: Path, number: int) -> str:
    options = read_options(cell["source"], cell.get("id", ""))
    file = work / f"figure-{number}.svg"
    file.write_text(drawing, encoding="utf-8")
    caption = f"Figure {number}. {options.get('caption', '')}"
    alt = escape(str(options.get("alt", "")), quote=True)
    return (
        f'<figure><img src="{file.name}" alt="{alt}" style="width:{_FIGURE_WIDTH}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _as_png(drawing: Path, fonts: list[Path]) -> None:
    """Draw a figure as Word shows it everywhere."""
    import typst

    source = drawing.with_suffix(".typ")
    source.write_text(
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        f'#image("{drawing.name}", width: {_FIGURE_WIDTH})',
        encoding="utf-8",
    )
    png = drawing.with_suffix(".png")
    typst.compile(
        source, output=png, root=drawing.parent, font_paths=fonts, format="png", ppi=220.0
    )


def missing_letters(text: str, folders: Sequence[Path]) -> str:
    """Find the letters that no font of some folders or of this machine has, in order.

    Latin letters are in every font that a document uses.
    """
    wanted = {letter for letter in text if ord(letter) > _LATIN and _is_drawn(letter)}
    brought = [str(file) for folder in folders for file in sorted(folder.glob("*.[to]tf"))]
    wanted = _without(wanted, brought)
    if wanted:  # else matplotlib is not loaded, which reads, and keeps, a user's own settings
        from matplotlib.font_manager import findSystemFonts

        wanted = _without(wanted, findSystemFonts())
    return "".join(sorted(wanted))


def _without(wanted: set[str], fonts: Iterable[str]) -> set[str]:
    """Leave out the letters that one of some fonts has."""
    from fontTools.ttLib import TTFont, TTLibError

    for file in fonts:
        if not wanted:
            break
        if "LastResort" in file:  # whose letters are all boxes
            continue
        try:
            with TTFont(file, fontNumber=0, lazy=True) as font:
                letters = font.getBestCmap() or {}
        except (OSError, TTLibError):  # a kind of font that is not read here
            continue
        wanted = {letter for letter in wanted if ord(letter) not in letters}
    return wanted


def _is_drawn(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNPS"


def _as_boxes(letters: str) -> str:
    """Say which letters the PDF shows as boxes; nothing where it shows all."""
    if not letters:
        return ""
    codes = [f"U+{ord(letter):04X}" for letter in letters]
    more = f" and {len(codes) - 8} more" if len(codes) > 8 else ""
    return (
        f"No font of the machine that made this PDF has the letters {', '.join(codes[:8])}{more}, "
        "which are boxes here. With a font that has them, such as Noto Sans CJK, the next build "
        "shows them; the site and the Word file use the reader's fonts.\n\n"
    )


def _fonts() -> list[Path]:
    """Find fonts that are the same on every machine: those of figures, and one for Japanese.

    For letters that neither has Typst takes a font of the machine.
    """
    folders = []
    for package, fonts in (("matplotlib", "mpl-data/fonts/ttf"), ("matplotlib_fontja", "fonts")):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent / fonts)
    return folders
