"""Noise dyads: the explorer has the package's numbers and can be turned without a mouse."""

import json
import re

import pytest
from scipy import stats
from widgets.explorer import dyad_explorer

from dyadsync.errors import InputError
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyads import dyad_synchrony


@pytest.fixture(scope="module")
def changes(study):
    return session_changes(study)


def embedded(explorer):
    """The numbers the page draws from."""
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', explorer.html, re.S)
    return json.loads(text)


def test_explorer_has_every_dyad_with_the_packages_r_and_pairs(changes):
    content = embedded(dyad_explorer(changes, rng=1))
    table = dyad_synchrony(changes)
    assert [dyad["id"] for dyad in content["dyads"]] == table["dyad_id"].tolist()
    assert [dyad["r"] for dyad in content["dyads"]] == pytest.approx(
        table["synchrony"].tolist(), abs=1e-6
    )
    assert [len(dyad["pairs"]) for dyad in content["dyads"]] == table["n_sessions"].tolist()


def test_noise_at_four_pairs_is_uniform_so_the_share_is_one_minus_r(changes):
    # Pearson's r from 4 pairs of noise is uniform on (-1, 1); 10,000 noise dyads: SE at most .005.
    for dyad in embedded(dyad_explorer(changes, rng=1))["dyads"]:
        if dyad["n"] == 4:
            assert dyad["share"] == pytest.approx(1 - abs(dyad["r"]), abs=0.02)


def test_r_of_each_noise_dyad_is_that_of_the_pairs_shown(changes):
    for noise in embedded(dyad_explorer(changes, rng=1))["noise"].values():
        assert sum(noise["counts"]) == noise["total"] == 10_000
        for example in noise["examples"]:
            r = stats.pearsonr(*zip(*example["pairs"], strict=True)).statistic
            assert example["r"] == pytest.approx(r, abs=0.02)  # pairs are shown to .001


def test_ties_count_as_far(awkward):
    # Spearman's r of 3 pairs of noise is 1, .5, -.5 or -1: all are at least as far as .5.
    content = embedded(dyad_explorer(awkward, measure="spearman", rng=1))
    dyad = content["dyads"][0]
    assert abs(dyad["r"]) in (0.5, 1.0)
    assert dyad["share"] == pytest.approx(1.0 if abs(dyad["r"]) == 0.5 else 1 / 3, abs=0.02)


def test_dyads_without_a_synchrony_say_why(awkward):
    dyads = {dyad["id"]: dyad for dyad in embedded(dyad_explorer(awkward, rng=1))["dyads"]}
    assert dyads["flat"]["r"] is None
    assert dyads["flat"]["reason"] == "the patient's changes do not vary"
    assert dyads["short"]["reason"] == "2 usable sessions; at least 3 needed"


def test_a_measure_of_the_whole_sample_is_shown_as_pearsons_r(changes):
    shrunken = dyad_explorer(changes, measure="shrunken", rng=1)
    assert shrunken.html == dyad_explorer(changes, measure="pearson", rng=1).html


def test_equal_seeds_give_equal_bytes(changes):
    assert dyad_explorer(changes, rng=1).html == dyad_explorer(changes, rng=1).html
    assert dyad_explorer(changes, rng=1).html != dyad_explorer(changes, rng=2).html


def test_a_dyads_name_cannot_end_the_script_or_become_markup(awkward):
    html = dyad_explorer(awkward, rng=1).html
    assert html.count("</script>") == 2
    assert "</script><b>" not in html


def test_label_belongs_to_the_select_and_ids_are_unique(changes):
    html = dyad_explorer(changes, name="one", rng=1).html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert re.findall(r'<label for="([^"]+)"', html) == ["one-dyad"]
    assert re.findall(r'<select id="([^"]+)"', html) == ["one-dyad"]


def test_without_javascript_a_table_has_every_dyad(awkward):
    html = dyad_explorer(awkward, rng=1).html
    table = html[html.index('data-part="static"') : html.index('<script type="application')]
    names = re.findall(r'<th scope="row">(.*?)</th>', table)
    assert names == ["&lt;/script&gt;&lt;b&gt;", "flat", "short", "full"]


@pytest.mark.parametrize("options", [{"measure": "kendall"}, {"n_noise": 0}])
def test_an_unknown_measure_or_no_noise_is_refused(changes, options):
    with pytest.raises(InputError, match=next(iter(options))):
        dyad_explorer(changes, **options)


def test_a_name_that_is_no_id_is_refused(changes):
    with pytest.raises(InputError, match="letters, digits and hyphens"):
        dyad_explorer(changes, name="two words")


@pytest.fixture
def page(awkward, show):
    return show(dyad_explorer(awkward, unit="pg/mL", rng=1))


@pytest.mark.browser
def test_keyboard_alone_chooses_a_dyad(page):
    page.get_by_label("Dyad", exact=True).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator('[data-part="r"]').inner_text() == "Dyad full: r = 0.50 from 4 pairs"
    assert page.locator('[data-part="pairs"] circle').count() == 4
    assert "50\u00a0% are" in page.locator('[data-part="sentence"]').inner_text()


@pytest.mark.browser
def test_page_names_the_pairs_for_those_who_cannot_see_them(page):
    page.get_by_label("Dyad", exact=True).select_option(label="full")
    label = page.locator('[data-part="pairs"]').get_attribute("aria-label")
    assert label.startswith("Pairs of dyad full: session 4, therapist 0.50, patient 1.00; ")


@pytest.mark.browser
def test_a_dyad_without_synchrony_shows_its_reason_and_no_histogram(page):
    page.get_by_label("Dyad", exact=True).select_option(label="short")
    assert "2 usable sessions" in page.locator('[data-part="r"]').inner_text()
    assert page.locator('[data-part="chance"]').is_hidden()
    assert page.locator('[data-part="noise"]').is_hidden()
    page.get_by_label("Dyad", exact=True).select_option(label="</script><b>")
    assert page.locator('[data-part="chance"]').is_visible()


@pytest.mark.browser
def test_the_button_brings_another_noise_dyad(page):
    page.get_by_label("Dyad", exact=True).select_option(label="full")
    before = page.locator('[data-part="noise-r"]').inner_text()
    page.get_by_role("button", name="Next noise dyad").press("Enter")
    after = page.locator('[data-part="noise-r"]').inner_text()
    assert before.startswith("Noise dyad 1 of 24")
    assert after.startswith("Noise dyad 2 of 24")
