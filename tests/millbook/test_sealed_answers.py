"""Numbers that readers check against the solutions of exercises."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from millbook import InputError, check
from millbook.sealed_answers import judge, seal

CELLS = [
    ("markdown", "### Half of it\n\nWhat is half of the number?", {"tags": ["exercise"]}),
    ("markdown", "### Solution", {"tags": ["solution"]}),
    (
        "code",
        "#| answer: half\n#| within: 0.1\n#| unit: g\nhalf = number / 2",
        {"tags": ["solution"]},
    ),
    ("markdown", "### Why?\n\nSay why.", {"tags": ["exercise"]}),
    ("code", "number", {"tags": ["solution"]}),
    ("markdown", "### One\n\nWhich?", {"tags": ["exercise"], "answer": seal(1, 0.5)}),
]


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Write a notebook into the folder that the kernel is in; give the kernel's names."""
    cells = [{"cell_type": kind, "source": [text], "metadata": m} for kind, text, m in CELLS]
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names = {"number": 9}
    shell = SimpleNamespace(user_ns=names, transform_cell=str)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    return names


def test_a_number_is_judged_by_the_solution_which_leaves_the_names_alone(notebook, capsys):
    for answer in (4.45, 4.7, 4):
        check("half of it", answer)
    assert capsys.readouterr().out.splitlines() == [*("Right.", "Not that.", "Not that.")]
    assert notebook == {"number": 9}


def test_without_solutions_the_exercise_carries_its_number(notebook, capsys):
    notebook.clear()
    check("One", 1)
    assert capsys.readouterr().out == "Right.\n"


@given(value=st.floats(-1e4, 1e4), within=st.floats(0.001, 1000), away=st.floats(-5, 5))
def test_a_sealed_number_is_met_by_what_lies_within_its_tolerance(value, within, away):
    assume(abs(abs(away) - 1) > 1e-3)  # the ends themselves are left to rounding
    said = judge(value + away * within, seal(value, within))
    assert said == ("Right." if abs(away) < 1 else "Not that.")


@pytest.mark.parametrize("answer", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_the_answer(answer):
    assert judge(answer, seal(1, 0.5)) == "Not that."


def test_what_cannot_be_checked_is_said(notebook):
    with pytest.raises(InputError, match="asks for no number"):
        check("Why?", 1)
    with pytest.raises(InputError, match="No notebook here has an exercise"):
        check("Nowhere", 1)
    with pytest.raises(
        InputError, match=r"'4 points' is no number; write check\('Half of it', 0.5\)"
    ):
        check("Half of it", "4 points")
    notebook.clear()
    with pytest.raises(InputError, match=r"Run the cells above the exercise first: .*number"):
        check("Half of it", 1)
