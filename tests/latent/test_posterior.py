"""The posterior, against one found from the equations of the model in other coordinates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special, stats

from dyadsync.latent.fit import PRIOR_TAU_MEAN, latent_mediation
from dyadsync.latent.likelihood import Correlations
from dyadsync.latent.model import Draws, LinearOutcome, TauPrior
from dyadsync.latent.posterior import (
    Posterior,
    draw_posterior,
    systematic_resample,
    weighted_summary,
)
from dyadsync.measurement.density import fisher_z_log_density
from tests.latent.samples import planted


def posterior_from_the_equations(r, n_pairs, x, y, n_draws, seed):
    """Weighted draws of ``a b c' tau sigma`` under the prior as the docstring states it.

    Coordinates are alpha, a, log tau, atanh of the partial correlation, intercept and slope of y on
    x, and log s; z is summed over a plain grid. Draws come from a t around the mode of the whole,
    with the inverse Hessian there.
    """
    z = np.arange(-6, 6, 0.1)[:, None]
    log_r = fisher_z_log_density(np.arctanh(r), z, n_pairs)

    def log_posterior(phi):
        alpha, a, log_tau, h, g, c, log_s = (v[..., None] for v in np.moveaxis(phi, -1, 0))
        tau, partial, s = np.exp(log_tau), np.tanh(h), np.exp(log_s)
        b, sigma = partial * s / tau, s / np.cosh(h)
        of_z = -0.5 * ((z - (alpha + a * x)[..., None, :]) / tau[..., None]) ** 2
        direct = g - b * alpha + (c - a * b) * x
        of_y = -0.5 * ((y - direct[..., None, :] - b[..., None] * z) / sigma[..., None]) ** 2
        summed = special.logsumexp(log_r + of_z + of_y, axis=-2) - np.log(tau * sigma)
        # Gamma of shape 2 in tau; its density in log tau is tau times that.
        on_tau = log_tau + stats.gamma.logpdf(tau, 2, scale=PRIOR_TAU_MEAN / 2)
        # The partial correlation tanh(h) is uniform: its density in h is that of sech(h)^2.
        return summed.sum(-1) + (on_tau - 2 * np.log(np.cosh(h)))[..., 0]

    slope, intercept = np.polyfit(x, y, 1)
    start = np.array([0.2, -0.5, -0.7, 0.3, intercept, slope, 0.0])
    mode = optimize.minimize(lambda phi: -float(log_posterior(phi)), start, method="BFGS")
    proposal = stats.multivariate_t(mode.x, 1.3 * mode.hess_inv, df=6, seed=seed)
    phi = proposal.rvs(n_draws)
    log_weight = np.concatenate([log_posterior(part) for part in np.split(phi, n_draws // 100)])
    log_weight -= proposal.logpdf(phi)
    weights = np.exp(log_weight - log_weight.max())
    _, a, log_tau, h, _, c, log_s = phi.T
    b = np.tanh(h) * np.exp(log_s - log_tau)
    sigma = np.exp(log_s) / np.cosh(h)
    return np.column_stack([a, b, c - a * b, np.exp(log_tau), sigma]), weights / weights.sum()


def quantiles(draws, weights, levels):
    order = np.argsort(draws)
    return np.interp(levels, np.cumsum(weights[order]), draws[order])


def test_the_posterior_is_the_one_of_the_models_equations():
    data = planted(11, 20, 8, tau=0.6, sigma=0.7)
    fit = latent_mediation(*data, n_draws=80_000, rng=1)
    draws, weights = posterior_from_the_equations(*data, 80_000, seed=2)
    # Both have more than 10 000 effective draws: the Monte Carlo error of a median is .013 SD. In
    # the tails few draws have much weight: between seeds the 95 % point of b varies by .04 SD.
    levels = [0.05, 0.1587, 0.5, 0.8413, 0.95]
    ours = [*fit.draws.T, fit.draws[:, 0] * fit.draws[:, 1]]
    for mine, theirs in zip(ours, [*draws.T[:3], draws[:, 0] * draws[:, 1]], strict=True):
        expected = quantiles(theirs, weights, levels)
        sd = (expected[3] - expected[1]) / 2
        off = np.abs(np.quantile(mine, levels) - expected) / sd
        assert (off < [0.15, 0.08, 0.06, 0.08, 0.15]).all()
    found = [(fit.a, fit.mediator_se[1]), (fit.b, fit.outcome_se[2]), (None, fit.outcome_se[1])]
    found += [(fit.tau, fit.tau_se), (fit.sigma, fit.sigma_se)]
    for (median, se), theirs in zip(found, draws.T, strict=True):
        low, middle, high = quantiles(theirs, weights, levels[1:4])
        assert se == pytest.approx((high - low) / 2, rel=0.05)
        if median is not None:  # c' is reported as c - a b
            assert median == pytest.approx(middle, abs=0.05 * se)


def test_another_prior_moves_the_latent_sd_as_bayes_rule_says():
    data = planted(11, 20, 8, tau=0.6, sigma=0.7)
    fit = latent_mediation(*data, n_draws=40_000, prior_mean=0.5, rng=1)
    draws, weights = posterior_from_the_equations(*data, 20_000, seed=2)
    stated, other = (
        stats.gamma.pdf(draws[:, 3], 2, scale=mean / 2) for mean in (PRIOR_TAU_MEAN, 0.5)
    )
    reweighted = weights * other / stated
    expected = quantiles(draws[:, 3], reweighted / reweighted.sum(), 0.5)
    assert fit.tau == pytest.approx(expected, abs=0.08 * fit.tau_se)


def test_the_weighted_summary_of_equal_weights_is_median_and_normal_sd():
    draws = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)[:, None] * [1.0, 3.0] + [5.0, -2.0]
    median, se = weighted_summary(draws, np.full(2000, 1 / 2000))
    np.testing.assert_allclose(median, [5, -2], atol=1e-9)
    np.testing.assert_allclose(se, [1, 3], rtol=1e-3)


def test_a_draw_of_double_weight_counts_as_two():
    draws = np.array([[3.0], [1.0], [2.0]])
    twice = weighted_summary(np.array([[3.0], [1.0], [2.0], [2.0]]), np.full(4, 0.25))
    once = weighted_summary(draws, np.array([0.25, 0.25, 0.5]))
    assert once[0] == twice[0] == 2.0


def test_resampling_takes_each_draw_as_often_as_its_weight_says_to_one_more_or_less():
    weights = np.random.default_rng(1).dirichlet(np.ones(30))
    chosen = systematic_resample(weights, 1000, np.random.default_rng(2))
    times = np.bincount(chosen, minlength=30)
    assert len(chosen) == 1000
    assert np.all(np.abs(times - 1000 * weights) <= 1)


def test_the_likelihood_of_many_dyads_does_not_underflow():
    """Three pairs with r = 0 have the density 1/pi: 800 such dyads exp(-916), which is 0."""
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(2, 800))
    r = np.tanh(0.4 * rng.normal(size=800))
    X = np.column_stack([np.ones(800), x])
    model = LinearOutcome(
        Correlations.of(r, np.full(800, 3)), X, r + noise, TauPrior(PRIOR_TAU_MEAN)
    )
    assert draw_posterior(model, 100, rng).weights.sum() == pytest.approx(1)


def test_effective_draws_are_kishs():
    """Kish (1965), Survey Sampling, 11.7: (sum w)^2 / sum w^2, of 3, 1, 1, 1 parts 36/12."""
    weights = np.array([3, 1, 1, 1]) / 6
    nothing = np.empty(4)
    assert Posterior(Draws(*[nothing] * 5), weights).effective == pytest.approx(3)
