"""The design of the trial: every number of the process that makes its data, with its basis."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_choice, check_count, check_share
from dyadsync.errors import InputError


def _of(default: Any, unit: str, basis: str, meaning: str) -> Any:
    """Make a field of `Design` with what a reader must know about it."""
    return field(default=default, metadata={"unit": unit, "basis": basis, "meaning": meaning})


_CALIBRATED = "calibrated so that the published pattern appears in some trials"
_ASSUMED = "assumption"
_SET = "set for these data"
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
        _CALIBRATED,
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
        "inferred: 37 dyads x 4 sessions x 4 samples = 592, of which the published 580 are 98 %",
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
    signal_median: float = _of(4.5, "pg/mL", _LCMS, "median concentration")
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
        for name in ("n_dropouts", "n_single_gaps", "inclusion_above"):
            check_count(name, getattr(self, name), least=0)
        check_count("weeks", self.weeks, least=2)  # a slope needs two
        need(len(set(self.sessions)) == len(self.sessions), "a session is there twice in sessions")
        for one in fields(self):
            if one.name.endswith("_sd") or one.name == "assay_cv":
                value = getattr(self, one.name)
                need(value >= 0, f"{one.name} is {value}; an SD is 0 or more")
        for name in ("synchrony_icc", "reduction_icc", "missed_weeks"):
            check_share(name, getattr(self, name))
        need(self.signal_median > 0, "signal_median must be above 0")
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

    @property
    def course(self) -> FloatArray:
        """Share of the fall of symptoms that has happened by each week, h(t): 0 first, 1 last."""
        return np.asarray(np.log1p(np.arange(self.weeks + 1) / 8) / np.log1p(self.weeks / 8))

    @property
    def planted_effect(self) -> float:
        """True indirect effect as the study's outcome shows it, in symptom points per SD.

        The outcome is the least-squares slope times the weeks; of a fall along `course` that is a
        little less than all.
        """
        week = np.arange(self.weeks + 1) - self.weeks / 2
        slope = float(week @ self.course / (week @ week))
        return self.indirect_effect * slope * self.weeks

    def with_dyads(self, n_dyads: int) -> Design:
        """Give the same therapists `n_dyads` patients in all, in the same proportions."""
        n_dyads = check_count("n_dyads", n_dyads)
        if n_dyads < len(self.patients_per_therapist):
            raise InputError(
                f"Design: n_dyads is {n_dyads}, fewer than the "
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
        n_sessions = check_count("n_sessions", n_sessions, most=self.weeks)  # one a week
        spread = np.linspace(self.weeks / n_sessions, self.weeks, n_sessions)
        return replace(self, sessions=tuple(np.rint(spread).astype(int).tolist()))

    def with_therapists(self, n_therapists: int, n_dyads: int | None = None) -> Design:
        """Share the dyads, or `n_dyads` of them, as evenly as can be among `n_therapists`."""
        n_dyads = self.n_dyads if n_dyads is None else check_count("n_dyads", n_dyads)
        n_therapists = check_count("therapists", n_therapists, most=n_dyads)
        share, over = divmod(n_dyads, n_therapists)
        patients = tuple(share + (one < over) for one in range(n_therapists))
        return replace(self, patients_per_therapist=patients)

    def with_effect(self, multiple: float) -> Design:
        """Multiply both paths of the indirect effect, a and b."""
        return replace(self, a=multiple * self.a, b=multiple * self.b)

    def with_reliability(self, reliability: float) -> Design:
        """Set the assay's error so that a session's change has this reliability.

        It is the share of a change's variance that is not the error of its two assays, the variance
        of a change being the geometric mean of both persons'.
        """
        if isinstance(reliability, bool) or not 0 < reliability <= 1:
            raise InputError(
                f"Design: reliability is {reliability!r}; it must lie above 0 and be at most 1."
            )
        change = self.patient_change_sd * self.therapist_change_sd
        error = change * (1 / reliability - 1) / 2  # variance of one assay's log-normal error
        return replace(self, assay_cv=float(np.sqrt(np.expm1(error))))

    def as_dict(self) -> dict[str, Any]:
        """All fields with their values, ready for JSON."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Design:
        """Make the design of `as_dict`; unknown names are an `InputError`."""
        known = [one.name for one in fields(cls)]
        for name in values:
            check_choice("a field", name, known)
        return cls(**values)

    def as_table(self) -> pd.DataFrame:
        """One row per field: ``field value unit meaning basis``.

        The basis is that of the default; of another value it says that it was set.
        """
        rows = []
        for one in fields(self):
            value = getattr(self, one.name)
            changed = {} if value == one.default else {"basis": _SET}
            rows.append({"field": one.name, "value": value, **one.metadata, **changed})
        return pd.DataFrame(rows, columns=["field", "value", "unit", "meaning", "basis"])

    def readable_table(self) -> pd.DataFrame:
        """`as_table` to be read: each number with its unit, each meaning with its basis.

        Examples
        --------
        >>> Design().readable_table().loc["assay_cv", "value"]
        '0.07 coefficient of variation'
        """
        table = self.as_table()
        numbers = [value if isinstance(value, tuple) else (value,) for value in table["value"]]
        listed = pd.Series([", ".join(f"{number:g}" for number in row) for row in numbers])
        return pd.DataFrame(
            {
                "value": listed + " " + table["unit"],
                "meaning (basis)": table["meaning"] + " (" + table["basis"] + ")",
            }
        ).set_axis(table["field"].rename(None), axis=0)

    def in_words(self) -> str:
        """Say how many numbers of the process are calibrated, assumed, set or from a source.

        Examples
        --------
        >>> Design().in_words()
        '5 of 35 numbers are calibrated, 20 are assumptions, and the others have a source'
        """
        basis = self.as_table()["basis"]
        calibrated, assumed, anew = (
            int(basis.str.startswith(start).sum()) for start in ("calibrated", _ASSUMED, _SET)
        )
        counts = f"{calibrated} of {len(basis)} numbers are calibrated, {assumed} are assumptions"
        if anew:
            counts += f", {anew} {'was' if anew == 1 else 'were'} set for these data"
        return f"{counts}, and the others have a source"
