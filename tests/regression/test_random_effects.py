"""Random effects of groups, where the estimates have a closed form and where they have none."""

import numpy as np
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from dyadsync.regression.random_effects import random_effects_fit


def one_way(between_sd, seed):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(8), 5)
    return group, between_sd * rng.normal(size=8)[group] + rng.normal(size=40)


def mean_squares(group, y):
    means = np.bincount(group, y) / 5
    return 5 * means.var(ddof=1), ((y - means[group]) ** 2).sum() / 32


def test_variances_of_equal_groups_are_those_of_the_analysis_of_variance():
    """Restricted likelihood: (MSB - MSE)/n and MSE (Searle, Casella & McCulloch 1992, 3.8)."""
    group, y = one_way(1.0, seed=1)
    between, within = mean_squares(group, y)
    assert between > within
    fit = random_effects_fit(np.ones((40, 1)), y, np.ones((40, 1)), group)
    assert fit.variance[0, 0] == pytest.approx((between - within) / 5, rel=1e-6)
    assert fit.residual == pytest.approx(within, rel=1e-6)
    assert fit.covariance[0, 0] == pytest.approx(between / 40, rel=1e-6)


def test_groups_that_differ_less_than_their_members_have_no_variance():
    group, y = next(
        drawn for drawn in (one_way(0.0, seed) for seed in range(50))
        if np.less(*mean_squares(*drawn))
    )  # fmt: skip
    fit = random_effects_fit(np.ones((40, 1)), y, np.ones((40, 1)), group)
    assert fit.variance[0, 0] == 0
    assert fit.residual == pytest.approx(y.var(ddof=1))
    assert fit.coef[0] == pytest.approx(y.mean())


def test_unequal_groups_and_a_slope_are_those_of_statsmodels():
    rng = np.random.default_rng(3)
    group = np.sort(rng.integers(10, size=80))
    x, e = rng.normal(size=(2, 80))
    y = 1 + (0.5 + rng.normal(size=10)[group]) * x + e
    X = np.column_stack([np.ones(80), x])
    expected = MixedLM(y, X, group, exog_re=x[:, None]).fit(reml=True)
    fit = random_effects_fit(X, y, x[:, None], group)
    np.testing.assert_allclose(fit.coef, expected.fe_params, rtol=1e-4)
    assert fit.variance[0, 0] == pytest.approx(float(expected.cov_re[0, 0]), rel=1e-3)
    assert fit.residual == pytest.approx(expected.scale, rel=1e-4)


def test_an_exact_fit_has_no_variance_at_all():
    x = np.arange(12.0)
    X = np.column_stack([np.ones(12), x])
    fit = random_effects_fit(X, 2 + 3 * x, np.ones((12, 1)), np.repeat(np.arange(4), 3))
    np.testing.assert_allclose(fit.coef, [2, 3])
    assert fit.variance[0, 0] == 0
    assert fit.residual < 1e-10


def test_columns_that_depend_on_each_other_are_refused():
    X = np.ones((6, 2))
    with pytest.raises(np.linalg.LinAlgError, match="do not determine"):
        random_effects_fit(X, np.arange(6.0), np.ones((6, 1)), np.repeat([0, 1], 3))


def test_a_large_level_costs_no_digits():
    group, y = one_way(1.0, seed=1)
    fits = [random_effects_fit(np.ones((40, 1)), y + level, np.ones((40, 1)), group)
            for level in (0, 1e7)]  # fmt: skip
    np.testing.assert_allclose(fits[1].effects, fits[0].effects, atol=1e-6)
    assert fits[1].coef[0] - 1e7 == pytest.approx(fits[0].coef[0], abs=1e-6)
