"""The posterior's draws and weights; `test_one_step` compares it with another sampler's."""

import numpy as np
import pytest
from scipy import stats

from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN
from dyadsync.scrutiny.latent.likelihood import Correlations
from dyadsync.scrutiny.latent.model import Draws, LinearOutcome
from dyadsync.scrutiny.latent.posterior import (
    Posterior,
    draw_posterior,
    systematic_resample,
    weighted_summary,
)
from tests.scrutiny.latent.samples import dyads_of, fitted, planted


def test_another_prior_moves_the_latent_sd_as_bayes_rule_says():
    """The draws under one prior, weighted by the ratio of the other's density to it.

    Both fits are worth more than 5000 draws: the Monte Carlo error of a median is below .02 SD.
    """
    dyads = dyads_of(*planted(11, 20, 8, tau=0.6, sigma=0.7))
    stated = fitted(dyads, n_draws=40_000, rng=1)
    other = fitted(dyads, n_draws=40_000, prior_mean=0.5, rng=2)
    ratio = stats.gamma.pdf(stated.tau_draws, 2, scale=0.25)
    ratio /= stats.gamma.pdf(stated.tau_draws, 2, scale=PRIOR_TAU_MEAN / 2)
    weights = ratio / ratio.sum()
    tau_se = other.tau_draws.std()
    for found, drawn, se in (
        (other.tau, stated.tau_draws, tau_se),
        (other.b, stated.draws[:, 1], other.outcome_se[2]),
    ):
        expected = weighted_summary(drawn[:, None], weights)[0][0]
        assert found == pytest.approx(expected, abs=0.1 * se)
    assert stated.tau - other.tau > 0.15 * tau_se


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
    model = LinearOutcome(Correlations.of(r, np.full(800, 3)), X, r + noise, PRIOR_TAU_MEAN)
    assert draw_posterior(model, 100, rng).weights.sum() == pytest.approx(1)


def test_effective_draws_are_kishs():
    """Kish (1965), Survey Sampling, 11.7: (sum w)^2 / sum w^2, of 3, 1, 1, 1 parts 36/12."""
    weights = np.array([3, 1, 1, 1]) / 6
    nothing = np.empty(4)
    assert Posterior(Draws(*[nothing] * 4), weights).effective == pytest.approx(3)
