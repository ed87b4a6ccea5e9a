"""Who has gaps, and how they differ from the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dyadsync.study.missingness import compare_incomplete, incomplete_in_words, missing_patterns


def test_every_dyad_is_in_one_pattern():
    gaps = {
        "samples": pd.Series([True, True, False, False, False]),
        "ratings": pd.Series([True, False, False, False, True]),
    }
    found = missing_patterns(gaps)
    assert found["dyads"].sum() == 5
    assert found.iloc[0].tolist() == ["", "", 2]
    assert list(found.columns) == ["samples", "ratings", "dyads"]


def test_differences_are_of_means_in_standard_deviations():
    """Means 2 and 5 of 1, 3, 4, 6 (SD 2.0817); what is not known is left out."""
    table = pd.DataFrame({"score": [1.0, 3.0, 4.0, 6.0], "age": [None, None, 30.0, 40.0]})
    found = compare_incomplete(table, pd.Series([True, True, False, False]), ["score", "age"])
    assert found.loc["score"].tolist() == pytest.approx([2.0, 5.0, -3 / 2.0817], abs=1e-4)
    assert found.loc["age"].isna().tolist() == [True, False, True]


def test_what_is_the_same_in_all_dyads_has_no_standard_deviation():
    table = pd.DataFrame({"score": [20.0] * 4, "age": [np.nan, np.nan, 30.0, np.nan]})
    found = compare_incomplete(table, pd.Series([True, True, False, False]), ["score", "age"])
    assert found.loc["score"].tolist() == pytest.approx([20, 20, np.nan], nan_ok=True)
    assert found.loc["age"].tolist() == pytest.approx([np.nan, 30, np.nan], nan_ok=True)
    assert "differ" not in incomplete_in_words(found, n=2, total=4)


@pytest.mark.parametrize(
    ("difference", "n", "said"),
    [
        (0.9, 10, "by 0.90 SD, more than so few dyads would by chance alone in most studies"),
        (-0.2, 10, "by -0.20 SD, which is no more than so few dyads would by chance alone"),
        (0.9, 0, "none of 37 dyads has a gap"),
    ],
)
def test_the_sentence_tells_a_difference_from_chance(difference, n, said):
    found = pd.DataFrame({"difference": [difference]}, index=["age"])
    assert incomplete_in_words(found, n, 37).endswith(said)
