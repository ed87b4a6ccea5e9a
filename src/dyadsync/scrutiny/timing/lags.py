"""Within dyads: the ratings of the weeks around a session, by its synchrony."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dyadsync.checks import check_level, check_positive
from dyadsync.errors import InputError
from dyadsync.printed import Printed
from dyadsync.study.load import Study

PREDICTORS = ("patient's change", "therapist's change", "synchrony of the session")
"""What a session is described by, all within its dyad and in standard deviations."""

_NEAR = 0.49  # of a unit of time: a rating so near to a session's time and lag is its own


@dataclass(frozen=True, repr=False)
class Lags(Printed):
    """What `session_lags` found."""

    table: pd.DataFrame
    """One row per lag and predictor: ``lag predictor estimate ci_lower ci_upper p_value n_ratings
    n_dyads``, in points of the rating per SD."""
    confidence_level: float

    def of(self, predictor: str) -> pd.DataFrame:
        """One predictor's rows, by lag."""
        return self.table[self.table["predictor"] == predictor].set_index("lag")

    def _text(self) -> str:
        return self.in_words()

    def in_words(self) -> str:
        """Say what a session with more synchrony is followed by, and what came before it."""
        rows = self.of(PREDICTORS[-1])
        parts = []
        for lag, words in ((-1, "the week before"), (0, "the same week"), (1, "the week after")):
            if lag in rows.index:
                row = rows.loc[lag]
                out = "without" if row.ci_lower > 0 or row.ci_upper < 0 else "containing"
                ends = f"{row.ci_lower:z.2f} to {row.ci_upper:z.2f}, {out} zero"
                parts.append(f"{row.estimate:+z.2f} points in {words} ({ends})")
        return (
            "A session whose synchrony is one standard deviation above the dyad's own goes with "
            f"ratings that differ by {'; '.join(parts)}."
        )


def session_lags(
    study: Study,
    changes: pd.DataFrame,
    *,
    lags: Sequence[int] = (-1, 0, 1, 2),
    weeks_per_session: float = 1.0,
    confidence_level: float = 0.95,
) -> Lags:
    """Regress ratings on sessions some weeks away, within dyads.

    A dyad's fixed effect takes out whatever does not change in it, impairment included, and an
    effect of each session what all dyads share, such as the course of treatment. What a session
    adds to the dyad's correlation, the product of both persons' changes around the dyad's own
    means, is its synchrony. Standard errors are robust to dyads (CR1). A rating before the session
    is a negative control: a session cannot cause it.

    Parameters
    ----------
    study : Study
        From `load_study`.
    changes : DataFrame
        From `session_changes`.
    lags : list of int
        Weeks from the session to the rating.
    weeks_per_session : float
        Weeks from one session to the next, session k in that week times k, for a study that does
        not say when its sessions were; where it does, a session's rating is the one nearest to its
        own time plus the lag, within half a unit.
    confidence_level : float

    Returns
    -------
    Lags

    Raises
    ------
    InputError
        Where at no lag there are ratings enough.

    Examples
    --------
    >>> from dyadsync import Design, session_changes, simulate_study
    >>> study = simulate_study(Design(), rng=1)
    >>> session_lags(study, session_changes(study)).table["lag"].unique().tolist()
    [-1, 0, 1, 2]
    """
    import statsmodels.api as sm

    level = check_level(confidence_level)
    sessions = describe_sessions(changes)
    sessions["week"] = session_weeks(study, sessions, weeks_per_session)
    rows = []
    for lag in lags:
        wanted = sessions.assign(week=sessions["week"] + float(lag))
        both = with_nearest_rating(study, wanted).dropna(subset=["rating"])
        both = both[both.groupby("dyad_id")["dyad_id"].transform("size") > 1]
        n_dyads = both["dyad_id"].nunique()
        if len(both) - n_dyads - both["session"].nunique() < 2 * len(PREDICTORS):
            continue
        columns = [*PREDICTORS, "rating"]
        session = pd.get_dummies(both["session"], drop_first=True, dtype=float)
        within = pd.concat([both[columns], session], axis=1).astype(float)
        within = within - within.groupby(both["dyad_id"].to_numpy()).transform("mean")
        within = within.loc[:, within.abs().max() > 1e-12]
        if "rating" not in within:  # all sessions of a dyad lie at one rating
            continue
        fit = sm.OLS(within["rating"], within.drop(columns="rating")).fit(
            cov_type="cluster", cov_kwds={"groups": pd.factorize(both["dyad_id"])[0]}, use_t=True
        )
        intervals = fit.conf_int(1 - level)
        rows += [
            {
                "lag": lag,
                "predictor": name,
                "estimate": fit.params[name],
                "ci_lower": intervals.loc[name, 0],
                "ci_upper": intervals.loc[name, 1],
                "p_value": fit.pvalues[name],
                "n_ratings": len(both),
                "n_dyads": n_dyads,
            }
            for name in PREDICTORS
            if name in fit.params.index
        ]
    if not rows:
        rule = (
            f"; session k was looked for in week {weeks_per_session:g} k"
            if study.session_times is None
            else ""
        )
        raise InputError(
            "At none of these lags are there ratings enough in the weeks around the sessions"
            f"{rule}."
        )
    return Lags(pd.DataFrame(rows), level)


def session_weeks(study: Study, sessions: pd.DataFrame, weeks_per_session: float) -> pd.Series:
    """Give each session's time: its own where the study knows it, else its number times weeks."""
    known = study.session_times
    if known is None:
        return sessions["session"] * check_positive("weeks_per_session", weeks_per_session)
    keys = pd.MultiIndex.from_frame(sessions[["dyad_id", "session"]])
    return pd.Series(known.reindex(keys).to_numpy(), index=sessions.index)


def with_nearest_rating(study: Study, sessions: pd.DataFrame) -> pd.DataFrame:
    """Add to sessions the dyad's rating nearest to their week, NaN beyond half a unit of time."""
    ratings = study.symptoms[["dyad_id", "time", "outcome"]].rename(
        columns={"time": "week", "outcome": "rating"}
    )
    ratings = ratings.astype({"dyad_id": object, "week": float}).sort_values("week", kind="stable")
    timed = sessions.dropna(subset=["week"]).reset_index().sort_values("week", kind="stable")
    both = pd.merge_asof(
        timed, ratings, on="week", by="dyad_id", direction="nearest", tolerance=_NEAR
    )
    return both.sort_values("index", kind="stable").set_index("index")


def describe_sessions(changes: pd.DataFrame) -> pd.DataFrame:
    """Describe each session by the persons' changes and their product, around the dyad's means."""
    names = dict(zip(("patient", "therapist"), PREDICTORS[:2], strict=True))
    around = changes[list(names)] - changes.groupby("dyad_id", observed=True)[
        list(names)
    ].transform("mean")
    around = (around / around.std()).rename(columns=names)
    product = around[PREDICTORS[0]] * around[PREDICTORS[1]]
    described = around.assign(**{PREDICTORS[2]: product / product.std()})
    dyads = changes["dyad_id"].astype(object)
    return pd.concat([dyads, changes["session"], described], axis=1)
