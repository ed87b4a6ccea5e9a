"""What came first, the synchrony of a session or the symptoms around it: `session_order`.

Early synchrony and later relief go together where dyads simply differ for good, in either order,
so windows of time are no answer, and nor is a model whose only difference between dyads is their
level, where they differ in the course of their symptoms, too. Here a session's synchrony is only
compared with that of the same dyad in other sessions: whatever is stable in a dyad goes with all
of its sessions alike, and drops out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import ROUNDING, check_count, check_level, check_rng
from dyadsync.counting import of_all
from dyadsync.errors import InputError
from dyadsync.printed import Printed
from dyadsync.scrutiny.timing.lags import (
    PREDICTORS,
    describe_sessions,
    session_weeks,
    with_nearest_rating,
)
from dyadsync.study.load import Study

SYNCHRONY_FIRST, SYMPTOMS_FIRST = "synchrony first", "symptoms first"
_FEWEST_DYADS = 10
_BLOCK = 2_000_000  # values of all permutations that are held at once


@dataclass(frozen=True, repr=False)
class SessionOrder(Printed):
    """What `session_order` found."""

    table: pd.DataFrame
    """One row per order: the next session's value in SDs per SD of this session's, those over all
    dyads and sessions, ``estimate ci_lower ci_upper p_value p_adjusted``; the last by Holm."""
    n_dyads: int
    n_sessions: int
    confidence_level: float

    @property
    def verdict(self) -> str:
        """Which order the data show: one of the two, none, or one that cannot be determined.

        An effect in one order leaves a smaller trace in the other, so two are no finding of both.
        """
        shown = self.table.index[self.table["p_adjusted"] <= 1 - self.confidence_level]
        if len(shown) == 2:
            return "an order that cannot be told"
        return str(shown[0]) if len(shown) else "no order"

    def _title(self) -> str:
        return f"Order within {self.n_dyads} dyads over {self.n_sessions} sessions"

    def in_words(self) -> str:
        """Say what follows what within dyads, and whether the data show an order."""
        parts = [
            f"{row.estimate:z.2f} ({row.ci_lower:z.2f} to {row.ci_upper:z.2f})"
            for row in self.table.itertuples()
        ]
        return (
            "Within dyads the next rating goes with this session's synchrony by "
            f"{parts[0]} SD per SD, the next session's synchrony with this rating by {parts[1]}: "
            f"the data show {self.verdict}."
        )


def session_order(
    study: Study,
    changes: pd.DataFrame,
    *,
    weeks_per_session: float = 1.0,
    confidence_level: float = 0.95,
    n_permutations: int = 1_999,
    rng: Any = None,
) -> SessionOrder:
    """Ask what follows what within dyads.

    One series is the synchrony of each session (the product of both persons' changes around the
    dyad's own means, which is what the session adds to the dyad's correlation), the other the
    rating nearest to it. What dyads differ in for good is parted from what happens within them
    (Hamaker, Kuiper & Grasman 2015, doi:10.1037/a0038889) by comparing sessions of one dyad, those
    before or those after only (Arellano & Bover 1995, doi:10.1016/0304-4076(94)01642-D), so that
    an effect in one order is not mistaken for one in the other:

    - synchrony first: the next rating, given all before it, on the synchrony of this session less
      the mean of those before it;
    - symptoms first: the synchrony of the next session less the mean of those after it, given all
      before it, on this rating.

    Products of changes have outliers, so p-values and intervals come from exchanging the sessions
    of each dyad rather than from a t distribution. Where a dyad's sessions do not differ but by
    chance, the test is exact. Its statistic is the slope over its standard error by dyad, so that
    it holds approximately for either order where the other one is there (Janssen 1997,
    doi:10.1016/S0167-7152(97)00043-6).

    Parameters
    ----------
    study : Study
        From `load_study`.
    changes : DataFrame
        From `session_changes`.
    weeks_per_session : float
        As in `session_lags`.
    confidence_level : float
    n_permutations : int
        At least 199.
    rng : seed or Generator

    Returns
    -------
    SessionOrder
        With four sessions even strong effects are rarely found: ``benchmarks/session_order.csv``
        has size and power.

    Raises
    ------
    InputError
        For fewer than four sessions, or too few dyads with ratings near them.
    """
    sessions = describe_sessions(changes)
    sessions["week"] = session_weeks(study, sessions, weeks_per_session)
    both = with_nearest_rating(study, sessions)
    if both["rating"].notna().sum() == 0:
        raise InputError("No session has a rating near it, so there is no order to ask for.")
    wide = both.pivot_table(
        index="dyad_id", columns="session", values=[PREDICTORS[-1], "rating"], dropna=False
    )
    series = np.stack([wide[name].to_numpy(float) for name in (PREDICTORS[-1], "rating")], -1)
    return order_of_series(series, confidence_level, n_permutations, rng)


def order_of_series(
    series: Array, confidence_level: float = 0.95, n_permutations: int = 1_999, rng: Any = None
) -> SessionOrder:
    """Compare both orders of two series, shape (n, S, 2); the first is sessions' synchrony."""
    from statsmodels.stats.multitest import multipletests

    level = check_level(confidence_level)
    n_permutations = check_count("n_permutations", n_permutations, least=199)
    rng = check_rng(rng)
    n_sessions = series.shape[1]
    if n_sessions < 4:
        raise InputError(f"An order needs four sessions or more; there are {n_sessions}.")
    c, r = series[..., 0], series[..., 1]
    observed = _both_orders(c[None], r)
    permuted = []
    block = max(1, _BLOCK // c.size)
    for start in range(0, n_permutations, block):
        size = min(block, n_permutations - start)
        permuted.append(_both_orders(_exchanged(c, size, rng), r)[1])
    t_values = np.abs(np.hstack([observed[1], *permuted]))  # shape (2, 1 + n_permutations)
    unit = float(np.nanstd(c) / np.nanstd(r))  # of one series per unit of the other, to SDs
    rows = {}
    for name, slope, t, scale in zip(
        (SYNCHRONY_FIRST, SYMPTOMS_FIRST),
        observed[0][:, 0],
        t_values,
        (unit, 1 / unit),
        strict=True,
    ):
        half = abs(slope) / t[0] * np.quantile(t, level, method="higher")
        p_value = float((t >= t[0] * (1 - ROUNDING)).mean())
        rows[name] = [value * scale for value in (slope, slope - half, slope + half)] + [p_value]
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["estimate", "ci_lower", "ci_upper", "p_value"]
    )
    table["p_adjusted"] = multipletests(table["p_value"], method="holm")[1]
    n_dyads = int(np.isfinite(series.sum(axis=2)).any(axis=1).sum())
    return SessionOrder(table, n_dyads, n_sessions, level)


