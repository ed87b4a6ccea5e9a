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
at random, so that a number (two ways) does not count double. Only mistakes are made that a person
could make (`mistakes`): `x >> y` for `x + y` is killed by any test, and would only flatter the
score. They are made in the source's text, at places that the standard library's `ast` finds.

Where it runs: in copies of the tree, one a process; the checkout is never touched. A mutant meets
the fast tests of its own module first, then those of its room and the numbers of other programs in
test_validation.py. The tests of other rooms, which take a minute a mutant, are not asked: a room
should notice its own mistakes. Each run is forked from a process that has numpy and its friends in
memory, which asks for Linux or macOS; its limit is in seconds of the processor, so that a busy
machine kills no mutant.

    python benchmarks/mutants.py [N] [--room ROOM] [--again] [--jobs JOBS]   N mutants (300), or all

writes mutants.csv (one row a survivor) and mutants_rooms.csv (mutants and survivors of each room),
which are published when they are of the code that is there; explanations of other code are dropped.
After a new test or a new explanation, `--again` tries only the survivors of the last run.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import multiprocessing
import os
import random
import re
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dyadsync import __version__

SEED = 101
ROOT = Path(__file__).parents[1]
NOT_SCIENCE = {"__init__", "__main__", "_jsonschema", "book", "cli", "figures"}
SILENT = re.compile(r"\b(_BLOCK\w*|__all__|TypeAlias)\b")  # statements that say no number
PRESENTATION = {"__repr__", "__str__", "_repr_html_", "in_words"}
KEYS = ["module", "function", "operator", "before", "after"]
VALIDATION = "tests/test_validation.py"
LIMIT = 300  # seconds of the processor; the slowest room's tests take 110
MEMORY = 8 * 2**30  # a mutant may ask for an array of any size
IN_MEMORY = ["pingouin", "scipy.integrate", "scipy.interpolate", "statsmodels.api"]
SIGNS: dict[type[ast.AST], list[tuple[str, str]]] = {
    ast.Add: [("+", "-")],
    ast.Sub: [("-", "+")],
    ast.Mult: [("*", "/")],
    ast.Div: [("/", "*"), ("/", "//")],
    ast.FloorDiv: [("//", "/")],
    ast.Pow: [("**", "*")],
    ast.BitAnd: [("&", "|")],
    ast.BitOr: [("|", "&")],
    ast.And: [("and", "or")],
    ast.Or: [("or", "and")],
    ast.Lt: [("<", "<="), ("<", ">")],
    ast.LtE: [("<=", "<"), ("<=", ">=")],
    ast.Gt: [(">", ">="), (">", "<")],
    ast.GtE: [(">=", ">"), (">=", "<=")],
    ast.Eq: [("==", "!=")],
    ast.NotEq: [("!=", "==")],
    ast.Is: [("is", "is not")],
    ast.IsNot: [("is not", "is")],
    ast.In: [("in", "not in")],
    ast.NotIn: [("not in", "in")],
}
COMMUTATIVE = {"max", "min", "np.hypot", "np.logical_and", "np.maximum", "np.minimum"}
SUMS, PRODUCTS = (ast.Add, ast.Sub), (ast.Mult, ast.Div)
Place = tuple[int, int]
"""A stretch of a module's source: first byte, and the one after the last."""


@dataclass(frozen=True)
class Mutant:
    """One small mistake: other text in a place of a module."""

    module: str
    """Path below src/dyadsync, such as mediation/effects.py."""
    function: str
    operator: str
    line: int
    place: Place
    text: str
    before: str
    after: str
    """The lines that change."""

    @property
    def room(self) -> str:
        """Folder, or name of a module that stands alone."""
        return self.module.split("/")[0].removesuffix(".py")

    @property
    def path(self) -> Path:
        """File below the root of the tree."""
        return Path("src/dyadsync", self.module)

    def of(self, code: str) -> str:
        """Source with the mistake in it."""
        start, end = self.place
        return (code.encode()[:start] + self.text.encode() + code.encode()[end:]).decode()


def science() -> list[str]:
    """Modules that are mutated, as paths below src/dyadsync."""
    source = ROOT / "src/dyadsync"
    modules = sorted(path.relative_to(source) for path in source.rglob("*.py"))
    return [
        one.as_posix()
        for one in modules
        if one.stem != "__init__" and one.parts[0].removesuffix(".py") not in NOT_SCIENCE
    ]


