"""What a page of a book tells of the data that the book is of."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from bs4 import BeautifulSoup

# What is told of other data, of the study that the book follows, of code and of where things are.
NOT_OF_THESE_DATA = (
    ".dyadsync-followed, pre, code, script, style, nav, footer, .provenance, .highlight,"
    " .footnote-list, .citation, .footnote, .bibliography"
)

# What two samples of a person a session are told by, and where that is of no study.
OF_PHASES = re.compile(
    r"(?i)session changes?\b|pairs? of changes|'s? changes?\b|(?:mean|each|both|large) changes?\b|"
    r"\b(?:four|both) samples\b(?! are there)|`pre`|`post`|\bsaliva|\btube|logarithmic axis|"
    r"(?:before|after|over) each session|(?:sister|brother) before and after"
)
NOT_OF_A_SESSION = {"own-data", "change", "beyond", "validation", "api", "glossary"}


def own_words(page: Path) -> str:
    """Give the words of a page, with those of its figures, that are of its own data."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    for part in soup.select(NOT_OF_THESE_DATA):
        part.decompose()
    main = soup.select_one("main") or soup
    images = main.find_all("img")
    alts = [str(image.get("alt", "")) for image in images]
    drawn = [_drawn_words(page.parent / str(image["src"])) for image in images]
    return " ".join([main.get_text(" "), *alts, *drawn])


def _drawn_words(image: Path) -> str:
    if image.suffix != ".svg":
        return ""
    drawing = ElementTree.parse(image)
    return " ".join(text for text in drawing.getroot().itertext() if text.strip())
