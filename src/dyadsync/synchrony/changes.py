"""The change of each person's signal over each session.

Where a study has one value per session, its levels take the place of changes.
Change scores (`CHANGES`) are a registry of small functions: a new one is a function, a line in the
registry and a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.arrays import Array, FloatArray
from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.study.load import Study
from dyadsync.study.roles import PERSONS, PHASES

CHANGE_COLUMNS = ["dyad_id", "session", "patient", "therapist"]
BELOW_LOQ_RULES = ("keep", "substitute", "omit")
"""What may be done with samples below the limit of quantification; see `session_changes`."""


def difference(pre: FloatArray, post: FloatArray) -> FloatArray:
    """Post minus pre, in the unit of the signal."""
    return post - pre


def log_ratio(pre: FloatArray, post: FloatArray) -> FloatArray:
    """Natural logarithm of post over pre: the relative change, free of units."""
    return np.log(post / pre)


def residualised(pre: FloatArray, post: FloatArray) -> FloatArray:
    """Residual of the least-squares line of post on pre.

    The line is fitted once per role, over every session of the whole sample in which that role has
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
    """Size of the difference, whatever its direction: ``|post - pre|``."""
    return np.abs(post - pre)


def level(dyad: Array, session: FloatArray, value: FloatArray) -> FloatArray:  # noqa: ARG001
    """Take the value itself."""
    return value


def level_detrended(dyad: Array, session: FloatArray, value: FloatArray) -> FloatArray:
    """Take what a least-squares line over a person's own sessions leaves of the values.

    From two sessions nothing is left; the line takes with it as much as one session tells, so that
    four sessions are as three.
    """
    own = pd.DataFrame({"session": session, "value": value})
    own = own - own.groupby(dyad).transform("mean")
    sums = pd.DataFrame({"product": own["session"] * own["value"], "square": own["session"] ** 2})
    sums = sums.groupby(dyad).transform("sum")
    slope = (sums["product"] / sums["square"].where(sums["square"] > 0)).fillna(0)
    residual = (own["value"] - slope * own["session"]).to_numpy(np.float64)
    # A perfect line leaves rounding noise, which would correlate; it is no course at all.
    return np.where(np.abs(residual) <= 1e-12 * np.abs(value).max(initial=0), 0.0, residual)


@dataclass(frozen=True)
class ChangeScore:
    """A rule that turns values into a change, and what a reader should know of it.

    Attributes
    ----------
    score : callable
        Takes a role's pre and post values over the whole sample; of levels, the dyad, the session
        and the value.
    why : str
        Why an analyst would choose it: its line among the choices of a multiverse.
    needs_positive : bool
        Whether it means nothing for values that may be 0 or negative.
    phases : bool
        Whether it compares two samples of a session; if not, there is one.
    spent : int
        How many sessions' worth of a dyad's data it uses up; `dyad_synchrony` counts so many less.
    """

    score: Callable[..., FloatArray]
    why: str
    needs_positive: bool = False
    phases: bool = True
    spent: int = 0


CHANGES: dict[str, ChangeScore] = {
    "difference": ChangeScore(difference, "The plainest reading of 'change from before to after'."),
    "log_ratio": ChangeScore(
        log_ratio,
        "Concentrations are skewed; a ratio has no unit and fewer outliers.",
        needs_positive=True,
    ),
    "residualised": ChangeScore(
        residualised, "A change should not depend on where a person started."
    ),
    "absolute": ChangeScore(
        absolute,
        "Reactivity in either direction predicted improvement elsewhere (doi:10.1037/cou0000617).",
    ),
    "level": ChangeScore(level, "The value itself is what was measured.", phases=False),
    "level_detrended": ChangeScore(
        level_detrended,
        "A course that both persons share is no synchrony.",
        phases=False,
        spent=1,
    ),
}
"""Change scores by name, those of studies with one sample per session last."""


def changes_of(study: Study) -> list[str]:
    """Name the change scores of `CHANGES` that have a meaning for a study.

    They are those of two samples per session or those of one, and no log ratio of a signal that may
    be 0 or negative.
    """
    return [name for name in CHANGES if no_meaning(study, name) is None]


def no_meaning(study: Study, change: str) -> str | None:
    """Say why a change score means nothing for a study; None if it does."""
    score = CHANGES[change]
    phases = "phase" in study.samples
    if score.phases and not phases:
        return (
            f"change={change!r} compares two samples of a session, but these data have one; use "
            "change='level' or 'level_detrended'"
        )
    if phases and not score.phases:
        return (
            f"change={change!r} is for data with one sample of each person a session; these have "
            "two: use change='difference'"
        )
    if score.needs_positive and not study.positive_signal:
        return (
            f"change={change!r} needs a signal above 0, and datapackage.json does not say that it "
            'is (as "exclusiveMinimum": 0 among its constraints would): choose another change'
        )
    return None


def below_loq_counts(study: Study) -> pd.DataFrame:
    """Count the samples below the assay's limit of quantification.

    Parameters
    ----------
    study : Study
        From `load_study`.

    Returns
    -------
    DataFrame
        One row per role and phase, and a last row ``all``: ``role phase n_samples n_below share``.
        Without a known limit ``n_below`` and ``share`` are missing.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study
    >>> below_loq_counts(simulate_study(Design(), rng=1))["n_below"].tolist()
    [8, 4, 4, 4, 20]
    """
    limit = study.limit_of_quantification
    samples = study.samples.dropna(subset=["signal"])
    below = samples["signal"] < (np.nan if limit is None else limit)
    places = [name for name in ("role", "phase") if name in samples]
    counts = (
        samples.assign(below=below)
        .groupby(places, observed=True)["below"]
        .agg(n_samples="size", n_below="sum")
        .reset_index()
    )
    everywhere = {name: ["all"] for name in places}
    total = pd.DataFrame(everywhere | {"n_samples": [len(samples)], "n_below": [below.sum()]})
    table = pd.concat([counts, total], ignore_index=True)
    table["n_below"] = (
        table["n_below"].astype("Int64")
        if limit is not None
        else pd.array([pd.NA] * len(table), "Int64")
    )
    table["share"] = (table["n_below"] / table["n_samples"]).astype("Float64")
    return table


