"""Median regressions of both models in every resample."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dyadsync.arrays import Array
from dyadsync.mediation.coefficients import Coefficients, Fit, Settings
from dyadsync.mediation.methods.bootstrap import bootstrap_fit
from dyadsync.mediation.resampling import resample_draws
from dyadsync.mediation.sample import MediationData, most_common
from dyadsync.regression.median_regression import median_regression


def median(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Median regressions for every model, refitted in every resample; percentile intervals.

    Robust against outliers in m given x and in y, not against outlying x (Yuan & MacKinnon 2014,
    doi:10.1037/a0033820).
    """
    X, X_outcome = data.mediator_design, data.outcome_design

    def fit(counts: Array | None) -> Coefficients:
        parts = [median_regression(X, column, counts=counts) for column in data.m.T]
        outcome = median_regression(X_outcome, data.y, counts=counts)
        return Coefficients(np.stack(parts, axis=-2), outcome, data.interaction)

    draws, dropped = resample_draws(data, fit, settings.n_draws, rng)
    return bootstrap_fit(data, fit(None), draws, dropped + tuple(_flat(data)))


def _flat(data: MediationData) -> Iterator[str]:
    """Name the variables whose median hardly moves, whatever the predictors do."""
    responses = [*zip(data.names["m"], data.m.T, strict=True), (data.names["y"][0], data.y)]
    for name, values in responses:
        value, n_equal = most_common(values)
        if 2 * n_equal > len(values):
            yield (
                f"{n_equal} of {len(values)} rows have the value {value:g} of '{name}', which its "
                "median then tends to be, whatever the predictors are: an effect of 0 says little. "
                "Use another method."
            )
