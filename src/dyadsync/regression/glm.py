"""Logistic, probit and count regression by maximum likelihood, of one or many weighted samples."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from dyadsync.arrays import Array, BoolArray
from dyadsync.errors import InputError
from dyadsync.regression.linear import ModelFit, row_products, solve_normal_equations, standardise

Family: TypeAlias = Literal["logit", "probit", "poisson"]

_MOST_ITERATIONS = 50


def fit_glm(
    X: Array, y: Array, family: Family, terms: list[str], weights: Array | None = None
) -> ModelFit:
    """Logistic, probit or Poisson regression by maximum likelihood.

    `weights` count rows, as those of R's ``glm`` do. Where predictors (named by `terms`) separate
    the responses no maximum exists, and the fit is refused.
    """
    counts = np.ones(len(y)) if weights is None else weights
    coefs, converged = fisher_scoring(X, y, counts[None], family)
    if not converged[0]:
        what = "counts of 0" if family == "poisson" else "0s and 1s"
        raise InputError(
            f"The {family} model has no finite estimate: the {what} of its response are "
            f"separated by {_separating_terms(X, y, terms)}. Leave it out, merge categories, or "
            "use a linear model."
        )
    coef = coefs[0]
    residuals, slope, variance = _moments(X @ coef, y, family)
    weight = counts * slope**2 / variance
    bread = np.linalg.inv(X.T @ (weight[:, None] * X))
    return ModelFit(
        coef=coef,
        bread=bread,
        scores=X * (counts * residuals * slope / variance)[:, None],
        residuals=residuals,
        leverage=weight * np.einsum("ij,jk,ik->i", X, bread, X),
        dispersion=1.0,
    )


def fit_negative_binomial(X: Array, y: Array, terms: list[str]) -> ModelFit:
    """Negative binomial regression (NB2: variance ``mu + alpha mu^2``) by maximum likelihood.

    statsmodels fits it; alpha is estimated with the coefficients, and the covariance of these
    takes it as estimated. A fit that does not converge, as where counts vary no more than a
    Poisson's, is refused.
    """
    import warnings

    from statsmodels.discrete.discrete_model import NegativeBinomial

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = np.append(fit_glm(X, y, "poisson", terms).coef, 0.5)
        fit = NegativeBinomial(y, X).fit(start, method="bfgs", maxiter=500, disp=0)
        try:
            covariance = np.asarray(fit.cov_params())
        except ValueError:  # statsmodels could not invert the Hessian
            covariance = np.full((1, 1), np.nan)
    p = X.shape[1]
    if not fit.mle_retvals["converged"] or not np.isfinite(covariance).all():
        raise InputError(
            "The negative binomial model did not converge; where counts vary no more than their "
            "mean, outcome='poisson' is the model for them."
        )
    coef, alpha = np.asarray(fit.params[:p]), float(fit.params[p])
    mean = np.exp(X @ coef)
    weight = mean / (1 + alpha * mean)
    bread = covariance[:p, :p]
    return ModelFit(
        coef=coef,
        bread=bread,
        scores=X * ((y - mean) / (1 + alpha * mean))[:, None],
        residuals=y - mean,
        leverage=weight * np.einsum("ij,jk,ik->i", X, bread, X),
        dispersion=1.0,
    )


def _separating_terms(X: Array, y: Array, terms: list[str]) -> str:
    """Name the predictors that separate the responses: one that does so alone, or several.

    A direction that no observation contradicts and some support exists under separation only;
    linear programming finds it (Konis 2007, thesis, University of Oxford).
    """
    from scipy.optimize import linprog

    signed = np.where(y > 0, 1.0, -1.0)[:, None] * X

    def separates(columns: list[int]) -> bool:
        part = signed[:, columns]
        best = linprog(-part.sum(0), A_ub=-part, b_ub=np.zeros(len(y)), bounds=(-1, 1))
        return bool(np.abs(best.x).max() > 1e-8)

    for column in range(1, len(terms)):
        if separates([0, column]):
            return f"'{terms[column]}'"
    needed = list(range(len(terms)))
    if not separates(needed):
        return "its predictors"
    for column in range(1, len(terms)):
        without = [one for one in needed if one != column]
        needed = without if separates(without) else needed
    return " and ".join(f"'{terms[column]}'" for column in needed[1:])


def _moments(eta: Array, y: Array, family: Family) -> tuple[Array, Array, Array]:
    """Residual ``y - mean``, the mean's derivative and the variance at linear predictor `eta`.

    Where a binary y is 1 the residual is the other tail, ``1 - mean``, taken as such: the
    difference would round to 0 while the likelihood still rises, and separation would look like
    convergence.
    """
    from scipy.special import expit, ndtr

    if family == "poisson":
        mean = np.exp(np.minimum(eta, 40))  # past 40 it is no convergence, see below
        return y - mean, mean, np.maximum(mean, 1e-300)
    if family == "logit":
        mean, other = expit(eta), expit(-eta)
        slope = mean * other
    else:
        mean, other = ndtr(eta), ndtr(-eta)
        slope = np.exp(-0.5 * eta**2) / np.sqrt(2 * np.pi)
    return np.where(y > 0, other, -mean), slope, np.maximum(mean * other, 1e-300)


def fisher_scoring(X: Array, y: Array, weights: Array, family: Family) -> tuple[Array, BoolArray]:
    """Fit a model under each row of case weights, such as the counts of a resample, at once.

    X and y, shapes (n, p) and (n,), are a design with its constant, and a response of 0 and 1, or
    of counts; the weights have shape (B, n). The coefficients have shape (B, p). With them comes
    which fits converged: none does without a finite maximum (separation) or where the weighted
    design is singular.
    """
    n_fits, p = weights.shape[0], X.shape[1]
    Z, location, spread = standardise(X)
    products = row_products(Z)
    coef = np.zeros((n_fits, p))
    if family == "poisson":  # from the mean, so that the first step is no leap
        coef[:, 0] = np.log(np.maximum(weights @ y, 0.5) / weights.sum(1))
    converged = np.zeros(n_fits, bool)
    active = np.arange(n_fits)
    for _ in range(_MOST_ITERATIONS):
        eta = coef[active] @ Z.T
        residuals, slope, variance = _moments(eta, y, family)
        w = weights[active]
        information = ((w * slope**2 / variance) @ products).reshape(-1, p, p)
        score = (w * residuals * slope / variance) @ Z
        step, solvable = solve_normal_equations(information, score)
        coef[active] += np.where(solvable[:, None], step, 0)
        # Past a linear predictor of 40 the likelihood is flat: separation, not convergence.
        finite = np.abs(coef[active] @ Z.T).max(1) < 40
        done = solvable & (np.abs(step).max(1) < 1e-9)
        converged[active[done & finite]] = True
        active = active[solvable & finite & ~done]
        if not len(active):
            break
    coef /= spread
    coef[:, 0] -= coef @ location
    return coef, converged
