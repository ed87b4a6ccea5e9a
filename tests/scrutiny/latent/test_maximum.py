"""Maximum likelihood, against direct integration and other optimisers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from dyadsync.scrutiny.latent.fit import latent_mediation
from dyadsync.scrutiny.latent.likelihood import Correlations
from dyadsync.scrutiny.latent.maximum import evaluate
from dyadsync.synchrony.measures import LARGEST_R
from tests.scrutiny.latent.samples import (
    batch_ml,
    correlation_density,
    correlation_log_density,
    ml_vector,
    planted,
    structural_loglik,
)


def test_the_log_likelihood_is_the_structural_models_integrated_over_z():
    r, n_pairs, x, y = planted(4, 16, np.tile([3, 4, 8, 30], 4), tau=0.8)
    fit = latent_mediation(r, n_pairs, x, y, rng=1)
    alpha, a, log_tau, gamma, b, c_prime, log_sigma = ml_vector(fit)
    assert min(np.exp([log_tau, log_sigma])) > 0.2
    total = 0.0
    for r_i, n_i, x_i, y_i in zip(r, n_pairs, x, y, strict=True):

        def joint(z, r_i=r_i, n_i=n_i, x_i=x_i, y_i=y_i):
            return (
                stats.norm.pdf(z, alpha + a * x_i, np.exp(log_tau))
                * stats.norm.pdf(y_i, gamma + b * z + c_prime * x_i, np.exp(log_sigma))
                * correlation_density(r_i, np.tanh(z), n_i)
            )

        total += np.log(integrate.quad(joint, -4, 4, epsabs=1e-13, limit=200)[0])
    assert fit.loglik == pytest.approx(total, abs=1e-5)


def test_the_likelihood_ratio_is_twice_the_gain_over_a_line_without_latent_spread():
    r, n_pairs, x, y = planted(8, 25, 8, tau=0.6)
    fit = latent_mediation(r, n_pairs, x, y, rng=1)

    def loss(line):
        return -correlation_log_density(r, np.tanh(line[0] + line[1] * x), n_pairs).sum()

    residuals = y - np.polyval(np.polyfit(x, y, 1), x)
    of_y = stats.norm.logpdf(residuals, scale=residuals.std()).sum()
    null = of_y - optimize.minimize(loss, [0.2, -0.5], method="BFGS").fun
    # At tau = 0 the package has a latent SD of .001, which is none.
    assert fit.likelihood_ratio == pytest.approx(2 * (fit.loglik - null), abs=1e-3)


def test_no_other_optimiser_finds_a_larger_likelihood():
    data = planted(8, 25, 8, tau=0.6)
    fit = latent_mediation(*data, rng=1)
    found = [
        optimize.minimize(lambda t: -structural_loglik(t, *data), start, method="BFGS")
        for start in (ml_vector(fit), np.array([0.2, -0.3, -1.0, 0.0, 0.5, 0.0, 0.0]))
    ]
    assert all(fit.loglik >= -f.fun - 1e-5 for f in found)
    np.testing.assert_allclose(found[1].x, ml_vector(fit), atol=2e-3)


def test_score_and_information_are_the_derivatives_of_the_log_likelihood():
    r, n_pairs, x, y = planted(2, 20, 4)
    correlations = Correlations.of(r, n_pairs)
    W = np.column_stack([np.ones(20), x, y])
    theta, step = np.array([0.2, -0.4, 0.1, -0.7]), 1e-5
    at = evaluate(correlations, W, theta)
    for j, e in enumerate(step * np.eye(4)):
        up, down = (evaluate(correlations, W, theta + s * e) for s in (1, -1))
        assert (up.loglik - down.loglik) / (2 * step) == pytest.approx(at.score[j], abs=1e-6)
        slope = (up.score - down.score) / (2 * step)
        np.testing.assert_allclose(-slope, at.information[j], atol=1e-6)


@pytest.mark.parametrize("tau", [0.1, 0.5, 1.5])
def test_nine_nodes_give_the_likelihood_of_a_hundred(tau):
    r, n_pairs, x, y = planted(3, 40, np.tile([3, 4, 8, 40], 10))
    correlations = Correlations.of(r, n_pairs)
    W = np.column_stack([np.ones(40), x, y])
    theta = np.array([0.2, -0.4, 0.1, np.log(tau)])
    many = evaluate(correlations, W, theta, 100).loglik
    assert evaluate(correlations, W, theta, 21).loglik == pytest.approx(many, abs=1e-4)
    assert evaluate(correlations, W, theta, 9).loglik == pytest.approx(many, abs=1e-2)


def test_with_very_many_pairs_maximum_likelihood_is_least_squares_on_atanh_r():
    r, n_pairs, x, y = planted(1, 200, 1_000_000)
    w = np.random.default_rng(0).normal(size=200)
    fit = latent_mediation(r, n_pairs, x, y, w, rng=1)
    z = np.arctanh(r)
    a = np.linalg.lstsq(np.column_stack([np.ones(200), x, w]), z)[0]
    b = np.linalg.lstsq(np.column_stack([np.ones(200), x, z, w]), y)[0]
    ml = fit.maximum_likelihood
    np.testing.assert_allclose([ml["alpha"], ml["a"]], a[:2], atol=1e-4)
    np.testing.assert_allclose([ml["gamma"], ml["c_prime"], ml["b"]], b[:3], atol=1e-4)
    # The posterior's medians are within a tenth of a standard error or so of least squares.
    np.testing.assert_allclose(fit.mediator, a, atol=0.15 * fit.mediator_se.max())
    np.testing.assert_allclose(fit.outcome, b, atol=0.15 * fit.outcome_se.max())


def test_data_sets_fitted_together_are_fitted_as_apart():
    sets = [planted(seed, 30, 6) for seed in range(5)]
    r, _, x, y = (np.stack(parts) for parts in zip(*sets, strict=True))
    together = batch_ml(r, np.full(30, 6), x, y)
    apart = [batch_ml(*one) for one in sets]
    np.testing.assert_allclose(together.loglik, [f.loglik for f in apart], atol=1e-6)
    assert together.converged.all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_turning_the_sign_of_r_turns_a_and_b(seed):
    r, n_pairs, x, y = planted(seed, 30, 6, tau=0.7)
    plain, turned = batch_ml(r, n_pairs, x, y), batch_ml(-r, n_pairs, x, y)
    assert turned.loglik == pytest.approx(float(plain.loglik), abs=1e-5)
    np.testing.assert_allclose(turned.mediator, -plain.mediator, atol=1e-3)
    assert turned.b == pytest.approx(-float(plain.b), rel=0.01, abs=1e-3)


def test_maximum_likelihood_recovers_a_planted_effect():
    sets = [planted(seed, 200, 8, sigma=0.5) for seed in range(60)]
    r, _, x, y = (np.stack(parts) for parts in zip(*sets, strict=True))
    ml = batch_ml(r, np.full(200, 8), x, y)
    assert np.median(ml.mediator[:, 1] * ml.b) == pytest.approx(-0.5, rel=0.1)


@pytest.mark.parametrize("pairs", [3, 4, 8])
def test_a_correlation_of_one_counts_as_the_largest_that_is_told_apart(pairs):
    r, n_pairs, x, y = planted(4, 60, pairs, tau=0.7)
    at = {first: batch_ml(np.r_[first, r[1:]], n_pairs, x, y) for first in (1.0, LARGEST_R, 0.99)}
    np.testing.assert_array_equal(at[1.0].theta, at[LARGEST_R].theta)
    assert not np.array_equal(at[1.0].theta, at[0.99].theta)
