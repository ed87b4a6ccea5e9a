"""The trial that the shipped data imitate, as a documented random process.

One vectorised core draws any number of trials at once (`draw_trials`); `simulate_study` is one of
them as a data package, and `dyadsync.power` analyses thousands. Every number of the process is a
field of `Design`, with its basis.

The process, for patient i of therapist j (X: standardised social impairment)::

    z_i  = alpha + sd_z (a X_i + sqrt(icc_z) u_j + e_i)           latent synchrony
    D_i  = mean + sd_D (b z*_i + c X_i + sqrt(icc_D) v_j + f_i)   fall of symptoms by the last week
    OT   = exp(log median + trait + day -/+ change / 2 + assay)   before / after a session
    HRSD = round(intake_i - D_i h(t) + g_it)                      h(t) = log(1 + t/8) / log 3

The changes of the two persons of a dyad correlate by rho_i = tanh z_i. z* is z standardised. The
variances of e and f make the variances of the two brackets 1.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.study.load import Study
from dyadsync.study.schema import DESCRIPTOR

__all__ = [
    "SEED_RULE",
    "SHIPPED_SEED",
    "Design",
    "Trials",
    "draw_trials",
    "simulate_study",
    "write_study",
]

FloatArray = npt.NDArray[np.float64]
Rng = int | np.random.Generator | None

SHIPPED_SEED = 4
SEED_RULE = (
    "The first seed, counting from 0, of which the trial shows the published pattern: the slope of "
    "synchrony on impairment is negative and the slope of symptom reduction on synchrony given "
    "impairment is positive, both at p < .05; the 95 % quasi-Bayesian interval of the indirect "
    "effect lies below 0; the Spearman and percentage-bend correlations of both paths (for the "
    "second, of the residuals given impairment) have the same signs at p < .1; and both slopes "
    "keep their sign when any one dyad or any one therapist is left out."
)


def _of(default: Any, unit: str, basis: str, meaning: str) -> Any:
    """Make a field of `Design` with what a reader must know about it."""
    return field(default=default, metadata={"unit": unit, "basis": basis, "meaning": meaning})


_CALIBRATED = "calibrated so that the published pattern appears in some trials"
_ASSUMED = "assumption"
_SALIVA = "variation of oxytocin in saliva, doi:10.7554/eLife.62456"
_LCMS = "saliva by LC-MS/MS: about 1.7-11 pg/mL, limit of quantification 2 pg/mL, CV below 7 %"


@dataclass(frozen=True)
class Design:
    """The trial's design and the process that generates its data.

    Each field carries ``metadata`` with ``unit``, ``basis`` (source or assumption) and ``meaning``;
    `Design.as_table` gives all of it. Values that cannot be are refused on construction.

    Raises
    ------
    InputError
        If a field has an impossible value.

    Examples
    --------
    >>> Design().n_dyads
    37
    >>> Design.with_dyads(Design(b=0.28), 74).patients_per_therapist
    (18, 16, 14, 12, 8, 6)
    """

    a: float = _of(
        -0.50, "correlation", _CALIBRATED, "effect of impairment on latent synchrony, standardised"
    )
    b: float = _of(
        0.65,
        "SD per SD",
        _CALIBRATED + "; well above published effects",
        "effect of latent synchrony on the fall of symptoms given impairment, standardised",
    )
    c: float = _of(
        -0.05,
        "SD per SD",
        _CALIBRATED,
        "direct effect of impairment on the fall of symptoms, standardised",
    )
    synchrony_mean: float = _of(
        0.25, "atanh(r)", _CALIBRATED, "mean latent synchrony (alpha), on the scale of atanh(rho)"
    )
    synchrony_sd: float = _of(
        0.70, "atanh(r)", _CALIBRATED, "SD of latent synchrony (sd_z); the SD of rho is then .505"
    )
    synchrony_icc: float = _of(
        0.05,
        "share of variance",
        _ASSUMED + "; published therapist shares of outcome are 5-8 %",
        "share of latent synchrony's variance that lies between therapists",
    )
    reduction_icc: float = _of(
        0.06,
        "share of variance",
        _ASSUMED + "; published therapist shares of outcome are 5-8 %",
        "share of the variance of the fall of symptoms that lies between therapists",
    )
    patients_per_therapist: tuple[int, ...] = _of(
        (9, 8, 7, 6, 4, 3),
        "patients",
        "37 dyads: doi:10.1037/ccp0000619; six therapists: assumption after the sister study "
        "doi:10.3390/brainsci11111483",
        "how many patients each therapist treats",
    )
    sessions: tuple[int, ...] = _of(
        (4, 8, 12, 16),
        "session number",
        "inferred: 37 dyads x 4 sessions x 4 samples = 592, of which the published 580 are 98 %; "
        "a later paper on the trial names sessions 4, 8, 12, 16",
        "sessions around which both persons gave saliva",
    )
    weeks: int = _of(16, "weeks", "protocol, doi:10.1186/s12888-018-1934-1", "length of treatment")
    reduction_mean: float = _of(
        9.5, "HRSD-17 points", _ASSUMED, "mean fall of symptoms by the last week"
    )
    reduction_sd: float = _of(
        6.0, "HRSD-17 points", _ASSUMED, "SD of the fall of symptoms between patients"
    )
    arm_effect: float = _of(
        0.0, "HRSD-17 points", _ASSUMED, "by how much more symptoms fall in arm SE than in arm S"
    )
    intake_mean: float = _of(20.5, "HRSD-17 points", _ASSUMED, "mean at intake, before selection")
    intake_sd: float = _of(3.5, "HRSD-17 points", _ASSUMED, "SD at intake, before selection")
    inclusion_above: int = _of(
        14,
        "HRSD-17 points",
        "protocol, doi:10.1186/s12888-018-1934-1",
        "patients enter with more than this at screening and at week 0",
    )
    weekly_sd: float = _of(
        2.6,
        "HRSD-17 points",
        _ASSUMED + "; a residual SD of 2.5 is published for a depression scale",
        "SD of a rating around the patient's course",
    )
    missed_weeks: float = _of(
        0.05, "probability", _ASSUMED, "probability that a rating after week 0 is missed"
    )
    oxytocin_median: float = _of(4.5, "pg/mL", _LCMS, "median concentration")
    limit_of_quantification: float = _of(
        2.0, "pg/mL", _LCMS, "below it a concentration counts as uncertain; its value is kept"
    )
    patient_trait_sd: float = _of(
        0.25,
        "log pg/mL",
        "with the SD between days an intraclass correlation near .23; " + _SALIVA,
        "SD between patients",
    )
    therapist_trait_sd: float = _of(
        0.25, "log pg/mL", "as for patients", "SD between therapists, the same in all their dyads"
    )
    therapist_dyad_sd: float = _of(
        0.10, "log pg/mL", _ASSUMED, "SD of a therapist between the dyads of that therapist"
    )
    day_sd: float = _of(
        0.35, "log pg/mL", "CV within persons 49-63 %; " + _SALIVA, "SD between a person's sessions"
    )
    patient_change_sd: float = _of(
        0.40,
        "log ratio",
        _ASSUMED + "; resting variation alone implies about .28",
        "SD of the patient's change over a session",
    )
    therapist_change_sd: float = _of(
        0.35,
        "log ratio",
        _ASSUMED + "; resting variation alone implies about .28",
        "SD of the therapist's change over a session",
    )
    patient_change_mean: float = _of(
        0.08, "log ratio", _ASSUMED, "mean change of patients over a session"
    )
    therapist_change_mean: float = _of(
        0.04, "log ratio", _ASSUMED, "mean change of therapists over a session"
    )
    change_mean_sd: float = _of(
        0.08, "log ratio", _ASSUMED, "SD of the mean change between the persons of dyads"
    )
    assay_cv: float = _of(
        0.07, "coefficient of variation", _LCMS, "error of the assay, multiplicative"
    )
    n_dropouts: int = _of(
        2,
        "dyads",
        _ASSUMED + "; with the single gaps it gives the published 580 samples",
        "patients who leave: no samples at the last sampled session, no ratings afterwards",
    )
    n_single_gaps: int = _of(
        4,
        "samples",
        _ASSUMED + "; with the drop-outs it gives the published 580 samples",
        "single samples that are missing, each in another dyad",
    )
    age_mean: float = _of(32.0, "years", _ASSUMED, "mean age of patients")
    age_sd: float = _of(9.0, "years", _ASSUMED, "SD of age before it is limited to 18-65")
    gender_shares: tuple[float, float, float] = _of(
        (0.59, 0.38, 0.03), "probability", _ASSUMED, "shares of women, men and other genders"
    )

    def __post_init__(self) -> None:
        for name in ("patients_per_therapist", "sessions", "gender_shares"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        self._check()

    def _check(self) -> None:
        def need(holds: bool, what: str) -> None:
            if not holds:
                raise InputError(f"Design: {what}.")

        for one in fields(self):
            value = getattr(self, one.name)
            parts = value if isinstance(value, tuple) else (value,)
            numbers = all(
                isinstance(part, int | float | np.number) and np.isfinite(part) for part in parts
            )
            need(numbers, f"{one.name} is {value!r}; it must be made of finite numbers")
        for name in ("patients_per_therapist", "sessions"):
            values = getattr(self, name)
            whole = all(float(v).is_integer() and v > 0 for v in values)
            need(bool(values) and whole, f"{name} is {values!r}; give positive whole numbers")
        for name in ("weeks", "n_dropouts", "n_single_gaps", "inclusion_above"):
            value = getattr(self, name)
            need(
                float(value).is_integer() and value >= 0, f"{name} is {value}; give a whole number"
            )
        need(len(set(self.sessions)) == len(self.sessions), "a session is there twice in sessions")
        need(self.weeks >= 2, f"weeks is {self.weeks}; a slope needs at least 2")
        for one in fields(self):
            if one.name.endswith("_sd") or one.name == "assay_cv":
                value = getattr(self, one.name)
                need(value >= 0, f"{one.name} is {value}; an SD is 0 or more")
        for name in ("synchrony_icc", "reduction_icc", "missed_weeks"):
            value = getattr(self, name)
            need(0 <= value < 1, f"{name} is {value}; give a share from 0 to below 1")
        need(self.oxytocin_median > 0, "oxytocin_median must be above 0")
        need(self.limit_of_quantification > 0, "limit_of_quantification must be above 0")
        need(self.intake_mean > self.inclusion_above, "intake_mean must be above inclusion_above")
        shares = self.gender_shares
        right = len(shares) == 3 and min(shares) >= 0 and abs(sum(shares) - 1) < 1e-9
        need(right, "gender_shares are three shares that add up to 1")
        need(
            self.n_dropouts + self.n_single_gaps <= self.n_dyads,
            "n_dropouts and n_single_gaps together are more than the dyads",
        )
        need(
            self.synchrony_residual_variance >= 0,
            f"a = {self.a} and synchrony_icc = {self.synchrony_icc} explain more than all of "
            "synchrony",
        )
        need(
            self.reduction_residual_variance >= 0,
            f"a = {self.a}, b = {self.b}, c = {self.c} and reduction_icc = {self.reduction_icc} "
            "explain more than all of the fall of symptoms",
        )

    @property
    def n_dyads(self) -> int:
        """Number of dyads."""
        return sum(self.patients_per_therapist)

    @property
    def synchrony_residual_variance(self) -> float:
        """Variance of e: what impairment and therapist leave of standardised latent synchrony."""
        return 1 - self.a**2 - self.synchrony_icc

    @property
    def reduction_residual_variance(self) -> float:
        """Variance of f: what synchrony, impairment and therapist leave of the fall of symptoms."""
        explained = self.b**2 + self.c**2 + 2 * self.a * self.b * self.c
        return 1 - explained - self.reduction_icc

    @property
    def indirect_effect(self) -> float:
        """True effect of impairment through latent synchrony, in symptom points per SD."""
        return self.a * self.b * self.reduction_sd

    def with_dyads(self, n_dyads: int) -> Design:
        """Give the same therapists `n_dyads` patients in all, in the same proportions."""
        if n_dyads < len(self.patients_per_therapist):
            raise InputError(
                f"Design: {n_dyads} dyads are fewer than the "
                f"{len(self.patients_per_therapist)} therapists."
            )
        exact = np.array(self.patients_per_therapist) * n_dyads / self.n_dyads
        counts = np.maximum(np.floor(exact).astype(int), 1)
        while counts.sum() != n_dyads:  # largest remainder first; at most one step a therapist
            step = 1 if counts.sum() < n_dyads else -1
            behind = np.where((counts > 1) | (step > 0), (exact - counts) * step, -np.inf)
            counts[np.argmax(behind)] += step
        return replace(self, patients_per_therapist=tuple(counts.tolist()))

    def with_sessions(self, n_sessions: int) -> Design:
        """Sample `n_sessions` sessions, evenly spread over the treatment's weeks."""
        if not 1 <= n_sessions <= self.weeks:
            raise InputError(f"Design: {n_sessions} sessions; give 1 to {self.weeks}, one a week.")
        spread = np.linspace(self.weeks / n_sessions, self.weeks, n_sessions)
        return replace(self, sessions=tuple(np.rint(spread).astype(int).tolist()))

    def as_dict(self) -> dict[str, Any]:
        """All fields with their values, ready for JSON."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Design:
        """Make the design of `as_dict`; unknown names are an `InputError`."""
        known = [one.name for one in fields(cls)]
        if unknown := [name for name in values if name not in known]:
            raise InputError(
                f"Design: there is no field {unknown[0]!r}; the fields are {', '.join(known)}."
            )
        return cls(**values)

    def as_table(self) -> pd.DataFrame:
        """One row a field: ``field value unit meaning basis``."""
        rows = [
            {"field": one.name, "value": getattr(self, one.name), **one.metadata}
            for one in fields(self)
        ]
        return pd.DataFrame(rows, columns=["field", "value", "unit", "meaning", "basis"])


# The random core ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Trials:
    """Many trials of one design, as arrays; T trials, N dyads, S sessions, W weeks + 1.

    Attributes
    ----------
    design
        The design they come from.
    therapist
        Therapist of each dyad, (N,), counted from 0.
    impairment
        Social impairment as recorded, (T, N), in SD.
    rho
        True synchrony, (T, N): what no one observes.
    reduction
        True fall of symptoms, (T, N), in points.
    arm
        0 for S, 1 for SE, (T, N).
    oxytocin
        Concentrations as recorded in pg/mL, (T, N, S, 2 roles, 2 phases); NaN where missing.
    hrsd
        Ratings, (T, N, W); NaN where missing.
    """

    design: Design
    therapist: npt.NDArray[np.int64]
    impairment: FloatArray
    rho: FloatArray
    reduction: FloatArray
    arm: npt.NDArray[np.int64]
    oxytocin: FloatArray
    hrsd: FloatArray


def draw_trials(design: Design, n_trials: int, rng: Rng = None) -> Trials:
    """Draw trials at once, as arrays.

    Parameters
    ----------
    design
        The design and process.
    n_trials
        How many trials.
    rng
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
    if n_trials < 1:
        raise InputError(f"draw_trials: n_trials is {n_trials}; give at least 1.")
    rng = np.random.default_rng(rng)
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
    design: Design, X: FloatArray, therapist: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
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
    design: Design, rho: FloatArray, therapist: npt.NDArray[np.int64], rng: np.random.Generator
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

    level = np.log(design.oxytocin_median) + trait[:, :, None, :] + day
    log_oxytocin = np.stack([level - change / 2, level + change / 2], axis=-1)
    assay_sd = np.sqrt(np.log1p(design.assay_cv**2))  # log-normal error with this CV
    log_oxytocin += assay_sd * rng.standard_normal(log_oxytocin.shape)
    return np.maximum(np.round(np.exp(log_oxytocin), 2), 0.01)


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
    week = np.arange(design.weeks + 1)
    course = np.log1p(week / 8) / np.log1p(design.weeks / 8)  # h(t): 0 at intake, 1 at the end
    noise = rng.normal(0, design.weekly_sd, size=(*shape, week.size))
    hrsd = np.clip(np.rint(intake[..., None] - reduction[..., None] * course + noise), 0, 52)
    hrsd[..., 0] = week_0
    return hrsd


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


