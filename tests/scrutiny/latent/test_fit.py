"""The fit as a whole: what it is invariant to, its edges, what it refuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from dyadsync.errors import InputError
from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN, latent_mediation
from dyadsync.scrutiny.latent.latent_fit import notes_on
from dyadsync.scrutiny.latent.likelihood import Correlations, simulate_correlations
from dyadsync.scrutiny.latent.model import BinaryOutcome, TauPrior
from tests.scrutiny.latent.samples import correlation_density, planted


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
    rescaled = latent_mediation(r, n_pairs, 10 * x + 3, y, rng=1)
    np.testing.assert_allclose(shuffled.effects, plain.effects, rtol=1e-4)
    np.testing.assert_allclose(10 * rescaled.effects, plain.effects, rtol=1e-4)


def test_effects_follow_from_the_draws():
    data = planted(4, 37, 8)
    fit = latent_mediation(*data, n_draws=500, confidence_level=0.8, rng=1)
    a, b, c_prime = fit.draws.T
    assert fit.draws.shape == (500, 3)
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
    data = (planted(seed, n, pairs, sigma=sigma) for seed in range(trials))
    fits = [latent_mediation(*one, n_draws=2000, rng=seed) for seed, one in enumerate(data)]
    acme = np.array([fit.effects.loc["ACME"] for fit in fits])
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
    fit = latent_mediation(np.tanh(0.25 - 0.5 * x), np.full(37, 4), x, y, rng=1)
    assert fit.likelihood_ratio < 1
    assert np.isfinite(fit.effects).all(axis=None)
    low, high = fit.effects.loc["ACME", ["ci_lower", "ci_upper"]]
    assert low < 0 < high
    assert any("leans on the prior" in note for note in fit.notes)
    assert fit.a == pytest.approx(-0.5, abs=0.1)


def test_where_the_likelihood_does_not_bound_b_a_note_says_so():
    fits = [latent_mediation(*planted(seed, 37, 4), n_draws=100, rng=1) for seed in range(12)]
    said = ["leans on the prior" in " ".join(fit.notes) for fit in fits]
    assert said == [fit.likelihood_ratio < 3.84 for fit in fits]
    assert 0 < sum(said) < 12
    assert all(np.isfinite(fit.effects).all(axis=None) for fit in fits)


@pytest.mark.parametrize("outcome", ["logit", "probit"])
def test_a_binary_outcomes_posterior_is_the_one_of_its_equations(outcome):
    """The log likelihood, integrated over z on a plain grid."""
    r, n_pairs, x, y = planted(5, 12, np.tile([3, 4, 8], 4), tau=0.6)
    y = (y > 0).astype(float)
    X = np.column_stack([np.ones(12), x])
    model = BinaryOutcome(Correlations.of(r, n_pairs), X, y, TauPrior(PRIOR_TAU_MEAN), outcome)
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


def test_a_binary_outcome_finds_the_planted_slopes():
    rng = np.random.default_rng(8)
    x, e, u = rng.normal(size=(3, 1500))
    z = 0.25 - 0.5 * x + 0.6 * e
    y = (0.3 + 1.0 * z + 0.4 * x + u > 0).astype(float)
    r = simulate_correlations(z, 8, rng)
    fit = latent_mediation(r, np.full(1500, 8), x, y, outcome="probit", n_draws=2000, rng=1)
    for found, planted_, se in (
        (fit.a, -0.5, fit.mediator_se[1]),
        (fit.b, 1.0, fit.outcome_se[2]),
        (fit.c_prime, 0.4, fit.outcome_se[1]),
    ):
        assert abs(found - planted_) < 3 * se
        assert se < 0.25


def test_a_separated_binary_outcome_has_an_interval():
    r, n_pairs, x, _ = planted(4, 37, 4)
    y = (x > 0).astype(float)
    fit = latent_mediation(r, n_pairs, x, y, outcome="logit", n_draws=500, rng=1)
    assert np.isfinite(fit.effects).all(axis=None)


def test_clusters_whose_members_are_copies_widen_the_interval_as_copies_should():
    """Four copies of each dyad in a cluster are worth one: deviations twice as large (and t)."""
    r, n_pairs, x, y = planted(21, 60, 16, tau=0.7, sigma=0.7)
    copies = [np.tile(v, 4) for v in (r, n_pairs, x, y)]
    one = latent_mediation(r, n_pairs, x, y, rng=1)
    independent = latent_mediation(*copies, rng=1)
    clustered = latent_mediation(*copies, cluster=np.tile(np.arange(60), 4), rng=1)
    assert independent.mediator_se[1] == pytest.approx(one.mediator_se[1] / 2, rel=0.15)
    assert clustered.mediator_se[1] == pytest.approx(one.mediator_se[1], rel=0.3)
    assert clustered.outcome_se[2] > 1.4 * independent.outcome_se[2]


def test_dyads_with_two_pairs_or_no_correlation_are_left_out_and_counted():
    r, n_pairs, x, y = planted(4, 37, 8)
    plain = latent_mediation(r, n_pairs, x, y, rng=1)
    more = latent_mediation(
        [1.0, np.nan, *r], [2, 8, *n_pairs], [0.0, 1.0, *x], [5.0, 5.0, *y], rng=1
    )
    assert more.excluded.tolist() == [True, True] + [False] * 37
    assert "2 dyads" in more.notes[0]
    np.testing.assert_allclose(more.effects, plain.effects)


def test_all_correlations_one_does_not_break_the_fit():
    _, n_pairs, x, y = planted(4, 20, 3)
    fit = latent_mediation(np.ones(20), n_pairs, x, y, rng=1)
    assert np.isfinite(fit.likelihood_ratio)
    assert np.isfinite(fit.effects).all(axis=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"r": np.full(20, 1.5)}, "between -1 and 1; row 1 has 1.5"),
        ({"r": np.r_[0.5, np.nan, -1.01, np.zeros(17)]}, "row 3 has -1.01"),
        ({"n_pairs": np.full(20, 4.5)}, "whole numbers"),
        ({"n_pairs": np.full(20, 2)}, "there are 0"),
        ({"x": np.ones(20)}, "x is constant"),
        ({"x": np.r_[np.nan, np.arange(19)]}, "x is missing or infinite in row 1"),
        ({"y": np.arange(20.0)}, "predict y exactly"),
        ({"covariates": np.arange(20.0)}, "collinear"),
        ({"y": np.arange(19.0)}, "one row per dyad"),
        ({"confidence_level": 95}, "confidence_level is 95"),
        ({"n_draws": 0}, "n_draws is 0; it must be a whole number of at least 1"),
        ({"prior_mean": 0}, "prior_mean is 0; it must be a number above 0"),
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


def test_five_dyads_are_enough_for_one_cause_and_four_are_not():
    r, n_pairs, x, y = planted(4, 5, 8)
    assert len(latent_mediation(r, n_pairs, x, y, n_draws=100, rng=1).excluded) == 5
    with pytest.raises(InputError, match=r"at least 5 dyads .* there are 4"):
        latent_mediation(r[:4], n_pairs[:4], x[:4], y[:4])


@pytest.mark.parametrize(("effective", "notes"), [(199.0, 1), (200.0, 0)])
def test_fewer_than_200_effective_draws_are_called_rough(effective, notes):
    found = notes_on(0, 10.0, True, effective)
    assert len(found) == notes
    assert all("rough" in note for note in found)


def test_a_doubled_prior_mean_moves_the_latent_sd_up_where_the_data_say_little():
    data = planted(2, 37, 4)
    half, one, twice = (
        latent_mediation(*data, prior_mean=factor * PRIOR_TAU_MEAN, rng=1).tau
        for factor in (0.5, 1, 2)
    )
    assert half < one < twice


def test_covariates_take_out_what_they_explain():
    """With the common cause of z and y in the model, b is that of the rest."""
    rng = np.random.default_rng(3)
    x, c, e, u = rng.normal(size=(4, 600))
    z = 0.2 - 0.4 * x + 0.5 * c + 0.5 * e
    y = 0.8 * z + 1.5 * c + u
    r = simulate_correlations(z, 8, rng)
    with_c = latent_mediation(r, np.full(600, 8), x, y, c, n_draws=2000, rng=1)
    without = latent_mediation(r, np.full(600, 8), x, y, n_draws=2000, rng=1)
    assert with_c.b == pytest.approx(0.8, abs=0.25)
    assert without.b > with_c.b + 0.5
