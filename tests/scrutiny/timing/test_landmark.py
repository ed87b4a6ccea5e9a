"""The treatment cut in two: what is before the cut and what after, and planted orders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dyadsync import Design, InputError, mediate, simulate_study
from dyadsync.scrutiny.timing.landmark import ADJUSTED, FORWARD, REVERSE, landmark
from dyadsync.study.load import Study

FEW = {"n_draws": 200, "rng": 1}


@pytest.fixture(scope="module")
def study() -> Study:
    return simulate_study(Design(), rng=1)


def test_each_order_takes_its_side_of_the_landmark(study):
    split = landmark(study, **FEW).split
    assert split.loc[FORWARD].tolist() == ["4, 8, 12", "after 12"]
    assert split.loc[REVERSE].tolist() == ["8, 12, 16", "before 8"]


def test_what_comes_after_the_landmark_cannot_move_what_was_before(study):
    """Later samples and earlier ratings are changed: synchrony first sees neither."""
    samples, symptoms = study.samples.copy(), study.symptoms.copy()
    samples.loc[samples["session"] > 12, "signal"] *= 3
    symptoms.loc[symptoms["time"] <= 12, "outcome"] += 5
    before, after = (
        landmark(one, **FEW).table.loc[FORWARD]
        for one in (study, replace(study, samples=samples, symptoms=symptoms))
    )
    pd.testing.assert_series_equal(before, after)


def planted(study: Study, first: str) -> Study:
    """Let early synchrony make the late fall, or the early fall late synchrony, without noise."""
    rng = np.random.default_rng(5)
    dyads = study.dyads["dyad_id"].to_numpy()
    r = dict(zip(dyads, rng.uniform(-1, 1, len(dyads)), strict=True))
    symptoms, samples = study.symptoms.copy(), study.samples.copy()
    week, sign = symptoms["time"], symptoms["dyad_id"].map(r)
    noise = rng.normal(0, 0.1, len(symptoms))
    late = first == "synchrony"
    part = (week - 12).clip(lower=0) if late else week.clip(upper=8)
    symptoms["outcome"] = 20 - part * (1 + sign) + noise
    own = samples["session"] <= 12 if late else samples["session"] >= 8
    pattern = samples["session"].map({4: 1.0, 8: -1.0, 12: 0.5, 16: 1.5}).to_numpy()
    other = rng.normal(size=len(samples))
    rho = samples["dyad_id"].map(r).to_numpy()
    change = np.where(samples["role"] == "patient", pattern, rho * pattern + 0.2 * other)
    change = np.where(own, change, other)
    samples["signal"] = np.where(samples["phase"] == "post", 10 + change, 10.0)
    return replace(study, samples=samples, symptoms=symptoms)


@pytest.mark.parametrize(
    ("first", "order", "words"),
    [("synchrony", FORWARD, "synchrony first"), ("symptoms", REVERSE, "symptoms first")],
)
def test_a_planted_order_is_found_and_the_other_is_not(study, first, order, words):
    found = landmark(planted(study, first), **FEW)
    other = REVERSE if order == FORWARD else FORWARD
    assert found.table.loc[order, "ci_lower"] > 0.3
    assert found.table.loc[other, "ci_lower"] < 0 < found.table.loc[other, "ci_upper"]
    assert f"so the data speak for {words}" in found.in_words()


def test_the_table_is_path_b_in_standard_deviations_with_a_t_interval(study):
    """Standardising the columns and mediating again gives the same slope."""
    found = landmark(study, **FEW)
    result = found.analyses[ADJUSTED]
    assert result.covariates == ("fall_before_landmark",)
    row = found.table.loc[FORWARD]
    assert row.ci_upper - row.estimate == pytest.approx(row.estimate - row.ci_lower)
    assert row.n_obs == found.analyses[FORWARD].n_obs
    assert isinstance(found.analyses[FORWARD], type(mediate(_plain(), "x", "m", "y", rng=1)))


def _plain() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(rng.standard_normal((12, 3)), columns=["x", "m", "y"])


def test_sessions_every_second_week_move_the_landmark(study):
    found = landmark(study, weeks_per_session=0.5, **FEW)
    assert found.split["weeks"].tolist() == ["after 6", "after 6", "before 4"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"min_sessions": 4}, "needs more than 4 sampled sessions"),
        ({"weeks_per_session": 2.0}, r"Only 0 patients have two ratings after week 24"),
        ({"weeks_per_session": 0}, "must be a number above 0"),
        ({"scale": "r"}, "scale is 'r'"),
    ],
)
def test_a_study_without_two_sides_is_refused(study, options, said):
    with pytest.raises(InputError, match=said):
        landmark(study, **options, **FEW)
