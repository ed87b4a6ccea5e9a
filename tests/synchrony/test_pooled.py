"""Pooled synchrony agrees with published numbers and with other programs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.synchrony.pooled import _average_slope, _within_sums, pooled_synchrony
from tests.made_changes import correlated_changes, make_changes, random_changes


def test_rm_corr_agrees_with_bland_and_altman():
    # Bland & Altman (1995), as pingouin ships them: r -.5067697, p .0008471081, CI -.7067 to -.2319
    import pingouin as pg

    data = pg.read_dataset("rm_corr")
    changes = data.rename(columns={"Subject": "dyad_id", "pH": "therapist", "PacO2": "patient"})
    changes["session"] = changes.groupby("dyad_id").cumcount()
    row = pooled_synchrony(changes, n_resamples=100, rng=0).iloc[0]
    assert row["estimate"] == pytest.approx(-0.5067697, abs=1e-7)
    assert row["p_value"] == pytest.approx(0.0008471081, abs=1e-10)
    assert row["ci_lower"] == pytest.approx(-0.7067146, abs=1e-7)
    assert row["ci_upper"] == pytest.approx(-0.2318631, abs=1e-7)


def test_rm_corr_agrees_with_pingouin_with_missing_sessions():
    import pingouin as pg

    changes = correlated_changes(20, 4, 0.4, 0.4).drop(index=[1, 5, 6, 33]).reset_index(drop=True)
    theirs = pg.rm_corr(
        changes.assign(dyad_id=changes["dyad_id"].astype(str)),
        x="therapist",
        y="patient",
        subject="dyad_id",
    )
    ours = pooled_synchrony(changes, n_resamples=100, rng=0).iloc[0]
    assert ours["estimate"] == pytest.approx(theirs["r"].iloc[0], abs=1e-10)
    assert ours["p_value"] == pytest.approx(theirs["pval"].iloc[0], rel=1e-8)


def test_the_bootstrap_s_mixed_model_agrees_with_statsmodels():
    for seed in range(3):
        changes = correlated_changes(37, 4, 0.3, 0.6, seed)
        patient, therapist = (
            changes[role].to_numpy().reshape(37, 4) for role in ("patient", "therapist")
        )
        grid = _average_slope(_within_sums(patient, therapist), np.ones((1, 37)))[0]
        fit = pooled_synchrony(changes, "mixed", n_resamples=100, rng=0)["estimate"].iloc[0]
        assert grid == pytest.approx(fit, abs=2e-3)


@pytest.mark.parametrize("method", ["rm_corr", "mixed"])
def test_pooled_bootstrap_is_reproducible_and_has_a_row_for_therapists(method):
    changes = correlated_changes(12, 4, 0.3, 0.4)
    therapists = {f"D{i:02d}": i % 3 for i in range(12)}
    tables = [
        pooled_synchrony(changes, method, therapists=therapists, n_resamples=200, rng=5)
        for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*tables)
    assert tables[0]["n_clusters"].tolist() == [12, 12, 3]
    assert (tables[0]["ci_lower"] < tables[0]["estimate"]).all()
    assert (tables[0]["estimate"] < tables[0]["ci_upper"]).all()


def test_one_therapist_only_has_no_bootstrap_over_therapists():
    changes = correlated_changes(5, 4, 0.3, 0.4)
    therapists = pd.DataFrame({"dyad_id": [f"D{i:02d}" for i in range(5)], "therapist_id": "T1"})
    table = pooled_synchrony(changes, therapists=therapists, n_resamples=100, rng=0)
    assert table["ci_lower"].isna().tolist() == [False, False, True]


def test_bootstrap_over_dyads_covers_where_dyads_differ():
    # 200 samples, true slope .3 in standard units: Monte Carlo SE of a coverage of .95 is .015.
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rho = np.clip(rng.normal(0.3, 0.3, 60), -0.95, 0.95)[:, None]
        therapist, noise = rng.normal(size=(2, 60, 4))
        changes = make_changes(rho * therapist + np.sqrt(1 - rho**2) * noise, therapist)
        row = pooled_synchrony(changes, n_resamples=400, rng=seed).iloc[1]
        inside += row["ci_lower"] <= 0.3 <= row["ci_upper"]
    assert 0.90 <= inside / 200 <= 0.99


def test_a_role_that_never_varies_has_no_pooled_synchrony():
    changes = random_changes().assign(patient=1.0)
    with pytest.raises(InputError, match="patient's changes vary within no dyad"):
        pooled_synchrony(changes)


def test_an_unknown_pooled_method_is_an_error():
    with pytest.raises(InputError, match="'rm_corr', 'mixed'"):
        pooled_synchrony(random_changes(), "mean")
