"""Least squares on rows that Huber's weights have drawn in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dyadsync.mediation.coefficients import Fit, Settings
from dyadsync.mediation.methods.bootstrap import bootstrap
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.huber_covariance import huber_covariance


def huber(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Paths from Huber's covariance of all variables (Zu & Yuan 2010), percentile intervals.

    Outlying rows are drawn in to the ellipsoid by their weights, and the cleaned rows are then
    resampled and fitted by least squares, which gives the paths of Huber's covariance.
    """
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
    return replace(fit, weights={"all variables": moments.weights})
