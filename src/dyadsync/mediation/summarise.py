"""From fitted models to a `MediationResult`: effects, paths and models as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.intervals import summarise_draws
from dyadsync.mediation.coefficients import Coefficients, Fit, FittedModels
from dyadsync.mediation.contrast import beyond_the_data
from dyadsync.mediation.effects import mediation_effects
from dyadsync.mediation.result import MediationResult, short
from dyadsync.mediation.sample import MediationData
from dyadsync.mediation.simple import simple_coefficients, simple_effect_maps

_COLUMNS = ["estimate", "ci_lower", "ci_upper", "p_value"]
_FEW_CLUSTERS = 10


def summarise(
    found: FittedModels, points: Mapping[Any, Array] | None = None, **described: Any
) -> MediationResult:
    """Turn estimates and draws of coefficients into effects with intervals.

    `points` are values of the moderator, each with its columns in the models; what else is
    described are the fields of `MediationResult` that say what was asked for.
    """
    fit, sample, level = found.fit, found.sample, described["confidence_level"]
    points = points or {}

    def effects(coefficients: Coefficients | None) -> dict[Any, Array]:
        if coefficients is None:
            return {}
        return _effects(coefficients, sample, described["contrast"], points)

    estimates, draws = found.effects or (effects(fit.estimate), effects(fit.draws))
    left_out = effects(fit.jackknife)

    def row(name: Any) -> tuple[float, float, float, float]:
        return summarise_draws(
            float(estimates[name].mean()), draws[name], level, left_out.get(name)
        )

    conditional = [name for name in draws if isinstance(name, tuple) and points]
    order = _table_order([name for name in draws if name not in conditional])
    table = _frame({name: row(name) for name in order})
    models = _models(fit, sample)
    naive = None
    if fit.naive is not None:
        of_naive = replace(found, fit=fit.naive)
        naive = summarise(of_naive, **described | {"method": "quasi-bayesian"})
    result = MediationResult(
        table=table,
        paths=_paths(fit, sample, points),
        models=models,
        draws=pd.DataFrame({name: draws[name] for name in order}),
        interval=fit.interval,
        n_obs=sample.n_obs,
        n_dropped=found.n_dropped,
        n_clusters=sample.n_clusters,
        weighted=sample.weights is not None,
        imputed=found.imputed,
        n_imputations=found.n_imputations,
        notes=(*found.notes, *fit.notes, *_notes(found, described)),
        covariance=None if fit.covariance is None else _labelled(fit.covariance, models),
        weights=None if fit.weights is None else pd.DataFrame(fit.weights, index=found.rows),
        naive=naive,
        fitted=found,
        **described,
    )
    if points:
        result = replace(
            result,
            conditional=_frame({name: row(name) for name in conditional}, described["moderator"]),
            moderation=_moderation(estimates, draws, left_out, list(points), level),
        )
    if sample.x.ndim > 1:
        return _by_value(result, estimates, draws)
    if np.isfinite(table.loc["ACME", "estimate"]) and not result.prop_mediated_meaningful:
        note = f"The proportion mediated {result.proportion_in_words()}."
        result = replace(result, notes=(*result.notes, note))
    return result


def _effects(
    coefficients: Coefficients,
    sample: MediationData,
    contrast: tuple[float, float],
    points: Mapping[Any, Array],
) -> dict[Any, Array]:
    """Effects by name; by (value, name) at values of a moderator, or for values of the cause."""
    if sample.x.ndim > 1:
        found: dict[Any, Array] = {}
        for level, name in enumerate(sample.names["x"]):
            simple = simple_coefficients(coefficients, sample, level)
            of_level = mediation_effects(simple, sample, contrast)
            found |= {(_value(name), effect): values for effect, values in of_level.items()}
        return found
    if sample.moderator is None:
        return mediation_effects(coefficients, sample, contrast)
    weights = sample.root_weights**2
    profiles, place = np.unique(sample.moderator, axis=0, return_inverse=True)
    average: dict[Any, Array] = {}
    for j, at in enumerate(profiles):
        rows = place.ravel() == j
        simple = simple_coefficients(coefficients, sample, at=at)
        share = weights[rows].sum() / weights.sum()
        for effect, values in mediation_effects(simple, sample, contrast, rows).items():
            average[effect] = average.get(effect, 0) + share * values
    with np.errstate(divide="ignore", invalid="ignore"):
        average["Prop. mediated"] = average["ACME"] / average["Total effect"]
    for value, at in points.items():
        simple = simple_coefficients(coefficients, sample, at=at)
        for effect, values in mediation_effects(simple, sample, contrast).items():
            average[value, effect] = values
    return average


def _moderation(
    estimates: Mapping[Any, Array],
    draws: Mapping[Any, Array],
    left_out: Mapping[Any, Array],
    values: list[Any],
    level: float,
) -> pd.DataFrame:
    """Differences of effects between the first value of the moderator and each other."""
    rows = {}
    for other in values[1:]:
        for effect in ("ACME", "ADE"):
            apart = [
                part[values[0], effect] - part[other, effect]
                for part in (estimates, draws, left_out)
                if part
            ]
            summary = summarise_draws(float(apart[0].mean()), apart[1], level, *apart[2:])
            rows[effect, f"{short(values[0])} - {short(other)}"] = summary
    table = _frame(rows)
    table.index.names = ["effect", "difference"]
    return table.droplevel("difference") if len(values) == 2 else table


def _by_value(
    result: MediationResult, estimates: Mapping[Any, Array], draws: Mapping[Any, Array]
) -> MediationResult:
    """One result per value of the cause, and a test of all values at once."""
    values = list(dict.fromkeys(value for value, _ in result.table.index))
    parts = {
        value: replace(
            result,
            table=result.table.loc[value],
            paths=result.paths.loc[value],
            draws=result.draws[value],
            x=f"{result.x}[{value}]",
        )
        for value in values
    }
    from scipy.special import chdtrc

    rows = {}
    for effect in ("ACME", "ADE", "Total effect"):
        estimate = np.array([float(estimates[value, effect]) for value in values])
        covariance = np.atleast_2d(np.cov([draws[value, effect] for value in values]))
        wald = float(estimate @ np.linalg.solve(covariance, estimate))
        rows[effect] = (wald, len(values), float(chdtrc(len(values), wald)))
    omnibus = pd.DataFrame.from_dict(rows, orient="index", columns=["chi2", "df", "p_value"])
    return replace(result, by_value=parts, omnibus=omnibus)


def _notes(found: FittedModels, described: Mapping[str, Any]) -> Iterator[str]:
    """Say what a reader should know of this sample and these models."""
    sample = found.sample
    extrapolated = beyond_the_data(described["contrast"], sample)
    if extrapolated:
        yield extrapolated
    for name, values in zip(sample.names["m"], sample.m.T, strict=True):
        if described["mediator_model"] == "linear" and len(np.unique(values)) == 2:
            yield (
                f"'{name}' has two values and is fitted by a linear model; mediator_model='logit' "
                "or 'probit' is for such a mediator (as 0 and 1)."
            )
    if sample.n_mediators > 1:
        yield (
            "The effects through single mediators are interventional; they are natural ones only "
            "where no mediator affects another."
        )
    normal = described["vcov"] == "classical" and not described["small_sample"]
    if described["method"] == "quasi-bayesian" and 0 < sample.n_clusters < _FEW_CLUSTERS and normal:
        yield (
            f"With {sample.n_clusters} clusters normal draws give intervals that are too narrow; "
            "vcov='CR2' or small_sample=True are for few clusters."
        )


def _frame(
    rows: Mapping[Any, tuple[float, float, float, float]], value: Any = None
) -> pd.DataFrame:
    """Lay summaries out as a table, those by value with the value first."""
    table = pd.DataFrame(list(rows.values()), index=list(rows), columns=_COLUMNS)
    if rows and isinstance(next(iter(rows)), tuple):
        table.index = pd.MultiIndex.from_tuples(list(rows), names=[value or "value", "effect"])
    return table


def _value(term: str) -> str:
    """Take the value out of the name of an indicator: ``B`` of ``group[B]``."""
    return term.partition("[")[2].removesuffix("]")


def _table_order(names: list[Any]) -> list[Any]:
    if names and isinstance(names[0], tuple):
        return names
    first = ["ACME", "ADE", "Total effect", "Prop. mediated"]
    return first + [name for name in names if name not in first]


def _paths(fit: Fit, sample: MediationData, points: Mapping[Any, Array]) -> pd.DataFrame:
    """Paths with their standard errors; by value of the cause or of the moderator."""
    if sample.x.ndim > 1:
        at: dict[Any, Any] = {_value(x): {"level": j} for j, x in enumerate(sample.names["x"])}
    else:
        at = {value: {"at": columns} for value, columns in points.items()}
    if not at:
        rows = _plain_paths(fit.estimate, fit.mediator_se, fit.outcome_se, sample)
        return _path_frame(rows | {"c": fit.total})
    frames = {}
    for value, where in at.items():
        maps = simple_effect_maps(sample, **where)
        simple = simple_coefficients(fit.estimate, sample, **where)
        frames[value] = _path_frame(_plain_paths(simple, *_simple_errors(fit, maps), sample))
    return pd.concat(frames, names=["value", "path"])


def _simple_errors(fit: Fit, maps: tuple[Array, Array]) -> tuple[Array, Array]:
    """Give standard errors of simple coefficients: by the covariance, or the draws' spread."""
    if fit.covariance is None:
        mediator, outcome = fit.draws.mediator @ maps[0], fit.draws.outcome @ maps[1]
        return mediator.std(0, ddof=1), outcome.std(0, ddof=1)
    k, p = fit.mediator_se.shape
    block = np.kron(np.eye(k), maps[0])
    of_mediator = block.T @ fit.covariance[: k * p, : k * p] @ block
    of_outcome = maps[1].T @ fit.covariance[k * p :, k * p :] @ maps[1]
    return np.sqrt(np.diag(of_mediator)).reshape(k, -1), np.sqrt(np.diag(of_outcome))


def _plain_paths(
    estimate: Coefficients, mediator_se: Array, outcome_se: Array, sample: MediationData
) -> dict[str, tuple[float, float]]:
    suffixes = [f" ({name})" for name in sample.names["m"]] if sample.n_mediators > 1 else [""]
    rows: dict[str, tuple[float, float]] = {}
    for j, suffix in enumerate(suffixes):
        rows[f"a{suffix}"] = (float(estimate.a[..., j].mean()), float(mediator_se[j, 1]))
    for j, suffix in enumerate(suffixes):
        rows[f"b{suffix}"] = (float(estimate.b[..., j].mean()), float(outcome_se[2 + j]))
    rows["c_prime"] = (float(estimate.c_prime.mean()), float(outcome_se[1]))
    return rows


def _path_frame(rows: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
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
