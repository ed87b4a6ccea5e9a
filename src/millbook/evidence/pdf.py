"""The whole book as one PDF: the articles of its pages, one after the other, printed by Chromium.

Chromium numbers nothing and links nothing by itself: figures have their numbers from Sphinx, and
links between pages become links within the one document.
"""

from __future__ import annotations

import logging
import posixpath
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from millbook.errors import InputError

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
"""Programs that print; the first that is found does."""

_STYLE = """
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-center { content: counter(page); } }
@page :first { @bottom-center { content: none; } }
html, body { background: white; color: black; }
.print-title { padding-top: 35vh; text-align: center; break-after: page; }
.print-page { break-before: page; max-width: none; }
.print-page:first-of-type { break-before: auto; }
h1, h2, h3, h4 { break-after: avoid; }
figure, table, .admonition { break-inside: avoid; }
img, svg { max-width: 100%; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.headerlink, button, nav, footer, script, .copybtn, .prev-next-area { display: none !important; }
"""


def find_browser() -> str:
    """Find a program that prints pages.

    Raises
    ------
    InputError
        If there is none.
    """
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise InputError(
        "The PDF is printed by Chromium, and none is found; install chromium or Chrome, or make "
        "the supplement without the PDF: --no-pdf."
    )


def print_book(html: Path, pages: list[str], output: Path, citation: Mapping[str, Any]) -> None:
    """Print a site as one PDF.

    Parameters
    ----------
    html
        The site.
    pages
        Its pages in their order, without ``.html``, such as ``chapters/data``.
    output
        The PDF.
    citation
        Gives the title, the authors and the day that the PDF names.

    Raises
    ------
    InputError
        If no browser is found, or it cannot print.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="millbook-print-") as name:
        folder = Path(name)
        shutil.copytree(html, folder / "site")
        whole = folder / "site" / "print.html"
        whole.write_text(join_pages(html, pages, citation), encoding="utf-8")
        printed = folder / "book.pdf"
        command = [  # root and containers have no sandbox; the page holds no script
            *(browser, "--headless", "--disable-gpu", "--no-sandbox"),
            f"--user-data-dir={folder / 'me'}",
            *("--no-first-run", "--disable-background-networking", "--no-pdf-header-footer"),
            *("--generate-pdf-document-outline", "--virtual-time-budget=120000"),
            *(f"--print-to-pdf={printed}", whole.as_uri()),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not printed.is_file():
            raise InputError(f"{browser} could not print the book: {done.stderr.strip()[-500:]}")
        _finish(printed, output, citation)


def join_pages(html: Path, pages: list[str], citation: Mapping[str, Any]) -> str:
    """Put the articles of a site's pages into one page, whose links stay within it."""
    from bs4 import BeautifulSoup

    whole = BeautifulSoup(
        "<!DOCTYPE html><html lang='en'><head></head><body></body></html>", "html.parser"
    )
    style = whole.new_tag("style")
    style.string = _STYLE
    meta = whole.new_tag("meta", charset="utf-8")
    title = whole.new_tag("title")
    title.string = str(citation["title"])
    whole.head.extend([meta, title])  # type: ignore[union-attr]
    whole.body.append(_title_page(whole, citation))  # type: ignore[union-attr]
    sheets: dict[str, Tag] = {}  # not every page has that of formulas
    for page in pages:
        soup = BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        for sheet in soup.find_all("link", rel="stylesheet"):
            sheet["href"] = address = _from_root(page, str(sheet["href"]))
            sheets.setdefault(address, sheet)
        article = soup.find("article")
        if article is not None:
            whole.body.append(_of_page(whole, page, article, set(pages)))  # type: ignore[union-attr]
    whole.head.extend([*sheets.values(), style])  # type: ignore[union-attr]
    return str(whole)


def _title_page(whole: BeautifulSoup, citation: Mapping[str, Any]) -> Tag:
    from millbook.evidence.deposit import author_names

    page = whole.new_tag("div", attrs={"class": "print-title"})
    lines = [citation["title"], "; ".join(author_names(dict(citation)))]
    lines.append(f"Version {citation['version']}, {citation['date-released']}")
    for line in lines:
        paragraph = whole.new_tag("p")
        paragraph.string = str(line)
        page.append(paragraph)
    return page


def _of_page(whole: BeautifulSoup, page: str, article: Tag, pages: set[str]) -> Tag:
    for tag in article.find_all(["script", "source"]):  # a source is a drawing for phones
        tag.decompose()
    for tag in article.find_all(True):
        if tag.name == "details":
            tag["open"] = ""
        for key in ("id", "for", "aria-labelledby", "aria-describedby"):
            if key in tag.attrs:
                tag[key] = " ".join(f"{page}--{name}" for name in str(tag[key]).split())
        for key in ("src", "data", "poster"):
            if key in tag.attrs:
                tag[key] = _from_root(page, str(tag[key]))
        if "href" in tag.attrs:
            tag["href"] = _target(page, str(tag["href"]), pages)
    section = whole.new_tag("section", attrs={"class": "print-page", "id": page})
    section.append(article)
    return section


def _target(page: str, address: str, pages: set[str]) -> str:
    """Lead a link to the place in the one document; one to elsewhere stays."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return address
    path = _from_root(page, parts.path) if parts.path else f"{page}.html"
    other = unquote(path).removesuffix(".html")
    if other in pages:
        return f"#{other}--{parts.fragment}" if parts.fragment else f"#{other}"
    return path


def _from_root(page: str, address: str) -> str:
    """Write an address, given from a page, as it is from the root of the site."""
    if urlsplit(address).scheme or address.startswith(("#", "//")):
        return address
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), address))


def _finish(printed: Path, output: Path, citation: Mapping[str, Any]) -> None:
    """Give the PDF its title, and the day of release in the place of the clock's."""
    import pypdf
    from pypdf.generic import ArrayObject, ByteStringObject

    from millbook.evidence.deposit import author_names

    # pypdf warns where the trailer that Chromium wrote names fewer objects than there are.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    writer = pypdf.PdfWriter(clone_from=printed)
    day = f"D:{str(citation['date-released']).replace('-', '')}000000Z"
    writer.metadata = {
        "/Title": str(citation["title"]),
        "/Author": "; ".join(author_names(dict(citation))),
        "/CreationDate": day,
        "/ModDate": day,
    }
    writer.page_mode = "/UseOutlines"
    identity = ByteStringObject(str(citation["version"]).encode().ljust(16)[:16])
    writer._ID = ArrayObject([identity, identity])
    with output.open("wb") as file:
        writer.write(file)
