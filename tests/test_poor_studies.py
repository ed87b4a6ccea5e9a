"""The book of a study that is right and poor: each part without an answer says so."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import pytest

from millbook.parameters import notebook_parameters, read_parameters, resolve_parameters
from millbook.results import read_claims
from dyadsync.study.load import load_study
from dyadsync.synchrony.limits import study_limits
from tests.poor_studies import POOR, Run, poor_package, run_chapter, run_folder

ROOT = Path(__file__).parents[1]
FEW = ["n_draws=100", "n_trials=200", "n_analyses=50"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    declared = read_parameters(ROOT / "chapters" / "parameters.yml")
    values = resolve_parameters(declared, "quick", settings=FEW)

    def of(study: str, chapter: str) -> Run:
        data = poor_package(ROOT / "data", tmp_path / "data", POOR[study])
        run_folder(tmp_path, ROOT, data)
        limits = [limit.reason for limit in study_limits(load_study(data))]
        source = ROOT / "chapters" / f"{chapter}.ipynb"
        names = notebook_parameters(json.loads(source.read_text(encoding="utf-8")), chapter)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run_chapter(source, tmp_path, {name: values[name] for name in names}, limits)

    return of


@pytest.mark.parametrize(
    ("study", "chapter", "lacks"),
    [
        ("one dyad", "data", False),
        ("one dyad", "mediation", True),
        ("constant outcome", "mediation", True),
        ("constant outcome", "multiverse", True),
        ("constant cause", "robust", True),
        ("no ratings after intake", "data", False),  # it describes what there is
        ("constant signal", "synchrony", True),
        ("constant signal", "measurement", True),
    ],
)
@pytest.mark.book
def test_a_chapter_runs_to_its_end_and_gives_reasons(run, study, chapter, lacks) -> None:
    found = run(study, chapter)
    assert bool(found.cells) is lacks
    for why in found.cells.values():
        assert len(why.split()) > 3
        assert not re.search(r"\w_\w", why), why  # a reader's words, not a column's name


@pytest.mark.parametrize("study", ["constant outcome", "no ratings after intake"])
def test_the_claim_that_needs_no_outcome_is_judged_without_one(run, tmp_path, study) -> None:
    run(study, "mediation")
    first, *others = read_claims(tmp_path / "results")
    assert (first.id, first.reason) == ("a", "")
    assert first.ci_lower < first.estimate < first.ci_upper
    assert [(claim.id, claim.verdict) for claim in others] == [
        ("b", "not computable"),
        ("c", "not computable"),
    ]
    assert all(claim.reason for claim in others)


@pytest.mark.parametrize("study", ["two dyads", "constant cause"])
def test_claims_of_a_poor_study_are_not_computable_and_say_why(run, tmp_path, study) -> None:
    run(study, "mediation")
    claims = read_claims(tmp_path / "results")
    assert [claim.id for claim in claims] == ["a", "b", "c"]
    assert {claim.verdict for claim in claims} == {"not computable"}
    assert all(claim.reason for claim in claims)
