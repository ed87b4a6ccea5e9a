"""What came first, the synchrony of a session or the symptoms around it: `session_order`.

Early synchrony and later relief go together where dyads simply differ for good, in either order,
so windows of time are no answer. Here each series is parted into the dyad's own level and what a
session adds to it, and only the latter can say what follows what (`cross_lagged`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.checks import check_level
from dyadsync.errors import InputError
from dyadsync.printed import Printed
from dyadsync.scrutiny.timing.cross_lagged import N_FREE, fit_cross_lagged
from dyadsync.scrutiny.timing.lags import (
    PREDICTORS,
    describe_sessions,
    session_weeks,
    with_nearest_rating,
)
from dyadsync.study.load import Study

__all__ = ["SessionOrder", "order_of_series", "session_order"]

SYNCHRONY_FIRST, SYMPTOMS_FIRST = "synchrony first", "symptoms first"
_HELD = {SYNCHRONY_FIRST: 2, SYMPTOMS_FIRST: 1}  # places in the slopes, the later series a row


@dataclass(frozen=True, repr=False)
class SessionOrder(Printed):
    """What `session_order` found."""

    table: pd.DataFrame
    """One row per order: the next session's value in SDs per SD of this session's, both within
    dyads, ``estimate ci_lower ci_upper p_value p_adjusted``; the last by Holm over both."""
    n_dyads: int
    n_sessions: int
    confidence_level: float

    @property
    def verdict(self) -> str:
        """Which order the data show: one of the two, ``both orders`` or ``no order``."""
        shown = self.table.index[self.table["p_adjusted"] < 1 - self.confidence_level]
        if len(shown) == 2:
            return "both orders"
        return str(shown[0]) if len(shown) else "no order"

    def _title(self) -> str:
        return f"Order within {self.n_dyads} dyads over {self.n_sessions} sessions"

    def in_words(self) -> str:
        """Say what follows what within dyads, and whether the data tell an order."""
        parts = [
            f"{row.estimate:.2f} ({row.ci_lower:.2f} to {row.ci_upper:.2f})"
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
) -> SessionOrder:
    """Ask what follows what within dyads, by a random-intercept cross-lagged panel model.

    One series is the synchrony of each session (the product of both persons' changes around the
    dyad's own means, which is what the session adds to the dyad's correlation), the other the
    rating nearest to it. A dyad's level in each is a random intercept (Hamaker, Kuiper & Grasman
    2015, doi:10.1037/a0038889).

    Parameters
    ----------
    study : Study
        From `load_study`.
    changes : DataFrame
        From `session_changes`.
    weeks_per_session : float
        As in `session_lags`.
    confidence_level : float

    Returns
    -------
    SessionOrder
        With four sessions even strong effects are rarely found: ``benchmarks/session_order.csv``
        has size and power.

    Raises
    ------
    InputError
        For fewer than three sessions with ratings near them, or fewer dyads than the model has
        parameters.
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
    return order_of_series(series, confidence_level)


def order_of_series(series: np.ndarray, confidence_level: float = 0.95) -> SessionOrder:
    """Compare both orders of two series, shape (n, S, 2); the first is the synchrony of sessions.

    Each cross-lag is tested by the likelihood ratio. In small samples it is too large, by about
    one plus half the number of parameters per dyad, and is divided by that; its interval is the
    one that has the same p-value.
    """
    from scipy.special import chdtrc, ndtri

    level = check_level(confidence_level)
    whole = fit_cross_lagged(series)
    n_parameters = N_FREE + 2 * series.shape[1]
    shrink = 1 + n_parameters / (2 * whole.n)
    rows = {}
    for order, place in _HELD.items():
        without = fit_cross_lagged(series, (place,))
        ratio = max(without.deviance - whole.deviance, 0.0) / shrink
        later, earlier = divmod(place, 2)
        estimate = float(whole.slopes[later, earlier] * whole.sd[earlier] / whole.sd[later])
        reach = abs(estimate) * ndtri((1 + level) / 2) / max(np.sqrt(ratio), 1e-12)
        rows[order] = (estimate, estimate - reach, estimate + reach, float(chdtrc(1, ratio)))
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["estimate", "ci_lower", "ci_upper", "p_value"]
    )
    smallest, largest = table["p_value"].min(), table["p_value"].max()
    table["p_adjusted"] = np.where(
        table["p_value"] == smallest, min(1.0, 2 * smallest), max(largest, min(1.0, 2 * smallest))
    )
    return SessionOrder(table, whole.n, series.shape[1], level)
