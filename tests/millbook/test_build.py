"""The engine on the small book of ``fixture``: what is made, made again, and left alone."""

import json
import re
import shutil
from html import unescape

import pytest

from millbook.build import build_book
from millbook.environment import child_environment
from millbook.errors import BuildError, InputError
from millbook.project import open_project
from millbook.provenance import data_hash
from millbook.site import SiteProcess, build_site
from millbook.stage import _copy_notebook, mend_swap
from millbook.tasks import files_below, hashes_below
from tests.books import change, copy_small_book, leftovers, rebuild, shipped
from tests.site.pages import Html


def page(project, name):
    return (project.html / name).read_text(encoding="utf-8")


# What is made


def test_the_site_has_every_page_and_a_way_in(small_book):
    for name in ("chapters/index", "chapters/one", "chapters/two", "search"):
        assert (small_book.html / f"{name}.html").is_file()
    assert "chapters/index.html" in page(small_book, "index.html")


def test_only_changed_parameters_are_injected_and_only_where_they_are_named(small_book):
    injected = {
        name: [
            "".join(cell["source"])
            for cell in json.loads((small_book.notebooks / name).read_text())["cells"]
            if "injected-parameters" in cell["metadata"].get("tags", [])
        ]
        for name in ("one.ipynb", "two.ipynb")
    }
    assert injected == {"one.ipynb": ["# Parameters\nn_draws = 100\n"], "two.ipynb": []}


def test_every_page_ends_with_its_provenance(small_book):
    for name in ("chapters/index.html", "chapters/one.html", "search.html"):
        text = page(small_book, name)
        assert data_hash(small_book.data) in text
    assert "n_draws = 100" in page(small_book, "chapters/one.html")
    assert "n_draws" not in page(small_book, "chapters/two.html").split("</article>")[1]


def test_the_codebook_lists_every_field(small_book):
    home = page(small_book, "chapters/index.html")
    for field in ("flipper_mm", "mass_g", "species"):
        assert field in home


def test_the_contents_lead_to_every_chapter_and_to_the_sections_of_the_page(small_book):
    contents = page(small_book, "chapters/one.html").partition('<nav id="contents"')[2]
    contents = contents.partition("</nav>")[0]
    assert re.findall(r'<a aria-current="page" href="#">[^<]+</a><ul>\n<li><a href="#', contents)
    assert contents.count("aria-current") == 1
    assert '<a href="two.html">' in contents
    assert "<ul>" not in contents.partition('<a href="two.html">')[2].partition("</li>")[0]


def test_numbers_stand_in_the_text_as_text(small_book):
    """In a heading, a list, a table, a box; written by the role's format; never as markup."""
    text = page(small_book, "chapters/one.html")
    mean = json.loads((small_book.results / "draws.json").read_text(encoding="utf-8"))["mean"]
    shown = [unescape(number) for number in re.findall(r"computed r[^>]*>([^<]*)<", text)]
    words = f"{mean:.1f} and −1"
    assert shown[:5] == ["−0.12", f"{mean:.3f}", words, "1 < 2", "3"]
    assert shown[5:] == ["−12.5%", "–", f"{mean:.2f}", "−0.125"]
    assert "<code class=" in text
    assert "{eval}`mean:.3f`</span>" in text
    assert "not_a_name" in text


def test_a_number_leads_to_the_nearest_cell_above_that_makes_what_it_shows(small_book):
    text = page(small_book, "chapters/one.html")
    for expression, code in (("len(effect)", "a|b"), ("mean:.3f", "mean = ")):
        target = re.search(rf'href="#([^"]*)" title="(?:[^"]* · )?{re.escape(expression)}"', text)
        assert target is not None
        cell = text.split(f'id="{target.group(1)}"')[1].split("</pre>")[0]
        assert code in cell


def test_a_number_on_a_page_that_no_kernel_ran_is_refused(book_copy):
    with (book_copy.chapters / "index.md").open("a", encoding="utf-8") as file:
        file.write("\nIt is {eval}`mean:.2f`.\n")
    with pytest.raises(BuildError, match=r"(?s)index\.md.*mean:\.2f.*has no value"):
        build_book(book_copy.root, profile="quick", jobs=1)


def test_a_figure_has_its_alternative_text_and_its_file(small_book):
    text = page(small_book, "chapters/one.html")
    found = re.search(r'<img alt="A line that rises"[^>]*src="\.\./([^"]+)"', text)
    assert found is not None
    assert (small_book.html / found.group(1)).is_file()
    assert "Mass by flipper of 11 penguins." in text
    assert "#| label" not in text
    assert re.search(r'<source [^>]*media="\(max-width: 600px\)"', text)