def _quantified(study: Study, rule: str) -> pd.DataFrame:
    """Return the samples after the rule for values below the limit of quantification."""
    check_choice("below_loq", rule, BELOW_LOQ_RULES)
    samples = study.samples.dropna(subset=["signal"])
    if rule == "keep":
        return samples
    limit = study.limit_of_quantification
    if limit is None:
        raise InputError(
            f"below_loq={rule!r} needs the assay's limit of quantification, but the study states "
            "none: give limitOfQuantification for the signal in datapackage.json, or use "
            "below_loq='keep'."
        )
    below = samples["signal"] < limit
    if rule == "omit":
        return samples[~below]
    return samples.assign(signal=samples["signal"].mask(below, limit / np.sqrt(2.0)))


def session_changes(
    study: Study, change: str = "difference", below_loq: str = "keep"
) -> pd.DataFrame:
    """Compute the change of each person's signal over each session.

    Parameters
    ----------
    study : Study
        From `load_study`.
    change : {"difference", "log_ratio", "residualised", "absolute", "level", "level_detrended"}
        Change score, a name in `CHANGES`. The last two are for data with one sample of each person
        a session (no ``phase``); detrended levels are what a straight line over a person's sessions
        leaves, and cost as much as one session tells.
    below_loq : {"keep", "substitute", "omit"}
        Samples below the limit of quantification are kept as measured, replaced by LOQ / sqrt 2
        (Hornung & Reed 1990), or left out. `below_loq_counts` counts them.

    Returns
    -------
    DataFrame
        ``dyad_id session patient therapist``, one row per session in which both persons have all
        samples. ``dyad_id`` is categorical with every dyad of the study among its categories, so
        that a dyad without a usable session is not lost from the tables that follow.

    Raises
    ------
    InputError
        For an unknown change or rule, a change that has no meaning for these data, a sample given
        twice, a role or phase that is not known, or a log ratio of a value that is not positive.

    References
    ----------
    Hornung & Reed (1990). Estimation of average concentration in the presence of nondetectable
    values. Applied Occupational and Environmental Hygiene 5, 46-51.
    doi:10.1080/1047322X.1990.10389587

    Examples
    --------
    >>> from dyadsync import Design, simulate_study
    >>> session_changes(simulate_study(Design(), rng=1)).head(1)
      dyad_id  session  patient  therapist
    0     D01        4     -8.1      -0.79
    """
    check_choice("change", change, CHANGES)
    if (reason := no_meaning(study, change)) is not None:
        raise InputError(f"{reason}.")
    samples = _quantified(study, below_loq)
    _check_samples(samples, change, study)
    session = ["dyad_id", "session"]
    scores = []
    for role in PERSONS:
        own = samples[samples["role"] == role]
        if CHANGES[change].phases:
            pre, post = [own.loc[own["phase"] == phase, [*session, "signal"]] for phase in PHASES]
            own = pre.merge(post, on=session, suffixes=("_pre", "_post"))
            given = [own["signal_pre"].to_numpy(float), own["signal_post"].to_numpy(float)]
        else:
            given = [own["dyad_id"].to_numpy(), *own[["session", "signal"]].to_numpy(float).T]
        score = CHANGES[change].score(*given)
        scores.append(own[session].assign(**{role: score}))
    both = scores[0].merge(scores[1], on=session)
    both["dyad_id"] = pd.Categorical(both["dyad_id"], categories=study.dyads["dyad_id"])
    both = both.sort_values(["dyad_id", "session"], ignore_index=True)[CHANGE_COLUMNS]
    both.attrs["spent"] = CHANGES[change].spent
    return both


def _check_samples(samples: pd.DataFrame, change: str, study: Study) -> None:
    for column, allowed in {"role": PERSONS, "phase": PHASES}.items():
        if column not in samples:
            continue
        unknown = set(samples[column]) - set(allowed)
        if unknown:
            raise InputError(
                f"samples: {column} is {sorted(map(str, unknown))[0]!r}; it must be "
                f"{allowed[0]!r} or {allowed[1]!r}."
            )
    keys = ["dyad_id", "session", "role", *(["phase"] if "phase" in samples else [])]
    twice = samples.duplicated(keys)
    if twice.any():
        row = samples[twice].iloc[0]
        raise InputError(
            f"samples: {_place(row)} is given more than once; one sample was expected."
        )
    if change == "log_ratio":
        not_positive = samples[samples["signal"] <= 0]
        if len(not_positive):
            row = not_positive.iloc[0]
            value = f"{row.signal:g} {study.words.unit}".strip()
            raise InputError(
                f"change='log_ratio' needs positive concentrations, but {_place(row)} has "
                f"{value} ({len(not_positive)} such in all); "
                "choose another change, or below_loq='substitute' or 'omit'."
            )


def _place(row: pd.Series) -> str:
    phase = f", {row['phase']}" if "phase" in row else ""
    return f"dyad {row['dyad_id']}, session {row['session']}, {row['role']}{phase}"
