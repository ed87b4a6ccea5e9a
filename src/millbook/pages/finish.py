"""The last touches to a page's HTML: folded code, boxes that open, tables, sizes of images."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import imagesize  # type: ignore[import-untyped, unused-ignore]  # comes with Sphinx
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

from millbook.pages.cards import add_cards
from millbook.pages.tables import set_table

_HIGHLIGHT = Path(__file__).parent / "styles" / "highlight.css"
_COLOURED = set(re.findall(r"\.(\w+)", _HIGHLIGHT.read_text(encoding="utf-8"))) - {"highlight"}
_CODE = re.compile(r'<(?:div|code) class="[^"]*\bhighlight\b.*?</(?:pre|code)>', re.DOTALL)
_WORD = re.compile(r'<span(?: class="([^"]*)")?>([^<]*)</span>')
_OPTION = re.compile(r"(?<!\S)(--\w[\w-]*)")
_GAP = re.compile(r"\S {2,}\S")  # between two columns
_TABLE = 3  # lines with such a gap
_LONG = re.compile(r"(?=.{41}) *\S(?:(?!  ).)*$")  # a line that is no row
_TAG = re.compile(r"<[^>]+>")
_SET = re.compile(r"(?<![\w.)])-(?=\.?\d)|(?:(?<=\d)|^) (?=%)")  # a minus, a space before %
_AS_IT_IS = ("code", "math", "pre", "script", "style", "svg")


def finish(body: str, images: Mapping[str, Path], app: Sphinx) -> str:
    """Finish the HTML of a page's body: code is folded, and everything works without a script.

    Images are given by the names that the page has for them.
    """
    soup: Any = BeautifulSoup(_CODE.sub(_keep_colours, body), "html.parser")
    for style in soup.find_all("style"):
        if style.parent.get("class", [""])[-1].endswith("-widget"):
            style.decompose()  # the page's own sheet has it
    for code in soup.select(":not(pre) > code, .highlight pre"):
        _keep_options(code, soup)
    for cell in soup.select("div.cell"):
        _fold_code(cell, soup)
    for cell in soup.select("div.cell.silent + div.cell"):
        _join(cell)
    for box in soup.select("div.admonition.dropdown"):
        _let_open(box, soup)
    for words in soup.find_all(string=_SET):
        if not words.find_parent(_AS_IT_IS):
            words.replace_with(_SET.sub(lambda one: "−" if one[0] == "-" else "\u00a0", words))
    for table in soup.find_all("table"):
        set_table(table, soup)
    for text in soup.select(".output pre, :is(.highlight-text, .doctest) pre"):
        _keep_columns(text)
    for place, image in enumerate(soup.find_all("img")):
        _size(image, images, first=place == 0)
    add_cards(soup, app)
    return str(soup)


def _keep_colours(code: re.Match[str]) -> str:
    """Unwrap the words of code that no colour tells from others: most of a chapter's elements."""
    return _WORD.sub(
        lambda word: word[2] if _COLOURED.isdisjoint((word[1] or "").split()) else word[0], code[0]
    )


def _keep_options(code: Any, soup: Any) -> None:
    """Keep the options of a command whole, which browsers break after a hyphen."""
    for text in code.find_all(string=_OPTION):
        parts: list[Any] = _OPTION.split(text)
        for at in range(1, len(parts), 2):
            option = soup.new_tag("span", attrs={"class": "option"})
            option.string = parts[at]
            parts[at] = option
        text.replace_with(*filter(None, parts))


def _fold_code(cell: Any, soup: Any) -> None:
    """Put a cell's code into a box that opens, whatever its tags; outputs stay in sight."""
    words = "Code"
    for box in cell.find_all("details", class_="hide", recursive=False):
        if box.find("div", class_="cell_output"):
            box["class"] = ["output-folded"]
            box.summary.clear()
            box.summary.append("Output")
            del box.summary["aria-label"]
        else:
            prompt = box.summary.get_text(" ", strip=True)
            words = words if "code cell" in prompt else prompt.partition(" Hide ")[0]
            box.summary.decompose()
            box.unwrap()
    source = cell.find("div", class_="cell_input")
    if source is None:
        return
    if not cell.find("div", class_="cell_output"):
        cell["class"] += ["silent"]  # a rule that asks for it moves the page while it comes
    box = soup.new_tag("details", attrs={"class": "code"})
    summary = soup.new_tag("summary")
    summary.string = words
    source.wrap(box)
    box.insert(0, summary)


def _join(cell: Any) -> None:
    """Put the code of a cell that shows nothing into the box of the cell right below it."""
    above = cell.find_previous_sibling("div")
    upper, box = (part.find("details", class_="code") for part in (above, cell))
    if upper is None or box is None or upper.summary.get_text() != box.summary.get_text():
        return
    if cell.get("id"):
        box.find("div", class_="cell_input")["id"] = cell["id"]  # numbers link to it
    sources = upper.find_all("div", class_="cell_input")
    if above.get("id"):
        cell["id"] = above["id"]
    for source in reversed(sources):
        box.summary.insert_after(source.extract())
    above.decompose()


def _let_open(box: Any, soup: Any) -> None:
    box.name = "details"
    title = box.find("p", class_="admonition-title")
    summary = soup.new_tag("summary", attrs={"class": "admonition-title"})
    for part in list(title.contents) if title else ["More"]:
        summary.append(part)
    if title:
        title.decompose()
    box.insert(0, summary)


def _keep_columns(text: Any) -> None:
    """Let the rows of a table in a text scroll, where other lines break."""
    aligned = [line for line in text.get_text().splitlines() if _GAP.search(line)]
    if len(aligned) >= _TABLE:
        text["class"] = [*text.get("class", []), "columns"]
        text["tabindex"] = "0"
        lines = (_let_break(line) for line in text.decode_contents().split("\n"))
        text.clear()
        text.append(BeautifulSoup("\n".join(lines), "html.parser"))


def _let_break(line: str) -> str:
    """Let a line of HTML break if it is long and has no columns."""
    whole = line.count("<span") == line.count("</span")
    return (
        f'<span class="broken">{line}</span>' if whole and _LONG.match(_TAG.sub("", line)) else line
    )


def _size(image: Any, images: Mapping[str, Path], *, first: bool) -> None:
    """Say how large an image is, so that nothing moves when it comes; load it when it is near."""
    file = images.get(unquote(str(image.get("src", ""))).rpartition("/")[2])
    size = image_size(file) if file else None
    if size and not image.get("width"):
        image["width"], image["height"] = map(str, size)
    if not first:
        image["loading"] = "lazy"
    image["decoding"] = "async"


def image_size(file: Path) -> tuple[int, int] | None:
    """Read an image's width and height in pixels of CSS; None where it does not say them."""
    width, height = imagesize.get(file)
    return (round(width), round(height)) if width > 0 else None