def test_no_page_loads_anything_from_the_network(small_book):
    for path in small_book.html.rglob("*.html"):
        remote = [one for one in Html(path).loaded if re.match("(https?:)?//", one)]
        assert remote == [], path.name
        assert "thebe" not in path.read_text(encoding="utf-8"), path.name
    for path in small_book.html.rglob("*.css"):
        css = path.read_text(encoding="utf-8")
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", css), path.name


def test_formulas_are_set_when_the_book_is_built(small_book):
    text = page(small_book, "chapters/index.html")
    assert "<math " in text
    assert not re.search(r"<script[^>]*mathjax", text)


def test_a_chapter_can_be_taken_away_with_its_results_and_without(small_book):
    """Each begins with what it does not bring along."""
    links = re.findall(r'href="\.\./(\S+\.ipynb)" download', page(small_book, "chapters/one.html"))
    sources = (small_book.notebooks / "one.ipynb", small_book.chapters / "01_one.ipynb")
    for link, source in zip(links, sources, strict=True):
        needs, *cells = json.loads((small_book.html / link).read_text(encoding="utf-8"))["cells"]
        assert "the folder `chapters` of its project" in needs["source"]
        assert cells == json.loads(source.read_text(encoding="utf-8"))["cells"]


def test_all_style_is_one_sheet_and_that_of_formulas_where_some_are(small_book):
    for name in ("chapters/index.html", "chapters/one.html", "search.html"):
        text = page(small_book, name)
        sheets = re.findall(r'<link rel="stylesheet" href="([^"?]*)', text)
        used = ["book.css", *(["math.css"] if "<math" in text else [])]
        assert [sheet.rpartition("/")[2] for sheet in sheets] == used
        assert all((small_book.html / name).parent.joinpath(sheet).is_file() for sheet in sheets)
    assert "<math" in page(small_book, "chapters/index.html")
    assert "<math" not in page(small_book, "search.html")


def test_no_path_of_this_machine_gets_into_what_is_published(small_book):
    folders = (small_book.html, small_book.notebooks, small_book.results, small_book.book)
    for folder in folders:
        for path in files_below(folder):
            content = path.read_bytes()
            assert str(small_book.root).encode() not in content, path


def test_nothing_is_written_outside_the_output(small_book, tmp_path):
    untouched = copy_small_book(tmp_path / "book")
    made = {
        name: digest
        for name, digest in hashes_below(small_book.root).items()
        if not name.startswith("_build/")
    }
    assert made == hashes_below(untouched)


