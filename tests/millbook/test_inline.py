"""Numbers in the text of a notebook: found, evaluated in its kernel, kept in its metadata."""

from functools import partial

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from millbook.execution import ChapterError
from millbook.inline import find_expressions, read_text
from tests.books import run_cells


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("It is {eval}`x:.2f` and {eval}`y`, {eval}`x:.2f` again.", ["x:.2f", "y"]),
        ("# A heading of {eval}`x`", ["x"]),
        ("- a list\n  - of {eval}`x`", ["x"]),
        ("| a |\n|---|\n| {eval}`d['p\\|q']` |", ["d['p|q']"]),
        ("[a link of {eval}`x`](page.md) and **bold {eval}`y`**", ["x", "y"]),
        ("Term\n: means {eval}`x`", ["x"]),
        ("A note[^1].\n\n[^1]: Of {eval}`x`.", ["x"]),
        ("{eval}`a or\nb`", ["a or b"]),
        ("{eval}``f`x` ``", ["f`x` "]),
        (":::{admonition} Of {eval}`x`\nand {eval}`y`\n:::", ["x", "y"]),
        ("```{note}\nOf {eval}`x`\n```", ["x"]),
        ("````{note}\n```{tip}\n{eval}`x`\n```\n````", ["x"]),
        ("```{figure} a.png\n:name: a\nA caption of {eval}`x`\n```", ["x"]),
        ("`` {eval}`x` ``", []),
        ("\\{eval}`x`", []),
        ("```\n{eval}`x`\n```", []),
        ("```python\n{eval}`x`\n```", []),
        ("```{code-block} markdown\n{eval}`x`\n```", []),
        ("    {eval}`x`", []),
        ("$a_{eval}`x`$", []),
        ("{math}`x`", []),
        ("% {eval}`x`", []),
    ],
)
def test_expressions_are_found_where_text_is_read(markdown, found):
    assert find_expressions(markdown) == found


@pytest.fixture
def run(tmp_path, caches):
    return partial(run_cells, tmp_path, caches, None)


def test_a_number_is_that_of_the_moment_at_which_the_run_reaches_it(run):
    """Kept as jupyterlab-myst keeps it, in place of what a run by hand had left."""
    stale = [{"expression": "x", "result": {"status": "ok", "data": {"text/plain": "9"}}}]
    notebook = run(
        new_code_cell("x = -1.234"),
        new_markdown_cell("{eval}`x:.2f`", metadata={"user_expressions": stale}),
        new_code_cell("x = object"),
        new_markdown_cell("{eval}`f'{x()}'`, {eval}`x.__name__`"),
        new_code_cell("x"),
        new_markdown_cell("Nothing.", metadata={"user_expressions": stale}),
    )
    assert notebook.cells[1].metadata == {
        "user_expressions": [
            {
                "expression": "x:.2f",
                "result": {"status": "ok", "data": {"text/plain": "'−1.23'"}, "metadata": {}},
            }
        ]
    }
    address, name = notebook.cells[3].metadata["user_expressions"]
    assert read_text(address["result"]) == "<object object at 0x…>"
    assert read_text(name["result"]) == "object"
    assert notebook.cells[5].metadata == {}
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == [1, 2, 3]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("effect:.2f", "NameError: name 'effect' is not defined"),
        ("x +", r"SyntaxError: x \+ is no Python expression"),
        ("None", "TypeError: its value is neither a number nor a text: None"),
    ],
)
def test_a_number_without_a_value_stops_the_chapter(run, tmp_path, expression, reason):
    text = f"## A section\n\nIt is {{eval}}`{expression}`."
    with pytest.raises(ChapterError, match=f"Chapter chapter failed: {reason}") as failure:
        run(new_code_cell("x = 1"), new_markdown_cell(text))
    message = str(failure.value)
    assert "In its cell that begins “## A section”:" in message
    assert f"    {{eval}}`{expression}`\n" in message
    log = tmp_path / "with {braces}" / "logs" / "chapter.log"
    assert f"Log: {log}" in message
    assert log.read_text(encoding="utf-8") == message + "\n"


def test_a_failing_number_does_not_hide_a_cell_that_failed_before(run):
    with pytest.raises(ChapterError, match="ZeroDivisionError"):
        run(new_code_cell("x = 1 / 0"), new_markdown_cell("{eval}`x`"))
