"""Every declared parameter at its bounds, and all pairs of values: each chapter has its page.

A chapter is run as the build runs it, with the values of those parameters that it uses. What a
value makes impossible is said before anything runs (`adapter.check`), or by the chapter in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from allpairspy import AllPairs

from millbook.environment import child_environment, prepare_caches
from millbook.errors import InputError
from millbook.execution import ChapterError, run_notebook
from millbook.kernels import CAN_FORK, KernelServer
from millbook.notebook_file import read_notebook, settings_of
from millbook.parameters import Parameter, notebook_parameters, read_parameters, resolve_parameters
from millbook.project import Project, chapter_name, open_project
from millbook.stage import snapshot_inputs

ROOT = Path(__file__).parents[1]
BOOKS = {"book": ROOT, "report": ROOT / "report"}
# What takes long at its upper bound, and only takes longer there, has its lower one alone.
COUNTS = ("n_draws", "n_trials", "n_analyses")
FEW = {"min_sessions": [3, 4]}  # no dyad of the shipped study has more than four


def values_of(name: str, declared: Parameter) -> list[Any]:
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


def possible(project: Project, declared: dict[str, Parameter]) -> dict[str, list[Any]]:
    """The values of each parameter that the data can have; others are refused in a sentence."""
    usual = resolve_parameters(declared, "quick")
    found: dict[str, list[Any]] = {}
    for name, parameter in declared.items():
        found[name] = []
        for value in values_of(name, parameter):
            try:
                project.adapter.check(project.data, usual | {name: value})
            except InputError:
                continue
            found[name].append(value)
    return found


class Runner:
    """Runs chapters of a book in one folder, with kernels that start warm."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.project = open_project(root, folder, ROOT / "data")
        self.declared = read_parameters(self.project.chapters / "parameters.yml")
        self.possible = possible(self.project, self.declared)
        chapters = self.project.chapter_notebooks()
        named = [
            (chapter.parent / name).resolve()
            for chapter in chapters
            for name in settings_of(read_notebook(chapter)).get("inputs", [])
        ]
        inputs = {one for path in named for one in ([path] if path.is_file() else path.glob("*.*"))}
        snapshot_inputs(self.project, inputs | set(self.project.helpers()))
        prepare_caches(self.project.caches)
        environment = child_environment(self.project.caches, "dyadsync")
        imports = self.project.settings["imports"]
        self.project.run.mkdir(parents=True, exist_ok=True)
        self.server = KernelServer(imports, self.project.run, environment) if CAN_FORK else None

    def plan(self, chapter: Path, together: int) -> Iterator[dict[str, Any]]:
        """Rows of values in which each, or each pair of two parameters' values, occurs."""
        used = [
            name
            for name in notebook_parameters(read_notebook(chapter), chapter.name)
            if name != "data"
        ]
        several = [name for name in used if len(self.possible[name]) > 1]
        one = {name: self.possible[name][0] for name in used if name not in several}
        columns = [self.possible[name] for name in several]
        rows = AllPairs(columns, n=together) if len(columns) > 1 else product(*columns)
        for row in rows:
            yield one | dict(zip(several, row, strict=True))

    def fails(self, chapter: Path, values: dict[str, Any]) -> str:
        """Why a chapter fails; nothing if it does not."""
        name = chapter_name(chapter)
        state = self.project.state
        try:
            run_notebook(
                source=chapter,
                parameters=values,
                run=self.project.run,
                results=state / "published" / name,
                log=state / "logs" / f"{name}.log",
                caches=self.project.caches,
                package="dyadsync",
                server=self.server,
            )
        except ChapterError as error:
            return f"{name} with {values}: {str(error).splitlines()[0]}"
        return ""


@pytest.fixture(scope="module")
def runners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Runner]]:
    made = {name: Runner(root, tmp_path_factory.mktemp(name)) for name, root in BOOKS.items()}
    yield made
    for runner in made.values():
        if runner.server is not None:
            runner.server.close()


CHAPTERS = [
    pytest.param(name, chapter, id=f"{name}-{chapter_name(chapter)}")
    for name, root in BOOKS.items()
    for chapter in open_project(root, data=ROOT / "data").chapter_notebooks()
    if any(
        parameter != "data"
        for parameter in notebook_parameters(read_notebook(chapter), chapter.name)
    )
]


@pytest.mark.book
@pytest.mark.parametrize(("name", "chapter"), CHAPTERS)
def test_each_value_of_each_parameter(runners: dict[str, Runner], name: str, chapter: Path) -> None:
    runner = runners[name]
    rows = list(runner.plan(chapter, together=1))
    assert [words for row in rows if (words := runner.fails(chapter, row))] == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "chapter"), CHAPTERS)
def test_each_pair_of_values(runners: dict[str, Runner], name: str, chapter: Path) -> None:
    runner = runners[name]
    rows = list(runner.plan(chapter, together=2))
    assert [words for row in rows if (words := runner.fails(chapter, row))] == []


def test_what_the_data_cannot_have_is_refused_before_anything_runs() -> None:
    project = open_project(ROOT, data=ROOT / "data")
    declared = read_parameters(project.chapters / "parameters.yml")
    usual = resolve_parameters(declared, "quick")
    for value, told in (
        ({"min_sessions": 5}, "min_sessions is 5, but no dyad has more than 4 sessions"),
        ({"change": "level"}, "change='level' is for data with one sample of each person"),
    ):
        with pytest.raises(InputError, match=told):
            project.adapter.check(project.data, usual | value)
