"""What a missing value might have been: completed samples from a joint normal model.

Multiple imputation (Rubin 1987, doi:10.1002/9780470316696): the model's parameters are drawn from
their posterior, the missing values given them, so that what is not known of either is in the
spread between the completed samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dyadsync.arrays import Array, BoolArray
from dyadsync.checks import is_constant, numeric_column
from dyadsync.errors import InputError
from dyadsync.mediation.sample import (
    MediationData,
    Outcome,
    check_not_collinear,
    covariate_columns,
    prepare,
    require_columns,
    row_values,
)

_CLUSTERS_UNKNOWN = (
    "Missing values are imputed as if dyads of one cluster were no more alike than others; "
    "auxiliary= with the clusters' column lets the imputation know."
)

_BURN_IN, _APART = 50, 5
"""Rounds of the Gibbs sampler before the first imputation, and from one to the next."""


@dataclass(frozen=True)
class Prepared:
    """A sample, or completed samples of the same rows."""

    samples: list[MediationData]
    """One sample per imputation; a single one where nothing is missing."""
    kept: pd.DataFrame
    """The rows of the data that are in the samples."""
    n_dropped: int
    counts: dict[str, int] = field(default_factory=dict)
    """Imputed values by column."""
    missing: BoolArray = field(default_factory=lambda: np.zeros((0, 0), bool))
    """Which mediators and, in the last column, outcomes are imputed, shape (n, k + 1)."""
    notes: tuple[str, ...] = ()
    """What a reader of the imputed analysis should know."""


def prepare_imputed(
    data: pd.DataFrame,
    x: str,
    m: list[str],
    y: str,
    *,
    covariates: Sequence[str] = (),
    auxiliary: Sequence[str] = (),
    cluster: str | ArrayLike | None = None,
    outcome: Outcome = "linear",
    n_imputations: int = 50,
    rng: np.random.Generator,
) -> Prepared:
    """Make completed samples of a table's columns, or say why that cannot be.

    The imputation model holds every variable of the analysis and the auxiliary ones, the outcome
    too (without it the imputed mediators would have no path b; Moons et al. 2006,
    doi:10.1016/j.jclinepi.2006.01.009). Categories enter as indicators, whose imputed values are
    not rounded (Horton, Lipsitz & Parzen 2003, doi:10.1198/0003130032314). Rows with neither cause,
    mediator nor outcome, or without a cluster, are left out. Clusters are in the imputation model
    only where `auxiliary` names their column, as indicators (a level of its own for each).
    """
    core = [x, *m, y]
    asked = [*core, *covariates, *auxiliary]
    require_columns(data, m, asked)
    groups = row_values(data, cluster, "cluster")
    usable = data[core].notna().to_numpy().any(1)
    if groups is not None:
        usable &= pd.notna(groups)
        groups = groups[usable]
    kept = data.loc[usable]
    adjusted, terms = covariate_columns(kept, covariates)
    known = isinstance(cluster, str) and cluster in auxiliary
    named = kept.assign(**{str(cluster): kept[cluster].astype(str)}) if known else kept
    helping, helping_terms = covariate_columns(named, auxiliary)
    columns = np.column_stack([*(numeric_column(kept, name) for name in core), adjusted, helping])
    names = [*core, *terms, *helping_terms]
    used, place = len(core) + len(terms), len(core) - 1
    absent = np.isnan(columns)
    completed = columns[None]
    if absent[:, :used].any():
        _check_enough(columns, names)
        binary = None if outcome == "linear" else place
        completed = impute(columns, n_imputations, binary, rng)
    first, _, _ = prepare(
        pd.DataFrame(completed[0, :, :used], columns=names[:used], index=kept.index),
        x,
        m,
        y,
        covariates=terms,
        cluster=groups,
        outcome=outcome,
    )
    samples = [
        replace(
            first,
            x=np.ascontiguousarray(one[:, 0]),
            m=np.ascontiguousarray(one[:, 1:place]),
            y=np.ascontiguousarray(one[:, place]),
            covariates=np.ascontiguousarray(one[:, place + 1 : used]),
        )
        for one in completed
    ]
    missing = kept[asked].isna().sum()
    counts = {name: int(n) for name, n in missing.items() if n and name not in auxiliary}
    notes = (_CLUSTERS_UNKNOWN,) if groups is not None and counts and not known else ()
    return Prepared(samples, kept, len(data) - len(kept), counts, absent[:, 1 : place + 1], notes)


def _check_enough(columns: Array, terms: list[str]) -> None:
    """Refuse data that do not determine the joint model."""
    complete = columns[~np.isnan(columns).any(axis=1)]
    needed = columns.shape[1] + 3
    if len(complete) < needed:
        raise InputError(
            f"Too few rows to impute from: {len(complete)} complete ones, but a joint model of "
            f"these {columns.shape[1]} columns needs at least {needed}; use fewer covariates or "
            "auxiliary columns, or missing='drop'."
        )
    for name, values in zip(terms, complete.T, strict=True):
        if is_constant(values):
            raise InputError(
                f"Column '{name}' is constant ({values[0]:g} in every complete row), so nothing "
                "can be imputed from it."
            )
    check_not_collinear(complete, terms)


def impute(
    columns: Array, n_imputations: int, binary: int | None, rng: np.random.Generator
) -> Array:
    """Draw what is missing from a joint normal model, its parameters from their posterior.

    statsmodels' Gibbs sampler on standardised columns, with a prior that says next to nothing: flat
    for the means and ``1 / |S|`` for the covariance S of p columns, under which what one column has
    beside the others is drawn as in a Bayesian regression, with n - p degrees of freedom.

    A binary column (its place), of 0 and 1, is the sign of a normal one that is drawn along (Albert
    & Chib 1993, doi:10.1080/01621459.1993.10476321), whose scale means nothing and is set to 1 in
    each round.

    Columns, shape (n, p), are NaN where a value is missing; completed ones have the shape
    (n_imputations, n, p).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal(200)
    >>> columns = np.column_stack([x, 2 * x])
    >>> columns[:50, 1] = np.nan
    >>> drawn = impute(columns + 0.1 * rng.standard_normal((200, 2)), 5, None, rng)
    >>> drawn.shape, bool(np.abs(drawn[:, :50, 1] - 2 * x[:50]).max() < 1)
    ((5, 200, 2), True)
    """
    from statsmodels.imputation.bayes_mi import BayesGaussMI

    location, spread = np.nanmean(columns, axis=0), np.nanstd(columns, axis=0)
    if binary is not None:
        location[binary], spread[binary] = 0.0, 1.0
    scaled = (columns - location) / spread
    p = columns.shape[1]
    vague = {"mean_prior": 1e6 * np.eye(p), "cov_prior": 1e-6 * np.eye(p), "cov_prior_df": 1 - p}
    if binary is not None:
        signs = np.where(np.isnan(columns[:, binary]), np.nan, 2 * columns[:, binary] - 1)
        scaled[:, binary] = signs * 0.8  # the mean size of a standard normal
    sampler = BayesGaussMI(scaled, rng=rng, **vague)
    completed = np.empty((n_imputations, *columns.shape))
    for number in range(n_imputations):
        for _ in range(_APART if number else _BURN_IN):
            sampler.update()
            if binary is not None:
                _redraw(sampler, binary, signs, rng)
        completed[number] = sampler.data
    completed = completed * spread + location
    observed = ~np.isnan(columns)
    if binary is not None:
        completed[..., binary] = completed[..., binary] > 0
    completed[:, observed] = columns[observed]
    return np.asarray(completed)


def _redraw(sampler: Any, column: int, signs: Array, rng: np.random.Generator) -> None:
    """Draw the normal variable behind a binary one anew, with the signs that were observed."""
    from scipy.special import ndtr, ndtri

    others = np.arange(len(sampler.mean)) != column
    slopes = np.linalg.solve(sampler.cov[np.ix_(others, others)], sampler.cov[others, column])
    mean = sampler.mean[column] + (sampler.data[:, others] - sampler.mean[others]) @ slopes
    sd = np.sqrt(sampler.cov[column, column] - sampler.cov[column, others] @ slopes)
    known = np.isfinite(signs)
    # Of the side on which it lies, by the inverse of the distribution function.
    toward = signs[known] * mean[known] / sd
    share = rng.uniform(size=known.sum())
    size = np.maximum(-ndtri(share * ndtr(toward)) + toward, 1e-12)
    sampler.data[known, column] = signs[known] * sd * size
    scale = np.sqrt(sampler.cov[column, column])
    sampler.data[:, column] /= scale
    sampler.mean[column] /= scale
    sampler.cov[column, :] /= scale
    sampler.cov[:, column] /= scale
