"""Numbers on a page of the small book, in a real browser: what they show and where they lead."""

import pytest

pytestmark = pytest.mark.browser

CARD = "#card"


def open_page(browser, book, **options):
    context = browser.new_context(offline=True, reduced_motion="reduce", **options)
    page = context.new_page()
    page.goto((book.html / "chapters" / "one.html").as_uri(), wait_until="load")
    if options.get("java_script_enabled", True):
        page.add_style_tag(
            content="* { transition: none !important; scroll-behavior: auto !important"
        )
    return page


@pytest.fixture
def page(browser, small_book):
    page = open_page(browser, small_book, viewport={"width": 1280, "height": 700})
    yield page
    page.context.close()


def number(page, expression):
    """Find a number by what the page says of it before it is asked."""
    found = page.locator(f'a.computed[title$="{expression}"]')
    place = found.evaluate("number => [...document.querySelectorAll('a.computed')].indexOf(number)")
    return page.locator(f"a.computed >> nth={place}")


def test_hover_shows_the_expression_and_leaving_hides_it(page):
    mean = number(page, "mean:.3f")
    mean.hover()
    page.wait_for_selector(CARD, state="visible")
    assert page.locator(f"{CARD} code").inner_text() == "mean:.3f"
    assert mean.get_attribute("aria-describedby") == CARD[1:]
    page.locator(CARD).hover()  # the pointer may go to the card and stay there
    page.wait_for_timeout(400)
    assert page.locator(CARD).is_visible()
    page.mouse.move(5, 5)
    page.wait_for_selector(CARD, state="hidden")
    assert mean.get_attribute("aria-describedby") is None


def test_the_keyboard_reaches_a_number_hides_its_card_and_follows_it(page):
    before = number(page, "effect['a|b']:.2f".replace("'", '\\"'))
    words = number(page, "len(effect)")
    before.focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if words.evaluate("number => number === document.activeElement"):
            break
    assert page.locator(f"{CARD} code").inner_text() == "len(effect)"
    page.keyboard.press("Escape")
    assert page.locator(CARD).is_hidden()
    assert words.evaluate("number => number === document.activeElement")
    page.keyboard.press("Enter")
    page.locator("[id^=code-cell]:target pre", has_text="a|b").wait_for()  # its box opens
    assert page.locator(CARD).is_hidden()


def test_a_first_tap_shows_the_card_and_a_second_leads_to_the_code(browser, small_book):
    page = open_page(
        browser, small_book, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    mean = number(page, "mean:.3f")
    mean.tap()
    assert page.locator(f"{CARD} code").inner_text() == "mean:.3f"
    assert "#" not in page.url
    box = page.locator(CARD).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.locator("article h1").tap()
    assert page.locator(CARD).is_hidden()
    mean.tap()
    mean.tap()
    assert "#code-cell-" in page.url
    page.context.close()


def test_a_number_needs_no_script(browser, small_book):
    page = open_page(browser, small_book, java_script_enabled=False)
    mean = page.locator('a.computed[title$="mean:.3f"]')
    mean.click()
    assert page.url.endswith(mean.get_attribute("href"))
    page.context.close()


@pytest.mark.book
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_and_their_card_are_accessible(browser, small_book, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(browser, small_book, color_scheme=scheme)
    number(page, "mean:.3f").focus()
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    violations = Axe().run(page, options=options).response["violations"]
    page.context.close()
    about = [
        (rule["id"], node["html"])
        for rule in violations
        for node in rule["nodes"]
        if "computed" in node["html"] or "card" in node["html"]
    ]
    assert about == []


def test_print_shows_just_the_number(page):
    mean = number(page, "mean:.3f")
    mean.focus()
    page.emulate_media(media="print")
    assert page.locator(CARD).is_hidden()
    assert "none" in mean.evaluate("number => getComputedStyle(number).textDecorationLine")
