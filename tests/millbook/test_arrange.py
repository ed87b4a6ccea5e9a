"""How the cells of a chapter stand on its page."""

import pytest

from millbook.arrange import arrange, check_boxes
from millbook.errors import InputError
from millbook.notebook_file import without_solutions
from millbook.sealed_answers import seal


def words(name, text, *tags):
    return {"cell_type": "markdown", "id": name, "metadata": {"tags": [*tags]}, "source": text}


def code(name, text, *tags, **metadata):
    cell = words(name, text, *tags) | {"cell_type": "code", "outputs": [], "execution_count": 1}
    cell["metadata"] |= metadata
    return cell


CHAPTER = {
    "cells": [
        words("title", "# Title\n\nA question?"),
        code("imports", "import one"),
        code("parameters", "n = 1", "parameters"),
        code("injected-parameters", "n = 2", "injected-parameters"),
        code("picture", "draw(n)", mystnb={"figure": {"name": "fig-one"}}),
        words("answer", "So it is."),
        words("overview", "## Overview"),
        words("prerequisites", "## Prerequisites\n\nNone."),
        words("body", "(a-label)=\n## Body"),
        code("more", "more = n"),
        words("exercises", "## Exercises"),
        words("exercise-first", "### A first one\n\nWhat is $n$?", "exercise"),
        words("solution-first", "### Solution", "solution"),
        code("solution-first-1", "n", "solution"),
        words("solution-first-2", "It is {eval}`n`.", "solution"),
        words("exercise-open", "### An open one\n\nWhy?\n\n```{note}\nx\n```", "exercise"),
        words("solution-open", "### Solution\n\nNobody knows.", "solution"),
        words("exercise-none", "### One without\n\nGuess.", "exercise"),
        words("next", "## What next"),
    ]
}


def cells(chapter=CHAPTER):
    return {cell["id"]: cell for cell in arrange(chapter, "one")["cells"]}


def test_the_page_opens_with_the_picture_and_has_the_setup_folded_below():
    found = cells()
    assert list(found)[:7] == [
        *("title", "picture", "answer", "overview", "prerequisites", "setup", "body")
    ]
    assert found["setup"]["source"] == "import one\n\nn = 1\n\nn = 2\n\ndraw(n)"
    assert found["setup"]["metadata"]["tags"] == ["hide-input"]
    assert found["picture"]["metadata"]["tags"] == ["remove-input"]
    assert found["picture"]["metadata"]["mystnb"]["figure"]["name"] == "fig-one"


def test_the_notebook_itself_is_left_as_it_is():
    before = [dict(cell) for cell in CHAPTER["cells"]]
    arrange(CHAPTER, "one")
    assert CHAPTER["cells"] == before


def test_a_notebook_without_the_frame_stays_in_its_order():
    plain = {"cells": [words("title", "# Title"), code("imports", "import one")]}
    assert arrange(plain, "one") == plain


def test_an_exercise_becomes_a_box_with_a_label_and_its_heading_as_title():
    box = cells()["exercise-first"]["source"]
    assert box == ":::::{exercise} A first one\n:label: one-exercise-first\n\nWhat is $n$?\n:::::"


def test_a_solution_stands_between_gates_that_name_its_exercise():
    found = cells()
    names = list(found)
    first = names.index("solution-first")
    assert names[first : first + 4] == [
        *("solution-first", "solution-first-1", "solution-first-2", "solution-first-2-end")
    ]
    assert found["solution-first"]["source"].startswith(
        "```{solution-start} one-exercise-first\n:label: one-exercise-first-solution\n```"
    )
    assert found["solution-first-2-end"]["source"] == "```{solution-end}\n```"
    assert found["solution-open"]["source"].startswith(
        "```{solution-start} one-exercise-open\n:label: one-exercise-open-solution\n```\n\nNobody"
    )


def test_without_solutions_the_exercises_stay():
    kept = [cell["id"] for cell in without_solutions(CHAPTER["cells"])]
    assert "exercise-first" in kept
    assert not any(name.startswith("solution") for name in kept)
    assert len(kept) == len(CHAPTER["cells"]) - 4


def test_an_exercise_asks_for_the_number_that_its_solution_gives():
    asked = seal(2.0, 0.5) | {"unit": "grams, <b>dry</b>"}
    found = [cell for cell in CHAPTER["cells"] if cell["id"] != "solution-first-1"]
    found.insert(13, code("solution-first-1", "n", "solution", answer=asked))
    form = f'data-offset="0.5" data-width="1.0" data-hash="{asked["hash"]}" hidden>'
    box = cells({"cells": found})["exercise-first"]["source"]
    assert form in box
    assert "required> grams, &lt;b&gt;dry&lt;/b&gt;</label>" in box
    assert "<form" not in cells({"cells": found})["exercise-open"]["source"]
    kept = without_solutions(found)
    assert kept[11]["metadata"]["answer"] == asked
    assert set(asked) == {"offset", "width", "hash", "unit"}  # none of them the number
    assert form in cells({"cells": kept})["exercise-first"]["source"]


def test_an_exercise_without_a_heading_is_named():
    wrong = {"cells": [words("exercise-bad", "What is it?", "exercise")]}
    with pytest.raises(ValueError, match="exercise-bad"):
        arrange(wrong, "one")


@pytest.mark.parametrize(
    ("tagged", "words"),
    [
        ([("no heading", "exercise")], "The cell 0 must begin with a heading"),
        ([("### A", "exercise"), ("no heading", "solution")], "The cell 1 must begin"),
        ([("### Solution", "solution")], "The solution in cell 0 has no exercise above it"),
    ],
)
def test_boxes_that_cannot_be_are_refused_before_anything_runs(tagged, words):
    cells = [
        {"id": str(n), "source": text, "metadata": {"tags": [tag]}}
        for n, (text, tag) in enumerate(tagged)
    ]
    with pytest.raises(InputError, match=words):
        check_boxes(cells)
