"""How a chapter's cells stand on its page: first a picture, then the setup; exercises in boxes.

A chapter is plain Markdown and code, which reads well in JupyterLab.  On its page

- the code before the first picture, imports and parameters among it, is one folded cell below the
  section *Prerequisites*, so that the page opens with its question, a picture and the answer;
- a cell tagged ``exercise``, a heading and what is asked, is an exercise of sphinx-exercise;
- the cells tagged ``solution`` below it, a heading *Solution* and what solves it, are its solution;
- where a cell of the solution says ``#| answer: EXPRESSION``, ``#| within: TOLERANCE`` and
  ``#| unit: WORDS``, the run seals its value, and the exercise has a field to check a number in.

Exercises have the label ``CHAPTER-ID`` with the cell's id: ``{ref}`one-exercise-stricter` ``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from itertools import pairwise

from millbook.errors import InputError
from millbook.figures.cell_options import without_options
from millbook.figures.display import EXTRAS
from millbook.notebook_file import Notebook, NotebookCell, answer_to, has_tag

_ID_LINES = 2
_PROMPT = {"code_prompt_show": "Show the setup: imports, parameters, the picture above"}
_HEADING = re.compile(r"#{2,4} +(.+)\n*")
# Without the script that checks, the solution below says it.
_FORM = """

```{{raw}} html
<form class="answer" data-offset="{offset!r}" data-width="{width!r}" data-hash="{hash}" hidden>
<label>Your answer <input inputmode="decimal" autocomplete="off" required> {unit}</label>
<button>Check</button> <output></output></form>
```"""


def title_of(cell: NotebookCell) -> str:
    """Read the title of an exercise."""
    return _split(cell)[0]


def arrange(notebook: Notebook, chapter: str) -> Notebook:
    """Put an executed chapter's cells in the order and the dress that they have on its page."""
    cells = _set_up_below([_as_shown(cell) for cell in notebook["cells"]])
    return notebook | {"cells": [_with_id(cell) for cell in _in_boxes(cells, chapter)]}


def check_boxes(cells: list[NotebookCell]) -> None:
    """Refuse an exercise or a solution without a heading, and a solution without an exercise."""
    asked = False
    for above, cell in pairwise([{"metadata": {}}, *cells]):
        begins = has_tag(cell, "solution") and not has_tag(above, "solution")
        asked = asked or has_tag(cell, "exercise")
        if begins and not asked:
            raise InputError(f"The solution in cell {cell.get('id', '')} has no exercise above it.")
        if begins or has_tag(cell, "exercise"):
            _split(cell)


def line_of_cell(cell: NotebookCell, line: int) -> int:
    """Give the line of a cell's own text that a line of the arranged one is."""
    return line - _ID_LINES if cell["source"].startswith("```{cell-id}") else line


def _as_shown(cell: NotebookCell) -> NotebookCell:
    """Leave out of a code cell how its figure is shown, and of its outputs what is kept beside."""
    if cell["cell_type"] != "code":
        return cell
    outputs = [
        output | {"data": {kind: one for kind, one in output["data"].items() if kind != EXTRAS}}
        if EXTRAS in output.get("data", {})
        else output
        for output in cell["outputs"]
    ]
    return cell | {"source": without_options(cell["source"]), "outputs": outputs}


def _with_id(cell: NotebookCell) -> NotebookCell:
    """Let the numbers in a cell's text know by its id whose they are."""
    if cell["cell_type"] != "markdown" or "{eval}" not in cell["source"]:
        return cell
    return cell | {"source": f"```{{cell-id}} {cell['id']}\n```\n{cell['source']}"}


def _set_up_below(cells: list[NotebookCell]) -> list[NotebookCell]:
    def first(what: Callable[[NotebookCell], bool]) -> int | None:
        return next((place for place, cell in enumerate(cells) if what(cell)), None)

    picture = first(lambda cell: "figure" in cell["metadata"].get("mystnb", {}))
    frame = first(lambda cell: cell["source"].lstrip().startswith("## Prerequisites"))
    if picture is None or frame is None or frame < picture:
        return cells
    set_up = [cell for cell in cells[:picture] if cell["cell_type"] == "code"]
    if not set_up:
        return cells
    opening = cells[picture]
    below = {
        **opening,
        "id": "setup",
        "metadata": {"tags": ["hide-input"], "mystnb": _PROMPT},
        "outputs": [],
        "source": "\n\n".join(cell["source"] for cell in [*set_up, opening]),
    }
    tags = [*opening["metadata"].get("tags", []), "remove-input"]
    shown = {**opening, "metadata": opening["metadata"] | {"tags": tags}}
    before = [cell for cell in cells[:picture] if cell["cell_type"] != "code"]
    return [*before, shown, *cells[picture + 1 : frame + 1], below, *cells[frame + 1 :]]


def _in_boxes(cells: list[NotebookCell], chapter: str) -> list[NotebookCell]:
    arranged: list[NotebookCell] = []
    label = ""
    for place, cell in enumerate(cells):
        if has_tag(cell, "exercise"):
            label = f"{chapter}-{cell['id']}"
            title, text = _split(cell)
            asked = answer_to(cells, place)
            if asked:
                text += _FORM.format(**asked | {"unit": escape(asked["unit"], quote=False)})
            box = f":::::{{exercise}} {title}\n:label: {label}\n\n{text}\n:::::"
            arranged.append({**cell, "source": box})
        elif not has_tag(cell, "solution"):
            arranged.append(cell)
        else:
            if place == 0 or not has_tag(cells[place - 1], "solution"):
                gate = f"```{{solution-start}} {label}\n:label: {label}-solution\n```\n\n"
                cell = {**cell, "source": gate + _split(cell)[1]}
            arranged.append(cell)
            if place + 1 == len(cells) or not has_tag(cells[place + 1], "solution"):
                arranged.append(
                    {
                        "cell_type": "markdown",
                        "id": f"{cell['id']}-end",
                        "metadata": {},
                        "source": "```{solution-end}\n```",
                    }
                )
    return arranged


def _split(cell: NotebookCell) -> tuple[str, str]:
    """Split a cell into its heading, without a label above it, and the text below."""
    text = re.sub(r"\A\([^)\n]+\)=\n", "", cell["source"])
    heading = _HEADING.match(text)
    if heading is None:
        raise InputError(f"The cell {cell.get('id', '')} must begin with a heading, ### and words.")
    return heading[1], text[heading.end() :].strip()
