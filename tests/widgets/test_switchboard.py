"""The switchboard shows what the published file has, for every choice, and where it stands."""

import numpy as np
import pytest
from widgets.fragment import Widget, shown_number
from widgets.switchboard import switchboard, switchboard_script

from dyadsync.scrutiny.multiverse.choices import CHOICES
from tests.unpacked import unpacked

EFFECTS = ("a", "b", "acme")


@pytest.fixture(scope="module")
def table(packed):
    return unpacked(packed)


@pytest.fixture
def board(packed, multiverse, show):
    def show_board(hash_="", **options):
        files = {"_static/switchboard.js": switchboard_script(packed)}
        page = show(switchboard(packed, multiverse), files=files, hash_=hash_, **options)
        page.get_by_role("button", name="Surprise me").wait_for()
        return page

    return show_board


def row_of(table, **choices):
    wanted = {name: str(choices.get(name, one.default)) for name, one in CHOICES.items()}
    [row] = table[np.logical_and.reduce([table[k] == v for k, v in wanted.items()])].itertuples()
    return row


ROUNDED = 0.005 + 1e-9  # a browser rounds .125 up, Python to the even .12


def numbers(text):
    return [float(one) for one in text.replace("−", "-").split(" to ")]


def shows(page, table, row):
    """The numbers, the verdicts and the place are those of a row."""
    cells = page.locator('[data-part="numbers"] td').all_inner_texts()
    verdicts = []
    for k, effect in enumerate(EFFECTS):
        estimate, low, high = (
            getattr(row, f"{effect}_{part}") for part in ("estimate", "ci_lower", "ci_upper")
        )
        assert numbers(cells[2 * k]) == pytest.approx([estimate], abs=ROUNDED)
        assert numbers(cells[2 * k + 1]) == pytest.approx([low, high], abs=ROUNDED)
        sign = 1 if effect == "b" else -1
        verdicts.append(
            "supported" if low * sign > 0 and high * sign > 0
            else "contradicted" if low * sign < 0 and high * sign < 0
            else "inconclusive"
        )  # fmt: skip
    words = "Path a {}, path b {}, indirect effect {}.".format(*verdicts)
    assert page.locator('[data-part="sentence"]').inner_text() == words
    estimates = table.loc[table["reason"] == "", "acme_estimate"]
    further = 100 * (estimates < row.acme_estimate).mean()
    place = page.locator('[data-part="place"]').inner_text()
    assert place.startswith(f"Of {len(estimates):,} analyses, {further:.0f}\u00a0% ")
    supported = 100 * (table.loc[table["reason"] == "", "acme_ci_upper"] < 0).mean()
    share = page.locator('[data-part="share-supported"]').inner_text()
    assert share.startswith(f"Of all {len(estimates):,} analyses {supported:.0f}\u00a0% support")


def press(page, fork, option):
    """Choose an option by the keyboard alone."""
    group = page.get_by_role("group", name=CHOICES[fork].title, exact=True)
    group.locator("input:checked").focus()
    for _ in range(len(CHOICES[fork].options)):
        if group.locator("input:checked + span").inner_text().startswith(option):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(option)


def test_script_is_small_and_there_is_a_switch_for_every_option(packed, multiverse):
    assert len(switchboard_script(packed)) <= 300_000
    html = switchboard(packed, multiverse).html
    for fork in packed["forks"]:
        if len(fork["options"]) > 1:
            assert f"<legend>{fork['title']}</legend>" in html
    n = sum(len(fork["options"]) for fork in packed["forks"] if len(fork["options"]) > 1)
    assert html.count('type="radio"') == n


def test_where_scripts_do_not_run_single_changes_stand_in_a_table(packed, multiverse):
    html = switchboard(packed, multiverse).html
    static = html[html.index('data-part="static"') : html.index('<script type="application')]
    assert static.count('<th scope="row">') == 1 + len(multiverse.turning_choices("acme"))
    assert f"<td>{shown_number(multiverse.main['acme_estimate'])}</td>" in html


