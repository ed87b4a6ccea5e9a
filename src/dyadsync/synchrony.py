"""From samples to one synchrony a dyad, and how well that number is measured.

A session gives each person one change (:func:`session_changes`); a dyad's synchrony is the
association of the two persons' changes over its sessions (:func:`dyad_synchrony`); with three or
four pairs most of what varies between dyads is sampling error, and :func:`reliability` says how
much.

Change scores (:data:`CHANGES`) and measures (:data:`MEASURES`) are registries of small functions:
a new one is a function, a line in the registry and a test.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.correlation import (
    pearson_correlation,
    percentage_bend_correlation,
    spearman_correlation,
)
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


def shrunken(x: FloatArray, y: FloatArray) -> FloatArray:
    """Best linear unbiased prediction of each dyad's slope of patient (x) on therapist (y).

    Each dyad's mean is taken out by orthonormal contrasts (n pairs leave n - 1 independent values,
    as r does), and both persons' contrasts are divided by their root mean square over the sample. A
    mixed model (statsmodels, REML) with an average slope and a random slope a dyad then gives each
    dyad the average plus its shrunken deviation. On this scale the slope is the dyad's correlation
    where its two spreads are those of the sample; it can pass 1 where the patient's is larger.

    Parameters
    ----------
    x, y : ndarray
        Dyads by sessions; NaN where a dyad has fewer.

    Returns
    -------
    ndarray
        One value a dyad; all NaN with fewer than two dyads. Where the estimated variance of the
        slopes is zero every dyad has the average slope, and a warning says so.
    """
    if x.shape[0] < 2:
        return np.full(x.shape[0], np.nan)
    # The regression is of the patient on the therapist: the therapist's changes are the predictor.
    outcome, predictor = (_standardised_contrasts(series) for series in (x, y))
    slope, variance, residual = _random_slope_fit(predictor, outcome)
    if variance < 1e-3:  # an SD of the slopes below .03: the optimiser stops short of 0
        variance = 0.0
        warnings.warn(
            "The mixed model finds no variance between the dyads' slopes: every dyad's shrunken "
            "synchrony is the average slope.",
            stacklevel=2,
        )
    sxx, sxy = np.nansum(predictor**2, axis=1), np.nansum(predictor * outcome, axis=1)
    return slope + variance * (sxy - slope * sxx) / (residual + variance * sxx)


def _contrasts(series: FloatArray) -> FloatArray:
    """Orthonormal (Helmert) contrasts of each row: its values without its mean; NaN stays NaN."""
    k = np.arange(1, series.shape[1])
    return (np.cumsum(series, axis=1)[:, :-1] - k * series[:, 1:]) / np.sqrt(k * (k + 1))


def _standardised_contrasts(series: FloatArray) -> FloatArray:
    contrasts = _contrasts(series)
    return contrasts / np.sqrt(np.nanmean(contrasts**2))


def _random_slope_fit(predictor: FloatArray, outcome: FloatArray) -> tuple[float, float, float]:
    """Average slope, variance of the slopes between dyads, residual variance; by REML."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    present = ~np.isnan(predictor)
    dyad = np.nonzero(present)[0]
    x = predictor[present][:, None]
    with warnings.catch_warnings():
        # A variance of zero is an answer here, not a failure; the caller says so.
        warnings.simplefilter("ignore")
        fit = MixedLM(outcome[present], x, dyad, exog_re=x).fit(reml=True)
    return float(fit.fe_params[0]), float(fit.cov_re[0, 0]), float(fit.scale)


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
        pearson_correlation,
        "Product-moment correlation of the two persons' changes.",
        "Fisher (1915), doi:10.2307/2331838",
        "Without association it is uniform on (-1, 1) at 4 pairs (SD .577); at 3 pairs |r| > .9 "
        "in 29 %.",
    ),
    "spearman": Measure(
        spearman_correlation,
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
    "percentage_bend": Measure(
        percentage_bend_correlation,
        "Correlation of changes bent in at the outer 20 % of distances from the median.",
        "Wilcox (1994), doi:10.1007/BF02294395",
        "At 4 pairs it bends one change a person; at 3 pairs only -1, -.5, .5 and 1 are possible "
        "(|r| = 1 in 33 %).",
        chance_of_one=lambda n: 1 / 3 if n == 3 else 0.0,
    ),
    "shrunken": Measure(
        shrunken,
        "Average slope of the standardised patient's on the therapist's changes plus the dyad's "
        "shrunken deviation from it (BLUP).",
        "Robinson (1991), doi:10.1214/ss/1177011926",
        "With so few pairs most of a dyad's own deviation is taken back: values lie close "
        "together, and closer for dyads with fewer pairs or a therapist who varies little.",
        whole_sample=True,
    ),
}

