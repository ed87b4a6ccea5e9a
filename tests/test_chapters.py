"""How the chapters teach: they open with a question and a picture, and end with something to do."""

import ast
import itertools
import json
import re
from pathlib import Path

import pytest
import yaml

from millbook.prose import split_format

CHAPTERS = Path(__file__).parents[1] / "chapters"
# A chapter that a student adds with the tag "own" need not have the form of the book's.
NOTEBOOKS = [
    path
    for path in sorted(CHAPTERS.glob("*.ipynb"))
    if "own" not in json.loads(path.read_text(encoding="utf-8"))["metadata"].get("tags", [])
]
SILENT = {"use", "use_style", "set_option", "filterwarnings", "require_agreement"}

chapters = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def name(path):
    """Name of a chapter: its file's without the number that orders the folder."""
    return re.sub(r"^\d\d_", "", path.stem)


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def text(cell):
    return "".join(cell["source"])


def tags(cell):
    return cell["metadata"].get("tags", [])


def options(cell):
    """Option lines of a figure's cell, as YAML."""
    lines = itertools.takewhile(lambda line: line.startswith("#|"), text(cell).splitlines())
    return yaml.safe_load("\n".join(line[2:].removeprefix(" ") for line in lines)) or {}


def is_figure(cell):
    return "label" in options(cell) or "figure" in cell["metadata"].get("mystnb", {})


def markdown(path, *, tag=None):
    return [
        text(cell)
        for cell in cells(path)
        if cell["cell_type"] == "markdown" and (tag is None or tag in tags(cell))
    ]


FRAME = ["Overview", "Prerequisites", "Key takeaways", "Check yourself", "Exercises", "What next"]


@chapters
def test_a_notebook_is_clean_and_has_the_frame_of_a_chapter(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    words = "\n".join(markdown(path))
    assert [one for one in re.findall(r"^## (.+)$", words, re.M) if one in FRAME] == FRAME
    assert "Time to learn" in words
    inputs = notebook["metadata"].get("millbook", {}).get("inputs", [])
    for cell in code:
        lines = [one for one in text(cell).splitlines() if one.strip() and one[:2] != "#|"]
        assert len(lines) <= 25, cell["id"]  # as many as fit on a screen
        assert "remove-cell" not in tags(cell)
        assert set(re.findall(r"\.\./benchmarks/\w+\.csv", text(cell))) <= set(inputs)


@chapters
def test_a_chapter_opens_with_a_question_a_picture_and_an_answer(path):
    """The code before the picture sets up, and shows nothing itself."""
    every = cells(path)
    assert text(every[0]).startswith("# ")
    assert "?" in text(every[0])
    picture = next(i for i, cell in enumerate(every) if is_figure(cell))
    assert {cell["cell_type"] for cell in every[1:picture]} == {"code"}
    assert every[picture + 1]["cell_type"] == "markdown"
    assert "{eval}" in text(every[picture + 1])
    assert "## Overview" in text(every[picture + 2])
    for cell in every[1:picture]:
        lines = [line for line in text(cell).splitlines() if not line.startswith("%")]
        last = ast.parse("\n".join(lines)).body[-1]
        assert not isinstance(last, ast.Expr) or SILENT & set(re.findall(r"\w+", ast.unparse(last)))


def test_check_finds_each_exercise_by_its_title():
    titles = [text.splitlines()[0] for path in NOTEBOOKS for text in markdown(path, tag="exercise")]
    assert len(set(titles)) == len(titles)
    checked = [path for path in NOTEBOOKS if any("answer" in options(cell) for cell in cells(path))]
    assert len(checked) >= 12


@chapters
def test_every_exercise_has_a_heading_and_a_solution_of_its_own(path):
    every = cells(path)
    boxes = [i for i, cell in enumerate(every) if "exercise" in tags(cell)]
    assert boxes
    for place in boxes:
        assert re.match(r"### .+\n\n.+", text(every[place]))
        solution = every[place + 1]
        assert "solution" in tags(solution)
        assert text(solution).startswith("### Solution")
        # JupyterLab shows it folded.
        assert solution["metadata"]["jp-MarkdownHeadingCollapsed"] is True
    for before, cell in itertools.pairwise(every):
        if "solution" in tags(cell):
            assert {"exercise", "solution"} & set(tags(before))


def names(cell, kind):
    lines = [line if line[:1] != "%" else "" for line in text(cell).splitlines()]
    return {
        node.id
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.Name) and isinstance(node.ctx, kind)
    }


@chapters
def test_nothing_outside_a_solution_needs_what_a_solution_makes(path):
    """So that a book without solutions runs."""
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    others = [cell for cell in code if "solution" not in tags(cell)]
    made = {name for cell in code if "solution" in tags(cell) for name in names(cell, ast.Store)}
    made -= {name for cell in others for name in names(cell, ast.Store)}
    read = {name for cell in others for name in names(cell, ast.Load)}
    words = [text(cell) for cell in cells(path) if "solution" not in tags(cell)]
    for asked in re.findall(r"\{eval\}`([^`]+)`", "\n".join(words)):
        tree = ast.parse(split_format(asked.replace("\\|", "|"))[0])
        read |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert made & read == set()


