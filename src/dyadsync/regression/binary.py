"""Logistic and probit regression by maximum likelihood, of one sample or of many weighted ones."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from dyadsync.arrays import Array, BoolArray
from dyadsync.errors import InputError
from dyadsync.regression.linear import ModelFit, row_products, solve_normal_equations, standardise

Link: TypeAlias = Literal["logit", "probit"]


def fit_binary(X: Array, y: Array, outcome: Link, terms: list[str]) -> ModelFit:
    """Logistic or probit regression by maximum likelihood.

    Raises
    ------
    InputError
        Where predictors (named by `terms`) separate the responses, so that no maximum exists.
    """
    coefs, converged = fisher_scoring(X, y, np.ones((1, len(y))), outcome)
    if not converged[0]:
        raise InputError(
            f"The {outcome} model has no finite estimate: the outcome's 0s and 1s are separated "
            f"by {_separating_terms(X, y, terms)}. Leave it out, merge categories, or use "
            "outcome='linear'."
        )
    coef = coefs[0]
    residuals, slope, variance = _binary_moments(X @ coef, y, outcome)
    weight = slope**2 / variance
    bread = np.linalg.inv(X.T @ (weight[:, None] * X))
    return ModelFit(
        coef=coef,
        bread=bread,
        scores=X * (residuals * slope / variance)[:, None],
        residuals=residuals,
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

    def direction(columns: list[int]) -> Array:
        part = signed[:, columns]
        best = linprog(-part.sum(0), A_ub=-part, b_ub=np.zeros(len(y)), bounds=(-1, 1))
        return np.asarray(best.x)

    for column in range(1, len(terms)):
        if np.abs(direction([0, column])).max() > 1e-8:
            return f"'{terms[column]}'"
    slopes = direction(list(range(len(terms))))
    found = [term for term, slope in zip(terms[1:], slopes[1:], strict=True) if abs(slope) > 1e-8]
    return " and ".join(f"'{term}'" for term in found) or "its predictors"


def _binary_moments(eta: Array, y: Array, outcome: Link) -> tuple[Array, Array, Array]:
    """Residual ``y - mean``, the mean's derivative and the variance at linear predictor `eta`.

    Where y is 1 the residual is the other tail, ``1 - mean``, taken as such: the difference would
    round to 0 while the likelihood still rises, and separation would look like convergence.
    """
    from scipy.special import expit, ndtr

    if outcome == "logit":
        mean, other = expit(eta), expit(-eta)
        slope = mean * other
    else:
        mean, other = ndtr(eta), ndtr(-eta)
        slope = np.exp(-0.5 * eta**2) / np.sqrt(2 * np.pi)
    return np.where(y > 0, other, -mean), slope, np.maximum(mean * other, 1e-300)


def fisher_scoring(
    X: Array, y: Array, weights: Array, outcome: Link, max_iterations: int = 50
) -> tuple[Array, BoolArray]:
    """Fit a binary model under each row of case weights at once.

    Parameters
    ----------
    X, y : arrays, shapes (n, p) and (n,)
        Design with its constant, and a response of 0 and 1.
    weights : array, shape (B, n)
        Case weights, such as the counts of a resample.

    Returns
    -------
    coef : array, shape (B, p)
    converged : array of bool, shape (B,)
        False where there is no finite maximum (separation) or the weighted design is singular.
    """
    n_fits, p = weights.shape[0], X.shape[1]
    Z, location, spread = standardise(X)
    products = row_products(Z)
    coef = np.zeros((n_fits, p))
    converged = np.zeros(n_fits, bool)
    active = np.arange(n_fits)
    for _ in range(max_iterations):
        eta = coef[active] @ Z.T
        residuals, slope, variance = _binary_moments(eta, y, outcome)
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
