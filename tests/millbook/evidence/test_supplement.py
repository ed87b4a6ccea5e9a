"""The supplement of the small book: what is in it, equal bytes, and the way back from it."""

from __future__ import annotations

import json
import subprocess
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest
import requests
import yaml
from click.testing import CliRunner
from rocrate_validator import services

from dyadsync.cli import main
from millbook.errors import InputError
from millbook.evidence import pdf
from millbook.evidence.deposit import codecheck, osf, read_citation, zenodo
from millbook.evidence.published import accept
from millbook.evidence.supplement import make_supplement
from millbook.evidence.verify import verify_build
from millbook.project import Project

CITATION = """cff-version: 1.2.0
title: A small book
type: software
authors:
  - name: The makers
  - family-names: Gosset
    given-names: William
version: 1.2.3
date-released: 2030-01-02
license: [MIT, CC0-1.0]
repository-code: https://example.org/small
keywords: [small]
references:
  - doi: 10.1000/182
"""


@pytest.fixture
def book(book_copy: Project) -> Project:
    (book_copy.root / "CITATION.cff").write_text(CITATION, encoding="utf-8")
    accept(book_copy, "the first edition")
    return book_copy


@pytest.fixture
def unpacked(book: Project, tmp_path: Path) -> Path:
    make_supplement(book, tmp_path / "one.zip", pdf=False)
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        archive.extractall(tmp_path / "un packed ü")
    return tmp_path / "un packed ü"


def test_all_that_a_journal_keeps_is_in_it(unpacked: Path) -> None:
    for name in (
        *("README.md", "Makefile", "CITATION.cff", "codecheck.yml", ".zenodo.json", "osf.json"),
        *("ro-crate-metadata.json", "book/html/index.html", "book/notebooks/one.ipynb"),
        *("book/results/draws.json", "book/manifest.json", "book/SHA256SUMS"),
        *("source/chapters/01_one.ipynb", "source/data/datapackage.json"),
        "source/published/numbers.csv",
    ):
        assert (unpacked / name).is_file(), name
    assert not list(unpacked.rglob(".state"))
    assert len((unpacked / "README.md").read_text(encoding="utf-8").splitlines()) <= 12
    sums = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(sums, cwd=unpacked / "book", check=False).returncode == 0


@pytest.mark.parametrize("command", ["book", "test", "help"])
def test_its_commands_are_those_of_the_source(unpacked: Path, command: str) -> None:
    """A folder `book` stands beside them, which is no reason to call it made."""
    (unpacked / "source" / "Makefile").write_text(
        ".PHONY: book test help\nbook test help:\n\t@echo source makes $@\n", encoding="utf-8"
    )
    make = ["make", "--no-print-directory", command]  # which it prints below another make
    done = subprocess.run(make, cwd=unpacked, capture_output=True, text=True, check=True)
    assert done.stdout == f"source makes {command}\n"


@pytest.mark.book
def test_the_build_in_it_is_verified_from_the_source_in_it(unpacked: Path) -> None:
    """Where there is no git: the way of a stranger."""
    found = verify_build(unpacked / "source", unpacked / "book", jobs=1)
    assert found.holds, found.in_words()
    assert not found.files


def test_equal_books_give_equal_bytes_and_a_half_made_zip_is_not_left(
    book: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one.zip", "two.zip"):
        make_supplement(book, tmp_path / name, pdf=False)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    before = sorted(tmp_path.iterdir())

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    with pytest.raises(InputError, match="No space left on device"):
        make_supplement(book, tmp_path / "three.zip", pdf=False)
    assert sorted(tmp_path.iterdir()) == before


def test_the_crate_says_what_was_made_from_what_by_what(unpacked: Path) -> None:
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


def test_roc_validator_finds_a_process_run_crate(
    unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is required, and what is recommended but for two things that nobody knows here.

    What the checker asks the network for is a list of terms, which the library rocrate ships.
    """
    context = files("rocrate").joinpath("data", "ro-crate.jsonld").read_bytes()
    asked = []

    def answer(_: requests.Session, method: str, url: str, **__: object) -> requests.Response:
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


def test_deposits_are_described_by_the_citation(book: Project) -> None:
    citation = read_citation(book.root)
    deposit = json.loads(zenodo(citation))
    assert [one["name"] for one in deposit["creators"]] == ["The makers", "Gosset, William"]
    assert (deposit["license"], deposit["version"]) == ("mit", "1.2.3")
    assert deposit["related_identifiers"][0]["identifier"] == "10.1000/182"
    assert json.loads(osf(citation))["data"]["attributes"]["title"] == "A small book"
    asked = codecheck(citation, ["book/results/draws.json"])
    assert asked.startswith("---\n")
    assert yaml.safe_load(asked)["manifest"][0]["file"] == "book/results/draws.json"


def test_what_is_missing_is_said(
    book_copy: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"needs .*CITATION\.cff"):
        make_supplement(book_copy, tmp_path / "one.zip", pdf=False)
    with pytest.raises(InputError, match=r"must end in \.zip"):
        make_supplement(book_copy, tmp_path / "one.tar", pdf=False)
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    monkeypatch.chdir(book_copy.root)
    done = CliRunner().invoke(main, ["supplement", "--build", str(book_copy.output)])
    assert (done.exit_code, "none is found; install chromium" in done.output) == (2, True)


def test_links_between_pages_stay_within_the_one_document(small_book: Project) -> None:
    citation = {"title": "A", "authors": [{"name": "B"}], "version": 1, "date-released": "2030"}
    pages = ["chapters/index", "chapters/one", "chapters/two"]
    text = pdf.join_pages(small_book.html, pages, citation)
    assert 'id="chapters/one"' in text
    assert 'href="#chapters/two"' in text or 'href="#chapters/two--' in text
    assert 'href="one.html' not in text
    assert "<script" not in text.replace("<script async", "").split("<body")[1]
    for address in ("_images/", "_static/"):
        assert f'"../{address}' not in text
    backwards = pdf.join_pages(small_book.html, pages[::-1], citation)
    for whole in (text, backwards):  # whichever page it is that has formulas
        assert whole.count('href="_static/book.css?') == 1
        assert whole.count('href="_static/math.css?') == 1


@pytest.mark.browser
def test_the_pdf_has_outline_links_title_and_equal_bytes(
    small_book: Project, tmp_path: Path
) -> None:
    import pypdf

    citation = {
        "title": "A small book",
        "authors": [{"name": "The makers"}],
        "version": "1.2.3",
        "date-released": "2030-01-02",
    }
    pages = ["chapters/index", "chapters/one", "chapters/two"]
    for name in ("one.pdf", "two.pdf"):
        pdf.print_book(small_book.html, pages, tmp_path / name, citation)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    made = pypdf.PdfReader(tmp_path / "one.pdf")
    assert made.metadata is not None
    assert made.metadata.title == "A small book"
    assert str(made.metadata.get("/CreationDate")).startswith("D:20300102")
    titles = [one.title for one in made.outline if not isinstance(one, list)]
    assert {"A small book", "One", "Two"} <= {title.strip(" #¶") for title in titles}
    text = "".join(page.extract_text() for page in made.pages)
    assert "Its numbers are made up." in text
    inner = [
        note.get_object()
        for page in made.pages
        for note in page.get("/Annots", [])
        if "/Dest" in note.get_object() or "/D" in note.get_object().get("/A", {})
    ]
    assert inner, "no link leads to another place of the document"
    outer = [
        str(note.get_object()["/A"].get("/URI", ""))
        for page in made.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert not [address for address in outer if address.startswith("file:")]
