"""The exact sampling distribution of Pearson's r from n pairs of bivariate normal changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dyadsync.arrays import FloatArray
from dyadsync.errors import InputError


def fisher_z_log_density(z: npt.ArrayLike, zeta: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """Log density of z = atanh(r) from n pairs of bivariate normal changes with zeta = atanh(rho).

    Hotelling's (1953) density of r with respect to z; in hyperbolic functions it stays accurate
    however close r and rho come to 1. With G the gamma function and F Gauss's hypergeometric one::

        f(z) = (n-2) G(n-1) / [sqrt(2 pi) G(n-1/2)] sqrt(cosh z / cosh zeta)
               sech(z - zeta)^(n-3/2) F(1/2, 1/2; n-1/2; (1 + tanh z tanh zeta)/2)

    z and zeta are any finite numbers, n at least 3; the three broadcast.

    References
    ----------
    Hotelling (1953). New light on the correlation coefficient and its transforms. Journal of the
    Royal Statistical Society B 15, 193-232. doi:10.1111/j.2517-6161.1953.tb00135.x

    Examples
    --------
    >>> float(np.exp(fisher_z_log_density(0.0, 0.0, 3)).round(6))  # sech(z)/pi at three pairs
    0.31831
    """
    z, zeta, n = (np.asarray(v, np.float64) for v in (z, zeta, n))
    if np.any(n < 3):
        raise InputError("The density of a correlation needs at least 3 pairs.")
    argument = (1 + np.tanh(z) * np.tanh(zeta)) / 2
    return np.asarray(
        log_constant(n)
        + (_log_cosh(z) - _log_cosh(zeta)) / 2
        - (n - 1.5) * _log_cosh(z - zeta)
        + log_hypergeometric(argument, n)
    )


def log_constant(n: npt.ArrayLike) -> FloatArray:
    """Log of what in the density depends on n alone: (n-2) G(n-1) / [sqrt(2 pi) G(n-1/2)]."""
    from scipy import special

    pairs = np.asarray(n, np.float64)
    return np.asarray(
        np.log(pairs - 2)
        + special.gammaln(pairs - 1)
        - special.gammaln(pairs - 0.5)
        - np.log(2 * np.pi) / 2
    )


def log_hypergeometric(w: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """Log of Gauss's F(1/2, 1/2; n-1/2; w), the slow part of the density; w and n broadcast."""
    return np.log(_hypergeometric(0.5, np.asarray(n, np.float64) - 0.5, w))


def _hypergeometric(a: float, c: npt.ArrayLike, w: npt.ArrayLike) -> FloatArray:
    """Gauss's F(a, a; c; w) for a of 0.5 or 1, and w from 0 to 1.

    SciPy's value is wrong at w = 1 for c near 100 and missing from about 110 on; from c = 25 on 30
    terms of the series are exact to rounding.
    """
    from scipy import special

    arrays = np.broadcast_arrays(np.asarray(w, np.float64), np.asarray(c, np.float64))
    argument, below = arrays[0], arrays[1]
    many = below >= 25
    value: FloatArray = np.ones(argument.shape)
    value[~many] = special.hyp2f1(a, a, below[~many], argument[~many])
    if many.any():
        k = np.arange(30)[:, None]
        ratios = (k + a) ** 2 / ((below[many] + k) * (k + 1)) * argument[many]
        value[many] = 1 + np.cumprod(ratios, axis=0).sum(axis=0)
    return value


def _log_cosh(x: FloatArray) -> FloatArray:
    size = np.abs(x)
    return np.asarray(size + np.log1p(np.exp(-2 * size)) - np.log(2.0))


def expected_correlation(rho: npt.ArrayLike, n: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Exact mean and mean square of Pearson's r from n >= 3 pairs of bivariate normal changes.

    With G the gamma and F Gauss's hypergeometric function (Hotelling 1953,
    doi:10.1111/j.2517-6161.1953.tb00135.x)::

        E[r] = 2/(n-1) [G(n/2)/G((n-1)/2)]^2 rho F(1/2, 1/2; (n+1)/2; rho^2)
        E[r^2] = 1 - (n-2)/(n-1) (1-rho^2) F(1, 1; (n+1)/2; rho^2)

    Examples
    --------
    >>> mean, mean_square = expected_correlation(0.5, 4)
    >>> print(mean.round(4), mean_square.round(4))
    0.436 0.4414
    """
    from scipy import special

    rho, n = np.asarray(rho, np.float64), np.asarray(n, np.float64)
    ratio = np.exp(2 * (special.gammaln(n / 2) - special.gammaln((n - 1) / 2)))
    mean = 2 / (n - 1) * ratio * rho * _hypergeometric(0.5, (n + 1) / 2, rho**2)
    square = 1 - (n - 2) / (n - 1) * (1 - rho**2) * _hypergeometric(1, (n + 1) / 2, rho**2)
    return np.asarray(mean), np.asarray(square)
