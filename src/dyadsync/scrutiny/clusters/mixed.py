"""Clusters as random effects in both models, with slopes within and between clusters apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import Coefficients, Fit, Settings
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.random_effects import random_effects_fit


def mixed(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Give each cluster a random intercept in both models, and take the slopes within clusters.

    Both models hold the clusters' means of x (and of the mediators) beside x itself, so that the
    slopes of x and m compare members of one cluster, and whatever the cluster brings to all its
    members is in neither (Mundlak 1978, doi:10.2307/1913646; Pituch & Stapleton 2012,
    doi:10.1177/0049124112460380 for mediation). What the means say, the slopes between clusters, is
    in the notes. Coefficients are drawn from the normal, or with ``small_sample`` from t with the
    degrees of freedom that members within clusters leave, around restricted maximum likelihood
    estimates.
    """
    X, k = data.mediator_design, data.n_mediators
    mediators = [_fit(data, column, X, data.x[:, None]) for column in data.m.T]
    of_outcome = np.column_stack([data.x, data.m])
    outcome = _fit(data, data.y, data.outcome_design, of_outcome)
    total = _fit(data, data.y, X, data.x[:, None])
    t = settings.small_sample
    drawn = [fit.draw(settings.n_draws, t, rng) for fit in mediators]
    return Fit(
        Coefficients(np.stack([fit.coef for fit in mediators]), outcome.coef),
        Coefficients(np.stack(drawn, axis=1), outcome.draw(settings.n_draws, t, rng)),
        np.stack([fit.se for fit in mediators]),
        outcome.se,
        (float(total.coef[1]), float(total.se[1])),
        notes=(
            "The effects compare members of one cluster. "
            + _between_in_words(data, mediators, outcome, k),
        ),
    )


@dataclass(frozen=True)
class _MixedFit:
    coef: Array
    """Coefficients of the design, shape (p,)."""
    covariance: Array
    between: Array
    """Slopes on the means of clusters and their standard errors, shape (2, number of means)."""
    df: int

    @property
    def se(self) -> Array:
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def draw(self, n_draws: int, t: bool, rng: np.random.Generator) -> Array:
        root = np.linalg.cholesky(self.covariance)
        deviations: Array = rng.standard_normal((n_draws, len(self.coef))) @ root.T
        if t:
            deviations *= np.sqrt(self.df / rng.chisquare(self.df, n_draws))[:, None]
        return self.coef + deviations


def _fit(data: MediationData, response: Array, X: Array, split: Array) -> _MixedFit:
    """Fit one model with the columns of `split` also as means of clusters."""
    assert data.cluster is not None
    sizes = np.bincount(data.cluster)
    sums = np.zeros((len(sizes), split.shape[1]))
    np.add.at(sums, data.cluster, split)
    means = (sums / sizes[:, None])[data.cluster]
    within = np.ptp(split - means, axis=0) > 1e-9 * np.ptp(split, axis=0)
    if not within.all():
        name = [*data.names["x"], *data.names["m"]][int(np.argmin(within))]
        raise InputError(
            f"'{name}' is the same for all members of each cluster, so it has no slope within "
            "clusters. Use method='quasi-bayesian' with cluster=."
        )
    n_means = split.shape[1]
    if len(sizes) < n_means + 2:
        raise InputError(
            f"Random effects and slopes between clusters need at least {n_means + 2} clusters; "
            f"there are {len(sizes)}."
        )
    df = len(X) - len(sizes) - (X.shape[1] - 1)
    if df < 1:
        raise InputError(
            f"{len(X)} rows in {len(sizes)} clusters leave nothing within clusters to estimate "
            f"{X.shape[1] - 1} slopes from."
        )
    design = np.column_stack([X, means - split.mean(0)])
    try:
        fit = random_effects_fit(design, response, np.ones((len(design), 1)), data.cluster)
    except np.linalg.LinAlgError:
        raise InputError(
            "The mixed model cannot be fitted: its columns are singular within clusters."
        ) from None
    coef, covariance = fit.coef, fit.covariance
    p = X.shape[1]
    # Between clusters: the slope within plus what the mean adds.
    both = np.zeros((n_means, len(coef)))
    both[np.arange(n_means), 1 + np.arange(n_means)] = 1
    both[np.arange(n_means), p + np.arange(n_means)] = 1
    errors = np.sqrt(np.einsum("ij,jk,ik->i", both, covariance, both))
    return _MixedFit(coef[:p], covariance[:p, :p], np.stack([both @ coef, errors]), df)


def _between_in_words(
    data: MediationData, mediators: list[_MixedFit], outcome: _MixedFit, k: int
) -> str:
    x, y = data.names["x"][0], data.names["y"][0]
    slopes = [
        (m, x, fit.between[:, 0]) for m, fit in zip(data.names["m"], mediators, strict=True)
    ] + [(y, m, outcome.between[:, 1 + j]) for j, m in enumerate(data.names["m"][:k])]
    said = ", ".join(
        f"of {response} on {cause} {slope:.3g} (standard error {error:.2g})"
        for response, cause, (slope, error) in slopes
    )
    return f"Between the {data.n_clusters} clusters the slopes are: {said}."
