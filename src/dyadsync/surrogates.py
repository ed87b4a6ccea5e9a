"""Is synchrony more than chance? Surrogate dyads, shuffled sessions, and tests against them.

Two people who never met may look in step because all patients and all therapists move alike over
the sessions. A *pseudo-dyad* keeps that: it pairs a patient with the therapist series of another
dyad, in the same sessions (Moulder et al. 2018). Shuffling a dyad's sessions breaks it, and asks a
weaker question.

Every surrogate is a lookup in a table that is computed once (patient by therapist series, or dyad
by order of sessions), so thousands cost milliseconds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.synchrony import (
    MEASURES,
    FloatArray,
    Therapists,
    _is_constant,
    _largest,
    _pair_up,
    _Pairs,
    dyad_synchrony,
    fisher_z,
    therapist_of,
)

IntArray = npt.NDArray[np.int64]

KINDS = ("pseudo_dyads", "therapists", "sessions")
ALTERNATIVES = ("two-sided", "greater", "less")

#: Orders of the sessions are enumerated up to this many sessions (7! = 5,040) and drawn beyond.
_MOST_ENUMERATED = 7


def _mean_z(r: FloatArray, z: FloatArray) -> FloatArray:  # noqa: ARG001
    """Average z over the dyads, to ask whether there is synchrony at all."""
    return _mean(z)


def _mean_synchrony(r: FloatArray, z: FloatArray) -> FloatArray:  # noqa: ARG001
    """Average synchrony over the dyads."""
    return _mean(r)


def _sd_z(r: FloatArray, z: FloatArray) -> FloatArray:  # noqa: ARG001
    """Spread of z over the dyads (SD), to ask whether dyads differ more than by chance."""
    mean = _mean(z)[..., None]
    n = np.sum(~np.isnan(z), axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(np.nansum((z - mean) ** 2, axis=-1) / (n - 1))


def _mean(values: FloatArray) -> FloatArray:
    n = np.sum(~np.isnan(values), axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nansum(values, axis=-1) / n)


#: Statistics of a sample of dyads by name; each takes synchrony and z, dyads on the last axis.
STATISTICS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "mean_z": _mean_z,
    "mean_synchrony": _mean_synchrony,
    "sd_z": _sd_z,
}


@dataclass(frozen=True)
class SurrogateTest:
    """Result of :func:`surrogate_test`.

    Attributes
    ----------
    kind, statistic, alternative : str
        As asked for.
    observed : float
        The statistic of the real dyads.
    surrogates : ndarray
        The statistic of each surrogate sample.
    p_value : float
        (k + 1)/(B + 1) with k surrogates as extreme as the observed; where all were enumerated, the
        observed one among them, the exact share. NaN where there is no test.
    exact : bool
        Whether every surrogate was enumerated.
    n_dyads : int
        Dyads in the test.
    reason : str
        Why there is no test, else empty.
    """

    kind: str
    statistic: str
    alternative: str
    observed: float
    p_value: float
    exact: bool
    n_dyads: int
    reason: str = ""
    surrogates: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """One row: the observed statistic beside the surrogates' mean, SD and 95 % range."""
        some = self.surrogates.size > 0
        lower, upper = np.quantile(self.surrogates, [0.025, 0.975]) if some else (np.nan, np.nan)
        return pd.DataFrame(
            {
                "kind": [self.kind],
                "statistic": [self.statistic],
                "observed": [self.observed],
                "surrogate_mean": [self.surrogates.mean() if some else np.nan],
                "surrogate_sd": [self.surrogates.std() if some else np.nan],
                "surrogate_lower": [lower],
                "surrogate_upper": [upper],
                "p_value": [self.p_value],
                "alternative": [self.alternative],
                "n_surrogates": [self.surrogates.size],
                "exact": [self.exact],
                "n_dyads": [self.n_dyads],
                "reason": [self.reason],
            }
        )

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, float_format="{:.3f}".format, na_rep=""))


# Pseudo-dyads ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _PairTable:
    """Synchrony of every patient (row) with every therapist series (column) in common sessions."""

    synchrony: FloatArray
    z: FloatArray
    n_sessions: IntArray


