"""What a build makes again and what it leaves: its steps, with their work replayed.

Chapters and site are put where they were made before, which takes no kernel and no Sphinx.
`test_build.py` and `test_faults.py` build in earnest.
"""

import shutil

import nbformat
import pytest

from millbook import tasks
from millbook.build import build_book
from millbook.errors import BuildError, InputError
from millbook.execution import ChapterError
from millbook.project import chapter_name
from millbook.tasks import files_below
from tests.books import change, leftovers, rebuild, shipped


@pytest.fixture
def replayed(book_copy, small_book, monkeypatch):
    """The built small book; a chapter or a site that is made again is the one that was made.

    The processes that would make them are not started.
    """

    def run_notebook(source, results, **_):
        shutil.rmtree(results, ignore_errors=True)
        name = chapter_name(source)
        shutil.copytree(small_book.state / "published" / name, results)
        return nbformat.read(small_book.notebooks / f"{name}.ipynb", as_version=4)

    def build_site(_book, _log, workshop, *_):
        return shutil.copytree(small_book.html, workshop / "html")

    monkeypatch.setattr("millbook.tasks.run_notebook", run_notebook)
    monkeypatch.setattr("millbook.tasks.build_site", build_site)
    monkeypatch.setattr("millbook.site.SiteProcess.start", lambda _: None)
    monkeypatch.setattr("millbook.environment.CAN_FORK", False)
    return book_copy


def test_nothing_is_done_again_when_nothing_has_changed(replayed, capsys):
    before = {path: path.stat().st_mtime_ns for path in files_below(replayed.html)}
    assert rebuild(replayed, capsys) == set()
    assert {path: path.stat().st_mtime_ns for path in files_below(replayed.html)} == before


def test_other_data_run_the_chapters_again(replayed, capsys):
    change(replayed.data / "penguins.csv", "P01,gentoo,Biscoe,5000", "P01,gentoo,Biscoe,5001")
    assert {"chapter one", "chapter two"} <= rebuild(replayed, capsys)


@pytest.mark.parametrize(
    ("code", "ran"),
    [
        ("science_hash", {"chapter one", "chapter two", "site"}),
        ("engine_hash", {"caches", "chapter one", "chapter two", "stage", "site"}),
        ("pages_hash", {"site"}),
    ],
)
def test_other_code_runs_what_it_is_part_of_again(replayed, capsys, monkeypatch, code, ran):
    """The outcome is equal, so what only reads the outcome rests."""
    monkeypatch.setattr(f"millbook.provenance.{code}", lambda *_: "other code")
    assert rebuild(replayed, capsys) == ran


def test_a_page_that_changed_builds_the_site_and_runs_no_chapter(replayed, capsys):
    change(replayed.chapters / "index.md", "# A small book", "# A little book")
    assert rebuild(replayed, capsys) == {"stage", "site"}  # which is as it was: no new manifest


def test_another_lock_runs_everything_again(replayed, capsys):
    (replayed.root / "requirements.lock").write_text("numpy==2.0\n")
    ran = rebuild(replayed, capsys)
    assert {"caches", "chapter one", "chapter two", "stage", "site", "manifest"} <= ran


@pytest.mark.parametrize(("minutes", "first"), [(10, "one"), (11, "two")])
def test_what_may_take_longest_begins_where_no_times_are_known(replayed, capsys, minutes, first):
    """`one` is the larger file; that counts where both may take as long."""
    change(
        replayed.chapters / "02_two.ipynb",
        '"metadata": {\n  "kernelspec"',
        f'"metadata": {{\n  "millbook": {{"minutes": {minutes}}},\n  "kernelspec"',
    )
    (replayed.state / "made.json").unlink()
    capsys.readouterr()
    build_book(replayed.root, profile="quick", jobs=1)
    assert capsys.readouterr().out.startswith(f"chapter {first}: ")


def test_a_chapter_runs_again_when_an_input_that_it_names_changes(replayed, capsys):
    two = replayed.chapters / "02_two.ipynb"
    change(
        two, '"language_info"', '"millbook": {"inputs": ["../tests/reference"]}, "language_info"'
    )
    with pytest.raises(InputError, match=r"02_two\.ipynb: It names \.\./tests/reference"):
        build_book(replayed.root, profile="quick", jobs=1)
    reference = replayed.root / "tests" / "reference"
    reference.mkdir(parents=True)
    for number in ("5", "6"):
        (reference / "n.txt").write_text(number)
        ran = rebuild(replayed, capsys)
        assert "chapter two" in ran
        assert "chapter one" not in ran


def test_a_chapter_that_fails_is_a_page_where_the_project_keeps_going(replayed, monkeypatch):
    """The rest is built, the failure is told, and the chapter is run again by the next build."""
    whole = tasks.run_notebook

    def run_notebook(source, **settings):
        if chapter_name(source) == "two":
            raise ChapterError("Chapter two failed: the ice broke.")
        return whole(source=source, **settings)

    with (replayed.root / "_config.yml").open("a", encoding="utf-8") as file:
        file.write("millbook: {keep_going: true}\n")
    change(replayed.chapters / "02_two.ipynb", "precision=1", "precision=2")
    monkeypatch.setattr("millbook.tasks.run_notebook", run_notebook)
    with pytest.raises(BuildError, match=r"the ice broke(?s:.*)The rest is in .*index\.html"):
        build_book(replayed.root, profile="quick", jobs=1)
    page = (replayed.notebooks / "two.ipynb").read_text(encoding="utf-8")
    assert "# Two" in page
    assert "the ice broke" in page
    assert not (replayed.results / "two.csv").exists()
    assert (replayed.results / "draws.json").exists()
    monkeypatch.setattr("millbook.tasks.run_notebook", whole)
    build_book(replayed.root, profile="quick", jobs=1)
    assert (replayed.results / "two.csv").exists()


@pytest.mark.parametrize("name", ["html/dear.txt", "html/chapters/dear.txt", "results/dear.txt"])
def test_a_file_that_somebody_put_into_the_output_is_not_deleted(replayed, name):
    change(replayed.chapters / "index.md", "# A small book", "# A little book")
    letter = replayed.output / name
    letter.write_text("Dear")
    with pytest.raises(InputError, match=f"{name} was not made by a build"):
        build_book(replayed.root, profile="quick", jobs=1)
    assert letter.read_text() == "Dear"
    letter.unlink()
    build_book(replayed.root, profile="quick", jobs=1)


@pytest.mark.parametrize(
    "name",
    [
        ".state/made.json",
        ".state/checked.json",
        ".state/caches/matplotlibrc",
        "manifest.json",
        "SHA256SUMS",
        "notebooks/one.ipynb",
        "results/draws.json",
        "html/chapters/one.html",
    ],
)
@pytest.mark.parametrize("share", [0, 0.5])
def test_a_file_that_was_cut_off_is_made_again(replayed, small_book, name, share):
    path = replayed.output / name
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    build_book(replayed.root, profile="quick", jobs=1)
    assert shipped(replayed.output) == shipped(small_book.output)
    assert leftovers(replayed) == []
