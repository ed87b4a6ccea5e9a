"""Coefficients of both models: an estimate, or draws of it, whatever method made them.

The models are ``m = [1, x, c] @ mediator`` and ``y = [1, x, m, x*m, c] @ outcome`` (a linear
predictor where the outcome is binary), for one or several parallel mediators m and covariates c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.mediation.sample import MediationData


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of both models, any leading axes (none for the estimate, draws otherwise)."""

    mediator: Array
    """Shape (..., k, 2 + q), columns as `MediationData.mediator_design`."""
    outcome: Array
    """Shape (..., p), columns as `MediationData.outcome_design`."""
    interaction: bool = False
    mediator_cov: Array | None = None
    """Residual covariance of the mediators, shape (..., k, k); binary outcomes need it."""

    @property
    def n_mediators(self) -> int:
        """Parallel mediators, k."""
        return int(self.mediator.shape[-2])

    @property
    def a(self) -> Array:
        """Slopes of the mediators on x, shape (..., k)."""
        return self.mediator[..., 1]

    @property
    def b(self) -> Array:
        """Slopes of the outcome on the mediators (at x = 0), shape (..., k)."""
        return self.outcome[..., 2 : 2 + self.n_mediators]

    @property
    def c_prime(self) -> Array:
        """Slope of the outcome on x (at m = 0), shape (...)."""
        return self.outcome[..., 1]

    @property
    def x_by_m(self) -> Array | None:
        """Slopes of the outcome on the products x*m, shape (..., k); None without interaction."""
        if not self.interaction:
            return None
        k = self.n_mediators
        return self.outcome[..., 2 + k : 2 + 2 * k]

    @property
    def outcome_covariates(self) -> Array:
        """Slopes of the outcome on the covariates, shape (..., q)."""
        k = self.n_mediators
        return self.outcome[..., 2 + k * (1 + self.interaction) :]

    def __getitem__(self, index: Any) -> Coefficients:
        """Select along the draw axis."""
        cov = None if self.mediator_cov is None else self.mediator_cov[index]
        return Coefficients(self.mediator[index], self.outcome[index], self.interaction, cov)


def stack(parts: list[Coefficients]) -> Coefficients:
    """Join draws along their first axis."""
    if len(parts) == 1:
        return parts[0]
    cov = [part.mediator_cov for part in parts if part.mediator_cov is not None]
    return Coefficients(
        np.concatenate([part.mediator for part in parts]),
        np.concatenate([part.outcome for part in parts]),
        parts[0].interaction,
        np.concatenate(cov) if cov else None,
    )


@dataclass(frozen=True)
class Settings:
    """What the caller may choose about the draws."""

    n_draws: int = 10_000
    vcov: Literal["classical", "HC3", "CR2"] = "classical"
    small_sample: bool = False


@dataclass(frozen=True)
class Fit:
    """What a method returns: the estimate and draws around it."""

    estimate: Coefficients
    draws: Coefficients
    mediator_se: Array
    """Standard errors, shape (k, 2 + q)."""
    outcome_se: Array
    """Standard errors, shape (p,)."""
    total: tuple[float, float]
    """Path c (the slope of y on x without the mediators) and its standard error."""
    interval: Literal["percentile", "bca"] = "percentile"
    covariance: Array | None = None
    """Covariance of all mediator, then all outcome coefficients, where the method has one."""
    jackknife: Coefficients | None = None
    """Leave-one-out (or leave-one-cluster-out) coefficients; BCa intervals need them."""
    notes: tuple[str, ...] = ()
    weights: Mapping[str, Array] | None = None
    """Robustness weights of each row, shape (n,), by model."""
    naive: Fit | None = None
    """The fit that ignores the mediator's measurement error."""


@dataclass(frozen=True)
class FittedModels:
    """Both models as a method has fitted them, and what became of the rows of the data."""

    fit: Fit
    sample: MediationData
    """What was fitted; with imputed values the first of the completed samples."""
    rows: pd.Index
    """Names of the sample's rows."""
    n_dropped: int
    """Rows left out because a value was missing."""
    effects: tuple[Mapping[str, Array], Mapping[str, Array]] | None = None
    """Effects of the estimates and of the draws, where they are not those of this one sample."""
    imputed: Mapping[str, int] = field(default_factory=dict)
    """Imputed values by column."""
    n_imputations: int = 0
    notes: tuple[str, ...] = ()
    """What else than the fit's notes a reader should know."""
