"""What a study cannot carry says so wherever it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dyadsync.absent import (
    Absent,
    NotComputableError,
    leave_out,
    published_names,
    say_why,
    say_why_in_text,
)

WHY = "every dyad has the same outcome"


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x + 1,
        lambda x: 2 - x,
        lambda x: x.table,
        lambda x: x["ACME"],
        lambda x: x(),
        lambda x: list(x),
        lambda x: f"{x:.2f}",
        lambda x: bool(x),
        lambda x: float(x),
        lambda x: x == 1,
        lambda x: x < 1,
        lambda x: np.asarray(x),
        lambda x: -x,
        lambda x: len(x),
    ],
)
def test_any_use_gives_the_reason(use: Callable[[Any], Any]) -> None:
    with pytest.raises(NotComputableError, match=WHY):
        use(Absent(WHY))


def test_shown_by_itself_it_says_the_sentence() -> None:
    assert repr(Absent(WHY)) == f"Not computable with these data: {WHY}."
    assert Absent(WHY)._repr_markdown_() == f"*Not computable with these data: {WHY}.*"
    assert not hasattr(Absent(WHY), "_repr_html_")


def test_names_and_values_in_a_reason_stay_text() -> None:
    assert say_why("D*1* <b> $x$ {eval}") == (
        r"*Not computable with these data: D\*1\* \<b\> \$x\$ \{eval\}.*"
    )


def test_a_sentence_gives_way_and_its_neighbours_stay() -> None:
    text = "# Of {eval}`x`\n\nIt is {eval}`x` here.\nThat is {eval}`x:.2f`.\n- So {eval}`y`.\nEnd."
    found = say_why_in_text(text, {"x": WHY, "x:.2f": WHY})
    sentence = f"*Not computable with these data: {WHY}.*"
    assert found == f"# Of {{eval}}`x`\n\n{sentence}\n- So {{eval}}`y`.\nEnd."


def test_a_list_keeps_its_mark_and_a_table_its_row() -> None:
    sentence = f"*Not computable with these data: {WHY}.*"
    assert say_why_in_text("2. Of {eval}`x`.", {"x": WHY}) == f"2. {sentence}"
    assert say_why_in_text("| a | {eval}`x` |", {"x": WHY}) == "| a | {eval}`x` |"


def test_what_a_failed_cell_would_have_made_is_absent_from_there_on() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    cell = (
        "%precision 3\nmade = 1\nkept = stale = 2\nstale = 1 / 0\nimport math\n"
        "def twice(x):\n    return 2 * x\nfor i in range(3):\n    table, note = {}, i"
    )
    done = shell.run_cell(cell, silent=True)
    assert isinstance(done.error_in_exec, ZeroDivisionError)
    leave_out(shell, cell, WHY)
    values = shell.user_ns
    assert (values["made"], values["kept"], values["twice"](2)) == (1, 2, 4)
    assert values["math"].__name__ == "math"
    assert all(isinstance(values[name], Absent) for name in ("stale", "table", "note", "i"))


def test_the_names_of_results_are_read_from_a_cell() -> None:
    lines = ["%matplotlib inline", "publish('claims', [1])", "publish(name, 1)", "publish('b', {})"]
    assert published_names("\n".join(lines)) == ["claims", "b"]
    assert published_names("publish(") == []