def test_the_manifest_lists_every_file_of_the_site(small_book):
    manifest = json.loads((small_book.output / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["site"] == hashes_below(small_book.html)


# What is made again


def test_equal_inputs_give_equal_bytes(small_book, tmp_path):
    root = copy_small_book(tmp_path / "elsewhere")
    again = build_book(root, profile="quick", output=tmp_path / "out", jobs=1)
    assert leftovers(again) == []
    assert shipped(again.output) == shipped(small_book.output)
    assert hashes_below(again.book) == hashes_below(small_book.book)


@pytest.mark.book
def test_another_result_reaches_the_page_that_shows_it(book_copy, capsys):
    change(book_copy.chapters / "01_one.ipynb", "/ 1000\\n", "/ 2000\\n")
    ran = rebuild(book_copy, capsys)
    assert ran == {"chapter one", "results", "stage", "site", "manifest"}
    assert "The mean is" in page(book_copy, "chapters/one.html")


def test_one_changed_chapter_is_read_again_and_gives_the_site_of_a_whole_build(
    small_book, tmp_path
):
    book = shutil.copytree(small_book.book, tmp_path / "book")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'
    (book / "chapters" / "square.svg").write_text(svg, encoding="utf-8")
    with (book / "chapters" / "index.md").open("a", encoding="utf-8") as index:
        index.write("\n![A square.](square.svg)\n")
    log = tmp_path / "sphinx.log"

    def build(workshop, read_with=""):
        process = SiteProcess(child_environment(small_book.caches), book)
        return build_site(book, log, tmp_path / workshop, process, read_with)

    def read_pages():
        return set(re.findall(r"reading sources.*\] (\S+)$", log.read_text("utf-8"), re.MULTILINE))

    build("site", "this code")
    assert read_pages() == {"chapters/index", "chapters/one", "chapters/two"}
    finished = tmp_path / "site" / "doctrees" / "finished" / "chapters"
    before = {file.name: file.stat().st_mtime_ns for file in finished.iterdir()}
    change(book / "chapters" / "two.ipynb", "# Two", "# The second")
    # The page that shows it has the same text, and another size of the picture.
    change(book / "chapters" / "square.svg", 'width="10"', 'width="20"')
    edited = build("site", "this code")
    after = {file.name: file.stat().st_mtime_ns for file in finished.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"index.html", "two.html"}
    assert read_pages() == {"chapters/index", "chapters/two"}  # Markdown may show other pages
    whole = build("site of all")
    assert hashes_below(edited) == hashes_below(whole)


@pytest.mark.book
def test_another_commit_is_written_on_pages_that_are_not_read_again(book_copy):
    for commit in ("4321cba", "1234abc"):
        built = build_book(book_copy.root, profile="quick", jobs=1, commit=commit)
    said = (built.logs / "sphinx.log").read_text(encoding="utf-8")
    assert re.findall(r"reading sources.*\] (\S+)$", said, re.MULTILINE) == ["chapters/index"]
    assert "1234abc" in page(built, "chapters/one.html")


@pytest.mark.book
def test_kernels_that_are_forked_give_the_bytes_of_those_that_are_not(
    small_book, tmp_path, monkeypatch
):
    """As on Windows and macOS, each kernel starts by itself, also with two chapters at a time."""
    monkeypatch.setattr("millbook.environment.CAN_FORK", False)
    monkeypatch.setattr("millbook.kernels.KernelServer", None)  # would fail if it were called
    other = build_book(copy_small_book(tmp_path / "book"), profile="quick", jobs=2)
    assert shipped(other.output) == shipped(small_book.output)


# What is left alone


def test_a_failing_chapter_is_shown_and_the_old_site_stays(book_copy):
    site = hashes_below(book_copy.html)
    change(
        book_copy.chapters / "02_two.ipynb",
        'table = pd.DataFrame({\\"x\\": [seed, 2]})',
        "table = nothing / 0  # the cause",
    )
    with pytest.raises(BuildError) as failure:
        build_book(book_copy.root, profile="quick", jobs=1)
    message = str(failure.value)
    assert "Chapter two failed: NameError: name 'nothing' is not defined" in message
    assert "table = nothing / 0  # the cause" in message
    log = book_copy.logs / "two.log"
    assert str(log) in message
    assert "NameError" in log.read_text(encoding="utf-8")
    assert "NameError" in log.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert hashes_below(book_copy.html) == site
    assert "nothing / 0" not in (book_copy.notebooks / "two.ipynb").read_text(encoding="utf-8")


def test_a_warning_of_sphinx_fails_the_build_and_the_old_site_stays(book_copy):
    site = hashes_below(book_copy.html)
    with (book_copy.chapters / "index.md").open("a", encoding="utf-8") as file:
        file.write("\nSee [](nowhere.md).\n")
    with pytest.raises(BuildError, match=r"(?s)nowhere.*sphinx\.log"):
        build_book(book_copy.root, profile="quick", jobs=1)
    assert hashes_below(book_copy.html) == site


def test_a_swap_that_was_cut_off_is_mended(tmp_path):
    (tmp_path / ".html.old").mkdir()
    (tmp_path / ".html.old" / "index.html").write_text("good")
    mend_swap(tmp_path / "html")
    assert (tmp_path / "html" / "index.html").read_text() == "good"


def test_an_older_notebook_whose_cells_have_no_ids_leaves_its_solutions_out(tmp_path):
    tagged = [("### Rain\n\nHow much?", "exercise"), ("### Solution\n\nMuch.", "solution")]
    cells = [
        {"cell_type": "markdown", "metadata": {"tags": [tag]}, "source": text}
        for text, tag in tagged
    ]
    executed = [cell | {"id": f"cell-{n}"} for n, cell in enumerate(cells)]
    executed[1] = executed[1] | {"metadata": {"tags": ["solution"], "answer": {"hash": "1"}}}
    for name, some in (("old", cells), ("executed", executed)):
        (tmp_path / name).write_text(json.dumps({"cells": some}), encoding="utf-8")
    target = tmp_path / "plain.ipynb"
    _copy_notebook(tmp_path / "old", target, solutions=False, answers=tmp_path / "executed")
    [kept] = json.loads(target.read_text(encoding="utf-8"))["cells"]
    assert kept["metadata"]["answer"] == {"hash": "1"}


def two_called_one(root):
    shutil.copy(root / "chapters" / "02_two.ipynb", root / "chapters" / "03_one.ipynb")
    change(root / "_toc.yml", "chapters/02_two", "chapters/03_one")


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda root: (root / "_toc.yml").unlink(), "no book in"),
        (lambda root: (root / "_toc.yml").write_text("root: ["), r"_toc\.yml, line 1, is no YAML"),
        (lambda root: (root / "_toc.yml").write_text("root: a\nplans: 1"), r"_toc\.yml: Unknown"),
        (lambda root: (root / "_config.yml").write_text("millbook: 3"), "millbook is 3"),
        (
            lambda root: (root / "_config.yml").write_text("millbook: {imports: pandas}"),
            "imports is 'pandas'; it must be a list",
        ),
        (
            lambda root: change(
                root / "chapters" / "02_two.ipynb",
                '"language_info"',
                '"millbook": {"minutes": "long"}, "language_info"',
            ),
            "two.ipynb: what its metadata say",
        ),
        (lambda root: (root / "chapters" / "02_two.ipynb").unlink(), "names chapters/02_two"),
        (two_called_one, "Several notebooks are called one"),
        (
            lambda root: (root / "chapters" / "02_two.ipynb").write_text("{"),
            "two.ipynb is no notebook",
        ),
        (
            lambda root: change(root / "chapters" / "02_two.ipynb", "seed = 7", "sed = 7"),
            r"02_two\.ipynb: .*mean seed",
        ),
        (
            lambda root: change(root / "chapters" / "02_two.ipynb", "seed = 7", "seed = len('7')"),
            r"02_two\.ipynb: The cell tagged parameters",
        ),
        (lambda root: (root / "chapters" / "parameters.yml").unlink(), "no file"),
    ],
)
def test_a_broken_book_is_refused_before_anything_is_written(tmp_path, break_it, words):
    root = copy_small_book(tmp_path / "book")
    break_it(root)
    with pytest.raises(InputError, match=words):
        build_book(root)
    assert not (root / "_build").exists()


