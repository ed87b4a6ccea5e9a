"""Two builds side by side, in words and as a page."""

import json

import pytest
from click.testing import CliRunner

from dyadsync.cli import main
from millbook.build import build_book
from millbook.errors import InputError
from millbook.evidence.compare import compare_builds
from millbook.tasks import hashes_below


def test_a_build_is_the_same_as_itself(small_book):
    found = compare_builds(small_book.output, small_book.output)
    assert found.same
    assert found.in_words().startswith("The two builds are the same")


@pytest.mark.book
def test_another_seed_is_named_with_what_it_moved(small_book, book_copy, tmp_path):
    build_book(book_copy.root, profile="quick", settings=["seed=8"], jobs=1)
    result = CliRunner().invoke(
        main,
        ["compare", str(small_book.output), str(book_copy.output), "--output", str(tmp_path / "c")],
    )
    assert result.exit_code == 1
    assert result.output.startswith("Verdicts: none of 1 differ.")
    assert "  seed: 7 → 8\n" in result.output
    assert "Data:" not in result.output
    page = (tmp_path / "c" / "index.html").read_text(encoding="utf-8")
    assert "change, in standard errors" in page
    assert "mass: ci_lower" in page


def test_figures_that_differ_stand_in_pairs_and_markup_stays_text(small_book, book_copy, tmp_path):
    path = book_copy.notebooks / "one.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "c3")
    picture = cell["outputs"][-1]["data"]
    picture["image/svg+xml"] = "".join(picture["image/svg+xml"]) + "<!-- other -->"
    cell["metadata"]["mystnb"]["image"]["alt"] = '"><script>alert(1)</script>'
    path.write_text(json.dumps(notebook), encoding="utf-8")
    found = compare_builds(small_book.output, book_copy.output)
    [pair] = [pair for pair in found.figures if pair.differs]
    assert (pair.chapter, pair.cell) == ("one", "c3")
    folder = tmp_path / "c"
    arguments = ["compare", str(small_book.output), str(book_copy.output), "--output", str(folder)]
    for _ in range(2):  # an earlier comparison is replaced
        assert CliRunner().invoke(main, arguments).exit_code == 1
    assert len(list((folder / "figures").iterdir())) == 2
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert 'alt="A line that rises"' in page
    assert "<summary>Verdicts that are the same</summary>" in page


def test_changed_rows_of_the_data_are_named_by_their_keys(small_book, book_copy):
    """A value, a row that is gone and one that is new; where the data are gone, their hash."""
    at = book_copy.state / "run" / "data" / "penguins.csv"
    head, first, second, *others = at.read_text(encoding="utf-8").splitlines()
    penguin, species, island, mass, flipper = first.split(",")
    new = f"new,{species},{island},{mass},{flipper}"
    changed = ",".join([penguin, species, island, "9999", flipper])
    at.write_text("\n".join([head, changed, *others, new, ""]), encoding="utf-8")
    path = book_copy.output / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["data"] = hashes_below(at.parent)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    found = compare_builds(small_book.output, book_copy.output)
    assert {one.in_words() for one in found.data} == {
        f"penguins, penguin {penguin}: mass_g: {mass} → 9999",
        f"penguins, penguin {second.split(',')[0]}: a row → –",
        "penguins, penguin new: – → a row",
    }
    assert not found.same
    at.unlink()
    [other] = compare_builds(small_book.output, book_copy.output).data
    assert other.name == "penguins.csv"
    assert other.before.startswith("SHA-256 ")


def test_a_text_that_says_something_else_is_quoted(small_book, book_copy):
    path = book_copy.notebooks / "one.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["metadata"].get("user_expressions"))
    cell["metadata"]["user_expressions"][0]["result"]["data"]["text/plain"] = "'99.9'"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    found = compare_builds(small_book.output, book_copy.output)
    assert found.text
    for one in found.text:
        assert one.name == "one"
        assert "99.9" in one.after
        assert "{eval}" not in one.before + one.after


def test_a_folder_with_something_else_is_left_alone(small_book, tmp_path):
    (tmp_path / "index.html").write_text("mine")
    build = str(small_book.output)
    result = CliRunner().invoke(main, ["compare", build, build, "--output", str(tmp_path)])
    assert result.exit_code == 2
    assert "something else" in result.output
    assert (tmp_path / "index.html").read_text() == "mine"


def test_what_is_no_build_is_refused(tmp_path, small_book):
    with pytest.raises(InputError, match="no build"):
        compare_builds(small_book.output, tmp_path)


def test_a_page_that_somebody_changed_is_said(small_book, book_copy):
    page = book_copy.html / "index.html"
    page.write_text(page.read_text(encoding="utf-8") + "<!-- -->", encoding="utf-8")
    result = CliRunner().invoke(main, ["compare", str(small_book.output), str(book_copy.output)])
    assert "html/index.html does not match SHA256SUMS" in result.stderr
    assert result.exit_code == 1
    same = CliRunner().invoke(main, ["compare", str(small_book.output), str(small_book.output)])
    assert (same.exit_code, same.stderr) == (0, "")
