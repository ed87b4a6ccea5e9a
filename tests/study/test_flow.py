"""The counts of a study, and how they read where nothing, one thing or all is counted."""

from __future__ import annotations

import pandas as pd
import pytest

from dyadsync import Design, simulate_study
from dyadsync.study.flow import (
    Sampling,
    caseload_in_words,
    entering_in_words,
    sampling,
    unrated_in_words,
)
from dyadsync.study.words import Words


def gaps(*counts: int) -> Sampling:
    missing = pd.Series(counts)
    planned = 16 * len(missing)
    return Sampling([4, 8, 12, 16], planned, planned - int(missing.sum()), missing)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (gaps(0, 0), "All 32 planned samples are there."),
        (gaps(1, 0), "Of 32 planned samples 31 are there (96.9 %); the one gap is in 1 dyad."),
        (gaps(4, 0), "Of 32 planned samples 28 are there (87.5 %); the 4 gaps are in 1 dyad."),
        (gaps(4, 1), "Of 32 planned samples 27 are there (84.4 %); the 5 gaps are in 2 dyads."),
    ],
)
def test_gaps_in_words(found, words):
    assert found.in_words() == words


def test_sampling_counts_only_the_planned_sessions():
    study = simulate_study(Design(), rng=1)
    found = sampling(study)
    assert found.planned == 592  # 37 dyads, 4 sessions, 2 persons, before and after
    assert found.present == len(study.samples)  # no sample of another session
    assert found.planned - found.present == found.gaps.sum()
    another = study.samples.head(4).assign(session=99)
    samples = pd.concat([study.samples, another], ignore_index=True)
    more = type(study)(samples, study.dyads, study.symptoms, study.descriptor)
    assert sampling(more).present == found.present


@pytest.mark.parametrize(
    ("therapists", "words"),
    [
        ("AAAB", "2 therapists have 4 patients, between 1 and 3 each"),
        ("AABB", "2 therapists have 4 patients, 2 each"),
        ("AAA", "one therapist has all 3 patients"),
        ("ABC", "each of 3 patients has another therapist"),
    ],
)
def test_caseload_in_words(therapists, words):
    assert caseload_in_words(pd.Series([*therapists])) == words


def test_counts_are_told_in_the_words_of_the_study():
    words = Words(first="child", therapist="clinic", time="month")
    assert caseload_in_words(pd.Series(["A", "A"]), words) == "one clinic has all 2 children"
    assert unrated_in_words(pd.Series([6, 2]), 6, words) == (
        "1 of 2 children has no rating in the last month"
    )


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (37, "all 37 dyads are in the analysis"),
        (36, "36 of 37 dyads are in the analysis, 1 is left out because something is missing"),
        (1, "1 of 37 dyads is in the analysis, 36 are left out because something is missing"),
        (0, "none of 37 dyads is in the analysis, 37 are left out because something is missing"),
    ],
)
def test_entering_in_words(n, words):
    assert entering_in_words(n, 37) == words


@pytest.mark.parametrize(
    ("weeks", "words"),
    [
        ([16, 16], "every patient has a rating in the last week"),
        ([16, 15], "1 of 2 patients has no rating in the last week"),
        ([16, 15, 3], "2 of 3 patients have no rating in the last week"),
        ([8, 15, 3], "all 3 patients have no rating in the last week"),
    ],
)
def test_unrated_in_words(weeks, words):
    assert unrated_in_words(pd.Series(weeks), 16) == words
