"""The same mediation by every method, its claims judged by each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, cast

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice, check_count, check_level, check_rng
from dyadsync.claims.verdict import Claim, judge
from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.mediation.paths import paths_and_acme
from dyadsync.printed import Printed

MAIN = METHODS["quasi-bayesian"].label
"""The label of the main analysis, which the others replicate."""

ANALYSES: dict[str, dict[str, Any]] = {
    MAIN: {},
    "HC3": {"vcov": "HC3"},
    "small-sample t": {"small_sample": True},
    "therapist clusters": {"clustered": True, "small_sample": True},
    "missing imputed": {"missing": "impute"},
    **{
        METHODS[name].label: {"method": name}
        for name in ("bootstrap", "bootstrap-bca", "robust", "huber", "median")
    },
}
"""Options of `mediate` by the label of an analysis; ``clustered`` asks for the clusters."""

IMPUTATIONS = 50
"""Completed samples of the imputed analysis; fewer where each would get fewer than ten draws."""

CLAIM_EFFECTS = {"a": "path a", "b": "path b", "c": "ACME"}
"""What each claim is about."""

SUMMARY = ("estimate", "ci_lower", "ci_upper")
"""What the table holds of each effect."""


@dataclass(frozen=True, repr=False)
class ReplicationResult(Printed):
    """What `replicate` found."""

    table: pd.DataFrame
    """One row per method and effect: ``method effect estimate ci_lower ci_upper``."""
    failures: Mapping[str, str]
    """Why a method gave no result, by method."""

    def claims(self) -> list[Claim]:
        """Judge the paper's claims by each method."""
        ids = {effect: claim for claim, effect in CLAIM_EFFECTS.items()}
        rows = self.table.dropna().itertuples(index=False)
        return [
            judge(ids[row.effect], row.method, row.estimate, row.ci_lower, row.ci_upper)
            for row in cast("Iterable[Any]", rows)
        ]

    def of(self, effect: str) -> pd.DataFrame:
        """One effect's ``estimate ci_lower ci_upper``, a row per method."""
        rows = self.table[self.table["effect"] == effect]
        return rows.drop(columns="effect").set_index("method")

    def wide(self) -> pd.DataFrame:
        """Every effect as text, ``estimate [lower, upper]``, a row per method."""
        found = {effect: self.of(effect) for effect in CLAIM_EFFECTS.values()}
        return pd.DataFrame(
            {
                effect: [
                    f"{row.estimate:z.2f} [{row.ci_lower:z.2f}, {row.ci_upper:z.2f}]"
                    for row in cast("Iterable[Any]", rows.itertuples())
                ]
                for effect, rows in found.items()
            },
            index=found["ACME"].index.rename(None),
        )

    _shown = wide


def replicate(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    *,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    methods: Sequence[str] = tuple(ANALYSES),
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> ReplicationResult:
    """Estimate the paths a and b and the ACME by several methods.

    Every method starts from the same seed, so methods that resample dyads see the same resamples.
    Intervals of the ACME are those of `mediate`. Intervals of the paths are percentile
    (or BCa) intervals of the resamples for methods that resample, and otherwise the estimate plus
    and minus standard errors times a quantile of the t distribution with n - p degrees of freedom,
    or one less than there are clusters.

    Parameters
    ----------
    data : DataFrame
        One row per dyad.
    x, m, y : str
        Columns of the cause, the one mediator and the outcome.
    covariates : list of str
        As in `mediate`.
    cluster : str, optional
        Column that names each dyad's therapist; without it the clustered method is left out.
    methods : list of str
        Labels, keys of `ANALYSES`. Where nothing is missing there is nothing to impute, and that
        analysis is left out.
    n_draws, confidence_level, rng
        As in `mediate`.

    Returns
    -------
    ReplicationResult

    Raises
    ------
    InputError
        For an unknown method, and for a confidence level or a number of draws that `mediate`
        refuses. A method that cannot use the data is listed with its reason instead.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> found = replicate(table, "X", "M", "Y", methods=["HC3", "bootstrap"], n_draws=500, rng=1)
    >>> found.of("path a")["estimate"].round(3).to_dict()
    {'HC3': 0.561, 'bootstrap': 0.561}
    """
    for name in methods:
        check_choice("methods", name, ANALYSES)
    check_count("n_draws", n_draws, least=100)
    check_level(confidence_level)
    seed = int(rng) if isinstance(rng, Integral) else int(check_rng(rng).integers(2**32))
    rows: list[dict[str, Any]] = []
    failures: dict[str, str] = {}
    for name in methods:
        options = dict(ANALYSES[name])
        clustered = options.pop("clustered", False)
        if clustered and cluster is None:
            continue
        if options.get("missing") == "impute":
            options["n_imputations"] = min(IMPUTATIONS, n_draws // 10)
        try:
            fitted = mediate(
                data,
                x,
                m,
                y,
                covariates=covariates,
                cluster=cluster if clustered else None,
                n_draws=n_draws,
                confidence_level=confidence_level,
                rng=np.random.default_rng(seed),
                **options,
            ).fitted
        except InputError as error:
            failures[name] = str(error)
            continue
        assert fitted is not None
        if options.get("missing") == "impute" and not fitted.imputed:
            continue
        summaries = paths_and_acme(
            fitted.fit, fitted.sample, confidence_level, resampled="method" in options
        )
        rows += [
            {"method": name, "effect": effect, **dict(zip(SUMMARY, one, strict=False))}
            for effect, one in summaries.items()
        ]
    columns = ["method", "effect", *SUMMARY]
    return ReplicationResult(pd.DataFrame(rows, columns=columns), failures)
