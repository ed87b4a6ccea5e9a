"""From fitted models to a `MediationResult`: effects, paths and models as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.mediation.coefficients import Fit, FittedModels
from dyadsync.mediation.effects import mediation_effects
from dyadsync.mediation.intervals import summarise_draws
from dyadsync.mediation.result import MediationResult
from dyadsync.mediation.sample import MediationData

__all__ = ["summarise"]


def summarise(found: FittedModels, **described: Any) -> MediationResult:
    """Turn estimates and draws of coefficients into effects with intervals.

    Parameters
    ----------
    found : FittedModels
    **described
        The fields of `MediationResult` that say what was asked for.
    """
    fit, sample, contrast = found.fit, found.sample, described["contrast"]
    estimates, draws = found.effects or (
        mediation_effects(fit.estimate, sample, contrast),
        mediation_effects(fit.draws, sample, contrast),
    )
    jackknife = {} if fit.jackknife is None else mediation_effects(fit.jackknife, sample, contrast)
    summaries = [
        summarise_draws(
            float(estimates[name].mean()),
            values,
            described["confidence_level"],
            jackknife.get(name),
        )
        for name, values in draws.items()
    ]
    order = _table_order(list(draws))
    table = pd.DataFrame(
        summaries, index=list(draws), columns=["estimate", "ci_lower", "ci_upper", "p_value"]
    ).loc[order]
    models = _models(fit, sample)
    naive = None
    if fit.naive is not None:
        of_naive = replace(found, fit=fit.naive)
        naive = summarise(of_naive, **described | {"method": "quasi-bayesian"})
    result = MediationResult(
        table=table,
        paths=_paths(fit, sample),
        models=models,
        draws=pd.DataFrame({name: draws[name] for name in order}),
        interval=fit.interval,
        n_obs=sample.n_obs,
        n_dropped=found.n_dropped,
        n_clusters=sample.n_clusters,
        imputed=found.imputed,
        n_imputations=found.n_imputations,
        notes=(*found.notes, *fit.notes),
        covariance=None if fit.covariance is None else _labelled(fit.covariance, models),
        weights=None if fit.weights is None else pd.DataFrame(fit.weights, index=found.rows),
        naive=naive,
        fitted=found,
        **described,
    )
    if np.isfinite(table.loc["ACME", "estimate"]) and not result.prop_mediated_meaningful:
        note = f"The proportion mediated {result.proportion_in_words()}."
        result = replace(result, notes=(*result.notes, note))
    return result


def _table_order(names: list[str]) -> list[str]:
    first = ["ACME", "ADE", "Total effect", "Prop. mediated"]
    return first + [name for name in names if name not in first]


def _paths(fit: Fit, sample: MediationData) -> pd.DataFrame:
    estimate, k = fit.estimate, sample.n_mediators
    suffixes = [f" ({name})" for name in sample.names["m"]] if k > 1 else [""]
    rows: dict[str, tuple[float, float]] = {}
    for j, suffix in enumerate(suffixes):
        rows[f"a{suffix}"] = (float(estimate.a[..., j].mean()), float(fit.mediator_se[j, 1]))
    for j, suffix in enumerate(suffixes):
        rows[f"b{suffix}"] = (float(estimate.b[..., j].mean()), float(fit.outcome_se[2 + j]))
    rows["c_prime"] = (float(estimate.c_prime.mean()), float(fit.outcome_se[1]))
    rows["c"] = fit.total
    return pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "se"])


def _models(fit: Fit, sample: MediationData) -> dict[str, pd.DataFrame]:
    def frame(coef: Array, se: Array, terms: list[str]) -> pd.DataFrame:
        return pd.DataFrame(
            {"estimate": coef.reshape(-1, len(terms)).mean(0), "se": se}, index=terms
        )

    models = {
        name: frame(fit.estimate.mediator[..., j, :], fit.mediator_se[j], sample.mediator_terms)
        for j, name in enumerate(sample.names["m"])
    }
    models[sample.names["y"][0]] = frame(fit.estimate.outcome, fit.outcome_se, sample.outcome_terms)
    return models


def _labelled(covariance: Array, models: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    labels = [(model, term) for model, table in models.items() for term in table.index]
    index = pd.MultiIndex.from_tuples(labels, names=["model", "term"])
    return pd.DataFrame(covariance, index=index, columns=index)
