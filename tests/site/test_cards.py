"""Cards of terms and sources: they come on hover, focus and tap, and go (WCAG 1.4.13)."""

import pytest

pytestmark = [pytest.mark.book, pytest.mark.browser]

CARD = "#card"
KINDS = [
    ('a[data-card]:not([href^="http"])', "term"),
    ('a[data-card^="https://doi.org/"]', "source"),
]


@pytest.mark.parametrize(("selector", "kind"), KINDS)
def test_a_card_comes_on_hover_stays_under_the_pointer_and_goes_by_escape(opened, selector, kind):
    page = opened("chapters/mediation").page
    page.locator(selector).first.hover()
    card = page.locator(CARD)
    card.wait_for(state="visible")
    assert len(card.inner_text()) > 20
    card.hover()
    page.wait_for_timeout(500)
    assert card.is_visible()
    page.keyboard.press("Escape")
    assert card.is_hidden()


@pytest.mark.parametrize(("selector", "kind"), KINDS)
def test_a_card_comes_on_focus_and_describes_its_link(opened, selector, kind):
    page = opened("chapters/mediation").page
    link = page.locator(selector).first
    link.focus()
    assert page.locator(CARD).is_visible()
    assert link.get_attribute("aria-describedby") == CARD[1:]
    page.keyboard.press("Tab")
    assert link.get_attribute("aria-describedby") is None


@pytest.mark.parametrize(("selector", "kind"), KINDS)
def test_a_first_tap_shows_the_card_and_a_second_follows_the_link(opened, selector, kind):
    page = opened("chapters/mediation", width=390, touch=True).page
    start = page.url
    link = page.locator(selector).first
    link.tap()
    assert page.locator(CARD).is_visible()
    assert page.url == start
    link.tap()
    if kind == "term":
        page.wait_for_url("**#*")


def test_a_term_s_card_holds_the_glossary_s_words(opened):
    page = opened("chapters/index").page
    page.locator('a[data-card="oxytocin"]').first.focus()
    shown = page.locator(CARD).inner_text()
    glossary = opened("chapters/glossary").page
    assert shown.strip() == glossary.locator("#oxytocin > p").inner_text().strip()
