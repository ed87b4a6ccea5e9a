"""Symptom reduction: how much a patient's ratings fell over the treatment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.regression.random_effects import random_effects_fit
from dyadsync.study.load import Study


def _slope_reduction(symptoms: pd.DataFrame, planned_weeks: float) -> pd.Series:
    """Minus the least-squares weekly slope, times the planned weeks."""
    return -_own_slopes(symptoms) * planned_weeks


def _own_slopes(symptoms: pd.DataFrame) -> pd.Series:
    """Give each dyad's least-squares weekly slope."""
    dyad = symptoms["dyad_id"]
    week = _centred(symptoms, "time")
    covariation = (week * symptoms["outcome"]).groupby(dyad).sum()
    variation = (week**2).groupby(dyad).sum()
    ratings = symptoms.groupby("dyad_id")["outcome"]
    covariation = covariation.mask(ratings.max() == ratings.min(), 0.0)  # not what rounding leaves
    return covariation / variation.where(variation > 0)


def _centred(symptoms: pd.DataFrame, column: str) -> pd.Series:
    return symptoms[column] - symptoms.groupby("dyad_id")[column].transform("mean")


def _mixed_reduction(symptoms: pd.DataFrame, planned_weeks: float) -> pd.Series:
    """Take the slope from a mixed model: random intercepts and slopes, shrunken to the mean."""
    own = symptoms["dyad_id"].map(_own_slopes(symptoms)).fillna(0)
    scatter = _centred(symptoms, "outcome") - own * _centred(symptoms, "time")
    if np.abs(scatter).max() <= 1e-9 * np.abs(symptoms["outcome"]).max():
        raise InputError(
            "symptom_reduction: no rating departs from its dyad's own line, so a mixed model "
            'has nothing to weigh it with; use method="slope".'
        )
    # From the first rating on and in units of the whole treatment, wherever times have their origin
    # and whatever their unit.
    time = (symptoms["time"] - symptoms["time"].min()).to_numpy(float) / (planned_weeks or 1.0)
    X = np.column_stack([np.ones_like(time), time])
    dyad, dyads = pd.factorize(symptoms["dyad_id"])
    try:
        fit = random_effects_fit(X, symptoms["outcome"].to_numpy(float), X, dyad)
    except np.linalg.LinAlgError:
        raise InputError(
            "symptom_reduction: all ratings are of one time and have no slope; check the times."
        ) from None
    return -(fit.coef[1] + pd.Series(fit.effects[:, 1], dyads))


def first_ratings(study: Study) -> pd.Series:
    """Give each dyad's first rating, in the order of the study's dyads; NaN where it has none."""
    return _in_order(study.symptoms).first().astype(float).reindex(study.dyads["dyad_id"])


def _in_order(symptoms: pd.DataFrame) -> Any:
    """Group the ratings by dyad, each dyad's in the order of time."""
    return symptoms.sort_values("time", kind="stable").groupby("dyad_id")["outcome"]


def _first_and_last(symptoms: pd.DataFrame) -> pd.DataFrame:
    ordered = _in_order(symptoms)
    ends = pd.DataFrame({"first": ordered.first(), "last": ordered.last()}).astype(float)
    return ends[ordered.size() > 1]


def _difference_reduction(symptoms: pd.DataFrame, planned_weeks: float) -> pd.Series:  # noqa: ARG001
    """Intake minus last observation, in points."""
    ends = _first_and_last(symptoms)
    return ends["first"] - ends["last"]


def _percent_reduction(symptoms: pd.DataFrame, planned_weeks: float) -> pd.Series:  # noqa: ARG001
    """Intake minus last observation, in percent of intake."""
    ends = _first_and_last(symptoms)
    return 100 * (ends["first"] - ends["last"]) / ends["first"].where(ends["first"] > 0)


SYMPTOM_METHODS: dict[str, Callable[[pd.DataFrame, float], pd.Series]] = {
    "slope": _slope_reduction,
    "mixed": _mixed_reduction,
    "difference": _difference_reduction,
    "percent": _percent_reduction,
}


def symptom_reduction(study: Study, method: str = "slope") -> pd.Series:
    """How much each dyad's outcome improved; positive is improvement, whatever the scale.

    Symptoms improve as they fall; where the data package says that higher is better, the outcome
    improves as it rises.

    Parameters
    ----------
    study : Study
        From `load_study` or `simulate_study`.
    method : str, default "slope"
        ``"slope"``: minus the patient's own least-squares weekly slope, times the planned weeks
        (the trial's registered outcome, in points; needs two weeks). ``"mixed"``: the same from a
        mixed model with random intercepts and slopes, whose estimates are shrunken towards the
        mean. ``"difference"`` and ``"percent"``: from the first to the last observation, in points
        and in percent of the first (need two observations).

    Returns
    -------
    Series
        Indexed by ``dyad_id`` in the order of ``study.dyads``; NaN where it cannot be known.

    Raises
    ------
    InputError
        If the method is unknown, or the ratings allow no mixed model.

    References
    ----------
    Trial protocol: Zilcha-Mano et al. (2018), doi:10.1186/s12888-018-1934-1.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study
    >>> symptom_reduction(simulate_study(Design(), rng=1)).round(1).head(2)
    dyad_id
    D01    12.2
    D02     8.0
    Name: symptom_reduction, dtype: float64
    """
    reduce = SYMPTOM_METHODS[check_choice("method", method, SYMPTOM_METHODS)]
    index = pd.Index(study.dyads["dyad_id"], name="dyad_id")
    if study.symptoms.empty:
        return pd.Series(float("nan"), index, name="symptom_reduction")
    reduction = reduce(study.symptoms, study.planned_weeks)
    if study.higher_is_better:
        reduction = -reduction
    reduction += 0.0  # a change of nothing is 0, not -0
    return reduction.reindex(index).astype(float).rename("symptom_reduction")


def outcome_ratings(study: Study) -> pd.DataFrame:
    """Give the ratings such that each dyad's least-squares slope is its `symptom_reduction`.

    Parameters
    ----------
    study : Study
        From `load_study` or `simulate_study`.

    Returns
    -------
    DataFrame
        One row per rating: ``dyad_id``, ``time`` in units of the planned treatment, and ``outcome``
        with improvement upwards, whatever the scale.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study
    >>> outcome_ratings(simulate_study(Design(), rng=1)).tail(2)
        dyad_id    time  outcome
    592     D37  0.9375     -9.0
    593     D37  1.0000     -3.0
    """
    sign = 1 if study.higher_is_better else -1
    return pd.DataFrame(
        {
            "dyad_id": study.symptoms["dyad_id"],
            "time": study.symptoms["time"] / study.planned_weeks,
            "outcome": sign * study.symptoms["outcome"].astype(float),
        }
    )
