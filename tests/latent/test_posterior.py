"""The posterior, against a Metropolis sampler on the equations of the model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dyadsync.latent.fit import PRIOR_TAU_LOG_SD, PRIOR_TAU_MEDIAN, latent_mediation
from tests.latent.samples import planted, structural_loglik


@pytest.mark.slow
def test_the_posterior_is_the_one_a_metropolis_sampler_finds():
    """Random walk on the structural likelihood with the prior as the docstring states it."""
    data = planted(11, 20, 8, tau=0.6, sigma=0.7)
    fit = latent_mediation(*data, n_draws=20_000, rng=1)
    rng = np.random.default_rng(2)

    def log_posterior(phi):
        alpha, a, log_tau, h, g, c, log_s = phi
        tau, partial, s = np.exp(log_tau), np.tanh(h), np.exp(log_s)
        b = partial * s / tau
        log_sigma = log_s + np.log1p(-(partial**2)) / 2
        theta = [alpha, a, log_tau, g - b * alpha, b, c - a * b, log_sigma]
        prior = stats.norm.logpdf(log_tau, np.log(PRIOR_TAU_MEDIAN), PRIOR_TAU_LOG_SD)
        return structural_loglik(theta, *data, step=0.1) + prior - 2 * np.log(np.cosh(h))

    y_on_x = np.polyfit(data[2], data[3], 1)
    phi = np.array([fit.alpha, fit.a, np.log(fit.tau), 0.3, y_on_x[1], y_on_x[0], 0.0])
    scale = np.array([0.08, 0.08, 0.2, 0.3, 0.12, 0.12, 0.1])
    current, chain = log_posterior(phi), []
    for _ in range(20_000):
        proposal = phi + scale * rng.normal(size=7)
        candidate = log_posterior(proposal)
        if np.log(rng.uniform()) < candidate - current:
            phi, current = proposal, candidate
        chain.append([phi[1], np.tanh(phi[3]) * np.exp(phi[6] - phi[2]), np.exp(phi[2])])
    a, b, tau = np.array(chain[2000:]).T
    levels = [0.1, 0.5, 0.9]
    width = np.diff(np.quantile(a * b, [0.1, 0.9]))[0]
    ours = np.quantile(fit.draws[:, 0] * fit.draws[:, 1], levels)
    np.testing.assert_allclose(ours, np.quantile(a * b, levels), atol=0.1 * width)
    assert fit.tau == pytest.approx(np.median(tau), abs=0.05)
