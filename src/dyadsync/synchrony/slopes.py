"""Slopes of the patient's on the therapist's change that vary between dyads (a mixed model)."""

from __future__ import annotations

import warnings

import numpy as np

from dyadsync.arrays import FloatArray
from dyadsync.regression.random_effects import RandomEffectsFit, random_effects_fit


def shrunken(x: FloatArray, y: FloatArray, spent: int = 0) -> FloatArray:
    """Best linear unbiased prediction of each dyad's slope of patient (x) on therapist (y).

    Both are dyads by sessions, two or more of each dyad, NaN where a dyad has fewer than others.
    Each dyad's mean is taken out by orthonormal contrasts (n pairs leave n - 1 independent values,
    as r does, and `spent` fewer where a line was taken out before), and both persons' contrasts are
    divided by their root mean square over the sample. A mixed model (REML) with an average slope
    and a random slope per dyad then gives each dyad the average plus its shrunken deviation. On
    this scale the slope is the dyad's correlation where its two spreads are those of the sample; it
    can pass 1 where the patient's is larger. All are NaN with fewer than two dyads; where the
    estimated variance of the slopes is zero every dyad has the average slope, and a warning says
    so.
    """
    if x.shape[0] < 2:
        return np.full(x.shape[0], np.nan)
    # The regression is of the patient on the therapist: the therapist's changes are the predictor.
    outcome, predictor = (standardised_contrasts(series) for series in (x, y))
    fit = random_slope_fit(predictor, outcome, spent)
    if not fit.variance.any():
        warnings.warn(
            "The mixed model finds no variance between the dyads' slopes: every dyad's shrunken "
            "synchrony is the average slope.",
            stacklevel=2,
        )
    return np.asarray(fit.coef[0] + fit.effects[:, 0])


def _contrasts(series: FloatArray) -> FloatArray:
    """Orthonormal (Helmert) contrasts of each row: its values without its mean; NaN stays NaN."""
    k = np.arange(1, series.shape[1])
    steps = np.cumsum(series, axis=1)[:, :-1] - k * series[:, 1:]
    return np.asarray(steps / np.sqrt(k * (k + 1)))


def standardised_contrasts(series: FloatArray) -> FloatArray:
    """Contrasts of each row over their root mean square in the sample."""
    contrasts = _contrasts(series)
    return np.asarray(contrasts / np.sqrt(np.nanmean(contrasts**2)))


def random_slope_fit(
    predictor: FloatArray, outcome: FloatArray, spent: int = 0
) -> RandomEffectsFit:
    """Fit an average slope and a random slope per dyad, without intercepts.

    So many of each dyad's contrasts tell nothing as are `spent`. A rotation, which leaves the model
    as it is, makes all of a dyad's contrasts but two 0, and of these so many are left out.
    """
    n = np.sum(~np.isnan(predictor), axis=1)
    if spent:
        both = np.nan_to_num(np.stack([predictor, outcome], axis=-1))
        triangle = np.asarray(np.linalg.qr(both, mode="r"))
        both[:, :2], both[:, 2:] = triangle, 0.0
        predictor, outcome = both[..., 0], both[..., 1]
    present = np.arange(predictor.shape[1]) < (n - spent)[:, None]
    x = predictor[present][:, None]
    return random_effects_fit(x, outcome[present], x, np.nonzero(present)[0])
