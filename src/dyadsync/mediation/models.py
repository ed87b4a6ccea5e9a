"""Both models by least squares or maximum likelihood: of the sample, or of many weighted ones."""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import Array
from dyadsync.mediation.coefficients import Coefficients
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.glm import Family, fisher_scoring, fit_glm, fit_negative_binomial
from dyadsync.regression.linear import ModelFit, fit_linear, standardise


def fit_mediators(data: MediationData) -> list[ModelFit]:
    """Fit the model of every mediator, all on the same predictors."""
    X = data.mediator_design
    if data.mediator_model == "linear":
        return [_fit_weighted(data, X, column) for column in data.m.T]
    terms = data.mediator_terms
    return [fit_glm(X, m, data.mediator_model, terms, data.weights) for m in data.m.T]


def fit_outcome(data: MediationData, *, total: bool = False) -> ModelFit:
    """Fit the outcome model, or the model of the total effect, which has no mediators."""
    X = data.mediator_design if total else data.outcome_design
    if data.outcome == "linear":
        return _fit_weighted(data, X, data.y)
    terms = data.mediator_terms if total else data.outcome_terms
    if data.outcome == "negative-binomial":
        return fit_negative_binomial(X, data.y, terms)
    return fit_glm(X, data.y, data.outcome, terms, data.weights)


def _fit_weighted(data: MediationData, X: Array, y: Array) -> ModelFit:
    """Least squares; with weights, of rows multiplied by the weights' square roots."""
    if data.weights is None:
        return fit_linear(X, y)
    return fit_linear(X * data.root_weights[:, None], y * data.root_weights)


def least_squares_estimate(data: MediationData) -> Coefficients:
    """Fit both models to the sample itself."""
    mediators = fit_mediators(data)
    return Coefficients(
        np.stack([fit.coef for fit in mediators]),
        fit_outcome(data).coef,
        data.interaction,
        residual_covariance(data, mediators),
    )


def residual_covariance(data: MediationData, mediators: list[ModelFit]) -> Array | None:
    """Residual covariance of linear mediators with divisor n - p, shape (k, k).

    With weights that of a row of average weight.
    """
    if data.mediator_model != "linear":
        return None
    residuals = np.stack([fit.residuals for fit in mediators], axis=1)
    covariance: Array = residuals.T @ residuals / mediators[0].df_resid / data.mean_weight
    return covariance


def weighted_coefficients(data: MediationData, weights: Array) -> Coefficients:
    """Fit both models under each row of case weights, (B, n); NaN where one cannot be fitted.

    The weights are such as the counts of a bootstrap resample, or 0 for a row left out.
    """
    outcome_design = data.outcome_design
    predictors = data.mediator_columns
    n_outcome = outcome_design.shape[1]
    df_resid = weights.sum(1) - len(predictors)
    if data.weights is not None:
        weights = weights * data.weights
    first = 1 + data.causes.shape[1]
    mediators = list(range(first, first + data.n_mediators))
    response = [n_outcome]
    # Centred and scaled columns keep the normal equations well conditioned.
    Z, location, spread = standardise(np.column_stack([outcome_design, data.y]))
    upper = np.triu_indices(n_outcome + 1)
    moments = np.empty((n_outcome + 1, n_outcome + 1, len(weights)))
    moments[upper] = (Z[:, upper[0]] * Z[:, upper[1]]).T @ weights.T
    moments[upper[1], upper[0]] = moments[upper]
    total = moments.diagonal().T.copy()
    solvable = np.ones(len(weights), bool)

    def regress(on: list[int], of: list[int], new: list[int]) -> Array:
        """Sweep `new` predictors into the regression and give its coefficients, (of, on, B)."""
        for column in new:
            pivot = moments[column, column].copy()
            # What is left of a predictor's sum of squares: 0 where the others determine it.
            np.logical_and(solvable, pivot > 1e-10 * total[column], out=solvable)
            pivot[~solvable] = 1.0
            row = moments[column] / pivot
            moments[:] -= moments[column][:, None] * row
            moments[column] = moments[:, column] = row
            moments[column, column] = -1 / pivot
        raw = moments[np.ix_(of, on)]
        raw *= spread[of][:, None, None] / spread[on][:, None]
        raw[:, 0] += location[of][:, None]
        raw[:, 0] -= np.einsum("jpb,p->jb", raw[:, 1:], location[on[1:]])
        raw[..., ~solvable] = np.nan
        return raw

    swept: list[int] = []
    cov = None
    if data.mediator_model == "linear":
        mediator = np.moveaxis(regress(predictors, mediators, predictors), -1, 0)
        swept = predictors
        if data.outcome != "linear":
            residual = moments[np.ix_(mediators, mediators)] / (df_resid * data.mean_weight)
            residual *= np.outer(spread[mediators], spread[mediators])[..., None]
            cov = np.moveaxis(residual, -1, 0)
    else:
        mediator = _scored(data.mediator_design, data.m[:, 0], weights, data.mediator_model)[
            :, None
        ]
    if data.outcome == "linear":
        later = [column for column in range(n_outcome) if column not in swept]
        outcome = regress(list(range(n_outcome)), response, later)[0].T
    else:
        assert data.outcome != "negative-binomial"  # the registry has it for no resamples
        outcome = _scored(outcome_design, data.y, weights, data.outcome)
    return Coefficients(mediator, outcome, data.interaction, cov)


def _scored(X: Array, y: Array, weights: Array, family: Family) -> Array:
    """Fit a generalised linear model under each row of weights; NaN where there is no maximum."""
    coef, converged = fisher_scoring(X, y, weights, family)
    return np.where(converged[:, None], coef, np.nan)
