"""Shuffled sessions: each dyad against every order of its own sessions."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd

from dyadsync.arrays import BoolArray, FloatArray, IntArray
from dyadsync.checks import check_choice, check_count, check_rng
from dyadsync.errors import InputError
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.measures import MEASURES, fisher_z
from dyadsync.synchrony.pairs import Pairs, pair_up

_MOST_ENUMERATED = 7
"""Orders are enumerated up to this many sessions (7! = 5,040) and drawn at random beyond."""


def check_surrogates(measure: str, min_sessions: int) -> None:
    """Check that a dyad's value does not depend on the other dyads, and the fewest sessions."""
    check_choice("measure", measure, MEASURES)
    if MEASURES[measure].whole_sample:
        single = [name for name, known in MEASURES.items() if not known.whole_sample]
        raise InputError(
            f"measure is {measure!r}, whose value for a dyad depends on the other dyads; "
            f"surrogates need one of {', '.join(map(repr, single))}."
        )
    check_count("min_sessions", min_sessions, least=3)


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
    min_sessions: int = 3,
    n_surrogates: int = 10_000,
    rng: np.random.Generator | int | None = None,
) -> pd.DataFrame:
    """Test each dyad's Pearson correlation against every order of its sessions.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``.
    min_sessions : int
        Fewest pairs a dyad may have.
    n_surrogates : int
        Orders drawn at random where a dyad has more than 7 sessions; up to 7 all are enumerated.
    rng : int, Generator or None
        Randomness of that.

    Returns
    -------
    DataFrame
        One row per dyad: ``dyad_id n_sessions synchrony n_orders least_p p_greater p_two_sided
        reason``. With four sessions there are 24 orders, so no one-sided p-value is below
        ``least_p``, 1/24; with three, 1/6.

    Examples
    --------
    >>> changes = pd.DataFrame({"dyad_id": "D1", "session": [4, 8, 12, 16],
    ...                         "patient": [1.0, 2.0, 3.0, 5.0], "therapist": [1.0, 2.0, 3.0, 4.0]})
    >>> session_shuffles(changes)[["n_orders", "least_p", "p_greater", "p_two_sided"]].round(4)
       n_orders  least_p  p_greater  p_two_sided
    0        24   0.0417     0.0417       0.0833
    """
    check_count("n_surrogates", n_surrogates)
    generator = check_rng(rng)
    table = dyad_synchrony(changes, min_sessions=min_sessions)
    pairs = pair_up(changes)
    r = table["synchrony"].to_numpy()
    orders = np.zeros(len(table), dtype=np.int64)
    least, greater, two_sided = np.full((3, len(table)), np.nan)
    for k in np.unique(pairs.n[~np.isnan(r)]):
        rows = np.nonzero(~np.isnan(r) & (pairs.n == k))[0]
        values = _order_table(
            pairs.patient[rows, :k], pairs.therapist[rows, :k], "pearson", n_surrogates, generator
        )
        exact = k <= _MOST_ENUMERATED
        orders[rows] = values.shape[1]
        least[rows] = 1 / (values.shape[1] + (not exact))
        greater[rows] = share_of_surrogates(at_least(values, r[rows, None]), exact)
        two_sided[rows] = share_of_surrogates(
            at_least(np.abs(values), np.abs(r[rows, None])), exact
        )
    return pd.DataFrame(
        {
            "dyad_id": table["dyad_id"],
            "n_sessions": table["n_sessions"],
            "synchrony": r,
            "n_orders": orders,
            "least_p": least,
            "p_greater": greater,
            "p_two_sided": two_sided,
            "reason": table["reason"],
        }
    )


def at_least(values: FloatArray, observed: FloatArray | float) -> BoolArray:
    """Whether a surrogate is at least the observed, up to rounding: ties count as extreme."""
    return np.asarray(values >= observed - 1e-12 * np.maximum(1.0, np.abs(observed)))


def share_of_surrogates(extreme: BoolArray, exact: bool) -> FloatArray:
    """Share of surrogates (last axis) that are as extreme as the observed one: a p-value.

    It is k / B where these are all there are, the observed one among them, and (k + 1) / (B + 1)
    where they were drawn at random or leave the observed one out, so that it is never 0.
    """
    k, b = extreme.sum(axis=-1), extreme.shape[-1]
    return np.asarray(k / b if exact else (k + 1) / (b + 1))


def shuffled_samples(
    pairs: Pairs, measure: str, n_surrogates: int, rng: np.random.Generator
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
    return r, fisher_z(r, pairs.counted, measure), complete
