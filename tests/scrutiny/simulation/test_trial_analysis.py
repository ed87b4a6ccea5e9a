"""The analysis of arrays is that of the package."""

import numpy as np
import pytest

from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.simulated_study import simulate_study
from dyadsync.scrutiny.simulation.trial_analysis import (
    PathEstimates,
    analyse_trials,
    estimate_paths,
    observed_reduction,
    observed_synchrony,
    pair_moments,
    squared_correlation,
)
from dyadsync.scrutiny.simulation.trials import draw_trials
from dyadsync.study.outcome import symptom_reduction
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyad_table import dyad_table
from dyadsync.synchrony.dyads import dyad_synchrony


def test_synchrony_and_reduction_are_those_of_the_package():
    trials = draw_trials(Design(), 1, rng=9)
    made = simulate_study(Design(), rng=9)
    package = dyad_synchrony(session_changes(made))
    np.testing.assert_allclose(
        np.sort(observed_synchrony(trials.oxytocin)[0]), np.sort(package["synchrony"]), rtol=1e-9
    )
    np.testing.assert_allclose(
        np.sort(observed_reduction(trials.hrsd)[0]), np.sort(symptom_reduction(made)), rtol=1e-9
    )


def test_paths_are_those_of_statsmodels(study):
    from statsmodels.regression.linear_model import OLS

    rows = dyad_table(study, dyad_synchrony(session_changes(study)))
    x, m, y = (
        rows[name].to_numpy()[None]
        for name in ("social_impairment", "synchrony", "symptom_reduction")
    )
    found = estimate_paths(x, m, y)
    ones = np.ones(x.size)
    path_a = OLS(m[0], np.column_stack([ones, x[0]])).fit()
    path_b = OLS(y[0], np.column_stack([ones, m[0], x[0]])).fit()
    for ours, fit in [
        ((found.a, found.se_a, found.p_a), path_a),
        ((found.b, found.se_b, found.p_b), path_b),
    ]:
        expected = [fit.params[1], fit.bse[1], fit.pvalues[1]]
        assert np.ravel(ours) == pytest.approx(expected, rel=1e-9)


def test_left_out_estimates_are_those_of_the_smaller_sample():
    trials = draw_trials(Design(), 2, rng=3)
    X, M, Y = (
        trials.impairment,
        observed_synchrony(trials.oxytocin),
        observed_reduction(trials.hrsd),
    )
    keep = 1 - np.eye(37)[[0, 5]]
    left_out = estimate_paths(X, M, Y, keep)
    without = np.arange(37) != 5
    small = estimate_paths(X[:, without], M[:, without], Y[:, without])
    np.testing.assert_allclose(left_out.b[:, 1], small.b)
    np.testing.assert_allclose(left_out.se_b[:, 1], small.se_b)


def test_the_share_of_positive_products_is_that_of_many_draws():
    found = analyse_trials(draw_trials(Design(), 5, rng=12))
    rng = np.random.default_rng(1)
    a = found.a + found.se_a * rng.standard_normal((200_000, 5))
    b = found.b + found.se_b * rng.standard_normal((200_000, 5))
    # Monte Carlo standard error at most .0011
    np.testing.assert_allclose(found.p_ab, (a * b > 0).mean(axis=0), atol=0.005)


def test_a_dyad_with_two_pairs_has_no_synchrony():
    oxytocin = draw_trials(Design(), 1, rng=1).oxytocin
    oxytocin[0, 0, :2, 0, 0] = np.nan
    oxytocin[0, 1, :, 1, 1] = oxytocin[0, 1, :, 1, 0]  # a constant change
    assert np.isnan(observed_synchrony(oxytocin)[0, :2]).all()


def test_three_pairs_are_enough_for_a_synchrony():
    oxytocin = draw_trials(Design(n_single_gaps=0, n_dropouts=0), 1, rng=1).oxytocin
    oxytocin[0, 0, 0, 0, 0] = np.nan
    change = oxytocin[0, 0, 1:, :, 1] - oxytocin[0, 0, 1:, :, 0]
    found = observed_synchrony(oxytocin)[0, 0]
    assert found == pytest.approx(np.corrcoef(change.T)[0, 1])


def test_paths_know_the_side_and_the_level_of_each_claim():
    def one(a, b, n=1000):
        return PathEstimates(*(np.array([v]) for v in (n, a, b, 0.0, 1.0, 1.0, 0.0)))

    found = one(-2.4, 2.4)
    assert found.supports_pattern()[0]
    assert found.ab[0] == pytest.approx(-5.76)
    for spoilt in [
        one(2.4, 2.4),
        one(2.4, -2.4),
        one(-2.1, 50, 10),  # p = .069 by t with 8 degrees of freedom, .036 by the normal
        one(-50, 2.1, 10),
        one(-2.05, 2.05),  # each p = .041, but the interval of the product holds 0
    ]:
        assert not spoilt.supports_pattern()[0]


def test_blocks_of_pairs_add_up_to_the_squared_correlation():
    x, y = np.random.default_rng(1).normal(size=(2, 30)) + 5
    y += 0.5 * x
    moments = pair_moments(x[:10], y[:10]) + pair_moments(x[10:], y[10:])
    assert squared_correlation(moments) == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    assert np.isnan(squared_correlation(pair_moments(np.ones(4), np.arange(4.0))))


def test_the_outcomes_unit_scales_b_and_its_error_only():
    x, m, y = np.random.default_rng(2).normal(size=(3, 4, 20))
    one, small = estimate_paths(x, m, y), estimate_paths(x, m, y / 1000)
    np.testing.assert_allclose(small.b, one.b / 1000)
    np.testing.assert_allclose(small.se_b, one.se_b / 1000)
    np.testing.assert_allclose(small.p_b, one.p_b)
