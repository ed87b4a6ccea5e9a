"""A multiverse of a study with one sample of a person a session."""

from dataclasses import replace

import pytest

from dyadsync import joint_tests, load_study, run_multiverse, specifications
from dyadsync.errors import InputError
from dyadsync.scrutiny.multiverse.choices import LEVELS
from tests.report.studies import SIBLINGS, simulated

FEW = {
    "measure": ["pearson", "spearman"],
    "min_sessions": 3,
    "scale": "synchrony",
    "outcome": "slope",
    "covariates": "none",
    "method": ["quasi-bayesian", "HC3"],
    "clustering": "none",
}


def test_levels_take_the_place_of_changes(tmp_path):
    study = load_study(simulated(tmp_path, SIBLINGS))
    specs = specifications(study, **FEW)
    assert set(specs["change"]) == set(LEVELS.options)
    result = run_multiverse(study, specs, n_draws=200, rng=1, n_jobs=1)
    assert result.main["change"] == "level"
    assert "level_detrended" in set(result.turning_choices()["option"])
    models = joint_tests(study, specs, n_flips=100, rng=1).models
    assert set(models["change"]) == set(LEVELS.options)


def test_the_two_persons_are_no_covariates_where_changes_are_levels(tmp_path):
    study = load_study(simulated(tmp_path, SIBLINGS))
    specs = specifications(study, **FEW | {"covariates": ["none", "two persons"]})
    assert set(specs["covariates"]) == {"none"}
    reasons = {one["choices"]: one["reason"] for one in specs.attrs["dropped"]}
    assert "mean change is the level" in reasons["covariates=two persons"]


def test_a_study_without_an_outcome_has_no_multiverse(tmp_path):
    study = load_study(simulated(tmp_path, replace(SIBLINGS, rated=False)))
    with pytest.raises(InputError, match="no outcome"):
        run_multiverse(study, specifications(study, **FEW))
