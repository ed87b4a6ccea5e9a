"""Every declared parameter at its bounds, and all pairs of values: each chapter has its page.

Chapters run in processes that fork from this one, without Sphinx and without drawing: their code
and the numbers in their text. What a value makes impossible is said before anything runs
(the adapter's `check`), or by the chapter in words.
"""

import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import warnings
from importlib import import_module
from itertools import islice, product
from pathlib import Path

import pytest
from allpairspy import AllPairs

from millbook.build import build_book
from millbook.errors import InputError
from millbook.inline import find_expressions, read_text
from millbook.notebook_file import has_tag, read_notebook, settings_of
from millbook.parameters import notebook_parameters, read_parameters, resolve_parameters
from millbook.project import chapter_name, open_project
from millbook.stage import snapshot_inputs

ROOT = Path(__file__).parents[1]
BOOKS = {"book": ROOT, "report": ROOT / "report"}
# What takes long at its upper bound, and only takes longer there, has its lower one alone.
COUNTS = ("n_draws", "n_trials", "n_analyses")
# No dyad of the shipped study has more than four sessions; they lie between its weekly ratings.
FEW = {"min_sessions": [3, 4], "weeks_per_session": [0.3, 1.0, 2.0]}
# What no sentence should hold at any setting.
NO_NUMBER = re.compile(r"\b(nan|inf|None)\b|^–$")


def values_of(name, declared):
    """The values of a parameter that are tried: all of a few, of a range its ends."""
    schema = declared.schema
    if name in FEW:
        return FEW[name]
    if "enum" in schema or schema.get("type") == "boolean":
        return list(schema.get("enum", [True, False]))
    if "const" in schema:
        return [schema["const"]]
    step = 1 if schema["type"] == "integer" else 0.01
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + step)
    if name in COUNTS:
        return [least]
    most = schema.get("maximum")
    if most is None:
        most = schema["exclusiveMaximum"] - step
    return [least, declared.default, most]


def possible(project, declared):
    """The values of each parameter that the data can have; others are refused in a sentence."""
    usual = resolve_parameters(declared, "quick")
    found = {}
    for name, parameter in declared.items():
        found[name] = []
        for value in values_of(name, parameter):
            try:
                if value != usual[name]:
                    project.ask("check", [], project.data, usual | {name: value})
            except InputError:
                continue
            found[name].append(value)
    return found


class Runner:
    """Runs chapters of a book in one folder."""

    def __init__(self, root, folder):
        self.project = open_project(root, folder, ROOT / "data")
        self.declared = read_parameters(self.project.chapters / "parameters.yml")
        self.possible = possible(self.project, self.declared)
        named = [
            (chapter.parent / name).resolve()
            for chapter in self.project.chapter_notebooks()
            for name in settings_of(read_notebook(chapter)).get("inputs", [])
        ]
        inputs = {one for path in named for one in ([path] if path.is_file() else path.glob("*.*"))}
        snapshot_inputs(self.project, inputs | set(self.project.helpers()))
        for name in self.project.settings["imports"]:
            import_module(name)

    def plan(self, chapter, together):
        """Rows of values in which each, or each pair of two parameters' values, occurs."""
        used = [name for name in notebook_parameters(read_notebook(chapter)) if name != "data"]
        several = [name for name in used if len(self.possible[name]) > 1]
        several.sort(key=lambda name: -len(self.possible[name]))  # makes fewer rows
        one = {name: self.possible[name][0] for name in used if name not in several}
        columns = [self.possible[name] for name in several]
        rows = AllPairs(columns, n=together) if len(columns) > 1 else product(*columns)
        return [one | dict(zip(several, row, strict=True)) for row in rows]

    def failures(self, chapter, rows):
        """Why a chapter fails, and with which rows of values."""
        work = [(chapter, self.project.run, row) for row in rows]
        with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
            found = pool.starmap(failure, work, chunksize=1)
        return [f"{row}: {words}" for row, words in zip(rows, found, strict=True) if words]


