"""Least squares (or maximum likelihood) in every resample of rows or whole clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from dyadsync.arrays import Array
from dyadsync.mediation.coefficients import Coefficients, Fit, Settings
from dyadsync.mediation.covariance import cluster_covariance
from dyadsync.mediation.models import fit_outcome, least_squares_estimate, weighted_coefficients
from dyadsync.mediation.resampling import jackknife_draws, resample_draws
from dyadsync.mediation.sample import MediationData


def bootstrap(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Resample rows (or whole clusters), refit both models, keep the percentile interval.

    Percentile intervals are the default bootstrap (Tibbe & Montoya 2022,
    doi:10.3389/fpsyg.2022.810258). Standard errors are the draws' standard deviations.
    """
    refit = partial(weighted_coefficients, data)
    draws, notes = resample_draws(data, refit, settings.n_draws, rng)
    return bootstrap_fit(data, least_squares_estimate(data), draws, notes)


def bootstrap_bca(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """`bootstrap` with bias-corrected and accelerated intervals (Efron 1987).

    The bias is taken from the draws on either side of the plug-in estimate, the acceleration
    from the jackknife over rows, or over clusters (doi:10.1080/01621459.1987.10478410).
    """
    fit = bootstrap(data, settings, rng)
    jackknife, notes = jackknife_draws(data, partial(weighted_coefficients, data))
    return replace(fit, interval="bca", jackknife=jackknife, notes=fit.notes + notes)


def bootstrap_fit(
    data: MediationData,
    estimate: Coefficients,
    draws: Coefficients,
    notes: tuple[str, ...] = (),
    weights: Mapping[str, Array] | None = None,
) -> Fit:
    """Make a `Fit` from an estimate and bootstrap draws of both models' coefficients.

    In a linear outcome model without interaction path c is c' plus the sum of the a*b; elsewhere
    it is the slope of y on x in the model without the mediators, with a standard error that is
    robust (HC3, or of clusters).
    """
    if data.outcome == "linear" and not data.interaction:
        total = estimate.c_prime + (estimate.a * estimate.b).sum(-1)
        total_se = (draws.c_prime + (draws.a * draws.b).sum(-1)).std(ddof=1)
    else:
        fit = fit_outcome(data, total=True)
        clustered = data.cluster is not None
        covariance = cluster_covariance(data, [fit], False) if clustered else fit.covariance("HC3")
        total, total_se = fit.coef[1], np.sqrt(covariance[1, 1])
    return Fit(
        estimate,
        draws,
        draws.mediator.std(0, ddof=1),
        draws.outcome.std(0, ddof=1),
        (float(total), float(total_se)),
        notes=notes,
        weights=weights,
    )