def _pair_table(pairs: _Pairs, measure: str, min_sessions: int) -> _PairTable:
    labels = sorted({session for row in pairs.session for session in row if session is not None})
    column = {session: k for k, session in enumerate(labels)}
    shape = (len(pairs.dyads), len(labels))
    patient, therapist = np.full(shape, np.nan), np.full(shape, np.nan)
    for row, sessions in enumerate(pairs.session):
        k = int(pairs.n[row])
        places = [column[session] for session in sessions[:k]]
        patient[row, places] = pairs.patient[row, :k]
        therapist[row, places] = pairs.therapist[row, :k]
    there = ~np.isnan(patient)
    common = there[:, None, :] & there[None, :, :]
    n = common.sum(axis=-1).astype(np.int64)
    r = np.full(n.shape, np.nan)
    limits = _largest(pairs.patient), _largest(pairs.therapist)
    for count in np.unique(n[n >= min_sessions]):
        i, j = np.nonzero(n == count)
        at = np.nonzero(common[i, j])[1].reshape(-1, count)
        x, y = patient[i[:, None], at], therapist[j[:, None], at]
        value = MEASURES[measure].statistic(x, y)
        flat = _is_constant(x, limits[0]) | _is_constant(y, limits[1])
        r[i, j] = np.where(flat, np.nan, value)
    return _PairTable(r, fisher_z(r, n, measure), n)


def _check(measure: str, min_sessions: int) -> None:
    single = [name for name, known in MEASURES.items() if not known.whole_sample]
    if measure not in single:
        raise InputError(
            f"measure is {measure!r}; surrogates need one of {', '.join(map(repr, single))}, whose "
            "value for a dyad does not depend on the other dyads."
        )
    if min_sessions < 3:
        raise InputError(f"min_sessions is {min_sessions}; it must be at least 3.")


def pseudo_dyads(
    changes: pd.DataFrame,
    *,
    therapists: Therapists | None = None,
    same_therapist: bool = False,
    measure: str = "pearson",
    min_sessions: int = 3,
) -> pd.DataFrame:
    """Pair each patient with every other dyad's therapist series, in the same sessions.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``, as ``session_changes`` gives it.
    therapists : DataFrame, Series or mapping, optional
        Each dyad's therapist, such as ``study.dyads``. Without it every dyad counts as having a
        therapist of its own.
    same_therapist : bool
        Whether the other series may come from the patient's own therapist (with another patient).
    measure : str
        A name in ``dyadsync.synchrony.MEASURES``, ``"shrunken"`` excepted.
    min_sessions : int
        Fewest sessions that both dyads must have.

    Returns
    -------
    DataFrame
        One row a pseudo-dyad: ``patient_dyad therapist_dyad n_sessions synchrony z reason``, where
        ``n_sessions`` counts common sessions and ``reason`` says why one has no synchrony. Empty
        where there is no other series: one dyad only, or one therapist only.

    Raises
    ------
    InputError
        For a measure that has no surrogates, or a dyad without a therapist.

    References
    ----------
    Moulder, Boker, Ramseyer & Tschacher (2018). Determining synchrony between behavioral time
    series: An application of surrogate data generation for establishing falsifiable
    null-hypotheses. Psychological Methods 23, 757-773. doi:10.1037/met0000172

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> changes = pd.DataFrame({"dyad_id": np.repeat(["D1", "D2", "D3"], 4),
    ...                         "session": np.tile([4, 8, 12, 16], 3),
    ...                         "patient": rng.normal(size=12), "therapist": rng.normal(size=12)})
    >>> len(pseudo_dyads(changes))
    6
    >>> len(pseudo_dyads(changes, therapists={"D1": "T1", "D2": "T1", "D3": "T2"}))
    4
    """
    _check(measure, min_sessions)
    pairs = _pair_up(changes)
    table = _pair_table(pairs, measure, min_sessions)
    other = ~np.eye(len(pairs.dyads), dtype=bool)
    if therapists is not None and not same_therapist:
        group = _groups(pairs.dyads, therapists)
        other &= group[:, None] != group[None, :]
    i, j = np.nonzero(other)
    dyads = np.array(pairs.dyads, dtype=object)
    n = table.n_sessions[i, j]
    reason = np.where(np.isnan(table.synchrony[i, j]), "a person's changes do not vary", "")
    reason = np.where(
        n < min_sessions,
        [f"{k} common sessions; at least {min_sessions} needed" for k in n],
        reason,
    )
    return pd.DataFrame(
        {
            "patient_dyad": dyads[i],
            "therapist_dyad": dyads[j],
            "n_sessions": n,
            "synchrony": table.synchrony[i, j],
            "z": table.z[i, j],
            "reason": reason.astype(str),
        }
    )


