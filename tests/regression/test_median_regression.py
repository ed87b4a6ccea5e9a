"""Median regression, against statsmodels and linear programming."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyadsync.regression.median_regression import median_regression
from tests.regression.samples import counts_of, designs, simulated, table


def least_absolute_sum(X, y, weights):
    """Minimum of the weighted sum of absolute residuals, by linear programming."""
    from scipy.optimize import linprog

    n, p = X.shape
    return linprog(
        np.concatenate([np.zeros(p), weights, weights]),
        A_eq=np.column_stack([X, np.eye(n), -np.eye(n)]),
        b_eq=y,
        bounds=[(None, None)] * p + [(0, None)] * (2 * n),
    ).fun


@pytest.mark.parametrize("rounded", [False, True])
def test_median_regression_of_resamples_is_optimal(rounded):
    X, y = designs(table(37, "contaminated"))["y~m+x"]
    if rounded:  # ties everywhere, solutions not unique
        X, y = np.round(X), np.round(y)
    counts = counts_of(37, 40, seed=6)
    coefs = median_regression(X, y, counts=counts)
    for weights, coef in zip(counts, coefs, strict=True):
        reached = weights @ np.abs(y - X @ coef)
        assert reached == pytest.approx(least_absolute_sum(X, y, weights), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_breaking_ties_does_not_cost_the_optimum(seed):
    X, y = simulated(300, 3, seed)
    reached = np.abs(y - X @ median_regression(X, y)).sum()
    assert reached <= least_absolute_sum(X, y, np.ones(300)) * (1 + 1e-9)


def test_median_regression_on_a_constant_is_the_median():
    y = np.random.default_rng(0).standard_cauchy(31)
    assert median_regression(np.ones((31, 1)), y)[0] == np.median(y)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_median_regression_does_not_depend_on_the_order_of_rows(seed):
    X, y = simulated(25, 3, seed)
    X, y = np.round(X, 1), np.round(y)
    order = np.random.default_rng(seed).permutation(25)
    assert median_regression(X[order], y[order]) == pytest.approx(median_regression(X, y), abs=1e-8)


def test_median_regression_of_a_resample_without_a_category_is_not_a_number():
    X, y = simulated(30, 2, seed=10)
    X = np.column_stack([X, np.arange(30) < 3])
    counts = np.ones((2, 30))
    counts[1, :3] = 0
    coefs = median_regression(X, y, counts=counts)
    assert np.isfinite(coefs[0]).all()
    assert np.isnan(coefs[1]).all()


def test_the_last_digits_of_a_processor_do_not_choose_among_several_solutions():
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(24), rng.integers(0, 4, size=(24, 2))]).astype(float)
    y = rng.integers(0, 5, size=24).astype(float)
    counts = rng.multinomial(24, np.full(24, 1 / 24), size=500)
    here = median_regression(X, y, counts=counts)
    for scale in (3.0, 1 / 3, 0.7):  # another unit of x leaves other last digits behind
        units = np.array([1.0, scale, scale])
        elsewhere = median_regression(X * units, y, counts=counts) * units
        np.testing.assert_allclose(elsewhere, here, atol=1e-6)
