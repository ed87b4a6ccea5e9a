"""Least squares and its covariances against statsmodels; normal equations against NumPy."""

import numpy as np
import pytest
import statsmodels.api as sm

from dyadsync.errors import InputError
from dyadsync.regression.linear import fit_linear, row_products, solve_normal_equations, standardise
from tests.regression.samples import simulated


def test_least_squares_equals_statsmodels():
    X, y = simulated(25, 4, seed=1, outliers=0.1)
    fit, theirs = fit_linear(X, y), sm.OLS(y, X).fit()
    np.testing.assert_allclose(fit.coef, theirs.params, rtol=1e-10)
    np.testing.assert_allclose(fit.residuals, theirs.resid, rtol=1e-8)
    assert fit.dispersion == pytest.approx(theirs.mse_resid, rel=1e-12)
    assert fit.df_resid == 21
    np.testing.assert_allclose(fit.leverage, theirs.get_influence().hat_matrix_diag, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance("classical"), theirs.cov_params(), rtol=1e-9)
    np.testing.assert_allclose(
        fit.covariance("HC3"), theirs.get_robustcov_results("HC3").cov_params(), rtol=1e-9
    )


def test_scores_sum_to_zero_and_are_rows_times_residuals():
    X, y = simulated(25, 3, seed=2)
    fit = fit_linear(X, y)
    np.testing.assert_allclose(fit.scores, X * (y - X @ fit.coef)[:, None])
    np.testing.assert_allclose(fit.scores.sum(axis=0), 0, atol=1e-10)


def test_samples_fitted_together_are_fitted_as_apart():
    samples = [simulated(20, 3, seed) for seed in range(6)]
    X, y = (np.stack(parts).reshape(2, 3, *parts[0].shape) for parts in zip(*samples, strict=True))
    together = fit_linear(X, y)
    apart = [fit_linear(*sample) for sample in samples]
    assert together.df_resid == 17
    for name in ("coef", "bread", "scores", "residuals", "leverage", "dispersion"):
        expected = np.stack([getattr(fit, name) for fit in apart])
        found = getattr(together, name)
        np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=1e-12)


def test_hc3_of_a_row_that_is_fitted_exactly_names_the_row():
    X, y = simulated(20, 2, seed=3)
    alone = np.arange(20) == 4
    with pytest.raises(InputError, match="fits row 5 of the complete cases exactly"):
        fit_linear(np.column_stack([X, alone]), y).covariance("HC3")


def test_standardised_columns_have_mean_0_and_sd_1_and_the_constant_stays():
    X = simulated(30, 3, seed=4)[0] * [1, 5, 0.1] + [0, 7, -3]
    Z, location, spread = standardise(X)
    np.testing.assert_array_equal(Z[:, 0], 1)
    np.testing.assert_allclose(Z[:, 1:].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(Z[:, 1:].std(axis=0), 1)
    np.testing.assert_allclose(Z * spread + location, X)


def test_row_products_are_outer_products():
    X = simulated(5, 3, seed=5)[0]
    for row, product in zip(X, row_products(X), strict=True):
        np.testing.assert_array_equal(product.reshape(3, 3), np.outer(row, row))


def test_normal_equations_are_solved_one_system_at_a_time_as_all_at_once():
    X = np.random.default_rng(6).standard_normal((4, 20, 3))
    matrices, vectors = np.swapaxes(X, 1, 2) @ X, X[:, 0]
    solution, regular = solve_normal_equations(matrices, vectors)
    assert regular.all()
    for found, matrix, vector in zip(solution, matrices, vectors, strict=True):
        np.testing.assert_allclose(found, np.linalg.solve(matrix, vector))


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e9])
def test_singular_normal_equations_are_told_from_regular_ones_whatever_the_unit(unit):
    # Two columns with correlation rho have the scale-free determinant 1 - rho^2.
    rho = np.sqrt(1 - np.array([0.5e-12, 2e-12, 0.1]))
    matrices = np.stack([[[1, c], [c, 1]] for c in [*rho, 1.0]]) * unit
    _, regular = solve_normal_equations(matrices, np.ones((4, 2)))
    assert regular.tolist() == [False, True, True, False]


def test_normal_equations_without_a_row_in_a_column_are_singular():
    matrices = np.stack([np.diag([4.0, 0.0]), np.diag([4.0, 2.0])])
    assert solve_normal_equations(matrices, np.ones((2, 2)))[1].tolist() == [False, True]
