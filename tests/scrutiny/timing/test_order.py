"""The order of two series within dyads: its likelihood, what it finds, what it does not claim."""

import numpy as np
import pytest
from scipy import stats

from dyadsync import InputError, load_study, session_changes, session_order
from dyadsync.scrutiny.timing.cross_lagged import (
    _covariance,
    _deviance,
    _patterns,
    fit_cross_lagged,
)
from dyadsync.scrutiny.timing.order import SYMPTOMS_FIRST, SYNCHRONY_FIRST, order_of_series

THETA = np.array([0.7, 0.2, 0.7, 1.0, 0.1, 0.9, 0.9, 0.1, 0.8, 0.3, 0.0, 0.4, 0.3])


def drawn(n: int, n_sessions: int, theta=THETA, seed: int = 1) -> np.ndarray:
    covariance = _covariance(theta, n_sessions)
    values = np.random.default_rng(seed).multivariate_normal(
        np.zeros(2 * n_sessions), covariance, size=n
    )
    return values.reshape(n, n_sessions, 2)


def test_covariance_is_that_of_simulated_series():
    """Levels and deviations drawn session by session, 200,000 dyads."""
    rng, n = np.random.default_rng(2), 200_000
    roots = [np.array([[a, 0], [b, c]]) for a, b, c in THETA[:9].reshape(3, 3)]
    slopes = THETA[9:].reshape(2, 2)
    level, within = rng.normal(size=(n, 2)) @ roots[0].T, rng.normal(size=(n, 2)) @ roots[1].T
    sessions = []
    for _ in range(3):
        sessions.append(level + within)
        within = within @ slopes.T + rng.normal(size=(n, 2)) @ roots[2].T
    assert np.cov(np.hstack(sessions).T) == pytest.approx(_covariance(THETA, 3), abs=0.03)


def test_deviance_is_that_of_the_normal_distribution_where_values_are_missing_too():
    series = drawn(30, 3).reshape(30, -1)
    series[:5, 1] = series[3:9, 4] = np.nan
    covariance = _covariance(THETA, 3)
    value, slope = _deviance(covariance, _patterns(series))

    def by_scipy(mean: np.ndarray) -> float:
        total = 0.0
        for row in series:
            seen = np.isfinite(row)
            part = stats.multivariate_normal(mean[seen], covariance[np.ix_(seen, seen)])
            total -= 2 * part.logpdf(row[seen]) + seen.sum() * np.log(2 * np.pi)
        return total

    from scipy.optimize import minimize

    best = minimize(by_scipy, np.zeros(6))
    assert value == pytest.approx(best.fun, abs=1e-5)
    step = 1e-5 * np.diag([0, 0, 1, 0, 0, 0])
    numeric = (_deviance(covariance + step, _patterns(series))[0] - value) / 1e-5
    assert slope[2, 2] == pytest.approx(numeric, rel=1e-3)


def test_a_planted_cross_lag_is_found_and_its_direction():
    fit = fit_cross_lagged(drawn(2000, 4))
    assert fit.slopes == pytest.approx(THETA[9:].reshape(2, 2), abs=0.1)
    found = order_of_series(drawn(400, 5))
    assert found.verdict == SYNCHRONY_FIRST
    assert order_of_series(drawn(400, 5)[..., ::-1]).verdict == SYMPTOMS_FIRST


def test_dyads_that_differ_for_good_show_no_order():
    """Levels that correlate by .9 and nothing that carries over: what misled windows of time."""
    theta = np.array([1.0, 0.9, 0.4, 0.5, 0.0, 0.5, 0.5, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0])
    verdicts = [order_of_series(drawn(200, 4, theta, seed)).verdict for seed in range(5)]
    assert verdicts.count("no order") >= 4  # size at most .05: 2 or more of 5 in 2 %


def test_units_do_not_matter():
    series = drawn(80, 4)
    scaled = order_of_series(series * [1e-3, 40.0] + [7.0, -3.0])
    plain = order_of_series(series)
    assert scaled.table.to_numpy() == pytest.approx(plain.table.to_numpy(), rel=0.02, abs=1e-3)


def test_p_values_are_adjusted_over_both_orders_by_holm():
    table = order_of_series(drawn(60, 4, seed=3)).table
    first, second = sorted(table["p_value"])
    expected = {first: min(1, 2 * first), second: max(second, min(1, 2 * first))}
    for row in table.itertuples():
        assert row.p_adjusted == pytest.approx(expected[row.p_value])


def test_the_shipped_study_says_its_order_in_words():
    study = load_study("data")
    found = session_order(study, session_changes(study))
    assert found.n_dyads == 37
    assert found.n_sessions == 4
    assert found.verdict in found.in_words()


def test_too_few_dyads_are_refused():
    with pytest.raises(InputError, match="13 dyads or more"):
        order_of_series(drawn(12, 4))
