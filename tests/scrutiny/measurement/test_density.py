"""The density of r and its moments are exact."""

import numpy as np
import pytest
from scipy import integrate, special

from dyadsync.errors import InputError
from dyadsync.regression.correlation import pearson_correlation
from dyadsync.scrutiny.measurement.density import (
    expected_correlation,
    fisher_z_log_density,
    log_hypergeometric,
)
from tests.scrutiny.latent.samples import correlation_density


@pytest.mark.parametrize("n", [3, 4, 5, 8, 30])
@pytest.mark.parametrize("rho", [-0.999, -0.5, 0.0, 0.3, 0.9, 0.999])
def test_density_integrates_to_one(n, rho):
    # with respect to z = atanh(r), where the ends of (-1, 1) are no trouble
    zeta = np.arctanh(rho)
    total = integrate.quad(
        lambda z: np.exp(fisher_z_log_density(z, zeta, n)), -40, 40, points=[zeta], limit=300
    )[0]
    assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("n", [3, 4, 5, 8, 30])
@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.6])
def test_the_density_is_hotellings(n, rho):
    """Hotelling (1953), doi:10.1111/j.2517-6161.1953.tb00135.x, with respect to r."""
    r = np.linspace(-0.99, 0.99, 41)
    constant = (n - 2) * special.gamma(n - 1) / np.sqrt(2 * np.pi) / special.gamma(n - 0.5)
    powers = (1 - rho**2) ** ((n - 1) / 2) * (1 - r**2) ** ((n - 4) / 2)
    series = special.hyp2f1(0.5, 0.5, n - 0.5, (1 + rho * r) / 2)
    direct = constant * powers * (1 - rho * r) ** (1.5 - n) * series
    np.testing.assert_allclose(correlation_density(r, rho, n), direct, rtol=1e-10)


def test_two_pairs_have_no_density():
    with pytest.raises(InputError, match="at least 3"):
        fisher_z_log_density(0.5, 0.0, 2)


@pytest.mark.parametrize("n", [3, 4, 12, 217])
@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.4, 0.95])
def test_moments_of_r_are_those_of_its_density(n, rho):
    zeta = np.arctanh(rho)
    expected = [
        integrate.quad(
            lambda z, k=k: np.tanh(z) ** k * np.exp(fisher_z_log_density(z, zeta, n)),
            -40,
            40,
            points=[zeta],
            limit=300,
        )[0]
        for k in (1, 2)
    ]
    np.testing.assert_allclose(expected_correlation(rho, n), expected, atol=1e-9)


@pytest.mark.parametrize("n", [3, 4, 49, 50, 101, 150, 400, 5000])
def test_the_hypergeometric_part_is_exact_at_its_end(n):
    # Gauss's theorem: F(a, b; c; 1) = G(c) G(c-a-b) / [G(c-a) G(c-b)] (DLMF 15.4.20)
    exact = special.gammaln(n - 0.5) + special.gammaln(n - 1.5) - 2 * special.gammaln(n - 1)
    assert log_hypergeometric(1.0, n) == pytest.approx(exact, abs=1e-10)


def test_the_hypergeometric_part_takes_every_number_of_pairs_at_once():
    n = np.array([3, 49, 50, 300])
    both = log_hypergeometric(np.full((2, 4), 0.7), n)
    for k, pairs in enumerate(n):
        expected = np.log(special.hyp2f1(0.5, 0.5, pairs - 0.5, 0.7))
        np.testing.assert_allclose(both[:, k], expected, atol=1e-13)


def test_density_agrees_with_simulated_correlations():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40_000, 5))
    y = 0.7 * x + np.sqrt(1 - 0.49) * rng.normal(size=(40_000, 5))
    r = np.sort(pearson_correlation(x, y))
    grid = np.linspace(-1, 1, 4001)[1:-1]
    cdf = np.cumsum(correlation_density(grid, 0.7, 5)) * (grid[1] - grid[0])
    distance = np.max(np.abs(np.searchsorted(r, grid) / r.size - cdf))
    assert distance < 1.63 / np.sqrt(r.size)  # Kolmogorov's 1 % point
