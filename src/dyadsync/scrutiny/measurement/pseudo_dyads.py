"""Pseudo-dyads: a patient with the therapist series of another dyad, in the same sessions.

Two people who never met may look in step because all patients and all therapists move alike over
the sessions. A pseudo-dyad keeps that (Moulder et al. 2018), so it shows what such a common course
gives. Every one is a lookup in a table that is computed once, patient by therapist series.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray, IntArray
from dyadsync.checks import is_constant
from dyadsync.scrutiny.measurement.session_orders import check_surrogates, session_orders
from dyadsync.synchrony.measures import MEASURES, fisher_z
from dyadsync.synchrony.pairs import Pairs, pair_up
from dyadsync.synchrony.therapists import Therapists, therapist_groups


@dataclass(frozen=True)
class PairTable:
    """Synchrony of every patient (row) with every therapist series (column) in common sessions."""

    synchrony: FloatArray
    z: FloatArray
    n_sessions: IntArray


def pair_table(pairs: Pairs, measure: str, min_sessions: int) -> PairTable:
    """Compute synchrony of every patient with every therapist series that has enough sessions."""
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
    counted = np.maximum(n - pairs.spent, 0)
    r = np.full(n.shape, np.nan)
    largest = [np.nanmax(np.abs(own), initial=0) for own in (pairs.patient, pairs.therapist)]
    for count in np.unique(n[counted >= min_sessions]):
        i, j = np.nonzero(n == count)
        at = np.nonzero(common[i, j])[1].reshape(-1, count)
        x, y = patient[i[:, None], at], therapist[j[:, None], at]
        value = MEASURES[measure].statistic(x, y)
        flat = is_constant(x, largest[0]) | is_constant(y, largest[1])
        r[i, j] = np.where(flat, np.nan, value)
    return PairTable(r, fisher_z(r, counted, measure), counted)


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
        A name in `dyadsync.synchrony.measures.MEASURES`, ``"shrunken"`` excepted.
    min_sessions : int
        Fewest sessions that both dyads must have.

    Returns
    -------
    DataFrame
        One row per pseudo-dyad: ``patient_dyad therapist_dyad same_therapist n_sessions synchrony z
        reason``, where ``same_therapist`` says whether the series comes from the patient's own
        therapist, ``n_sessions`` counts common sessions and ``reason`` says why one has no
        synchrony. Empty where there is no other series: one dyad only, or one therapist only.

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
    check_surrogates(measure, min_sessions)
    pairs = pair_up(changes)
    table = pair_table(pairs, measure, min_sessions)
    other = ~np.eye(len(pairs.dyads), dtype=bool)
    same = np.zeros_like(other)
    if therapists is not None:
        group = therapist_groups(pairs.dyads, therapists)
        same = group[:, None] == group[None, :]
    if not same_therapist:
        other &= ~same
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
            "same_therapist": same[i, j],
            "n_sessions": n,
            "synchrony": table.synchrony[i, j],
            "z": table.z[i, j],
            "reason": reason.astype(str),
        }
    )


def deal_series(
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


def exchange_therapists(group: IntArray, n_surrogates: int, rng: np.random.Generator) -> IntArray:
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
