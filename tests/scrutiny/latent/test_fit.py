"""The fit as a whole: what it is invariant to, its edges, what it refuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN, _notes, latent_mediation
from dyadsync.scrutiny.latent.likelihood import Correlations, simulate_correlations
from dyadsync.scrutiny.latent.maximum import likelihood_ratio
from dyadsync.scrutiny.latent.model import BinaryOutcome
from tests.scrutiny.latent.samples import correlation_density, dyads_of, fitted, planted


@settings(max_examples=5, deadline=None)
@given(st.floats(0.01, 100), st.floats(-50, 50), st.booleans())
def test_affine_changes_of_y_scale_the_effects(factor, shift, turn):
    dyads = dyads_of(*planted(4, 37, 8))
    factor = -factor if turn else factor
    plain = fitted(dyads, rng=1)
    changed = fitted(dyads.assign(y=factor * dyads["y"] + shift), rng=1)
    if turn:  # the draws are other draws: equal up to Monte Carlo error
        assert changed.effects[0, 0] == pytest.approx(factor * plain.effects[0, 0], rel=0.15)
    else:
        np.testing.assert_allclose(changed.effects, factor * plain.effects, rtol=1e-4)


def test_the_order_of_the_dyads_and_the_units_of_x_do_not_matter():
    dyads = dyads_of(*planted(4, 37, np.resize([3, 4, 8], 37), tau=0.6))
    plain = fitted(dyads, rng=1)
    shuffled = fitted(dyads.sample(frac=1, random_state=1), rng=1)
    rescaled = fitted(dyads.assign(x=10 * dyads["x"] + 3), rng=1)
    np.testing.assert_allclose(shuffled.effects, plain.effects, rtol=1e-4)
    np.testing.assert_allclose(10 * rescaled.effects, plain.effects, rtol=1e-4)


def test_the_total_effect_is_the_slope_of_least_squares():
    """It does not go through z."""
    data = planted(4, 37, 8)
    found = fitted(dyads_of(*data), n_draws=500, rng=1)
    total, error = found.fit.total
    assert found.draws.shape == (500, 3)
    assert total == pytest.approx(np.polyfit(data[2], data[3], 1)[0])
    assert total == pytest.approx(found.a * found.b + found.c_prime)
    assert error == pytest.approx(stats.linregress(data[2], data[3]).stderr)


def test_the_same_seed_gives_the_same_fit():
    dyads = dyads_of(*planted(4, 37, 8))
    first, second = (fitted(dyads, rng=7) for _ in range(2))
    np.testing.assert_array_equal(first.fit.draws.mediator, second.fit.draws.mediator)
    np.testing.assert_array_equal(first.fit.draws.outcome, second.fit.draws.outcome)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "pairs", "sigma", "trials", "tolerance"),
    [(200, 4, 0.5, 600, 0.10), (37, 8, 1.0, 400, 0.20)],
    ids=["200 x 4", "37 x 8"],
)
def test_the_median_estimate_is_near_the_truth_and_the_interval_covers(
    n, pairs, sigma, trials, tolerance
):
    found, covered = recovered(n, pairs, sigma, trials)
    assert found == pytest.approx(-0.5, rel=tolerance)
    assert covered >= 0.93


@pytest.mark.slow
def test_where_the_outcome_is_noisy_the_estimate_is_as_far_off_as_published():
    """A tenth from -.5, the prior's doing: within two standard errors of the published study's."""
    published = pd.read_csv(Path(__file__).parents[3] / "benchmarks" / "latent_coverage.csv")
    [study] = published.query(
        "method == 'latent' and n_dyads == 200 and n_pairs == 4 and tau == .35 and sigma == 1"
    ).itertuples()
    found, covered = recovered(200, 4, 1.0, 600)
    error = study.median_se * np.sqrt(1 + study.trials / 600)
    assert found == pytest.approx(study.median_estimate, abs=2 * error)
    assert covered >= 0.93


def recovered(n, pairs, sigma, trials):
    """The median estimate of the planted indirect effect, and the share of intervals with it."""
    data = (dyads_of(*planted(seed, n, pairs, sigma=sigma)) for seed in range(trials))
    fits = [fitted(one, n_draws=2000, rng=seed) for seed, one in enumerate(data)]
    acme = np.array([fit.effects[0] for fit in fits])
    return np.median(acme[:, 0]), np.mean((acme[:, 1] <= -0.5) & (acme[:, 2] >= -0.5))


def test_the_published_coverage_is_of_this_prior_and_reaches_its_targets():
    published = pd.read_csv(Path(__file__).parents[3] / "benchmarks" / "latent_coverage.csv")
    np.testing.assert_allclose(published["prior_tau_mean"], PRIOR_TAU_MEAN, atol=1e-4)
    ours = published.query("method == 'latent' and tau > .3")
    designs = ours.query("b == 1 and outcome == 'linear'")[["n_dyads", "n_pairs", "tau", "sigma"]]
    assert len(designs.drop_duplicates()) == 24
    assert (ours["coverage"] + 2 * ours["mc_se"] >= 0.93).all()
    many = ours.query("n_dyads >= 100 and outcome == 'linear'")
    off = (many["median_estimate"] / many["true_effect"] - 1).abs()
    assert off.max() <= 1 / 8
    most = many["n_dyads"] >= 200
    assert (off - 2 * many["median_se"] / 0.5)[most].max() <= 0.12


def test_without_latent_spread_there_is_an_interval_and_a_sentence_on_the_prior():
    x = np.linspace(-2, 2, 37)
    y = np.random.default_rng(1).normal(size=37)
    found = fitted(dyads_of(np.tanh(0.25 - 0.5 * x), 4, x, y), rng=1)
    assert np.isfinite(found.effects).all()
    _, low, high = found.effects[0]
    assert low < 0 < high
    assert "leans on the prior" in found.fit.notes[0]
    assert found.a == pytest.approx(-0.5, abs=0.1)


def test_where_the_likelihood_does_not_bound_b_a_note_says_so():
    ratios, said = [], []
    for seed in range(12):
        r, n_pairs, x, y = planted(seed, 37, 4)
        found = fitted(dyads_of(r, n_pairs, x, y), n_draws=100, rng=1)
        X = np.column_stack([np.ones(37), x])
        ratios.append(likelihood_ratio(Correlations.of(r, n_pairs), X, fit_linear(X, y))[0])
        said.append("leans on the prior" in " ".join(found.fit.notes))
        assert np.isfinite(found.effects).all()
    assert said == [ratio < 3.84 for ratio in ratios]
    assert 0 < sum(said) < 12


@pytest.mark.parametrize("outcome", ["logit", "probit"])
def test_a_binary_outcomes_posterior_is_the_one_of_its_equations(outcome):
    """The log likelihood, integrated over z on a plain grid."""
    r, n_pairs, x, y = planted(5, 12, np.tile([3, 4, 8], 4), tau=0.6)
    y = (y > 0).astype(float)
    X = np.column_stack([np.ones(12), x])
    model = BinaryOutcome(Correlations.of(r, n_pairs), X, y, PRIOR_TAU_MEAN, outcome)
    theta = np.array([[0.2, -0.4, np.log(0.6), 0.5, -0.1, 0.3]])
    drawn = model.draws(theta)
    tau, b = drawn.tau[0], drawn.b[0]
    z = np.arange(-6, 6, 1 / 100)[:, None]
    mean = 0.2 - 0.4 * x
    eta = -0.1 + 0.3 * x + b * (z - mean)
    cdf = special.expit if outcome == "logit" else special.ndtr
    joint = (
        stats.norm.pdf(z, mean, tau)
        * np.where(y == 1, cdf(eta), 1 - cdf(eta))
        * correlation_density(r, np.tanh(z), n_pairs)
    )
    expected = np.log(joint.sum(0) / 100)
    np.testing.assert_allclose(model.contributions(theta)[0], expected, atol=2e-3)
    unit = np.pi / np.sqrt(3) if outcome == "logit" else 1
    assert b * tau / np.hypot(b * tau, unit) == pytest.approx(np.tanh(0.5))  # the partial one


@pytest.mark.parametrize(("outcome", "unit"), [("logit", 1.0), ("probit", np.sqrt(3) / np.pi)])
def test_a_binary_outcomes_prior_is_the_stated_one(outcome, unit):
    """Tau is gamma, the partial correlation uniform, slopes in SDs of the noise are Cauchy."""
    correlations = Correlations.of(np.zeros(3), np.full(3, 4))
    X = np.column_stack([np.ones(3), [-1, 0, 1]])
    model = BinaryOutcome(correlations, X, np.array([0.0, 1, 1]), 1.5, outcome)
    theta = np.array([[0, 0, np.log(0.6), 0.5, -0.7, 0.3], [1, 2, np.log(1.4), -0.2, 3.0, -2.0]])
    tau, h, slopes = np.exp(theta[:, 2]), theta[:, 3], theta[:, 4:]
    expected = (
        stats.gamma.logpdf(tau, 2, scale=0.75)
        + np.log(tau)
        - 2 * np.log(np.cosh(h))
        + stats.cauchy.logpdf(slopes, scale=unit * np.array([10, 1.25])).sum(1)
    )
    assert np.diff(model.log_prior(theta)) == pytest.approx(np.diff(expected))


def test_a_binary_outcome_finds_the_planted_slopes():
    rng = np.random.default_rng(8)
    x, e, u = rng.normal(size=(3, 1500))
    z = 0.25 - 0.5 * x + 0.6 * e
    y = (0.3 + 1.0 * z + 0.4 * x + u > 0).astype(float)
    r = simulate_correlations(z, 8, rng)
    fit = fitted(dyads_of(r, 8, x, y), outcome="probit", n_draws=2000, rng=1)
    for found, planted_, se in (
        (fit.a, -0.5, fit.mediator_se[1]),
        (fit.b, 1.0, fit.outcome_se[2]),
        (fit.c_prime, 0.4, fit.outcome_se[1]),
    ):
        assert abs(found - planted_) < 3 * se
        assert se < 0.25


def test_a_separated_binary_outcome_has_an_interval():
    r, n_pairs, x, _ = planted(4, 37, 4)
    fit = fitted(dyads_of(r, n_pairs, x, x > 0), outcome="logit", n_draws=500, rng=1)
    assert np.isfinite(fit.effects).all()


def test_clusters_whose_members_are_copies_widen_the_interval_as_copies_should():
    """Four copies of each dyad in a cluster are worth one: deviations twice as large (and t)."""
    dyads = dyads_of(*planted(21, 60, 16, tau=0.7, sigma=0.7))
    copies = pd.concat([dyads] * 4, ignore_index=True)
    one = fitted(dyads, rng=1)
    independent = fitted(copies, rng=1)
    clustered = fitted(copies, cluster=np.tile(np.arange(60), 4), rng=1)
    assert independent.mediator_se[1] == pytest.approx(one.mediator_se[1] / 2, rel=0.15)
    assert clustered.mediator_se[1] == pytest.approx(one.mediator_se[1], rel=0.3)
    assert clustered.outcome_se[2] > 1.4 * independent.outcome_se[2]


def test_all_correlations_one_does_not_break_the_fit():
    _, n_pairs, x, y = planted(4, 20, 3)
    data = MediationData(x, np.ones((20, 1)), y, np.empty((20, 0)), n_sessions=n_pairs)
    fit = latent_mediation(data, Settings(500), np.random.default_rng(1))
    assert np.isfinite(fit.draws.outcome).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"synchrony": np.resize([1.5, 0.2, 0.1], 20)}, "a synchrony of 1.5 in size"),
        ({"n_sessions": 4.5}, "'n_sessions' must hold counts .* for method='latent'; it holds 4.5"),
        ({"n_sessions": 2}, "Too few rows: 0 complete ones, .* at least 5"),
        ({"y": np.arange(20.0)}, "'x' and the covariates predict 'y' exactly"),
    ],
)
def test_what_cannot_be_fitted_is_an_error_that_says_why(change, message):
    rng = np.random.default_rng(1)
    dyads = dyads_of(rng.uniform(-0.9, 0.9, 20), 4, np.arange(20.0), rng.normal(size=20))
    with pytest.raises(InputError, match=message):
        fitted(dyads.assign(**change), rng=1)


def test_five_dyads_are_enough_for_one_cause():
    fit = fitted(dyads_of(*planted(4, 5, 8)), n_draws=100, rng=1)
    assert np.isfinite(fit.effects).all()


@pytest.mark.parametrize(("effective", "notes"), [(199.0, 1), (200.0, 0)])
def test_fewer_than_200_effective_draws_are_called_rough(effective, notes):
    found = _notes(10.0, True, effective)
    assert len(found) == notes
    assert all("rough" in note for note in found)


def test_covariates_take_out_what_they_explain():
    """With the common cause of z and y in the model, b is that of the rest."""
    rng = np.random.default_rng(3)
    x, c, e, u = rng.normal(size=(4, 600))
    z = 0.2 - 0.4 * x + 0.5 * c + 0.5 * e
    y = 0.8 * z + 1.5 * c + u
    dyads = dyads_of(simulate_correlations(z, 8, rng), 8, x, y, c=c)
    with_c = fitted(dyads, covariates=["c"], n_draws=2000, rng=1)
    without = fitted(dyads, n_draws=2000, rng=1)
    assert with_c.b == pytest.approx(0.8, abs=0.25)
    assert without.b > with_c.b + 0.5