#: A correlation nearer to 1 than this is not told apart from it when z is formed.
LARGEST_R = 0.999


def largest_z(n_sessions: int, measure: str = "pearson") -> float:
    """Largest ``|z|``: what atanh is taken to be where ``|r|`` is 1 or all but 1.

    It is atanh(.999) = 3.80. Without association one dyad in a thousand has a larger ``|r|`` at
    four pairs, one in 35 at three, where r is near 1 so often that a larger z would mean nothing.
    A measure that reaches ``|r|`` = 1 by chance (Spearman: 1 dyad in 12 at four pairs) cannot mean
    so much by it: there ``|z|`` is at most what Pearson's passes with half that chance, the middle
    of what its 1 stands for: 1.92 at four pairs.

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

    largest = float(np.arctanh(LARGEST_R))
    chance = MEASURES[measure].chance_of_one(n_sessions)
    if chance == 0:
        return largest
    # t = sqrt(n - 2) sinh(z) has Student's distribution with n - 2 degrees of freedom.
    t = stats.t.isf(chance / 4, n_sessions - 2)
    return min(largest, float(np.arcsinh(t / np.sqrt(n_sessions - 2))))


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


def _is_constant(series: FloatArray, scale: float | None = None) -> npt.NDArray[np.bool_]:
    """Whether each row does not vary, up to the rounding of a difference of concentrations.

    `scale` is the largest change of that role in the sample; by default that of the series given.
    """
    if series.size == 0:
        return np.ones(series.shape[0], dtype=bool)
    missing = np.isnan(series)
    highest = np.where(missing, -np.inf, series).max(axis=1)
    lowest = np.where(missing, np.inf, series).min(axis=1)
    if scale is None:
        scale = _largest(series)
    return np.asarray(~(highest - lowest > 1e-10 * scale))


def _largest(series: FloatArray) -> float:
    return float(np.max(np.abs(np.where(np.isnan(series), 0.0, series)), initial=0.0))


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


# Pooled synchrony ------------------------------------------------------------------------------

Therapists: TypeAlias = pd.DataFrame | pd.Series | Mapping[Any, Any]


def therapist_of(dyads: list[Any], therapists: Therapists) -> list[Any]:
    """Look up each dyad's therapist.

    Parameters
    ----------
    dyads : list
        Dyad names.
    therapists : DataFrame, Series or mapping
        A table with ``dyad_id`` and ``therapist_id`` like ``study.dyads``; or therapists by dyad.

    Raises
    ------
    InputError
        Where a dyad has no therapist.

    Examples
    --------
    >>> therapist_of(["D2", "D1"], {"D1": "T1", "D2": "T2"})
    ['T2', 'T1']
    """
    if isinstance(therapists, pd.DataFrame):
        known = dict(zip(therapists["dyad_id"], therapists["therapist_id"], strict=True))
    else:
        known = dict(therapists.items())
    for dyad in dyads:
        if dyad not in known or pd.isna(known[dyad]):
            raise InputError(f"therapists: dyad {dyad} has no therapist; every dyad needs one.")
    return [known[dyad] for dyad in dyads]


@dataclass(frozen=True)
class _Sums:
    """Within-dyad sums of squares and products, and degrees of freedom; one value a dyad."""

    therapist: FloatArray
    product: FloatArray
    patient: FloatArray
    df: FloatArray


def _within_sums(patient: FloatArray, therapist: FloatArray) -> _Sums:
    x, y = _standardised_contrasts(therapist), _standardised_contrasts(patient)
    return _Sums(
        np.nansum(x**2, axis=1),
        np.nansum(x * y, axis=1),
        np.nansum(y**2, axis=1),
        np.sum(~np.isnan(x), axis=1).astype(np.float64),
    )


def _repeated_measures_correlation(sums: _Sums, weights: FloatArray) -> FloatArray:
    """Correlation of what is left of the changes when each dyad's means are taken out."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (weights @ sums.product) / np.sqrt(
            (weights @ sums.therapist) * (weights @ sums.patient)
        )


