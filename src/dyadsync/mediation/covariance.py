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


def independent_covariance(
    mediators: list[ModelFit],
    outcome: ModelFit,
    residual_cov: Array | None,
    kind: Literal["classical", "HC3"],
    mean_weight: float = 1.0,
) -> Array:
    """Covariance where rows, and so the errors of the two models, are independent.

    Parallel mediators share one design: their coefficients covary as their residuals do, whose
    covariance is `residual_cov`, shape (k, k); a binary mediator has none.
    """
    if kind == "HC3":
        first = _cross_products(np.hstack([fit.hc3_influence() for fit in mediators]))
    elif residual_cov is None:
        first = mediators[0].covariance(kind)
    else:
        first = np.kron(residual_cov * mean_weight, mediators[0].bread)
    n_mediator = len(first)
    size = n_mediator + len(outcome.coef)
    covariance = np.zeros((size, size))
    covariance[:n_mediator, :n_mediator] = first
    covariance[n_mediator:, n_mediator:] = outcome.covariance(kind)
    return covariance


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


def bias_reduced_covariance(data: MediationData, fits: list[ModelFit]) -> tuple[Array, Array]:
    """Cluster-robust covariance CR2 of stacked models, and Satterthwaite's degrees of freedom.

    Each cluster's residuals are multiplied by ``(I - H_gg)^(-1/2)``, H the hat matrix: the
    covariance is then unbiased where errors are independent with one variance. Under the same
    working model the square of a coefficient's standard error is a quadratic form ``e' B e``; a
    chi-square with ``tr(B)^2 / tr(B^2)`` degrees of freedom has its mean and variance.

    Parameters
    ----------
    data : MediationData
        With clusters.
    fits : list of ModelFit
        All models of the mediation, or the model of the total effect alone.

    Returns
    -------
    covariance : array, shape (p, p)
        Of all coefficients of all models.
    df : array, shape (p,)
        Degrees of freedom of each coefficient.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2); Pustejovsky & Tipton (2018),
    doi:10.1080/07350015.2016.1247004, whose generalised inverse is used where a cluster is fitted
    exactly.
    """
    assert data.cluster is not None
    members = [np.flatnonzero(data.cluster == g) for g in range(data.n_clusters)]
    designs = [data.mediator_design] * (len(fits) - 1) + [data.outcome_design]
    if len(fits) == 1:
        designs = [data.mediator_design]
    influence, df = [], []
    for design, fit in zip(designs, fits, strict=True):
        X = design * data.root_weights[:, None]
        hat = X @ fit.bread @ X.T
        off_hat = np.eye(len(X)) - hat
        weights = [_inverse_root(off_hat[np.ix_(g, g)]) @ X[g] @ fit.bread for g in members]
        influence.append(
            np.stack([fit.residuals[g] @ w for g, w in zip(members, weights, strict=True)])
        )
        # Column g of P_j: the weights of all errors in cluster g's part of coefficient j.
        P = np.stack([off_hat[:, g] @ w for g, w in zip(members, weights, strict=True)], axis=-1)
        B = np.einsum("njg,njh->jgh", P, P)
        df.append(np.einsum("jgg->j", B) ** 2 / np.maximum((B**2).sum((1, 2)), 1e-300))
    return _cross_products(np.hstack(influence)), np.maximum(np.concatenate(df), 1.0)


def _inverse_root(matrix: Array) -> Array:
    """Inverse square root of a positive semidefinite matrix; null directions stay null."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-9
    root: Array = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
    return root


def _cr3(data: MediationData) -> Array:
    weights = np.concatenate(list(leave_one_out(data)))
    without = weighted_coefficients(data, weights)
    estimate = least_squares_estimate(data)
    return _jackknife(
        np.column_stack([without.mediator.reshape(len(weights), -1), without.outcome]),
        np.concatenate([estimate.mediator.ravel(), estimate.outcome]),
    )


def _total_cr3(data: MediationData) -> Array:
    X, y = data.mediator_design * data.root_weights[:, None], data.y * data.root_weights
    kept = np.concatenate(list(leave_one_out(data))) > 0
    without = np.stack([np.linalg.lstsq(X[rows], y[rows])[0] for rows in kept])
    return _jackknife(without, fit_linear(X, y).coef)


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