# One trial as a study ----------------------------------------------------------------------------


def simulate_study(design: Design | None = None, rng: Rng = None) -> Study:
    """Simulate one trial as a data package in memory.

    Parameters
    ----------
    design
        The design; the default one if None.
    rng
        Seed, generator or None. With a seed, the descriptor names it.

    Returns
    -------
    Study
        Its descriptor has design and seed under ``dyadsync:simulation``.

    Examples
    --------
    >>> study = simulate_study(Design(), rng=1)
    >>> len(study.samples), len(study.dyads), study.simulated
    (580, 37, True)
    """
    design = Design() if design is None else design
    generator = np.random.default_rng(rng)
    trial = draw_trials(design, 1, generator)
    n_dyads = design.n_dyads

    # Dyads are numbered as they enter the trial, whoever their therapist.
    order = generator.permutation(n_dyads)
    width = max(2, len(str(n_dyads)))
    dyad_ids = np.array([f"D{number:0{width}d}" for number in range(1, n_dyads + 1)])
    age = _draw_ages(design, generator)
    gender = generator.choice(["woman", "man", "other"], n_dyads, p=design.gender_shares)
    dyads = pd.DataFrame(
        {
            "dyad_id": dyad_ids,
            "therapist_id": [f"T{number + 1}" for number in trial.therapist[order]],
            "arm": np.array(["S", "SE"])[trial.arm[0, order]],
            "age": np.floor(age).astype(int),
            "gender": gender,
            "social_impairment": trial.impairment[0, order] + 0.0,  # no negative zero
        }
    )
    samples = _long(
        trial.oxytocin[0, order],
        {
            "dyad_id": dyad_ids,
            "session": np.array(design.sessions),
            "role": np.array(["patient", "therapist"]),
            "phase": np.array(["pre", "post"]),
        },
        "oxytocin_pg_ml",
    )
    symptoms = _long(
        trial.hrsd[0, order],
        {"dyad_id": dyad_ids, "week": np.arange(design.weeks + 1)},
        "hrsd17",
    )
    symptoms["hrsd17"] = symptoms["hrsd17"].astype(int)
    for frame in (samples, dyads, symptoms):
        text = frame.select_dtypes(["object", "str"]).columns
        frame[text] = frame[text].astype("str")
    return Study(samples, dyads, symptoms, _descriptor(design, rng))


