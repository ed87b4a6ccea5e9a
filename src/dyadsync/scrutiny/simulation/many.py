"""Mediation of many simulated trials at once by least squares, and of one after another by any."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dyadsync.arrays import Array, BoolArray, FloatArray
from dyadsync.errors import InputError
from dyadsync.intervals import percentile_interval, standard_error_interval
from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.mediation.paths import paths_and_acme
from dyadsync.mediation.resampling import resample_counts
from dyadsync.mediation.sample import MediationData
from dyadsync.scrutiny.simulation.cell import Tables
from dyadsync.scrutiny.simulation.trial_analysis import PathEstimates, estimate_paths

_EFFECTS = ("path a", "path b", "ACME")
_LEAST_DYADS = 5  # as `mediate`: two more than the outcome model has coefficients


@dataclass(frozen=True)
class Analysis:
    """How every trial of a cell is analysed."""

    method: str
    """A key of `METHODS`."""
    label: str
    """What figures and tables call it."""
    known_synchrony: bool = False
    """Whether the true synchrony takes the place of the observed one, which no study can have."""


TRIAL_ANALYSES: dict[str, Analysis] = {
    **{
        name: Analysis(name, method.label)
        for name, method in METHODS.items()
        if not method.clusters_only
    },
    "known": Analysis("quasi-bayesian", "true synchrony known", known_synchrony=True),
}
"""Every method of `mediate` that takes dyads alone, and ``known``: the true synchrony."""


@dataclass(frozen=True, eq=False)
class Findings:
    """Estimates and intervals of T trials; NaN where a trial could not be analysed.

    The last axis is path a, path b, ACME.
    """

    estimate: FloatArray
    """Shape (T, 3)."""
    lower: FloatArray
    """Shape (T, 3)."""
    upper: FloatArray
    """Shape (T, 3)."""

    @classmethod
    def of_none(cls, n_trials: int) -> Findings:
        """Make findings to be filled in."""
        estimate, lower, upper = np.full((3, n_trials, len(_EFFECTS)), np.nan)
        return cls(estimate, lower, upper)

    @classmethod
    def join(cls, parts: list[Findings]) -> Findings:
        """Put trials one after the other."""
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("estimate", "lower", "upper")
            )
        )

    @property
    def failed(self) -> BoolArray:
        """Which trials could not be analysed, shape (T,)."""
        whole = np.isfinite(self.estimate) & np.isfinite(self.lower) & np.isfinite(self.upper)
        return np.asarray(~whole.all(axis=1))


Generators = list[np.random.Generator]


def analyse_tables(
    tables: Tables,
    method: str,
    generators: Generators,
    *,
    n_draws: int = 1000,
    confidence_level: float = 0.95,
) -> Findings:
    """Analyse every trial by one method, a key of `TRIAL_ANALYSES`, with its own generator.

    Estimates and intervals are those of `mediate` on that trial with its generator, intervals of
    the paths those of `paths_and_acme`. Least squares, quasi-Bayesian or resampled, is done for all
    trials together.
    """
    analysis = TRIAL_ANALYSES[method]
    if analysis.known_synchrony:
        tables = tables.with_known_synchrony()
    together = _TOGETHER.get(analysis.method)
    if together is not None:
        return together(tables, generators, n_draws, confidence_level)
    return _one_by_one(tables, analysis.method, generators, n_draws, confidence_level)


def _estimated(tables: Tables) -> tuple[PathEstimates, Findings, Array]:
    """Paths of every trial, findings with the estimates, and the trials that have them."""
    fit = estimate_paths(tables.x, tables.m, tables.y)
    findings = Findings.of_none(len(fit.n))
    usable = np.flatnonzero((fit.n >= _LEAST_DYADS) & np.isfinite(fit.ab))
    findings.estimate[usable] = np.stack([fit.a, fit.b, fit.ab], axis=-1)[usable]
    return fit, findings, usable


def _quasi_bayesian(
    tables: Tables, generators: Generators, n_draws: int, confidence_level: float
) -> Findings:
    """`quasi_bayesian` of every trial: the same draws, of the two slopes that matter."""
    fit, findings, usable = _estimated(tables)
    for j, (estimate, se, p) in enumerate([(fit.a, fit.se_a, 2), (fit.b, fit.se_b, 3)]):
        for df in np.unique(fit.n[usable] - p):
            of = usable[fit.n[usable] - p == df]
            ends = standard_error_interval(estimate[of], se[of], confidence_level, float(df))
            findings.lower[of, j], findings.upper[of, j] = ends
    draws_a = np.empty((len(usable), n_draws))
    draws_b = np.empty((len(usable), 2, n_draws))
    for row, trial in enumerate(usable):
        # Of each model come first the slopes, then the intercept, which is not needed.
        draws_a[row] = generators[trial].standard_normal((2, n_draws))[0]
        draws_b[row] = generators[trial].standard_normal((3, n_draws))[:2]
    a, b, c_prime, se_a, se_b, r = (
        values[usable, None] for values in (fit.a, fit.b, fit.c_prime, fit.se_a, fit.se_b, fit.r_xm)
    )
    sign = [np.where(value < 0, -1.0, 1.0) for value in (a, b, c_prime)]
    slope_a = a + se_a * sign[0] * draws_a
    # The lower row of the Cholesky root of the correlations of c' and b.
    root = np.sqrt(1 - r**2)
    slope_b = b + se_b * (-r * sign[2] * draws_b[:, 0] + root * sign[1] * draws_b[:, 1])
    low, high = percentile_interval(slope_a * slope_b, confidence_level)
    findings.lower[usable, 2], findings.upper[usable, 2] = low, high
    return findings


def _bootstrap(
    tables: Tables, generators: Generators, n_draws: int, confidence_level: float
) -> Findings:
    """`bootstrap` of every trial: the same resamples, their slopes in closed form."""
    _, findings, usable = _estimated(tables)
    for trial in usable:
        columns = np.stack([tables.x[trial], tables.m[trial], tables.y[trial]])
        x, m, y = columns[:, np.isfinite(columns).all(axis=0)]
        counts = np.concatenate(list(resample_counts(_sample(x, m, y), n_draws, generators[trial])))
        drawn = estimate_paths(x[None], m[None], y[None], counts)
        slopes = np.stack([drawn.a[0], drawn.b[0], drawn.ab[0]])
        solved = np.isfinite(slopes[2])
        if solved.mean() < 0.8:
            continue  # what is left would not be the bootstrap's distribution
        low, high = percentile_interval(slopes[:, solved], confidence_level)
        findings.lower[trial], findings.upper[trial] = low, high
    return findings


_TOGETHER: dict[str, Callable[[Tables, Generators, int, float], Findings]] = {
    "quasi-bayesian": _quasi_bayesian,
    "bootstrap": _bootstrap,
}


def _one_by_one(
    tables: Tables, method: str, generators: Generators, n_draws: int, confidence_level: float
) -> Findings:
    findings = Findings.of_none(len(tables.x))
    settings = Settings(n_draws)
    resampled = method != "quasi-bayesian"
    complete = np.isfinite(tables.x) & np.isfinite(tables.m) & np.isfinite(tables.y)
    for trial, rows in enumerate(complete):
        if rows.sum() < _LEAST_DYADS:
            continue
        x, m, y = (values[trial, rows] for values in (tables.x, tables.m, tables.y))
        sample = _sample(x, m, y, tables.n_sessions[trial, rows])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a fit that did not settle stays as it is
                fit = METHODS[method].draw(sample, settings, generators[trial])
                found = paths_and_acme(fit, sample, confidence_level, resampled=resampled)
        except (InputError, np.linalg.LinAlgError):
            continue
        for j, effect in enumerate(_EFFECTS):
            estimate, low, high, _ = found[effect]
            findings.estimate[trial, j] = estimate
            findings.lower[trial, j], findings.upper[trial, j] = low, high
    return findings


def _sample(x: Array, m: Array, y: Array, n_sessions: Array | None = None) -> MediationData:
    return MediationData(
        x,
        m[:, None],
        y,
        np.empty((len(x), 0)),
        n_sessions=None if n_sessions is None else n_sessions.astype(float),
        names={"x": ["x"], "m": ["m"], "y": ["y"], "covariates": []},
    )
