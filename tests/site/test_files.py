"""The real book at the quick profile: its files, its links, and what it says of its data."""

import gzip
import hashlib
import re
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from millbook.evidence.published import moved
from tests.site.pages import CHAPTERS, Html

pytestmark = pytest.mark.book


def pages(site):
    return sorted([*site.html.glob("*.html"), *site.html.glob("chapters/*.html")])


def test_no_cell_printed_a_warning(site):
    import nbformat

    for path in sorted(site.notebooks.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                assert output.get("name") != "stderr", (path.name, output["text"][:500])


# Chapters about the columns of a table or the names of parameters show these as they are.
_OF_NAMES = {"data", "change", "from-your-table", "own-data", "add-your-own", "api", "codebook"}


@pytest.mark.parametrize("name", [name for name in CHAPTERS if name[9:] not in _OF_NAMES])
def test_tables_are_in_readers_words(site, name):
    page = BeautifulSoup((site.html / f"{name}.html").read_text("utf-8"), "html.parser")
    for folded in page.select("details, code"):
        folded.decompose()
    cells = [cell.get_text(" ", strip=True) for cell in page.select("article :is(th, td)")]
    odd = {text for text in cells if re.search(r"\w_\w|\bNaN\b|np\.|\de[−-]\d", text)}
    assert {text for text in odd if "(" not in text} <= {"mm_regression"}  # calls are names


def test_every_link_inside_the_site_leads_somewhere(site):
    parsed = {page: Html(page) for page in pages(site)}
    for page, links in parsed.items():
        for address in {*links.linked, *links.loaded}:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.exists(), (page.name, address)
            if parts.fragment and target in parsed and not address.startswith("#"):
                assert unquote(parts.fragment) in parsed[target].anchors, (page.name, address)


def test_every_image_has_alternative_text_and_a_size(site):
    for page in pages(site):
        for image in Html(page).images:
            words = image.get("alt") or ""
            assert len(words.split()) > 3, (page.name, image.get("src"))  # no file's name either
            assert image.get("width"), (page.name, image.get("src"))
            assert image.get("height"), (page.name, image.get("src"))


def test_no_file_is_shipped_that_no_page_asks_for(site):
    static = site.html / "_static"
    asked = {
        (page.parent / urlsplit(a).path).resolve()
        for page in pages(site)
        for a in Html(page).loaded
    }
    late = {static / "switchboard.js"}  # near a widget
    assert {*static.iterdir()} - asked - late == set()


def test_every_chapter_describes_itself_to_who_finds_it(site):
    for chapter in CHAPTERS:
        description = Html(site.html / f"{chapter}.html").meta["description"]
        assert 0 < len(description) <= 160, chapter
        assert "og:image" not in Html(site.html / f"{chapter}.html").meta, "no address is known"


def test_every_page_says_that_the_data_are_simulated(site):
    for chapter in CHAPTERS:
        assert "Simulated data" in (site.html / f"{chapter}.html").read_text(encoding="utf-8")


def test_every_number_is_the_published_one(site):
    """Where one moved on purpose: make accept WHY="what moved it"."""
    assert moved(site) == []


def test_images_are_light_and_each_is_there_once(site):
    files = sorted((site.html / "_images").iterdir())
    assert {file.suffix for file in files} == {".svg", ".csv"}
    for file in files:
        if file.suffix == ".svg":  # hosts send it compressed; data come only when asked for
            assert len(gzip.compress(file.read_bytes())) <= 60_000, file.name
    wide = [file for file in files if file.suffix == ".svg" and "narrow" not in file.name]
    assert len({hashlib.sha256(file.read_bytes().rstrip()).digest() for file in wide}) == len(wide)


def test_a_page_comes_with_little(site):
    """Its HTML, sheet and scripts: at most 400 kB, images apart, which come when they are near."""
    for chapter in CHAPTERS:
        page = site.html / f"{chapter}.html"
        loaded = [urlsplit(address).path for address in Html(page).loaded]
        files = {page, *(page.parent / path for path in loaded if path.endswith((".css", ".js")))}
        assert sum(file.stat().st_size for file in files) < 400_000, chapter


def test_a_source_is_listed_once(site):
    page = BeautifulSoup((site.html / "chapters/references.html").read_text("utf-8"), "html.parser")
    dois = [link["href"] for link in page.select('.citation a[href*="doi.org"]')]
    assert len(dois) > 40
    assert len(dois) == len(set(dois))


def test_no_answer_can_be_read_off_a_page_or_a_plain_notebook(site):
    """They are sealed, see `millbook.sealed_answers`; a notebook with results has its solutions."""
    asked = 0
    for path in [*site.html.glob("chapters/*.html"), *site.html.glob("_plain/**/*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        asked += text.count('<form class="answer"')
        assert "data-value" not in text, path
        assert not re.search(r'"answer": \{[^}]*"value"', text), path
    assert asked >= 20


def test_no_page_loads_anything_from_elsewhere(site):
    for page in pages(site):
        for address in Html(page).loaded:
            assert not urlsplit(address).netloc, (page.name, address)
    for sheet in site.html.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", text), sheet.name
