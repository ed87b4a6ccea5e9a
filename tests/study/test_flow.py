"""The counts of a study, and how they read where nothing, one thing or all is counted."""

import pandas as pd
import pytest

from dyadsync import Design, simulate_study
from dyadsync.study.flow import Sampling, sampling


def gaps(*counts):
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