class Source:
    """A module's text, by the nodes of its syntax tree."""

    def __init__(self, code: str) -> None:
        self.code = code.encode()
        self.lines = [0]
        for line in self.code.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))

    def place(self, node: Any) -> Place:
        """Where a node stands, without brackets around it."""
        return (
            self.lines[node.lineno - 1] + node.col_offset,
            self.lines[node.end_lineno - 1] + node.end_col_offset,
        )

    def text(self, place: Place) -> str:
        """What stands there."""
        return self.code[slice(*place)].decode()

    def sign(self, sign: str, left: Any, right: Any) -> Place:
        """Where an operator stands between its operands, of which either may have brackets."""
        start, end = self.place(left)[1], self.place(right)[0]
        between = re.sub(r"#.*", lambda comment: " " * len(comment[0]), self.text((start, end)))
        at = start + between.index(sign)
        return at, at + len(sign)

    def rows(self, start: int, end: int) -> Place:
        """The whole lines of a place."""
        after = self.code.find(b"\n", end)
        return self.code.rfind(b"\n", 0, start) + 1, len(self.code) if after < 0 else after


def mutants(module: str, code: str) -> list[Mutant]:
    """Every mutant of a module that says something about a number."""
    source = Source(code)
    found = []
    for node, function in telling_nodes(ast.parse(code), source):
        for operator, place, text in mistakes(node, source):
            first, last = source.rows(*place)
            before = source.text((first, last))
            after = source.text((first, place[0])) + text + source.text((place[1], last))
            line = source.code.count(b"\n", 0, place[0]) + 1
            lines = (" ".join(one.split()) for one in (before, after))
            found.append(Mutant(module, function, operator, line, place, text, *lines))
    return found


def telling_nodes(
    node: ast.AST, source: Source, function: str = ""
) -> Iterator[tuple[ast.AST, str]]:
    """A node and those in it, each with the names of the classes and functions around it.

    Left out are annotations, messages, decorators, printing and tuning.
    """
    children: list[Any] = list(ast.iter_child_nodes(node))
    match node:
        case ast.FunctionDef(name=name, args=arguments, body=body):
            if name in PRESENTATION:
                return
            function = f"{function}.{name}".lstrip(".")
            children = [*arguments.defaults, *filter(None, arguments.kw_defaults), *body]
        case ast.ClassDef(name=name, body=body):
            function, children = f"{function}.{name}".lstrip("."), body
        case ast.Raise() | ast.JoinedStr() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return
        case ast.Call(func=ast.Attribute(value=ast.Name(id="warnings"))):
            return
        case ast.Assign() | ast.AnnAssign() if SILENT.search(source.text(source.place(node))):
            return
        case ast.AnnAssign(value=value):
            children = [value] if value else []
    yield node, function
    for child in children:
        yield from telling_nodes(child, source, function)


