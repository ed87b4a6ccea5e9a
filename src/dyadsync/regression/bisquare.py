"""Tukey's bisquare, and the constants that give it a breakdown point or an efficiency."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from dyadsync.arrays import Array
from dyadsync.errors import InputError

BREAKDOWN = 0.5
"""Share of outliers that the S-estimator withstands, and right-hand side of its scale equation."""


def bisquare_weight(u: Array, k: float) -> Array:
    """Tukey's bisquare weight (1 - (u/k)^2)^2 inside [-k, k], 0 outside; u are scaled residuals."""
    inside = 1.0 - np.square(u / k)
    np.maximum(inside, 0.0, out=inside)
    return np.square(inside, out=inside)


def bisquare_rho(u: Array, k: float) -> Array:
    """Tukey's bisquare loss scaled to rise from 0 to 1."""
    inside = 1.0 - np.square(u / k)
    np.maximum(inside, 0.0, out=inside)
    return 1.0 - inside * inside * inside


def bisquare_psi_derivative(u: Array, k: float) -> Array:
    """Compute the derivative of psi(u) = u (1 - (u/k)^2)^2."""
    square = np.square(u / k)
    return np.where(square < 1.0, (1.0 - square) * (1.0 - 5.0 * square), 0.0)


def _normal_moments(k: float) -> list[float]:
    """E[Z^j; |Z| < k] of a standard normal Z for j = 0, 2, 4, ..., 10 (by parts)."""
    density = math.exp(-k * k / 2) / math.sqrt(2 * math.pi)
    moments = [math.erf(k / math.sqrt(2))]
    for j in range(1, 6):
        moments.append((2 * j - 1) * moments[-1] - 2 * k ** (2 * j - 1) * density)
    return moments


def _expected_rho(k: float) -> float:
    m0, m2, m4, m6, *_ = _normal_moments(k)
    return 3 * m2 / k**2 - 3 * m4 / k**4 + m6 / k**6 + 1.0 - m0


def _efficiency(k: float) -> float:
    """Asymptotic efficiency at the normal: E[psi']^2 / E[psi^2]."""
    m0, m2, m4, m6, m8, m10 = _normal_moments(k)
    slope = m0 - 6 * m2 / k**2 + 5 * m4 / k**4
    square = m2 - 4 * m4 / k**2 + 6 * m6 / k**4 - 4 * m8 / k**6 + m10 / k**8
    return slope**2 / square


def _root(rising: Callable[[float], float], lower: float, upper: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(rising, lower, upper, xtol=1e-14))


@lru_cache(maxsize=1)
def scale_constant() -> float:
    """Bisquare constant of the S-estimator with breakdown point .5.

    Examples
    --------
    >>> round(scale_constant(), 5)
    1.54764
    """
    return _root(lambda k: BREAKDOWN - _expected_rho(k), 0.5, 5.0)


@lru_cache(maxsize=32)
def efficiency_constant(efficiency: float) -> float:
    """Bisquare constant that gives the M-step the asked efficiency under normal errors.

    Parameters
    ----------
    efficiency : float
        Between .3 and .999; .85 is the customary choice in mediation, .95 in regression.

    Raises
    ------
    InputError
        If the efficiency lies outside that range.

    Examples
    --------
    >>> round(efficiency_constant(0.85), 5), round(efficiency_constant(0.95), 5)
    (3.44369, 4.68506)
    """
    if not 0.3 <= efficiency <= 0.999:
        raise InputError(
            f"The efficiency of an MM-regression must lie between 0.3 and 0.999, not {efficiency}; "
            "0.85 is the usual choice."
        )
    return _root(lambda k: _efficiency(k) - efficiency, scale_constant(), 50.0)
