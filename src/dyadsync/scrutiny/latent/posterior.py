"""The posterior of the latent model: weighted draws by importance sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dyadsync.arrays import FloatArray
from dyadsync.scrutiny.latent.model import Draws, Model

_PROPOSAL_DF = 5
_STEP = 1e-3  # of differences that stand for derivatives
_BLOCK_VALUES = 4_096  # proposals times dyads: the arrays of a block fit the processor's cache


@dataclass(frozen=True)
class Posterior:
    """Weighted draws; B rows."""

    draws: Draws
    weights: FloatArray

    @property
    def effective(self) -> float:
        """Effective number of independent draws."""
        return float(1 / (self.weights**2).sum())


def proposals_for(n_draws: int) -> int:
    """Give the number of proposals that `n_draws` resampled by weight rest on.

    By their weights two are worth about one independent draw.
    """
    return max(800, 2 * n_draws)


def draw_posterior(
    model: Model,
    n_proposals: int,
    rng: np.random.Generator,
    cluster: npt.NDArray[np.intp] | None = None,
) -> Posterior:
    """Draw from the posterior by importance sampling from a multivariate t.

    The t starts from the mode and the curvature there and is fitted to the draws in two rounds.
    With clusters, shape (n,), whose members are not independent, the draws are then stretched, see
    `_stretched`.
    """
    target = _blocked(model)
    mode, information = _mode(target, model.start())
    values, vectors = np.linalg.eigh(information)
    covariance = (vectors / np.maximum(values, 0.01 * values.max())) @ vectors.T
    centre = mode
    for _ in range(2):
        theta, weights = _weighted(target, centre, covariance, model.adaptation, rng)
        # No draw may count for more than sqrt(B)/2 average ones (Ionides 2008).
        weights = np.minimum(weights, 0.5 / np.sqrt(len(theta)))
        weights /= weights.sum()
        centre = weights @ theta
        spread = theta - centre
        covariance = 1.1 * (weights[:, None] * spread).T @ spread
        covariance += 1e-4 * np.diag(np.diag(covariance))
    theta, weights = _weighted(target, centre, covariance, n_proposals, rng)
    if cluster is not None:
        theta = _stretched(model, theta, mode, information, cluster, rng)
    return Posterior(model.draws(theta), weights)


Target = Callable[[FloatArray], FloatArray]


def _blocked(model: Model) -> Target:
    block = max(1, _BLOCK_VALUES // model.n_obs)

    def target(theta: FloatArray) -> FloatArray:
        parts = [theta[i : i + block] for i in range(0, len(theta), block)]
        likelihood = np.concatenate(
            [model.contributions(part).sum(1, dtype=float) for part in parts]
        )
        return np.asarray(likelihood + model.log_prior(theta))

    return target


def _weighted(
    target: Target, centre: FloatArray, covariance: FloatArray, count: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Proposals and their normalised weights."""
    d = len(centre)
    t = rng.normal(size=(count, d))
    t /= np.sqrt(rng.chisquare(_PROPOSAL_DF, count) / _PROPOSAL_DF)[:, None]
    log_proposal = -(_PROPOSAL_DF + d) / 2 * np.log1p((t**2).sum(1) / _PROPOSAL_DF)
    theta = centre + t @ np.linalg.cholesky(covariance).T
    log_weights = target(theta) - log_proposal
    weights = np.exp(log_weights - log_weights.max())
    return theta, weights / weights.sum()


def _mode(target: Target, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mode of the posterior and the information there, by differences of the target."""
    from scipy.optimize import minimize

    steps = _STEP * np.eye(len(start))

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        values = target(np.concatenate([[theta], theta + steps, theta - steps]))
        up, down = np.split(values[1:], 2)
        return -float(values[0]), (down - up) / (2 * _STEP)

    # The first step is the score times this: about the inverse of the information in n dyads.
    options = {"gtol": 1e-2, "hess_inv0": np.eye(len(start)) / 100}
    mode = minimize(loss, start, jac=True, method="BFGS", options=options).x
    return mode, _information(target, mode)


def _information(target: Target, at: FloatArray) -> FloatArray:
    """Minus the second derivatives, by central differences of all pairs of coordinates at once."""
    d = len(at)
    steps = 10 * _STEP * np.eye(d)
    pairs = [(i, j) for i in range(d) for j in range(i, d)]
    corners = [
        at + one * steps[i] + other * steps[j]
        for i, j in pairs
        for one, other in ((1, 1), (1, -1), (-1, 1), (-1, -1))
    ]
    values = target(np.array(corners)).reshape(-1, 4) @ [1, -1, -1, 1] / (20 * _STEP) ** 2
    information = np.empty((d, d))
    for (i, j), value in zip(pairs, values, strict=True):
        information[i, j] = information[j, i] = -value
    return information


def _stretched(
    model: Model,
    theta: FloatArray,
    mode: FloatArray,
    information: FloatArray,
    cluster: npt.NDArray[np.intp],
    rng: np.random.Generator,
) -> FloatArray:
    """Stretch draws of theta to the covariance that a sandwich over clusters estimates.

    With H the information at the mode and J the scores' cross-products over clusters (times
    ``G / (G - 1)``) plus the prior's part of H, the covariance is ``H^-1 J H^-1``; the draws'
    deviations are mapped linearly, so that a normal posterior would have it (Shaby 2014,
    doi:10.1080/10618600.2013.842174). The prior's part keeps what the prior alone determines as
    uncertain as the prior is. Few clusters make the estimate rough: the deviations are multiplied
    as those of a t with G - 1 degrees of freedom.
    """
    steps = _STEP * np.eye(len(mode))
    contributions = model.contributions(np.concatenate([mode + steps, mode - steps]))
    up, down = np.split(contributions, 2)
    scores = (up - down).T / (2 * _STEP)
    n_clusters = int(cluster.max()) + 1
    sums = np.zeros((n_clusters, len(mode)))
    np.add.at(sums, cluster, scores - scores.mean(0))
    middle = n_clusters / (n_clusters - 1) * sums.T @ sums
    middle += _information(model.log_prior, mode)
    values, vectors = np.linalg.eigh(information)
    values = np.maximum(values, 0.01 * values.max())
    root = (vectors * np.sqrt(values)) @ vectors.T
    inverse = (vectors / values) @ vectors.T
    wanted, axes = np.linalg.eigh(inverse @ middle @ inverse)
    stretch = (axes * np.sqrt(np.maximum(wanted, 0))) @ axes.T @ root
    deviations = (theta - mode) @ stretch.T
    df = n_clusters - 1
    deviations *= np.sqrt(df / rng.chisquare(df, len(theta)))[:, None]
    return np.asarray(mode + deviations)


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
