"""The likelihood of a correlation, against Hotelling's density."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from dyadsync.latent.likelihood import Correlations, simulate_correlations
from dyadsync.synchrony import correlation_density, correlation_log_density


@pytest.mark.parametrize("n", [3, 4, 8, 60, 200])
def test_the_density_is_hotellings(n):
    r, zeta = np.meshgrid([-0.999, -0.5, 0.0, 0.3, 0.97], np.linspace(-2.5, 2.5, 11))
    exact = correlation_log_density(r, np.tanh(zeta), n)
    ours = Correlations.of(r, np.full(5, n)).log_density(zeta)
    np.testing.assert_allclose(ours, exact, atol=2e-6)


def test_simulated_correlations_have_the_exact_distribution():
    r = np.sort(simulate_correlations(np.full(4000, 0.6), 4, rng=1))
    grid = np.linspace(-1, 1, 4001)
    density = correlation_density(grid, np.tanh(0.6), 4)
    cdf = integrate.cumulative_trapezoid(density, grid, initial=0)
    assert stats.kstest(np.interp(r, grid, cdf), "uniform").pvalue > 0.01