def _groups(dyads: Sequence[object], therapists: Therapists) -> IntArray:
    names = pd.Series(therapist_of(list(dyads), therapists), dtype=object)
    return pd.factorize(names)[0].astype(np.int64)


# Shuffled sessions -----------------------------------------------------------------------------


def session_orders(n_sessions: int) -> IntArray:
    """All orders of a dyad's sessions, the real one first.

    Examples
    --------
    >>> session_orders(4).shape
    (24, 4)
    """
    return np.array(list(itertools.permutations(range(n_sessions))), dtype=np.int64)


def _order_table(
    patient: FloatArray, therapist: FloatArray, measure: str, n_drawn: int, rng: np.random.Generator
) -> FloatArray:
    """Synchrony of each dyad (row) under each order of the therapist's sessions (column)."""
    n_dyads, n = patient.shape
    if n <= _MOST_ENUMERATED:
        shuffled = therapist[:, session_orders(n)]
    else:
        shuffled = rng.permuted(np.repeat(therapist[:, None, :], n_drawn, axis=1), axis=2)
    x = np.broadcast_to(patient[:, None, :], shuffled.shape)
    return np.asarray(MEASURES[measure].statistic(x, shuffled)).reshape(n_dyads, -1)


def session_shuffles(
    changes: pd.DataFrame,
    *,
    measure: str = "pearson",
    min_sessions: int = 3,
    n_surrogates: int = 10_000,
    rng: np.random.Generator | int | None = None,
) -> pd.DataFrame:
    """Test each dyad against every order of its sessions.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``.
    measure : str
        A name in ``dyadsync.synchrony.MEASURES``, ``"shrunken"`` excepted.
    min_sessions : int
        Fewest pairs a dyad may have.
    n_surrogates : int
        Orders drawn at random where a dyad has more than 7 sessions; up to 7 all are enumerated.
    rng : int, Generator or None
        Randomness of that.

    Returns
    -------
    DataFrame
        One row a dyad: ``dyad_id n_sessions synchrony n_orders p_greater p_two_sided reason``. With
        four sessions there are 24 orders, so no p-value is below 1/24; with three, 1/6.

    Examples
    --------
    >>> changes = pd.DataFrame({"dyad_id": "D1", "session": [4, 8, 12, 16],
    ...                         "patient": [1.0, 2.0, 3.0, 5.0], "therapist": [1.0, 2.0, 3.0, 4.0]})
    >>> session_shuffles(changes)[["n_orders", "p_greater", "p_two_sided"]].round(4)
       n_orders  p_greater  p_two_sided
    0        24     0.0417       0.0833
    """
    _check(measure, min_sessions)
    generator = np.random.default_rng(rng)
    table = dyad_synchrony(changes, measure, min_sessions)
    pairs = _pair_up(changes)
    r = table["synchrony"].to_numpy()
    orders = np.zeros(len(table), dtype=np.int64)
    greater, two_sided = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for k in np.unique(pairs.n[~np.isnan(r)]):
        rows = np.nonzero(~np.isnan(r) & (pairs.n == k))[0]
        values = _order_table(
            pairs.patient[rows, :k], pairs.therapist[rows, :k], measure, n_surrogates, generator
        )
        exact = k <= _MOST_ENUMERATED
        orders[rows] = values.shape[1]
        greater[rows] = _share(_at_least(values, r[rows, None]), exact)
        two_sided[rows] = _share(_at_least(np.abs(values), np.abs(r[rows, None])), exact)
    return pd.DataFrame(
        {
            "dyad_id": table["dyad_id"],
            "n_sessions": table["n_sessions"],
            "synchrony": r,
            "n_orders": orders,
            "p_greater": greater,
            "p_two_sided": two_sided,
            "reason": table["reason"],
        }
    )