def mistakes(node: Any, source: Source) -> Iterator[tuple[str, Place, str]]:
    """Mistakes that can be made in a node: what each is called, its place and its text."""

    def text(one: ast.AST) -> str:
        return source.text(source.place(one))

    def other_sign(op: ast.AST, left: ast.AST, right: ast.AST) -> Iterator[tuple[str, Place, str]]:
        for sign, other in SIGNS.get(type(op), []):
            yield f"{sign} to {other}", source.sign(sign, left, right), other

    def left_out(op: ast.AST, parts: list[Any]) -> Iterator[tuple[str, Place, str]]:
        sign = SIGNS[type(op)][0][0]
        signs = [source.sign(sign, *pair) for pair in pairwise(parts)]
        start, end = source.place(node)
        for i in range(len(parts)):
            if i > 0:
                yield "term left out", (signs[i - 1][0], signs[i][0] if i < len(signs) else end), ""
            elif not _chain(parts[0], op) or source.place(parts[0])[0] != start:
                yield "term left out", (start, signs[0][1]), ""

    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield from other_sign(op, left, right)
            if isinstance(op, (*SUMS, *PRODUCTS, ast.BitAnd, ast.BitOr)):
                yield from left_out(op, [left, right])
            if isinstance(op, ast.Div) and not isinstance(right, ast.Constant):
                yield "divisor less one", source.place(right), f"({text(right)} - 1)"
        case ast.AugAssign(target=left, op=op, value=right):
            yield from other_sign(op, left, right)
        case ast.BoolOp(op=op, values=parts):
            for pair in pairwise(parts):
                yield from other_sign(op, *pair)
            yield from left_out(op, parts)
        case ast.Compare(left=left, ops=ops, comparators=right):
            for op, pair in zip(ops, pairwise([left, *right]), strict=True):
                yield from other_sign(op, *pair)
        case ast.UnaryOp():
            start, sign = source.place(node)[0], text(node).split("(")[0]
            length = 3 if sign.startswith("not") else 1
            yield "sign left out", (start, start + length), ""
        case ast.Constant(value=bool(value)):
            yield f"{value} to {not value}", source.place(node), str(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield "number plus one", source.place(node), repr(value + 1)
            yield "number less one", source.place(node), repr(value - 1)
        case ast.For(iter=values):
            yield "empty loop", source.place(values), "[]"
        case ast.Break():
            yield "break to continue", source.place(node), "continue"
        case ast.Continue():
            yield "continue to break", source.place(node), "break"
        case ast.Call(func=called, args=arguments) if text(called) not in COMMUTATIVE:
            for left, right in pairwise(arguments):
                starred = isinstance(left, ast.Starred) or isinstance(right, ast.Starred)
                if not starred and text(left) != text(right):
                    (start, left_end), (right_start, end) = map(source.place, (left, right))
                    between = source.text((left_end, right_start))
                    yield "arguments swapped", (start, end), text(right) + between + text(left)
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield "condition negated", source.place(test), f"not ({text(test)})"


def _chain(left: ast.AST, op: ast.AST) -> bool:
    """Whether a first operand is itself a sum in a sum, or a product in a product."""
    both = (left.op if isinstance(left, ast.BinOp) else None, op)
    return any(all(isinstance(one, kind) for one in both) for kind in (SUMS, PRODUCTS, type(op)))


def sample(found: list[Mutant], n: int, seed: int) -> list[Mutant]:
    """A mutant of each of n places at random, the rooms in proportion to their places."""
    rng = random.Random(seed)
    rooms: dict[str, dict[Any, list[Mutant]]] = {}
    for one in found:
        rooms.setdefault(one.room, {}).setdefault((one.module, one.place), []).append(one)
    total = sum(map(len, rooms.values()))
    chosen = []
    for _, places in sorted(rooms.items()):
        share = min(len(places), max(1, round(n * len(places) / total)))
        for place in rng.sample(sorted(places), share):
            chosen.append(rng.choice(places[place]))
    return chosen


def tests_of(module: str, tree: Path) -> list[list[str]]:
    """What a mutant meets, in two stages: its module's tests; its room's and the validation.

    src/dyadsync/room/module.py belongs to tests/room/test_module.py, in tests/room/; a module that
    stands alone to tests/test_module.py.
    """
    folder, _, name = module.rpartition("/")
    own = [f"src/dyadsync/{module}", f"tests/{folder}/test_{name}".replace("//", "/")]
    room = folder.split("/")[0]
    whole = [f"tests/{room}", f"src/dyadsync/{room}"] if room else []
    stages = [own, [*whole, VALIDATION]]
    return [[one for one in stage if (tree / one).exists()] for stage in stages]


def _enter_copy(tree: str) -> None:
    """Give a process a tree of its own, one thread and an end to its memory."""
    copy = Path(tempfile.mkdtemp(dir=tree))
    unneeded = shutil.ignore_patterns("__pycache__", "_build", "_class", ".*")
    shutil.copytree(ROOT, copy, ignore=unneeded, dirs_exist_ok=True)
    os.chdir(copy)
    sys.path[:0] = [str(copy / "src"), str(copy)]
    for module in [one for one in sys.modules if one.split(".")[0] == "dyadsync"]:
        del sys.modules[module]
    os.environ |= {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    os.environ["CI"] = "true"  # Hypothesis then draws the same examples, without a deadline
    sys.dont_write_bytecode = True
    for module in IN_MEMORY:
        importlib.import_module(module)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _run_pytest(tests: list[str]) -> None:
    """Run tests as a process of their own, without a word."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    options = ["-q", "-x", "-p", "no:cacheprovider"]
    os._exit(pytest.main([*options, *tests]))


def _passes(tests: list[str]) -> bool:
    """Whether tests pass, in time."""
    run = multiprocessing.get_context("fork").Process(target=_run_pytest, args=(tests,))
    run.start()
    run.join(20 * LIMIT)  # a mutant that sleeps
    run.kill()
    run.join()
    return run.exitcode in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}


def _survives(one: Mutant, stages: list[list[str]]) -> bool:
    """Whether a mutant passes all tests."""
    original = one.path.read_text(encoding="utf-8")
    try:
        one.path.write_text(one.of(original), encoding="utf-8")
        return all(map(_passes, stages))
    finally:
        one.path.write_text(original, encoding="utf-8")


def study(chosen: list[Mutant], jobs: int) -> list[Mutant]:
    """Run the tests on every mutant, and give back those that survive."""
    stages = {module: tests_of(module, ROOT) for module in {one.module for one in chosen}}
    alive = []
    with (
        tempfile.TemporaryDirectory(prefix="mutants") as tree,
        ProcessPoolExecutor(jobs, initializer=_enter_copy, initargs=(tree,)) as pool,
    ):
        suites = sorted({tuple(last) for _, last in stages.values()})
        for tests, passed in zip(suites, pool.map(_passes, suites), strict=True):
            if not passed:
                raise SystemExit(f"These tests fail without any mutant: {' '.join(tests)}")
        runs = [(one, pool.submit(_survives, one, stages[one.module])) for one in chosen]
        for done, (one, run) in enumerate(runs, start=1):
            if run.result():
                alive.append(one)
                print(f"{one.module}:{one.line} {one.operator}")
                print(f"  - {one.before}\n  + {one.after}", flush=True)
            if done % 10 == 0:
                print(f"{done} of {len(chosen)} mutants, {len(alive)} survive", flush=True)
    return alive


def tables(chosen: list[Mutant], alive: list[Mutant]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Survivors with their explanations, and counts by room."""
    columns = ["module", "line", *KEYS[1:]]
    survivors = pd.DataFrame(
        [[getattr(one, name) for name in columns] for one in alive], columns=columns
    )
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
    return survivors, rooms.reset_index().assign(seed=SEED, dyadsync=__version__)


def survivors_of_last_run(chosen: list[Mutant], folder: Path) -> list[Mutant]:
    """Those of a sample that survived when it was last studied."""
    if not (folder / "mutants.csv").is_file():
        raise SystemExit("There is no last run; leave out --again.")
    last = pd.read_csv(folder / "mutants.csv", dtype=str, keep_default_na=False)
    counts = pd.read_csv(folder / "mutants_rooms.csv").set_index("room")["mutants"]
    keys = set(last[KEYS].itertuples(index=False, name=None))
    alive = [one for one in chosen if tuple(getattr(one, key) for key in KEYS) in keys]
    if counts["all"] != len(chosen) or len(alive) < len(last):
        raise SystemExit("The last run was another sample, or the science has changed since.")
    return alive


def main() -> None:
    """Draw, run and tabulate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", nargs="?", default="300", help="how many mutants, or all")
    parser.add_argument("--room", help="only this room; prints, and leaves the tables as they are")
    parser.add_argument("--again", action="store_true", help="only the survivors of the last run")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    asked = parser.parse_args()
    here = Path(__file__).parent
    found = [
        one
        for module in science()
        for one in mutants(module, (ROOT / "src/dyadsync" / module).read_text(encoding="utf-8"))
        if asked.room in (None, one.room)
    ]
    chosen = found if asked.n == "all" else sample(found, int(asked.n), SEED)
    tried = survivors_of_last_run(chosen, here) if asked.again else chosen
    survivors, rooms = tables(chosen, study(tried, asked.jobs))
    if asked.room is None:
        survivors.to_csv(here / "mutants.csv", index=False, lineterminator="\n")
        rooms.to_csv(here / "mutants_rooms.csv", index=False, lineterminator="\n")
    for _, one in survivors.iterrows():
        print(f"{one.module}:{one.line} {one.operator}: {one.explained or 'not explained'}")
    print(rooms.to_string(index=False))


if __name__ == "__main__":
    main()
