"""What `latent_mediation` found, and what a reader of its numbers should know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.arrays import BoolArray, FloatArray

UNBOUNDED_LR = 3.84
"""Below this likelihood-ratio statistic against tau = 0 (chi-square of one, .95) the likelihood
alone sets no bounds to b."""


@dataclass(frozen=True)
class LatentFit:
    """What `latent_mediation` found; synchrony is in units of z = atanh(rho) throughout."""

    effects: pd.DataFrame
    """``ACME``, ``ADE`` and ``Total effect`` by ``estimate ci_lower ci_upper``."""
    mediator: FloatArray
    """Posterior medians of the columns ``[1, x, covariates]`` of z's model, shape (2 + q,)."""
    outcome: FloatArray
    """The same of ``[1, x, z, covariates]`` in y's model, shape (3 + q,). Its slope c' is the total
    slope c minus a b, so that the effects add up."""
    mediator_se: FloatArray
    """Half the width of the posterior's central 68.3 %, which a standard error is when it is
    normal."""
    outcome_se: FloatArray
    mediator_draws: FloatArray
    """Draws from the posterior, shape (B, 2 + q)."""
    outcome_draws: FloatArray
    """Shape (B, 3 + q); row by row with `mediator_draws`."""
    tau_draws: FloatArray
    """Draws of the latent SD, shape (B,)."""
    tau: float
    """Latent SD: of z given x and the covariates."""
    total: tuple[float, float]
    """Path c (y on x without synchrony) and its standard error, by least squares; with ratings
    their posterior's."""
    likelihood_ratio: float
    """Twice the gain in log likelihood over tau = 0, where z is a line in x; y is taken as known,
    also with ratings."""
    effective_draws: float
    """Effective number of independent draws of the weighted posterior."""
    excluded: BoolArray
    """The dyads left out: no r, or fewer than three pairs."""
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the numbers should know."""

    @property
    def a(self) -> float:
        """Slope of z on x."""
        return float(self.mediator[1])

    @property
    def c_prime(self) -> float:
        """Slope of y on x at a given z."""
        return float(self.outcome[1])

    @property
    def b(self) -> float:
        """Slope of y on z."""
        return float(self.outcome[2])

    @property
    def ab(self) -> float:
        """Indirect effect of one unit of x."""
        return self.a * self.b

    @property
    def draws(self) -> FloatArray:
        """Draws of ``a b c_prime``, shape (B, 3)."""
        return np.column_stack([self.mediator_draws[:, 1], self.outcome_draws[:, [2, 1]]])


def notes_on(
    n_excluded: int, likelihood_ratio: float, converged: bool, effective: float
) -> tuple[str, ...]:
    """Say what was left out, and where the numbers lean on the prior or are rough."""
    notes = []
    if n_excluded:
        notes.append(
            f"{n_excluded} dyads without a correlation of at least three pairs are left out."
        )
    if likelihood_ratio < UNBOUNDED_LR:
        notes.append(
            "The data do not show that true synchrony varies beyond what x explains (likelihood "
            f"ratio {likelihood_ratio:.2f} against a latent SD of 0, below {UNBOUNDED_LR}). The "
            "likelihood alone sets no bounds to b then: the interval leans on the prior of the "
            "latent SD."
        )
    if not converged:
        notes.append("The likelihood's maximum was not reached.")
    if effective < 200:
        notes.append(
            f"The posterior's weights are worth only {effective:.0f} independent draws; the "
            "interval is rough."
        )
    return tuple(notes)