def _at_least(values: FloatArray, observed: FloatArray | float) -> npt.NDArray[np.bool_]:
    """Whether a surrogate is at least the observed, up to rounding: ties count as extreme."""
    return np.asarray(values >= observed - 1e-12 * np.maximum(1.0, np.abs(observed)))


def _share(extreme: npt.NDArray[np.bool_], exact: bool) -> FloatArray:
    k, b = extreme.sum(axis=-1), extreme.shape[-1]
    return np.asarray(k / b if exact else (k + 1) / (b + 1))


# The test --------------------------------------------------------------------------------------


def surrogate_test(
    changes: pd.DataFrame,
    *,
    kind: str = "pseudo_dyads",
    statistic: str = "mean_z",
    measure: str = "pearson",
    min_sessions: int = 3,
    therapists: Therapists | None = None,
    same_therapist: bool = False,
    alternative: str = "two-sided",
    n_surrogates: int = 10_000,
    rng: np.random.Generator | int | None = None,
) -> SurrogateTest:
    """Test the dyads' synchrony against surrogate samples that have the same series but no meeting.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``, as ``session_changes`` gives it. Dyads without a
        synchrony of their own take no part.
    kind : {"pseudo_dyads", "therapists", "sessions"}
        How a surrogate sample is made. ``"pseudo_dyads"``: the therapist series are dealt out anew
        among the patients, sessions matched. ``"therapists"``: whole therapists are exchanged; the
        patients of one therapist get series of one therapist, so what the series of one therapist
        have in common is kept. ``"sessions"``: each dyad's sessions are shuffled.
    statistic : {"mean_z", "mean_synchrony", "sd_z"}
        A name in :data:`STATISTICS`. ``"sd_z"`` asks whether dyads differ more than by chance.
    measure : str
        A name in ``dyadsync.synchrony.MEASURES``, ``"shrunken"`` excepted.
    min_sessions : int
        Fewest sessions of a dyad, and fewest common sessions of a pseudo-dyad; pseudo-dyads with
        fewer are left out of their surrogate's statistic.
    therapists : DataFrame, Series or mapping, optional
        Each dyad's therapist. Needed for ``kind="therapists"``.
    same_therapist : bool
        For ``"pseudo_dyads"``. If true, or without `therapists`, any deal of the series may occur,
        also one that leaves a series where it was: an ordinary permutation test. If false, every
        patient gets a series of another therapist.
    alternative : {"two-sided", "greater", "less"}
        Two-sided p-values are twice the smaller one-sided one, at most 1.
    n_surrogates : int
        Surrogate samples; where there are no more than that in all, each is made once and the
        p-value is exact.
    rng : int, Generator or None
        Randomness of the surrogates.

    Returns
    -------
    SurrogateTest
        ``.p_value .observed .surrogates .table``. With one dyad, one therapist, or a therapist with
        more than half of the dyads where others' series are asked for, there is no test: the
        p-value is NaN and ``.reason`` says why.

    Raises
    ------
    InputError
        For an unknown kind, statistic, measure or alternative, fewer than 1 surrogate, or
        therapists that are needed and missing.

    Notes
    -----
    ``"pseudo_dyads"`` takes dyads as independent: where the series of one therapist resemble each
    other and those of his or her patients do as well, its size exceeds its level; ``"therapists"``
    is for that case. ``"sessions"`` also takes sessions as exchangeable: where all patients and all
    therapists tend to change alike over the sessions, it finds synchrony in people who never met.
    :func:`surrogate_size` shows by how much.

    References
    ----------
    Moulder et al. (2018), doi:10.1037/met0000172. Phipson & Smyth (2010). Permutation p-values
    should never be zero. Statistical Applications in Genetics and Molecular Biology 9, 39.
    doi:10.2202/1544-6115.1585

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> therapist = rng.normal(size=(12, 4))
    >>> patient = therapist + rng.normal(size=(12, 4))
    >>> changes = pd.DataFrame({"dyad_id": np.repeat(np.arange(12), 4),
    ...                         "session": np.tile([4, 8, 12, 16], 12),
    ...                         "patient": patient.ravel(), "therapist": therapist.ravel()})
    >>> surrogate_test(changes, n_surrogates=999, rng=1).p_value
    0.002
    """
    _check(measure, min_sessions)
    for name, value, allowed in (
        ("kind", kind, KINDS),
        ("statistic", statistic, tuple(STATISTICS)),
        ("alternative", alternative, ALTERNATIVES),
    ):
        if value not in allowed:
            raise InputError(
                f"{name} is {value!r}; it must be one of {', '.join(map(repr, allowed))}."
            )
    if n_surrogates < 1:
        raise InputError(f"n_surrogates is {n_surrogates}; it must be at least 1.")
    if kind == "therapists" and therapists is None:
        raise InputError("kind='therapists' needs therapists: each dyad's therapist.")
    generator = np.random.default_rng(rng)
    table = dyad_synchrony(changes, measure, min_sessions)
    usable = table["synchrony"].notna().to_numpy()
    pairs = _select(_pair_up(changes), usable)
    own = table[usable]
    observed = float(
        STATISTICS[statistic](own["synchrony"].to_numpy(), own["z"].to_numpy())
        if usable.any()
        else np.nan
    )
    group = None if therapists is None else _groups(pairs.dyads, therapists)
    reason = _no_test(kind, statistic, group, same_therapist, len(pairs.dyads))
    if reason:
        return SurrogateTest(
            kind, statistic, alternative, observed, np.nan, False, len(pairs.dyads), reason
        )
    if kind == "sessions":
        r, z, complete = _shuffled(pairs, measure, n_surrogates, generator)
        among = complete
    else:
        if kind == "therapists":
            assert group is not None
            deal, complete = _exchange_therapists(group, n_surrogates, generator), False
            among = False
        else:
            apart = None if same_therapist else group
            deal, complete = _deals(len(pairs.dyads), apart, n_surrogates, generator)
            # Every deal of the series includes the real one; every deal to strangers leaves it out.
            among = complete and apart is None
        lookup = _pair_table(pairs, measure, min_sessions)
        rows = np.arange(len(pairs.dyads))
        r, z = lookup.synchrony[rows, deal], lookup.z[rows, deal]
    surrogates = STATISTICS[statistic](r, z)
    surrogates = surrogates[np.isfinite(surrogates)]
    if not surrogates.size:
        reason = "no two dyads share enough sessions to make a surrogate"
        return SurrogateTest(
            kind, statistic, alternative, observed, np.nan, False, len(pairs.dyads), reason
        )
    greater = float(_share(_at_least(surrogates, observed), among))
    less = float(_share(_at_least(-surrogates, -observed), among))
    p = {"greater": greater, "less": less, "two-sided": min(1.0, 2 * min(greater, less))}
    return SurrogateTest(
        kind,
        statistic,
        alternative,
        observed,
        p[alternative],
        complete,
        len(pairs.dyads),
        surrogates=surrogates,
    )