def _draw_ages(design: Design, rng: np.random.Generator) -> FloatArray:
    """Draw ages from a normal distribution cut off at 18 and 66 years."""
    from scipy.special import ndtr, ndtri

    if design.age_sd == 0:
        return np.full(design.n_dyads, np.clip(design.age_mean, 18, 65))
    low, high = ndtr((np.array([18, 66]) - design.age_mean) / design.age_sd)
    age = design.age_mean + design.age_sd * ndtri(rng.uniform(low, high, design.n_dyads))
    return np.asarray(np.clip(age, 18, 65.999))


def _long(values: FloatArray, axes: dict[str, Any], name: str) -> pd.DataFrame:
    """Lay out an array as a table, one row a value that is not missing."""
    grid = np.meshgrid(*axes.values(), indexing="ij")
    frame = pd.DataFrame({axis: index.ravel() for axis, index in zip(axes, grid, strict=True)})
    frame[name] = values.ravel()
    return frame.dropna(subset=[name]).reset_index(drop=True)


def _descriptor(design: Design, rng: Rng) -> dict[str, Any]:
    """Describe the data package, with the design and seed that made the data."""
    text = files("dyadsync").joinpath(DESCRIPTOR).read_text(encoding="utf-8")
    descriptor: dict[str, Any] = json.loads(text)
    descriptor["dyadsync:planned_sessions"] = list(design.sessions)
    descriptor["dyadsync:planned_weeks"] = design.weeks
    columns = {
        column["name"]: column
        for resource in descriptor["resources"]
        for column in resource["schema"]["fields"]
    }
    columns["oxytocin_pg_ml"]["limitOfQuantification"] = design.limit_of_quantification
    columns["session"]["constraints"]["maximum"] = max(16, *design.sessions)
    columns["week"]["constraints"]["maximum"] = design.weeks

    seed = int(rng) if isinstance(rng, int | np.integer) else None
    simulation: dict[str, Any] = {"seed": seed}
    if seed == SHIPPED_SEED and design == Design():
        simulation |= {"seeds_passed_over": SHIPPED_SEED, "rule": SEED_RULE}
    simulation["design"] = design.as_dict()
    return {**descriptor, "dyadsync:simulation": simulation}


