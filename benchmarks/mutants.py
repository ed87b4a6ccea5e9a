"""Mutation study of the science: would the tests notice a wrong number?

A mutant is the package with one small mistake in it: `<` for `<=`, `n - 1` for `n`, a term left
out, two arguments swapped. A mutant is killed when a fast test fails or takes too long, and
survives when all pass. Each survivor stands in mutants.csv, explained or not; an explanation says
why no test can, or should, tell the mutant from the original, and is kept in
mutants_explained.csv from run to run.

What is mutated: every module of `dyadsync` but the command line, the book's engine and the figures,
which the tests of the site look at. Left out are places where a mutant says nothing about a number:
annotations, the text of errors and warnings, decorators, how a result prints (`__repr__`,
`_repr_html_`, `in_words`), the names a module exports, and statements with a constant `_BLOCK...`,
which bounds the memory. Of a place that can be mutated in several ways the sample takes one, drawn
at random, so that a number (two ways) does not count double. Cosmic Ray makes the mutants and runs
the tests; of its operators those are used that a person could write by mistake (`OPERATORS`):
`x >> y` for `x + y` is killed by any test, and would only flatter the score. Three of our own are
added.

Where it runs: in copies of the tree, one a process; the checkout is never touched. A mutant meets
the tests of its own module first, then the rest of its room's tests and doctests, and, when it
survives those, the fast tests of all rooms, but for those marked `clock`: two mutants at a time
make each other late.

    python benchmarks/mutants.py [N] [--room ROOM] [--jobs JOBS]   N mutants (300: ~25 min), or all

writes mutants.csv (one row a survivor) and mutants_rooms.csv (mutants and survivors of each room).
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import TestOutcome

from dyadsync import __version__

SEED = 101
ROOT = Path(__file__).parents[1]
NOT_SCIENCE = {"__init__", "__main__", "_jsonschema", "book", "cli", "figures"}
COPIED = ["src", "tests", "benchmarks", "chapters", "data", "pyproject.toml"]
SILENT = re.compile(r"\b(_BLOCK\w*|__all__|TypeAlias)\b")  # statements that say no number
PRESENTATION = {"__repr__", "__str__", "_repr_html_", "in_words"}
KEYS = ["module", "function", "operator", "before", "after"]
# Every fast test that looks at numbers; the others take most of the suite's time.
ALL = ["tests", "src", *(f"--ignore=tests/{one}" for one in ("book", "figures"))]
ALL += [f"--ignore=tests/test_{one}.py" for one in ("site", "cli", "packaging", "benchmarks")]
MEMORY = 8 * 2**30  # a mutant may ask for an array of any size


class DropTerm(Operator):
    """x + y to x, and to y; likewise for - * / and for `and`, `or`, `&`, `|`."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Every operand of a chain, such as the three of x - y + z."""
        if node.type in {"arith_expr", "term", "and_test", "or_test", "and_expr", "expr"}:
            for operand in node.children[::2]:
                yield operand.start_pos, operand.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Leave the operand out, with the operator before it (after it, for the first)."""
        first = max(2 * index - 1, 0)
        del node.children[first : first + 2]
        return _after_space(node)

    @classmethod
    def examples(cls) -> tuple[()]:
        """See tests/test_benchmarks.py."""
        return ()


class SwapArguments(Operator):
    """f(x, y) to f(y, x): each pair of neighbours without a keyword."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Pairs of the arguments of a call."""
        for left, right in self._pairs(node):
            yield left.start_pos, right.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Exchange the two."""
        left, right = self._pairs(node)[index]
        i, j = node.children.index(left), node.children.index(right)
        node.children[i], node.children[j] = right, left
        return node

    @staticmethod
    def _pairs(node: Any) -> list[tuple[Any, Any]]:
        if node.type != "arglist":
            return []
        given = [one for one in node.children[::2] if one.type != "argument"]
        return [(x, y) for x, y in pairwise(given) if x.get_code().strip() != y.get_code().strip()]

    @classmethod
    def examples(cls) -> tuple[()]:
        """See tests/test_benchmarks.py."""
        return ()


class DivisorLessOne(Operator):
    """x / n to x / (n - 1)."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Divisors that are not numbers (those are mutated as numbers)."""
        for divisor in self._divisors(node):
            yield divisor.start_pos, divisor.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Take one off the divisor."""
        divisor = self._divisors(node)[index]
        less = parso.parse(f" ({divisor.get_code().strip()} - 1)")
        node.children[node.children.index(divisor)] = less
        return node

    @staticmethod
    def _divisors(node: Any) -> list[Any]:
        if node.type != "term":
            return []
        signs = zip(node.children[1::2], node.children[2::2], strict=True)
        return [
            operand for sign, operand in signs if sign.value == "/" and operand.type != "number"
        ]

    @classmethod
    def examples(cls) -> tuple[()]:
        """See tests/test_benchmarks.py."""
        return ()


def _after_space(node: Any) -> Any:
    """Keep a word and what now follows it apart: `return x`, not `returnx`."""
    leaf = node.get_first_leaf()
    leaf.prefix = leaf.prefix or " "
    return node


_BINARY = (
    "Add_Sub Sub_Add Mul_Div Div_Mul Div_FloorDiv FloorDiv_Div Pow_Mul BitAnd_BitOr BitOr_BitAnd"
)
_COMPARISON = (
    "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Lt_Gt Gt_Lt LtE_GtE GtE_LtE Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is"
)
OPERATORS: dict[str, Operator] = {
    name: get_operator(f"core/{name}")()
    for name in [
        *(f"ReplaceBinaryOperator_{one}" for one in _BINARY.split()),
        *(f"ReplaceComparisonOperator_{one}" for one in _COMPARISON.split()),
        *(f"ReplaceUnaryOperator_Delete_{one}" for one in ("USub", "Not", "Invert")),
        *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
        *("ReplaceAndWithOr", "ReplaceOrWithAnd"),
        *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
        *("NumberReplacer", "ZeroIterationForLoop"),
    ]
} | {one.__name__: one() for one in (DropTerm, SwapArguments, DivisorLessOne)}


@dataclass(frozen=True)
class Mutant:
    """One small mistake: the `occurrence`-th place where an operator can act on a module."""

    module: str
    """Path below src/dyadsync, such as mediation/effects.py."""
    function: str
    operator: str
    occurrence: int
    start: tuple[int, int]
    end: tuple[int, int]

    @property
    def room(self) -> str:
        """Folder, or name of a module that stands alone."""
        return self.module.split("/")[0].removesuffix(".py")

    @property
    def path(self) -> Path:
        """File below the root of the tree."""
        return Path("src/dyadsync", self.module)


def science() -> list[str]:
    """Modules that are mutated, as paths below src/dyadsync."""
    source = ROOT / "src/dyadsync"
    modules = sorted(path.relative_to(source) for path in source.rglob("*.py"))
    return [
        one.as_posix()
        for one in modules
        if one.stem != "__init__" and one.parts[0].removesuffix(".py") not in NOT_SCIENCE
    ]


def mutants(module: str, code: str) -> list[Mutant]:
    """Every mutant of a module that says something about a number."""
    nodes = list(ast_nodes(get_ast(code)))
    found = []
    for name, operator in OPERATORS.items():
        places = (
            (node, start, end) for node in nodes for start, end in operator.mutation_positions(node)
        )
        for occurrence, (node, start, end) in enumerate(places):
            if not _says_nothing(node):
                found.append(Mutant(module, _function(node), name, occurrence, start, end))
    return found


def _says_nothing(node: Any) -> bool:
    """Whether a place is an annotation, a message, a decorator, printing or tuning."""
    while node.parent is not None:
        child, node = node, node.parent
        if node.type in {"decorator", "raise_stmt", "fstring"} or _annotates(node, child):
            return True
        if node.type == "parameters" and child.type == "operator":  # the * before keywords
            return True
        if node.type == "atom_expr" and node.get_first_leaf().value == "warnings":
            return True
        if node.type == "expr_stmt" and SILENT.search(node.get_code()):
            return True
        if node.type == "if_stmt" and node.children[1].get_code().strip() == "TYPE_CHECKING":
            return True
        if node.type == "funcdef" and node.name.value in PRESENTATION:
            return True
    return False


def _annotates(node: Any, child: Any) -> bool:
    """Whether a child of a definition is an annotation: what follows : or ->, but the body."""
    if node.type not in {"annassign", "tfpdef", "funcdef"} or child is node.children[-1]:
        return node.type == "tfpdef"
    before = node.children[max(node.children.index(child) - 1, 0)]
    return getattr(before, "value", "") in {":", "->"}


def _function(node: Any) -> str:
    """Names of the classes and functions around a node, outermost first."""
    names: list[str] = []
    while node is not None:
        if node.type in {"funcdef", "classdef"}:
            names.insert(0, node.name.value)
        node = node.parent
    return ".".join(names)


def sample(found: list[Mutant], n: int, seed: int) -> list[Mutant]:
    """A mutant of each of n places at random, the rooms in proportion to their places."""
    rng = random.Random(seed)
    rooms: dict[str, dict[Any, list[Mutant]]] = {}
    for one in found:
        place = (one.module, one.start, one.end)
        rooms.setdefault(one.room, {}).setdefault(place, []).append(one)
    total = sum(map(len, rooms.values()))
    chosen = []
    for _, places in sorted(rooms.items()):
        share = min(len(places), max(1, round(n * len(places) / total)))
        for place in rng.sample(sorted(places), share):
            chosen.append(rng.choice(places[place]))
    return chosen


def tests_of(module: str, tree: Path) -> list[list[str]]:
    """What a mutant meets, stage by stage: its module's tests, its room's, all fast ones.

    src/dyadsync/room/module.py belongs to tests/room/test_module.py, in tests/room/; a module that
    stands alone to tests/test_module.py.
    """
    folder, _, name = module.rpartition("/")
    own = f"tests/{folder}/test_{name}" if folder else f"tests/test_{name}"
    stages = [[f"src/dyadsync/{module}", own]]
    if folder:
        room = folder.split("/")[0]
        stages.append([f"tests/{room}", f"src/dyadsync/{room}"])
    stages = [[one for one in stage if (tree / one).exists()] for stage in stages]
    return [*stages, ALL]


def _enter_copy(tree: str) -> None:
    """Give a process a tree of its own, one thread and an end to its memory."""
    copy = Path(tempfile.mkdtemp(dir=tree))
    for name in COPIED:
        if (ROOT / name).is_dir():
            hidden = shutil.ignore_patterns("__pycache__", "_build", ".*")
            shutil.copytree(ROOT / name, copy / name, ignore=hidden)
        else:
            shutil.copy(ROOT / name, copy / name)
    os.chdir(copy)
    os.environ |= {"PYTHONPATH": str(copy / "src"), "OMP_NUM_THREADS": "1"}
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    os.environ["CI"] = "true"  # Hypothesis then draws the same examples, without a deadline
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _passes(tests: list[str], limit: float) -> bool:
    """Whether tests pass within a time limit, in seconds."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-m", "not slow and not clock"]
    command = shlex.join([sys.executable, "-m", "pytest", *options, *tests])
    outcome, output = run_tests(command, limit)
    nothing = re.search(r"^(no tests ran|\d+ deselected) in ", output, flags=re.MULTILINE)
    return outcome == TestOutcome.SURVIVED or nothing is not None


