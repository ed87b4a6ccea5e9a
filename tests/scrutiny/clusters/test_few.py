"""What few therapists can say, against counting and simulation."""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from scipy import stats

from dyadsync.mediation.mediate import mediate
from dyadsync.scrutiny.clusters.few import ClusterAnalyses, clustered_mediation
from tests.reference_tables import dyads


@pytest.mark.parametrize("n_clusters", [1, 2, 3, 4, 5])
def test_resamples_of_therapists_are_as_many_as_a_list_of_them(n_clusters):
    found = ClusterAnalyses({}, n_clusters)
    every = list(product(range(n_clusters), repeat=n_clusters))
    different = list(combinations_with_replacement(range(n_clusters), n_clusters))
    complete = sum(len(set(draw)) == n_clusters for draw in every)
    assert found.n_resamples == len(different)
    assert found.share_complete == pytest.approx(complete / len(every))


@pytest.mark.parametrize("n_clusters", [1, 2, 3, 6])
def test_a_sign_flipping_test_of_equal_sums_has_the_least_p_value(n_clusters):
    sums = [abs(sum(signs)) for signs in product([-1, 1], repeat=n_clusters)]
    p = np.mean(np.array(sums) >= n_clusters)
    assert ClusterAnalyses({}, n_clusters).least_p == pytest.approx(p)


def test_standard_errors_of_means_of_few_clusters_scatter_as_told():
    found = ClusterAnalyses({}, 6, confidence_level=0.9)
    means = np.random.default_rng(5).standard_normal((20_000, 6))
    ratio = means.std(axis=1, ddof=1)  # the true one is 1
    low, high = found.standard_error_range
    assert np.mean((low < ratio) & (ratio < high)) == pytest.approx(0.9, abs=0.01)
    assert np.mean(ratio < low) == pytest.approx(0.05, abs=0.006)


def test_one_therapist_has_no_standard_error_and_no_quantile():
    one = ClusterAnalyses({}, 1)
    assert np.isnan([*one.standard_error_range, one.quantile, one.ratio("a")]).all()


def test_the_quantile_is_that_of_t_with_one_degree_of_freedom_less_than_therapists():
    """2.571 at 5 degrees of freedom: any table of t, e.g. NIST/SEMATECH e-Handbook 1.3.6.7.2."""
    assert ClusterAnalyses({}, 6).quantile == pytest.approx(2.571, abs=5e-4)


@pytest.fixture(scope="module")
def clustered():
    return clustered_mediation(dyads(37), "x", "m", "y", "therapist", n_draws=200, rng=3)


def test_each_way_is_what_mediate_gives(clustered):
    options = {
        "dyads as independent": {},
        "cluster errors, normal": {"cluster": "therapist"},
        "cluster jackknife, t": {"cluster": "therapist", "small_sample": True},
        "CR2, Satterthwaite's t": {"cluster": "therapist", "vcov": "CR2"},
        "wild cluster bootstrap": {"cluster": "therapist", "method": "wild-cluster"},
        "cluster bootstrap": {"cluster": "therapist", "method": "bootstrap"},
        "random effects, t": {"cluster": "therapist", "method": "mixed", "small_sample": True},
    }
    assert clustered.table.index.tolist() == list(options)
    for name, way in options.items():
        expected = mediate(dyads(37), "x", "m", "y", n_draws=200, rng=3, **way)
        row = [*expected.paths.loc[["a", "b"], "se"]]
        row += [*expected.table.loc["ACME", ["ci_lower", "ci_upper"]]]
        assert clustered.table.loc[name].tolist() == pytest.approx(row)
    errors = clustered.table["SE of b"]
    ratio = errors["cluster jackknife, t"] / errors["dyads as independent"]
    assert clustered.ratio("b") == pytest.approx(ratio)


def test_a_way_that_three_therapists_do_not_allow_is_left_out():
    data = dyads(37).assign(therapist=np.arange(37) % 3)
    found = clustered_mediation(data, "x", "m", "y", "therapist", n_draws=200, rng=3)
    assert "CR2, Satterthwaite's t" in found.results
    assert "random effects, t" not in found.results


def test_one_therapist_leaves_the_first_way_and_words_that_say_why():
    data = dyads(37).assign(therapist="T1")
    found = clustered_mediation(data, "x", "m", "y", "therapist", n_draws=200, rng=3)
    assert found.table.index.tolist() == ["dyads as independent"]
    assert found.resamples_in_words() == "with one therapist there is only one, the data themselves"
    assert found.least_p_in_words() == "with one therapist its p-value is always 1"
    assert found.standard_error_in_words() == "with one therapist there is none"
    assert found.quantile_in_words() == "with one therapist there is none"


def test_words_give_the_numbers(clustered):
    six = clustered.n_clusters
    assert six == 6
    low, high = np.sqrt(stats.chi2.ppf([0.025, 0.975], 5) / 5)
    words = clustered.standard_error_in_words()
    assert f"with 5 degrees of freedom it comes out between {low:.2f} and {high:.2f}" in words
    assert "in 95 % of studies" in words
    assert f"{clustered.ratio('a'):.2f} times the classical one for path a" in words
    assert clustered.resamples_in_words() == (
        "there are 462 different ones for 6 therapists, "
        "and 1.5 % of all draws contain every therapist"
    )
    assert clustered.least_p_in_words() == "with 6 therapists its p-value cannot fall below 0.031"
    assert clustered.quantile_in_words() == "here 2.57 with 5 degrees of freedom"


def test_words_stay_readable_with_two_therapists_and_with_many():
    two, many = ClusterAnalyses({}, 2), ClusterAnalyses({}, 40)
    assert two.quantile_in_words() == "here 12.71 with 1 degree of freedom"
    assert many.resamples_in_words() == (
        "there are more than a billion different ones for 40 therapists, "
        "and almost none of all draws contain every therapist"
    )
    assert many.least_p_in_words().endswith("below 1 in more than a billion")
    assert ClusterAnalyses({}, 12).least_p_in_words().endswith("below 1 in 2,048")
