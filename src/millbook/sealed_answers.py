"""Say whether the answer to an exercise is right, in the notebook that poses it.

Pages and notebooks carry the answer sealed: the line of numbers is cut into intervals as wide as
the tolerance allows, one of which has the answer in its middle, and a hash says which.  This hides
the number from a glance, not from a search; ``static/exercises.js`` does the same on the page.
"""

from __future__ import annotations

import math
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


def check(exercise: str, answer: float) -> None:
    """Say whether a number answers an exercise of the notebooks in this folder.

    The right number is the sealed one that the exercise carries, as in a book without solutions;
    else its solution is run, with a copy of the names that the notebook has.

    Parameters
    ----------
    exercise
        Its title.
    answer
        The reader's number.

    Raises
    ------
    InputError
        If no exercise of that title asks for a number, the answer is none, or the cells above it
        have not been run.
    """
    try:
        answer = float(answer)
    except (TypeError, ValueError):
        raise InputError(f"{answer!r} is no number; write check({exercise!r}, 0.5).") from None
    for path in sorted(Path.cwd().glob("*.ipynb")):
        cells = parse_notebook(path.read_text(encoding="utf-8"))["cells"]
        for place, cell in enumerate(cells):
            if has_tag(cell, "exercise") and title_of(cell).casefold() == exercise.casefold():
                asked = answer_to(cells, place) or _solve(cells[place + 1 :], exercise)
                print(judge(answer, asked))
                return
    raise InputError(f"No notebook here has an exercise with the title {exercise!r}.")


def seal(value: float, within: float) -> dict[str, Any]:
    """Seal a number, so that an answer can be checked without it.

    Parameters
    ----------
    value
        The right answer.
    within
        What an answer may differ, more than 0.

    Returns
    -------
    dict
        ``offset`` and ``width`` of the intervals, and the ``hash`` of the number of the right one.

    Examples
    --------
    >>> seal(0.3, 0.25)
    {'offset': 0.05, 'width': 0.5, 'hash': '350ca8af'}
    """
    if not within > 0:
        raise ValueError(f"{within} is no tolerance; it must be more than 0")
    width = 2 * within
    offset = float(f"{(value - within) % width:.12g}")
    return {"offset": offset, "width": width, "hash": _hash_of(value, offset, width)}


def judge(answer: float, sealed: Mapping[str, Any]) -> str:
    """Compare an answer with a sealed one.

    Examples
    --------
    >>> judge(0.31, seal(0.3, 0.02))
    'Right.'
    >>> judge(0.2, seal(0.3, 0.02))
    'Not that.'
    """
    if not math.isfinite(answer):
        return "Not that."
    right = _hash_of(answer, sealed["offset"], sealed["width"]) == sealed["hash"]
    return "Right." if right else "Not that."


def _hash_of(value: float, offset: float, width: float) -> str:
    """Hash the number of the interval that a value lies in (FNV-1a, 32 bits)."""
    code = 0x811C9DC5
    for letter in str(math.floor((value - offset) / width)):
        code = (code ^ ord(letter)) * 0x01000193 & 0xFFFFFFFF
    return f"{code:08x}"


def _solve(below: list[dict[str, Any]], exercise: str) -> dict[str, Any]:
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
                return seal(value, float(options["within"]))
        except NameError as error:
            raise InputError(f"Run the cells above the exercise first: {error}.") from None
    raise InputError(f"The exercise {exercise!r} asks for no number; its solution is below it.")
