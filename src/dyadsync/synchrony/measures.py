"""Measures of association of two persons' changes, and what Fisher's z makes of them.

Measures (`MEASURES`) are a registry: a new one is a function, a line in the registry and a test.
A table of synchrony says in its column ``measure`` which of them made it; what is known of
Pearson's r only asks `require_pearson` first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.regression.correlation import (
    pearson_correlation,
    percentage_bend_correlation,
    spearman_correlation,
)
from dyadsync.synchrony.slopes import shrunken


def concordance(x: FloatArray, y: FloatArray) -> FloatArray:
    """Lin's concordance, agreement with the line of equality, over the last axis.

    2 s_xy / (s_x^2 + s_y^2 + (m_x - m_y)^2), variances with divisor n as in Lin (1989). It is
    Pearson's r, brought nearer to 0 by a difference in the mean or the spread of the two series; so
    the two must be in one unit.
    """
    dx, dy = x - x.mean(axis=-1, keepdims=True), y - y.mean(axis=-1, keepdims=True)
    shift = x.mean(axis=-1) - y.mean(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ccc = (
            2
            * np.mean(dx * dy, axis=-1)
            / (np.mean(dx**2, axis=-1) + np.mean(dy**2, axis=-1) + shift**2)
        )
    return np.asarray(np.clip(ccc, -1.0, 1.0))


@dataclass(frozen=True)
class Measure:
    """A statistic of a dyad's pairs of changes, and what a reader should know of it.

    Attributes
    ----------
    statistic : callable
        Takes two arrays, the patients' and the therapists' changes, sessions on the last axis.
        Where ``whole_sample`` is true: two arrays of dyads by sessions, NaN where a dyad has fewer,
        and how many of a dyad's sessions the changes have used up.
    source, why : str
        Its reference; why an analyst would choose it, its line among the choices of a multiverse.
    chance_of_one : callable
        Probability that it is exactly 1 or -1 without any association, at a number of pairs.
    whole_sample : bool
        Whether a dyad's value depends on the other dyads; such a measure has no surrogates.
    """

    statistic: Callable[..., FloatArray]
    source: str
    why: str
    chance_of_one: Callable[[int], float] = lambda _: 0.0
    whole_sample: bool = False


MEASURES: dict[str, Measure] = {
    "pearson": Measure(
        pearson_correlation,
        "Fisher (1915), doi:10.2307/2331838",
        "The correlation that the paper's words suggest.",
    ),
    "spearman": Measure(
        spearman_correlation,
        "Spearman (1904), doi:10.2307/1412159",
        "Ranks withstand an odd sample.",
        # Two of the n! orders, the same and the reverse, give 1 or -1.
        chance_of_one=lambda n: 2 / factorial(n),
    ),
    "concordance": Measure(
        concordance,
        "Lin (1989), doi:10.2307/2532051",
        "Synchrony could mean equal changes, not proportional ones.",
    ),
    "percentage_bend": Measure(
        percentage_bend_correlation,
        "Wilcox (1994), doi:10.1007/BF02294395",
        "A robust correlation that keeps more than ranks.",
        chance_of_one=lambda n: 1 / 3 if n == 3 else 0.0,
    ),
    "shrunken": Measure(
        shrunken,
        "Robinson (1991), doi:10.1214/ss/1177011926",
        "Few pairs say little of one dyad; a mixed model borrows strength.",
        whole_sample=True,
    ),
}
"""Measures by name."""

LARGEST_R = 0.999
"""A correlation nearer to 1 than this is not told apart from it when z is formed."""


def largest_z(n_sessions: int, measure: str = "pearson") -> float:
    """Largest ``|z|``: what atanh is taken to be where ``|r|`` is 1 or all but 1.

    It is atanh(.999) = 3.80. Without association one dyad in a thousand has a larger ``|r|`` at
    four pairs, one in 35 at three, where r is near 1 so often that a larger z would mean nothing.
    A measure that reaches ``|r|`` = 1 by chance (Spearman: 1 dyad in 12 at four pairs) cannot mean
    so much by it: there ``|z|`` is at most what Pearson's passes with half that chance, the middle
    of what its 1 stands for: 1.92 at four pairs.

    Examples
    --------
    >>> round(largest_z(4), 3), round(largest_z(4, "spearman"), 3)
    (3.8, 1.925)
    """
    check_choice("measure", measure, MEASURES)
    largest = float(np.arctanh(LARGEST_R))
    chance = MEASURES[measure].chance_of_one(n_sessions)
    if chance == 0:
        return largest
    from scipy import stats  # most of the time of a check, and Pearson's needs none of it

    # t = sqrt(n - 2) sinh(z) has Student's distribution with n - 2 degrees of freedom.
    t = stats.t.isf(chance / 4, n_sessions - 2)
    return min(largest, float(np.arcsinh(t / np.sqrt(n_sessions - 2))))


def fisher_z(r: npt.ArrayLike, n_sessions: npt.ArrayLike, measure: str = "pearson") -> FloatArray:
    """Fisher's z = atanh(r), kept finite: ``|z|`` is at most `largest_z` of the measure.

    Synchrony and the number of pairs it came from broadcast; NaN where r is NaN or there are fewer
    than three pairs.

    Examples
    --------
    >>> fisher_z([0.0, 0.5, 1.0], 4).round(3)
    array([0.   , 0.549, 3.8  ])
    """
    r, n = np.broadcast_arrays(np.asarray(r, np.float64), np.asarray(n_sessions, np.int64))
    counts = np.unique(n)
    limits = [largest_z(int(k), measure) if k >= 3 else np.nan for k in counts]
    limit = np.asarray(limits)[np.searchsorted(counts, n)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.clip(np.arctanh(r), -limit, limit))


def null_variance(n_sessions: npt.ArrayLike) -> FloatArray:
    """Exact variance of atanh of Pearson's r at n pairs of normal changes without association.

    Its density is proportional to sech(z)^(n - 2), so the variance is half the trigamma function at
    (n - 2)/2: pi^2/4 at three pairs, pi^2/12 at four, and not 1/(n - 3). NaN below three.

    Examples
    --------
    >>> null_variance([3, 4, 16]).round(4).tolist()
    [2.4674, 0.8225, 0.0768]
    """
    from scipy import special

    n = np.asarray(n_sessions, np.float64)
    half = np.where(n >= 3, (n - 2) / 2, np.nan)
    return np.asarray(special.polygamma(1, half) / 2)


def require_pearson(synchrony: pd.DataFrame, what: str) -> None:
    """Refuse a table of synchrony that was not made with Pearson's r.

    Its column ``measure`` names the measure; rows that name none, and a table without that column,
    are taken for Pearson's r unless a value lies outside -1 to 1. Who asks begins the sentence.

    Examples
    --------
    >>> table = pd.DataFrame({"synchrony": [0.4, 0.8], "measure": "spearman"})
    >>> require_pearson(table, "reliability")
    Traceback (most recent call last):
    ...
    dyadsync.errors.InputError: reliability rests on the distribution of Pearson's r, but this \
synchrony was measured by 'spearman'; use dyad_synchrony(changes, measure='pearson').
    """
    named = synchrony["measure"].dropna().unique() if "measure" in synchrony.columns else []
    others = [name for name in named if name != "pearson"]
    if others:
        raise InputError(
            f"{what} rests on the distribution of Pearson's r, but this synchrony was measured by "
            f"{str(others[0])!r}; use dyad_synchrony(changes, measure='pearson')."
        )
    if (synchrony["synchrony"].abs() > 1).any():
        raise InputError(
            f"{what} rests on the distribution of Pearson's r, but a synchrony of "
            f"{synchrony['synchrony'].abs().max():.3g} in size is no correlation; use "
            "dyad_synchrony(changes, measure='pearson')."
        )
