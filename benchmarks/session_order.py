"""How often `session_order` claims an order where there is none, and finds one that is there.

Stable synchrony: trials of the book's process, in which dyads differ for good and nothing runs from
session to session. The other settings draw two series per dyad with own levels and autoregressions
of .3, and a cross-lag of .3 SD per SD from one series to the other; they are there with 1,000
dyads, too, where the trace would show that one order leaves in the other. Tests exchange sessions
199 times, with which a test of 2.5 % is as exact as with more.

    python benchmarks/session_order.py [TRIALS]   writes session_order.csv (2,000: 40 min)
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from dyadsync import Design, session_changes, session_order, simulate_study
from dyadsync.scrutiny.timing.order import order_of_series

N_TRIALS = 2_000
SETTINGS = {"n_permutations": 199}


def of_process(n_dyads: int, seed: int) -> str:
    """Verdict on a trial of the book's process."""
    groups = [n_dyads // 6 + (j < n_dyads % 6) for j in range(6)]
    study = simulate_study(Design(patients_per_therapist=groups), rng=seed)
    return session_order(study, session_changes(study), rng=seed, **SETTINGS).verdict


def of_series(n_dyads: int, n_sessions: int, cross_lag: float, back: float, seed: int) -> str:
    """Verdict on two series of which the first moves the second, or (`back`) the reverse."""
    rng = np.random.default_rng([seed, n_dyads, n_sessions])
    slopes = np.array([[0.3, back], [cross_lag, 0.3]])
    within = rng.normal(size=(n_dyads, 2))
    levels = rng.normal(size=(n_dyads, 2)) * 0.7
    series = np.empty((n_dyads, n_sessions, 2))
    for session in range(n_sessions):
        series[:, session] = levels + within
        within = within @ slopes.T + 0.9 * rng.normal(size=(n_dyads, 2))
    return order_of_series(series, rng=rng, **SETTINGS).verdict


def main(n_trials: int = N_TRIALS) -> None:
    """Write the table beside this file."""
    cells = [("stable synchrony", n, 4, lambda s, n=n: of_process(n, s)) for n in (37, 200)]
    for setting, lags in (("synchrony first", (0.3, 0.0)), ("symptoms first", (0.0, 0.3))):
        cells += [
            (setting, n, k, lambda s, n=n, k=k, lags=lags: of_series(n, k, *lags, s))
            for n, k in ((37, 4), (200, 4), (1000, 4), (37, 8))
        ]
    rows = []
    for setting, n_dyads, n_sessions, verdict in cells:
        found = pd.Series([verdict(seed) for seed in range(n_trials)]).value_counts(normalize=True)
        shares = [float(found.get(f"{what} first", 0)) for what in ("synchrony", "symptoms")]
        rows.append(
            (
                setting,
                n_dyads,
                n_sessions,
                *shares,
                float(found.get("an order that cannot be told", 0)),
                n_trials,
            )
        )
    columns = [
        "setting",
        "n_dyads",
        "n_sessions",
        "synchrony_first",
        "symptoms_first",
        "not_told",
        "n_trials",
    ]
    table = pd.DataFrame(rows, columns=columns)
    table.round(4).to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
