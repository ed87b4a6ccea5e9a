"""The real book, built once at the quick profile: files, links, and pages in a real browser."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
import yaml

from dyadsync.book.build import build_book
from dyadsync.book.project import Project

ROOT = Path(__file__).parents[1]
WIDTHS = {"desktop": 1280, "phone": 390}
_TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    _TOC["root"],
    *(chapter["file"] for part in _TOC["parts"] for chapter in part["chapters"]),
]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The book at the quick profile, built into a folder of its own."""
    return build_book(ROOT, profile="quick", output=tmp_path_factory.mktemp("site") / "_build")


class Links(HTMLParser):
    """What a page loads, what it points to, and the anchors it has."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.anchors: set[str] = set()
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if name := values.get("id"):
            self.anchors.add(name)
        if tag == "img":
            self.images.append(values)
        if tag in ("script", "img", "iframe", "source") and values.get("src"):
            self.loaded.append(str(values["src"]))
        if tag == "link" and values.get("href") and values.get("rel") != "canonical":
            self.loaded.append(str(values["href"]))
        if tag == "a" and values.get("href"):
            self.linked.append(str(values["href"]))


def read_page(path: Path) -> Links:
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


def pages(site: Project) -> list[Path]:
    return sorted([site.html / "index.html", *site.html.glob("chapters/*.html")])


def test_every_chapter_of_the_contents_is_a_page(site):
    for chapter in CHAPTERS:
        assert (site.html / f"{chapter}.html").is_file()


def test_sphinx_had_nothing_to_say(site):
    log = (site.logs / "sphinx.log").read_text(encoding="utf-8")
    assert "build succeeded." in log
    assert not re.search("WARNING|ERROR|CRITICAL", log)


def test_no_cell_printed_a_warning(site):
    import nbformat

    for path in sorted(site.notebooks.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                assert output.get("name") != "stderr", (path.name, output["text"][:500])


def test_no_page_loads_anything_from_elsewhere(site):
    for page in pages(site):
        for address in read_page(page).loaded:
            assert not urlsplit(address).netloc, (page.name, address)
    for sheet in site.html.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", text), sheet.name


def test_every_link_inside_the_site_leads_somewhere(site):
    parsed = {page: read_page(page) for page in pages(site)}
    for page, links in parsed.items():
        for address in {*links.linked, *links.loaded}:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.exists(), (page.name, address)
            if parts.fragment and target in parsed and not address.startswith("#"):
                assert unquote(parts.fragment) in parsed[target].anchors, (page.name, address)


def test_every_image_has_alt_text(site):
    for page in pages(site):
        for image in read_page(page).images:
            assert image.get("alt"), (page.name, image.get("src"))


def test_claims_are_published_with_estimates_and_intervals(site):
    table = pd.concat(map(pd.read_csv, sorted(site.results.glob("claims*.csv"))))
    assert set(table["claim"]) == {"a", "b", "c"}
    assert len(table["method"].unique()) >= 5
    assert (table["ci_lower"] < table["estimate"]).all()
    assert (table["estimate"] < table["ci_upper"]).all()


def test_every_page_says_that_the_data_are_simulated(site):
    for chapter in CHAPTERS:
        assert "Simulated data" in (site.html / f"{chapter}.html").read_text(encoding="utf-8")


def test_a_book_of_own_data_says_nothing_of_simulation(tmp_path):
    """The shipped tables as if a lab had measured them, without the entry of the simulation."""
    import json

    own = tmp_path / "own"
    shutil.copytree(ROOT / "data", own)
    path = own / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    own_words = {"name": "lab", "resources": descriptor["resources"]}
    path.write_text(re.sub("(?i)simulat", "measur", json.dumps(own_words)), encoding="utf-8")
    built = build_book(ROOT, profile="quick", data=own, output=tmp_path / "_build")
    for chapter in CHAPTERS:
        page = built.html / f"{chapter}.html"
        if chapter in ("chapters/trial", "chapters/power"):
            assert not page.exists()
            continue
        if chapter == "chapters/api":  # what the package offers is there whatever the data
            continue
        text = re.sub(r"<(script|style).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.S)
        for words in ("simulated data", "are simulated", "simulated to", "planted", "shipped seed"):
            assert words not in text.lower(), (chapter, words)


def open_page(browser, site, chapter, *, width, scheme):
    """Open a page from the disk, as an offline reader does; collect what went wrong."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        offline=True,
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.on(
        "request",
        lambda request: wrong.append(request.url) if request.url.startswith("http") else None,
    )
    page.goto((site.html / f"{chapter}.html").as_uri(), wait_until="load")
    return page, wrong


@pytest.mark.browser
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_page_works_offline_on_a_phone(browser, site, chapter):
    page, wrong = open_page(browser, site, chapter, width=WIDTHS["phone"], scheme="light")
    broken = page.evaluate(
        "[...document.images].filter(i => !(i.complete && i.naturalWidth)).map(i => i.src)"
    )
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    page.context.close()
    assert wrong == []
    assert broken == []
    assert overflow <= 0


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_page_is_accessible(browser, site, chapter, scheme):
    """Run axe-core; rules of WCAG 2 A and AA that it finds serious or critical must hold."""
    from axe_playwright_python.sync_playwright import Axe

    page, _ = open_page(browser, site, chapter, width=WIDTHS["desktop"], scheme=scheme)
    options = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
        "resultTypes": ["violations"],
    }
    violations = Axe().run(page, options=options).response["violations"]
    page.context.close()
    serious = [
        (rule["id"], node["target"], node["html"][:200])
        for rule in violations
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    assert serious == []


@pytest.mark.browser
def test_search_finds_a_word_offline(browser, site):
    """Titles and links; the theme cannot fetch its snippets of text from the disk."""
    page, _ = open_page(browser, site, "search", width=WIDTHS["desktop"], scheme="light")
    page.goto((site.html / "search.html").as_uri() + "?q=synchrony")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    found = page.locator("#search-results li a").all_inner_texts()
    page.context.close()
    assert any("synchrony" in title.lower() for title in found)


@pytest.mark.browser
def test_every_formula_is_drawn(browser, site):
    page, wrong = open_page(
        browser, site, "chapters/mediation", width=WIDTHS["desktop"], scheme="light"
    )
    heights = page.evaluate("[...document.querySelectorAll('math')].map(m => m.clientHeight)")
    page.context.close()
    assert wrong == []
    assert heights
    assert min(heights) > 0
