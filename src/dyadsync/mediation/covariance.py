"""Covariance of all coefficients of both models: HC3, and clusters by CR1 or the jackknife CR3."""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.mediation.models import least_squares_estimate, weighted_coefficients
from dyadsync.mediation.resampling import leave_one_out
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.linear import ModelFit, fit_linear

__all__ = ["cluster_covariance", "hc3_mediators"]


def hc3_mediators(fits: list[ModelFit]) -> Array:
    """HC3 covariance of all mediator models' coefficients together."""
    for fit in fits:
        fit.covariance("HC3")  # raises where it is not defined
    influence = np.hstack([(f.scores / (1 - f.leverage)[:, None]) @ f.bread for f in fits])
    return _cross_products(influence)


def cluster_covariance(data: MediationData, fits: list[ModelFit], small_sample: bool) -> Array:
    """Cluster-robust covariance of stacked models: CR1, or the jackknife CR3."""
    assert data.cluster is not None
    n, n_clusters = data.n_obs, data.n_clusters
    if small_sample:
        return _cr3(data, total_only=len(fits) == 1)
    rows = []
    for fit in fits:
        factor = n_clusters / (n_clusters - 1) * (n - 1) / fit.df_resid
        sums = np.zeros((n_clusters, fit.scores.shape[1]))
        np.add.at(sums, data.cluster, fit.scores)
        rows.append(np.sqrt(factor) * sums @ fit.bread)
    influence = np.hstack(rows)
    return _cross_products(influence)


def _cr3(data: MediationData, total_only: bool) -> Array:
    """Jackknife covariance ``(G-1)/G sum (coef without g - coef)^2`` over clusters g."""
    weights = np.concatenate(list(leave_one_out(data)))
    if total_only:
        X = data.mediator_design
        left_out = np.stack([np.linalg.lstsq(X[w > 0], data.y[w > 0])[0] for w in weights])
        full = fit_linear(X, data.y).coef
    else:
        coefficients = weighted_coefficients(data, weights)
        left_out = np.column_stack(
            [coefficients.mediator.reshape(len(weights), -1), coefficients.outcome]
        )
        estimate = least_squares_estimate(data)
        full = np.concatenate([estimate.mediator.ravel(), estimate.outcome])
    if not np.isfinite(left_out).all():
        group = int(np.flatnonzero(~np.isfinite(left_out).all(1))[0])
        raise InputError(
            f"The small-sample correction leaves out each cluster in turn, but without cluster "
            f"number {group + 1} a model cannot be fitted: a covariate varies only there."
        )
    deviations = left_out - full
    return (len(weights) - 1) / len(weights) * _cross_products(deviations)


def _cross_products(rows: Array) -> Array:
    products: Array = rows.T @ rows
    return products
