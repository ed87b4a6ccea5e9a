"""Covariance of all mediator, then all outcome coefficients: rows independent, or in clusters."""

from __future__ import annotations

from typing import Literal

import numpy as np

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.mediation.models import least_squares_estimate, weighted_coefficients
from dyadsync.mediation.resampling import leave_one_out
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.linear import ModelFit, fit_linear

__all__ = ["cluster_covariance", "independent_covariance"]


def independent_covariance(
    mediators: list[ModelFit],
    outcome: ModelFit,
    residual_cov: Array,
    kind: Literal["classical", "HC3"],
) -> Array:
    """Covariance where rows, and so the errors of the two models, are independent.

    Parallel mediators share one design: their coefficients covary as their residuals do, whose
    covariance is `residual_cov`, shape (k, k).
    """
    first = np.kron(residual_cov, mediators[0].bread) if kind == "classical" else _hc3(mediators)
    n_mediator = len(first)
    size = n_mediator + len(outcome.coef)
    covariance = np.zeros((size, size))
    covariance[:n_mediator, :n_mediator] = first
    covariance[n_mediator:, n_mediator:] = outcome.covariance(kind)
    return covariance


def _hc3(fits: list[ModelFit]) -> Array:
    """HC3 covariance of several models' coefficients together."""
    for fit in fits:
        fit.covariance("HC3")  # raises where it is not defined
    return _cross_products(
        np.hstack([(fit.scores / (1 - fit.leverage)[:, None]) @ fit.bread for fit in fits])
    )


def cluster_covariance(data: MediationData, fits: list[ModelFit], small_sample: bool) -> Array:
    """Cluster-robust covariance of stacked models: CR1, or the jackknife CR3.

    `fits` are all models of the mediation, or the model of the total effect alone.
    """
    if small_sample:
        return _total_cr3(data) if len(fits) == 1 else _cr3(data)
    assert data.cluster is not None
    n, n_clusters = data.n_obs, data.n_clusters
    influence = []
    for fit in fits:
        factor = n_clusters / (n_clusters - 1) * (n - 1) / fit.df_resid
        sums = np.zeros((n_clusters, fit.scores.shape[1]))
        np.add.at(sums, data.cluster, fit.scores)
        influence.append(np.sqrt(factor) * sums @ fit.bread)
    return _cross_products(np.hstack(influence))


def _cr3(data: MediationData) -> Array:
    weights = np.concatenate(list(leave_one_out(data)))
    without = weighted_coefficients(data, weights)
    estimate = least_squares_estimate(data)
    return _jackknife(
        np.column_stack([without.mediator.reshape(len(weights), -1), without.outcome]),
        np.concatenate([estimate.mediator.ravel(), estimate.outcome]),
    )


def _total_cr3(data: MediationData) -> Array:
    X = data.mediator_design
    kept = np.concatenate(list(leave_one_out(data))) > 0
    without = np.stack([np.linalg.lstsq(X[rows], data.y[rows])[0] for rows in kept])
    return _jackknife(without, fit_linear(X, data.y).coef)


def _jackknife(without: Array, full: Array) -> Array:
    """Jackknife covariance ``(G-1)/G sum (coef without g - coef)^2`` over clusters g."""
    fitted = np.isfinite(without).all(axis=1)
    if not fitted.all():
        raise InputError(
            f"The small-sample correction leaves out each cluster in turn, but without cluster "
            f"number {int(np.argmin(fitted)) + 1} a model cannot be fitted: a covariate varies "
            "only there."
        )
    return (len(without) - 1) / len(without) * _cross_products(without - full)


def _cross_products(rows: Array) -> Array:
    products: Array = rows.T @ rows
    return products
