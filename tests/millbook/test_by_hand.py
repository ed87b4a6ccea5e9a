"""A notebook that is run by hand on something else than its text is about says so, once."""

from types import SimpleNamespace

from millbook.by_hand import watch_fixed_parameters

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
    watch_fixed_parameters(shell, folder / "parameters.yml")
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