def _average_slope(sums: _Sums, weights: FloatArray) -> FloatArray:
    """Average slope of the random-slope model for each row of dyad weights, by REML over a grid.

    With one variance component the restricted likelihood depends on the ratio t of the slopes'
    variance to the residual variance alone, and every sum in it is linear in the weights of the
    dyads; so all resamples are two matrix products.
    """
    t = np.concatenate([[0.0], np.geomspace(1e-3, 1e2, 200)])
    shrink = 1 + t * sums.therapist[:, None]
    info = weights @ (sums.therapist[:, None] / shrink)
    cross = weights @ (sums.product[:, None] / shrink)
    squares = weights @ (sums.patient[:, None] - t * sums.product[:, None] ** 2 / shrink)
    log_det = weights @ np.log(shrink)
    df = (weights @ sums.df)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = cross / info
        residual = squares - slope * cross
        likelihood = -((df - 1) * np.log(residual) + log_det + np.log(info)) / 2
        best = np.argmax(np.nan_to_num(likelihood, nan=-np.inf), axis=1)
        # Standardised anew by the resample's own spreads.
        scale = np.sqrt((weights @ sums.therapist) / (weights @ sums.patient))
        return slope[np.arange(len(best)), best] * scale


def _cluster_weights(
    cluster: npt.NDArray[np.int64], n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    """How often each dyad occurs in each bootstrap sample of whole clusters."""
    k = int(cluster.max()) + 1
    counts = rng.multinomial(k, np.full(k, 1 / k), size=n_resamples)
    return counts[:, cluster].astype(np.float64)


def pooled_synchrony(
    changes: pd.DataFrame,
    method: str = "rm_corr",
    *,
    therapists: Therapists | None = None,
    n_resamples: int = 10_000,
    confidence_level: float = 0.95,
    rng: np.random.Generator | int | None = None,
) -> pd.DataFrame:
    """Estimate one synchrony for the whole sample, with its interval by three routes.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``. Every dyad with two pairs or more takes part.
    method : {"rm_corr", "mixed"}
        ``"rm_corr"``: repeated-measures correlation, the association within dyads when each has its
        own level (Bland & Altman 1995; the number ``pingouin.rm_corr`` gives). ``"mixed"``: average
        slope of the patient's on the therapist's change in a mixed model with a random slope a dyad
        (statsmodels, REML), each dyad's means taken out and both changes standardised within dyads.
    therapists : DataFrame, Series or mapping, optional
        Each dyad's therapist (see :func:`therapist_of`); adds the bootstrap over therapists.
    n_resamples : int
        Bootstrap samples.
    confidence_level : float
        Of all intervals.
    rng : int, Generator or None
        Randomness of the bootstrap.

    Returns
    -------
    DataFrame
        One row an interval (``model``; ``bootstrap over dyads``; ``bootstrap over therapists``):
        ``method interval estimate ci_lower ci_upper p_value n_clusters n_dyads n_sessions``.
        Bootstrap intervals are percentiles, their p-value is min(1, 2 (k + 1)/(B + 1)). With fewer
        than two clusters a bootstrap has no interval (NaN).

    Raises
    ------
    InputError
        For an unknown method, or where no dyad has two pairs or one person never varies.

    Notes
    -----
    The model's interval treats dyads as independent; and for ``rm_corr`` also as sharing one
    correlation. With six therapists there are only 462 distinct resamples of therapists, and
    percentile intervals from so few clusters are too short: that row can warn, not prove.

    References
    ----------
    Bland & Altman (1995). Calculating correlation coefficients with repeated observations: Part 1.
    BMJ 310, 446. doi:10.1136/bmj.310.6977.446.
    Bakdash & Marusich (2017). Repeated measures correlation. Frontiers in Psychology 8, 456.
    doi:10.3389/fpsyg.2017.00456

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> changes = pd.DataFrame({"dyad_id": np.repeat(["D1", "D2", "D3"], 4),
    ...                         "session": np.tile([4, 8, 12, 16], 3),
    ...                         "patient": rng.normal(size=12), "therapist": rng.normal(size=12)})
    >>> pooled_synchrony(changes, rng=1)[["interval", "estimate"]].round(3)
                   interval  estimate
    0                 model    -0.226
    1  bootstrap over dyads    -0.226
    """
    if method not in ("rm_corr", "mixed"):
        raise InputError(f"method is {method!r}; it must be 'rm_corr' or 'mixed'.")
    pairs = _pair_up(changes)
    several = pairs.n >= 2
    for role in ROLES:
        if _is_constant(getattr(pairs, role)[several]).all():
            raise InputError(
                f"pooled_synchrony: the {role}'s changes vary within no dyad; at least one dyad "
                "with two different changes is needed."
            )
    patient, therapist = pairs.patient[several], pairs.therapist[several]
    dyads = [dyad for dyad, use in zip(pairs.dyads, several, strict=True) if use]
    sums = _within_sums(patient, therapist)
    model = _rm_corr_row if method == "rm_corr" else _mixed_row
    resampled = _repeated_measures_correlation if method == "rm_corr" else _average_slope
    estimate, lower, upper, p = model(patient, therapist, sums, confidence_level)
    rows: list[tuple[str, float, float, float, int]] = [("model", lower, upper, p, len(dyads))]
    generator = np.random.default_rng(rng)
    clusters: dict[str, list[Any]] = {"dyads": dyads}
    if therapists is not None:
        clusters["therapists"] = therapist_of(dyads, therapists)
    for name, members in clusters.items():
        codes = pd.factorize(pd.Series(members, dtype=object))[0].astype(np.int64)
        k = int(codes.max()) + 1
        lower = upper = p = np.nan
        if k >= 2:
            draws = resampled(sums, _cluster_weights(codes, n_resamples, generator))
            draws = draws[np.isfinite(draws)]
            tail = (1 - confidence_level) / 2
            lower, upper = np.quantile(draws, [tail, 1 - tail])
            fewer = min(np.sum(draws <= 0), np.sum(draws >= 0))
            p = min(1.0, 2 * (fewer + 1) / (draws.size + 1))
        rows.append((f"bootstrap over {name}", lower, upper, p, k))
    table = pd.DataFrame(
        rows, columns=["interval", "ci_lower", "ci_upper", "p_value", "n_clusters"]
    )
    table.insert(0, "method", method)
    table.insert(2, "estimate", estimate)
    table["n_dyads"] = len(dyads)
    table["n_sessions"] = int(pairs.n[several].sum())
    return table


def _rm_corr_row(
    patient: FloatArray,  # noqa: ARG001  (the same call as _mixed_row)
    therapist: FloatArray,  # noqa: ARG001
    sums: _Sums,
    confidence_level: float,
) -> tuple[float, float, float, float]:
    from scipy import stats

    r = float(_repeated_measures_correlation(sums, np.ones((1, sums.df.size)))[0])
    df = float(sums.df.sum()) - 1
    if df < 1:
        return r, np.nan, np.nan, np.nan
    with np.errstate(divide="ignore"):
        p = 2 * stats.t.sf(abs(r) * np.sqrt(df / (1 - r**2)) if abs(r) < 1 else np.inf, df)
        half = stats.norm.isf((1 - confidence_level) / 2) / np.sqrt(df - 1) if df > 1 else np.inf
        lower, upper = np.tanh(np.arctanh(r) + np.array([-half, half]))
    return r, float(lower), float(upper), float(p)


def _mixed_row(
    patient: FloatArray,
    therapist: FloatArray,
    sums: _Sums,
    confidence_level: float,
) -> tuple[float, float, float, float]:
    from scipy import stats

    slope, variance, residual = _random_slope_fit(
        _standardised_contrasts(therapist), _standardised_contrasts(patient)
    )
    information = np.sum(sums.therapist / (residual + variance * sums.therapist))
    se = float(1 / np.sqrt(information))
    half = float(stats.norm.isf((1 - confidence_level) / 2)) * se
    p = float(2 * stats.norm.sf(abs(slope) / se)) if se > 0 else np.nan
    return slope, slope - half, slope + half, p


# Reliability -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reliability:
    """How well synchrony is measured, and what that does to a mediation (see :func:`reliability`).

    Attributes
    ----------
    table : DataFrame
        One row a number of pairs: ``n_sessions reliability ci_lower ci_upper reliability_npmle
        attenuation_a attenuation_b attenuation_ab``.
    summary : DataFrame
        One row a quantity, for the numbers of pairs that the dyads have: ``quantity estimate
        ci_lower ci_upper``.
    distribution : DataFrame
        True synchrony as deconvolved: ``rho``, its density under the normal model (``density``)
        and the probability masses of the nonparametric estimate (``npmle``).
    reliability, ci_lower, ci_upper : float
        Squared correlation of synchrony with its true value, over the dyads' own numbers of pairs.
    mean_z, sd_z, sd_rho : float
        True synchrony: mean and SD on the scale of atanh(rho), SD on the scale of rho.
    p_value : float
        Likelihood-ratio test that the dyads do not differ in true synchrony (sd_z = 0).
    sessions_needed : float
        Fewest pairs with a reliability of ``target``; inf where no number reaches it.
    target, confidence_level : float
        As asked for.
    scale : str
        ``"synchrony"`` or ``"z"``.
    n_dyads : int
        Dyads with a synchrony.
    reason : str
        Why there is no estimate, else empty.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    distribution: pd.DataFrame
    reliability: float
    ci_lower: float
    ci_upper: float
    mean_z: float
    sd_z: float
    sd_rho: float
    p_value: float
    sessions_needed: float
    target: float
    confidence_level: float
    scale: str
    n_dyads: int
    reason: str = ""

    def _repr_html_(self) -> str:
        return str(self.summary.to_html(index=False, float_format="{:.2f}".format, na_rep=""))


RELIABILITY_COLUMNS = [
    "n_sessions",
    "reliability",
    "ci_lower",
    "ci_upper",
    "reliability_npmle",
    "attenuation_a",
    "attenuation_b",
    "attenuation_ab",
]

#: Grid of true synchrony, zeta = atanh(rho), on which its distribution is written.
_ZETA = np.linspace(-6.0, 6.0, 301)


def expected_correlation(rho: npt.ArrayLike, n: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Exact mean and mean square of Pearson's r from n pairs of bivariate normal changes.

    Parameters
    ----------
    rho, n : array_like
        True correlation and number of pairs (at least 3); they broadcast.

    Returns
    -------
    mean, mean_square : ndarray

    Notes
    -----
    With G the gamma and F Gauss's hypergeometric function (Hotelling 1953)::

        E[r] = 2/(n-1) [G(n/2)/G((n-1)/2)]^2 rho F(1/2, 1/2; (n+1)/2; rho^2)
        E[r^2] = 1 - (n-2)/(n-1) (1-rho^2) F(1, 1; (n+1)/2; rho^2)

    References
    ----------
    Hotelling (1953), doi:10.1111/j.2517-6161.1953.tb00135.x

    Examples
    --------
    >>> mean, mean_square = expected_correlation(0.5, 4)
    >>> print(mean.round(4), mean_square.round(4))
    0.436 0.4414
    """
    from scipy import special

    rho, n = np.asarray(rho, np.float64), np.asarray(n, np.float64)
    ratio = np.exp(2 * (special.gammaln(n / 2) - special.gammaln((n - 1) / 2)))
    mean = 2 / (n - 1) * ratio * rho * special.hyp2f1(0.5, 0.5, (n + 1) / 2, rho**2)
    square = 1 - (n - 2) / (n - 1) * (1 - rho**2) * special.hyp2f1(1, 1, (n + 1) / 2, rho**2)
    return np.asarray(mean), np.asarray(square)


@cache
def _expected(n: int, scale: str) -> tuple[FloatArray, FloatArray]:
    """Mean and mean square of synchrony from n pairs, at each true value of the grid."""
    if scale == "synchrony":
        return expected_correlation(np.tanh(_ZETA), n)
    from scipy import interpolate

    # A few true values and a smooth curve through them: the mean and the variance vary slowly.
    knots = np.linspace(_ZETA[0], _ZETA[-1], 61)
    reach = min(40 / (n - 2) + 0.5, 25.0)
    offset = np.linspace(-reach, reach, 1201)
    z = knots[:, None] + offset
    weight = np.exp(fisher_z_log_density(z, knots[:, None], n)) * (offset[1] - offset[0])
    cap = largest_z(n)
    value = np.clip(z, -cap, cap)
    mean = np.sum(weight * value, axis=1)
    variance = np.sum(weight * value**2, axis=1) - mean**2
    smooth = interpolate.CubicSpline(knots, mean)(_ZETA)
    return smooth, interpolate.CubicSpline(knots, variance)(_ZETA) + smooth**2


@dataclass(frozen=True)
class _Moments:
    """Joint moments of observed and true synchrony under a distribution of the true one."""

    covariance: FloatArray
    true_variance: FloatArray
    observed_variance: FloatArray

    @property
    def reliability(self) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = self.covariance**2 / (self.true_variance * self.observed_variance)
        return np.where(self.true_variance > 1e-12, value, 0.0)


def _moments(masses: FloatArray, n: npt.NDArray[np.int64], scale: str) -> _Moments:
    """Moments for rows of masses on the grid of zeta, over dyads with these numbers of pairs."""
    true = np.tanh(_ZETA) if scale == "synchrony" else _ZETA
    mean, square = np.zeros_like(_ZETA), np.zeros_like(_ZETA)
    for k, count in zip(*np.unique(n, return_counts=True), strict=True):
        first, second = _expected(int(k), scale)
        mean += first * count / n.size
        square += second * count / n.size
    centre, observed = masses @ true, masses @ mean
    return _Moments(
        masses @ (true * mean) - centre * observed,
        np.maximum(masses @ true**2 - centre**2, 0.0),
        masses @ square - observed**2,
    )


def _normal_masses(mean: FloatArray, sd: FloatArray) -> FloatArray:
    """Masses on the grid of zeta of normal distributions; one row a pair of mean and SD.

    Each grid point gets the normal distribution's integral against its hat function, so that an SD
    below the grid's step is right as well; an SD of 0 puts all mass on the nearest grid point.
    """
    from scipy import special

    step = _ZETA[1] - _ZETA[0]
    edges = np.concatenate([[_ZETA[0] - step], _ZETA, [_ZETA[-1] + step]])
    spread = np.maximum(sd, 1e-9)[:, None]
    u = (edges - mean[:, None]) / spread
    # The second integral of the density, whose second difference is the integral with the hat.
    second = spread * (u * special.ndtr(u) + np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi))
    masses = np.diff(second, n=2, axis=1) / step
    masses = np.maximum(masses, 0.0)
    masses /= masses.sum(axis=1, keepdims=True)
    nearest = np.rint((mean - _ZETA[0]) / step).clip(0, _ZETA.size - 1)
    return np.where(sd[:, None] == 0, np.arange(_ZETA.size) == nearest[:, None], masses)


