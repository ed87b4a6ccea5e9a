"""What the latent model says of data: likelihood and prior of theta, for many thetas at once.

theta holds, in this order, with p the number of columns of the design ``X = [1, x, covariates]``:

- the p slopes of z on X;
- the logarithm of tau, z's residual SD;
- atanh of the partial correlation of z and y given X (of a binary y's underlying variable);
- the p slopes of y on X, what goes through z included;
- for a linear outcome, the logarithm of y's residual SD given X.

So b, c' and the rest follow, and the prior is of quantities that a reader can picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, TypeAlias

import numpy as np

from dyadsync.arrays import FloatArray
from dyadsync.regression.linear import ModelFit, fit_linear
from dyadsync.scrutiny.latent.likelihood import Correlations, Evidence, integrate

_NODES = 5  # there are thousands of integrals; the error of a log likelihood is about .01
_LEAST_SD = 1e-3  # a latent SD of .001 is no latent SD


@dataclass(frozen=True)
class Draws:
    """What draws of theta mean; B rows."""

    mediator: FloatArray
    """Slopes of z on X, shape (B, p)."""
    total: FloatArray
    """Slopes of y on X, shape (B, p)."""
    b: FloatArray
    tau: FloatArray

    def of_outcome(self, scale: float, level: float) -> Draws:
        """Draws for y times `scale` plus `level`."""
        total = scale * self.total
        total[:, 0] += level
        return replace(self, total=total, b=scale * self.b)


def log_prior_of_tau(log_tau: FloatArray, mean: float) -> FloatArray:
    """Log density, up to a constant, of log tau where tau has a gamma prior of shape 2.

    It rises from 0 like a line: the mode of a posterior is never at tau = 0, while a likelihood
    that falls from there can still pull it near (Chung et al. 2013,
    doi:10.1007/s11336-013-9328-2).
    """
    return np.asarray(2 * log_tau - 2 * np.exp(log_tau) / mean)


@dataclass(frozen=True)
class LinearOutcome:
    """A normal outcome: given y, z is normal, and only then integrated out."""

    adaptation: ClassVar[int] = 400
    """Proposals in each round that fits the distribution from which theta is drawn."""
    correlations: Evidence
    X: FloatArray
    y: FloatArray
    prior_mean: float
    """Of tau."""
    nodes: int = _NODES
    """Nodes of the quadrature: more where the evidence is not shaped like a correlation's."""

    @property
    def n_obs(self) -> int:
        """Dyads."""
        return len(self.y)

    @cached_property
    def regression(self) -> ModelFit:
        """Least squares of y on X."""
        return fit_linear(self.X, self.y)

    def start(self) -> FloatArray:
        """Give a theta from which the mode can be found: no slopes of z; least squares for y."""
        p = self.X.shape[1]
        log_s = np.log(self.regression.dispersion) / 2
        log_tau = np.log(self.prior_mean)
        return np.array([*np.zeros(p), log_tau, 0.0, *self.regression.coef, log_s])

    def _parts(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        p = self.X.shape[1]
        slopes, log_tau, h, total = _split(theta, p)
        return slopes, np.exp(log_tau), h, total, np.exp(np.clip(theta[:, 2 * p + 2], -50, 50))

    def contributions(self, theta: FloatArray) -> FloatArray:
        """Log density of y, and of r given y, shape (B, n), for theta of shape (B, d)."""
        slopes, tau, h, total, s = self._parts(theta)
        residuals = self.y - total @ self.X.T
        of_r = self._of_r(slopes @ self.X.T, tau, h, s, residuals)
        return np.asarray(of_r - (residuals / s[:, None]) ** 2 / 2 - np.log(s)[:, None])

    def _of_r(
        self,
        z: FloatArray,
        tau: FloatArray,
        h: FloatArray,
        s: FloatArray,
        residuals: FloatArray,
        unknown: FloatArray | float = 0.0,
    ) -> FloatArray:
        """Log density of r where z is expected and y known, but for a variance `unknown`."""
        on_residual = (np.tanh(h) * tau / s)[:, None]
        variance = np.maximum(tau / np.cosh(h), _LEAST_SD)[:, None] ** 2 + on_residual**2 * unknown
        return integrate(self.correlations, z + on_residual * residuals, variance, self.nodes)[0]

    def log_prior(self, theta: FloatArray) -> FloatArray:
        """Flat in all slopes and log s."""
        _, log_tau, h, _ = _split(theta, self.X.shape[1])
        of_tau = log_prior_of_tau(log_tau, self.prior_mean)
        return np.asarray(of_tau - 2 * np.log(np.cosh(h)))

    def draws(self, theta: FloatArray) -> Draws:
        """``b = partial s / tau``."""
        slopes, tau, h, total, s = self._parts(theta)
        return Draws(slopes, total, np.tanh(h) * s / tau, tau)


@dataclass(frozen=True)
class BinaryOutcome:
    """An outcome of 0 and 1: y is integrated over z together with r."""

    adaptation: ClassVar[int] = 400
    correlations: Correlations
    X: FloatArray
    """Columns but the first standardised."""
    y: FloatArray
    prior_mean: float
    outcome: str
    """``"logit"`` or ``"probit"``."""

    @property
    def n_obs(self) -> int:
        """Dyads."""
        return len(self.y)

    @property
    def unit(self) -> float:
        """SD of the underlying variable given X and z."""
        return float(np.pi / np.sqrt(3)) if self.outcome == "logit" else 1.0

    def start(self) -> FloatArray:
        """No slopes; the share of ones."""
        from scipy.special import logit

        p = self.X.shape[1]
        share = self.unit / 1.8 * logit(np.clip(self.y.mean(), 0.02, 0.98))
        return np.array([*np.zeros(p), np.log(self.prior_mean), 0.0, share, *np.zeros(p - 1)])

    def contributions(self, theta: FloatArray) -> FloatArray:
        """Log probability of r and y."""
        from scipy.special import log_expit, log_ndtr

        slopes, log_tau, h, total = _split(theta, self.X.shape[1])
        tau = np.exp(log_tau)
        of_r, u, share = integrate(self.correlations, slopes @ self.X.T, tau[:, None] ** 2, _NODES)
        b = self.unit * np.sinh(h) / tau
        eta = total @ self.X.T + b[:, None] * u
        log_f = log_expit if self.outcome == "logit" else log_ndtr
        terms = np.exp(log_f((2 * self.y - 1) * eta)) * share
        return np.asarray(of_r + np.log(np.maximum(terms.sum(0), 1e-300)))

    def log_prior(self, theta: FloatArray) -> FloatArray:
        """Cauchy in the slopes of y: flat ones have no mode where x separates ones from zeros."""
        _, log_tau, h, total = _split(theta, self.X.shape[1])
        scale = self.unit / (np.pi / np.sqrt(3)) * np.r_[10.0, np.full(total.shape[1] - 1, 1.25)]
        of_total = -np.log1p((total / scale) ** 2).sum(1)
        of_tau = log_prior_of_tau(log_tau, self.prior_mean)
        return np.asarray(of_tau - 2 * np.log(np.cosh(h)) + of_total)

    def draws(self, theta: FloatArray) -> Draws:
        """``b = unit sinh(h) / tau``, so that the partial correlation is tanh(h)."""
        slopes, log_tau, h, total = _split(theta, self.X.shape[1])
        tau = np.exp(log_tau)
        return Draws(slopes, total, self.unit * np.sinh(h) / tau, tau)


Model: TypeAlias = LinearOutcome | BinaryOutcome
"""Likelihood and prior of theta."""


def _split(theta: FloatArray, p: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Split theta, kept within bounds beyond which nothing is left of the posterior.

    Without them a proposal far out, or a search's first step, would overflow.
    """
    return (
        np.clip(theta[:, :p], -50, 50),
        np.clip(theta[:, p], -8, 3),
        np.clip(theta[:, p + 1], -15, 15),
        theta[:, p + 2 : 2 * p + 2],
    )
