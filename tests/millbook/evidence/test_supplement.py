"""The supplement of the small book: what is in it, equal bytes, and the way back from it."""

import json
import re
import shutil
import sys
import time
import zipfile
from dataclasses import replace
from importlib.resources import files

import pytest
import requests
import yaml
from rocrate_validator import services

from millbook.build import build_book
from millbook.errors import InputError
from millbook.evidence.deposit import codecheck, osf, read_record, zenodo
from millbook.evidence.published import accept
from millbook.evidence.supplement import make_supplement, supplement_file
from millbook.evidence.verify import verify_build
from millbook.project import open_project
from tests.books import blocks
from tests.data_packages import describe
from tests.programs import ended

CITATION = """cff-version: 1.2.0
title: A small book
type: software
authors:
  - name: The makers
  - family-names: Gosset
    given-names: William
    affiliation: The brewery
version: 1.2.3
date-released: 2030-01-02
license: [MIT, CC0-1.0]
repository-code: https://example.org/small
keywords: [small]
references:
  - doi: 10.1000/182
"""

# The person whom ORCID's own documentation invented.
STUDY = {
    "title": "Bills of penguins",
    "description": "Bills < 50 mm & others.",
    "version": "2.0.1",
    "created": "2031-05-06",
    "contributors": [
        {
            "familyName": "Carberry",
            "givenName": "Josiah",
            "path": "https://orcid.org/0000-0002-1825-0097",
            "organization": "Brown",
        },
        {"title": "The island station"},
    ],
    "licenses": [{"name": "CC-BY-4.0"}],
    "related_identifiers": [{"identifier": "10.1000/7", "relation": "isSupplementTo"}],
}
# Windows may have one, but with it a bash that is another system's.
NEEDS_MAKE = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("make") is None, reason="needs make"
)
BESIDE = ("README.md", "CITATION.cff", "LICENSE", ".zenodo.json", "osf.json", "codecheck.yml")


@pytest.fixture
def book(book_copy):
    (book_copy.root / "CITATION.cff").write_text(CITATION, encoding="utf-8")
    (book_copy.root / "LICENSE").write_text("Do what you like.\n", encoding="utf-8")
    accept(book_copy, "the first edition")
    return book_copy


@pytest.fixture
def study(book_copy):
    """The book as a report: described by its data, not by a citation of its own."""
    describe(book_copy.data, lambda says: says.update(STUDY))
    (book_copy.root / "program").mkdir()
    (book_copy.root / "program" / "CITATION.cff").write_text(CITATION, encoding="utf-8")
    return book_copy


def unpack(builds, source, folder, note=""):
    """Pack, unpack, and give the one folder at the top."""
    make_supplement(builds, source, folder / "one.zip", note)
    with zipfile.ZipFile(folder / "one.zip") as archive:
        archive.extractall(folder / "un packed ü")
    [top] = (folder / "un packed ü").iterdir()
    return top


@pytest.fixture
def unpacked(book, tmp_path):
    return unpack({"book": book}, book.root, tmp_path)


def test_all_that_a_journal_keeps_is_in_it(unpacked):
    assert unpacked.name == "millbook-1.2.3"
    for name in (
        *("README.md", "LICENSE", "CITATION.cff", "codecheck.yml", ".zenodo.json", "osf.json"),
        *("ro-crate-metadata.json", "book/html/index.html", "book/notebooks/one.ipynb"),
        *("book/results/draws.json", "book/manifest.json", "book/SHA256SUMS"),
        *("source/chapters/01_one.ipynb", "source/data/datapackage.json"),
        "source/published/numbers.csv",
    ):
        assert (unpacked / name).is_file(), name
    assert not list(unpacked.rglob(".state"))


@NEEDS_MAKE
def test_its_readme_says_the_commands_of_the_source(unpacked):
    """What make then does is the source's own; the whole compendium's is run in tests/report."""
    (unpacked / "source" / "Makefile").write_text(
        ".PHONY: verify\nverify:\n\t@echo again $(BUILD) $(DATA)\n", encoding="utf-8"
    )
    first, second = blocks(unpacked / "README.md")
    done = ended(["bash", "-ec", first], cwd=unpacked)
    assert "again ../book\n" in done.stdout
    assert second == "cd source\n.venv/bin/millbook explain draws --build ../book\n"


def test_a_book_comes_with_the_report_of_its_data(book, tmp_path):
    report = replace(book, root=book.root / "report")
    top = unpack({"book": book, "report": report}, book.root, tmp_path, "Mind the licences.")
    assert (top / "report" / "html" / "index.html").is_file()
    readme = (top / "README.md").read_text(encoding="utf-8")
    words = [line.split(" | ")[1] for line in readme.splitlines() if line.startswith("| `")]
    assert len(set(words)) == len(words)
    assert readme.endswith("\n\nMind the licences.\n")
    assert blocks(top / "README.md")[0].splitlines() == [
        "make -C source verify BUILD=../book",
        "make -C source verify BUILD=../report DATA=data",
    ]


