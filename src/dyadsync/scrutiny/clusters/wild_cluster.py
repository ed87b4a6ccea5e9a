"""Residuals of whole clusters turned and stretched at random: the wild cluster bootstrap."""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import Array
from dyadsync.mediation.coefficients import Coefficients, Fit, Settings
from dyadsync.mediation.covariance import cluster_covariance
from dyadsync.mediation.models import fit_mediators, fit_outcome
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.linear import ModelFit

_SIZES = np.sqrt([1.5, 1.0, 0.5])
WEBB = np.concatenate([-_SIZES, _SIZES[::-1]])
"""Webb's six weights: mean 0, variance 1, and 6^G different draws of G clusters."""

_BLOCK_VALUES = 1_000_000


def wild_cluster(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Draw coefficients by the studentised wild cluster bootstrap with Webb's weights.

    Each draw multiplies all residuals of a cluster, in both models, by one random weight and fits
    again. What is kept is the change of a coefficient over its cluster-robust standard error in
    that draw; times the standard error of the sample it is the draw's deviation. Percentiles of the
    draws are then those of the bootstrap-t (Cameron, Gelbach & Miller 2008,
    doi:10.1162/rest.90.3.414), whose tails are as long as few clusters make them. Two-point weights
    would give only 2^G draws; Webb's (2023, doi:10.1111/caje.12661) give 6^G.
    """
    assert data.cluster is not None
    mediators, outcome = fit_mediators(data), fit_outcome(data)
    weights = rng.choice(WEBB, size=(settings.n_draws, data.n_clusters))
    X = data.mediator_design
    drawn = [studentised_draws(X, fit, data.cluster, weights) for fit in mediators]
    total = fit_outcome(data, total=True)
    se = np.sqrt(np.diag(cluster_covariance(data, [*mediators, outcome], False)))
    total_se = np.sqrt(cluster_covariance(data, [total], False)[1, 1])
    n_mediator = len(mediators) * X.shape[1]
    return Fit(
        Coefficients(np.stack([fit.coef for fit in mediators]), outcome.coef, data.interaction),
        Coefficients(
            np.stack(drawn, axis=1),
            studentised_draws(data.outcome_design, outcome, data.cluster, weights),
            data.interaction,
        ),
        se[:n_mediator].reshape(len(mediators), -1),
        se[n_mediator:],
        (float(total.coef[1]), float(total_se)),
    )


def studentised_draws(X: Array, fit: ModelFit, cluster: Array, weights: Array) -> Array:
    """Draws of one model's coefficients, shape (B, p), by weights of shape (B, G)."""
    members = [np.flatnonzero(cluster == g) for g in range(weights.shape[1])]
    influence = np.stack([fit.scores[g].sum(0) for g in members]) @ fit.bread
    # What a change of the coefficients takes from each cluster's influence, (p, G, p).
    crossed = np.stack([X[g].T @ X[g] @ fit.bread for g in members], axis=1)
    se = np.sqrt((influence**2).sum(0))
    draws = np.empty((len(weights), len(se)))
    block = max(1, _BLOCK_VALUES // influence.size)
    for start in range(0, len(weights), block):
        rows = slice(start, start + block)
        change = weights[rows] @ influence
        refitted = weights[rows, :, None] * influence - np.tensordot(change, crossed, 1)
        se_drawn = np.sqrt((refitted**2).sum(1))
        draws[rows] = fit.coef + change / np.maximum(se_drawn, 1e-12 * se) * se
    return draws
