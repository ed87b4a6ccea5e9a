"""Sessions and the ratings around them, within dyads."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dyadsync import Design, InputError, session_changes, simulate_study
from dyadsync.scrutiny.timing.lags import PREDICTORS, session_lags


@pytest.fixture(scope="module")
def study():
    return simulate_study(Design(), rng=1)


def test_an_effect_on_the_next_week_is_found_there_and_not_the_week_before(study):
    """Each rating of the week after falls by 2 points a SD of the session's synchrony."""
    changes = session_changes(study)
    around = changes[["patient", "therapist"]] - changes.groupby("dyad_id", observed=True)[
        ["patient", "therapist"]
    ].transform("mean")
    around = around / around.std()
    product = around["patient"] * around["therapist"]
    product /= product.std()
    symptoms = study.symptoms.copy()
    after = changes.assign(time=changes["session"] + 1, add=-2 * product)
    moved = symptoms.merge(
        after[["dyad_id", "time", "add"]].astype({"dyad_id": object}),
        on=["dyad_id", "time"],
        how="left",
    )
    symptoms["outcome"] = symptoms["outcome"].to_numpy() + moved["add"].fillna(0).to_numpy()
    found = session_lags(replace(study, symptoms=symptoms), changes)
    plain = session_lags(study, changes)
    row, was = (one.of(PREDICTORS[-1]).loc[1] for one in (found, plain))
    assert row.estimate - was.estimate == pytest.approx(-2)
    assert row.ci_upper < 0
    before = found.of(PREDICTORS[-1]).loc[-1]
    assert before.ci_lower < 0 < before.ci_upper
    assert "the week after" in found.in_words()
    assert "without zero)" in found.in_words()


def test_what_does_not_change_in_a_dyad_or_is_the_same_for_all_has_no_part(study):
    changes = session_changes(study)
    symptoms = study.symptoms.copy()
    level = symptoms["dyad_id"].map({dyad: k for k, dyad in enumerate(study.dyads["dyad_id"])})
    symptoms["outcome"] += 3.0 * level - 0.7 * symptoms["time"]
    before, after = (
        session_lags(one, changes).table for one in (study, replace(study, symptoms=symptoms))
    )
    pd.testing.assert_frame_equal(before, after)


def test_slopes_and_errors_are_those_of_dummies_for_dyads_and_sessions(study):
    """statsmodels with a dummy a dyad: the same slopes; CR1's factor counts the dummies there."""
    import statsmodels.formula.api as smf

    changes = session_changes(study)
    found = session_lags(study, changes, lags=[0]).of(PREDICTORS[0]).loc[0]
    own = changes.astype({"dyad_id": object}).assign(time=changes["session"])
    for name in ("patient", "therapist"):
        around = own[name] - own.groupby("dyad_id")[name].transform("mean")
        own[name] = around / around.std()
    own["both"] = own["patient"] * own["therapist"]
    rows = own.merge(study.symptoms, on=["dyad_id", "time"])
    fit = smf.ols("outcome ~ patient + therapist + both + C(dyad_id) + C(session)", rows).fit()
    assert found.estimate == pytest.approx(fit.params["patient"])


def test_sessions_without_ratings_around_them_are_refused(study):
    with pytest.raises(InputError, match="looked for in week 10 k"):
        session_lags(study, session_changes(study), weeks_per_session=10.0)
    assert not np.isnan(
        session_lags(study, session_changes(study), lags=[0]).table["p_value"]
    ).any()


def test_fewer_than_two_ratings_a_predictor_beyond_dyads_and_sessions_are_too_few():
    """Three dyads of four sessions leave 12 - 3 - 4 = 5, four leave 8."""
    whole = simulate_study(Design(n_dropouts=0, n_single_gaps=0, missed_weeks=0.0), rng=1)
    changes = session_changes(whole)
    assert len(session_lags(whole, changes.head(16), lags=[0]).table) == len(PREDICTORS)
    with pytest.raises(InputError, match="ratings enough"):
        session_lags(whole, changes.head(12), lags=[0])
