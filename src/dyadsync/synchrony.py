"""From samples to one synchrony a dyad, and how well that number is measured.

A session gives each person one change (:func:`session_changes`); a dyad's synchrony is the
association of the two persons' changes over its sessions (:func:`dyad_synchrony`); with three or
four pairs most of what varies between dyads is sampling error, and :func:`reliability` says how
much.

Change scores (:data:`CHANGES`) and measures (:data:`MEASURES`) are registries of small functions:
a new one is a function, a line in the registry and a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.errors import InputError

FloatArray = npt.NDArray[np.float64]

ROLES = ("patient", "therapist")
PHASES = ("pre", "post")
CHANGE_COLUMNS = ["dyad_id", "session", "patient", "therapist"]
BELOW_LOQ_RULES = ("keep", "substitute", "omit")


class HasSamples(Protocol):
    """What this module needs of a study: its samples and the assay's limit of quantification."""

    @property
    def samples(self) -> pd.DataFrame:
        """One row a sample: ``dyad_id, session, role, phase, oxytocin_pg_ml``."""

    @property
    def limit_of_quantification(self) -> float | None:
        """The assay's limit of quantification in the samples' unit, or None."""


# Change scores ---------------------------------------------------------------------------------


def difference(pre: FloatArray, post: FloatArray) -> FloatArray:
    """Post minus pre, in the unit of the assay (pg/mL)."""
    return post - pre


def log_ratio(pre: FloatArray, post: FloatArray) -> FloatArray:
    """Natural logarithm of post over pre: the relative change, free of units."""
    return np.log(post / pre)


def residualised(pre: FloatArray, post: FloatArray) -> FloatArray:
    """Residual of the least-squares line of post on pre.

    The line is fitted once a role, over every session of the whole sample in which that role has
    both samples (also where the partner's is missing). Where pre does not vary there is nothing to
    adjust for, and the residual is post minus its mean.
    """
    if pre.size == 0:
        return post - pre
    centred = pre - pre.mean()
    spread = np.sum(centred**2)
    slope = np.sum(centred * post) / spread if spread > 0 else 0.0
    residual = post - post.mean() - slope * centred
    # A perfect line leaves rounding noise, which would correlate; it is no change at all.
    return np.where(np.abs(residual) <= 1e-12 * np.abs(post).max(), 0.0, residual)


def absolute(pre: FloatArray, post: FloatArray) -> FloatArray:
    """Size of the difference, whatever its direction: ``|post - pre|`` (pg/mL)."""
    return np.abs(post - pre)


#: Change scores by name; each takes one role's pre and post concentrations over the whole sample.
CHANGES: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "difference": difference,
    "log_ratio": log_ratio,
    "residualised": residualised,
    "absolute": absolute,
}


def below_loq_counts(study: HasSamples) -> pd.DataFrame:
    """Count the samples below the assay's limit of quantification.

    Parameters
    ----------
    study : Study
        Anything with ``samples`` and ``limit_of_quantification``.

    Returns
    -------
    DataFrame
        One row a role and phase, and a last row ``all``: ``role phase n_samples n_below share``.
        Without a known limit ``n_below`` and ``share`` are missing.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> samples = pd.DataFrame({"dyad_id": "D1", "session": 4, "role": "patient",
    ...                         "phase": ["pre", "post"], "oxytocin_pg_ml": [1.5, 3.0]})
    >>> study = SimpleNamespace(samples=samples, limit_of_quantification=2.0)
    >>> below_loq_counts(study)["n_below"].tolist()
    [0, 1, 1]
    """
    limit = study.limit_of_quantification
    samples = study.samples.dropna(subset=["oxytocin_pg_ml"])
    below = samples["oxytocin_pg_ml"] < (np.nan if limit is None else limit)
    counts = (
        samples.assign(below=below)
        .groupby(["role", "phase"], observed=True)["below"]
        .agg(n_samples="size", n_below="sum")
        .reset_index()
    )
    total = pd.DataFrame(
        {"role": ["all"], "phase": ["all"], "n_samples": [len(samples)], "n_below": [below.sum()]}
    )
    table = pd.concat([counts, total], ignore_index=True)
    table["n_below"] = (
        table["n_below"].astype("Int64")
        if limit is not None
        else pd.array([pd.NA] * len(table), "Int64")
    )
    table["share"] = (table["n_below"] / table["n_samples"]).astype("Float64")
    return table


