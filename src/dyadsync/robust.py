"""The robust methods of `mediate`: MM-regression, Huber covariance and median regression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dyadsync.arrays import Array
from dyadsync.regression.fast_bootstrap import fast_robust_bootstrap
from dyadsync.regression.huber import huber_covariance
from dyadsync.regression.median import median_regression
from dyadsync.regression.mm import mm_regression

if TYPE_CHECKING:
    from dyadsync.estimators import Coefficients, Fit, MediationData, Settings


def robust_mediation(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """MM-regressions for every model, drawn by the fast-and-robust bootstrap; percentile intervals.

    The bootstrap test of Alfons, Ates & Groenen (2022, doi:10.1177/1094428121999096). Resamples are
    shared by all models; with clusters, whole clusters are drawn.
    """
    from dyadsync.estimators import bootstrap_fit, drop_failed, resample_counts, stack

    estimate, draw, extra, notes = _mm_models(data)
    blocks = resample_counts(data, settings.n_draws, rng)
    draws, dropped = drop_failed(stack([draw(counts) for counts in blocks]), "resamples")
    return bootstrap_fit(data, estimate, draws, notes + dropped, extra)


def robust_bca_mediation(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """`robust_mediation` with bias-corrected and accelerated intervals.

    The acceleration is that of the jackknife over rows (or clusters), each row left out by the same
    one-step formula as the resamples, so that an outlier does not set the interval's skewness.
    """
    from dyadsync.estimators import drop_failed, leave_one_out, stack

    fit = robust_mediation(data, settings, rng)
    _, draw, _, _ = _mm_models(data)
    jackknife, dropped = drop_failed(
        stack([draw(weights) for weights in leave_one_out(data)]), "jackknife samples"
    )
    return replace(fit, interval="bca", jackknife=jackknife, notes=fit.notes + dropped)


def _mm_models(
    data: MediationData,
) -> tuple[Coefficients, Callable[[Array], Coefficients], dict[str, Any], tuple[str, ...]]:
    """MM-fits of all models: estimate, a function that draws by counts, weights, notes."""
    from dyadsync.estimators import Coefficients

    X, X_outcome = data.mediator_design, data.outcome_design
    mediators = [mm_regression(X, column, names=data.mediator_terms) for column in data.m.T]
    outcome = mm_regression(X_outcome, data.y, names=data.outcome_terms)

    def draw(counts: Array) -> Coefficients:
        parts = [
            fast_robust_bootstrap(X, column, fit, counts)
            for column, fit in zip(data.m.T, mediators, strict=True)
        ]
        return Coefficients(
            np.stack(parts, axis=1),
            fast_robust_bootstrap(X_outcome, data.y, outcome, counts),
            data.interaction,
        )

    responses = [*data.names["m"], *data.names["y"]]
    fits = dict(zip(responses, [*mediators, outcome], strict=True))
    notes = tuple(
        f"The robust regression of '{name}' had not settled."
        for name, fit in fits.items()
        if not fit.converged
    )
    estimate = Coefficients(
        np.stack([fit.coef for fit in mediators]), outcome.coef, data.interaction
    )
    return estimate, draw, {"weights": {name: fit.weights for name, fit in fits.items()}}, notes


def huber_mediation(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Paths from Huber's covariance of all variables (Zu & Yuan 2010), percentile intervals.

    Outlying rows are drawn in to the ellipsoid by their weights, and the cleaned rows are then
    resampled and fitted by least squares, which gives the paths of Huber's covariance.
    """
    from dyadsync.estimators import bootstrap

    k = data.m.shape[1]
    moments = huber_covariance(np.column_stack([data.x, data.m, data.y, data.covariates]))
    cleaned = replace(
        data,
        x=moments.cleaned[:, 0],
        m=moments.cleaned[:, 1 : 1 + k],
        y=moments.cleaned[:, 1 + k],
        covariates=moments.cleaned[:, 2 + k :],
    )
    fit = bootstrap(cleaned, settings, rng)
    return replace(fit, extra={"weights": {"all variables": moments.weights}})


def median_mediation(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Median regressions for every model, refitted in every resample; percentile intervals.

    Robust against outliers in m given x and in y, not against outlying x (Yuan & MacKinnon 2014,
    doi:10.1037/a0033820).
    """
    from dyadsync.estimators import (
        Coefficients,
        bootstrap_fit,
        drop_failed,
        resample_counts,
        stack,
    )

    X, X_outcome = data.mediator_design, data.outcome_design

    def draw(counts: Array | None) -> Coefficients:
        parts = [median_regression(X, column, counts=counts) for column in data.m.T]
        outcome = median_regression(X_outcome, data.y, counts=counts)
        return Coefficients(np.stack(parts, axis=-2), outcome, data.interaction)

    blocks = resample_counts(data, settings.n_draws, rng)
    draws, dropped = drop_failed(stack([draw(counts) for counts in blocks]), "resamples")
    return bootstrap_fit(data, draw(None), draws, dropped)
