"""Two sets of published results side by side."""

import pandas as pd
import pytest

from millbook.evidence.compare import Comparison
from millbook.evidence.compare_results import NumberPair, compare_results
from millbook.results import publish


def judged(effect, estimate, lower, upper):
    verdict = "supported" if lower > 0 or upper < 0 else "inconclusive"
    ends = {"estimate": estimate, "ci_lower": lower, "ci_upper": upper}
    return {"effect": effect, "text": f"about {effect}", **ends, "verdict": verdict}


def publish_effects(folder, *rows):
    publish("effects", pd.DataFrame(rows), folder)


def compared(one, other):
    verdicts, numbers = compare_results(one, other)
    return Comparison(verdicts, numbers, [], [], [], [], [])


@pytest.fixture
def folders(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        publish("draws", {"n": 10, "of": {"mean": 0.5}, "ends": [1, 2], "word": "x"}, folder)
        publish_effects(folder, judged("a", -1.0, -1.98, -0.02), judged("b", 2, 1, 3))
    return one, other


def test_equal_results_are_the_same(folders):
    found = compared(*folders)
    assert found.same
    assert len(found.verdicts) == 2
    # n, mean, two ends, a word; estimate and two ends of two effects
    assert len(found.numbers) == 5 + 6


def test_results_without_verdicts_are_compared_without_a_word_of_them(folders):
    for folder in folders:
        (folder / "effects.csv").unlink()
    publish("draws", {"n": 11}, folders[1])
    assert "erdict" not in compared(*folders).in_words()


def test_a_change_is_given_in_the_number_s_own_standard_errors(folders):
    publish_effects(folders[1], judged("a", 0, -0.98, 0.98), judged("b", 2, 1, 3))
    found = compared(*folders)
    [verdict] = [pair for pair in found.verdicts if pair.differs]
    assert verdict.in_words() == "effects, a: supported → inconclusive"
    first = found.differing_numbers[0]
    # the 95 % interval is 1.96 wide to both sides together: a standard error of 0.98 / 1.959964
    assert first.change_in_se == pytest.approx(1 / (0.98 / 1.959964), rel=1e-6)
    assert first.cells == ("effects", "a: estimate", "−1", "0", "+2.00")
    words = found.in_words().splitlines()
    assert words[0] == "Verdicts: 1 of 2 differ."
    assert "+2.00" in words[4]


def test_a_published_standard_error_comes_before_that_of_an_interval(tmp_path):
    for name, estimate in (("one", 1.0), ("other", 2.0)):
        row = {"path": "a", "estimate": estimate, "se": 0.5, "ci_lower": 0.0, "ci_upper": 9.0}
        publish("paths", pd.DataFrame([row]), tmp_path / name)
    [pair] = compared(tmp_path / "one", tmp_path / "other").differing_numbers
    assert pair.change_in_se == 2


def test_what_only_one_has_differs_and_files_that_look_alike_do_not_mix(tmp_path):
    publish("a", {"x": 1}, tmp_path / "one")
    publish("a", pd.DataFrame({"x": [1]}), tmp_path / "other")
    found = compared(tmp_path / "one", tmp_path / "other")
    assert [(pair.before, pair.after) for pair in found.numbers] == [(None, 1.0), (1.0, None)]


def test_rows_with_equal_words_are_told_apart_by_their_order(tmp_path):
    for name, last in (("one", 3), ("other", 4)):
        publish("grid", pd.DataFrame({"k": ["a", "a"], "x": [1, last]}), tmp_path / name)
    [pair] = compared(tmp_path / "one", tmp_path / "other").differing_numbers
    assert pair.name == "a (2): x"


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        (1.0, 1.0 + 1e-12, False),
        (1.0, 1.001, True),
        (float("nan"), float("nan"), False),
        (float("nan"), 1.0, True),
        ("x", "x", False),
        ("x", None, True),
    ],
)
def test_rounding_alone_is_no_difference(before, after, differs):
    assert NumberPair("r", "n", before, after, 1.0).differs is differs  # type: ignore[arg-type]