@pytest.mark.book
def test_the_build_in_it_is_verified_from_the_source_in_it(unpacked):
    """Where there is no git: the way of a stranger."""
    found = verify_build(unpacked / "source", unpacked / "book", jobs=1)
    assert found.holds, found.in_words()
    assert not found.files


def test_equal_books_give_equal_bytes_and_a_half_made_zip_is_not_left(book, tmp_path, monkeypatch):
    for name in ("one.zip", "two.zip"):
        make_supplement({"book": book}, book.root, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    before = sorted(tmp_path.iterdir())

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    with pytest.raises(InputError, match="No space left on device"):
        make_supplement({"book": book}, book.root, tmp_path / "three.zip")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows sets no time zone")
def test_another_folder_and_time_zone_give_equal_bytes(book, tmp_path, monkeypatch):
    make_supplement({"book": book}, book.root, tmp_path / "one.zip")
    elsewhere = tmp_path / "ein anderer Ordner"
    shutil.copytree(book.root, elsewhere)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        make_supplement({"book": open_project(elsewhere)}, elsewhere, tmp_path / "two.zip")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_study_is_published_under_its_own_names(study, tmp_path):
    """The program's makers, licence and works are named as the program's, and nowhere else."""
    (study.data / "LICENSE").write_text("The lab's own words.\n", encoding="utf-8")
    build_book(study.root, profile="quick", jobs=1)
    top = unpack({"report": study}, study.root / "program", tmp_path)
    assert top.name == "penguins-2.0.1"
    crate = json.loads((top / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    entities = {one["@id"]: one for one in crate}
    program = entities[entities["#build"]["instrument"]["@id"]]
    assert [one["@id"][-3:] for one in program["license"]] == ["MIT", "1.0"]
    assert entities["./"]["license"]["@id"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert entities["./"]["author"][0]["@id"] == "https://orcid.org/0000-0002-1825-0097"
    entities["./"].pop("hasPart")
    of_program = {program["@id"], *(one["@id"] for one in program["license"])}
    said = [
        *(json.dumps(one) for name, one in entities.items() if name not in of_program),
        *((top / name).read_text(encoding="utf-8") for name in BESIDE),
    ]
    assert not [text for text in said if re.search("makers|A small book|MIT|CC0|10.1000/182", text)]
    for name in ("README.md", "CITATION.cff", ".zenodo.json", "osf.json", "codecheck.yml"):
        text = (top / name).read_text(encoding="utf-8")
        assert "Bills of penguins" in text, name
        assert name == "osf.json" or "Carberry" in text, name
    deposit = json.loads((top / ".zenodo.json").read_text(encoding="utf-8"))
    assert deposit["description"] == "Bills &lt; 50 mm &amp; others."  # which Zenodo reads as HTML
    assert deposit["upload_type"] == "dataset"
    assert deposit["license"] == "cc-by-4.0"
    assert deposit["creators"][0] == {
        "name": "Carberry, Josiah",
        "orcid": "0000-0002-1825-0097",
        "affiliation": "Brown",
    }
    [paper] = deposit["related_identifiers"]
    assert (paper["relation"], paper["identifier"]) == ("isSupplementTo", "10.1000/7")
    citation = yaml.safe_load((top / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["authors"][1] == {"name": "The island station"}
    assert (citation["license"], citation["type"]) == (["CC-BY-4.0"], "dataset")
    assert (top / "data" / "LICENSE").is_file()
    assert "CC-BY-4.0" in (top / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"contributors": []}, "'contributors' is missing; give who is to be cited"),
        ({"title": "To be filled in"}, "'title' is still to be filled in; give the title"),
        ({"licenses": [{"name": "to-be-filled-in"}]}, "'licenses' is still to be filled in"),
        ({"created": "soon"}, "'created' is 'soon'; give the day of this version, such as"),
        ({"version": 1}, "'version' must be text: such as"),
        ({"contributors": ["Me"]}, "'contributors' must be a list of objects"),
        ({"licenses": [{"name": "CC BY"}]}, "licence 'CC BY' must have a name at SPDX"),
        ({"licenses": [{"name": "Ours"}]}, "licence 'Ours' must have a name at SPDX"),
        (
            {"contributors": [{"title": "A", "path": "https://orcid.org/0000-0002-1825-0098"}]},
            "0000-0002-1825-0098 of A is no ORCID",
        ),
        (
            {"related_identifiers": [{"identifier": "10.1000/7", "relation": "about"}]},
            "one of these as its relation: cites, ",
        ),
        (
            {"related_identifiers": [{"identifier": "our paper", "relation": "cites"}]},
            "'our paper' in 'related_identifiers' is no identifier of a work; give a DOI",
        ),
    ],
)
def test_what_a_study_does_not_say_is_asked_for(study, tmp_path, says, told):
    describe(study.data, lambda descriptor: descriptor.update(says))
    with pytest.raises(InputError) as refused:
        make_supplement({"report": study}, study.root / "program", tmp_path / "one.zip")
    assert str(study.data / "datapackage.json") in str(refused.value)
    assert told in str(refused.value)


def test_a_readme_that_is_still_a_form_is_refused(study, tmp_path):
    (study.data / "README.md").write_text("# A study to be filled in\n", encoding="utf-8")
    build_book(study.root, profile="quick", jobs=1)
    with pytest.raises(InputError, match=r"README\.md is still to be filled in"):
        make_supplement({"report": study}, study.root / "program", tmp_path / "one.zip")


def test_the_crate_says_what_was_made_from_what_by_what(unpacked):
    text = (unpacked / "ro-crate-metadata.json").read_text(encoding="utf-8")
    entities = {one["@id"]: one for one in json.loads(text)["@graph"]}
    action = entities["#build"]
    assert action["@type"] == "CreateAction"
    assert entities[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
    objects = {one["@id"] for one in action["object"]}
    assert {"source/data/penguins.csv", "#parameter-n_draws"} <= objects
    results = {one["@id"] for one in action["result"]}
    assert {"book/results/draws.json", "book/html/"} <= results
    for name in objects | results:
        assert name.startswith("#") or (unpacked / name).exists()
    assert entities["./"]["conformsTo"]["@id"].endswith("wfrun/process/0.5")
    assert entities["./"]["datePublished"] == "2030-01-02"


def test_roc_validator_finds_a_process_run_crate(unpacked, tmp_path, monkeypatch):
    """All that is required, and what is recommended but for two things that nobody knows here.

    What the checker asks the network for is a list of terms, which the library rocrate ships.
    """
    context = files("rocrate").joinpath("data", "ro-crate.jsonld").read_bytes()
    asked = []

    def answer(_, method, url, **__):
        asked.append((method, url))
        response = requests.Response()
        response.status_code, response.url = 200, url
        response.headers["Content-Type"] = "application/ld+json"
        response._content = context
        return response

    monkeypatch.setattr(requests.Session, "request", answer)
    found = services.validate(
        {
            "rocrate_uri": str(unpacked.rename(tmp_path / "crate")),  # it wants a plain path
            "profile_identifier": "process-run-crate",
            "requirement_severity": "RECOMMENDED",
            "no_cache": True,
        }
    )
    assert set(asked) == {("GET", "https://w3id.org/ro/crate/1.1/context")}
    assert {issue.message for issue in found.get_issues()} == {
        "The Action SHOULD have an endTime in ISO 8601 format",  # the small book has no commit
        "The organization SHOULD have a URL.",
    }


def test_deposits_of_a_book_are_described_by_its_citation(book):
    record = read_record(book)
    deposit = json.loads(zenodo(record))
    assert [one["name"] for one in deposit["creators"]] == ["The makers", "Gosset, William"]
    assert (deposit["license"], deposit["version"]) == ("mit", "1.2.3")
    assert deposit["related_identifiers"] == [
        {"identifier": "10.1000/182", "relation": "references", "scheme": "doi"}
    ]
    assert json.loads(osf(record))["data"]["attributes"]["title"] == "A small book"
    asked = codecheck(record, ["book/results/draws.json"])
    assert asked.startswith("---\n")
    assert yaml.safe_load(asked)["manifest"][0]["file"] == "book/results/draws.json"


def test_a_build_that_is_not_as_it_was_built_is_refused(book, tmp_path):
    (book.results / "draws.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"results/draws\.json does not match SHA256SUMS"):
        make_supplement({"book": book}, book.root, tmp_path / "one.zip")
    with pytest.raises(InputError, match=r"must end in \.zip"):
        supplement_file(book, tmp_path / "one.tar")


def test_a_build_of_other_data_is_refused(book, tmp_path):
    """Else a study would be published whose report is that of another."""
    other = tmp_path / "other"
    shutil.copytree(book.data, other)
    with (other / "penguins.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(InputError, match=f"{other.name} is not what this build was made from"):
        make_supplement({"book": replace(book, data=other)}, book.root, tmp_path / "one.zip")
