"""Both models by least squares or maximum likelihood: of the sample, or of many weighted ones."""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import Array
from dyadsync.mediation.coefficients import Coefficients
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.binary import fisher_scoring, fit_binary
from dyadsync.regression.linear import ModelFit, fit_linear, standardise

__all__ = [
    "fit_mediators",
    "fit_outcome",
    "least_squares_estimate",
    "residual_covariance",
    "weighted_coefficients",
]


def fit_mediators(data: MediationData) -> list[ModelFit]:
    """Fit the model of every mediator, all on the same predictors."""
    return [fit_linear(data.mediator_design, column) for column in data.m.T]


def fit_outcome(data: MediationData, *, total: bool = False) -> ModelFit:
    """Fit the outcome model, or the model of the total effect, which has no mediators."""
    X = data.mediator_design if total else data.outcome_design
    if data.outcome == "linear":
        return fit_linear(X, data.y)
    terms = data.mediator_terms if total else data.outcome_terms
    return fit_binary(X, data.y, data.outcome, terms)


def least_squares_estimate(data: MediationData) -> Coefficients:
    """Fit both models to the sample itself."""
    mediators = fit_mediators(data)
    return Coefficients(
        np.stack([fit.coef for fit in mediators]),
        fit_outcome(data).coef,
        data.interaction,
        residual_covariance(data, mediators),
    )


def residual_covariance(data: MediationData, mediators: list[ModelFit]) -> Array:
    """Residual covariance of the mediators with divisor n - p, shape (k, k)."""
    fitted = data.mediator_design @ np.stack([fit.coef for fit in mediators]).T
    residuals = data.m - fitted
    covariance: Array = residuals.T @ residuals / mediators[0].df_resid
    return covariance


def weighted_coefficients(data: MediationData, weights: Array) -> Coefficients:
    """Fit both models under each row of case weights; NaN where a model cannot be fitted.

    Parameters
    ----------
    data : MediationData
    weights : array, shape (B, n)
        Case weights, such as the counts of a bootstrap resample or 0 for a row left out.

    Returns
    -------
    Coefficients
        With B draws.
    """
    outcome_design = data.outcome_design
    n_outcome, n_mediators = outcome_design.shape[1], data.n_mediators
    mediators = list(range(2, 2 + n_mediators))
    response = [n_outcome]
    predictors = [0, 1, *range(n_outcome - data.covariates.shape[1], n_outcome)]
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

    mediator = np.moveaxis(regress(predictors, mediators, predictors), -1, 0)
    if data.outcome == "linear":
        later = [column for column in range(n_outcome) if column not in predictors]
        outcome = regress(list(range(n_outcome)), response, later)[0].T
        return Coefficients(mediator, outcome, data.interaction)
    coef, converged = fisher_scoring(outcome_design, data.y, weights, data.outcome)
    residual = moments[np.ix_(mediators, mediators)] / (weights.sum(1) - len(predictors))
    residual *= np.outer(spread[mediators], spread[mediators])[..., None]
    return Coefficients(
        mediator,
        np.where(converged[:, None], coef, np.nan),
        data.interaction,
        np.moveaxis(residual, -1, 0),
    )