@pytest.mark.browser
def test_keys_turn_switches_and_everything_follows(board, table):
    page = board()
    shows(page, table, row_of(table))
    press(page, "outcome", "percent")
    shows(page, table, row_of(table, outcome="percent"))
    press(page, "method", "median")
    shows(page, table, row_of(table, outcome="percent", method="median"))
    press(page, "clustering", "therapists")
    assert "There is no such analysis" in page.locator('[data-part="sentence"]').inner_text()
    page.get_by_role("button", name="Main analysis").press("Enter")
    shows(page, table, row_of(table))


@pytest.mark.browser
def test_what_does_not_exist_says_why_and_leads_to_the_nearest(board, table):
    page = board()
    press(page, "method", "latent")
    said = page.locator('[data-part="sentence"]').inner_text()
    assert row_of(table, method="latent").reason in said
    assert "The nearest one that exists has change score log ratio and scale z." in said
    assert page.locator('[data-part="numbers"]').is_hidden()
    page.get_by_role("button", name="Go to the nearest").press("Enter")
    shows(page, table, row_of(table, method="latent", change="log_ratio", scale="z"))
    assert "not observed" in page.locator('[data-part="numbers"]').inner_text()


@pytest.mark.browser
def test_a_shared_link_keeps_the_choice(board, table):
    page = board()
    press(page, "measure", "spearman")
    press(page, "scale", "z")
    assert page.url.endswith("#switchboard:measure=spearman&scale=z")
    again = board(hash_="#switchboard:measure=spearman&scale=z")
    shows(again, table, row_of(table, measure="spearman", scale="z"))
    again.evaluate("location.hash = '#switchboard:covariates=first+score'")
    again.get_by_text("first score", exact=False).first.wait_for()
    shows(again, table, row_of(table, covariates="first score"))


@pytest.mark.browser
def test_a_link_opened_fresh_starts_the_switchboard_far_down_a_page_and_scrolls_to_it(
    packed, multiverse, show, table
):
    html = '<div style="height: 6000px"></div>' + switchboard(packed, multiverse).html
    files = {"_static/switchboard.js": switchboard_script(packed)}
    page = show(Widget(html, "far down"), files=files, hash_="#switchboard:measure=spearman")
    page.get_by_role("button", name="Surprise me").wait_for()
    shows(page, table, row_of(table, measure="spearman"))
    top = "document.querySelector('#switchboard').getBoundingClientRect().top"
    page.wait_for_function(f"Math.abs({top}) < 100", timeout=5000)


@pytest.mark.browser
def test_a_surprise_is_an_analysis_that_exists(board, table):
    page = board()
    for _ in range(5):
        page.get_by_role("button", name="Surprise me").press("Enter")
        query = dict(
            pair.split("=") for pair in page.url.partition("switchboard:")[2].split("&") if pair
        )
        choices = {k: v.replace("+", " ").replace("%2B", "+") for k, v in query.items()}
        row = row_of(table, **choices)
        assert row.reason == ""
        shows(page, table, row)


@pytest.mark.browser
def test_marks_foretell_what_single_changes_find(board, table, multiverse):
    page = board()
    signs = {"supported": "●", "inconclusive": "○", "contradicted": "✕"}
    for row in multiverse.turning_choices("acme").itertuples():
        group = page.get_by_role("group", name=CHOICES[row.choice].title, exact=True)
        words = row.option.replace("_", " ")
        labels = [text.split() for text in group.locator("label").all_inner_texts()]
        [sign] = [mark for *option, mark in labels if " ".join(option) == words]
        assert sign == signs[row.verdict]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "seen"), [(360, ["effects"]), (1280, ["effects", "curve"])])
def test_what_is_found_stays_in_sight_down_to_the_last_switch(board, width, seen):
    page = board()
    page.set_viewport_size({"width": width, "height": 720})
    page.locator("fieldset").last.scroll_into_view_if_needed()
    for name in ["sentence", *seen]:
        box = page.locator(f'[data-part="{name}"]').bounding_box()
        assert box["y"] >= 0, name
        assert box["y"] + box["height"] <= 720, name


@pytest.mark.book
@pytest.mark.browser
def test_an_analysis_that_does_not_exist_fits_a_phone_and_every_reader(board, check_page):
    page = board()
    press(page, "method", "latent")
    check_page(page)
