"""The likelihood of correlations and its maximum, against direct integration and an optimiser."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.latent.likelihood import Correlations
from dyadsync.scrutiny.latent.maximum import likelihood_ratio, log_likelihood
from dyadsync.synchrony.measures import LARGEST_R
from tests.scrutiny.latent.samples import (
    correlation_density,
    correlation_log_density,
    dyads_of,
    fitted,
    planted,
    structural_loglik,
)


def ratio(r, n_pairs, x, y):
    X = np.stack([np.ones_like(x), x], axis=-1)
    found, reached = likelihood_ratio(Correlations.of(r, n_pairs), X, fit_linear(X, y))
    assert reached
    return found


def test_the_log_likelihood_is_that_of_the_equations_integrated_over_z():
    r, n_pairs, x, y = planted(4, 16, np.tile([3, 4, 8, 30], 4), tau=0.8)
    W = np.column_stack([np.ones(16), x, y])
    *slopes, log_omega = theta = np.array([0.2, -0.4, 0.5, -0.3])
    total = 0.0
    for r_i, n_i, mean in zip(r, n_pairs, W @ slopes, strict=True):

        def joint(z, r_i=r_i, n_i=n_i, mean=mean):
            density = correlation_density(r_i, np.tanh(z), n_i)
            return stats.norm.pdf(z, mean, np.exp(log_omega)) * density

        total += np.log(integrate.quad(joint, -8, 8, epsabs=1e-13, limit=200)[0])
    found, _ = log_likelihood(Correlations.of(r, n_pairs), W, theta)
    assert found == pytest.approx(total, abs=1e-5)


def test_the_likelihood_ratio_is_that_which_another_optimiser_finds_for_the_equations():
    r, n_pairs, x, y = planted(8, 25, 8, tau=0.6)

    def at_none(line):
        return -correlation_log_density(r, np.tanh(line[0] + line[1] * x), n_pairs).sum()

    residuals = y - np.polyval(np.polyfit(x, y, 1), x)
    of_y = stats.norm.logpdf(residuals, scale=residuals.std()).sum()
    null = of_y - optimize.minimize(at_none, [0.2, -0.5], method="BFGS").fun
    full = optimize.minimize(
        lambda theta: -structural_loglik(theta, r, n_pairs, x, y),
        np.array([0.2, -0.3, -1.0, 0.0, 0.5, 0.0, 0.0]),
        method="BFGS",
    )
    # At tau = 0 the package has a latent SD of .001, which is none.
    assert ratio(r, n_pairs, x, y) == pytest.approx(2 * (-full.fun - null), abs=1e-3)


def test_the_score_is_the_derivative_of_the_log_likelihood():
    r, n_pairs, x, y = planted(2, 20, 4)
    correlations = Correlations.of(r, n_pairs)
    W = np.column_stack([np.ones(20), x, y])
    theta, step = np.array([0.2, -0.4, 0.1, -0.7]), 1e-5
    _, score = log_likelihood(correlations, W, theta)
    for j, e in enumerate(step * np.eye(4)):
        up, down = (log_likelihood(correlations, W, theta + s * e)[0] for s in (1, -1))
        assert (up - down) / (2 * step) == pytest.approx(score[j], abs=1e-6)


@pytest.mark.parametrize("tau", [0.1, 0.5, 1.5])
def test_nine_nodes_give_the_likelihood_of_a_hundred(tau):
    r, n_pairs, x, y = planted(3, 40, np.tile([3, 4, 8, 40], 10))
    W = np.column_stack([np.ones(40), x, y])
    theta = np.array([0.2, -0.4, 0.1, np.log(tau)])
    nine, ours, many = (
        log_likelihood(Correlations.of(r, n_pairs), W, theta, count)[0] for count in (9, 21, 100)
    )
    assert ours == pytest.approx(many, abs=1e-4)
    assert nine == pytest.approx(many, abs=1e-2)


def test_with_very_many_pairs_the_fit_is_least_squares_on_atanh_r():
    r, n_pairs, x, y = planted(1, 200, 1_000_000)
    w = np.random.default_rng(0).normal(size=200)
    fit = fitted(dyads_of(r, n_pairs, x, y, w=w), covariates=["w"], rng=1)
    z = np.arctanh(r)
    a = np.linalg.lstsq(np.column_stack([np.ones(200), x, w]), z)[0]
    b = np.linalg.lstsq(np.column_stack([np.ones(200), x, z, w]), y)[0]
    # The posterior's medians are within a tenth of a standard error or so of least squares.
    np.testing.assert_allclose(fit.fit.estimate.mediator[0], a, atol=0.15 * fit.mediator_se.max())
    np.testing.assert_allclose(fit.fit.estimate.outcome, b, atol=0.15 * fit.outcome_se.max())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_turning_the_sign_of_r_does_not_matter(seed):
    r, n_pairs, x, y = planted(seed, 30, 6, tau=0.7)
    assert ratio(-r, n_pairs, x, y) == pytest.approx(ratio(r, n_pairs, x, y), abs=1e-5)


def test_a_correlation_of_one_counts_as_the_largest_that_is_told_apart():
    r, n_pairs, x, y = planted(4, 60, 4, tau=0.7)
    at = {first: ratio(np.r_[first, r[1:]], n_pairs, x, y) for first in (1.0, LARGEST_R, 0.99)}
    assert at[1.0] == at[LARGEST_R] != at[0.99]
