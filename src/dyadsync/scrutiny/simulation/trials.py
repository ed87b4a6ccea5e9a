"""The trial as a documented random process: any number of trials drawn at once.

The process, for patient i of therapist j (X: standardised social impairment)::

    z_i  = alpha + sd_z (a X_i + sqrt(icc_z) u_j + e_i)           latent synchrony
    D_i  = mean + sd_D (b z*_i + c X_i + sqrt(icc_D) v_j + f_i)   fall of symptoms by the last week
    OT   = exp(log median + trait + day -/+ change / 2 + assay)   before / after a session
    HRSD = round(intake_i - D_i h(t) + g_it)                      h(t) = log(1 + t/8) / log 3

The changes of the two persons of a dyad correlate by rho_i = tanh z_i. z* is z standardised. The
variances of e and f make the variances of the two brackets 1. Every number is a field of `Design`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dyadsync.arrays import FloatArray, IntArray
from dyadsync.checks import check_count, check_rng
from dyadsync.scrutiny.simulation.design import Design


@dataclass(frozen=True, eq=False)
class Trials:
    """Many trials of one design, as arrays; T trials, N dyads, S sessions, W weeks + 1.

    Attributes
    ----------
    design : Design
        The design they come from.
    therapist : array of int, shape (N,)
        Therapist of each dyad, counted from 0.
    impairment : array, shape (T, N)
        Social impairment as recorded, in SD.
    rho : array, shape (T, N)
        True synchrony: what no one observes.
    reduction : array, shape (T, N)
        True fall of symptoms, in points.
    arm : array of int, shape (T, N)
        0 for S, 1 for SE.
    oxytocin : array, shape (T, N, S, 2 roles, 2 phases)
        Concentrations as recorded in pg/mL; NaN where missing.
    hrsd : array, shape (T, N, W)
        Ratings; NaN where missing.
    """

    design: Design
    therapist: IntArray
    impairment: FloatArray
    rho: FloatArray
    reduction: FloatArray
    arm: IntArray
    oxytocin: FloatArray
    hrsd: FloatArray


def draw_trials(
    design: Design, n_trials: int, rng: int | np.random.Generator | None = None
) -> Trials:
    """Draw trials at once, as arrays.

    Parameters
    ----------
    design : Design
        The design and process.
    n_trials : int
        How many trials.
    rng : int, Generator or None
        Seed, generator or None.

    Returns
    -------
    Trials
        What would be observed, with the truth beside it.

    Raises
    ------
    InputError
        If `n_trials` is below 1.

    Examples
    --------
    >>> trials = draw_trials(Design(), 3, rng=1)
    >>> trials.oxytocin.shape, int(np.isfinite(trials.oxytocin[0]).sum())
    ((3, 37, 4, 2, 2), 580)
    """
    n_trials = check_count("n_trials", n_trials)
    rng = check_rng(rng)
    shape = (n_trials, design.n_dyads)
    n_therapists = len(design.patients_per_therapist)
    therapist = np.repeat(np.arange(n_therapists), design.patients_per_therapist)

    impairment = np.round(rng.standard_normal(shape), 2)
    synchrony, reduction, arm = _draw_latent(design, impairment, therapist, rng)
    rho = np.tanh(design.synchrony_mean + design.synchrony_sd * synchrony)
    oxytocin = _draw_oxytocin(design, rho, therapist, rng)
    hrsd = _draw_symptoms(design, reduction, rng)
    _make_gaps(design, oxytocin, hrsd, rng)
    return Trials(design, therapist, impairment, rho, reduction, arm, oxytocin, hrsd)


def _draw_latent(
    design: Design, X: FloatArray, therapist: IntArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Standardised latent synchrony, the fall of symptoms in points, and the arm."""
    shape = X.shape
    n_therapists = int(therapist[-1]) + 1
    u, v = rng.standard_normal((2, shape[0], n_therapists))
    e, f = rng.standard_normal((2, *shape))
    synchrony = (
        design.a * X
        + np.sqrt(design.synchrony_icc) * u[:, therapist]
        + np.sqrt(design.synchrony_residual_variance) * e
    )
    # 1:1 allocation: half of the dyads, in random order
    arm = rng.permuted(np.tile(np.arange(shape[1]) % 2, (shape[0], 1)), axis=1)
    reduction = (
        design.reduction_mean
        + design.reduction_sd
        * (
            design.b * synchrony
            + design.c * X
            + np.sqrt(design.reduction_icc) * v[:, therapist]
            + np.sqrt(design.reduction_residual_variance) * f
        )
        + design.arm_effect * (arm - 0.5)
    )
    return synchrony, reduction, arm


