"""Measures agree with other programs; Fisher's z and its variance are exact."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from dyadsync.errors import InputError
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.measures import (
    MEASURES,
    concordance,
    fisher_z,
    largest_z,
    null_variance,
    require_pearson,
)
from tests.made_changes import random_changes


def test_spearman_is_scipys():
    x, y = np.random.default_rng(1).integers(0, 4, size=(2, 6)).astype(float)
    expected = stats.spearmanr(x, y).statistic
    assert MEASURES["spearman"].statistic(x, y) == pytest.approx(expected, abs=1e-12)


def test_concordance_follows_its_definition_by_hand():
    # means 2.5 and 3.5, variances (divisor 4) 1.25, covariance 1.25: 2.5 / (2.5 + 1) = 5/7
    assert concordance(np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 4, 5])) == pytest.approx(5 / 7)


def test_concordance_is_one_only_on_the_line_of_equality():
    x = np.array([1.0, 3, 2, 5])
    assert concordance(x, x) == pytest.approx(1.0)
    assert concordance(x, 2 * x) < 1.0


def test_percentage_bend_of_three_pairs_takes_four_values_only():
    x, y = np.random.default_rng(0).normal(size=(2, 500, 3))
    values = MEASURES["percentage_bend"].statistic(x, y)
    np.testing.assert_allclose(np.unique(values.round(9)), [-1, -0.5, 0.5, 1])
    assert np.mean(np.abs(values) > 0.9) == pytest.approx(1 / 3, abs=0.07)  # 3 SE


@pytest.mark.parametrize("n", [3, 4, 5, 9, 30])
def test_variance_of_z_is_that_of_its_density(n):
    def density(z):
        return np.cosh(z) ** (2.0 - n)

    total = integrate.quad(density, -60, 60)[0]
    second = integrate.quad(lambda z: z**2 * density(z), -60, 60)[0]
    assert null_variance(n) == pytest.approx(second / total, rel=1e-7)


def test_z_is_atanh_below_the_cap():
    r = np.array([-0.99, -0.3, 0.0, 0.5, 0.998])
    np.testing.assert_allclose(fisher_z(r, 4), np.arctanh(r))


@pytest.mark.parametrize("n", [3, 4, 5, 12])
def test_z_stops_at_the_same_value_for_every_number_of_pairs(n):
    np.testing.assert_allclose(fisher_z([0.9995, 1.0, -1.0], n), np.arctanh([0.999, 0.999, -0.999]))


def test_the_cap_of_a_rank_correlation_stands_in_the_middle_of_what_one_means():
    # 2 of 24 orders give |r| = 1; |r| of Pearson is uniform at four pairs: 1 - 1/24
    assert np.tanh(largest_z(4, "spearman")) == pytest.approx(1 - 1 / 24)


def test_the_cap_at_three_pairs_is_passed_with_half_the_chance_of_one():
    # Without association r of three pairs is arcsine: P(|r| > c) = 1 - 2 asin(c)/pi = 1/6 at
    # c = sin(5 pi/12); two of six orders, and a third of bent triples, give |r| = 1.
    for measure in ("spearman", "percentage_bend"):
        assert np.tanh(largest_z(3, measure)) == pytest.approx(np.sin(5 * np.pi / 12))
    assert largest_z(4, "percentage_bend") == pytest.approx(np.arctanh(0.999))


def test_z_and_its_variance_need_three_pairs():
    assert np.isnan(fisher_z([0.5, 0.5], [2, 3])).tolist() == [True, False]
    assert np.isnan(null_variance([2, 3])).tolist() == [True, False]


def test_the_rule_for_z_is_that_of_a_known_measure():
    with pytest.raises(InputError, match="measure is 'kendall'; it must be one of 'pearson'"):
        fisher_z(0.5, 4, "kendall")


def test_another_measure_is_found_in_any_row():
    table = pd.concat([dyad_synchrony(random_changes(3), name) for name in ("pearson", "spearman")])
    with pytest.raises(InputError, match="measured by 'spearman'"):
        require_pearson(table, "it")


def test_values_that_are_no_correlations_are_not_taken_for_pearsons():
    require_pearson(pd.DataFrame({"synchrony": [0.3, -1.0, 1.0, np.nan]}), "it")
    with pytest.raises(InputError, match=r"a synchrony of 1\.2 in size is no correlation"):
        require_pearson(pd.DataFrame({"synchrony": [0.3, -1.2]}), "it")
