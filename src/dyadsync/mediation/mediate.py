"""One front door for every mediation analysis: `mediate`."""

from __future__ import annotations

from collections.abc import Sequence
from pkgutil import resolve_name
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dyadsync.checks import check_choice, check_count, check_level
from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import FittedModels, Settings
from dyadsync.mediation.methods.registry import check_combination
from dyadsync.mediation.result import MediationResult
from dyadsync.mediation.sample import prepare
from dyadsync.mediation.summarise import summarise

__all__ = ["MISSING", "mediate"]

MISSING = {"drop": "left out", "impute": "imputed"}
"""What can be done with a row that lacks a value."""

_FIT_IMPUTED = "dyadsync.scrutiny.missing.fitting:fit_imputed"


def mediate(
    data: pd.DataFrame,
    x: str,
    m: str | Sequence[str],
    y: str,
    *,
    covariates: Sequence[str] = (),
    method: str = "quasi-bayesian",
    outcome: str = "linear",
    interaction: bool = False,
    contrast: tuple[float, float] = (0, 1),
    vcov: str = "classical",
    cluster: str | ArrayLike | None = None,
    small_sample: bool = False,
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    missing: str = "drop",
    auxiliary: Sequence[str] = (),
    n_imputations: int = 50,
    rng: int | np.random.Generator | None = None,
) -> MediationResult:
    """Estimate how much of the effect of `x` on `y` goes through `m`.

    Estimates are plug-in values of the fitted models; draws of the coefficients give the
    intervals and the p-values ``min(1, 2 (k + 1) / (B + 1))``, k the smaller of the numbers of
    draws on either side of 0 (BCa p-values invert the interval).

    Parameters
    ----------
    data : DataFrame
        One row a dyad.
    x, y : str
        Columns of the cause and the outcome.
    m : str or list of str
        Column of the mediator, or of several parallel mediators. For ``method="latent"`` the
        column of correlations; `data` then also has ``n_sessions``.
    covariates : list of str
        Columns added to both models; text and categories become indicator columns.
    method : {"quasi-bayesian", "bootstrap", "bootstrap-bca", "robust", "robust-bca", "huber", \
"median", "latent", "wild-cluster", "mixed"}
        How the coefficients are drawn. The last two need `cluster`: the wild cluster bootstrap, and
        random effects of clusters with slopes that compare members of one cluster.
    outcome : {"linear", "logit", "probit"}
        Model of the outcome; effects on a binary outcome are on the probability scale.
    interaction : bool
        Whether the outcome model has the product of x and m.
    contrast : (float, float)
        The two values of x that are compared, in units of x.
    vcov : {"classical", "HC3", "CR2"}
        Covariance of the coefficients (quasi-Bayesian only). HC3 is for independent rows; CR2 for
        few clusters, with t draws of Satterthwaite's degrees of freedom (Pustejovsky & Tipton
        2018, doi:10.1080/07350015.2016.1247004).
    cluster : str or array, optional
        Column or values that name each row's cluster: cluster-robust covariance for
        quasi-Bayesian draws, whole clusters resampled in bootstraps.
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
    n_imputations : int
        Completed samples.
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
    mediators = [m] if isinstance(m, str) else list(m)
    covariates = [covariates] if isinstance(covariates, str) else list(covariates or ())
    auxiliary = [auxiliary] if isinstance(auxiliary, str) else list(auxiliary)
    settings = Settings(
        check_count("n_draws", n_draws, least=100),
        cast("Literal['classical', 'HC3', 'CR2']", vcov),
        small_sample,
        check_level(confidence_level),
    )
    compared = _check_contrast(contrast)
    imputed = check_choice("missing", missing, MISSING) == "impute"
    chosen = check_combination(
        method,
        outcome=outcome,
        interaction=interaction,
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
    generator = np.random.default_rng(rng)
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
            contrast=compared,
            rng=generator,
        )
    else:
        parts |= {"interaction": interaction, "n_sessions": chosen.of_correlations}
        sample, kept, n_dropped = prepare(data, x, mediators, y, **parts)
        fit = chosen.draw(sample, settings, generator)
        found = FittedModels(fit, sample, kept.index, n_dropped)
    return summarise(
        found,
        method=method,
        x=x,
        m=tuple(mediators),
        y=y,
        covariates=tuple(covariates),
        outcome=outcome,
        contrast=compared,
        confidence_level=settings.confidence_level,
        vcov=vcov,
        small_sample=small_sample,
    )


def _check_contrast(contrast: Sequence[float]) -> tuple[float, float]:
    try:
        values = [float(value) for value in contrast]
    except (TypeError, ValueError):
        values = []
    if len(values) != 2 or not np.isfinite(values).all() or values[0] == values[1]:
        raise InputError(f"contrast must be two different values of x, not {contrast!r}.")
    return values[0], values[1]
