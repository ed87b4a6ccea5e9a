"""A build is verified by its files and by making it again."""

import json
import shutil

import pytest

from millbook.errors import InputError
from millbook.evidence.build_numbers import same_text
from millbook.evidence.verify import _settings, verify_build
from millbook.parameters import read_parameters, resolve_parameters
from tests.programs import ended


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.5, interval −1 to 2", "0.5, interval −1 to 2", True),
        ("−1.21", "−1.22", True),  # rounding of the last digit shown
        ("−1.21", "−1.23", False),
        ("−1.21", "1.21", False),
        ("1,024 of 37", "1,025 of 37", False),  # counts are whole
        ("0.123456789", "0.123456790", True),
        ("0.123456789", "0.123466789", False),
        ("1.23456e-03", "1.23457e-03", True),
        ("1.23456e-03", "1.23459e-03", False),
        ("1.5e-12", "8.1e-13", True),  # what rounding leaves of a zero
        ("supported", "inconclusive", False),
    ],
)
def test_numbers_may_differ_by_rounding_only(one, other, same):
    assert same_text(one, other) is same
    assert same_text(other, one) is same


@pytest.mark.book
def test_an_untouched_build_is_what_it_claims(book_copy):
    found = verify_build(book_copy.root, jobs=1)
    assert found.holds, found.in_words()
    assert found.same_platform
    assert "the same byte for byte" in found.in_words()


@pytest.mark.book
def test_a_file_and_a_number_that_somebody_changed_are_named(book_copy):
    path = book_copy.notebooks / "one.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["metadata"].get("user_expressions"))
    kept = cell["metadata"]["user_expressions"][0]
    kept["result"]["data"]["text/plain"] = "'99.9'"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (book_copy.html / "extra.html").write_text("?", encoding="utf-8")
    found = verify_build(book_copy.root, jobs=1)
    assert not found.holds
    assert set(found.altered) == {"notebooks/one.ipynb", "html/extra.html"}
    [line] = found.numbers
    assert line.startswith(f"one, cell {cell['id']}: {kept['expression']} was 99.9, is ")
    assert "Changed after the build (2):" in found.in_words()


def test_the_parameters_of_the_shipped_book_are_told_as_they_were(data_dir):
    """Texts, numbers, switches, lists: what the manifest says is what the build is asked for."""
    declared = read_parameters(data_dir.parent / "chapters" / "parameters.yml")
    values = resolve_parameters(declared, "paper")
    manifest = {"build": {"parameters": {"chapters/one": values}}}
    told = _settings(manifest)
    assert len(told) == len(values) - ("data" in values)
    assert resolve_parameters(declared, "quick", None, told) == values


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_the_sums_are_those_that_sha256sum_checks(small_book):
    done = ended(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=small_book.output)
    assert (done.returncode, done.stdout) == (0, "")
    listed = (small_book.output / "SHA256SUMS").read_text(encoding="utf-8")
    assert ".state" not in listed
    assert "html/index.html" in listed


@pytest.mark.parametrize("content", [None, "{", "[]", '{"build": {}}'])
def test_what_is_no_build_is_refused(book_copy, content):
    manifest = book_copy.output / "manifest.json"
    manifest.unlink() if content is None else manifest.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"holds no build|is broken or from another version"):
        verify_build(book_copy.root)


def test_other_data_are_refused(book_copy, tmp_path):
    table = book_copy.data / "penguins.csv"
    table.write_text(table.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not what this build was made from"):
        verify_build(book_copy.root)
