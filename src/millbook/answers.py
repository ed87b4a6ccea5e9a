"""Tell a reader whether the answer to an exercise is right, in the notebook that poses it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from itertools import takewhile
from pathlib import Path
from typing import Any

from millbook.arrange import title_of
from millbook.errors import InputError
from millbook.figures.cell_options import is_figure, read_options
from millbook.notebook_file import answer_to, has_tag, parse_notebook

__all__ = ["check", "judge"]


def check(exercise: str, answer: float) -> None:
    """Say whether a number answers an exercise of the notebooks in this folder.

    The right number is the one that the exercise carries, as in a book without solutions; else its
    solution is run, with a copy of the names that the notebook has.

    Parameters
    ----------
    exercise
        Its title.
    answer
        The reader's number.

    Raises
    ------
    InputError
        If no exercise of that title asks for a number, or the cells above it have not been run.
    """
    for path in sorted(Path.cwd().glob("*.ipynb")):
        cells = parse_notebook(path.read_text(encoding="utf-8"))["cells"]
        for place, cell in enumerate(cells):
            if has_tag(cell, "exercise") and title_of(cell).casefold() == exercise.casefold():
                asked = answer_to(cells, place) or _solve(cells[place + 1 :], exercise)
                print(judge(answer, asked))
                return
    raise InputError(f"No notebook here has an exercise with the title {exercise!r}.")


def judge(answer: float, asked: Mapping[str, float]) -> str:
    """Compare an answer with the right one.

    Examples
    --------
    >>> judge(0.31, {"value": 0.3, "within": 0.02})
    'Right.'
    >>> judge(0.2, {"value": 0.3, "within": 0.02})
    'Not that: it is more.'
    """
    if abs(answer - asked["value"]) <= asked["within"]:
        return "Right."
    return f"Not that: it is {'more' if answer < asked['value'] else 'less'}."


def _solve(below: list[dict[str, Any]], exercise: str) -> dict[str, float]:
    """Run a solution up to the cell that says its answer."""
    from IPython import get_ipython

    shell: Any = get_ipython()  # type: ignore[no-untyped-call, unused-ignore]
    names = dict(shell.user_ns)
    for cell in takewhile(lambda one: has_tag(one, "solution"), below):
        source = cell["source"]
        options = read_options(source) if cell["cell_type"] == "code" else {}
        if cell["cell_type"] != "code" or is_figure(options):
            continue
        try:
            with redirect_stdout(StringIO()):
                exec(shell.transform_cell(source), names)
            if "answer" in options:
                value = float(eval(options["answer"], names))
                return {"value": value, "within": float(options["within"])}
        except NameError as error:
            raise InputError(f"Run the cells above the exercise first: {error}.") from None
    raise InputError(f"The exercise {exercise!r} asks for no number; its solution is below it.")
