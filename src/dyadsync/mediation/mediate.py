"""`mediate`: every mediation analysis, by any method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pkgutil import resolve_name
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dyadsync.checks import check_choice, check_count, check_level, check_rng, is_numeric
from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import FittedModels, Settings
from dyadsync.mediation.contrast import choose_contrast, moderator_points
from dyadsync.mediation.methods.registry import check_combination
from dyadsync.mediation.result import MediationResult
from dyadsync.mediation.sample import prepare
from dyadsync.mediation.summarise import summarise

MISSING_VALUES = {"drop": "left out", "impute": "imputed"}
"""What can be done with a row that lacks a value."""

_FIT_IMPUTED = "dyadsync.scrutiny.missing.pooling:fit_imputed"


def mediate(
    data: pd.DataFrame,
    x: str,
    m: str | Sequence[str],
    y: str,
    *,
    covariates: Sequence[str] = (),
    method: str = "quasi-bayesian",
    outcome: str = "linear",
    mediator_model: str = "linear",
    interaction: bool = False,
    moderator: str | None = None,
    moderator_values: Sequence[Any] | None = None,
    reference: object = None,
    contrast: tuple[float, float] | None = None,
    vcov: str = "classical",
    weights: str | ArrayLike | None = None,
    cluster: str | ArrayLike | None = None,
    ratings: pd.DataFrame | None = None,
    small_sample: bool = False,
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    missing: str = "drop",
    auxiliary: Sequence[str] = (),
    n_imputations: int | None = None,
    rng: int | np.random.Generator | None = None,
) -> MediationResult:
    """Estimate how much of the effect of `x` on `y` goes through `m`.

    Estimates are plug-in values of the fitted models; draws of the coefficients give the
    intervals and the p-values ``min(1, 2 (k + 1) / (B + 1))``, k the smaller of the numbers of
    draws on either side of 0 (BCa p-values invert the interval).

    Parameters
    ----------
    data : DataFrame
        One row per dyad.
    x, y : str
        Columns of the cause and the outcome. A cause of words or categories is compared value by
        value with `reference`: see ``by_value`` and ``omnibus`` of the result.
    m : str or list of str
        Column of the mediator, or of several parallel mediators. For ``method="latent"`` the
        column of correlations; `data` then also has ``n_sessions``.
    covariates : list of str
        Columns added to both models; text and categories become indicator columns.
    method : {"quasi-bayesian", "bootstrap", "bootstrap-bca", "robust", "robust-bca", "huber", \
"median", "latent", "wild-cluster", "mixed"}
        How the coefficients are drawn. The last two need `cluster`: the wild cluster bootstrap, and
        random effects of clusters with slopes that compare members of one cluster.
    outcome : {"linear", "logit", "probit", "poisson", "negative-binomial"}
        Model of the outcome; effects on a binary outcome are on the probability scale, those on
        counts on the scale of the expected count.
    mediator_model : {"linear", "logit", "probit"}
        Model of the mediator; the last two are for one that is 0 or 1. Effects are expected values;
        R's mediation draws each row's mediator, which widens its interval of the ACME (by 9 to
        12 % at each end in ``tests/reference/more_150.r.csv``).
    interaction : bool
        Whether the outcome model has the product of x and m.
    moderator : str, optional
        Column that multiplies the cause in both models and the mediators in the outcome model: see
        ``conditional`` and ``moderation`` of the result. ``table`` then has effects averaged over
        the sample.
    moderator_values : list, optional
        Where effects are given; by default a moderator's two or three values, else its mean and
        one standard deviation to either side.
    reference : optional
        Which value of a cause of words the others are compared with; by default the first.
    contrast : (float, float), optional
        The two values of x that are compared, in units of x. By default 0 and 1 where only their
        distance matters, elsewhere two values within the data: the two of a cause that has two,
        one unit around the mean, or the quartiles.
    vcov : {"classical", "HC3", "CR2"}
        Covariance of the coefficients (quasi-Bayesian only). HC3 is for independent rows; CR2 for
        few clusters, with t draws of Satterthwaite's degrees of freedom (Pustejovsky & Tipton
        2018, doi:10.1080/07350015.2016.1247004).
    weights : str or array, optional
        Column or values that say how much each row counts, above 0: precisions, or survey weights
        (for these use ``vcov="HC3"`` or clusters, since the classical errors take weights as
        precisions). With outcomes that are not linear they count rows.
    cluster : str or array, optional
        Column or values that name each row's cluster: cluster-robust covariance for
        quasi-Bayesian draws, whole clusters resampled in bootstraps, with `ratings` random effects
        of ten or more clusters.
    ratings : DataFrame, optional
        For ``method="latent"``: the ratings whose least-squares slope `y` is, as `outcome_ratings`
        gives them, one row each by ``dyad_id time outcome``; `data` then also has ``dyad_id``. One
        likelihood then goes from session changes and ratings to the effects, so that a slope of
        few ratings counts for less.
    small_sample : bool
        Draw from multivariate t distributions (the residual variances drawn too); with `cluster`
        from the jackknife covariance CR3 with G - 1 degrees of freedom, which is the correction
        for few clusters (MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969).
    n_draws : int
        Draws or resamples.
    confidence_level : float
        Between 0 and 1.
    missing : {"drop", "impute"}
        What is done with missing values. ``"drop"`` leaves their rows out of both models.
        ``"impute"`` completes them `n_imputations` times from a joint normal model of all columns
        of the analysis (``dyadsync.scrutiny.missing``), taking rows as independent unless
        `auxiliary` names the clusters' column: the table's estimate is the mean of the plug-in
        estimates, each completed sample contributes an equal share of the draws, and a row is left
        out only where cause, mediators and outcome all are missing, or its cluster.
    auxiliary : list of str
        Columns that help the imputation and are in no model. That of the clusters lets each have
        its own level.
    n_imputations : int, optional
        Completed samples; by default 50, or a tenth of the draws if that is less.
    rng : int, Generator or None
        Seed or generator, as in SciPy.

    Returns
    -------
    MediationResult

    Raises
    ------
    InputError
        For data that cannot be used (naming the column) and for combinations without a meaning
        (listing those that have one).

    References
    ----------
    Imai, Keele & Tingley (2010), doi:10.1037/a0020761; for each method see its file in
    ``dyadsync.mediation.methods``.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> result = mediate(table, "X", "M", "Y", n_draws=2000, rng=1)
    >>> result.table["estimate"].round(4).to_dict()
    {'ACME': 0.3565, 'ADE': 0.0396, 'Total effect': 0.3961, 'Prop. mediated': 0.9}
    """
    mediators, covariates, auxiliary = _names(m), _names(covariates), _names(auxiliary)
    settings = Settings(
        check_count("n_draws", n_draws, least=100),
        cast("Literal['classical', 'HC3', 'CR2']", vcov),
        small_sample,
    )
    check_level(confidence_level)
    imputed = check_choice("missing", missing, MISSING_VALUES) == "impute"
    chosen = check_combination(
        method,
        outcome=outcome,
        mediator_model=mediator_model,
        interaction=interaction,
        moderator=moderator is not None,
        several_values=reference is not None or _in_words(data, x),
        weights=weights is not None,
        ratings=ratings is not None,
        several_mediators=len(mediators) > 1,
        imputed=imputed,
        cluster=cluster is not None,
        vcov=vcov,
        small_sample=small_sample,
    )
    if auxiliary and not imputed:
        raise InputError(
            "auxiliary= names columns for the imputation: use it with missing='impute'."
        )
    if moderator is None and moderator_values is not None:
        raise InputError("moderator_values are values of a moderator: name its column, too.")
    generator = check_rng(rng)
    points: dict[Any, Any] = {}
    parts: dict[str, Any] = {"covariates": covariates, "cluster": cluster, "outcome": outcome}
    if imputed:
        found = resolve_name(_FIT_IMPUTED)(
            chosen.draw,
            data,
            x,
            mediators,
            y,
            **parts,
            auxiliary=auxiliary,
            n_imputations=n_imputations,
            settings=settings,
            contrast=contrast,
            rng=generator,
        )
    else:
        parts |= {
            "mediator_model": mediator_model,
            "interaction": interaction,
            "weights": weights,
            "moderator": moderator,
            "reference": reference,
            "n_sessions": chosen.of_correlations,
            "ratings": ratings,
        }
        sample, kept, n_dropped = prepare(data, x, mediators, y, **parts)
        fit = chosen.draw(sample, settings, generator)
        if moderator is not None:
            points = moderator_points(kept, moderator, moderator_values, sample)
        found = FittedModels(fit, sample, kept.index, n_dropped)
    return summarise(
        found,
        points,
        method=method,
        x=x,
        m=tuple(mediators),
        y=y,
        covariates=tuple(covariates),
        outcome=outcome,
        mediator_model=mediator_model,
        moderator=moderator,
        contrast=choose_contrast(contrast, found.sample),
        confidence_level=confidence_level,
        vcov=vcov,
        small_sample=small_sample,
    )


def _names(columns: Any) -> list[Any]:
    """Give names of columns as a list, also where one was given."""
    if columns is None or isinstance(columns, (str, bytes)) or not isinstance(columns, Iterable):
        return [] if columns is None else [columns]
    return list(columns)


def _in_words(data: pd.DataFrame, x: Any) -> bool:
    """Whether the cause has values in words; whether it is there at all, `prepare` says."""
    there = isinstance(data, pd.DataFrame) and list(data.columns).count(x) == 1 and len(data) > 0
    return there and not is_numeric(data[x])
