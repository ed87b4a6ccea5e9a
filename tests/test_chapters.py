"""How the chapters teach: they open with a question and a picture, and end with something to do."""

from __future__ import annotations

import ast
import builtins
import itertools
import json
import re
from pathlib import Path

import pytest

from millbook.conditions import holds
from millbook.inline import find_expressions
from millbook.project import Project
from millbook.numbers import split_format

NOTEBOOKS = sorted((Path(__file__).parents[1] / "chapters").glob("*.ipynb"))
LONG = {"data", "synchrony", "mediation", "robust", "measurement", "multiverse", "power"}
SILENT = {"use_style", "set_option", "filterwarnings", "require_agreement"}

chapters = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def text(cell):
    return "".join(cell["source"])


def tags(cell):
    return cell["metadata"].get("tags", [])


def markdown(path, *, tag=None):
    return [
        text(cell)
        for cell in cells(path)
        if cell["cell_type"] == "markdown" and (tag is None or tag in tags(cell))
    ]


@chapters
def test_a_chapter_opens_with_a_question_a_picture_and_an_answer(path):
    """The code before the picture sets up, and shows nothing itself."""
    every = cells(path)
    assert text(every[0]).startswith("# ")
    assert "?" in text(every[0])
    picture = next(i for i, c in enumerate(every) if "figure" in c["metadata"].get("mystnb", {}))
    assert {cell["cell_type"] for cell in every[1:picture]} == {"code"}
    assert every[picture + 1]["cell_type"] == "markdown"
    assert "{eval}" in text(every[picture + 1])
    assert "## Overview" in text(every[picture + 2])
    for cell in every[1:picture]:
        lines = [line for line in text(cell).splitlines() if not line.startswith("%")]
        last = ast.parse("\n".join(lines)).body[-1]
        assert not isinstance(last, ast.Expr) or SILENT & set(re.findall(r"\w+", ast.unparse(last)))


@chapters
def test_the_opening_is_short(path):
    """On a phone question, picture and answer fit two screens."""
    every = cells(path)
    opening = [text(cell) for cell in every[:12] if cell["cell_type"] == "markdown"][:2]
    assert len(re.findall(r"\w+", " ".join(opening))) <= 170


def test_there_are_at_least_28_exercises_and_four_in_each_long_chapter():
    counts = {path.stem: len(markdown(path, tag="exercise")) for path in NOTEBOOKS}
    assert sum(counts.values()) >= 28
    assert min(counts[name] for name in LONG) >= 4


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
        # A solution is left out with its exercise where that is not for the data.
        for cell in itertools.takewhile(lambda one: "solution" in tags(one), every[place + 1 :]):
            assert cell["metadata"].get("dyadsync") == every[place]["metadata"].get("dyadsync")
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
def test_exercises_and_answers_know_no_number_of_the_simulated_trial(path):
    """They are done with a lab's own data as well."""
    if json.loads(path.read_text(encoding="utf-8"))["metadata"].get("dyadsync", {}).get("only"):
        return
    for words in [*markdown(path, tag="exercise"), *markdown(path, tag="solution")]:
        words = re.sub(r"```\{only\} simulated.*?```", "", words, flags=re.DOTALL)
        assert not re.search(r"\b37\b|\b580\b|\bD\d\d\b|simulated", words), words


FACTS = ("phases", "outcome", "therapists", "positive", "shipped", "simulated")
GIVEN = set(dir(builtins)) | {"get_ipython"}


@chapters
def test_no_cell_needs_a_name_that_is_made_for_other_data_only(path):
    """Whatever the data have and lack, cells find the names that they use."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    of_all = notebook["metadata"].get("dyadsync", {}).get("only")
    conditions = {
        cell["id"]: cell["metadata"].get("dyadsync", {}).get("only") for cell in cells(path)
    }
    named = " ".join(filter(None, [of_all, *conditions.values(), *map(text, cells(path))]))
    facts = [fact for fact in FACTS if re.search(rf"\b{fact}\b", named)]
    for some in itertools.product((True, False), repeat=len(facts)):
        there = [fact for fact, holds_here in zip(facts, some, strict=True) if holds_here]
        lacks = set(facts) - {"shipped", "simulated", *there}
        if not holds(of_all, there) or ("shipped" in there and lacks):  # the shipped data have all
            continue
        known = set(GIVEN)
        for cell in cells(path):
            if not holds(conditions[cell["id"]], there):
                continue
            asked, made = names_of(cell, there)
            assert asked <= known | made, (cell["id"], there, asked - known - made)
            known |= made


def names_of(cell, there):
    """Names that a cell uses, and names that it makes."""
    if cell["cell_type"] == "code":
        code = [re.sub(r"(?m)^\s*%.*$", "", text(cell))]
    else:
        code = [split_format(one)[0] for one in find_expressions(text(cell), there)]
    every = [node for one in code for node in ast.walk(ast.parse(one))]
    made = {node.id for node in every if isinstance(node, ast.Name) and not is_load(node)}
    made |= {node.name for node in every if isinstance(node, (ast.FunctionDef, ast.ExceptHandler))}
    made |= {node.arg for node in every if isinstance(node, ast.arg)}
    imported = [one for node in every if hasattr(node, "names") for one in node.names]
    made |= {(one.asname or one.name).split(".")[0] for one in imported if hasattr(one, "asname")}
    return {node.id for node in every if isinstance(node, ast.Name) and is_load(node)}, made


def is_load(node):
    return isinstance(node.ctx, ast.Load)


LABEL = re.compile(r"^\(([a-z][\w-]*)\)=", re.M)
LINK = re.compile(r"\{(?:ref|numref)\}`(?:[^`<]*<)?([\w-]+)>?`")
KINDS = [
    *(["shipped", "simulated", "outcome", "phases", "positive", "therapists"],),
    *(["outcome", "phases", "therapists"], ["outcome", "phases"], ["outcome"]),
    *(["phases", "positive"], []),
]


@pytest.mark.parametrize("kind", KINDS, ids="+".join)
def test_what_a_page_links_to_is_in_the_book_or_known_to_be_missing(kind):
    class OfKind(Project):
        tags = kind

    root = NOTEBOOKS[0].parents[1]
    project = OfKind(root, root / "_build", root / "data")
    places, links = set(), set()
    for page in project.pages():
        read = page.read_text(encoding="utf-8")
        if page.suffix == ".ipynb":
            kept = [
                cell
                for cell in json.loads(read)["cells"]
                if holds(cell["metadata"].get("dyadsync", {}).get("only"), kind)
            ]
            read = "\n\n".join(map(text, kept))
            figures = [cell["metadata"].get("mystnb", {}).get("figure", {}) for cell in kept]
            places |= {figure["name"] for figure in figures if "name" in figure}
            places |= {f"{page.stem}-{c['id']}" for c in kept if "exercise" in tags(c)}
        places |= set(LABEL.findall(read))
        links |= set(LINK.findall(read))
    assert len(links) > 20
    missing = set(project.left_out())
    assert links <= places | missing
    assert not places & missing


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_number_is_about_therapists_where_dyads_share_none(path):
    """But for those of the published benchmark of the tests against chance."""
    of_therapists = re.compile(r"therapists|therapist_id|one_therapist|caseload")
    tags = ["outcome", "phases", "positive"]
    asked = [
        expression
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown" and cell["id"] != "size-result"
        if holds(cell["metadata"].get("dyadsync", {}).get("only"), tags)
        for expression in find_expressions(text(cell), tags)
    ]
    assert [one for one in asked if of_therapists.search(one)] == []


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
