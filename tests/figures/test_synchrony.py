"""The synchrony chapter's figures and its dyad explorer show what they are given."""

import json
import re
import shutil
import tempfile

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.figures import synchrony as figures
from dyadsync.figures.explorer import dyad_explorer
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.pooled import pooled_synchrony


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def changes(study):
    return session_changes(study)


@pytest.fixture(scope="module")
def awkward():
    """Four dyads: three sessions with a hostile name, one flat, one with two sessions, one full."""
    rows = [
        ("</script><b>", [4, 8, 12], [1.0, 2.0, 0.0], [0.5, 1.0, 0.6]),
        ("flat", [4, 8, 12, 16], [1.0, 1.0, 1.0, 1.0], [0.5, 1.0, 0.6, 0.1]),
        ("short", [4, 8], [1.0, 2.0], [0.5, 1.0]),
        ("full", [4, 8, 12, 16], [1.0, 2.0, 0.0, 1.0], [0.5, 1.0, 0.5, 0.0]),
    ]
    return pd.concat(
        pd.DataFrame({"dyad_id": dyad, "session": s, "patient": p, "therapist": t})
        for dyad, s, p, t in rows
    )


def embedded(explorer):
    """The numbers the page draws from."""
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', explorer.html, re.S)
    return json.loads(text)


# Figures ---------------------------------------------------------------------------------------


def test_areas_of_the_rectangles_add_up_to_the_covariance():
    pairs = pd.DataFrame(
        {"session": [4, 8, 12], "patient": [1.0, 2.0, 0.0], "therapist": [0.5, 1.0, 0.6]}
    )
    ax = figures.pairs_plot(pairs, "pg/mL")
    areas = [box.get_width() * box.get_height() for box in ax.patches]
    assert sum(areas) == pytest.approx(2 * pairs["patient"].cov(pairs["therapist"]))
    assert {text.get_text() for text in ax.texts} == {"4", "8", "12"}
    assert ax.get_xlabel() == "therapist's change (pg/mL)"


def test_hatched_rectangles_are_those_that_count_against_synchrony():
    pairs = pd.DataFrame({"session": [1, 2, 3], "patient": [0, 1, 2], "therapist": [0.0, -1, 4]})
    ax = figures.pairs_plot(pairs)
    against = [box.get_width() * box.get_height() < 0 for box in ax.patches]
    assert [box.get_hatch() is not None for box in ax.patches] == against


def test_every_usable_dyad_is_a_dot_and_the_others_are_not(awkward):
    ax = figures.dyads_plot(dyad_synchrony(awkward))
    dots = np.concatenate([line.get_xdata() for line in ax.lines if line.get_marker() in "oD"])
    assert len(dots) == 2
    assert [label.get_text() for label in ax.get_yticklabels()] == ["full", "</script><b>"]


def test_dyads_plot_bears_a_study_without_any_synchrony(awkward):
    ax = figures.dyads_plot(dyad_synchrony(awkward[awkward["dyad_id"] == "short"]))
    assert ax.get_legend() is None


def test_agreement_shows_each_pair_of_versions_once():
    values = pd.DataFrame({"a": [1.0, 2, 3, 5], "b_c": [2.0, 1, 4, 3], "d": [0.0, 1, 0, 1]})
    ax = figures.agreement_plot(values)
    numbers = sorted(float(text.get_text().replace("−", "-")) for text in ax.texts)
    r = values.corr()
    expected = sorted(round(v, 2) for v in (r.loc["a", "b_c"], r.loc["a", "d"], r.loc["b_c", "d"]))
    assert numbers == expected


def test_a_version_without_values_is_said_to_have_no_agreement():
    values = pd.DataFrame({"a": [1.0, 2, 3], "b": [np.nan] * 3})
    assert [text.get_text() for text in figures.agreement_plot(values).texts] == ["–"]


def test_a_line_follows_each_dyad_through_the_versions():
    values = pd.DataFrame({"a": [0.1, 0.5], "b": [0.2, np.nan]}, index=["D1", "D2"])
    ax = figures.versions_plot(values, chosen="a")
    lines = [line.get_xdata() for line in ax.lines if line.get_marker() == "o"]
    assert np.array_equal(lines, values.to_numpy(), equal_nan=True)
    assert lines[0][0] != lines[1][0]


