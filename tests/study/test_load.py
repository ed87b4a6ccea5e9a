"""Loading and checking a data package."""

import shutil
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyadsync.study.load import check_study, load_study
from dyadsync.study.problems import DataError
from tests.data_packages import append, describe, lab
from tests.programs import ended


def test_the_shipped_data_have_no_problem(data_dir):
    assert check_study(data_dir) == []


def test_the_shipped_package_is_valid_for_frictionless_itself(data_dir):
    from frictionless import Package

    report = Package(str(data_dir / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "message"])


def test_the_shipped_data_say_that_they_are_simulated(study):
    assert study.simulated
    assert study.limit_of_quantification == 2.0
    assert study.planned_weeks == 16
    assert study.planned_sessions == [4, 8, 12, 16]


@pytest.mark.parametrize("file", ["datapackage.json", "dyads.csv"])
def test_loading_bad_data_raises_with_the_problems(package, file):
    (package / file).unlink()
    with pytest.raises(DataError) as caught:
        load_study(package)
    assert caught.value.problems == check_study(package)
    assert caught.value.problems[0].message in str(caught.value)


def test_checking_writes_nothing(package):
    before = {file: file.read_bytes() for file in package.rglob("*.*")}
    append(package, "oxytocin.csv", "D01,5,patient,pre,-1")
    before[package / "oxytocin.csv"] = (package / "oxytocin.csv").read_bytes()
    check_study(package)
    assert {file: file.read_bytes() for file in package.rglob("*.*")} == before


@settings(deadline=None, max_examples=30)
@given(noise=st.binary(max_size=300))
def test_no_bytes_make_the_check_fail(tmp_path_factory, data_dir, noise):
    folder = tmp_path_factory.mktemp("noise")
    for file in ("datapackage.json", "oxytocin.csv", "symptoms.csv"):
        shutil.copy(data_dir / file, folder)
    (folder / "dyads.csv").write_bytes(noise)
    assert check_study(folder) != []


def test_a_lab_needs_few_words_of_description(tmp_path):
    study = load_study(lab(tmp_path / "lab"))
    assert not study.simulated
    assert study.limit_of_quantification is None
    assert study.planned_sessions == [1, 2, 9]
    assert study.planned_weeks == 16
    assert study.dyads["dyad_id"].tolist() == ["7", "10"]
    assert "observed" in repr(study)


def test_a_check_before_a_build_imports_nothing_that_it_does_not_need(data_dir):
    # jsonschema's check of international addresses and scipy.stats cost a second on import
    code = (
        "import sys; from pathlib import Path; from dyadsync.cli.book import check; "
        "check(Path(sys.argv[1]), {}); "
        "print({'rfc3987_syntax', 'statsmodels', 'scipy.stats'} & set(sys.modules))"
    )
    done = ended([sys.executable, "-c", code, str(data_dir)])
    assert done.stdout == "set()\n"


def test_the_readme_of_the_data_counts_the_rows(study, data_dir):
    text = (data_dir / "README.md").read_text(encoding="utf-8")
    for name, frame in [
        ("oxytocin", study.samples),
        ("dyads", study.dyads),
        ("symptoms", study.symptoms),
    ]:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{name}.csv`")]
        assert f"| {len(frame)} |" in row


@pytest.mark.parametrize("entry", [{"seed": 1}, {"design": {}}, [], None])
def test_data_are_simulated_only_if_design_and_seed_are_named(study, entry):
    descriptor = {**study.descriptor, "dyadsync:simulation": entry}
    assert not replace(study, descriptor=descriptor).simulated


def test_the_repr_counts_dyads_samples_and_ratings(study):
    ratings = len(study.symptoms)
    assert repr(study) == (f"Study(simulated: 37 dyads, 580 samples, {ratings} ratings)")


def test_planned_sessions_and_weeks_are_those_declared(package):
    def change(descriptor):
        descriptor["dyadsync:planned_sessions"] = [16, 0, 4]
        descriptor["dyadsync:planned_weeks"] = 0.5

    describe(package, change)
    study = load_study(package)
    assert study.planned_sessions == [0, 4, 16]
    assert study.planned_weeks == 0.5
