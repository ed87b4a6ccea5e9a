"""The likelihood of a correlation of a few pairs whose true value varies between dyads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_rng
from dyadsync.scrutiny.measurement.density import log_constant, log_hypergeometric
from dyadsync.synchrony.measures import LARGEST_R

_SERIES_DEGREE = 8


@dataclass(frozen=True)
class Correlations:
    """Correlations as their likelihood needs them; any leading axes, dyads last."""

    r: FloatArray
    z: FloatArray
    """atanh(r)."""
    n_pairs: FloatArray
    """Shape (n,)."""
    log_constant: FloatArray
    """What of the log density does not depend on the true value."""
    series: FloatArray
    """Coefficients of log F, see `_hypergeometric_series`, shape (degree + 1, n)."""

    @classmethod
    def of(cls, r: npt.ArrayLike, n_pairs: npt.ArrayLike) -> Correlations:
        """Prepare correlations, shape (..., n), of `n_pairs` pairs, shape (n,)."""
        r = np.clip(np.asarray(r, np.float64), -LARGEST_R, LARGEST_R)
        n = np.broadcast_to(np.asarray(n_pairs, np.float64), r.shape[-1:])
        z = np.arctanh(r)
        constant = log_constant(n) + (n - 4) / 2 * np.log1p(-(r**2)) - (n - 1.5) * np.log(2)
        counts, which = np.unique(n, return_inverse=True)
        series = np.stack([_hypergeometric_series(float(k)) for k in counts], axis=1)
        # One column serves all dyads where they have the same number of pairs.
        return cls(r, z, n, constant, series if len(counts) == 1 else series[:, which])

    def log_density(self, zeta: FloatArray) -> FloatArray:
        """Log density of r where atanh(rho) is zeta, shape (..., n).

        Hotelling's density with ``1 - rho^2 = sech^2 zeta`` and ``1 - w = (1 - rho r) / 2``, which
        is ``d sech zeta`` with ``d = (cosh zeta - r sinh zeta) / 2``. In place: the inner loop.
        """
        cosh = np.exp(np.clip(zeta, -80, 80))
        d = (1 - self.r) / 4 * cosh
        inverse = 1 / cosh
        d += (1 + self.r) / 4 * inverse
        cosh += inverse
        cosh /= 2
        root = np.sqrt(d / cosh)
        log_f = self.series[-1] * root
        for coefficient in self.series[-2:0:-1]:  # Horner's rule
            log_f += coefficient
            log_f *= root
        log_f += self.series[0] + self.log_constant
        log_f -= (self.n_pairs - 1.5) * np.log(d)
        log_f -= np.log(cosh) / 2
        return np.asarray(log_f)


@cache
def _hypergeometric_series(n: float) -> FloatArray:
    """Polynomial in ``sqrt(1 - w)`` for log F(1/2, 1/2; n - 1/2; w), w from 0 to 1.

    F has the singularity ``(1 - w)^(n - 3/2)`` at 1, a half-integer power, so it is smooth in the
    square root; the error is below 1e-6 from three pairs on.
    """
    root = (1 + np.cos(np.pi * (np.arange(64) + 0.5) / 64)) / 2  # Chebyshev nodes
    log_f = log_hypergeometric(1 - root**2, n)
    return np.asarray(np.polynomial.polynomial.polyfit(root, log_f, _SERIES_DEGREE), np.float64)


@cache
def gauss_hermite(count: int) -> tuple[FloatArray, FloatArray]:
    """Give Gauss-Hermite nodes and the logs of their weights times exp(node^2)."""
    node, weight = np.polynomial.hermite.hermgauss(count)
    return node, np.log(weight) + node**2


class Evidence(Protocol):
    """What data say of each dyad's true value."""

    @property
    def z(self) -> FloatArray:
        """Approximate maximum of its likelihood, on the scale of atanh(rho)."""

    @property
    def n_pairs(self) -> FloatArray:
        """Pairs behind an r that would say about as much."""

    def log_density(self, zeta: FloatArray) -> FloatArray:
        """Log likelihood of true values, shape (..., n)."""


def integrate(
    correlations: Evidence, mean: FloatArray, variance: FloatArray, count: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log likelihood of r where z ~ N(mean, variance), by adaptive Gauss-Hermite quadrature.

    The nodes are placed by the mode and curvature of the integrand's main part,
    ``-u^2 / (2 variance) - (n - 3/2) log cosh(mean + u - atanh r)``, u = z - mean.

    Returns
    -------
    log_likelihood : shape (..., n)
    u, probability : shape (count, ..., n)
        The nodes and their share of the integral: the distribution of u given r.
    """
    offset = mean - correlations.z
    pull = (correlations.n_pairs - 1.5) * variance
    # Solve d - |offset| + pull tanh(d) = 0. The start lies between 0 and the root, where the left
    # side is concave: Newton's steps approach it from there without passing it.
    size = np.abs(offset)
    d = np.maximum(size / (1 + pull), size - pull)
    for _ in range(2):
        slope = _tanh(d)
        d = d - (d - size + pull * slope) / (1 + pull * (1 - slope**2))
    scale = np.sqrt(variance / (1 + pull * (1 - _tanh(d) ** 2)))

    one_axis = (-1, *[1] * mean.ndim)
    node, log_weight = (v.reshape(one_axis).astype(mean.dtype) for v in gauss_hermite(count))
    u = np.copysign(d, offset) - offset + 2**0.5 * scale * node
    log_terms = correlations.log_density(mean + u)
    log_terms -= u**2 / (2 * variance)
    log_terms += log_weight
    largest = log_terms.max(0)
    log_terms -= largest
    terms = np.exp(log_terms)
    total = terms.sum(0)
    log_likelihood = largest + np.log(total * scale) - np.log(variance * np.pi) / 2
    return log_likelihood, u, terms / total


def _tanh(x: FloatArray) -> FloatArray:
    """Hyperbolic tangent of what is not negative, twice as fast as NumPy's."""
    shrunk = np.exp(-2 * x)
    return np.asarray((1 - shrunk) / (1 + shrunk))


def simulate_correlations(
    z: npt.ArrayLike, n_pairs: npt.ArrayLike, rng: int | np.random.Generator | None = None
) -> FloatArray:
    """Correlations of `n_pairs` bivariate normal pairs whose true correlation is tanh(z).

    Drawn from the Bartlett decomposition of the Wishart matrix of sums of squares
    (doi:10.1017/S0370164600015637), which needs three numbers a correlation and not all the pairs.
    z and the numbers of pairs, at least 3, broadcast.

    Examples
    --------
    >>> simulate_correlations(np.zeros(40_000), 4, rng=1).var().round(2)  # uniform on (-1, 1): 1/3
    np.float64(0.33)
    """
    generator = check_rng(rng)
    z, n = np.broadcast_arrays(np.asarray(z, np.float64), np.asarray(n_pairs, np.float64))
    first = np.sqrt(generator.chisquare(n - 1))
    second = np.sqrt(generator.chisquare(n - 2))
    common = np.tanh(z) * first + generator.normal(size=z.shape) / np.cosh(z)
    return np.asarray(common / np.hypot(common, second / np.cosh(z)))
