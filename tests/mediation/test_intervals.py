"""Intervals and p-values of effects."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from dyadsync.mediation.intervals import summarise_draws
from dyadsync.mediation.mediate import mediate
from tests.reference_tables import dyads


def test_p_value_counts_draws_and_is_never_zero():
    """min(1, 2 (k + 1) / (B + 1)) with k = 0 of B = 999."""
    assert summarise_draws(1.0, np.full(999, 1.0), 0.95)[3] == pytest.approx(2 / 1000)


def test_draws_of_exactly_zero_are_evidence_for_zero():
    """Medians of rounded scales give many; they count on both sides."""
    draws = np.concatenate([np.zeros(900), np.ones(99)])
    assert summarise_draws(0.0, draws, 0.95)[3] == 1.0
    assert summarise_draws(0.0, np.zeros(999), 0.95)[3] == 1.0


def test_bca_without_bias_or_acceleration_is_the_percentile_interval():
    draws = ndtri(np.arange(1, 2000) / 2000) + 0.7
    symmetric = np.array([0.5, 0.9])
    bca = summarise_draws(0.7, draws, 0.95, jackknife=symmetric)
    assert bca[1:3] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=1e-6)


def test_bca_p_value_inverts_the_interval():
    """At confidence 1 - p the interval just reaches 0."""
    options = {"method": "bootstrap-bca", "n_draws": 20_000, "rng": 4}
    p = mediate(dyads(120), "x", "m", "y", **options).table.loc["Total effect", "p_value"]
    assert p < 0.5
    again = mediate(dyads(120), "x", "m", "y", confidence_level=1 - p, **options)
    ends = again.table.loc["Total effect", ["ci_lower", "ci_upper"]].abs()
    assert ends.min() < 0.01 * ends.max()


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
