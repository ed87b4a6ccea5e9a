"""The fit as a whole: what it is invariant to, its edges, what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.latent.fit import PRIOR_TAU_LOG_SD, PRIOR_TAU_MEDIAN, _notes, latent_mediation
from tests.latent.samples import planted


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
    published = pd.read_csv(Path(__file__).parents[2] / "benchmarks" / "latent_coverage.csv")
    assert set(published["prior_tau_median"]) == {PRIOR_TAU_MEDIAN}
    assert set(published["prior_tau_log_sd"]) == {PRIOR_TAU_LOG_SD}
    planted_truth = published.query("tau == 0.35 and sigma == 1 and b == 1")
    ours = planted_truth.query("method == 'posterior'").set_index(["n_dyads", "n_pairs"])
    assert ours.loc[(200, 4), "coverage"] >= 0.90
    assert ours.loc[(200, 4), "median_estimate"] == pytest.approx(-0.5, rel=0.10)
    assert ours.loc[(37, 8), "median_estimate"] == pytest.approx(-0.5, rel=0.20)
    assert (37, 4) in ours.index


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


def test_all_correlations_one_does_not_break_the_fit():
    _, n_pairs, x, y = planted(4, 20, 3)
    fit = latent_mediation(np.ones(20), n_pairs, x, y, rng=1)
    assert np.isfinite(fit.loglik)
    assert fit.boundary


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
        ({"y": np.arange(19.0)}, "one row a dyad"),
        ({"contrast": (1, 1)}, "two different"),
        ({"confidence_level": 95}, "confidence_level is 95"),
        ({"n_draws": 0}, "n_draws is 0; it must be a whole number of at least 1"),
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


def test_five_dyads_are_enough_for_one_cause_and_four_are_not():
    r, n_pairs, x, y = planted(4, 5, 8)
    assert latent_mediation(r, n_pairs, x, y, n_draws=100, rng=1).n_obs == 5
    with pytest.raises(InputError, match=r"at least 5 dyads .* there are 4"):
        latent_mediation(r[:4], n_pairs[:4], x[:4], y[:4])


@pytest.mark.parametrize(("effective", "notes"), [(199.0, 1), (200.0, 0)])
def test_fewer_than_200_effective_draws_are_called_rough(effective, notes):
    found = _notes(0, 10.0, True, effective)
    assert len(found) == notes
    assert all("rough" in note for note in found)
