"""What poor studies cannot carry is said before anything runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.limits import study_limits
from dyadsync.study.load import check_study, load_study
from tests.data_packages import describe, described
from tests.poor_studies import POOR, only, poor_package, rows

EXAMPLE = Path(__file__).parents[2] / "examples" / "cortisol"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("one dyad", ["The mediation cannot be computed: 1 dyad has all"]),
        ("two dyads", ["The mediation cannot be computed: 2 dyads have all"]),
        ("five dyads", ["Some of the other methods"]),
        ("constant signal", ["Synchrony, and all that follows from it,"]),
        (
            "constant outcome",
            ["The mediation cannot be computed: every dyad has the same improvement in Depression"],
        ),
        ("constant cause", ["The mediation cannot be computed: every dyad has the same Social"]),
        ("no ratings after intake", ["The mediation cannot be computed: no dyad has ratings"]),
        ("two sessions", ["Synchrony, and all that follows from it,"]),
    ],
)
def test_a_poor_study_is_right_and_has_its_limits(data_dir, tmp_path, name, words):
    folder = poor_package(data_dir, tmp_path / "data", POOR[name])
    assert check_study(folder) == []
    found = [limit.in_words() for limit in study_limits(load_study(folder))]
    assert len(found) == len(words)
    for sentence, begins in zip(found, words, strict=True):
        assert sentence.startswith(begins)
        assert sentence.endswith(".")


def test_the_shipped_study_and_ten_dyads_carry_everything(data_dir, tmp_path):
    assert study_limits(load_study(data_dir)) == []
    ten = poor_package(data_dir, tmp_path / "data", only(12))
    assert study_limits(load_study(ten)) == []


def test_reasons_have_the_names_of_the_study():
    study = load_study(EXAMPLE)
    alike = replace(study, dyads=study.dyads.assign(social_impairment=0.5))
    [limit] = study_limits(alike)
    assert limit.reason.startswith("every dyad has the same Attachment security")


def test_a_study_without_an_outcome_says_so(tmp_path):
    described(tmp_path)
    describe(tmp_path, lambda one: one["resources"].pop())
    [limit] = study_limits(load_study(tmp_path))
    assert limit.in_words() == "The mediation cannot be computed: these data have no outcome."


def test_more_sessions_than_any_dyad_has_are_refused_by_name(data_dir):
    with pytest.raises(InputError, match=r"min_sessions is 9, but no dyad has more than 4"):
        study_limits(load_study(data_dir), min_sessions=9)


def test_one_session_only_is_no_study(data_dir, tmp_path):
    folder = poor_package(data_dir, tmp_path / "data", rows("oxytocin", "session == 4"))
    [problem] = check_study(folder)
    assert problem.rule == "too few sessions"
    assert problem.message.startswith("oxytocin.csv: no dyad has two sessions")
