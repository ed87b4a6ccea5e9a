"""MM-regressions of both models, drawn by the fast-and-robust bootstrap."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import Coefficients, Fit, Settings
from dyadsync.mediation.methods.bootstrap import bootstrap_fit
from dyadsync.mediation.resampling import jackknife_draws, resample_draws
from dyadsync.mediation.sample import MediationData, most_common
from dyadsync.regression.fast_bootstrap import fast_robust_bootstrap
from dyadsync.regression.mm import ExactFitWarning, RegressionResult, mm_regression


def robust(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """MM-regressions for every model, drawn by the fast-and-robust bootstrap; percentile intervals.

    The bootstrap test of Alfons, Ates & Groenen (2022, doi:10.1177/1094428121999096). Resamples are
    shared by all models; with clusters, whole clusters are drawn.
    """
    return _drawn(_MMModels.of(data), settings, rng)


def robust_bca(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """`robust` with bias-corrected and accelerated intervals.

    The acceleration is that of the jackknife over rows (or clusters), each row left out by the same
    one-step formula as the resamples, so that an outlier does not set the interval's skewness.
    """
    models = _MMModels.of(data)
    fit = _drawn(models, settings, rng)
    jackknife, dropped = jackknife_draws(data, models.draw)
    return replace(fit, interval="bca", jackknife=jackknife, notes=fit.notes + dropped)


def _drawn(models: _MMModels, settings: Settings, rng: np.random.Generator) -> Fit:
    draws, dropped = resample_draws(models.data, models.draw, settings.n_draws, rng)
    notes = models.notes() + dropped
    return bootstrap_fit(models.data, models.estimate, draws, notes, models.weights())


def _fitted(X: Array, values: Array, name: str, terms: list[str]) -> RegressionResult:
    """Fit one model, or say of which response it cannot be fitted and resampled."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExactFitWarning)
            fit = mm_regression(X, values, names=terms)
    except InputError as error:
        raise InputError(f"The robust regression of '{name}': {error}") from None
    if fit.scale == 0.0:
        value, n_equal = most_common(values)
        why = (
            f"{n_equal} of {len(values)} rows have the value {value:g}"
            if 2 * n_equal > len(values)
            else f"'{name}' is computed from {', '.join(terms[1:])} in {fit.weights.sum():g} of "
            f"{len(values)} rows"
        )
        raise InputError(
            f"The robust regression of '{name}' fits more than half of the rows exactly ({why}), "
            "so that it has no errors to resample; use another method."
        )
    return fit


@dataclass(frozen=True)
class _MMModels:
    """MM-regressions of every mediator and of the outcome."""

    data: MediationData
    mediators: list[RegressionResult]
    outcome: RegressionResult

    @classmethod
    def of(cls, data: MediationData) -> _MMModels:
        """Fit all models."""
        X, terms = data.mediator_design, data.mediator_terms
        return cls(
            data,
            [
                _fitted(X, column, name, terms)
                for name, column in zip(data.names["m"], data.m.T, strict=True)
            ],
            _fitted(data.outcome_design, data.y, data.names["y"][0], data.outcome_terms),
        )

    @property
    def estimate(self) -> Coefficients:
        """Coefficients of the sample itself."""
        mediators = np.stack([fit.coef for fit in self.mediators])
        return Coefficients(mediators, self.outcome.coef, self.data.interaction)

    def draw(self, counts: Array) -> Coefficients:
        """Coefficients of resamples, by their counts of rows."""
        data, X = self.data, self.data.mediator_design
        parts = [fast_robust_bootstrap(X, fit, counts) for fit in self.mediators]
        outcome = fast_robust_bootstrap(data.outcome_design, self.outcome, counts)
        return Coefficients(np.stack(parts, axis=1), outcome, data.interaction)

    def _by_name(self) -> dict[str, RegressionResult]:
        names = [*self.data.names["m"], *self.data.names["y"]]
        return dict(zip(names, [*self.mediators, self.outcome], strict=True))

    def weights(self) -> dict[str, Array]:
        """Robustness weights of every row, by response."""
        return {name: fit.weights for name, fit in self._by_name().items()}

    def notes(self) -> tuple[str, ...]:
        """Say which regressions had not settled."""
        return tuple(
            f"The robust regression of '{name}' had not settled."
            for name, fit in self._by_name().items()
            if not fit.converged
        )
