"""The book of another study: examples/cortisol as if a lab had measured it, built once.

Its pages are read for words of the shipped study, and for words about simulation.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dyadsync import check_study, load_study
from tests.told import own_words

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "cortisol"

FOREIGN = re.compile(
    r"(?i)oxytocin|hrsd|hamilton|depress|therap|pg/mL|patient|symptom(?!_method)|\btreatment"
    r"|social (?:impairment|functioning)|\bweek(?!s_per_session)|\b580\b|the paper's"
    r"|\b37 (?:dyads|such)|lack of lack"
)
NOT_READ = {
    "references": "titles of what others wrote",
    "api": "names of functions and arguments",
}
# 37 dyads had the studies that these pages simulate, which do not depend on the data.
BENCHMARKS = {"validation", "beyond", "robust", "measurement", "reviewer", "slides"}


def test_the_example_is_a_study_without_a_problem() -> None:
    assert check_study(EXAMPLE) == []
    study = load_study(EXAMPLE)
    assert len(study.dyads) == 24
    assert len(study.planned_sessions) == 8
    assert study.dyads["therapist_id"].nunique() == 2
    assert study.higher_is_better
    assert study.words.signal == "cortisol"


def test_the_example_is_what_its_description_and_its_seed_make() -> None:
    from dyadsync.scrutiny.simulation.design import Design
    from dyadsync.scrutiny.simulation.simulated_study import simulate_study

    study = load_study(EXAMPLE)
    made = study.descriptor["dyadsync:simulation"]
    again = simulate_study(Design.from_dict(made["design"]), made["seed"], study.descriptor)
    for table, frame in again.tables.items():
        assert frame.to_csv(index=False) == study.tables[table].to_csv(index=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of the example's tables without the entry of their simulation, quickly made."""
    folder = tmp_path_factory.mktemp("cortisol")
    shutil.copytree(EXAMPLE, folder / "data")
    described = folder / "data" / "datapackage.json"
    descriptor = json.loads(described.read_text(encoding="utf-8"))
    own = {"name": "lab", "resources": descriptor["resources"]}
    described.write_text(re.sub("(?i)simulat", "measur", json.dumps(own)), encoding="utf-8")
    output = folder / "out"
    command = [sys.executable, "-m", "dyadsync", "build", "--profile", "quick"]
    command += ["--data", str(folder / "data"), "--output", str(output)]
    command += ["--set", "n_draws=100", "--set", "n_trials=200", "--set", "n_analyses=50"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return output / "html"


@pytest.mark.book
def test_no_page_has_a_word_of_another_study(site: Path) -> None:
    found = {}
    for page in sorted((site / "chapters").glob("*.html")):
        if page.stem in NOT_READ:
            continue
        text = own_words(page)
        text = text.replace("37 dyads", "") if page.stem in BENCHMARKS else text
        words = [text[max(0, m.start() - 40) : m.end() + 40] for m in FOREIGN.finditer(text)]
        if words:
            found[page.stem] = words[:5]
    assert found == {}


@pytest.mark.book
def test_the_chapters_on_how_the_shipped_data_were_made_are_left_out(site: Path) -> None:
    pages = {page.stem for page in (site / "chapters").glob("*.html")}
    assert {"data", "synchrony", "mediation", "robust"} <= pages
    assert not {"trial", "power"} & pages


@pytest.mark.book
def test_the_claims_are_told_in_the_words_of_the_study(site: Path) -> None:
    text = own_words(site / "chapters" / "index.html")
    for words in load_study(EXAMPLE).words.claims().values():
        assert words in text


@pytest.mark.book
def test_a_book_of_measured_data_says_nothing_of_simulation(site: Path) -> None:
    for page in (site / "chapters").glob("*.html"):
        if page.stem == "api":  # what the package offers is there whatever the data
            continue
        text = re.sub(r"<(script|style).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.S)
        for words in ("simulated data", "are simulated", "simulated to", "planted", "shipped seed"):
            assert words not in text.lower(), (page.stem, words)