def _likelihood_region(
    likelihood: FloatArray, drop: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means, SDs and log likelihoods on a grid drawn round the region within `drop` of the best."""
    mean_range, sd_range = (-3.0, 3.0), (0.0, 3.0)
    for _ in range(3):
        mean, sd = (
            axis.ravel()
            for axis in np.meshgrid(np.linspace(*mean_range, 41), np.linspace(*sd_range, 41))
        )
        log_likelihood = np.log(likelihood @ _normal_masses(mean, sd).T).sum(axis=0)
        inside = log_likelihood >= log_likelihood.max() - drop - 1
        mean_step = (mean_range[1] - mean_range[0]) / 40
        sd_step = (sd_range[1] - sd_range[0]) / 40
        mean_range = (mean[inside].min() - mean_step, mean[inside].max() + mean_step)
        sd_range = (max(sd[inside].min() - sd_step, 0.0), sd[inside].max() + sd_step)
    return mean, sd, log_likelihood


def _npmle(likelihood: FloatArray, n_steps: int = 3000) -> FloatArray:
    """Nonparametric maximum likelihood masses on the grid of zeta, by the EM algorithm.

    The support is every second point of the grid: steps of .08, far below the spread of one z.
    """
    support = likelihood[:, ::2]
    masses = np.full(support.shape[1], 1 / support.shape[1])
    for _ in range(n_steps):
        gain = (1 / (support @ masses)) @ support / len(support)
        if gain.max() < 1 + 1e-4:  # Lindsay's gradient: no mass anywhere adds to the likelihood
            break
        masses = masses * gain
    full = np.zeros(likelihood.shape[1])
    full[::2] = masses / masses.sum()
    return full


def reliability(
    synchrony: pd.DataFrame,
    *,
    scale: str = "synchrony",
    explained: float = 0.0,
    target: float = 0.7,
    confidence_level: float = 0.95,
) -> Reliability:
    """Estimate how well Pearson synchrony measures its true value, and what follows.

    The correlations' exact sampling distribution is deconvolved from their spread over dyads: true
    synchrony zeta = atanh(rho) is normal between dyads with mean and SD by maximum likelihood; a
    nonparametric estimate stands beside it.

    Parameters
    ----------
    synchrony : DataFrame
        What :func:`dyad_synchrony` returns with ``measure="pearson"`` (or changes, from which it is
        computed).
    scale : {"synchrony", "z"}
        The scale on which synchrony is used: r against rho, or z (kept finite) against zeta.
    explained : float
        Share of the variance of true synchrony that the predictor x explains; it enters the
        attenuation of b, which is estimated given x.
    target : float
        Reliability to be reached, for ``sessions_needed``.
    confidence_level : float
        Of the profile-likelihood intervals.

    Returns
    -------
    Reliability
        See there. Attenuations are what is left of a slope on average: a (synchrony on x),
        b (outcome on synchrony, given x), and of their product; at ``explained=0`` the product is
        the reliability.

    Raises
    ------
    InputError
        For an unknown scale, a share or a target that is not between 0 and 1, or a missing column.

    Notes
    -----
    Reliability is the squared correlation between the observed and the true value: the squared
    covariance of E[r | rho] with rho over the product of the variances of r and rho. Its interval
    is that of the profile likelihood: the range over every mean and SD whose log likelihood is
    within half the chi-square quantile of the largest.
    Changes are taken as bivariate normal; assay noise lowers rho itself and is not corrected. With
    fewer than three dyads, or where all have the same value, there is no estimate.

    References
    ----------
    Hotelling (1953), doi:10.1111/j.2517-6161.1953.tb00135.x.
    Laird (1978). Nonparametric maximum likelihood estimation of a mixing distribution. Journal of
    the American Statistical Association 73, 805-811. doi:10.1080/01621459.1978.10480103

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rho = np.tanh(rng.normal(0.2, 0.6, 60))[:, None]
    >>> therapist = rng.normal(size=(60, 4))
    >>> patient = rho * therapist + np.sqrt(1 - rho**2) * rng.normal(size=(60, 4))
    >>> changes = pd.DataFrame({"dyad_id": np.repeat(np.arange(60), 4),
    ...                         "session": np.tile([4, 8, 12, 16], 60),
    ...                         "patient": patient.ravel(), "therapist": therapist.ravel()})
    >>> result = reliability(changes)
    >>> 0 <= result.ci_lower < result.reliability < result.ci_upper <= 1
    True
    """
    from scipy import stats

    if scale not in ("synchrony", "z"):
        raise InputError(f"scale is {scale!r}; it must be 'synchrony' or 'z'.")
    for name, share in (("explained", explained), ("target", target)):
        if not 0 <= share < 1:
            raise InputError(f"{name} is {share}; it must be at least 0 and below 1.")
    if "patient" in synchrony.columns:
        synchrony = dyad_synchrony(synchrony)
    for column in ("n_sessions", "synchrony"):
        if column not in synchrony.columns:
            raise InputError(f"reliability: the table of synchrony has no column {column!r}.")
    usable = synchrony[synchrony["synchrony"].notna()]
    n = usable["n_sessions"].to_numpy(np.int64)
    z = fisher_z(usable["synchrony"], n)
    if n.size < 3 or np.ptp(z) == 0:
        reason = (
            f"{n.size} dyad{'' if n.size == 1 else 's'} with a synchrony; at least 3 needed"
            if n.size < 3
            else "all dyads have the same synchrony"
        )
        return _no_reliability(reason, scale, target, confidence_level, int(n.size))

    likelihood = np.exp(fisher_z_log_density(z[:, None], _ZETA, n[:, None]))
    drop = float(stats.chi2.ppf(confidence_level, 1)) / 2
    mean, sd, log_likelihood = _likelihood_region(likelihood, drop)
    best = int(np.argmax(log_likelihood))
    inside = log_likelihood >= log_likelihood[best] - drop
    no_spread = np.linspace(-3.0, 3.0, 601)
    null = np.log(likelihood @ _normal_masses(no_spread, np.zeros(601)).T).sum(axis=0).max()
    ratio = max(2 * (log_likelihood[best] - null), 0.0)

    masses = _normal_masses(mean, sd)
    npmle = _npmle(likelihood)[None]
    overall = _moments(masses, n, scale).reliability
    lowest, highest = (
        int(f(np.where(inside, overall, o))) for f, o in ((np.argmin, np.inf), (np.argmax, -np.inf))
    )
    three = masses[[best, lowest, highest]]
    needed = [_sessions_needed(row[None], target, scale) for row in three]

    rows = []
    for k in range(3, 17):
        count = np.array([k])
        at_k = _moments(masses, count, scale)
        value = at_k.reliability
        rows.append(
            (
                k,
                value[best],
                value[inside].min(),
                value[inside].max(),
                _moments(npmle, count, scale).reliability[0],
                *_attenuation(at_k, best, explained),
            )
        )
    table = pd.DataFrame(rows, columns=RELIABILITY_COLUMNS)
    rho = np.tanh(_ZETA)
    sd_rho = np.sqrt(np.maximum(masses @ rho**2 - (masses @ rho) ** 2, 0.0))
    observed = _attenuation(_moments(masses, n, scale), best, explained)
    summary = pd.DataFrame(
        [
            ("reliability", overall[best], overall[inside].min(), overall[inside].max()),
            (
                "reliability (nonparametric)",
                _moments(npmle, n, scale).reliability[0],
                *_NO_INTERVAL,
            ),
            ("mean of true z", mean[best], mean[inside].min(), mean[inside].max()),
            ("SD of true z", sd[best], sd[inside].min(), sd[inside].max()),
            ("SD of true rho", sd_rho[best], sd_rho[inside].min(), sd_rho[inside].max()),
            ("share of a that is left", observed[0], *_NO_INTERVAL),
            ("share of b that is left", observed[1], *_NO_INTERVAL),
            ("share of ab that is left", observed[2], *_NO_INTERVAL),
            (f"sessions for a reliability of {target:g}", needed[0], needed[2], needed[1]),
        ],
        columns=["quantity", "estimate", "ci_lower", "ci_upper"],
    )
    step = _ZETA[1] - _ZETA[0]
    distribution = pd.DataFrame(
        {
            "rho": rho,
            "density": masses[best] / step * np.cosh(_ZETA) ** 2,
            "npmle": npmle[0],
        }
    )
    return Reliability(
        table,
        summary,
        distribution,
        reliability=float(overall[best]),
        ci_lower=float(overall[inside].min()),
        ci_upper=float(overall[inside].max()),
        mean_z=float(mean[best]),
        sd_z=float(sd[best]),
        sd_rho=float(sd_rho[best]),
        # At the edge of the parameter space the ratio is 0 half the time (Self & Liang 1987).
        p_value=float(stats.chi2.sf(ratio, 1) / 2 if ratio > 0 else 1.0),
        sessions_needed=needed[0],
        target=target,
        confidence_level=confidence_level,
        scale=scale,
        n_dyads=int(n.size),
    )


_NO_INTERVAL = (np.nan, np.nan)


def _attenuation(moments: _Moments, row: int, explained: float) -> tuple[float, float, float]:
    """Shares of a, of b given x, and of ab that are left on average."""
    covariance, true, observed = (
        float(part[row])
        for part in (moments.covariance, moments.true_variance, moments.observed_variance)
    )
    if true <= 1e-12:
        return np.nan, 0.0, 0.0
    a = covariance / true
    # What x explains of the true synchrony it explains, a-fold, of the observed one.
    b = covariance * (1 - explained) / (observed - a**2 * true * explained)
    return a, b, a * b


def _sessions_needed(masses: FloatArray, target: float, scale: str, most: int = 4096) -> float:
    """Fewest pairs that reach the target: doubling, then halving the bracket."""

    def reached(k: int) -> bool:
        return bool(_moments(masses, np.array([k]), scale).reliability[0] >= target)

    if reached(3):
        return 3.0
    low, high = 3, 6
    while not reached(high):
        if high >= most:
            return np.inf
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return float(high)


def _no_reliability(
    reason: str, scale: str, target: float, confidence_level: float, n_dyads: int
) -> Reliability:
    return Reliability(
        pd.DataFrame(columns=RELIABILITY_COLUMNS),
        pd.DataFrame(columns=["quantity", "estimate", "ci_lower", "ci_upper"]),
        pd.DataFrame(columns=["rho", "density", "npmle"]),
        reliability=np.nan,
        ci_lower=np.nan,
        ci_upper=np.nan,
        mean_z=np.nan,
        sd_z=np.nan,
        sd_rho=np.nan,
        p_value=np.nan,
        sessions_needed=np.nan,
        target=target,
        confidence_level=confidence_level,
        scale=scale,
        n_dyads=n_dyads,
        reason=reason,
    )
