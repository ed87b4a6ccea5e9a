"""The line-up: noise is that of normal pairs, and the observed values are placed among it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dyadsync.errors import InputError
from dyadsync.scrutiny.measurement.lineup import Lineup, noise_lineup, noise_samples, pairs_in_words
from dyadsync.synchrony.dyads import dyad_synchrony
from tests.made_changes import random_changes


@pytest.mark.parametrize("n", [3, 4, 8])
def test_noise_has_the_distribution_of_a_correlation_of_normal_pairs(n):
    r = noise_samples([n] * 100, 100, rng=1).ravel()
    x, y = np.random.default_rng(2).normal(size=(2, 10_000, n))
    drawn = [stats.pearsonr(a, b).statistic for a, b in zip(x[:3000], y[:3000], strict=True)]
    # Two samples of one distribution: a Kolmogorov-Smirnov p-value below .001 is no accident.
    assert stats.ks_2samp(r, drawn).pvalue > 0.001
    assert r.std() == pytest.approx(1 / np.sqrt(n - 1), abs=0.02)


def test_every_dyad_of_noise_has_the_pairs_of_its_dyad():
    r = noise_samples([3, 40], 4000, rng=1)
    assert r.std(axis=0) == pytest.approx([1 / np.sqrt(2), 1 / np.sqrt(39)], abs=0.02)


def test_a_lineup_has_as_many_dyads_as_there_are_and_a_seed():
    synchrony = dyad_synchrony(random_changes(5))
    synchrony.loc[1, "synchrony"] = np.nan
    first, second = (noise_lineup(synchrony, n_samples=7, rng=3) for _ in range(2))
    assert first.observed.tolist() == synchrony["synchrony"].drop(1).tolist()
    assert first.samples.shape == (7, 4)
    assert np.array_equal(first.samples, second.samples)


def test_the_range_of_noise_is_that_of_its_samples():
    synchrony = dyad_synchrony(random_changes(20))
    found = noise_lineup(synchrony, n_samples=500, confidence_level=0.8, rng=1)
    table = found.table
    means, spreads = found.samples.mean(axis=1), found.samples.std(axis=1, ddof=1)
    for name, values, own in (
        ("mean of r", means, synchrony["synchrony"].mean()),
        ("SD of r", spreads, synchrony["synchrony"].std()),
    ):
        expected = [own, np.quantile(values, 0.1), np.quantile(values, 0.9)]
        assert table.loc[name].tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        ([-0.1, 0.1], "0.00, inside the range of noise (-0.18 to 0.18 in 90 % of samples)"),
        ([0.5, 0.3], "0.40, outside the range of noise (-0.18 to 0.18 in 90 % of samples)"),
        ([-0.5, -0.3], "-0.40, outside the range of noise (-0.18 to 0.18 in 90 % of samples)"),
        ([], "not defined for so few dyads"),
    ],
)
def test_the_observed_mean_is_placed_in_words(observed, words):
    # means of -.2, 0 and .2: their 5 % and 95 % quantiles are -.18 and .18
    samples = np.array([[-0.3, -0.1], [0.0, 0.0], [0.1, 0.3]])
    assert Lineup(np.array(observed), samples, 0.9).in_words("mean of r") == words


@pytest.mark.parametrize("n_dyads", [0, 1])
def test_one_dyad_has_no_spread(n_dyads):
    table = dyad_synchrony(random_changes(1)).head(n_dyads)
    found = noise_lineup(table, n_samples=10, rng=1)
    assert found.in_words("SD of r") == "not defined for so few dyads"


def test_a_lineup_of_another_measure_is_refused():
    synchrony = dyad_synchrony(random_changes(5), "spearman")
    with pytest.raises(InputError, match="Pearson's r"):
        noise_lineup(synchrony)
    for wrong in ({"n_samples": 0}, {"confidence_level": 95}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            noise_lineup(pd.DataFrame({"n_sessions": [4], "synchrony": [0.1]}), **wrong)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([], "0 dyads"),
        ([4], "1 dyad (1 with 4 pairs)"),
        ([3, 4, 4], "3 dyads (2 with 4 pairs, 1 with 3 pairs)"),
    ],
)
def test_pairs_are_counted_in_words(pairs, words):
    assert pairs_in_words(pairs) == words