@pytest.mark.book
def test_a_notebook_finds_the_inputs_that_it_names(book_copy):
    two = book_copy.chapters / "02_two.ipynb"
    change(two, "[seed, 2]", "[seed, int(open('../tests/reference/n.txt').read())]")
    change(
        two, '"language_info"', '"millbook": {"inputs": ["../tests/reference"]}, "language_info"'
    )
    reference = book_copy.root / "tests" / "reference"
    reference.mkdir(parents=True)
    (reference / "n.txt").write_text("5")
    build_book(book_copy.root, profile="quick", jobs=1)
    assert (book_copy.results / "two.csv").read_text() == "x\n7\n5\n"


@pytest.mark.parametrize("output", [".", "chapters", "data/made", ".."])
def test_the_output_may_not_cover_the_book(tmp_path, output):
    root = copy_small_book(tmp_path / "book")
    with pytest.raises(InputError, match="cannot go to"):
        open_project(root, root / output)


def test_a_book_is_found_from_a_folder_inside_it(tmp_path):
    root = copy_small_book(tmp_path / "book")
    assert open_project(root / "chapters").root == root


def test_two_chapters_may_not_publish_under_one_name(book_copy):
    change(
        book_copy.chapters / "02_two.ipynb", 'publish(\\"two\\", table)', 'publish(\\"draws\\", {})'
    )
    with pytest.raises(BuildError, match="one and two both publish draws"):
        build_book(book_copy.root, profile="quick", jobs=1)


def test_a_second_build_in_the_same_folder_is_refused_and_the_first_goes_on(book_copy):
    from filelock import FileLock

    manifest = (book_copy.output / "manifest.json").read_bytes()
    with (
        FileLock(book_copy.state / "lock"),
        pytest.raises(BuildError, match="Another build is at work in"),
    ):
        build_book(book_copy.root, profile="quick", jobs=1)
    assert (book_copy.output / "manifest.json").read_bytes() == manifest
    build_book(book_copy.root, profile="quick", jobs=1)  # the lock is free again


def test_a_result_that_somebody_changed_is_made_again(book_copy):
    build_book(book_copy.root, profile="quick", jobs=1)
    draws = book_copy.results / "draws.json"
    good = draws.read_bytes()
    draws.write_text("{}")
    shutil.rmtree(book_copy.html / "chapters")
    build_book(book_copy.root, profile="quick", jobs=1)
    assert draws.read_bytes() == good
    assert (book_copy.html / "chapters" / "one.html").is_file()