def _time(tests: list[str]) -> float:
    """Seconds that tests take on the original, which must pass them."""
    begin = time.perf_counter()
    if not _passes(tests, 3600):
        raise SystemExit(f"These tests fail without any mutant: {' '.join(tests)}")
    return time.perf_counter() - begin


def _survives(one: Mutant, stages: list[list[str]], limits: list[float]) -> bool:
    """Whether a mutant passes all tests."""
    original = one.path.read_text(encoding="utf-8")
    try:
        one.path.write_text(mutated(one, original), encoding="utf-8")
        return all(_passes(*stage) for stage in zip(stages, limits, strict=True))
    finally:
        one.path.write_text(original, encoding="utf-8")


def mutated(one: Mutant, code: str) -> str:
    """Source of a mutant."""
    changed = mutate_code(code, OPERATORS[one.operator], one.occurrence)
    assert changed is not None
    return str(changed)


def row(one: Mutant, code: str) -> dict[str, Any]:
    """A survivor as a row: where it stands, and its lines before and after."""
    changes = list(unified_diff(code.splitlines(), mutated(one, code).splitlines(), n=0))[2:]

    def text(sign: str) -> str:
        return " ".join(line[1:].strip() for line in changes if line.startswith(sign))

    return {
        "module": one.module,
        "line": one.start[0],
        "function": one.function,
        "operator": one.operator,
        "before": text("-"),
        "after": text("+"),
    }


