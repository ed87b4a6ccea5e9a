"""Both models fitted to every completed sample, and joined: draws and, by Rubin, errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dyadsync.arrays import Array
from dyadsync.checks import check_count
from dyadsync.mediation.coefficients import Coefficients, Fit, FittedModels, Settings, stack
from dyadsync.mediation.contrast import choose_contrast
from dyadsync.mediation.effects import mediation_effects
from dyadsync.mediation.methods.registry import Draw
from dyadsync.mediation.sample import MediationData, Outcome
from dyadsync.scrutiny.missing.imputation import prepare_imputed


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


def fit_each(
    draw: Draw,
    samples: list[MediationData],
    settings: Settings,
    rng: np.random.Generator,
) -> list[Fit]:
    """Fit every completed sample, the draws shared out among them.

    The bootstraps resample each completed sample, and the resamples are pooled: of the four orders
    that Schomaker & Heumann (2018, doi:10.1002/sim.7654) compare it is "MI Boot (PS)", which holds
    its level without imputing anew in every resample.
    """
    share, over = divmod(settings.n_draws, len(samples))
    return [
        draw(sample, replace(settings, n_draws=share + (number < over)), rng)
        for number, sample in enumerate(samples)
    ]


def joined_effects(
    fits: list[Fit], samples: list[MediationData], contrast: tuple[float, float]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Give the effects of all fits' estimates and those of all their draws, by name."""
    of_fits = [
        (mediation_effects(fit.estimate, of, contrast), mediation_effects(fit.draws, of, contrast))
        for fit, of in zip(fits, samples, strict=True)
    ]
    estimates, draws = (
        {name: np.hstack([one[name] for one in effects]) for name in effects[0]}
        for effects in zip(*of_fits, strict=True)
    )
    return estimates, draws


def pool(fits: list[Fit]) -> Fit:
    """Join the fits of completed samples.

    The estimate keeps an axis of imputations, over which effects are averaged; the draws are those
    of all fits, a mixture whose spread is that within and that between imputations. Standard errors
    follow Rubin's rules where the method has some of its own, and are the standard deviations of
    the joined draws in bootstraps.
    """
    if len(fits) == 1:
        return fits[0]
    first = fits[0]
    estimates = [fit.estimate for fit in fits]
    estimate = Coefficients(
        np.stack([one.mediator for one in estimates]),
        np.stack([one.outcome for one in estimates]),
        first.estimate.interaction,
        None
        if first.estimate.mediator_cov is None
        else np.stack([one.mediator_cov for one in estimates if one.mediator_cov is not None]),
    )
    draws = stack([fit.draws for fit in fits])
    total = np.array([fit.total for fit in fits])
    if first.covariance is None:
        mediator_se, outcome_se = draws.mediator.std(0, ddof=1), draws.outcome.std(0, ddof=1)
    else:
        mediator_se, outcome_se = (
            np.sqrt(total_variance(values, np.stack(errors) ** 2))
            for values, errors in (
                (estimate.mediator, [fit.mediator_se for fit in fits]),
                (estimate.outcome, [fit.outcome_se for fit in fits]),
            )
        )
    names = first.weights
    return Fit(
        estimate,
        draws,
        mediator_se,
        outcome_se,
        (float(total[:, 0].mean()), float(np.sqrt(total_variance(total[:, 0], total[:, 1] ** 2)))),
        interval=first.interval,
        covariance=_pooled_covariance(fits, estimate),
        notes=_joined([fit.notes for fit in fits]),
        weights=None
        if names is None
        else {
            name: np.mean([fit.weights[name] for fit in fits if fit.weights], 0) for name in names
        },
    )


def total_variance(estimates: Array, variances: Array) -> Array:
    """Rubin's total variance ``W + (1 + 1/I) B`` over the first axis, I imputations.

    W is the mean of the variances, B the variance of the estimates (Rubin 1987,
    doi:10.1002/9780470316696).

    Examples
    --------
    >>> float(total_variance(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5])).round(4))
    1.8333
    """
    between = estimates.var(axis=0, ddof=1)
    return np.asarray(variances.mean(axis=0) + (1 + 1 / len(estimates)) * between)


def _pooled_covariance(fits: list[Fit], estimate: Coefficients) -> Array | None:
    within = [fit.covariance for fit in fits if fit.covariance is not None]
    if not within:
        return None
    n = len(fits)
    vectors = np.column_stack([estimate.mediator.reshape(n, -1), estimate.outcome])
    covariance: Array = np.mean(within, axis=0) + (1 + 1 / n) * np.cov(vectors.T)
    return covariance


def _joined(notes: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Say once what fits have to say, and of how many of them it is true."""
    kinds: dict[str, list[str]] = {}
    for note in (note for one in notes for note in one):
        kinds.setdefault(re.sub(r"\d+", "#", note), []).append(note)
    return tuple(
        same[0]
        if len(set(same)) == 1 and len(same) == len(notes)
        else f"In {len(same)} of {len(notes)} imputations, such as: {same[0]}"
        for same in kinds.values()
    )
