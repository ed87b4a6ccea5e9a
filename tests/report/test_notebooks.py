"""The report's notebooks: their parameters are those declared, and those of `Settings`."""

import ast
import json
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from analysis import Settings

REPORT = Path(__file__).parents[2] / "report"
NOTEBOOKS = sorted(REPORT.glob("*.ipynb"))


def defaults(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    [cell] = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    tree = ast.parse("".join(cell["source"]))
    return {one.targets[0].id: ast.literal_eval(one.value) for one in tree.body}  # type: ignore[attr-defined]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_parameters_of_a_notebook_are_those_declared(notebook):
    declared = yaml.safe_load((REPORT / "parameters.yml").read_text(encoding="utf-8"))
    assert defaults(notebook) == {name: one["default"] for name, one in declared.items()}
    assert asdict(Settings()) == {k: v for k, v in defaults(notebook).items() if k != "data"}


def test_all_notebooks_are_in_the_table_of_contents():
    contents = yaml.safe_load((REPORT / "_toc.yml").read_text(encoding="utf-8"))
    files = [contents["root"], *(one["file"] for one in contents["chapters"])]
    assert files == [path.stem for path in NOTEBOOKS]
