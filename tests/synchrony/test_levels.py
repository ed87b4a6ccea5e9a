"""Studies with one sample of each person a session: levels in the place of changes."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.synchrony.changes import below_loq_counts, changes_of, session_changes
from dyadsync.synchrony.dyads import dyad_synchrony
from tests.made_changes import study_of


def levels(n_dyads, n_sessions, drift=0.0, seed=0):
    """Persons whose levels have nothing to do with each other, but for a drift of both."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [range(n_dyads), range(1, n_sessions + 1), ["patient", "therapist"]],
        names=["dyad_id", "session", "role"],
    )
    samples = index.to_frame(index=False)
    samples["signal"] = rng.normal(size=len(samples)) + drift * samples["session"]
    return study_of(samples)


def test_levels_are_the_values_themselves():
    study = levels(2, 3)
    found = session_changes(study, "level")
    wide = study.samples.pivot_table(index=["dyad_id", "session"], columns="role", values="signal")
    np.testing.assert_array_equal(found[["patient", "therapist"]], wide)


def test_detrended_levels_are_the_residuals_of_a_line_a_person():
    study = levels(4, 5, drift=0.7)
    found = session_changes(study, "level_detrended")
    for dyad, own in study.samples.query("role == 'patient'").groupby("dyad_id"):
        slope, level = np.polyfit(own["session"], own["signal"], 1)
        expected = own["signal"] - level - slope * own["session"]
        np.testing.assert_allclose(
            found.loc[found["dyad_id"] == dyad, "patient"], expected, atol=1e-12
        )


def test_two_lines_cost_what_one_session_would_tell():
    table = dyad_synchrony(session_changes(levels(2000, 5, seed=1), "level_detrended"))
    assert (table["n_sessions"] == 4).all()
    # r of four pairs without association has a variance of 1/3, of five 1/4 (Hotelling 1953)
    assert table["synchrony"].var() == pytest.approx(1 / 3, abs=0.02)
    few = dyad_synchrony(session_changes(levels(1, 3), "level_detrended"))
    assert few["reason"].tolist() == ["2 usable sessions; at least 3 needed"]


def test_what_has_no_meaning_is_refused_with_what_has():
    with pytest.raises(InputError, match="have one; use change='level'"):
        session_changes(levels(1, 3), "difference")
    assert changes_of(levels(1, 3)) == ["level", "level_detrended"]


def test_two_samples_a_session_are_no_levels():
    samples = levels(1, 3).samples
    twice = pd.concat(samples.assign(phase=phase) for phase in ("pre", "post"))
    study = study_of(twice, positive=False)
    with pytest.raises(InputError, match="these have two: use change='difference'"):
        session_changes(study, "level")
    with pytest.raises(InputError, match="needs a signal above 0"):
        session_changes(study, "log_ratio")
    assert changes_of(study) == ["difference", "residualised", "absolute"]


def test_samples_below_the_limit_are_counted_by_person_alone():
    study = levels(1, 3)
    study.limit_of_quantification = 100.0
    counts = below_loq_counts(study)
    assert counts["role"].tolist() == ["patient", "therapist", "all"]
    assert counts["n_below"].tolist() == [3, 3, 6]


def test_a_drift_of_both_looks_like_synchrony_until_it_is_taken_out():
    study = levels(400, 8, drift=0.5)
    with_drift = dyad_synchrony(session_changes(study, "level"))["synchrony"]
    without = dyad_synchrony(session_changes(study, "level_detrended"))["synchrony"]
    assert with_drift.mean() > 0.4
    assert abs(without.mean()) < 3 * without.std() / np.sqrt(400)
