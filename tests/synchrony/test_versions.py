"""Versions of synchrony stand side by side by dyad, and the least alike are found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.versions import side_by_side, version_agreement
from tests.made_changes import random_changes


def test_versions_meet_by_dyad_whatever_their_order():
    changes = random_changes()
    table = dyad_synchrony(changes)
    values = side_by_side({"as it is": table, "turned": table.iloc[::-1]})
    np.testing.assert_array_equal(values["as it is"], values["turned"])
    assert values.index.tolist() == table["dyad_id"].tolist()


def test_the_least_alike_are_those_with_the_lowest_correlation_not_the_smallest():
    rng = np.random.default_rng(0)
    one = rng.normal(size=20)
    values = pd.DataFrame({"a": one, "b_c": -one + 0.1 * rng.normal(size=20), "d": one**2})
    found = version_agreement(values)
    assert found.least_alike == ("a", "b_c")
    assert found.in_words() == "a and b c"
    assert found.lowest == pytest.approx(stats.pearsonr(values["a"], values["b_c"]).statistic)


def test_a_version_without_values_is_not_the_least_alike():
    values = pd.DataFrame({"none": np.nan, "a": [1.0, 2, 3], "b": [1.0, 3, 2]})
    found = version_agreement(values)
    assert found.least_alike == ("a", "b")
    assert found.lowest == pytest.approx(0.5)  # Spearman's r of one swap: 1 - 6 * 2 / 24


def test_without_any_correlation_the_lowest_is_missing():
    assert np.isnan(version_agreement(pd.DataFrame({"a": [np.nan], "b": [1.0]})).lowest)


def test_one_version_agrees_with_none():
    with pytest.raises(InputError, match="at least 2 versions; got 1"):
        version_agreement(pd.DataFrame({"a": [1.0, 2.0]}))