def _quantified(study: HasSamples, rule: str) -> pd.DataFrame:
    """Return the samples after the rule for values below the limit of quantification."""
    if rule not in BELOW_LOQ_RULES:
        raise InputError(
            f"below_loq is {rule!r}; it must be one of {', '.join(map(repr, BELOW_LOQ_RULES))}."
        )
    samples = study.samples.dropna(subset=["oxytocin_pg_ml"])
    if rule == "keep":
        return samples
    limit = study.limit_of_quantification
    if limit is None:
        raise InputError(
            f"below_loq={rule!r} needs the assay's limit of quantification, but the study states "
            "none: give limitOfQuantification for oxytocin_pg_ml in datapackage.json, or use "
            "below_loq='keep'."
        )
    below = samples["oxytocin_pg_ml"] < limit
    if rule == "omit":
        return samples[~below]
    return samples.assign(
        oxytocin_pg_ml=samples["oxytocin_pg_ml"].mask(below, limit / np.sqrt(2.0))
    )


def session_changes(
    study: HasSamples, change: str = "difference", below_loq: str = "keep"
) -> pd.DataFrame:
    """Compute the change of each person's oxytocin over each session.

    Parameters
    ----------
    study : Study
        Anything with ``samples`` (one row a sample: ``dyad_id session role phase oxytocin_pg_ml``)
        and ``limit_of_quantification``.
    change : {"difference", "log_ratio", "residualised", "absolute"}
        Change score, a name in :data:`CHANGES`.
    below_loq : {"keep", "substitute", "omit"}
        Samples below the limit of quantification are kept as measured, replaced by LOQ / sqrt 2
        (Hornung & Reed 1990), or left out. :func:`below_loq_counts` counts them.

    Returns
    -------
    DataFrame
        ``dyad_id session patient therapist``, one row a session in which both persons have both
        samples. ``dyad_id`` is categorical with every dyad of the study among its categories, so
        that a dyad without a usable session is not lost from the tables that follow.

    Raises
    ------
    InputError
        For an unknown change or rule, a sample given twice, a role or phase that is not known, or a
        log ratio of a concentration that is not positive.

    References
    ----------
    Hornung & Reed (1990). Estimation of average concentration in the presence of nondetectable
    values. Applied Occupational and Environmental Hygiene 5, 46-51.
    doi:10.1080/1047322X.1990.10389587

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> samples = pd.DataFrame({
    ...     "dyad_id": "D1", "session": 4, "role": ["patient", "patient", "therapist", "therapist"],
    ...     "phase": ["pre", "post", "pre", "post"], "oxytocin_pg_ml": [4.0, 5.0, 3.0, 2.5]})
    >>> study = SimpleNamespace(samples=samples, limit_of_quantification=2.0)
    >>> session_changes(study)
      dyad_id  session  patient  therapist
    0      D1        4      1.0       -0.5
    """
    if change not in CHANGES:
        raise InputError(
            f"change is {change!r}; it must be one of {', '.join(map(repr, CHANGES))}."
        )
    samples = _quantified(study, below_loq)
    _check_samples(samples, change)
    dyads = _all_dyads(study)
    session = ["dyad_id", "session"]
    scores = []
    for role in ROLES:
        own = samples.loc[samples["role"] == role, [*session, "phase", "oxytocin_pg_ml"]]
        pre, post = (own[own["phase"] == phase].drop(columns="phase") for phase in PHASES)
        pair = pre.merge(post, on=session, suffixes=("_pre", "_post"))
        score = CHANGES[change](
            pair["oxytocin_pg_ml_pre"].to_numpy(np.float64),
            pair["oxytocin_pg_ml_post"].to_numpy(np.float64),
        )
        scores.append(pair[session].assign(**{role: score}))
    both = scores[0].merge(scores[1], on=session)
    both["dyad_id"] = pd.Categorical(both["dyad_id"], categories=dyads)
    return both.sort_values(["dyad_id", "session"], ignore_index=True)[CHANGE_COLUMNS]


def _all_dyads(study: HasSamples) -> list[Any]:
    """Return every dyad of the study: those in its table of dyads, then any others sampled."""
    known = getattr(study, "dyads", None)
    listed = [] if known is None else list(known["dyad_id"])
    return list(dict.fromkeys([*listed, *study.samples["dyad_id"]]))


