"""Sources: whatever a chapter links by its DOI stands in the bibliography."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

CHAPTERS = Path(__file__).parents[1] / "chapters"
PAGES = sorted([*CHAPTERS.glob("*.md"), *CHAPTERS.glob("*.ipynb")])
_ENTRY = re.compile(r"doi = \{([^}]+)\}")
# A DOI may hold brackets, in pairs.
_LINK = re.compile(r"\]\(https://doi\.org/((?:[^\s()]|\([^\s()]*\))+)\)")


def listed():
    text = (CHAPTERS / "references.bib").read_text(encoding="utf-8")
    return {doi.lower() for doi in _ENTRY.findall(text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_source_that_a_chapter_links_is_in_the_bibliography(page):
    linked = {unquote(doi).lower() for doi in _LINK.findall(page.read_text(encoding="utf-8"))}
    assert linked - listed() == set()


def test_the_page_of_references_lists_all_that_the_bibliography_has():
    assert ":all:" in (CHAPTERS / "54_references.md").read_text(encoding="utf-8")
