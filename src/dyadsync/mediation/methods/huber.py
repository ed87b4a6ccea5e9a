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
    names = [name for part in ("x", "m", "y", "covariates") for name in data.names[part]]
    columns = np.column_stack([data.x, data.m, data.y, data.covariates])
    rows, weights = huber_covariance(columns, names)
    cleaned = replace(
        data,
        x=rows[:, 0],
        m=rows[:, 1 : 1 + k],
        y=rows[:, 1 + k],
        covariates=rows[:, 2 + k :],
    )
    fit = bootstrap(cleaned, settings, rng)
    return replace(fit, weights={"all variables": weights})
