"""The simulated trial and the files it is written to."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.simulate import (
    SEED_RULE,
    SHIPPED_SEED,
    Design,
    draw_trials,
    simulate_study,
    write_study,
)
from dyadsync.study.load import Study, check_study, load_study

FILES = ["oxytocin.csv", "dyads.csv", "symptoms.csv", "datapackage.json"]


@pytest.fixture(scope="module")
def many() -> Any:
    return draw_trials(Design(), 400, rng=20210)


# The shipped data ---------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES)
def test_the_shipped_files_are_made_again_byte_for_byte(
    data_dir: Path, tmp_path: Path, file: str
) -> None:
    write_study(simulate_study(Design(), rng=SHIPPED_SEED), tmp_path)
    assert (tmp_path / file).read_bytes() == (data_dir / file).read_bytes()


def test_580_of_592_samples_are_there(study: Study) -> None:
    assert len(study.dyads) == 37
    assert study.dyads["therapist_id"].nunique() == 6
    assert 37 * 4 * 2 * 2 == 592
    assert len(study.samples) == 580


def test_the_gaps_are_two_drop_outs_and_four_single_samples(study: Study) -> None:
    by_dyad = study.samples.groupby("dyad_id").size()
    assert by_dyad.value_counts().to_dict() == {16: 31, 15: 4, 12: 2}
    left = by_dyad.index[by_dyad == 12]
    assert study.samples[study.samples["dyad_id"].isin(left)]["session"].max() == 12


def test_who_left_is_not_rated_afterwards(study: Study) -> None:
    by_dyad = study.samples.groupby("dyad_id").size()
    last = study.symptoms.groupby("dyad_id")["week"].max()
    assert last[by_dyad == 12].max() < 15
    assert study.symptoms["week"].between(0, 16).all()


def test_everyone_enters_above_14(study: Study) -> None:
    intake = study.symptoms[study.symptoms["week"] == 0]
    assert len(intake) == 37
    assert intake["hrsd17"].min() > 14


def test_the_descriptor_tells_how_the_data_came_about(study: Study) -> None:
    entry = study.descriptor["dyadsync:simulation"]
    assert entry["seed"] == entry["seeds_passed_over"] == SHIPPED_SEED
    assert entry["rule"] == SEED_RULE
    assert Design.from_dict(entry["design"]) == Design()


def test_every_column_has_a_title_and_a_description(study: Study) -> None:
    for resource in study.descriptor["resources"]:
        for column in resource["schema"]["fields"]:
            assert column["title"], column["name"]
            assert column["description"].endswith((".", ")")), column["name"]
            assert column["type"] == "string" or column["unit"], column["name"]
    assert "SIMULATED" in study.descriptor["description"]
    assert study.descriptor["licenses"][0]["name"] == "CC0-1.0"


# Writing ------------------------------------------------------------------------------------


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    made = simulate_study(Design(), rng=11)
    write_study(made, tmp_path)
    read = load_study(tmp_path)
    pd.testing.assert_frame_equal(read.samples, made.samples)
    pd.testing.assert_frame_equal(read.dyads, made.dyads)
    pd.testing.assert_frame_equal(read.symptoms, made.symptoms)
    assert read.descriptor == made.descriptor


def test_files_end_lines_with_lf_only(data_dir: Path) -> None:
    for file in FILES:
        raw = (data_dir / file).read_bytes()
        assert b"\r" not in raw
        assert raw.endswith(b"\n")


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    write_study(simulate_study(Design(), rng=1), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*FILES, "README.md"])
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_failed_write_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_study(simulate_study(Design(), rng=1), tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dyadsync.simulate.os.fdopen", full)
    with pytest.raises(InputError, match="No space left"):
        write_study(simulate_study(Design(), rng=2), tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(InputError, match="taken"):
        write_study(simulate_study(Design(), rng=1), tmp_path / "taken")


def test_a_labs_decimals_are_written_in_full(tmp_path: Path, study: Study) -> None:
    descriptor = json.loads(json.dumps(study.descriptor))
    for column in descriptor["resources"][0]["schema"]["fields"]:
        column.pop("dyadsync:decimals", None)
    exact = study.samples.assign(oxytocin_pg_ml=study.samples["oxytocin_pg_ml"] + 1 / 3)
    write_study(replace(study, samples=exact, descriptor=descriptor), tmp_path)
    pd.testing.assert_frame_equal(load_study(tmp_path).samples, exact)


# Other designs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "design",
    [
        Design().with_sessions(16),
        Design().with_sessions(8).with_dyads(120),
        Design(n_dropouts=0, n_single_gaps=0, missed_weeks=0),
        Design(patients_per_therapist=(5,), n_dropouts=5, n_single_gaps=0, weeks=4),
        Design(sessions=(1,), weeks=2, n_dropouts=1),
    ],
)
def test_every_design_gives_a_valid_package(tmp_path: Path, design: Design) -> None:
    made = simulate_study(design, rng=3)
    write_study(made, tmp_path)
    assert check_study(tmp_path) == []
    planned = design.n_dyads * len(design.sessions) * 4
    assert len(made.samples) == planned - 4 * design.n_dropouts - design.n_single_gaps
    assert made.planned_sessions == list(design.sessions)


def test_equal_seeds_give_equal_trials_and_others_do_not() -> None:
    first, same = simulate_study(Design(), rng=5), simulate_study(Design(), rng=5)
    pd.testing.assert_frame_equal(first.samples, same.samples)
    other = simulate_study(Design(), rng=np.random.default_rng(6))
    assert other.descriptor["dyadsync:simulation"]["seed"] is None
    assert other.simulated
    assert not first.dyads.equals(other.dyads)


def test_one_trial_of_the_core_is_the_study() -> None:
    trial, made = draw_trials(Design(), 1, rng=8), simulate_study(Design(), rng=8)
    assert sorted(made.dyads["social_impairment"]) == sorted(trial.impairment[0] + 0.0)
    known = trial.oxytocin[np.isfinite(trial.oxytocin)]
    assert sorted(made.samples["oxytocin_pg_ml"]) == sorted(known)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a": -1.2}, "more than all of synchrony"),
        ({"b": 0.99}, "more than all of the fall of symptoms"),
        ({"day_sd": -1}, "day_sd is -1"),
        ({"sessions": (4, 4)}, "a session is there twice"),
        ({"sessions": ()}, "positive whole numbers"),
        ({"patients_per_therapist": (3, 0)}, "positive whole numbers"),
        ({"n_dropouts": 38}, "more than the dyads"),
        ({"a": float("nan")}, "finite numbers"),
        ({"b": "large"}, "finite numbers"),
        ({"missed_weeks": 1}, "missed_weeks is 1"),
        ({"gender_shares": (0.5, 0.5, 0.5)}, "add up to 1"),
        ({"intake_mean": 3}, "above inclusion_above"),
        ({"weeks": 1}, "at least 2"),
    ],
)
def test_impossible_designs_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Design(**change)


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(InputError, match="no field 'synchronicity'"):
        Design.from_dict({"synchronicity": 1})


def test_every_field_says_its_unit_meaning_and_basis() -> None:
    table = Design().as_table()
    assert table["field"].tolist() == [one.name for one in fields(Design)]
    assert (table[["unit", "meaning", "basis"]].map(len) > 2).all(axis=None)


@pytest.mark.parametrize("n_dyads", [6, 7, 38, 74, 200])
def test_dyads_are_shared_out_in_proportion(n_dyads: int) -> None:
    shares = np.array(Design().with_dyads(n_dyads).patients_per_therapist)
    assert shares.sum() == n_dyads
    exact = np.array(Design().patients_per_therapist) * n_dyads / 37
    assert (np.abs(shares - exact) <= 1).all()


def test_more_sessions_are_spread_over_the_weeks() -> None:
    assert Design().with_sessions(4).sessions == (4, 8, 12, 16)
    assert Design().with_sessions(16).sessions == tuple(range(1, 17))
    with pytest.raises(InputError, match="17 sessions"):
        Design().with_sessions(17)


# The process: means over 400 trials against the values the design asks for ---------------------


def test_synchrony_depends_on_impairment_as_designed(many: Any) -> None:
    z = np.arctanh(many.rho)
    assert z.mean() == pytest.approx(0.25, abs=0.02)
    assert z.std() == pytest.approx(0.70, abs=0.02)
    assert np.corrcoef(z.ravel(), many.impairment.ravel())[0, 1] == pytest.approx(-0.5, abs=0.02)
    assert many.rho.std() == pytest.approx(0.505, abs=0.01)


def test_symptoms_fall_by_the_paths_of_the_design(many: Any) -> None:
    design = many.design
    z = (np.arctanh(many.rho) - design.synchrony_mean) / design.synchrony_sd
    X = np.column_stack([np.ones(z.size), z.ravel(), many.impairment.ravel()])
    coef = np.linalg.lstsq(X, many.reduction.ravel(), rcond=None)[0]
    # standard errors are about .04 at 14,800 dyads
    assert coef == pytest.approx([9.5, 0.65 * 6, -0.05 * 6], abs=0.15)
    assert many.reduction.std() == pytest.approx(6, abs=0.1)


def test_therapists_share_the_variance_of_the_design() -> None:
    design = Design(synchrony_icc=0.3, a=0.0)
    trials = draw_trials(design, 2000, rng=4)
    z = (np.arctanh(trials.rho) - design.synchrony_mean) / design.synchrony_sd
    # two patients of one therapist correlate by the intraclass correlation
    assert (z[:, 0] * z[:, 1]).mean() == pytest.approx(0.3, abs=0.06)
    assert (z[:, 0] * z[:, -1]).mean() == pytest.approx(0.0, abs=0.06)


def test_changes_of_a_dyad_correlate_by_its_rho() -> None:
    # without noise between mean changes and in the assay, the log changes correlate by tanh(alpha)
    exact = Design(a=0, synchrony_sd=1e-9, synchrony_mean=0.6, change_mean_sd=0, assay_cv=0)
    log = np.log(draw_trials(exact, 300, rng=2).oxytocin)
    change = (log[..., 1] - log[..., 0]).reshape(-1, 2)
    change = change[np.isfinite(change).all(axis=1)]
    assert np.corrcoef(change.T)[0, 1] == pytest.approx(np.tanh(0.6), abs=0.01)
    assert change.mean(axis=0) == pytest.approx([0.08, 0.04], abs=0.01)
    assert change.std(axis=0) == pytest.approx([0.40, 0.35], abs=0.01)


def test_concentrations_are_positive_skewed_and_near_the_median(many: Any) -> None:
    values = many.oxytocin[np.isfinite(many.oxytocin)]
    assert values.min() > 0
    assert np.median(values) == pytest.approx(4.5, rel=0.02)
    assert values.mean() > np.median(values) * 1.05
    # simulation.md: 4.6 % below the limit of quantification
    assert (values < 2).mean() == pytest.approx(0.046, abs=0.005)


def test_ratings_are_whole_points_of_the_scale_and_above_14_at_intake(many: Any) -> None:
    seen = many.hrsd[np.isfinite(many.hrsd)]
    assert ((seen >= 0) & (seen <= 52) & (seen == np.rint(seen))).all()
    assert np.isfinite(many.hrsd[..., 0]).all()
    assert many.hrsd[..., 0].min() > 14


def test_every_trial_has_the_gaps_of_the_design(many: Any) -> None:
    assert (np.isfinite(many.oxytocin).sum(axis=(1, 2, 3, 4)) == 580).all()
    rated = np.isfinite(many.hrsd[..., 1:12]).mean()  # before anyone leaves
    assert rated == pytest.approx(0.95, abs=0.005)


def test_arms_are_allocated_one_to_one(many: Any) -> None:
    assert set(many.arm.sum(axis=1).tolist()) == {18}


def test_an_effect_of_the_arm_moves_its_patients() -> None:
    trials = draw_trials(Design(arm_effect=4.0), 400, rng=1)
    gap = trials.reduction[trials.arm == 1].mean() - trials.reduction[trials.arm == 0].mean()
    assert gap == pytest.approx(4.0, abs=0.4)


def test_no_trial_is_an_input_error() -> None:
    with pytest.raises(InputError, match="at least 1"):
        draw_trials(Design(), 0)
