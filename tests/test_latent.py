"""Latent synchrony: the likelihood against direct integration, the fit against other optimisers.

Planted truth, unless said otherwise: alpha = .25, a = -.5, tau = .35, gamma = 0, b = 1, c' = 0,
sigma = 1, x standard normal; the indirect effect is -.5.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from dyadsync.errors import InputError
from dyadsync.latent import (
    PRIOR_TAU_LOG_SD,
    PRIOR_TAU_MEDIAN,
    Correlations,
    LatentFit,
    latent_mediation,
    maximum_likelihood,
    regress,
    simulate_correlations,
)
from dyadsync.latent import _evaluate as evaluate
from dyadsync.measurement.density import (
    correlation_density,
    correlation_log_density,
    fisher_z_log_density,
)


def planted(seed: int, n: int, pairs: int | np.ndarray, *, tau=0.35, sigma=1.0, a=-0.5, b=1.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    z = 0.25 + a * x + tau * rng.normal(size=n)
    y = b * z + sigma * rng.normal(size=n)
    n_pairs = np.broadcast_to(pairs, n)
    return simulate_correlations(z, n_pairs, rng), n_pairs, x, y


def structural_loglik(theta, r, n_pairs, x, y, step=1 / 80):
    """The model as its equations say it, integrated over z on a plain grid."""
    alpha, a, log_tau, gamma, b, c_prime, log_sigma = theta
    z = np.arange(-6, 6, step)[:, None]
    log_joint = (
        stats.norm.logpdf(z, alpha + a * x, np.exp(log_tau))
        + stats.norm.logpdf(y, gamma + b * z + c_prime * x, np.exp(log_sigma))
        + fisher_z_log_density(np.arctanh(r), z, n_pairs)
        - np.log1p(-(r**2))  # from the density of atanh r to that of r
    )
    largest = log_joint.max(0)
    return float((largest + np.log(np.exp(log_joint - largest).sum(0) * step)).sum())


def ml_vector(fit: LatentFit) -> np.ndarray:
    ml = fit.maximum_likelihood
    named = [ml[k] for k in ("alpha", "a", "gamma", "b", "c_prime")]
    return np.array([*named[:2], np.log(ml["tau"]), *named[2:], np.log(ml["sigma"])])


def batch_ml(r, n_pairs, x, y):
    X = np.stack([np.ones_like(x), x], axis=-1)
    return maximum_likelihood(Correlations.of(r, n_pairs), X, regress(X, y))


# The likelihood ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, 4, 8, 60, 200])
def test_the_density_is_hotellings(n):
    r, zeta = np.meshgrid([-0.999, -0.5, 0.0, 0.3, 0.97], np.linspace(-2.5, 2.5, 11))
    exact = correlation_log_density(r, np.tanh(zeta), n)
    ours = Correlations.of(r, np.full(5, n)).log_density(zeta)
    np.testing.assert_allclose(ours, exact, atol=2e-6)


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


def test_simulated_correlations_have_the_exact_distribution():
    r = np.sort(simulate_correlations(np.full(4000, 0.6), 4, rng=1))
    grid = np.linspace(-1, 1, 4001)
    density = correlation_density(grid, np.tanh(0.6), 4)
    cdf = integrate.cumulative_trapezoid(density, grid, initial=0)
    assert stats.kstest(np.interp(r, grid, cdf), "uniform").pvalue > 0.01


# Maximum likelihood ------------------------------------------------------------------------------


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


# The posterior -----------------------------------------------------------------------------------


@settings(max_examples=5, deadline=None)
@given(st.floats(0.01, 100), st.floats(-50, 50), st.booleans())
def test_affine_changes_of_y_scale_the_effects(factor, shift, turn):
    r, n_pairs, x, y = planted(4, 37, 8)
    factor = -factor if turn else factor
    plain = latent_mediation(r, n_pairs, x, y, rng=1)
    changed = latent_mediation(r, n_pairs, x, factor * y + shift, rng=1)
    if turn:  # the draws are other draws: equal up to Monte Carlo error
        assert changed.ab == pytest.approx(factor * plain.ab, rel=0.15)
    else:
        np.testing.assert_allclose(changed.effects, factor * plain.effects, rtol=1e-4)


def test_the_order_of_the_dyads_and_the_units_of_x_do_not_matter():
    r, n_pairs, x, y = planted(4, 37, np.resize([3, 4, 8], 37), tau=0.6)
    order = np.random.default_rng(1).permutation(37)
    plain = latent_mediation(r, n_pairs, x, y, rng=1)
    shuffled = latent_mediation(r[order], n_pairs[order], x[order], y[order], rng=1)
    rescaled = latent_mediation(r, n_pairs, 10 * x + 3, y, contrast=(3, 13), rng=1)
    np.testing.assert_allclose(shuffled.effects, plain.effects, rtol=1e-4)
    np.testing.assert_allclose(rescaled.effects, plain.effects, rtol=1e-4)


def test_effects_follow_from_the_draws_and_scale_with_the_contrast():
    data = planted(4, 37, 8)
    fit = latent_mediation(*data, n_draws=500, confidence_level=0.8, rng=1)
    twice = latent_mediation(*data, n_draws=500, confidence_level=0.8, contrast=(1, 3), rng=1)
    a, b, c_prime = fit.draws.T
    assert fit.draws.shape == (500, 3)
    np.testing.assert_allclose(twice.effects, 2 * fit.effects)
    np.testing.assert_allclose(
        fit.effects[["ci_lower", "ci_upper"]],
        [np.quantile(v, [0.1, 0.9]) for v in (a * b, c_prime, a * b + c_prime)],
    )
    assert fit.effects.loc["ACME", "estimate"] == fit.ab
    # The total effect is the slope of least squares: it does not go through z.
    assert fit.ab + fit.c_prime == pytest.approx(np.polyfit(data[2], data[3], 1)[0])
    assert fit.total[0] == pytest.approx(fit.ab + fit.c_prime)
    assert fit.total[1] == pytest.approx(stats.linregress(data[2], data[3]).stderr)


def test_the_same_seed_gives_the_same_fit():
    data = planted(4, 37, 8)
    first, second = (latent_mediation(*data, rng=7) for _ in range(2))
    np.testing.assert_array_equal(first.mediator_draws, second.mediator_draws)
    np.testing.assert_array_equal(first.outcome_draws, second.outcome_draws)


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "pairs", "trials", "tolerance"),
    # At 200 x 4 the median of 200 estimates itself has a standard error of .04: take more.
    [(200, 4, 600, 0.10), (37, 8, 400, 0.20)],
    ids=["200 x 4", "37 x 8"],
)
def test_the_median_estimate_is_near_the_truth_and_the_interval_covers(n, pairs, trials, tolerance):
    data = (planted(seed, n, pairs) for seed in range(trials))
    fits = [latent_mediation(*one, n_draws=2000, rng=seed) for seed, one in enumerate(data)]
    acme = np.array([fit.effects.loc["ACME"] for fit in fits])
    assert np.nanmedian(acme[:, 0]) == pytest.approx(-0.5, rel=tolerance)
    # A fit at the boundary has no interval and counts as a miss.
    assert np.mean((acme[:, 1] <= -0.5) & (acme[:, 2] >= -0.5)) >= 0.90


def test_the_published_coverage_is_of_this_prior_and_reaches_its_targets():
    published = pd.read_csv(Path(__file__).parents[1] / "benchmarks" / "latent_coverage.csv")
    assert set(published["prior_tau_median"]) == {PRIOR_TAU_MEDIAN}
    assert set(published["prior_tau_log_sd"]) == {PRIOR_TAU_LOG_SD}
    planted_truth = published.query("tau == 0.35 and sigma == 1 and b == 1")
    ours = planted_truth.query("method == 'posterior'").set_index(["n_dyads", "n_pairs"])
    assert ours.loc[(200, 4), "coverage"] >= 0.90
    assert ours.loc[(200, 4), "median_estimate"] == pytest.approx(-0.5, rel=0.10)
    assert ours.loc[(37, 8), "median_estimate"] == pytest.approx(-0.5, rel=0.20)
    assert (37, 4) in ours.index


# Edges -------------------------------------------------------------------------------------------


def test_at_the_boundary_the_effects_are_nan_with_a_sentence_why():
    x = np.linspace(-2, 2, 37)
    y = np.random.default_rng(1).normal(size=37)
    fit = latent_mediation(np.tanh(0.25 - 0.5 * x), np.full(37, 4), x, y, rng=1)
    assert fit.boundary
    assert fit.effects.isna().all(axis=None)
    assert np.isnan([fit.b, fit.c_prime, fit.maximum_likelihood["b"]]).all()
    assert np.isnan(fit.draws[:, 1:]).all()
    assert "not identified" in fit.note
    assert fit.a == pytest.approx(-0.5, abs=0.1)  # the path to synchrony is identified all the same


def test_where_the_likelihood_does_not_bound_b_a_note_says_so():
    fits = [latent_mediation(*planted(seed, 37, 4), n_draws=100, rng=1) for seed in range(12)]
    weak = [fit for fit in fits if 1 <= fit.likelihood_ratio < 3.84]
    assert weak
    assert all("lean on the prior" in fit.note for fit in weak)
    assert all(np.isfinite(fit.effects).all(axis=None) for fit in weak)


def test_dyads_with_two_pairs_or_no_correlation_are_left_out_and_counted():
    r, n_pairs, x, y = planted(4, 37, 8)
    plain = latent_mediation(r, n_pairs, x, y, rng=1)
    more = latent_mediation(
        [1.0, np.nan, *r], [2, 8, *n_pairs], [0.0, 1.0, *x], [5.0, 5.0, *y], rng=1
    )
    assert more.n_excluded == 2
    assert more.n_obs == 37
    assert more.excluded[:3].tolist() == [True, True, False]
    assert "2 dyads" in more.note
    np.testing.assert_allclose(more.effects, plain.effects)


@pytest.mark.parametrize("pairs", [3, 4, 8])
def test_a_correlation_of_one_counts_as_one_that_rounds_to_it(pairs):
    r, n_pairs, x, y = planted(4, 60, pairs, tau=0.7)
    at = {first: batch_ml(np.r_[first, r[1:]], n_pairs, x, y) for first in (1.0, 0.99995, 0.999)}
    np.testing.assert_array_equal(at[1.0].theta, at[0.99995].theta)
    if pairs < 8:  # few pairs cannot tell a correlation of .999 from 1
        np.testing.assert_allclose(at[1.0].theta, at[0.999].theta, atol=0.05)


def test_all_correlations_one_does_not_break_the_fit():
    _, n_pairs, x, y = planted(4, 20, 3)
    fit = latent_mediation(np.ones(20), n_pairs, x, y, rng=1)
    assert np.isfinite(fit.loglik)
    assert fit.boundary


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"r": np.full(20, 1.5)}, "between -1 and 1; row 1 has 1.5"),
        ({"n_pairs": np.full(20, 4.5)}, "whole numbers"),
        ({"n_pairs": np.full(20, 2)}, "there are 0"),
        ({"x": np.ones(20)}, "x is constant"),
        ({"x": np.r_[np.nan, np.arange(19)]}, "x is missing or infinite in row 1"),
        ({"y": np.arange(20.0)}, "predict y exactly"),
        ({"covariates": np.arange(20.0)}, "collinear"),
        ({"y": np.arange(19.0)}, "one row a dyad"),
        ({"contrast": (1, 1)}, "two different"),
        ({"confidence_level": 95}, "between 0 and 1"),
        ({"n_draws": 0}, "at least 1"),
        ({"prior": (0, 1)}, "positive"),
    ],
)
def test_what_cannot_be_fitted_is_an_error_that_says_why(change, message):
    rng = np.random.default_rng(1)
    given = {
        "r": rng.uniform(-0.9, 0.9, 20),
        "n_pairs": np.full(20, 4),
        "x": np.arange(20.0),
        "y": rng.normal(size=20),
    }
    with pytest.raises(InputError, match=message):
        latent_mediation(**(given | change))


def test_a_fit_of_37_dyads_with_its_interval_takes_less_than_a_tenth_of_a_second():
    data = planted(4, 37, 4)
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        latent_mediation(*data, rng=1)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.1
