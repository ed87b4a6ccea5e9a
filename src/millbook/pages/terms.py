"""What the terms of a page mean, kept in the page for the cards that ``static/cards.js`` opens."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder


def explain_terms(soup: Any, app: Sphinx) -> None:
    """Mark a page's links to the glossary and put the meanings of their terms into the page.

    Parameters
    ----------
    soup
        The page, as Beautiful Soup gives it; changed in place.
    app
        Sphinx, which has read the glossary.
    """
    used = {}
    for link in soup.select("a:has(> .std-term)"):
        term = str(link["href"]).rpartition("#")[2]
        meaning = _meanings(app).get(term)
        if meaning:
            link["data-term"] = term
            used[term] = meaning
    if used:
        script = soup.new_tag("script", attrs={"type": "application/json", "id": "dyadsync-terms"})
        # "</" would end the script.
        script.string = json.dumps(used, ensure_ascii=False, sort_keys=True).replace("</", "<\\/")
        soup.append(script)


@cache
def _meanings(app: Sphinx) -> dict[str, str]:
    """Give the HTML of each term's meaning by the term's anchor."""
    objects = app.env.domains["std"].get_objects()
    pages = sorted({page for _, _, kind, page, _, _ in objects if kind == "term"})
    return {name: meaning for page in pages for name, meaning in _of_page(app, page)}


def _of_page(app: Sphinx, page: str) -> list[tuple[str, str]]:
    builder = cast(StandaloneHTMLBuilder, app.builder)
    document = app.env.get_and_resolve_doctree(page, builder)
    found = []
    for glossary in document.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            body = next(part for part in item.children if isinstance(part, nodes.definition))
            parts = [builder.render_partial(part)["fragment"] for part in body.children]
            soup = BeautifulSoup("".join(parts), "html.parser")
            for link in soup.find_all("a"):
                link.unwrap()
            meaning = str(soup).strip()
            found += [
                (name, meaning)
                for term in item.children
                if isinstance(term, nodes.term)
                for name in term["ids"]
            ]
    return found