def _select(pairs: _Pairs, rows: npt.NDArray[np.bool_]) -> _Pairs:
    return _Pairs(
        [dyad for dyad, use in zip(pairs.dyads, rows, strict=True) if use],
        pairs.n[rows],
        pairs.patient[rows],
        pairs.therapist[rows],
        pairs.session[rows],
    )


def _no_test(
    kind: str, statistic: str, group: IntArray | None, same_therapist: bool, n_dyads: int
) -> str:
    """Say why there can be no test; empty where there can."""
    if n_dyads == 0:
        return "no dyad has a synchrony"
    if kind == "sessions":
        return "one dyad has no spread" if statistic == "sd_z" and n_dyads == 1 else ""
    if n_dyads == 1:
        return "one dyad only: there is no other therapist series"
    if group is None or (kind == "pseudo_dyads" and same_therapist):
        return ""
    if group.max() == 0:
        return "one therapist only: there is no series of another therapist"
    if kind == "pseudo_dyads" and 2 * np.bincount(group).max() > n_dyads:
        return (
            "one therapist has more than half of the dyads: not every patient can be given a "
            "series of another therapist"
        )
    return ""


def _deals(
    n: int, apart: IntArray | None, n_surrogates: int, rng: np.random.Generator
) -> tuple[IntArray, bool]:
    """Deals of n series to n patients (rows), and whether these are all there are.

    With `apart`, no patient gets a series of its own group: random deals are mended by swapping a
    forbidden series with one at a random place wherever the swap leaves both places allowed.
    """
    if math.factorial(n) <= n_surrogates:
        deals = session_orders(n)
        return (deals if apart is None else deals[(apart[deals] != apart).all(axis=1)]), True
    deals = rng.permuted(np.tile(np.arange(n), (n_surrogates, 1)), axis=1)
    if apart is None:
        return deals, False
    while True:
        wrong = apart[deals] == apart
        rows = np.nonzero(wrong.any(axis=1))[0]
        if rows.size == 0:
            return deals, False
        # A random forbidden place and a random partner in each row that has one.
        keys = rng.random((rows.size, n))
        first = np.argmax(np.where(wrong[rows], keys, -1.0), axis=1)
        second = rng.integers(0, n, rows.size)
        a, b = deals[rows, first], deals[rows, second]
        mends = (apart[b] != apart[first]) & (apart[a] != apart[second])
        rows, first, second = rows[mends], first[mends], second[mends]
        deals[rows, first], deals[rows, second] = b[mends], a[mends]


