"""Draws from the coefficients' estimated sampling distribution."""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import Array
from dyadsync.mediation.coefficients import Coefficients, Fit, Settings
from dyadsync.mediation.covariance import (
    bias_reduced_covariance,
    cluster_covariance,
    independent_covariance,
)
from dyadsync.mediation.models import fit_mediators, fit_outcome, residual_covariance
from dyadsync.mediation.sample import MediationData


def quasi_bayesian(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Draw coefficients from their estimated sampling distribution.

    The quasi-Bayesian Monte Carlo approximation of Imai, Keele & Tingley (2010,
    doi:10.1037/a0020761), with these covariances:

    - classical or HC3: the two models are drawn independently; parallel mediators share one
      design, so their coefficients are drawn together with the residuals' covariance;
    - ``cluster``: both models are drawn together from the cluster-robust covariance of the
      stacked scores (Stata's CR1 factor ``G/(G-1) (n-1)/(n-p)``), because the errors of a
      cluster's members connect the models;
    - ``small_sample``: the residual variance is drawn too, which makes the coefficients
      multivariate t with n - p degrees of freedom, each model with its own; with ``cluster``,
      the leave-one-cluster-out jackknife covariance CR3 and G - 1 degrees of freedom
      (Bell & McCaffrey 2002; MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969);
    - ``vcov="CR2"`` with ``cluster``: the bias-reduced covariance CR2, each coefficient t with
      Satterthwaite's degrees of freedom of its own (Pustejovsky & Tipton 2018,
      doi:10.1080/07350015.2016.1247004).
    """
    mediators = fit_mediators(data)
    outcome = fit_outcome(data)
    residual_cov = residual_covariance(data, mediators)
    estimate = Coefficients(
        np.stack([fit.coef for fit in mediators]), outcome.coef, data.interaction, residual_cov
    )
    fits = [*mediators, outcome]
    total = fit_outcome(data, total=True)
    center = np.concatenate([fit.coef for fit in fits])
    n_draws, p_m = settings.n_draws, len(mediators[0].coef)
    n_mediator = data.n_mediators * p_m
    # Intercepts come last, so that a shift of a variable leaves the draws of the slopes alone.
    rows = np.arange(len(center))
    is_intercept = (rows == n_mediator) | ((rows < n_mediator) & (rows % p_m == 0))
    rows = np.concatenate([rows[~is_intercept], rows[is_intercept]])
    parts: list[tuple[Array, int | Array]]
    if data.cluster is None:
        assert settings.vcov != "CR2"  # `check_combination` asks for clusters
        covariance = independent_covariance(
            mediators, outcome, residual_cov, settings.vcov, data.mean_weight
        )
        total_cov = total.covariance(settings.vcov)
        parts = [
            (rows[rows < n_mediator], mediators[0].df_resid),
            (rows[rows >= n_mediator], outcome.df_resid),
        ]
    elif settings.vcov == "CR2":
        covariance, df = bias_reduced_covariance(data, fits)
        total_cov = bias_reduced_covariance(data, [total])[0]
        parts = [(rows, df[rows])]
    else:
        covariance = cluster_covariance(data, fits, settings.small_sample)
        total_cov = cluster_covariance(data, [total], settings.small_sample)
        parts = [(rows, data.n_clusters - 1)]
    draws = np.empty((len(center), n_draws))
    as_t = settings.small_sample or settings.vcov == "CR2"
    for part, degrees in parts:
        draws[part] = _draw(
            center[part],
            covariance[np.ix_(part, part)],
            degrees if as_t else None,
            n_draws,
            rng,
        )
    se = np.sqrt(np.diag(covariance))
    mediator_draws = draws[:n_mediator].reshape(data.n_mediators, -1, n_draws)
    return Fit(
        estimate,
        Coefficients(
            np.moveaxis(mediator_draws, -1, 0),
            draws[n_mediator:].T,
            data.interaction,
            None
            if residual_cov is None
            else np.broadcast_to(residual_cov, (n_draws, *residual_cov.shape)),
        ),
        se[:n_mediator].reshape(data.n_mediators, -1),
        se[n_mediator:],
        (float(total.coef[1]), float(np.sqrt(total_cov[1, 1]))),
        covariance=covariance,
    )


def _draw(
    center: Array, covariance: Array, df: int | Array | None, n_draws: int, rng: np.random.Generator
) -> Array:
    """Draw coefficients around `center` from a normal, or with `df` a multivariate t.

    Where each coefficient has its own degrees of freedom, each has that t distribution; one level
    of chi-square then serves all of them, as one value does in a multivariate t.

    Returns shape (p, n_draws): all draws of one coefficient are next to each other in memory. The
    covariance may be singular (six clusters, seven coefficients); a root of the correlations by
    Cholesky, with signs from `center`, makes equal seeds give equal effects whatever the units and
    the signs of the variables.
    """
    sd = np.sqrt(np.maximum(np.diag(covariance), 0))
    scale = np.where(sd > 0, sd, 1)
    correlation = covariance / np.outer(scale, scale)
    root = np.linalg.cholesky(correlation + 1e-10 * np.eye(len(sd))) * sd[:, None]
    draws: Array = (root * np.where(center < 0, -1, 1)) @ normals(len(sd), n_draws, rng)
    if isinstance(df, np.ndarray):
        draws *= spreads(df, n_draws, rng)
    elif df is not None:
        draws *= np.sqrt(df / rng.chisquare(df, n_draws))
    return draws + center[:, None]


def normals(p: int, n_draws: int, rng: np.random.Generator) -> Array:
    """Draw independent standard normals, shape (p, n_draws)."""
    return rng.standard_normal((p, n_draws))


def spreads(df: Array, n_draws: int, rng: np.random.Generator) -> Array:
    """Draw what makes normal draws those of t, shape (p, n_draws), by each one's degrees."""
    from scipy.special import chdtri

    degrees, which = np.unique(df, return_inverse=True)
    level = rng.uniform(size=n_draws)
    drawn: Array = np.sqrt(degrees[:, None] / chdtri(degrees[:, None], level))[which]
    return drawn