def _exchanged(c: Array, n_permutations: int, rng: np.random.Generator) -> Array:
    """Exchange each dyad's sessions, shape (n, S), at random; a missing one stays in its place."""
    there = np.isfinite(c)
    keys = np.where(there, rng.random((n_permutations, *c.shape)), np.inf)
    shuffled = np.take_along_axis(c[None], keys.argsort(axis=-1, kind="stable"), axis=-1)
    place = np.maximum(there.cumsum(axis=1) - 1, 0)
    return np.where(there, np.take_along_axis(shuffled, place[None], axis=-1), np.nan)


def _both_orders(c: Array, r: Array) -> tuple[Array, Array]:
    """Slopes and t values of both orders, each of shape (2, B); `c` has shape (B, n, S)."""
    n_sessions, n_b = r.shape[1], len(c)
    ratings = np.broadcast_to(r, (1, *r.shape))
    forward = [
        (ratings[..., s + 1], c[..., s] - c[..., :s].mean(-1), ratings[..., : s + 1])
        for s in range(1, n_sessions - 1)
    ]
    backward = [
        (c[..., s + 1] - c[..., s + 2 :].mean(-1), ratings[..., s], c[..., : s + 1])
        for s in range(n_sessions - 2)
    ]
    found = [_pooled(waves, n_b) for waves in (forward, backward)]
    return np.array([slope for slope, _ in found]), np.array([t for _, t in found])


def _pooled(waves: list[tuple[Array, Array, Array]], n_b: int) -> tuple[Array, Array]:
    """Slope that all waves share and its t value, shape (B,); each wave has its own other terms.

    A wave is a response and a predictor, shape (B or 1, n), and others, shape (B or 1, n, k); what
    is missing is so in all of B.
    """
    n = waves[0][0].shape[1]
    products, squares, scores = np.zeros((3, n_b, n))
    used = np.zeros(n, bool)
    left: list[tuple[Array, Array, Array]] = []
    for response, predictor, others in waves:
        rows = np.isfinite(response[0] + predictor[0] + others[0].sum(-1))
        X = others[:, rows]
        X = np.concatenate([np.ones((*X.shape[:2], 1)), X], axis=-1)
        if X.shape[1] < X.shape[2] + 2:
            continue
        Q = np.linalg.qr(X)[0]
        y, x = (
            v - (Q @ (Q.mT @ v[..., None]))[..., 0] for v in (response[:, rows], predictor[:, rows])
        )
        products[:, rows] += x * y
        squares[:, rows] += x**2
        left.append((rows, x, y))
        used |= rows
    if used.sum() < _FEWEST_DYADS:
        have = of_all(
            used.sum(), len(used), "dyads", "has/have ratings near enough of the sessions"
        )
        raise InputError(f"{have.capitalize()}; an order needs {_FEWEST_DYADS} or more.")
    total = squares.sum(1, keepdims=True)
    slope = products.sum(1, keepdims=True) / total
    for rows, x, y in left:
        scores[:, rows] += x * (y - slope * x)
    # A dyad's products of changes can be far out: its score is what leaving it out would show.
    scores /= 1 - squares / total
    return slope[:, 0], slope[:, 0] * total[:, 0] / np.sqrt((scores**2).sum(1))