def _exchange_therapists(group: IntArray, n_surrogates: int, rng: np.random.Generator) -> IntArray:
    """Deals that give the patients of one therapist the series of one therapist.

    Each therapist's series are put in random order and dealt from the first on; a therapist with
    fewer series than the patients have need of starts again.
    """
    k = int(group.max()) + 1
    size = np.bincount(group)
    keys = rng.random((n_surrogates, group.size)) + group
    # Ordered by group, and at random within it.
    ordered = np.argsort(keys, axis=1)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    place = np.empty(group.size, dtype=np.int64)
    place[np.argsort(group, kind="stable")] = np.arange(group.size) - np.repeat(start, size)
    partner = rng.permuted(np.tile(np.arange(k), (n_surrogates, 1)), axis=1)[:, group]
    return np.take_along_axis(ordered, start[partner] + place % size[partner], axis=1)


def _shuffled(
    pairs: _Pairs, measure: str, n_surrogates: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, bool]:
    """Synchrony and z of surrogate samples (rows) of dyads with shuffled sessions."""
    n_dyads = len(pairs.dyads)
    tables: list[FloatArray] = [np.empty(0)] * n_dyads
    for k in np.unique(pairs.n):
        rows = np.nonzero(pairs.n == k)[0]
        values = _order_table(
            pairs.patient[rows, :k], pairs.therapist[rows, :k], measure, n_surrogates, rng
        )
        for row, value in zip(rows, values, strict=True):
            tables[row] = value
    counts = [table.size for table in tables]
    complete = bool(pairs.n.max() <= _MOST_ENUMERATED) and math.prod(counts) <= n_surrogates
    if complete:
        pick = np.indices(counts).reshape(n_dyads, -1)
    else:
        pick = rng.integers(0, np.array(counts)[:, None], (n_dyads, n_surrogates))
    r = np.stack([table[chosen] for table, chosen in zip(tables, pick, strict=True)], axis=1)
    return r, fisher_z(r, pairs.n, measure), complete


# Size under a planted null ---------------------------------------------------------------------


