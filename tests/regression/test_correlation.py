"""Robust correlations against WRS2 and pingouin, and their intervals."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.regression.correlation import (
    COEFFICIENTS,
    correlation,
    outlying_pairs,
    pearson_correlation,
    percentage_bend_correlation,
    spearman_correlation,
    winsorised_correlation,
)
from tests.reference_tables import dyads

VECTORISED = [
    pearson_correlation,
    spearman_correlation,
    winsorised_correlation,
    percentage_bend_correlation,
]


def pairs(n, seed, *shape):
    rng = np.random.default_rng(seed)
    x = rng.standard_t(2, size=(*shape, n))
    return x, 0.5 * x + rng.standard_t(2, size=(*shape, n))


@pytest.mark.parametrize("n", [5, 7, 16, 37])
def test_percentage_bend_equals_pingouin(n):
    x, y = pairs(n, seed=n)
    expected = pingouin.corr(x, y, method="percbend")["r"].iloc[0]
    assert percentage_bend_correlation(x, y) == pytest.approx(expected, abs=1e-12)


def test_pearson_and_spearman_equal_scipy():
    x, y = pairs(20, seed=1)
    x[3:6] = x[3]  # ties
    assert pearson_correlation(x, y) == pytest.approx(stats.pearsonr(x, y)[0])
    assert spearman_correlation(x, y) == pytest.approx(stats.spearmanr(x, y)[0])


def test_skipped_equals_pingouin():
    data = dyads(37, contaminated=True)
    x, y = data.x.to_numpy(), data.m.to_numpy()
    with pytest.warns(UserWarning, match="skipped correlation"):
        expected = pingouin.corr(x, y, method="skipped")
    row = correlation(x, y, "skipped", n_resamples=100, rng=1).loc["skipped"]
    assert row["r"] == pytest.approx(expected["r"].iloc[0], abs=1e-12)
    assert row["n"] == 37 - expected["outliers"].iloc[0]
    assert outlying_pairs(x, y).sum() == expected["outliers"].iloc[0]


@pytest.mark.parametrize("function", VECTORISED)
def test_leading_axes_are_a_batch(function):
    x, y = pairs(9, 2, 3, 5)
    batch = function(x, y)
    assert batch.shape == (3, 5)
    assert batch[2, 4] == pytest.approx(function(x[2, 4], y[2, 4]))
    assert function(x, y[0, 0]).shape == (3, 5)


@pytest.mark.parametrize("function", VECTORISED)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100), shift=st.floats(-100, 100))
@settings(max_examples=20, deadline=None)
def test_unit_and_origin_do_not_matter(function, seed, scale, shift):
    x, y = pairs(11, seed)
    r = function(x, y)
    assert function(scale * x + shift, y) == pytest.approx(r, abs=1e-8)
    assert function(-x, y) == pytest.approx(-r, abs=1e-8)
    assert function(y, x) == pytest.approx(r, abs=1e-12)
    assert abs(r) <= 1


@pytest.mark.parametrize("function", VECTORISED)
def test_constant_series_has_no_correlation(function):
    x, y = np.array([[0.1, 0.1, 0.1, 0.1], [1.0, 2, 3, 5]]), np.array([1.0, 2, 4, 3])
    assert np.isnan(function(x, y)).tolist() == [True, False]


@pytest.mark.parametrize("method", list(COEFFICIENTS))
def test_interval_surrounds_the_estimate_and_repeats_with_the_seed(method):
    data = dyads(37)
    first, second = (correlation(data.x, data.m, method, rng=3) for _ in range(2))
    assert first.equals(second)
    row = first.loc[method]
    assert row["ci_lower"] < row["r"] < row["ci_upper"]
    assert row["n_resamples"] == 5000


def test_pearsons_interval_is_scipys():
    data = dyads(120)
    ours = correlation(data.x, data.m, n_resamples=20_000, rng=1).loc["pearson"]
    theirs = stats.bootstrap(
        (data.x, data.m),
        lambda x, y, axis: pearson_correlation(x, y),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=20_000,
        rng=2,
    ).confidence_interval
    assert [ours["ci_lower"], ours["ci_upper"]] == pytest.approx(theirs, abs=0.012)


def test_blocks_do_not_change_the_resamples(monkeypatch):
    data = dyads(37)
    whole = correlation(data.x, data.m, "winsorised", rng=3)
    monkeypatch.setattr(
        "dyadsync.regression.correlation._BLOCK_VALUES", 37 * 96
    )  # the last is shorter
    assert correlation(data.x, data.m, "winsorised", rng=3).equals(whole)


def test_missing_pairs_are_left_out_and_counted():
    data = dyads(37)
    x = data.x.to_numpy().copy()
    x[:2] = np.nan
    row = correlation(x, data.m, rng=1).loc["pearson"]
    assert row["n"] == 35
    assert row["r"] == pytest.approx(pearson_correlation(x[2:], data.m[2:]))


def test_p_value_is_never_zero():
    x = np.arange(20.0)
    y = x + np.cos(x)
    assert correlation(x, y, n_resamples=999, rng=1).loc["pearson", "p_value"] == 2 / 1000


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        ([1.0, 2, 3, 4], [1.0, 2, 3], {}, "equal length"),
        ([1.0, 2, 3], [1.0, 2, 4], {}, "3 complete pairs"),
        ([1.0, 1, 1, 1], [1.0, 2, 3, 4], {}, "first variable is constant"),
        ([1.0, 2, np.inf, 1], [1.0, 2, 3, 4], {}, "infinite"),
        ([1.0, 2, 3, 1], ["1", "2", "3", "4"], {}, "'y' holds text"),
        ([1j, 2, 3, 1], [1.0, 2, 3, 4], {}, "complex"),
        ([1e200, 2, 3, 1], [1.0, 2, 3, 4], {}, "another unit"),
        (pd.Series(range(4), range(4)), pd.Series(range(4), range(1, 5)), {}, "different rows"),
        (
            [1.0, 2, 3, 5],
            [1.0, 2, 3, 4],
            {"method": "kendall"},
            "method is 'kendall'; it must be one of 'pearson'",
        ),
        ([1.0, 2, 3, 5], [1.0, 2, 3, 4], {"n_resamples": 99}, "at least 100"),
        ([1.0, 2, 3, 5], [1.0, 2, 3, 4], {"confidence_level": 95}, "confidence_level"),
    ],
)
def test_bad_input_is_refused(x, y, options, message):
    with pytest.raises(InputError, match=message):
        correlation(x, y, **options)


def test_two_series_are_matched_by_their_index():
    x, y = (pd.Series(values) for values in np.random.default_rng(1).normal(size=(2, 20)))
    plain = correlation(x, y, rng=1)
    pd.testing.assert_frame_equal(correlation(x, y.sample(frac=1, random_state=1), rng=1), plain)


def test_interval_covers_at_its_level():
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(300):
        x = rng.standard_normal(60)
        y = 0.5 * x + np.sqrt(0.75) * rng.standard_normal(60)
        row = correlation(x, y, n_resamples=500, rng=rng).loc["pearson"]
        covered.append(row["ci_lower"] < 0.5 < row["ci_upper"])
    assert np.mean(covered) == pytest.approx(0.94, abs=0.04)  # Monte Carlo SE .014


@pytest.mark.parametrize("method", ["winsorised", "percentage_bend", "skipped"])
def test_one_wild_pair_moves_pearson_only(method):
    x = np.arange(30.0)
    y = x + 3 * np.cos(5 * x)
    y[29] = -1000
    table = correlation(x, y, ["pearson", method], n_resamples=200, rng=1)
    assert table.loc["pearson", "r"] < 0
    assert table.loc[method, "r"] > 0.75
