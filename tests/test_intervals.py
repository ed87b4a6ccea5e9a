"""Intervals and p-values of effects."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from dyadsync.intervals import (
    draws_p_value,
    percentile_interval,
    standard_error_interval,
    summarise_draws,
)
from dyadsync.mediation.mediate import mediate
from tests.reference_tables import dyads


def test_an_interval_leaves_out_the_same_share_on_both_sides():
    low, high = percentile_interval(np.arange(1001.0), 0.95)
    assert (low, high) == pytest.approx((25.0, 975.0))


def test_an_interval_of_many_effects_runs_along_the_axis_that_is_asked_for():
    draws = np.arange(1001.0)[:, None] * [1.0, 2.0]
    low, high = percentile_interval(draws, 0.5, axis=0)
    np.testing.assert_allclose([low, high], [[250, 500], [750, 1500]])


@pytest.mark.parametrize(
    ("draws", "expected"),
    [
        (np.arange(1.0, 100.0), 0.02),  # none of 99 at or below 0: 2 x 1 / 100
        (-np.arange(1.0, 100.0), 0.02),
        (np.arange(-2.0, 97.0), 0.08),  # -2, -1 and 0 itself: 2 x 4 / 100
        (np.arange(-5.0, 6.0), 1.0),  # 6 on either side of 11: 2 x 7 / 12 is more than 1
    ],
)
def test_a_p_value_counts_the_smaller_side_and_one_more(draws, expected):
    assert draws_p_value(draws) == pytest.approx(expected)


def test_draws_of_exactly_zero_are_evidence_for_zero():
    """Medians of rounded scales give many; they count on both sides."""
    draws = np.concatenate([np.zeros(900), np.ones(99)])
    assert summarise_draws(0.0, draws, 0.95)[3] == 1.0
    assert summarise_draws(0.0, np.zeros(999), 0.95)[3] == 1.0


def test_bca_agrees_with_scipy_on_the_same_statistic():
    """SciPy's BCa interval of the product a*b (its own resamples, 9,999 of them)."""
    data = dyads(37)

    def product(x, m, y):
        a = np.cov(x, m)[0, 1] / np.var(x, ddof=1)
        X = np.column_stack([np.ones(len(x)), x, m])
        return a * np.linalg.lstsq(X, y)[0][2]

    peer = stats.bootstrap(
        (data["x"], data["m"], data["y"]), product, paired=True, vectorized=False,
        n_resamples=4999, method="BCa", rng=1,
    ).confidence_interval  # fmt: skip
    ours = mediate(data, "x", "m", "y", method="bootstrap-bca", n_draws=50_000, rng=1)
    row = ours.table.loc["ACME"]
    width = peer.high - peer.low
    assert row["ci_lower"] == pytest.approx(peer.low, abs=0.06 * width)
    assert row["ci_upper"] == pytest.approx(peer.high, abs=0.06 * width)


def bca_by_hand(estimate, draws, level, jackknife):
    """Efron 1987, doi:10.1080/01621459.1987.10478410, equations 1.9, 2.3 and 6.6."""
    norm = stats.norm
    z0 = norm.ppf(np.mean(draws < estimate))
    d = jackknife.mean() - jackknife
    a = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    z = norm.ppf([(1 - level) / 2, (1 + level) / 2])
    return np.quantile(draws, norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))), z0, a


SKEWED = np.exp(ndtri(np.arange(1, 4000) / 4000)) - 0.3
LEFT_OUT = np.array([0.2, 0.5, 0.6, 0.65, 0.7, 0.72])


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_bca_interval_follows_its_formula(level):
    found = summarise_draws(0.9, SKEWED, level, jackknife=LEFT_OUT)
    expected, z0, a = bca_by_hand(0.9, SKEWED, level, LEFT_OUT)
    assert abs(z0) > 0.1
    assert abs(a) > 0.05
    assert found[1:3] == pytest.approx(tuple(expected), rel=1e-9)


def test_bca_p_value_is_the_level_whose_interval_ends_at_zero():
    p_value = summarise_draws(0.9, SKEWED, 0.95, jackknife=LEFT_OUT)[3]
    assert 0.001 < p_value < 0.5
    low = summarise_draws(0.9, SKEWED, 1 - p_value, jackknife=LEFT_OUT)[1]
    assert low == pytest.approx(0, abs=1e-3)


def test_bca_p_value_is_bounded_by_the_number_of_draws():
    draws = np.linspace(1, 2, 999)
    p_value = summarise_draws(1.5, draws, 0.95, jackknife=np.array([0.5, 0.9]))[3]
    assert p_value == pytest.approx(2 / 1000)


def test_bca_draws_equal_to_the_estimate_are_no_bias():
    """Half of them count as below: the interval is the percentile one."""
    draws = np.concatenate([np.zeros(500), [-1.0] * 250, [1.0] * 250])
    found = summarise_draws(0.0, draws, 0.9, jackknife=np.array([0.5, 0.9]))
    assert found[1:3] == (-1.0, 1.0)
    assert found[3] == 1.0


def test_jackknife_values_that_are_all_equal_give_no_acceleration():
    found = summarise_draws(0.9, SKEWED, 0.9, jackknife=np.ones(5))
    expected, _, _ = bca_by_hand(0.9, SKEWED, 0.9, np.array([1.0, 2.0]))
    assert found[1:3] == pytest.approx(tuple(expected))


@pytest.mark.parametrize(("estimate", "draws"), [(np.nan, [1.0, 2.0]), (1.0, [1.0, np.inf])])
def test_an_effect_that_is_not_defined_has_no_interval(estimate, draws):
    assert np.isnan(summarise_draws(estimate, np.array(draws), 0.95)[1:]).all()


def test_interval_by_standard_errors_is_scipys():
    for df, peer in ((5, stats.t(5)), (np.inf, stats.norm())):
        expected = tuple(2 + 0.3 * end for end in peer.interval(0.9))
        assert standard_error_interval(2.0, 0.3, 0.9, df) == pytest.approx(expected)