def _draw_oxytocin(
    design: Design, rho: FloatArray, therapist: IntArray, rng: np.random.Generator
) -> FloatArray:
    """Concentrations in pg/mL, (T, N, S, role, phase), to two decimals."""
    n_trials, n_dyads = rho.shape
    n_sessions = len(design.sessions)

    trait = np.empty((n_trials, n_dyads, 2))
    trait[..., 0] = design.patient_trait_sd * rng.standard_normal((n_trials, n_dyads))
    of_therapist = rng.standard_normal((n_trials, int(therapist[-1]) + 1))
    trait[..., 1] = design.therapist_trait_sd * of_therapist[:, therapist]
    trait[..., 1] += design.therapist_dyad_sd * rng.standard_normal((n_trials, n_dyads))

    day = design.day_sd * rng.standard_normal((n_trials, n_dyads, n_sessions, 2))
    noise = rng.standard_normal((n_trials, n_dyads, n_sessions, 2))
    own = np.sqrt(1 - rho**2)[:, :, None]
    noise[..., 1] = rho[:, :, None] * noise[..., 0] + own * noise[..., 1]
    mean = np.array([design.patient_change_mean, design.therapist_change_mean])
    mean = mean + design.change_mean_sd * rng.standard_normal((n_trials, n_dyads, 2))
    sd = np.array([design.patient_change_sd, design.therapist_change_sd])
    change = mean[:, :, None, :] + sd * noise

    level = np.log(design.signal_median) + trait[:, :, None, :] + day
    log_oxytocin = np.stack([level - change / 2, level + change / 2], axis=-1)
    assay_sd = np.sqrt(np.log1p(design.assay_cv**2))  # log-normal error with this CV
    log_oxytocin += assay_sd * rng.standard_normal(log_oxytocin.shape)
    return np.asarray(np.maximum(np.round(np.exp(log_oxytocin), 2), 0.01))


def _draw_symptoms(design: Design, reduction: FloatArray, rng: np.random.Generator) -> FloatArray:
    """HRSD-17 by week, (T, N, W), of patients above the inclusion score at screening and week 0."""
    shape = reduction.shape
    intake = np.empty(shape)
    week_0 = np.empty(shape)
    waiting = np.ones(shape, dtype=bool)
    while waiting.any():  # those who are not included make room for the next
        candidate = rng.normal(design.intake_mean, design.intake_sd, size=int(waiting.sum()))
        noise = rng.normal(0, design.weekly_sd, size=(2, candidate.size))
        scores = np.clip(np.rint(candidate + noise), 0, 52)
        intake[waiting], week_0[waiting] = candidate, scores[1]
        waiting[waiting] = ~(scores > design.inclusion_above).all(axis=0)
    noise = rng.normal(0, design.weekly_sd, size=(*shape, design.weeks + 1))
    fallen = reduction[..., None] * design.course
    hrsd = np.clip(np.rint(intake[..., None] - fallen + noise), 0, 52)
    hrsd[..., 0] = week_0
    return np.asarray(hrsd)


def _make_gaps(
    design: Design, oxytocin: FloatArray, hrsd: FloatArray, rng: np.random.Generator
) -> None:
    """Take out, in place, what was missed: drop-outs, single samples, single weeks."""
    n_trials, n_dyads, n_sessions = oxytocin.shape[:3]
    order = np.argsort(rng.random((n_trials, n_dyads)), axis=1)
    trial = np.arange(n_trials)[:, None]

    left = order[:, : design.n_dropouts]
    oxytocin[trial, left, -1] = np.nan
    # The last rating lies between the last two sampled sessions and a week or more before the end.
    latest = max(1, design.weeks - 2)
    earliest = min(design.weeks * (n_sessions - 1) // n_sessions, latest)
    last_week = rng.integers(max(1, earliest), latest + 1, size=left.shape)
    gone = np.arange(design.weeks + 1) > last_week[..., None]
    hrsd[trial, left] = np.where(gone, np.nan, hrsd[trial, left])

    single = order[:, design.n_dropouts : design.n_dropouts + design.n_single_gaps]
    session = rng.integers(0, n_sessions, size=single.shape)
    role, phase = rng.integers(0, 2, size=(2, *single.shape))
    oxytocin[trial, single, session, role, phase] = np.nan

    missed = rng.random(hrsd.shape) < design.missed_weeks
    missed[..., 0] = False  # no one enters without an intake score
    hrsd[missed] = np.nan