def study(chosen: list[Mutant], jobs: int) -> list[Mutant]:
    """Run the tests on every mutant, and give back those that survive."""
    modules = sorted({one.module for one in chosen})
    stages = {module: tests_of(module, ROOT) for module in modules}
    alive = []
    with (
        tempfile.TemporaryDirectory(prefix="mutants") as tree,
        ProcessPoolExecutor(jobs, initializer=_enter_copy, initargs=(tree,)) as pool,
    ):
        suites = {tuple(tests): tests for each in stages.values() for tests in each}
        taken = dict(zip(suites, pool.map(_time, suites.values()), strict=True))
        limits = {
            module: [20 + 4 * taken[tuple(tests)] for tests in each]
            for module, each in stages.items()
        }
        runs = [
            (one, pool.submit(_survives, one, stages[one.module], limits[one.module]))
            for one in chosen
        ]
        for done, (one, run) in enumerate(runs, start=1):
            if run.result():
                alive.append(one)
            print(f"\r{done} of {len(chosen)} mutants, {len(alive)} survive", end="", flush=True)
    print()
    return alive


def tables(chosen: list[Mutant], alive: list[Mutant]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Survivors with their explanations, and counts by room."""
    code = {one.module: (ROOT / one.path).read_text(encoding="utf-8") for one in alive}
    survivors = pd.DataFrame([row(one, code[one.module]) for one in alive], columns=[*KEYS, "line"])
    kept = pd.read_csv(
        Path(__file__).with_name("mutants_explained.csv"), dtype=str, keep_default_na=False
    )
    survivors = survivors.merge(kept, on=KEYS, how="left", validate="many_to_one")
    survivors["explained"] = survivors["explained"].fillna("")
    survivors = survivors.sort_values(["module", "line"])
    room = survivors["module"].str.split("/").str[0].str.removesuffix(".py")
    rooms = pd.DataFrame(
        {
            "mutants": pd.Series([one.room for one in chosen], dtype=object).value_counts(),
            "survive": room.value_counts(),
            "explained": room[survivors["explained"] != ""].value_counts(),
        }
    )
    rooms = rooms.rename_axis("room").fillna(0).astype(int).sort_index()
    rooms.loc["all"] = rooms.sum()
    rooms["killed"] = (1 - rooms["survive"] / rooms["mutants"]).round(3)
    columns = ["module", "line", *KEYS[1:], "explained"]
    return survivors[columns], rooms.reset_index().assign(seed=SEED, dyadsync=__version__)


def main() -> None:
    """Draw, run and tabulate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", nargs="?", default="300", help="how many mutants, or all")
    parser.add_argument("--room", help="only this room; prints, and leaves the tables as they are")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    asked = parser.parse_args()
    found = [
        one
        for module in science()
        for one in mutants(module, (ROOT / "src/dyadsync" / module).read_text(encoding="utf-8"))
        if asked.room in (None, one.room)
    ]
    chosen = found if asked.n == "all" else sample(found, int(asked.n), SEED)
    survivors, rooms = tables(chosen, study(chosen, asked.jobs))
    if asked.room is None:
        here = Path(__file__)
        survivors.to_csv(here.with_suffix(".csv"), index=False, lineterminator="\n")
        rooms.to_csv(here.with_name("mutants_rooms.csv"), index=False, lineterminator="\n")
    for _, one in survivors.iterrows():
        print(f"{one.module}:{one.line} {one.operator}: {one.explained or 'not explained'}")
        print(f"  - {one.before}\n  + {one.after}")
    print(rooms.to_string(index=False))


if __name__ == "__main__":
    main()
