"""What terms mean and which sources are cited, kept in a page for the cards of ``static/cards.js``.

A term is a heading of the third level on the page *glossary*; whatever links to one has a card with
the words below it. A source is an entry of the page *references*; whatever links to its DOI has a
card with the entry.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast
from urllib.parse import unquote

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

_DOI = "https://doi.org/"


def read_cards(app: Sphinx) -> list[dict[str, str]]:
    """Find what all cards say; before pages are written side by side, which then know it."""
    return [_meanings(app), _sources(app)]


def add_cards(soup: Any, app: Sphinx) -> None:
    """Mark a page's links to terms and sources, and put what their cards say into the page."""
    used = {}
    for link in soup.select(f'a[href*="glossary.html#"], a[href^="{_DOI}"]'):
        address = str(link["href"])
        is_source = address.startswith(_DOI)
        name = unquote(address).lower() if is_source else address.partition("#")[2]
        text = (_sources if is_source else _meanings)(app).get(name)
        if text and not link.find_parent(class_="citation"):
            link["data-card"] = name
            used[name] = text
    if used:
        script = soup.new_tag("script", attrs={"type": "application/json", "id": "card-texts"})
        # "</" would end the script.
        script.string = json.dumps(used, ensure_ascii=False, sort_keys=True).replace("</", "<\\/")
        soup.append(script)


@cache
def _meanings(app: Sphinx) -> dict[str, str]:
    """Give the HTML of each term's meaning by the anchor of its heading."""
    return {
        name: _without_links(app, section.children[1:])
        for document in _pages(app, "glossary")
        for section in document.findall(nodes.section)
        if isinstance(section.parent, nodes.section) and not _has_sections(section)
        for name in section["ids"]
    }


@cache
def _sources(app: Sphinx) -> dict[str, str]:
    """Give the HTML of each source by its DOI's address."""
    found = {}
    entries = [e for page in _pages(app, "references") for e in page.findall(nodes.citation)]
    for entry in entries:
        for link in entry.findall(nodes.reference):
            if str(link.get("refuri", "")).startswith(_DOI):
                words = _without_links(app, entry.children[1:])
                found[unquote(str(link["refuri"])).lower()] = words
        entry.clear()  # sphinxcontrib-bibtex keeps it, and adds its words again for the page
    return found


def _pages(app: Sphinx, name: str) -> list[nodes.document]:
    pages = [page for page in sorted(app.env.found_docs) if page.rpartition("/")[2] == name]
    return [app.env.get_and_resolve_doctree(page, app.builder) for page in pages]


def _has_sections(section: nodes.section) -> bool:
    return any(isinstance(child, nodes.section) for child in section)


def _without_links(app: Sphinx, parts: list[nodes.Node]) -> str:
    builder = cast(StandaloneHTMLBuilder, app.builder)
    shown = "".join(builder.render_partial(part)["fragment"] for part in parts)
    soup = BeautifulSoup(shown, "html.parser")
    for link in soup.find_all("a"):
        link.unwrap()
    return str(soup).strip()