@chapters
def test_a_chapter_ends_with_two_or_three_questions_that_explain_each_answer(path):
    [quiz] = [words for words in markdown(path) if words.startswith("## Check yourself")]
    questions = re.split(r"^\*\*\d\.\*\* ", quiz, flags=re.MULTILINE)[1:]
    assert 2 <= len(questions) <= 3
    for question in questions:
        answers = re.findall(
            r'<details class="(quiz(?: right)?)"><summary>(.+)</summary>\n\n(.+)\n\n</details>',
            question,
        )
        assert len(answers) == 3
        assert len({summary for _, summary, _ in answers}) == 3
        assert [kind for kind, _, _ in answers].count("quiz right") == 1
        for kind, _, why in answers:
            assert why.startswith("**Yes.** " if kind == "quiz right" else "**No.** ")
            assert len(why) > 20


@chapters
def test_figures_carry_their_words(path):
    """In JupyterLab, too, who changes a figure sees its caption."""
    every = cells(path)
    for cell in every:
        if "answer" in options(cell):
            assert set(options(cell)) == {"answer", "within", "unit"}, cell["id"]
            assert "solution" in tags(cell)
        elif text(cell).startswith("#|"):
            assert {"label", "caption", "alt"} <= set(options(cell)), cell["id"]
            assert options(cell)["label"].startswith("fig-")
    first = next(text(cell) for cell in every if cell["cell_type"] == "code")
    assert "%load_ext millbook\n" in first
    assert 'plt.style.use("book.mplstyle")' in first


def slug(heading):
    """Anchor of a heading, as GitHub and MyST make it."""
    plain = re.sub(r"[^\w\s-]", "", heading.strip().lower())
    return plain.replace(" ", "-")


PAGES = [path for path in sorted(CHAPTERS.iterdir()) if path.suffix in {".ipynb", ".md"}]


def prose(path):
    return path.read_text(encoding="utf-8") if path.suffix == ".md" else "\n\n".join(markdown(path))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_reads_the_same_in_jupyterlab(path):
    """It has the roles and directives that jupyterlab-myst renders; the site's own in a comment."""
    shown = re.sub(r"^<!-- site$.*?^-->$", "", prose(path), flags=re.MULTILINE | re.DOTALL)
    directives = {"note", "warning", "admonition", "bibliography"}
    assert set(re.findall(r"[`:]{3}\{(\S+)\}", shown)) <= directives
    assert set(re.findall(r"(?<![`\w])\{(\w+)\}`", shown)) <= {"eval"}
    assert not re.findall(r"^\(\S+\)=$", shown, re.MULTILINE)
    assert not re.search(r"<details(?:(?!</details>).)*\{eval\}", shown, re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_what_a_page_links_to_is_there(path):
    """The file, and the heading where a link names one; JupyterLab finds none without its file."""
    links = re.findall(r"\]\(([^)\s:#]*)(?:#([^)\s]+))?\)", prose(path))
    for page, place in links:
        assert (CHAPTERS / page).is_file(), (page, place)
        headings = {slug(one) for one in re.findall(r"^#+ (.+)$", prose(CHAPTERS / page), re.M)}
        assert not place or place in headings, (page, place)


def test_the_folder_shows_the_walk():
    """Files stand in the order of the contents; a chapter with the tag "own" may stand anywhere."""
    root, *walk = re.findall(r"chapters/(\S+)", (CHAPTERS.parent / "_toc.yml").read_text())
    shipped = [path.stem for path in PAGES if path.suffix == ".md" or path in NOTEBOOKS]
    assert [one for one in walk if one in shipped] == sorted(set(shipped) - {root})


def test_ties_stay_in_their_order_on_every_processor():
    """A sort that is not stable orders ties by the processor's vector instructions."""
    root = NOTEBOOKS[0].parents[1]
    code = {path.name: path.read_text(encoding="utf-8") for path in root.glob("src/**/*.py")}
    for path in NOTEBOOKS:
        code[path.name] = "\n".join(
            "".join(line for line in cell["source"] if not line.startswith("%"))
            for cell in cells(path)
            if cell["cell_type"] == "code"
        )
    sorts = {
        f"{name}: {ast.unparse(call)[:60]}": call
        for name, source in code.items()
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "sort_values"
    }
    assert len(sorts) > 10
    unstable = [
        name
        for name, call in sorts.items()
        if not any(isinstance(by, ast.List) for by in call.args)  # several keys sort stably
        and not any(one.arg == "kind" and one.value.value == "stable" for one in call.keywords)
    ]
    assert unstable == []
