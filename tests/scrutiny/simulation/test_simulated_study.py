"""One trial as a data package, and the shipped one."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.seed import SEED_RULE, SHIPPED_SEED
from dyadsync.scrutiny.simulation.simulated_study import (
    planted_synchrony,
    simulate_study,
    write_study,
)
from dyadsync.scrutiny.simulation.trials import draw_trials
from dyadsync.study.load import check_study, load_study

FILES = ["oxytocin.csv", "dyads.csv", "symptoms.csv", "datapackage.json"]


def test_the_descriptor_tells_how_the_data_came_about(study):
    entry = study.descriptor["dyadsync:simulation"]
    assert entry["seed"] == entry["seeds_passed_over"] == SHIPPED_SEED
    assert entry["rule"] == SEED_RULE
    assert Design.from_dict(entry["design"]) == Design()


def test_every_column_has_a_title_and_a_description(study):
    for resource in study.descriptor["resources"]:
        for column in resource["schema"]["fields"]:
            assert column["title"], column["name"]
            assert column["description"].endswith((".", ")")), column["name"]
            assert column["type"] == "string" or column["unit"], column["name"]
    assert "SIMULATED" in study.descriptor["description"]
    assert study.descriptor["licenses"][0]["name"] == "CC0-1.0"


def test_what_is_written_is_what_is_read(tmp_path):
    made = simulate_study(Design(), rng=11)
    write_study(made, tmp_path)
    read = load_study(tmp_path)
    pd.testing.assert_frame_equal(read.samples, made.samples)
    pd.testing.assert_frame_equal(read.dyads, made.dyads)
    pd.testing.assert_frame_equal(read.symptoms, made.symptoms)
    assert read.descriptor == made.descriptor
    assert made.descriptor["dyadsync:simulation"]["seed"] == 11


def test_other_files_in_the_folder_stay(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    write_study(simulate_study(Design(), rng=1), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*FILES, "README.md"])
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_failed_write_leaves_the_old_files(tmp_path, monkeypatch):
    write_study(simulate_study(Design(), rng=1), tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match="No space left"):
        write_study(simulate_study(Design(), rng=2), tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(InputError, match="taken"):
        write_study(simulate_study(Design(), rng=1), tmp_path / "taken")


def test_a_labs_decimals_are_written_in_full(tmp_path, study):
    descriptor = json.loads(json.dumps(study.descriptor))
    for column in descriptor["resources"][0]["schema"]["fields"]:
        column.pop("dyadsync:decimals", None)
    exact = study.samples.assign(signal=study.samples["signal"] + 1 / 3)
    write_study(replace(study, samples=exact, descriptor=descriptor), tmp_path)
    pd.testing.assert_frame_equal(load_study(tmp_path).samples, exact)


@pytest.mark.parametrize(
    "design",
    [
        Design().with_sessions(16),
        Design().with_sessions(8).with_dyads(120),
        Design(n_dropouts=0, n_single_gaps=0, missed_weeks=0),
        Design(patients_per_therapist=(5,), n_dropouts=5, n_single_gaps=0, weeks=4),
        Design(sessions=(1, 2), weeks=2, n_dropouts=1),
    ],
)
def test_every_design_gives_a_valid_package(tmp_path, design):
    made = simulate_study(design, rng=3)
    write_study(made, tmp_path)
    assert check_study(tmp_path) == []
    planned = design.n_dyads * len(design.sessions) * 4
    assert len(made.samples) == planned - 4 * design.n_dropouts - design.n_single_gaps
    assert made.planned_sessions == list(design.sessions)


def test_equal_seeds_give_equal_trials_and_others_do_not():
    first, same = simulate_study(Design(), rng=5), simulate_study(Design(), rng=5)
    pd.testing.assert_frame_equal(first.samples, same.samples)
    other = simulate_study(Design(), rng=np.random.default_rng(6))
    assert other.descriptor["dyadsync:simulation"]["seed"] is None
    assert other.simulated
    assert not first.dyads.equals(other.dyads)


def test_one_trial_of_the_core_is_the_study():
    trial, made = draw_trials(Design(), 1, rng=8), simulate_study(Design(), rng=8)
    assert sorted(made.dyads["social_impairment"]) == sorted(trial.impairment[0] + 0.0)
    known = trial.oxytocin[np.isfinite(trial.oxytocin)]
    assert sorted(made.samples["signal"]) == sorted(known)


def test_the_descriptor_follows_the_design():
    design = Design(weeks=20, sessions=(5, 20), limit_of_quantification=1.5)
    made = simulate_study(design, rng=np.int64(4))
    assert (made.planned_weeks, made.planned_sessions) == (20, [5, 20])
    assert made.limit_of_quantification == 1.5
    fields = {
        field["name"]: field
        for resource in made.descriptor["resources"]
        for field in resource["schema"]["fields"]
    }
    assert fields["session"]["constraints"]["maximum"] == 20
    assert fields["week"]["constraints"]["maximum"] == 20
    entry = made.descriptor["dyadsync:simulation"]
    assert entry["seed"] == 4
    assert "rule" not in entry  # the rule chose the seed for the default design only
    assert Design.from_dict(entry["design"]) == design


def test_ages_are_whole_years_from_18_to_65_around_the_designs_mean():
    many = Design(patients_per_therapist=(900, 900))
    # a normal distribution of mean 32 and SD 9 cut at 18 and 66 has the mean 33.1; in completed
    # years half a year less (scipy.stats.truncnorm)
    assert simulate_study(many, rng=2).dyads["age"].mean() == pytest.approx(32.6, abs=0.6)
    ages = simulate_study(replace(many, age_sd=30.0), rng=2).dyads["age"]
    assert (ages.min(), ages.max()) == (18, 65)
    same = simulate_study(Design(age_mean=40, age_sd=0), rng=2).dyads["age"]
    assert set(same) == {40}


def test_dyads_are_numbered_with_leading_zeros_in_random_order():
    dyads = simulate_study(Design().with_dyads(120), rng=2).dyads
    assert dyads["dyad_id"].tolist()[::119] == ["D001", "D120"]
    assert not dyads["therapist_id"].is_monotonic_increasing


def test_planted_synchrony_is_that_of_the_dyads_of_the_same_seed():
    # where impairment alone makes synchrony, z = .25 - .70 X and rho = tanh z
    design = Design(a=-1.0, synchrony_icc=0.0)
    dyads = simulate_study(design, rng=3).dyads
    planted = planted_synchrony(design, rng=3)
    assert planted.index.tolist() == dyads["dyad_id"].tolist()
    expected = np.tanh(0.25 - 0.70 * dyads["social_impairment"])
    np.testing.assert_allclose(planted, expected, rtol=1e-12)


def test_everyone_enters_above_14(study):
    intake = study.symptoms[study.symptoms["time"] == 0]
    assert len(intake) == 37
    assert intake["outcome"].min() > 14


def test_files_end_lines_with_lf_only(data_dir):
    for file in FILES:
        raw = (data_dir / file).read_bytes()
        assert b"\r" not in raw
        assert raw.endswith(b"\n")


def test_twelve_of_592_samples_are_gaps_of_two_drop_outs_and_four_single_samples(study):
    by_dyad = study.samples.groupby("dyad_id").size()
    assert by_dyad.value_counts().to_dict() == {16: 31, 15: 4, 12: 2}
    left = by_dyad.index[by_dyad == 12]
    assert study.samples[study.samples["dyad_id"].isin(left)]["session"].max() == 12


def test_who_left_is_not_rated_afterwards(study):
    by_dyad = study.samples.groupby("dyad_id").size()
    last = study.symptoms.groupby("dyad_id")["time"].max()
    assert last[by_dyad == 12].max() < 15
    assert study.symptoms["time"].between(0, 16).all()


def test_a_study_like_a_labs_has_none_of_its_own_columns_and_its_own_length(tmp_path):
    like = json.loads(Path("examples/cortisol/datapackage.json").read_text(encoding="utf-8"))
    [pairs] = [one for one in like["resources"] if one["path"] == "pairs.csv"]
    pairs["schema"]["fields"].append({"name": "income", "type": "number"})
    write_study(simulate_study(Design(), rng=1, like=like), tmp_path)  # of 16 weeks, not 12
    assert check_study(tmp_path) == []
