"""Slopes of the patient's on the therapist's change that vary between dyads (a mixed model)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from dyadsync.arrays import FloatArray


def shrunken(x: FloatArray, y: FloatArray) -> FloatArray:
    """Best linear unbiased prediction of each dyad's slope of patient (x) on therapist (y).

    Each dyad's mean is taken out by orthonormal contrasts (n pairs leave n - 1 independent values,
    as r does), and both persons' contrasts are divided by their root mean square over the sample. A
    mixed model (REML) with an average slope and a random slope per dyad then gives
    each dyad the average plus its shrunken deviation. On this scale the slope is the dyad's
    correlation where its two spreads are those of the sample; it can pass 1 where the patient's is
    larger.

    Parameters
    ----------
    x, y : ndarray
        Dyads by sessions; NaN where a dyad has fewer.

    Returns
    -------
    ndarray
        One value per dyad; all NaN with fewer than two dyads. Where the estimated variance of the
        slopes is zero every dyad has the average slope, and a warning says so.
    """
    if x.shape[0] < 2:
        return np.full(x.shape[0], np.nan)
    # The regression is of the patient on the therapist: the therapist's changes are the predictor.
    sums = within_sums(x, y)
    slope, variance, residual = random_slope_fit(sums)
    if variance < 1e-3:  # an SD of the slopes below .03: the optimiser stops short of 0
        variance = 0.0
        warnings.warn(
            "The mixed model finds no variance between the dyads' slopes: every dyad's shrunken "
            "synchrony is the average slope.",
            stacklevel=2,
        )
    deviation = sums.product - slope * sums.therapist
    return np.asarray(slope + variance * deviation / (residual + variance * sums.therapist))


def _contrasts(series: FloatArray) -> FloatArray:
    """Orthonormal (Helmert) contrasts of each row: its values without its mean; NaN stays NaN."""
    k = np.arange(1, series.shape[1])
    steps = np.cumsum(series, axis=1)[:, :-1] - k * series[:, 1:]
    return np.asarray(steps / np.sqrt(k * (k + 1)))


def standardised_contrasts(series: FloatArray) -> FloatArray:
    """Contrasts of each row over their root mean square in the sample."""
    contrasts = _contrasts(series)
    return np.asarray(contrasts / np.sqrt(np.nanmean(contrasts**2)))


@dataclass(frozen=True)
class Sums:
    """Within-dyad sums of squares and products, and degrees of freedom; one value per dyad."""

    therapist: FloatArray
    product: FloatArray
    patient: FloatArray
    df: FloatArray


def within_sums(patient: FloatArray, therapist: FloatArray) -> Sums:
    """Sum up both persons' standardised contrasts, dyad by dyad."""
    x, y = standardised_contrasts(therapist), standardised_contrasts(patient)
    return Sums(
        np.nansum(x**2, axis=1),
        np.nansum(x * y, axis=1),
        np.nansum(y**2, axis=1),
        np.sum(~np.isnan(x), axis=1).astype(np.float64),
    )


RATIOS = np.concatenate([[0.0], np.geomspace(1e-3, 1e2, 200)])
"""Variances of the slopes over the residual variance, among which the most likely is looked for."""


def restricted_likelihood(
    sums: Sums, weights: FloatArray, ratios: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Average slopes, residual sums of squares and log likelihoods of the random-slope model.

    With one variance component the restricted likelihood depends on the ratio of the slopes'
    variance to the residual variance alone, and every sum in it is linear in the weights of the
    dyads; so all resamples are a few matrix products.

    Parameters
    ----------
    sums : Sums
    weights : ndarray
        Resamples by dyads.
    ratios : ndarray

    Returns
    -------
    tuple of ndarray
        Each resamples by ratios.
    """
    shrink = 1 + ratios * sums.therapist[:, None]
    information = weights @ (sums.therapist[:, None] / shrink)
    cross = weights @ (sums.product[:, None] / shrink)
    squares = weights @ (sums.patient[:, None] - ratios * sums.product[:, None] ** 2 / shrink)
    log_det = weights @ np.log(shrink)
    df = (weights @ sums.df)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = cross / information
        residual = squares - slope * cross
        likelihood = -((df - 1) * np.log(residual) + log_det + np.log(information)) / 2
    return slope, residual, likelihood


def random_slope_fit(sums: Sums) -> tuple[float, float, float]:
    """Average slope, variance of the slopes between dyads, residual variance; by REML."""
    from scipy.optimize import minimize_scalar

    whole = np.ones((1, sums.df.size))
    best = int(np.nanargmax(restricted_likelihood(sums, whole, RATIOS)[2]))
    near = (RATIOS[max(best - 1, 0)], [*RATIOS, 1e6][best + 1])
    ratio = minimize_scalar(
        lambda ratio: -restricted_likelihood(sums, whole, np.array([ratio]))[2].item(),
        bounds=near,
        method="bounded",
        options={"xatol": 1e-9},
    ).x
    slope, left, _ = restricted_likelihood(sums, whole, np.array([ratio]))
    residual = left.item() / (sums.df.sum() - 1)
    return slope.item(), ratio * residual, residual
