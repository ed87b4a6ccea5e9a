"""What few therapists can say: dyads taken in clusters, and the limits that their number sets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.result import MediationResult
from dyadsync.mediation.sample import prepare

__all__ = ["ClusterAnalyses", "clustered_mediation"]

INDEPENDENT, JACKKNIFE = "dyads as independent", "cluster jackknife, t"

WAYS: dict[str, dict[str, Any]] = {
    INDEPENDENT: {},
    "cluster errors, normal": {"clustered": True},
    JACKKNIFE: {"clustered": True, "small_sample": True},
    "CR2, Satterthwaite's t": {"clustered": True, "vcov": "CR2"},
    "wild cluster bootstrap": {"clustered": True, "method": "wild-cluster"},
    "cluster bootstrap": {"clustered": True, "method": "bootstrap"},
    "random effects, t": {"clustered": True, "method": "mixed", "small_sample": True},
}
"""Options of `mediate` by the label of an analysis; ``clustered`` asks for the clusters."""


@dataclass(frozen=True)
class ClusterAnalyses:
    """One mediation with the dyads as independent and as clusters of therapists.

    Attributes
    ----------
    results : mapping of str to MediationResult
        What each way found; with one therapist there is only that of independent dyads. Random
        effects stand for another effect: that among patients of one therapist.
    n_clusters : int
        Therapists.
    confidence_level : float
        Coverage of the intervals.
    """

    results: Mapping[str, MediationResult]
    n_clusters: int
    confidence_level: float = 0.95

    @property
    def table(self) -> pd.DataFrame:
        """Standard errors of the paths and the ends of the ACME's interval, a row a way."""
        rows = {
            name: [
                *result.paths.loc[["a", "b"], "se"],
                *result.table.loc["ACME", ["ci_lower", "ci_upper"]],
            ]
            for name, result in self.results.items()
        }
        columns = ["SE of a", "SE of b", "ACME, lower end", "ACME, upper end"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)

    @property
    def df(self) -> int:
        """Degrees of freedom: therapists less one."""
        return self.n_clusters - 1

    @property
    def n_resamples(self) -> int:
        """Different resamples that a bootstrap over therapists can draw: multisets of G of G."""
        return math.comb(2 * self.n_clusters - 1, self.n_clusters)

    @property
    def share_complete(self) -> float:
        """Share of a bootstrap's draws in which every therapist is: G! / G**G."""
        g = self.n_clusters
        return float(math.factorial(g) / g**g)

    @property
    def least_p(self) -> float:
        """Smallest p-value of a two-sided test that flips signs of therapists: 2 / 2**G."""
        return float(2.0 ** (1 - self.n_clusters))

    @property
    def standard_error_range(self) -> tuple[float, float]:
        """Ends between which a standard error over the true one lies at the confidence level.

        The square root of chi-square over its degrees of freedom: for independent normal sums of
        clusters of one size; NaN with one therapist.
        """
        from scipy import stats

        if self.df < 1:
            return math.nan, math.nan
        tail = (1 - self.confidence_level) / 2
        low, high = np.sqrt(stats.chi2.ppf([tail, 1 - tail], self.df) / self.df)
        return float(low), float(high)

    @property
    def quantile(self) -> float:
        """Quantile of Student's t for an interval, with `df` degrees of freedom."""
        from scipy import stats

        return float(stats.t.ppf((1 + self.confidence_level) / 2, self.df))

    def ratio(self, path: str) -> float:
        """Divide the jackknife's standard error of a path by the classical one."""
        if JACKKNIFE not in self.results:
            return math.nan
        one, other = (self.results[name].paths.loc[path, "se"] for name in (JACKKNIFE, INDEPENDENT))
        return float(one / other)

    def resamples_in_words(self) -> str:
        """Say how many resamples of therapists there are.

        Examples
        --------
        >>> ClusterAnalyses({}, 3).resamples_in_words()[:44]
        'there are 10 different ones for 3 therapists'
        """
        if self.n_clusters == 1:
            return "with one therapist there is only one, the data themselves"
        words = (
            f"there are {_count(self.n_resamples)} different ones for {self.n_clusters} therapists"
        )
        return f"{words}, and {_percent(self.share_complete)} of all draws contain every therapist"

    def least_p_in_words(self) -> str:
        """Say how small the p-value of a sign-flipping test can be.

        Examples
        --------
        >>> ClusterAnalyses({}, 6).least_p_in_words()
        'with 6 therapists its p-value cannot fall below 0.031'
        """
        if self.n_clusters == 1:
            return "with one therapist its p-value is always 1"
        least = f"{self.least_p:.2g}" if self.least_p > 0.001 else f"1 in {_count(2**self.df)}"
        return f"with {self.n_clusters} therapists its p-value cannot fall below {least}"

    def standard_error_in_words(self) -> str:
        """Say how rough a standard error from so many therapists is, and how large it is here."""
        if JACKKNIFE not in self.results:
            return "with one therapist there is none"
        low, high = self.standard_error_range
        return (
            f"with {_degrees(self.df)} it comes out between {low:.2f} and {high:.2f} times its "
            f"true value in {100 * self.confidence_level:g} % of studies, even under ideal "
            f"conditions; here the cluster jackknife's is {self.ratio('a'):.2f} times the "
            f"classical one for path a and {self.ratio('b'):.2f} times for path b"
        )

    def quantile_in_words(self) -> str:
        """Say which quantile of t goes with so many therapists.

        Examples
        --------
        >>> ClusterAnalyses({}, 6).quantile_in_words()
        'here 2.57 with 5 degrees of freedom'
        """
        if self.n_clusters == 1:
            return "with one therapist there is none"
        return f"here {self.quantile:.2f} with {_degrees(self.df)}"


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
) -> ClusterAnalyses:
    """Analyse the dyads as independent, and in six ways as clusters of their therapists.

    The ways are ``mediate(...)``, ``mediate(..., cluster=cluster)``, the same with
    ``small_sample=True`` (jackknife covariance, t with G - 1 degrees of freedom), with
    ``vcov="CR2"`` (t with degrees of freedom of each coefficient's own), with
    ``method="wild-cluster"``, with ``method="bootstrap"`` (therapists resampled whole), and with
    ``method="mixed"`` (random effects; slopes that compare patients of one therapist). A way that
    so few therapists do not allow is left out.

    Parameters
    ----------
    data : DataFrame
        One row a dyad; rows with a missing value are left out.
    x, m, y : str
        Columns of the cause, the mediator and the outcome.
    cluster : str
        Column that names each dyad's therapist. With one therapist only the first way is left.
    n_draws : int
    confidence_level : float
    rng : int, Generator or None
        As in `mediate`.

    Returns
    -------
    ClusterAnalyses

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
    >>> found.table["SE of a"].round(3).tolist()
    [0.094, 0.123, 0.128, 0.125, 0.123, 0.11]
    """
    kept = prepare(data, x, [m], y)[1]
    n_clusters = int(kept[cluster].nunique())
    settings: dict[str, Any] = {
        "n_draws": n_draws,
        "confidence_level": confidence_level,
        "rng": rng,
    }
    results = {}
    for name, way in WAYS.items():
        clustered = way.get("clustered", False)
        if clustered and n_clusters < 2:
            continue
        options = {key: value for key, value in way.items() if key != "clustered"}
        groups = cluster if clustered else None
        try:
            results[name] = mediate(kept, x, m, y, cluster=groups, **options, **settings)
        except InputError:
            if not clustered:
                raise
    return ClusterAnalyses(results, n_clusters, confidence_level)


def _degrees(df: int) -> str:
    return f"{df} degree{'' if df == 1 else 's'} of freedom"


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**9 else "more than a billion"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.0005 else "almost none"
