"""The fast-and-robust bootstrap, against robmed 1.2.2 (tests/reference) and refitting."""

import numpy as np
import pytest

from dyadsync.regression.fast_bootstrap import fast_robust_bootstrap
from dyadsync.regression.mm import mm_regression
from tests.regression.samples import counts_of, simulated


def test_bootstrap_of_each_row_once_returns_the_estimate():
    X, y = simulated(30, 3, seed=7, outliers=0.1)
    fit = mm_regression(X, y)
    draw = fast_robust_bootstrap(X, fit, np.ones((1, 30)))[0]
    assert draw == pytest.approx(fit.coef, abs=1e-7)


def test_bootstrap_approximates_refitting():
    X, y = simulated(120, 2, seed=8)
    fit = mm_regression(X, y)
    counts = counts_of(120, 60, seed=3)
    fast = fast_robust_bootstrap(X, fit, counts)[:, 1]
    slow = [
        mm_regression(np.repeat(X, c, axis=0), np.repeat(y, c)).coef[1] for c in counts.astype(int)
    ]
    assert np.corrcoef(fast, slow)[0, 1] > 0.95


def test_resamples_without_a_category_are_not_a_number():
    X, y = simulated(30, 2, seed=10)
    X = np.column_stack([X, np.arange(30) < 3])
    fit, counts = mm_regression(X, y), counts_of(30, 400, seed=5)
    draws = fast_robust_bootstrap(X, fit, counts)
    assert np.isnan(draws).any(axis=1)[counts[:, :3].sum(axis=1) == 0].all()
    assert np.isfinite(draws[(counts[:, :3] > 0).all(axis=1)]).all()


def test_bootstrap_covariance_is_near_the_asymptotic_one():
    X, y = simulated(300, 3, seed=6, outliers=0.05)
    fit = mm_regression(X, y)
    draws = fast_robust_bootstrap(X, fit, counts_of(300, 20_000, seed=2))
    assert draws[:, 1:].std(axis=0) == pytest.approx(fit.se[1:], rel=0.1)
