"""The first page: the pair, the claims, and how much they are worth."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from dyadsync.claims.verdict import RULE, claims_table, judge
from dyadsync.cli.pages import notice
from dyadsync.cli.pages.claims import Claims, answer, draw_interval
from dyadsync.cli.pages.credibility import draw_count, draw_ratio, read_facts
from dyadsync.cli.pages.pair import draw_card, draw_pair
from millbook.pages.finish import image_size

ROOT = Path(__file__).parents[1]
STYLE = ROOT / "chapters" / "book.mplstyle"
PAIR = {
    "sessions": [4, 8, 12, 16],
    "patient": [1.0, 0.5, -0.25, -0.25],
    "therapist": [-1.0, 0.25, -1.5, -1.0],
    "synchrony": -0.123,
}


@pytest.mark.parametrize(
    ("method", "unit"), [("slope", "points"), ("percent", "percentage points")]
)
def test_claims_say_their_number_in_words_their_verdict_and_how_many_methods_agree(
    tmp_path, method, unit
):
    main = [
        judge("a", "quasi-Bayesian", -0.3, -0.6, -0.05),
        judge("b", "quasi-Bayesian", 2.0, 0.1, 4.0),
    ]
    others = [
        judge("a", "small-sample t", -0.3, -0.6, -0.05),
        judge("a", "bootstrap", -0.3, -0.7, 0.1),
        judge("b", "bootstrap", 2.0, 0.2, 3.9),
    ]
    results = tmp_path / "results"
    results.mkdir()
    claims_table(main).to_csv(results / "claims.csv", index=False)
    claims_table(others).to_csv(results / "claims_robust.csv", index=False)
    shares = pd.DataFrame({"effect": ["a", "b", "acme"], "supported": [0.376, 0.496, 0.289]})
    shares.to_csv(results / "multiverse_verdicts.csv", index=False)

    chosen = {"confidence_level": 0.9, "symptom_method": method}

    class Here(Claims):
        env = SimpleNamespace(srcdir=tmp_path, note_dependency=lambda path: None)
        config = SimpleNamespace(millbook_build={"parameters": {"x": chosen}})

    said, listed, box = Here.__new__(Here).run()
    assert said.astext() == "The same pattern: they were chosen for it."
    rows = [" ".join(re.sub("<[^>]*>", "", r).split()) for r in listed.astext().split("<li ")[1:]]
    assert "more impaired has a synchrony 0.30 lower." in rows[0]
    assert ("supported by 2 of 3 methods (90 %: −0.60 to −0.05), 38 % of analyses") in rows[0]
    assert f"falls by 2.00 {unit} less." in rows[1]
    assert "supported by all 2 methods" in rows[1]
    assert RULE in box.astext()
    assert box.astext().count("small-sample t") == 1


@pytest.mark.parametrize(
    ("average", "path_b", "words"),
    [
        ((-0.2, 0.3), (0.1, 4.0), "These data do not tell whether they do on average. Where they"),
        ((0.1, 0.3), (-0.1, 4.0), "In these data, on average they do. Whether patients improve"),
        ((-0.3, -0.1), (-4.0, -0.1), "In these data, on average they do the opposite. Where they"),
    ],
)
def test_the_answer_is_that_of_these_settings(average, path_b, words):
    claims = [judge("a", "any", 0, -1, 1), judge("b", "any", sum(path_b) / 2, *path_b)]
    pooled = {"method": "rm_corr", "interval": "studentised bootstrap over dyads"}
    pooled |= {"estimate": 0.0, "ci_lower": average[0], "ci_upper": average[1]}
    assert answer(claims, pd.DataFrame([pooled])).startswith(words)


def test_most_studies_of_this_size_miss_that_patients_improve_more():
    runs = pd.read_csv(ROOT / "data/derived/power.csv.gz")
    assert runs.query("grid == 'headline' and a == -0.5")["path_b"].iloc[0] < 0.5


@pytest.mark.parametrize(("letter", "claimed_left"), [("a", True), ("b", False)])
def test_an_interval_lies_on_the_side_that_its_numbers_have(letter, claimed_left):
    """0 is in the middle; the farther end reaches 1 / 1.15 of the half-width of 170."""
    drawn = ET.fromstring(draw_interval(judge(letter, "any", -0.5, -1.0, -0.25)))
    range_ = drawn.find("./line[@class='range']").attrib
    assert float(range_["x1"]) == pytest.approx(180 - 170 / 1.15, abs=0.05)
    assert float(range_["x2"]) == pytest.approx(180 - 170 / 4.6, abs=0.05)
    claimed = float(drawn.find("./rect[@class='claimed']").attrib["x"])
    assert (claimed < 180) is claimed_left


def test_what_a_finding_is_worth_is_read_off_published_tables():
    multiverse = pd.DataFrame({"effect": ["a", "acme"], "supported": [0.4, 0.312]})
    trials = pd.DataFrame(
        {"design": ["no effects", "this design"], "pattern": [0, 0.143], "exaggeration": [0, 2.398]}
    )
    pooled = pd.DataFrame(
        {
            "method": ["rm_corr", "rm_corr"],
            "interval": ["model", "studentised bootstrap over dyads"],
            "estimate": [0.015, 0.015],
            "ci_lower": [-0.18, -0.259],
            "ci_upper": [0.21, 0.302],
        }
    )
    facts = read_facts(multiverse, trials, pooled)
    assert [fact.value for fact in facts] == ["0.01", "31 of 100", "14 of 100", "2.4 times"]
    assert facts[0].words == "average synchrony (−0.26 to 0.30), perhaps none"
    assert [fact.chapter for fact in facts] == ["synchrony", "multiverse", "power", "power"]


def test_pictures_show_the_numbers_that_stand_beside_them():
    dots = ET.fromstring(draw_count(0.312)).findall("./circle")
    assert [dot.attrib["class"] for dot in dots] == ["filled"] * 31 + ["hollow"] * 69
    one, more = (float(bar.attrib["width"]) for bar in ET.fromstring(draw_ratio(2.4)))
    assert more / one == pytest.approx(2.4, abs=0.01)


def test_a_pair_has_two_curves_a_point_for_each_session_and_its_number_in_words():
    drawn = ET.fromstring(draw_pair(PAIR))
    assert "over 4 sessions" in drawn.attrib["aria-label"]
    assert "synchrony is −0.12" in drawn.attrib["aria-label"]
    for who in ("patient", "therapist"):
        assert len(drawn.findall(f"./circle[@class='{who}']")) == 4
        assert len(drawn.findall(f"./path[@class='{who} curve']")) == 1
    heights = [float(dot.attrib["cy"]) for dot in drawn.findall("./circle[@class='patient']")]
    assert heights == sorted(heights)  # falls, so it goes down the screen


def test_a_curve_that_never_changes_is_level():
    drawn = ET.fromstring(draw_pair(PAIR | {"patient": [1.0] * 4, "therapist": [2.0] * 4}))
    assert {dot.attrib["cy"] for dot in drawn.findall("./circle")} == {"103.0"}


def test_equal_pairs_give_equal_pictures_to_share(tmp_path):
    for name in ("one.png", "two.png"):
        draw_card("A book", PAIR, STYLE, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert image_size(tmp_path / "one.png") == (1200, 630)


def test_a_notice_names_the_settings_that_are_not_the_books_own():
    assert notice({}, {"solutions": False}) == ""
    said = notice({"dyadsync:simulation": {"seed": 4}}, {"change": "absolute", "seed": 1})
    assert "Simulated data" in said
    assert "change = absolute, seed = 1." in said
