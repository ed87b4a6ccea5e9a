"""The posterior of the latent model: weighted draws by importance sampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyadsync.arrays import FloatArray
from dyadsync.latent.likelihood import Correlations, integrate
from dyadsync.latent.maximum import LEAST_LOG_SD, evaluate, residual_sd
from dyadsync.regression.linear import ModelFit

_WEIGHT_NODES = 9  # of which there are thousands of integrals
_BLOCK_NODES = 16_384  # the arrays of a block fit the processor's cache
_PROPOSAL_DF = 5
_ADAPTATION_PROPOSALS = 500


@dataclass(frozen=True)
class Posterior:
    """Weighted draws; B rows."""

    mediator: FloatArray
    total: FloatArray
    b: FloatArray
    tau: FloatArray
    sigma: FloatArray
    weights: FloatArray

    @property
    def effective(self) -> float:
        """How many independent draws the weights are worth."""
        return float(1 / (self.weights**2).sum())


def draw_posterior(
    correlations: Correlations,
    X: FloatArray,
    regression: ModelFit,
    prior: tuple[float, float],
    n_proposals: int,
    rng: np.random.Generator,
) -> Posterior:
    """Draw from the posterior by importance sampling.

    The coordinates phi are the slopes of z on X (with y's residual in the model), log tau and
    atanh of the partial correlation of y and z. The regression of y on X has its own exact
    posterior, a normal and a scaled inverse chi.
    """
    centre, information = _mode(correlations, X, regression, prior)
    values, vectors = np.linalg.eigh(information)
    covariance = (vectors / np.maximum(values, 0.01 * values.max())) @ vectors.T
    for _ in range(2):
        phi, draws = _weighted_draws(
            correlations, X, regression, prior, centre, covariance, _ADAPTATION_PROPOSALS, rng
        )
        # No draw may count for more than sqrt(B)/2 average ones (Ionides 2008).
        weights = np.minimum(draws.weights, 0.5 / np.sqrt(len(phi)))
        weights /= weights.sum()
        centre = weights @ phi
        spread = phi - centre
        covariance = 1.1 * (weights[:, None] * spread).T @ spread
        covariance += 1e-4 * np.diag(np.diag(covariance))
    return _weighted_draws(
        correlations, X, regression, prior, centre, covariance, n_proposals, rng
    )[1]


def _weighted_draws(
    correlations: Correlations,
    X: FloatArray,
    regression: ModelFit,
    prior: tuple[float, float],
    centre: FloatArray,
    covariance: FloatArray,
    count: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, Posterior]:
    n, p = X.shape
    t = rng.normal(size=(count, p + 2))
    t /= np.sqrt(rng.chisquare(_PROPOSAL_DF, count) / _PROPOSAL_DF)[:, None]
    log_proposal = -(_PROPOSAL_DF + p + 2) / 2 * np.log1p((t**2).sum(1) / _PROPOSAL_DF)
    phi = centre + t @ np.linalg.cholesky(covariance).T
    s = np.sqrt(regression.dispersion * regression.df_resid / rng.chisquare(n - p, count))
    shift = s[:, None] * (rng.normal(size=(count, p)) @ np.linalg.cholesky(regression.bread).T)

    slopes, log_tau, atanh_partial = _bounded(phi)
    tau, partial = np.exp(log_tau), np.tanh(atanh_partial)
    on_residual = partial * tau / s
    variance = np.maximum(tau / np.cosh(atanh_partial), np.exp(LEAST_LOG_SD)) ** 2
    log_likelihood = np.empty(count)
    block = max(1, _BLOCK_NODES // (n * _WEIGHT_NODES))
    for first in range(0, count, block):
        rows = slice(first, first + block)
        mean = slopes[rows] @ X.T + on_residual[rows, None] * regression.residuals
        log_likelihood[rows] = integrate(correlations, mean, variance[rows, None], _WEIGHT_NODES)[
            0
        ].sum(1)
    log_weights = log_likelihood + _log_prior(log_tau, atanh_partial, prior) - log_proposal
    weights = np.exp(log_weights - log_weights.max())
    return phi, Posterior(
        mediator=slopes + on_residual[:, None] * shift,
        total=regression.coef + shift,
        b=partial * s / tau,
        tau=tau,
        sigma=s / np.cosh(atanh_partial),
        weights=weights / weights.sum(),
    )


def _bounded(phi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Split phi, kept within bounds beyond which nothing is left of the posterior.

    Without them a proposal far out, or a search's first step, would overflow.
    """
    return (
        np.clip(phi[..., :-2], -50, 50),
        np.clip(phi[..., -2], -8, 3),
        np.clip(phi[..., -1], -15, 15),
    )


def _log_prior(
    log_tau: FloatArray, atanh_partial: FloatArray, prior: tuple[float, float]
) -> FloatArray:
    """Log prior density of log tau and atanh(partial correlation), up to a constant."""
    median, log_sd = prior
    normal = -(((log_tau - np.log(median)) / log_sd) ** 2) / 2
    return np.asarray(normal - 2 * np.log(np.cosh(atanh_partial)))


def _mode(
    correlations: Correlations, X: FloatArray, regression: ModelFit, prior: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Mode and information of the posterior of phi as in `draw_posterior`, s at its estimate."""
    from scipy.optimize import minimize

    p = X.shape[1]
    W = np.column_stack([X, regression.residuals / residual_sd(regression)])
    median, log_sd = prior

    def loss(phi: FloatArray) -> tuple[float, FloatArray]:
        slopes, log_tau, h = _bounded(phi)
        k, partial = np.tanh(h) * np.exp(log_tau), np.tanh(h)
        log_omega = max(float(log_tau - np.log(np.cosh(h))), LEAST_LOG_SD)
        at = evaluate(correlations, W, np.array([*slopes, k, log_omega]), _WEIGHT_NODES)
        on_k, on_log_omega = at.score[p:]
        score = np.array(
            [
                *at.score[:p],
                on_k * k + on_log_omega - (log_tau - np.log(median)) / log_sd**2,
                on_k * np.exp(log_tau) * (1 - partial**2) - (on_log_omega + 2) * partial,
            ]
        )
        return -float(at.loglik + _log_prior(log_tau, h, prior)), -score

    start = np.zeros(p + 2)
    start[p] = np.log(median)
    # The first step is the score times this: about the inverse of the information in n dyads.
    options = {"gtol": 1e-3, "hess_inv0": np.eye(p + 2) / len(X)}
    mode = minimize(loss, start, jac=True, method="BFGS", options=options).x
    step = 1e-3
    information = np.array(
        [(loss(mode + e)[1] - loss(mode - e)[1]) / (2 * step) for e in step * np.eye(p + 2)]
    )
    return mode, (information + information.T) / 2


def weighted_summary(draws: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median of each column, and half the width of its central 68.3 %."""
    order = np.argsort(draws, axis=0)
    ordered = np.take_along_axis(draws, order, axis=0)
    share = np.cumsum(weights[order], axis=0) - weights[order] / 2
    columns = zip(share.T, ordered.T, strict=True)
    low, median, high = np.array([np.interp([0.1587, 0.5, 0.8413], s, v) for s, v in columns]).T
    return median, (high - low) / 2


def systematic_resample(
    weights: FloatArray, count: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Pick `count` indices, each as often as its weight says, to one more or less."""
    points = (np.arange(count) + rng.uniform()) / count
    return np.searchsorted(np.cumsum(weights)[:-1], points, side="right")