def _check_samples(samples: pd.DataFrame, change: str) -> None:
    for column, allowed in (("role", ROLES), ("phase", PHASES)):
        unknown = set(samples[column]) - set(allowed)
        if unknown:
            raise InputError(
                f"samples: {column} is {sorted(map(str, unknown))[0]!r}; it must be "
                f"{allowed[0]!r} or {allowed[1]!r}."
            )
    keys = ["dyad_id", "session", "role", "phase"]
    twice = samples.duplicated(keys)
    if twice.any():
        row = samples[twice].iloc[0]
        raise InputError(
            f"samples: {_place(row)} is given more than once; one sample was expected."
        )
    if change == "log_ratio":
        not_positive = samples[samples["oxytocin_pg_ml"] <= 0]
        if len(not_positive):
            row = not_positive.iloc[0]
            raise InputError(
                f"change='log_ratio' needs positive concentrations, but {_place(row)} has "
                f"{row['oxytocin_pg_ml']:g} pg/mL ({len(not_positive)} such in all); choose "
                "another change, or below_loq='substitute' or 'omit'."
            )


def _place(row: pd.Series) -> str:
    return f"dyad {row['dyad_id']}, session {row['session']}, {row['role']}, {row['phase']}"


# Measures of association -----------------------------------------------------------------------


def pearson(x: FloatArray, y: FloatArray) -> FloatArray:
    """Product-moment correlation over the last axis; NaN where a series is constant."""
    dx, dy = _centred(x), _centred(y)
    with np.errstate(invalid="ignore", divide="ignore"):
        dx = dx / np.sqrt(np.sum(dx**2, axis=-1, keepdims=True))
        dy = dy / np.sqrt(np.sum(dy**2, axis=-1, keepdims=True))
    return np.clip(np.sum(dx * dy, axis=-1), -1.0, 1.0)


def spearman(x: FloatArray, y: FloatArray) -> FloatArray:
    """Rank correlation over the last axis: Pearson's of the ranks, ties at their mean rank."""
    from scipy import stats

    return pearson(stats.rankdata(x, axis=-1), stats.rankdata(y, axis=-1))


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
    return np.clip(ccc, -1.0, 1.0)


