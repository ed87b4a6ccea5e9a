"""Every page in a real browser, from the disk: three widths, both themes, with and without script.

A page is opened once with a script and once without, and then resized and recoloured.
"""

import pytest

from tests.site.pages import CHAPTERS, PAGES

pytestmark = [pytest.mark.book, pytest.mark.browser]

WIDTHS = (1280, 390, 360)

_BROKEN_IMAGES = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
  return [...document.images].filter(i => !i.naturalWidth).map(i => i.src);
}"""

# What reaches beyond the right edge and is not in a box that scrolls.
_OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > width + 1)
    .map(e => e.outerHTML.slice(0, 120)).slice(0, 5).concat("the page scrolls sideways");
}"""

# Tables of which a part is beyond their box.
_CUT = """() => [...document.querySelectorAll(".table")]
    .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
    .map(e => e.innerText.slice(0, 80))"""


def violations(page, **options):
    """Run axe-core: all rules of WCAG 2.2 A and AA, unless the options say otherwise."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]} | options
    # Preloading would fetch the sheet, which no page on a disk may.
    options |= {"resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_page_works_at_every_width_in_both_themes(opened, name):
    here = opened(name)
    page = here.page
    assert page.evaluate(_BROKEN_IMAGES) == []
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, runOnly={"type": "rule", "values": ["color-contrast"]}) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(_OVERFLOW) == [], width
        assert page.evaluate(_CUT) == [], width
    # On a phone less is in sight, in the same colours.
    assert violations(page, rules={"color-contrast": {"enabled": False}}) == []
    assert here.wrong == []


@pytest.mark.parametrize("name", PAGES)
def test_page_needs_no_script(opened, name):
    """Text, code and tables can be reached; nothing is shown that would need a script."""
    here = opened(name, script=False, width=390)
    page = here.page
    assert page.evaluate(_OVERFLOW) == []
    assert page.locator("button:visible:not([popovertarget])").count() == 0
    folded = page.locator("details.code > summary")
    if folded.count():
        folded.first.click()
        assert page.locator("details.code pre").first.is_visible()
    for table in page.locator("article table").all():
        box = table.locator("xpath=ancestor::details[1]")
        assert table.is_visible() or box.count(), table.inner_text()[:80]
    assert here.wrong == []


def test_the_contents_open_on_a_phone_without_a_script(opened):
    page = opened("chapters/mediation", script=False, width=390).page
    contents = page.locator("nav#contents")
    assert contents.is_hidden()
    page.locator("button[popovertarget]").click()
    assert contents.is_visible()
    page.keyboard.press("Escape")
    assert contents.is_hidden()


def test_every_formula_is_drawn(opened):
    for name in ("synchrony", "mediation", "robust", "trial", "latent", "measurement"):
        page = opened(f"chapters/{name}", width=390).page
        heights = page.evaluate(
            "[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().height)"
        )
        assert heights
        assert min(heights) > 0
        page.wait_for_function("document.fonts.status === 'loaded'")
        fonts = page.evaluate("[...document.fonts].map(f => [f.family, f.status].join(' '))")
        assert "Book Math loaded" in [font.replace('"', "") for font in fonts]
        cut = page.evaluate(
            """() => [...document.querySelectorAll("div.math")]
              .filter(box => box.scrollWidth > box.clientWidth + 1
                || box.scrollHeight > box.clientHeight + 1)
              .map(box => box.innerText)"""
        )
        assert cut == [], name


def test_the_two_switches_are_remembered_on_the_next_page(opened, site):
    page = opened("chapters/data").page
    assert page.locator("details.code[open]").count() == 0
    page.locator(".bar-code").click()
    page.locator(".bar-theme").click()
    page.locator(".bar-theme").click()
    page.goto((site.html / "chapters/synchrony.html").as_uri())
    assert page.locator("details.code:not([open])").count() == 0
    assert page.locator(".bar-code").get_attribute("aria-pressed") == "true"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_code_is_in_sight_for_those_who_come_to_adapt(opened):
    page = opened("chapters/index").page
    page.get_by_role("link", name="Adapt").click()
    page.wait_for_load_state()
    assert page.locator("details.code").count() > 0
    assert page.locator("details.code:not([open])").count() == 0


def test_code_that_is_opened_can_be_copied(opened):
    page = opened("chapters/mediation").page
    box = page.locator("details.code").first
    assert box.locator("button.copy").count() == 0
    box.locator("summary").click()
    box.locator("button.copy").wait_for(state="attached")


def test_the_keyboard_finds_a_chapter_by_search(opened):
    """From a page's start: to the search, a word, a result, the page with it."""
    page = opened("chapters/index").page
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.bar-search')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html")
    assert page.evaluate("document.activeElement.id") == "search-words"
    page.keyboard.type("reliability")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#search-results a')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/chapters/*.html*")
    assert "reliability" in page.locator("article").inner_text().lower()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("sequential ignorability", "glossary.html#sequential-ignorability"),
        ("key takeaways", "#key-takeaways"),
    ],
)
def test_search_finds_terms_and_sections(opened, words, found):
    page = opened("search", then=f"?q={words.replace(' ', '+')}").page
    page.wait_for_selector("#search-results li a")
    links = page.eval_on_selector_all("#search-results li a", "links => links.map(a => a.href)")
    assert any(found in link for link in links)


