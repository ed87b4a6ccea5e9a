"""Least squares (or maximum likelihood) in every resample of rows or whole clusters."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from dyadsync.mediation.coefficients import Fit, Settings
from dyadsync.mediation.models import least_squares_estimate, weighted_coefficients
from dyadsync.mediation.resampling import bootstrap_fit, jackknife_draws, resample_draws
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