# To a folder -------------------------------------------------------------------------------------


def write_study(study: Study, path: str | Path) -> None:
    """Write a study as a data package: three CSV files and ``datapackage.json``.

    The same study gives the same bytes everywhere (UTF-8, LF, fixed decimals where the descriptor
    gives ``dyadsync:decimals``). All files are written in full before the first one takes its
    place; other files in the folder are left alone.

    Parameters
    ----------
    study
        From `simulate_study` or `dyadsync.study.load_study`.
    path
        Folder; it is made if it does not exist.

    Raises
    ------
    InputError
        If `path` is a file or cannot be written.
    """
    folder = Path(path)
    contents: dict[str, str] = {}
    frames = {"oxytocin": study.samples, "dyads": study.dyads, "symptoms": study.symptoms}
    for resource in study.descriptor["resources"]:
        if resource["name"] in frames:
            contents[resource["path"]] = _csv(frames[resource["name"]], resource)
    contents[DESCRIPTOR] = json.dumps(study.descriptor, indent=2, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace_all(folder, contents)
    except OSError as error:
        raise InputError(
            f"write_study: {folder} cannot be written ({error.strerror}); give a folder that can."
        ) from error


def _csv(frame: pd.DataFrame, resource: dict[str, Any]) -> str:
    columns = {column["name"]: column for column in resource.get("schema", {}).get("fields", [])}
    text = frame.copy()
    for name in frame.columns:
        decimals = columns.get(name, {}).get("dyadsync:decimals")
        if decimals is not None:
            values = [f"{value:.{decimals}f}" for value in frame[name]]
            text[name] = np.where(frame[name].isna(), "", values)
    return text.to_csv(index=False, lineterminator="\n")


def _replace_all(folder: Path, contents: dict[str, str]) -> None:
    """Write every file beside its target, then put all of them in place."""
    ready: list[tuple[Path, Path]] = []
    try:
        for name, text in contents.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            ready.append((Path(temporary), target))
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(temporary).chmod(0o644)
        for written, target in ready:
            written.replace(target)
    finally:
        for written, _ in ready:
            written.unlink(missing_ok=True)
