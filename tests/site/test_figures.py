"""Figures on the pages: enlarged, taken away as SVG and CSV, and named by an address."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest

from tests.site.pages import CHAPTERS

pytestmark = [pytest.mark.book, pytest.mark.browser]

_DRAWN = """() => [...document.querySelectorAll("article figure img")]
  .filter(i => i.checkVisibility())
  .map(i => [i.currentSrc || i.src, i.getBoundingClientRect().width])"""
_ROUNDING = 0.05  # pixels


def smallest_text(file, width):
    """The smallest text of a drawing that a page shows so many pixels wide."""
    svg = file.read_text(encoding="utf-8")
    box = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ', svg)
    assert box, file.name
    sizes = [float(size) for size in re.findall(r"font(?:-size)?: ?(?:\w+ )*([\d.]+)px", svg)]
    return min(sizes, default=99.0) * width / float(box[1])


@pytest.mark.parametrize("name", CHAPTERS)
def test_text_in_figures_can_be_read_on_a_phone(opened, name):
    page = opened(name, width=390).page
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    for source, width in page.evaluate(_DRAWN):
        file = Path(unquote(urlsplit(source).path))
        assert smallest_text(file, width) >= 11 - _ROUNDING, file.name


def test_a_figure_is_enlarged_by_a_key_and_goes_by_escape(opened):
    page = opened("chapters/data", width=390).page
    link = page.locator("a.enlarge").first
    link.focus()
    page.keyboard.press("Enter")
    image = page.locator("dialog.figure[open] img")
    image.wait_for()
    assert image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
    assert len(image.get_attribute("alt")) > 20
    assert image.evaluate("i => i.getBoundingClientRect().width") > 390  # larger than on the page
    page.keyboard.press("Escape")
    page.locator("dialog.figure").wait_for(state="detached")
    assert page.evaluate("document.activeElement.matches('a.enlarge')")


def test_every_figure_gives_its_drawing_its_data_and_its_address(opened):
    page = opened("chapters/synchrony").page
    figures = page.locator("article figure:has(img)")
    assert figures.count() >= 5
    for figure in figures.all():
        links = {link.inner_text(): link for link in figure.locator(".figure-tools a").all()}
        assert {"Enlarge", "SVG", "Link"} <= set(links)
        assert links["SVG"].get_attribute("download").endswith(".svg")
        assert figure.get_attribute("id") == links["Link"].get_attribute("href")[1:]
        if "Data (CSV)" in links:
            address = links["Data (CSV)"].evaluate("link => link.href")
            assert len(pd.read_csv(Path(unquote(urlsplit(address).path)))) > 0
    assert page.get_by_role("link", name="Data (CSV)").count() >= 4
    links["Link"].click()
    assert page.evaluate("document.querySelector('figure:target')") is not None


def test_no_words_of_a_drawing_for_phones_are_cut_off(site, browser):
    page = browser.new_page()
    cut = {}
    for file in sorted((site.html / "_images").glob("*-narrow.svg")):
        page.set_content(file.read_text(encoding="utf-8"))
        beyond = page.evaluate(
            """() => {
              const frame = document.querySelector("svg").getBoundingClientRect();
              return [...document.querySelectorAll("svg text")].filter(text => {
                const place = text.getBoundingClientRect();
                return place.left < frame.left - 1 || place.right > frame.right + 1;
              }).map(text => text.textContent);
            }"""
        )
        if beyond:
            cut[file.name] = beyond
    page.close()
    assert cut == {}
