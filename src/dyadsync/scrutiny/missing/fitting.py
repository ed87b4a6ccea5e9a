"""Both models fitted to every completed sample, as `mediate` with ``missing="impute"`` asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dyadsync.checks import check_count
from dyadsync.mediation.coefficients import FittedModels, Settings
from dyadsync.mediation.contrast import choose_contrast
from dyadsync.mediation.methods.registry import Draw
from dyadsync.mediation.sample import Outcome
from dyadsync.scrutiny.missing.imputation import prepare_imputed
from dyadsync.scrutiny.missing.pooling import fit_each, joined_effects, pool


def fit_imputed(
    draw: Draw,
    data: pd.DataFrame,
    x: str,
    m: list[str],
    y: str,
    *,
    covariates: Sequence[str],
    auxiliary: Sequence[str],
    cluster: str | ArrayLike | None,
    outcome: Outcome,
    n_imputations: int | None,
    settings: Settings,
    contrast: Sequence[float] | None,
    rng: np.random.Generator,
) -> FittedModels:
    """Complete the data several times, fit each completed sample, and join the fits.

    Effects are averaged over the estimates of the completed samples; their draws are joined.
    """
    most = settings.n_draws // 10
    found = prepare_imputed(
        data,
        x,
        m,
        y,
        covariates=covariates,
        auxiliary=auxiliary,
        cluster=cluster,
        outcome=outcome,
        n_imputations=check_count(
            "n_imputations",
            min(50, most) if n_imputations is None else n_imputations,
            least=2,
            most=most,
        ),
        rng=rng,
    )
    fits = fit_each(draw, found.samples, settings, rng)
    compared = choose_contrast(contrast, found.samples[0])
    estimates, draws = joined_effects(fits, found.samples, compared)
    if len(fits) > 1:  # a mean of ratios would follow the smallest total effect
        estimates["Prop. mediated"] = estimates["ACME"].mean() / estimates["Total effect"].mean()
    return FittedModels(
        pool(fits),
        found.samples[0],
        found.kept.index,
        found.n_dropped,
        effects=(estimates, draws),
        imputed=found.counts,
        n_imputations=len(fits) if found.counts else 0,
        notes=found.notes,
    )
