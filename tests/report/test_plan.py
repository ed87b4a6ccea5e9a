"""What a plan reads, and what it refuses."""

import shutil
from pathlib import Path

import pytest

from dyadsync.cli.plan_command import read_plan
from dyadsync.errors import InputError
from millbook.errors import InputError as BookError

EXAMPLE = Path(__file__).parents[2] / "examples" / "cortisol"


def written(folder, text):
    file = folder / "trial.yml"
    file.write_text(text.replace("EXAMPLE", str(EXAMPLE)), encoding="utf-8")
    return file


def test_a_plan_gives_the_design_that_it_asks_for(tmp_path):
    text = "study: EXAMPLE\ndyads: 60\nsessions: 6\ngroups: 4\npaths: [-0.2, 0.4]\nseed: 3"
    _, design, parameters, seed = read_plan(written(tmp_path, text))
    assert (design.n_dyads, len(design.sessions), len(design.patients_per_therapist)) == (60, 6, 4)
    # More of the example's cause is better, and trials are simulated with one that is worse.
    assert (design.a, design.b) == (0.2, 0.4)
    assert (parameters, seed) == ({}, 3)


def test_ratings_of_a_plan_lie_within_the_bounds_of_its_study(tmp_path):
    _, design, *_ = read_plan(written(tmp_path, "study: EXAMPLE"))
    assert design.weeks == 12  # the largest month that the example's description allows


def test_a_package_without_samples_is_a_plan(tmp_path):
    shutil.copy(EXAMPLE / "datapackage.json", tmp_path)
    described, design, *_ = read_plan(tmp_path)
    assert described["name"] == "cortisol-synchrony"
    assert len(design.sessions) == 4


def test_a_package_with_samples_is_no_plan():
    with pytest.raises(InputError, match="has its samples already"):
        read_plan(EXAMPLE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dyads: 60", "study is missing"),
        ("study: EXAMPLE\ndiads: 60", "diads is not known"),
        ("study: EXAMPLE\npaths: large", "give two numbers"),
        ("study: EXAMPLE\ndyads: [", r"trial\.yml, line 2, is no YAML"),
        ("60", "names and values"),
        ("study: EXAMPLE\ndyads: 0", "n_dyads|positive|dyads"),
        ("study: EXAMPLE\nparameters: 3", "parameters must be names and values"),
        ("study: EXAMPLE\ndesign: 3", "design must be names and values"),
        ("study: EXAMPLE\ndyads: many", "dyads is 'many'; it must be a whole number"),
        ("study: EXAMPLE\ngroups: few", "groups is 'few'; it must be a whole number"),
        ("study: EXAMPLE\nsessions: 4.5", "sessions is 4.5; it must be a whole number"),
        ("study: EXAMPLE\nseed: abc", "seed is 'abc'; it must be a whole number"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(tmp_path, text, words):
    with pytest.raises((InputError, BookError), match=words):
        read_plan(written(tmp_path, text))