def null_changes(
    patients_per_therapist: Sequence[int] = (9, 8, 7, 6, 4, 3),
    sessions: Sequence[int] = (4, 8, 12, 16),
    *,
    therapist_share: float = 0.0,
    session_share: float = 0.0,
    rng: np.random.Generator | int | None = None,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Simulate changes of dyads that are not in step, with therapist and session effects.

    Parameters
    ----------
    patients_per_therapist : sequence of int
        Dyads of each therapist.
    sessions : sequence
        Sessions with samples.
    therapist_share : float
        Share of the variance of each role's changes, in each session, that is common to the dyads
        of one therapist; drawn apart for the two roles, so that it makes no synchrony.
    session_share : float
        Share that is common to everybody, patients and therapists, in that session.
    rng : int, Generator or None
        Randomness.

    Returns
    -------
    changes : DataFrame
        ``dyad_id session patient therapist``; standard normal changes.
    therapists : dict
        Each dyad's therapist.

    Raises
    ------
    InputError
        If the shares are negative or exceed 1 together.

    Examples
    --------
    >>> changes, therapists = null_changes((2, 1), rng=1)
    >>> len(changes), therapists
    (12, {'D1': 'T1', 'D2': 'T1', 'D3': 'T2'})
    """
    own = 1 - therapist_share - session_share
    if therapist_share < 0 or session_share < 0 or own < 0:
        raise InputError(
            f"therapist_share {therapist_share} and session_share {session_share} must not be "
            "negative, nor exceed 1 together."
        )
    generator = np.random.default_rng(rng)
    group = np.repeat(np.arange(len(patients_per_therapist)), patients_per_therapist)
    n_dyads, n = group.size, len(sessions)
    everybody = generator.normal(size=n)
    roles = [
        np.sqrt(session_share) * everybody
        + np.sqrt(therapist_share) * generator.normal(size=(group.max() + 1, n))[group]
        + np.sqrt(own) * generator.normal(size=(n_dyads, n))
        for _ in range(2)
    ]
    names = [f"D{i + 1}" for i in range(n_dyads)]
    changes = pd.DataFrame(
        {
            "dyad_id": np.repeat(names, n),
            "session": np.tile(list(sessions), n_dyads),
            "patient": roles[0].ravel(),
            "therapist": roles[1].ravel(),
        }
    )
    return changes, {name: f"T{g + 1}" for name, g in zip(names, group, strict=True)}


def surrogate_size(
    *,
    n_trials: int = 1000,
    n_surrogates: int = 499,
    level: float = 0.05,
    statistic: str = "mean_z",
    alternative: str = "two-sided",
    rng: np.random.Generator | int | None = None,
    **null: object,
) -> pd.DataFrame:
    """Simulate how often each surrogate test rejects where there is no synchrony.

    Parameters
    ----------
    n_trials : int
        Simulated trials (:func:`null_changes`).
    n_surrogates, statistic, alternative
        Of each test (:func:`surrogate_test`).
    level : float
        A test rejects at a p-value up to this.
    rng : int, Generator or None
        Randomness.
    **null
        Passed to :func:`null_changes`: ``patients_per_therapist``, ``sessions``,
        ``therapist_share``, ``session_share``.

    Returns
    -------
    DataFrame
        One row a test: ``test size mc_se n_trials level``; ``size`` is the share of trials in which
        it rejects and ``mc_se`` the Monte Carlo standard error of that share.

    Examples
    --------
    >>> for test in surrogate_size(n_trials=5, n_surrogates=19, rng=1)["test"]:
    ...     print(test)
    pseudo-dyads, any
    pseudo-dyads, other therapists
    therapists exchanged
    sessions shuffled
    """
    generator = np.random.default_rng(rng)
    tests: dict[str, dict[str, object]] = {
        "pseudo-dyads, any": {"kind": "pseudo_dyads", "same_therapist": True},
        "pseudo-dyads, other therapists": {"kind": "pseudo_dyads", "same_therapist": False},
        "therapists exchanged": {"kind": "therapists"},
        "sessions shuffled": {"kind": "sessions"},
    }
    rejected = np.zeros(len(tests))
    for _ in range(n_trials):
        changes, therapists = null_changes(rng=generator, **null)  # type: ignore[arg-type]
        for row, options in enumerate(tests.values()):
            result = surrogate_test(
                changes,
                statistic=statistic,
                alternative=alternative,
                therapists=therapists,
                n_surrogates=n_surrogates,
                rng=generator,
                **options,  # type: ignore[arg-type]
            )
            rejected[row] += result.p_value <= level
    size = rejected / n_trials
    return pd.DataFrame(
        {
            "test": list(tests),
            "size": size,
            "mc_se": np.sqrt(size * (1 - size) / n_trials),
            "n_trials": n_trials,
            "level": level,
        }
    )