def test_every_number_of_the_first_page_leads_to_its_chapter(opened):
    page = opened("chapters/index").page
    links = page.locator("ul.credibility a").evaluate_all("links => links.map(a => a.pathname)")
    assert len(links) == 4
    pages = {link.rpartition("/")[2] for link in links}
    assert pages == {"multiverse.html", "power.html", "synchrony.html"}


@pytest.mark.parametrize("name", [name for name in PAGES if name != "404"])
def test_no_table_is_cut_off_on_a_phone(opened, name):
    """A table fits in or is a list of rows, whose caption is as wide as the list."""
    page = opened(name, width=390).page
    page.evaluate(
        "document.querySelectorAll('details.solution').forEach(one => { one.open = true; })"
    )
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".table")]
          .filter(box => box.checkVisibility() && (box.scrollWidth > box.clientWidth + 1
            || box.querySelector(".stacked > caption")?.clientWidth < 200))
          .map(box => box.innerText.slice(0, 80))"""
    )
    assert cut == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_code_that_shows_nothing_opens_with_what_follows_from_it(opened, name):
    """Two boxes of code below each other would be two things to press for one."""
    page = opened(name).page
    assert page.locator("div.cell.silent:not(:has(#code-cell-setup)) + div.cell").count() <= 1


_LAID_OUT = """
[...document.querySelectorAll("article > section > section")]
    .map(section => getComputedStyle(section).contentVisibility)
"""


@pytest.mark.parametrize(
    ("options", "by_parts"),
    [({}, True), ({"then": "#what-replicated"}, False), ({"script": False}, False)],
)
def test_a_page_is_whole_soon_after_it_came(opened, options, by_parts):
    """Section by section where it is met at its top, and at once by a link into it."""
    page = opened("chapters/robust", **options).page
    assert set(page.evaluate(_LAID_OUT)) == {"visible"}
    assert (page.locator("section.arrived").count() > 10) is by_parts


def test_a_page_loads_only_the_scripts_that_it_uses(opened):
    for name, script, used in (
        ("slides", "slides.js", True),
        ("mediation", "slides.js", True),  # its deck
        ("references", "slides.js", False),
        ("mediation", "figures.js", True),
        ("references", "figures.js", False),
    ):
        page = opened(f"chapters/{name}").page
        assert (page.locator(f"script[src*='{script}']").count() == 1) is used, (name, script)


def test_the_first_page_says_all_in_a_minute(opened):
    """At most 220 words before the ways in, as many as are read aloud in a minute or so."""
    page = opened("chapters/index").page
    words = page.evaluate(
        """() => {
          const article = document.querySelector("article").cloneNode(true);
          const silent = "svg, details, script, .headerlink, .caption-number";
          for (const part of article.querySelectorAll(silent)) part.remove();
          const doors = article.querySelector("#ways-in");
          while (doors.nextSibling) doors.nextSibling.remove();
          doors.remove();
          return article.textContent.split(/\\s+/).filter(Boolean).length;
        }"""
    )
    assert 100 < words <= 220


def test_the_contents_come_before_the_text_in_the_order_of_keys(opened):
    page = opened("chapters/mediation").page
    assert page.evaluate(
        """() => Boolean(document.getElementById("contents")
          .compareDocumentPosition(document.getElementById("content"))
          & Node.DOCUMENT_POSITION_FOLLOWING)"""
    )


def test_a_link_to_folded_code_opens_it(opened):
    page = opened("chapters/mediation").page
    number = page.locator("a.computed").first
    number.click()
    assert page.locator("[id^=code-cell]:target pre").is_visible()
