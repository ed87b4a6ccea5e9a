"""A notebook that is run by hand on something else than its text is about says so, once."""

import contextlib
from types import SimpleNamespace

import pandas as pd
from IPython.core.formatters import DisplayFormatter

from millbook.by_hand import show_zeros_without_sign, watch_fixed_parameters

DECLARED = """
data:
  const: ../data
  default: ../data
  help: another folder has a report of its own
seed:
  default: 1
"""


def shell_in(folder):
    checks = []
    events = SimpleNamespace(register=lambda name, check: checks.append((name, check)))
    shell = SimpleNamespace(events=events, user_ns={}, checks=checks)
    with contextlib.chdir(folder):
        watch_fixed_parameters(shell)
    return shell


def test_other_data_are_said_in_one_line_and_once(tmp_path, capsys):
    (tmp_path / "parameters.yml").write_text(DECLARED, encoding="utf-8")
    shell = shell_in(tmp_path)
    [(event, check)] = shell.checks
    assert event == "post_run_cell"
    check(None)
    shell.user_ns |= {"data": "../data", "seed": 2}
    check(None)
    assert capsys.readouterr().out == ""
    shell.user_ns["data"] = "../other"
    check(None)
    check(None)
    [line] = capsys.readouterr().out.splitlines()
    assert "about data = '../data', not '../other'" in line
    assert "another folder has a report of its own" in line


def test_without_declarations_nothing_is_watched(tmp_path):
    assert shell_in(tmp_path).checks == []


def test_a_zero_below_which_rounding_went_has_no_sign_and_a_number_keeps_its_own():
    shell = SimpleNamespace(display_formatter=DisplayFormatter())
    show_zeros_without_sign(shell)

    def shown(table):
        return shell.display_formatter.format(table)[0]["text/html"]

    table = pd.DataFrame({"r": [-0.004, -0.25], "paired": [True, False], "n": [1, 2]})
    assert "-0.00<" not in shown(table.round(2))
    assert "-0.25" in shown(table.round(2))
    assert "-0.004" in shown(table)
    assert shown(table).count("True") == 1
    mixed = table.round(2).T  # of words and numbers
    assert "-0.0<" not in shown(mixed)
    assert "-0.25" in shown(mixed)