def failure(chapter, folder, values):
    """Run a chapter in this process; say which cell fails and how, or nothing."""
    import matplotlib
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    os.chdir(folder)
    sys.path.insert(0, str(folder))
    matplotlib.use("agg")
    with tempfile.TemporaryDirectory() as results, capture_output():
        os.environ["MILLBOOK_RESULTS"] = results
        # In a daemonic process joblib works alone and says so. Any other warning is a failure.
        warnings.filterwarnings("ignore", "Loky-backed parallel loops")
        shell = InteractiveShell.instance()
        for cell in read_notebook(chapter)["cells"]:
            if cell["cell_type"] == "code":
                ran = shell.run_cell(cell["source"], silent=True)
                if not ran.success:
                    return f"cell {cell['id']}: {ran.error_in_exec or ran.error_before_exec!r}"
                if has_tag(cell, "parameters"):
                    shell.user_ns.update(values)
            else:
                asked = find_expressions(cell["source"])
                for text, answer in shell.user_expressions({one: one for one in asked}).items():
                    try:
                        words = read_text(answer)
                    except ValueError as error:
                        return f"cell {cell['id']}: {text}: {error}"
                    if NO_NUMBER.search(words):
                        return f"cell {cell['id']}: {text} is {words}"
    return ""


forks = pytest.mark.skipif(sys.platform != "linux", reason="chapters fork from warm processes")


@pytest.fixture(scope="module")
def runners(tmp_path_factory):
    return {name: Runner(root, tmp_path_factory.mktemp(name)) for name, root in BOOKS.items()}


def chapters():
    """The chapters that use parameters."""
    for name, root in BOOKS.items():
        for chapter in open_project(root, data=ROOT / "data").chapter_notebooks():
            used = set(notebook_parameters(read_notebook(chapter)))
            if used - {"data"}:
                yield pytest.param(name, chapter, id=f"{name}-{chapter_name(chapter)}")


@forks
@pytest.mark.book
@pytest.mark.parametrize(("name", "chapter"), chapters())
def test_each_value_of_each_parameter(runners, name, chapter):
    runner = runners[name]
    assert runner.failures(chapter, runner.plan(chapter, together=1)) == []


@pytest.fixture(scope="module")
def changed_data(tmp_path_factory):
    """The shipped data with one number changed."""
    folder = tmp_path_factory.mktemp("changed") / "data"
    shutil.copytree(ROOT / "data", folder)
    samples = folder / "oxytocin.csv"
    text = samples.read_text(encoding="utf-8")
    assert "D01,4,patient,pre,8.97\n" in text
    samples.write_text(text.replace("pre,8.97\n", "pre,8.79\n", 1), encoding="utf-8")
    return folder


@forks
@pytest.mark.book
@pytest.mark.parametrize(
    ("name", "chapter"), [one for one in chapters() if one.values[0] == "book"]
)
def test_a_changed_number_leaves_each_chapter_its_page(runners, changed_data, name, chapter):
    runner = runners[name]
    row = runner.plan(chapter, together=1)[0] | {"data": str(changed_data)}
    assert runner.failures(chapter, [row]) == []


@forks
@pytest.mark.slow
@pytest.mark.parametrize(("name", "chapter"), chapters())
def test_each_pair_of_values(runners, name, chapter):
    runner = runners[name]
    assert runner.failures(chapter, runner.plan(chapter, together=2)) == []


@pytest.fixture(scope="module")
def several():
    """The parameters of the book that have several values, and these."""
    project = open_project(ROOT, data=ROOT / "data")
    declared = read_parameters(project.chapters / "parameters.yml")
    return {name: values for name, values in possible(project, declared).items() if values[1:]}


def dozen(several):
    """Settings of twelve books; all pairs of values that meet in a chapter are tried above."""
    rows = islice(AllPairs(list(several.values())), 12)
    return [dict(zip(several, row, strict=True)) for row in rows]


def test_a_dozen_books_try_every_value(several):
    for name, values in several.items():
        assert {row[name] for row in dozen(several)} == set(values), name


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
def test_a_dozen_whole_books(tmp_path, several, number):
    chosen = dozen(several)[number].items()
    settings = [f"{k}={v if isinstance(v, str) else json.dumps(v)}" for k, v in chosen]
    book = build_book(ROOT, settings=settings, profile="quick", output=tmp_path / "book")
    assert (book.html / "index.html").is_file()


def test_what_the_data_cannot_have_is_refused_before_anything_runs():
    project = open_project(ROOT, data=ROOT / "data")
    declared = read_parameters(project.chapters / "parameters.yml")
    usual = resolve_parameters(declared, "quick")
    for value, told in (
        ({"min_sessions": 5}, "min_sessions is 5, but no dyad has more than 4 sessions"),
        ({"weeks_per_session": 0.01}, "weeks_per_session is 0.01: At none of these lags"),
        ({"weeks_per_session": 10}, "weeks_per_session is 10: At none of these lags"),
        ({"weeks_per_session": 2.0}, "weeks_per_session is 2: None of 37 dyads has ratings"),
        ({"change": "level"}, "change='level' is for data with one sample of each person"),
    ):
        with pytest.raises(InputError, match=told):
            project.ask("check", [], project.data, usual | value)