def _centred(x: FloatArray) -> FloatArray:
    """Deviations from the mean, divided by their largest: no square of them under- or overflows."""
    deviations = x - x.mean(axis=-1, keepdims=True)
    largest = np.max(np.abs(deviations), axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return deviations / largest


@dataclass(frozen=True)
class Measure:
    """One way to turn a dyad's pairs of changes into a number, and what a reader should know of it.

    Attributes
    ----------
    statistic : callable
        Takes two arrays, the patients' and the therapists' changes, sessions on the last axis.
        Where ``whole_sample`` is true: two arrays of dyads by sessions, NaN where a dyad has fewer.
    definition, source, few_pairs : str
        What it is; its reference; what three and four pairs do to it.
    chance_of_one : callable
        Probability that it is exactly 1 or -1 without any association, at a number of pairs.
    whole_sample : bool
        Whether a dyad's value depends on the other dyads; such a measure has no surrogates.
    """

    statistic: Callable[[FloatArray, FloatArray], FloatArray]
    definition: str
    source: str
    few_pairs: str
    chance_of_one: Callable[[int], float] = lambda _: 0.0
    whole_sample: bool = False


def _orders_that_agree(n: int) -> float:
    """Two of the n! orders, the same and the reverse, give a rank correlation of 1 or -1."""
    from math import factorial

    return 2 / factorial(n)


#: Measures by name.
MEASURES: dict[str, Measure] = {
    "pearson": Measure(
        pearson,
        "Product-moment correlation of the two persons' changes.",
        "Fisher (1915), doi:10.2307/2331838",
        "Without association it is uniform on (-1, 1) at 4 pairs (SD .577); at 3 pairs |r| > .9 "
        "in 29 %.",
    ),
    "spearman": Measure(
        spearman,
        "Pearson's correlation of the ranks of the changes.",
        "Spearman (1904), doi:10.2307/1412159",
        "Only 11 values are possible at 4 pairs and 4 at 3; without association |r| = 1 in 8 % and "
        "33 %.",
        chance_of_one=_orders_that_agree,
    ),
    "concordance": Measure(
        concordance,
        "Agreement of the changes with the line of equality; both must be in one unit.",
        "Lin (1989), doi:10.2307/2532051",
        "Nearer to 0 than Pearson's r by the difference in level and spread, which so few pairs "
        "estimate badly.",
    ),
}

#: A |z| beyond what one dyad in a thousand shows without any association is set to that value.
LEVEL_OF_LARGEST_Z = 0.001


def largest_z(n_sessions: int, measure: str = "pearson") -> float:
    """Largest ``|z|`` that is told apart from infinity at this number of pairs.

    It is the value that ``|atanh r|`` passes with probability .001 when there is no association and
    the changes are normal: 3.80 at four pairs (r = .999), 7.15 at three. A measure that reaches
    ``|r|`` = 1 more often than that by chance (Spearman: 1 dyad in 12 at four pairs) cannot mean so
    much by it: there the level is half that chance, the middle of what its 1 stands for, and z is
    1.92 at four pairs.

    Parameters
    ----------
    n_sessions : int
        Pairs of changes, at least 3.
    measure : str
        A name in :data:`MEASURES`.

    Examples
    --------
    >>> round(largest_z(4), 3), round(largest_z(4, "spearman"), 3)
    (3.8, 1.925)
    """
    from scipy import stats

    level = max(LEVEL_OF_LARGEST_Z, MEASURES[measure].chance_of_one(n_sessions) / 2)
    # t = sqrt(n - 2) sinh(z) has Student's distribution with n - 2 degrees of freedom.
    t = stats.t.isf(level / 2, n_sessions - 2)
    return float(np.arcsinh(t / np.sqrt(n_sessions - 2)))


def fisher_z(r: npt.ArrayLike, n_sessions: npt.ArrayLike, measure: str = "pearson") -> FloatArray:
    """Fisher's z = atanh(r), kept finite: ``|z|`` is at most :func:`largest_z`.

    Parameters
    ----------
    r, n_sessions : array_like
        Synchrony and the number of pairs it came from; they broadcast.
    measure : str
        The measure that gave r.

    Returns
    -------
    ndarray
        NaN where r is NaN or there are fewer than three pairs.

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
        return np.clip(np.arctanh(r), -limit, limit)


def null_variance(n_sessions: npt.ArrayLike) -> FloatArray:
    """Exact variance of atanh(r) at n pairs of normal changes without association.

    Its density is proportional to sech(z)^(n - 2), so the variance is half the trigamma function at
    (n - 2)/2: pi^2/4 at three pairs, pi^2/12 at four, and not 1/(n - 3).

    Parameters
    ----------
    n_sessions : array_like of int
        Pairs of changes; NaN below 3.

    Examples
    --------
    >>> null_variance([3, 4, 16]).round(4)
    array([2.4674, 0.8225, 0.0768])
    """
    from scipy import special

    n = np.asarray(n_sessions, np.float64)
    half = np.where(n >= 3, (n - 2) / 2, np.nan)
    return np.asarray(special.polygamma(1, half) / 2)


def dyad_synchrony(
    changes: pd.DataFrame, measure: str = "pearson", min_sessions: int = 3
) -> pd.DataFrame:
    """Compute each dyad's synchrony: the association of the two persons' changes over its sessions.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``, as :func:`session_changes` gives it. Where
        ``dyad_id`` is categorical, every category has a row, also a dyad without a session.
    measure : str
        A name in :data:`MEASURES`.
    min_sessions : int
        Fewest pairs a dyad may have, at least 3: from two pairs ``|r|`` is always 1.

    Returns
    -------
    DataFrame
        One row a dyad: ``dyad_id``; ``n_sessions``, the pairs there are; ``synchrony`` on the scale
        of r; ``z``, atanh of it, finite by the rule of :func:`largest_z` (synchrony itself stays as
        computed); ``variance``, of z at that number of pairs without association
        (:func:`null_variance`: exact for Pearson's r of normal changes); ``reason``, why the dyad
        has none, else empty.

    Raises
    ------
    InputError
        For an unknown measure, fewer than 3 sessions asked for, or missing columns.

    Notes
    -----
    A dyad has no synchrony (NaN, with the reason) where it has fewer than ``min_sessions`` pairs,
    or where one person's changes do not vary: their range is at most 1e-10 of the largest change of
    that role in the sample.

    Examples
    --------
    >>> changes = pd.DataFrame({"dyad_id": ["D1"] * 4 + ["D2"] * 2, "session": [4, 8, 12, 16, 4, 8],
    ...                         "patient": [1.0, 2.0, 0.0, 1.0, 1.0, 2.0],
    ...                         "therapist": [0.5, 1.0, 0.5, 0.0, 1.0, 2.0]})
    >>> table = dyad_synchrony(changes)
    >>> table[["dyad_id", "n_sessions", "synchrony", "z"]].round(3)
      dyad_id  n_sessions  synchrony      z
    0      D1           4        0.5  0.549
    1      D2           2        NaN    NaN
    >>> table.loc[1, "reason"]
    '2 usable sessions; at least 3 needed'
    """
    if measure not in MEASURES:
        raise InputError(
            f"measure is {measure!r}; it must be one of {', '.join(map(repr, MEASURES))}."
        )
    if min_sessions < 3:
        raise InputError(
            f"min_sessions is {min_sessions}; it must be at least 3, since from two pairs |r| is "
            "always 1."
        )
    pairs = _pair_up(changes)
    enough = pairs.n >= min_sessions
    flat = {role: enough & _is_constant(getattr(pairs, role)) for role in ROLES}
    usable = enough & ~flat["patient"] & ~flat["therapist"]
    r = np.full(pairs.n.size, np.nan)
    chosen = MEASURES[measure]
    if chosen.whole_sample:
        if usable.any():
            r[usable] = chosen.statistic(pairs.patient[usable], pairs.therapist[usable])
    else:
        for k in np.unique(pairs.n[usable]):
            rows = usable & (pairs.n == k)
            r[rows] = chosen.statistic(pairs.patient[rows, :k], pairs.therapist[rows, :k])
    reason = np.full(pairs.n.size, "", dtype=object)
    reason[~enough] = [
        f"{k} usable session{'' if k == 1 else 's'}; at least {min_sessions} needed"
        for k in pairs.n[~enough]
    ]
    reason[usable & np.isnan(r)] = f"{measure} is not defined for these changes"
    for role in ROLES:
        reason[flat[role]] = f"the {role}'s changes do not vary"
    reason[flat["patient"] & flat["therapist"]] = "neither person's changes vary"
    return pd.DataFrame(
        {
            "dyad_id": pairs.dyads,
            "n_sessions": pairs.n,
            "synchrony": r,
            "z": fisher_z(r, pairs.n, measure),
            "variance": np.where(np.isnan(r), np.nan, null_variance(pairs.n)),
            "reason": reason.astype(str),
        }
    )


@dataclass(frozen=True)
class _Pairs:
    """Changes as arrays: dyads by sessions, packed to the left, NaN beyond a dyad's own number."""

    dyads: list[Any]
    n: npt.NDArray[np.int64]
    patient: FloatArray
    therapist: FloatArray
    session: npt.NDArray[Any]


def _pair_up(changes: pd.DataFrame) -> _Pairs:
    missing = [column for column in CHANGE_COLUMNS if column not in changes.columns]
    if missing:
        raise InputError(
            f"changes has no column {missing[0]!r}; it must have {', '.join(CHANGE_COLUMNS)} "
            "(see session_changes)."
        )
    finite = np.isfinite(changes[list(ROLES)].to_numpy(np.float64)).all(axis=1)
    complete = changes.loc[finite].sort_values(["session"], kind="stable")
    column = changes["dyad_id"]
    if isinstance(column.dtype, pd.CategoricalDtype):
        dyads = column.cat.categories.tolist()
        row = complete["dyad_id"].cat.codes.to_numpy()
    else:
        dyads = column.drop_duplicates().tolist()
        row = pd.Index(dyads).get_indexer(complete["dyad_id"])
    twice = complete.duplicated(["dyad_id", "session"])
    if twice.any():
        first = complete[twice].iloc[0]
        raise InputError(
            f"changes: session {first['session']} of dyad {first['dyad_id']} is given more than "
            "once."
        )
    place = complete.groupby(row, sort=False).cumcount().to_numpy()
    n = np.bincount(row, minlength=len(dyads)).astype(np.int64)
    shape = (len(dyads), int(n.max(initial=0)))
    arrays = {}
    for role in ROLES:
        arrays[role] = np.full(shape, np.nan)
        arrays[role][row, place] = complete[role].to_numpy(np.float64)
    session = np.full(shape, None, dtype=object)
    session[row, place] = complete["session"].to_numpy(dtype=object)
    return _Pairs(dyads, n, arrays["patient"], arrays["therapist"], session)


def _is_constant(series: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether each row does not vary, up to the rounding of a difference of concentrations."""
    if series.size == 0:
        return np.ones(series.shape[0], dtype=bool)
    filled = np.where(np.isnan(series), -np.inf, series)
    lowest = np.where(np.isnan(series), np.inf, series).min(axis=1)
    span = filled.max(axis=1) - lowest
    scale = np.max(np.abs(np.where(np.isnan(series), 0.0, series)))
    return np.asarray(~(span > 1e-10 * scale))


# The exact sampling distribution of a correlation ----------------------------------------------


def correlation_log_density(r: npt.ArrayLike, rho: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """Log density of Pearson's r from n pairs of bivariate normal changes that correlate rho.

    Parameters
    ----------
    r : array_like
        Sample correlation, -1 to 1. At ``|r|`` = 1 the density is infinite for n = 3, finite for
        n = 4 and 0 (log density -inf) for more.
    rho : array_like
        True correlation, between -1 and 1, ends excluded.
    n : array_like
        Pairs, at least 3. The three broadcast.

    Returns
    -------
    ndarray
        Natural log of the density with respect to r.

    Raises
    ------
    InputError
        If r, rho or n lie outside these ranges.

    Notes
    -----
    With G the gamma function and F Gauss's hypergeometric function (Hotelling 1953)::

        f(r) = (n-2) G(n-1) (1-rho^2)^((n-1)/2) (1-r^2)^((n-4)/2)
               / [sqrt(2 pi) G(n-1/2) (1-rho r)^(n-3/2)] F(1/2, 1/2; n-1/2; (1+rho r)/2)

    References
    ----------
    Hotelling (1953). New light on the correlation coefficient and its transforms. Journal of the
    Royal Statistical Society B 15, 193-232. doi:10.1111/j.2517-6161.1953.tb00135.x

    Examples
    --------
    >>> np.exp(correlation_log_density([-0.9, 0.0, 0.9], 0.0, 4)).round(12)  # uniform on (-1, 1)
    array([0.5, 0.5, 0.5])
    """
    from scipy import special

    r, rho, n = (np.asarray(v, np.float64) for v in (r, rho, n))
    if np.any(n < 3) or np.any(np.abs(rho) >= 1) or np.any(np.abs(r) > 1):
        raise InputError(
            "The density of a correlation needs r from -1 to 1, rho between -1 and 1, and at least "
            "3 pairs."
        )
    product = rho * r
    return np.asarray(
        _log_constant(n)
        + (n - 1) / 2 * np.log1p(-(rho**2))
        + special.xlogy((n - 4) / 2, (1 - r) * (1 + r))
        - (n - 1.5) * np.log1p(-product)
        + np.log(special.hyp2f1(0.5, 0.5, n - 0.5, (1 + product) / 2))
    )


def correlation_density(r: npt.ArrayLike, rho: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """Density of Pearson's r; the exponential of :func:`correlation_log_density`.

    Examples
    --------
    >>> float(correlation_density(0.3, 0.0, 4).round(12))
    0.5
    """
    return np.exp(correlation_log_density(r, rho, n))


def fisher_z_log_density(z: npt.ArrayLike, zeta: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """Log density of z = atanh(r) from n pairs of bivariate normal changes with zeta = atanh(rho).

    The same distribution as :func:`correlation_log_density`, with respect to z; written in
    hyperbolic functions it stays accurate however close r and rho come to 1::

        f(z) = (n-2) G(n-1) / [sqrt(2 pi) G(n-1/2)] sqrt(cosh z / cosh zeta)
               sech(z - zeta)^(n-3/2) F(1/2, 1/2; n-1/2; (1 + tanh z tanh zeta)/2)

    Parameters
    ----------
    z, zeta : array_like
        Any finite numbers.
    n : array_like
        Pairs, at least 3. The three broadcast.

    Raises
    ------
    InputError
        If n is below 3.

    Examples
    --------
    >>> float(np.exp(fisher_z_log_density(0.0, 0.0, 3)).round(6))  # sech(z)/pi at three pairs
    0.31831
    """
    from scipy import special

    z, zeta, n = (np.asarray(v, np.float64) for v in (z, zeta, n))
    if np.any(n < 3):
        raise InputError("The density of a correlation needs at least 3 pairs.")
    argument = (1 + np.tanh(z) * np.tanh(zeta)) / 2
    return np.asarray(
        _log_constant(n)
        + (_log_cosh(z) - _log_cosh(zeta)) / 2
        - (n - 1.5) * _log_cosh(z - zeta)
        + np.log(special.hyp2f1(0.5, 0.5, n - 0.5, argument))
    )


def _log_constant(n: FloatArray) -> FloatArray:
    from scipy import special

    return np.asarray(
        np.log(n - 2) + special.gammaln(n - 1) - special.gammaln(n - 0.5) - np.log(2 * np.pi) / 2
    )


def _log_cosh(x: FloatArray) -> FloatArray:
    size = np.abs(x)
    return size + np.log1p(np.exp(-2 * size)) - np.log(2.0)
