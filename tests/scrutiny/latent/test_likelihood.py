"""The likelihood of a correlation, against Hotelling's density."""

import numpy as np
import pytest
from scipy import integrate as quadrature
from scipy import stats

from dyadsync.scrutiny.latent.likelihood import Correlations, integrate, simulate_correlations
from tests.scrutiny.latent.samples import correlation_density, correlation_log_density


@pytest.mark.parametrize("n", [3, 4, 8, 60, 200])
def test_the_density_is_hotellings(n):
    r, zeta = np.meshgrid([-0.999, -0.5, 0.0, 0.3, 0.97], np.linspace(-2.5, 2.5, 11))
    exact = correlation_log_density(r, np.tanh(zeta), n)
    ours = Correlations.of(r, np.full(5, n)).log_density(zeta)
    np.testing.assert_allclose(ours, exact, atol=2e-6)


def test_simulated_correlations_have_the_exact_distribution():
    r = np.sort(simulate_correlations(np.full(4000, 0.6), 4, rng=1))
    grid = np.linspace(-1, 1, 4001)[1:-1]
    density = correlation_density(grid, np.tanh(0.6), 4)
    cdf = quadrature.cumulative_trapezoid(density, grid, initial=0)
    assert stats.kstest(np.interp(r, grid, cdf), "uniform").pvalue > 0.01


@pytest.mark.parametrize("n", [30, 200])
@pytest.mark.parametrize("variance", [0.01, 0.3, 2.0])
def test_nodes_stand_where_the_integrand_is_so_that_five_are_enough(n, variance):
    """SciPy's adaptive quadrature says 2e-5; misplaced nodes err by a hundred times that."""
    z, mean = np.array([-1.2, -0.3, 0.2, 0.9]), np.array([0.1, 0.5, -0.4, 0.7])
    correlations = Correlations.of(np.tanh(z), np.full(4, n))
    ours = integrate(correlations, mean, np.full(4, variance), 5)[0]

    def integrand(zeta, i):
        density = correlation_density(np.tanh(z[i]), np.tanh(zeta), n)
        return density * stats.norm.pdf(zeta, mean[i], np.sqrt(variance))

    exact = [
        quadrature.quad(integrand, z[i] - 2, z[i] + 2, (i,), epsabs=0, points=[z[i], mean[i]])[0]
        for i in range(4)
    ]
    np.testing.assert_allclose(ours, np.log(exact), atol=2e-5)
