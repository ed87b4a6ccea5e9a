"""The same mediation with dyads as independent, and as clusters of few therapists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.result import MediationResult
from dyadsync.mediation.sample import prepare

ANALYSES: dict[str, dict[str, Any]] = {
    "dyads as independent": {},
    "cluster errors, normal": {"clustered": True},
    "cluster jackknife, t": {"clustered": True, "small_sample": True},
    "CR2, Satterthwaite's t": {"clustered": True, "vcov": "CR2"},
    "wild cluster bootstrap": {"clustered": True, "method": "wild-cluster"},
    "cluster bootstrap": {"clustered": True, "method": "bootstrap"},
    "random effects, t": {"clustered": True, "method": "mixed", "small_sample": True},
}
"""Options of `mediate` by the label of an analysis; ``clustered`` asks for the clusters."""


def clustered_mediation(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    cluster: str,
    *,
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> dict[str, MediationResult]:
    """Analyse the dyads as independent, and in six ways as clusters of their therapists.

    The analyses are ``mediate(...)``, ``mediate(..., cluster=cluster)``, the same with
    ``small_sample=True`` (jackknife covariance, t with G - 1 degrees of freedom), with
    ``vcov="CR2"`` (t with degrees of freedom of each coefficient's own), with
    ``method="wild-cluster"``, with ``method="bootstrap"`` (therapists resampled whole), and with
    ``method="mixed"`` (random effects; slopes that compare patients of one therapist). An analysis
    that so few therapists do not allow is left out.

    Parameters
    ----------
    data : DataFrame
        One row per dyad; rows with a missing value are left out.
    x, m, y : str
        Columns of the cause, the mediator and the outcome.
    cluster : str
        Column that names each dyad's therapist. With one therapist only the first analysis is left.
    n_draws, confidence_level, rng
        As in `mediate`.

    Returns
    -------
    dict of str to MediationResult
        Result of each analysis. Random effects stand for another effect: that among patients of one
        therapist.

    Raises
    ------
    InputError
        As `mediate`.

    References
    ----------
    MacKinnon, Nielsen & Webb (2023), doi:10.1002/jae.2969; Canay, Romano & Shaikh (2017) for the
    flips of signs, doi:10.3982/ECTA13081.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation").assign(therapist=np.arange(100) % 5)
    >>> found = clustered_mediation(table, "X", "M", "Y", "therapist", n_draws=200, rng=1)
    >>> [round(float(one.paths.loc["a", "se"]), 3) for one in found.values()]
    [0.094, 0.123, 0.128, 0.125, 0.123, 0.11, 0.095]
    """
    kept = prepare(data, x, [m], y)[1]
    n_clusters = int(kept[cluster].nunique())
    settings = {"n_draws": n_draws, "confidence_level": confidence_level, "rng": rng}
    results = {}
    for name, chosen in ANALYSES.items():
        options: dict[str, Any] = {**settings, **chosen}
        clustered = options.pop("clustered", False)
        if clustered and n_clusters < 2:
            continue
        groups = cluster if clustered else None
        try:
            results[name] = mediate(kept, x, m, y, cluster=groups, **options)
        except InputError:
            if not clustered:
                raise
    return results
