"""Whole reports: built, and read for what belongs to another study."""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from pypdf import PdfReader

from dyadsync import Design
from tests.books import blocks
from tests.data_packages import describe
from tests.programs import ended
from tests.report.studies import HOSTILE, HUSBANDS, JAPANESE, SIBLINGS, simulated
from tests.unusual_packages import KINDS

ROOT = Path(__file__).parents[2]
FEW = Design(patients_per_therapist=(7, 5), n_dropouts=0, n_single_gaps=0)
ONE = Design(patients_per_therapist=(1,), n_dropouts=0, n_single_gaps=0)
FOREIGN = re.compile(
    r"(?i)oxytocin|hrsd|depress|patient|therapist(?!\b.{0,9}\d)|social.impairment"
    r"|symptom.reduction|pg/mL|traceback|warning|\bnan\b|papermill"
)
PAGES = {"summary", "data", "synchrony", "mediation", "robustness", "methods"}

pytestmark = pytest.mark.book


def measured(folder):
    """Give the example as if a lab had measured it."""
    shutil.copytree(ROOT / "examples" / "cortisol", folder)
    file = folder / "datapackage.json"
    descriptor = json.loads(file.read_text(encoding="utf-8"))
    own = {"name": "lab", "title": descriptor["title"], "resources": descriptor["resources"]}
    file.write_text(json.dumps(own), encoding="utf-8")
    return folder


STUDIES = {
    "cortisol": measured,
    "levels": lambda folder: simulated(folder, SIBLINGS, FEW),
    "no outcome": lambda folder: simulated(folder, replace(SIBLINGS, rated=False), FEW),
    "no therapists": lambda folder: simulated(folder, KINDS["RSA"], FEW),
    "same-sex couples": lambda folder: simulated(folder, HUSBANDS, FEW, alike=True),
    "Japanese": lambda folder: simulated(folder, JAPANESE, FEW),
    "hostile": lambda folder: simulated(folder, HOSTILE, FEW),
    "one dyad": lambda folder: simulated(folder, KINDS["cortisol"], ONE),
}


def build(data, output):
    command = [sys.executable, "-m", "dyadsync", "build", "--profile", "quick", "--jobs", "2"]
    command += ["--data", str(data), "--output", str(output)]
    command += ["--set", "n_draws=200", "--set", "n_trials=200", "--set", "n_analyses=50"]
    done = ended(command, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return output


def text_of(page):
    """Give what a reader of a section sees: its text, without what stands around it."""
    html = page.read_text(encoding="utf-8")
    main = html[html.index("<main") : html.index("</main>")]
    main = re.sub(r"(?s)<(script|style|details).*?</\1>", "", main)
    return unescape(re.sub(r"<[^>]+>", " ", main))


def word_text(file):
    with zipfile.ZipFile(file) as parts:
        return unescape(re.sub(r"<[^>]+>", "", parts.read("word/document.xml").decode()))


@pytest.fixture(scope="module")
def report_of(tmp_path_factory):
    """The report of a study, built once for all tests that read it."""

    @functools.cache
    def built(name):
        folder = tmp_path_factory.mktemp("report")
        return build(STUDIES[name](folder / "data"), folder / "out")

    return built


@pytest.mark.parametrize("name", STUDIES)
def test_a_report_tells_of_its_own_study_alone(name, report_of):
    report = report_of(name)
    pages = {page.stem: text_of(page) for page in (report / "html").glob("*.html")}
    assert set(pages) >= PAGES
    found = {
        page: [match.group() for match in FOREIGN.finditer(text)]
        for page, text in pages.items()
        if page in PAGES
    }
    if name == "cortisol":  # the role that its package gives the centre
        found["methods"] = [word for word in found["methods"] if word != "therapist"]
    assert {page: words for page, words in found.items() if words} == {}
    assert PdfReader(report / "report.pdf").pages
    assert "Summary" in word_text(report / "report.docx")


def test_names_stay_as_they_are_written_in_site_and_word(report_of):
    report = report_of("hostile")
    site = "".join(text_of(report / "html" / f"{page}.html") for page in ("methods", "summary"))
    for name in ("[A](javascript:alert(1))", '<b>"OT"</b> & *x*', "=HYPERLINK(1)", "שלום עולם"):
        assert name in site
        assert name in word_text(report / "report.docx")


def test_equal_reports_have_equal_bytes(tmp_path):
    data = simulated(tmp_path / "data", KINDS["cortisol"], ONE)
    first, second = build(data, tmp_path / "one"), build(data, tmp_path / "two")
    for name in ("report.pdf", "report.docx", "html/summary.html"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_the_old_report_stays_where_the_new_data_are_no_study(tmp_path):
    data = simulated(tmp_path / "data", KINDS["cortisol"], ONE)
    report = build(data, tmp_path / "out")
    before = (report / "report.pdf").read_bytes()
    (data / "one.csv").write_text("nothing\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        build(data, report)
    assert (report / "report.pdf").read_bytes() == before


SAYS = {
    "title": "Cortisol in pairs",
    "version": "1.0.0",
    "created": "2030-01-02",
    "contributors": [{"familyName": "Gosset", "givenName": "William"}],
    "licenses": [{"name": "CC-BY-4.0"}],
}
OURS = re.compile(r"dyadsync developers|Zilcha|oxytocin|ccp0000619", re.IGNORECASE)


def test_a_study_is_deposited_in_its_own_name_and_its_readme_makes_it_again(tmp_path):
    """The commands of the README are run as they stand, with the packages of this environment."""
    data = measured(tmp_path / "study")
    describe(data, lambda said: said.update(SAYS))
    report = build(data, tmp_path / "out")
    command = [sys.executable, "-m", "dyadsync", "supplement", "--data", str(data)]
    command += ["--build", str(report), "--output", str(tmp_path / "lab.zip")]
    subprocess.run(command, cwd=ROOT, check=True)
    with zipfile.ZipFile(tmp_path / "lab.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    [top] = (tmp_path / "unpacked").iterdir()
    assert top.name == "lab-1.0.0"
    for name in ("README.md", "CITATION.cff", "LICENSE", ".zenodo.json", "osf.json"):
        text = (top / name).read_text(encoding="utf-8")
        assert not OURS.findall(text), name
        assert "Cortisol in pairs" in text, name
    venv = top / "source" / ".venv" / "bin"
    venv.mkdir(parents=True)
    for program in ("python", "dyadsync"):
        (venv / program).symlink_to(Path(sys.executable).with_name(program))
    for stamp in (".book", ".dev"):
        (venv.parent / stamp).touch()
    own = {"PYTHONPATH": str(top / "source" / "src")}
    for commands in blocks(top / "README.md"):
        done = ended(["bash", "-ec", commands], cwd=top, env=os.environ | own)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "the same byte for byte" in done.stdout or "made by" in done.stdout
