"""The first page: the pair, the claims and their words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest

from dyadsync.claims.verdict import RULE, judge
from millbook.pages.extras import draw_card
from millbook.pages.finish import image_size
from millbook.pages.landing import Claims, draw_interval, draw_pair
from millbook.results import publish

PAIR = {
    "sessions": [4, 8, 12, 16],
    "patient": [1.0, 0.5, -0.25, -0.25],
    "therapist": [-1.0, 0.25, -1.5, -1.0],
    "synchrony": -0.123,
}


def test_claims_say_their_verdict_their_numbers_and_how_many_analyses_agree(
    tmp_path: Path,
) -> None:
    main = [
        judge("a", "quasi-Bayesian", -0.3, -0.6, -0.05),
        judge("b", "quasi-Bayesian", 2.0, 0.1, 4.0),
    ]
    others = [
        judge("a", "small-sample t", -0.3, -0.6, -0.05),
        judge("a", "bootstrap", -0.3, -0.7, 0.1),
        judge("b", "bootstrap", 2.0, 0.2, 3.9),
    ]
    (tmp_path / "datapackage.json").write_text('{"resources": []}', encoding="utf-8")
    publish("claims", main, tmp_path / "results")
    publish("claims_robust", others, tmp_path / "results")

    class Here(Claims):
        env = SimpleNamespace(srcdir=tmp_path)

    figure, box = Here.__new__(Here).run()
    rows = [re.sub("<[^>]*>", " ", row) for row in figure.astext().split("<li ")[1:]]
    assert "−0.30 , interval −0.60 to −0.05; not robust: same verdict from 1 of 2" in rows[0]
    assert "2.00 , interval 0.10 to 4.00; robust: same verdict from 2 of 2 analyses" in rows[1]
    assert figure.astext().count('<p class="claim-verdict">supported</p>') == 2
    assert RULE in box.astext()
    assert box.astext().count("small-sample t") == 1


@pytest.mark.parametrize(("letter", "claimed_left"), [("a", True), ("b", False)])
def test_an_interval_lies_on_the_side_that_its_numbers_have(
    letter: str, claimed_left: bool
) -> None:
    """0 is in the middle; the farther end reaches 1 / 1.15 of the half-width of 170."""
    drawn = ET.fromstring(draw_interval(judge(letter, "any", -0.5, -1.0, -0.25)))
    range_ = drawn.find("./line[@class='range']").attrib
    assert float(range_["x1"]) == pytest.approx(180 - 170 / 1.15, abs=0.05)
    assert float(range_["x2"]) == pytest.approx(180 - 170 / 4.6, abs=0.05)
    claimed = float(drawn.find("./rect[@class='claimed']").attrib["x"])
    assert (claimed < 180) is claimed_left


def test_a_pair_has_two_curves_a_point_a_session_and_its_number_in_words() -> None:
    drawn = ET.fromstring(draw_pair(PAIR))
    assert "over 4 sessions" in drawn.attrib["aria-label"]
    assert "synchrony is −0.12" in drawn.attrib["aria-label"]
    for who in ("patient", "therapist"):
        assert len(drawn.findall(f"./circle[@class='{who}']")) == 4
        assert len(drawn.findall(f"./path[@class='{who} curve']")) == 1
    heights = [float(dot.attrib["cy"]) for dot in drawn.findall("./circle[@class='patient']")]
    assert heights == sorted(heights)  # falls, so it goes down the screen


def test_a_curve_that_never_changes_is_level() -> None:
    drawn = ET.fromstring(draw_pair(PAIR | {"patient": [1.0] * 4, "therapist": [2.0] * 4}))
    assert {dot.attrib["cy"] for dot in drawn.findall("./circle")} == {"103.0"}


def test_a_pair_without_synchrony_says_so() -> None:
    drawn = ET.fromstring(draw_pair(PAIR | {"patient": [1.0] * 4, "synchrony": None}))
    assert "–" in list(drawn.itertext())
    assert drawn.attrib["aria-label"].endswith("their synchrony cannot be computed.")


def test_equal_pairs_give_equal_pictures_to_share(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        draw_card("A book", PAIR, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert image_size(tmp_path / "one.png") == (1200, 630)


def test_a_long_name_and_a_number_with_a_minus_have_room() -> None:
    drawn = ET.fromstring(draw_pair(PAIR | {"synchrony": -0.004}, "x" * 200, "child"))
    assert drawn.attrib["viewBox"] == "0 0 400 220"
    assert drawn.find("./text[@class='large']").text == "0.00"
    assert max(len(text.text) for text in drawn.findall("./text[@class='quiet']")) == 14
    assert ET.fromstring(draw_pair(PAIR)).attrib["viewBox"] == "0 0 420 220"
