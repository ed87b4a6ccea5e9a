"""Maximum likelihood of the latent model, for any number of data sets at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dyadsync.arrays import BoolArray, FloatArray
from dyadsync.regression.linear import ModelFit
from dyadsync.scrutiny.latent.likelihood import Correlations, integrate

LEAST_LOG_SD = float(np.log(1e-3))
"""log omega never falls below this; a latent SD of .001 is no latent SD."""

_FIT_NODES = 21


@dataclass(frozen=True)
class MaximumLikelihood:
    """Maximum of the latent model's likelihood; any leading axes."""

    theta: FloatArray
    """Slopes of z on ``[X, residual of y / s]`` and log omega, shape (..., p + 2)."""
    information: FloatArray
    """Observed information of theta."""
    mediator: FloatArray
    """Coefficients of z's model, shape (..., p)."""
    b: FloatArray
    tau: FloatArray
    sigma: FloatArray
    gain: FloatArray
    """Log likelihood of r given x and y, less what it is at tau = 0."""
    loglik: FloatArray
    """Log likelihood of r and y."""
    converged: BoolArray


def residual_sd(regression: ModelFit) -> FloatArray:
    """Residual SD with divisor n, the maximum likelihood estimate of s."""
    return np.asarray(np.sqrt(np.square(regression.residuals).mean(axis=-1)))


def maximum_likelihood(
    correlations: Correlations, X: FloatArray, regression: ModelFit
) -> MaximumLikelihood:
    """Maximise the likelihood of any number of data sets at once.

    Parameters
    ----------
    correlations : Correlations
        Of shape (..., n).
    X : array, shape (..., n, p)
        Constant, x, covariates.
    regression : ModelFit
        Least squares of y on X.
    """
    n, p = X.shape[-2:]
    scale = residual_sd(regression)
    W = np.concatenate([X, (regression.residuals / scale[..., None])[..., None]], axis=-1)
    start = np.zeros((*X.shape[:-2], p + 2))
    start[..., -1] = LEAST_LOG_SD
    line = np.arange(p + 2) < p  # tau = 0: no slope on y, no residual SD
    null = newton(correlations, W, start, line)
    start = null.theta.copy()
    start[..., -1] = np.log(0.4)
    full = newton(correlations, W, start, np.full(p + 2, True))
    k, omega = full.theta[..., p], np.exp(full.theta[..., -1])
    tau = np.hypot(omega, k)
    log_y = -n / 2 * (np.log(2 * np.pi * scale**2) + 1)
    return MaximumLikelihood(
        theta=full.theta,
        information=full.information,
        mediator=full.theta[..., :p],
        b=k * scale / tau**2,
        tau=tau,
        sigma=scale * omega / tau,
        gain=np.maximum(full.loglik - null.loglik, 0.0),
        loglik=full.loglik + log_y,
        converged=full.converged & null.converged,
    )


@dataclass(frozen=True)
class Point:
    """Log likelihood of r at theta and its derivatives; leading axes are data sets."""

    theta: FloatArray
    loglik: FloatArray
    score: FloatArray
    information: FloatArray
    converged: BoolArray


def evaluate(
    correlations: Correlations, W: FloatArray, theta: FloatArray, count: int = _FIT_NODES
) -> Point:
    """Score and observed information by the missing-information principle.

    With u = z - W d, the complete data's score is ``W u / omega^2`` for the slopes d and
    ``u^2 / omega^2 - 1`` for log omega. The score is its mean given r, the information the mean of
    the complete data's minus the variance of that score (Louis 1982).
    """
    variance = np.exp(2 * theta[..., -1:])
    mean = (W @ theta[..., :-1, None])[..., 0]
    log_likelihood, u, probability = integrate(correlations, mean, variance, count)
    m1, m2, m3, m4 = ((probability * u**power).sum(0) for power in (1, 2, 3, 4))
    transposed = np.swapaxes(W, -1, -2)
    slopes = (transposed @ (m1 / variance)[..., None])[..., 0]
    log_sd = (m2 / variance - 1).sum(-1)
    q = theta.shape[-1]
    information = np.empty((*theta.shape, q))
    within = 1 / variance - (m2 - m1**2) / variance**2
    across = 2 * m1 / variance - (m3 - m1 * m2) / variance**2
    information[..., :-1, :-1] = transposed @ (within[..., None] * W)
    information[..., :-1, -1] = (transposed @ across[..., None])[..., 0]
    information[..., -1, :-1] = information[..., :-1, -1]
    information[..., -1, -1] = (2 * m2 / variance - (m4 - m2**2) / variance**2).sum(-1)
    score = np.concatenate([slopes, log_sd[..., None]], axis=-1)
    return Point(
        theta, log_likelihood.sum(-1), score, information, np.zeros(theta.shape[:-1], bool)
    )


def newton(
    correlations: Correlations,
    W: FloatArray,
    start: FloatArray,
    free: BoolArray,
    max_iterations: int = 60,
) -> Point:
    """Newton's method over the `free` parameters, for all data sets at once.

    Eigenvalues of the scaled information count by their size, so that every step is uphill where
    the likelihood is not concave; a step that fails is shortened.
    """
    leading = start.shape[:-1]
    theta = start.reshape(-1, start.shape[-1])
    W = np.broadcast_to(W, (*leading, *W.shape[-2:])).reshape(-1, *W.shape[-2:])
    shape = (*leading, W.shape[-2])
    data = replace(
        correlations,
        **{
            name: np.broadcast_to(getattr(correlations, name), shape).reshape(-1, shape[-1])
            for name in ("r", "z", "log_constant")
        },
    )
    at = evaluate(data, W, theta)
    length = np.ones(len(theta))
    active = np.arange(len(theta))
    for _ in range(max_iterations):
        score = at.score[active][:, free]
        information = at.information[active][:, free][:, :, free]
        unit = 1 / np.sqrt(np.maximum(np.abs(np.einsum("tii->ti", information)), 1e-6))
        values, vectors = np.linalg.eigh(information * unit[:, :, None] * unit[:, None, :])
        along = np.einsum("tki,tk->ti", vectors, score * unit) / np.maximum(np.abs(values), 0.02)
        step = unit * np.einsum("tij,tj->ti", vectors, along)
        step *= (length[active] * np.minimum(1, 1 / np.abs(step).max(-1, initial=1e-300)))[:, None]
        proposal = at.theta[active].copy()
        proposal[:, free] += step
        proposal[:, -1] = np.maximum(proposal[:, -1], LEAST_LOG_SD)
        new = evaluate(data[active], W[active], proposal)

        better = new.loglik >= at.loglik[active] - 1e-12
        accepted = active[better]
        gain = new.loglik[better] - at.loglik[accepted]
        moved = np.abs(proposal[better] - at.theta[accepted]).max(-1)
        for name in ("theta", "loglik", "score", "information"):
            getattr(at, name)[accepted] = getattr(new, name)[better]
        length[accepted] = np.minimum(1, 2 * length[accepted])
        length[active[~better]] /= 4
        at.converged[accepted] = (gain < 1e-7) & (moved < 1e-3)
        at.converged[active[length[active] < 1e-6]] = True  # no step is uphill
        active = active[~at.converged[active]]
        if not len(active):
            break
    return Point(
        at.theta.reshape(start.shape),
        at.loglik.reshape(leading),
        at.score.reshape(start.shape),
        at.information.reshape(*start.shape, start.shape[-1]),
        at.converged.reshape(leading),
    )