def test_tables_of_synchrony_have_words_for_columns_and_leave_out_the_measure(awkward):
    table = figures.synchrony_table(dyad_synchrony(awkward))
    assert table.columns.tolist() == [
        "dyad", "pairs", "synchrony (r)", "Fisher z", "variance of z by chance", "why none"
    ]  # fmt: skip
    assert table["synchrony (r)"].iloc[-1] == 0.5


@pytest.fixture(scope="module")
def pooled(changes, study):
    return pd.concat(
        pooled_synchrony(changes, method, therapists=study.dyads, n_resamples=100, rng=1)
        for method in ("rm_corr", "mixed")
    )


def test_pooled_synchrony_is_named_by_method_and_interval(pooled):
    table = figures.pooled_table(pooled)
    assert table["method"].unique().tolist() == ["repeated-measures r", "average slope"]
    assert table.columns.tolist() == [
        "method",
        "interval",
        "estimate",
        "from",
        "to",
        "p",
        "clusters",
    ]
    ax = figures.pooled_plot(pooled)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[:2] == ["repeated-measures r, model", "repeated-measures r, bootstrap over dyads"]
    assert len(labels) == 6


def test_names_in_words_have_no_underscores():
    table = figures.in_words(pd.DataFrame({"log_ratio": [1]}, index=["percentage_bend"]))
    assert (table.index[0], table.columns[0]) == ("percentage bend", "log ratio")


# The explorer ----------------------------------------------------------------------------------


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
    assert "<b>" not in html


def test_label_belongs_to_the_select_and_ids_are_unique(changes):
    html = dyad_explorer(changes, name="one", rng=1).html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert re.findall(r'<label for="([^"]+)"', html) == ["one-dyad"]
    assert re.findall(r'<select id="([^"]+)"', html) == ["one-dyad"]


def test_without_javascript_a_table_has_every_dyad(awkward):
    html = dyad_explorer(awkward, rng=1).html
    table = html[html.index("<noscript>") : html.index("</noscript>")]
    names = re.findall(r'<th scope="row">(.*?)</th>', table)
    assert names == ["&lt;/script&gt;&lt;b&gt;", "flat", "short", "full"]


@pytest.mark.parametrize("options", [{"measure": "kendall"}, {"n_noise": 0}])
def test_an_unknown_measure_or_no_noise_is_refused(changes, options):
    with pytest.raises(InputError, match=next(iter(options))):
        dyad_explorer(changes, **options)


def test_style_and_script_are_those_of_the_fragment(changes):
    html = dyad_explorer(changes, name="one", rng=1).html
    style = html[html.index("<style>") : html.index("</style>")]
    script = html[html.rindex("<script>") : html.rindex("</script>")]
    assert "#one svg .own" in style
    assert 'document.getElementById("one")' in script
    assert "ID" not in style + script


def test_a_chapter_depends_on_the_explorers_style_and_script(monkeypatch):
    from dyadsync.book import provenance

    hashed = []
    monkeypatch.setattr(provenance, "hash_files", lambda files, _: hashed.extend(files))
    provenance.science_hash()
    assert {"explorer.py", "explorer.css", "explorer.js"} <= {path.name for path in hashed}


def test_a_name_that_is_no_id_is_refused(changes):
    with pytest.raises(InputError, match="letters, digits and hyphens"):
        dyad_explorer(changes, name="two words")


@pytest.fixture(scope="module")
def page(awkward, tmp_path_factory):
    """The explorer alone on a page, in a browser that cannot reach a network."""
    from playwright.sync_api import sync_playwright

    path = tmp_path_factory.mktemp("explorer") / "page.html"
    html = dyad_explorer(awkward, unit="pg/mL", rng=1).html
    path.write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{html}')
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), args=["--no-sandbox"], offline=True
        )
        page = browser.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path.as_uri())
        yield page
        browser.close()
        assert not errors


@pytest.mark.browser
def test_keyboard_alone_chooses_a_dyad(page):
    page.get_by_label("Dyad", exact=True).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator('[data-part="r"]').inner_text() == "Dyad full: r = 0.50 from 4 pairs"
    assert page.locator('[data-part="pairs"] circle').count() == 4
    assert "50 % are" in page.locator('[data-part="sentence"]').inner_text()


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
