"""The runs that the book ships in ``data/derived``: make them, and tell whether they still hold.

``data/derived/made_by.json`` has of each a hash of the code and the settings that its numbers hang
on, so that a run cannot go stale unseen.

    python benchmarks/derived.py            makes both anew (about half an hour on one core)
    python benchmarks/derived.py --check    says whether both are those of this code; runs nothing
    python benchmarks/derived.py --sample   runs a part of each again, the first hundred trials of
                                            every cell and 300 analyses; where every number is the
                                            same, the hash becomes that of this code

The hash leaves out comments, docstrings and imports, so that words and moved modules make no run
stale; after any other change of code `--sample` is enough as long as no number moves.
"""

import argparse
import ast
import hashlib
import io
import json
import sys
import tokenize
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dyadsync.scrutiny.simulation.grid import Grid, expand_grid
from dyadsync.scrutiny.simulation.simulated_power import PowerResult, power

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
POWER = ROOT / "data/derived/power.csv.gz"
MULTIVERSE = ROOT / "data/derived/multiverse.csv.gz"
STAMPS = ROOT / "data/derived/made_by.json"
SAMPLE = Path(__file__).with_name("derived_sample.csv")
SEED, N_DRAWS, N_SAMPLED = 2021, 1000, 100
RATES = ("power", "path_a", "path_b", "pattern", "coverage", "bias", "mean", "width", "failures")


class Published(NamedTuple):
    """A grid that the book shows, and how much of it is run."""

    grid: Grid
    methods: tuple[str, ...]
    n_trials: int


_LEAST_SQUARES = ("quasi-bayesian", "bootstrap")
GRIDS: dict[str, Published] = {
    "headline": Published(
        [{"a": -0.5, "b": 0.65}, {"a": 0.0, "b": 0.0, "c": 0.0}, {"a": -0.25, "b": 0.28}],
        (*_LEAST_SQUARES, "known"),
        20_000,
    ),
    "size": Published(
        {"n_dyads": [37, 74, 111, 148], "sessions": [4, 6, 8, 12, 16]},
        (*_LEAST_SQUARES, "known"),
        1000,
    ),
    "smaller effects": Published(
        {"a": -0.25, "b": 0.28, "n_dyads": [37, 148, 300], "sessions": [4, 16]},
        (*_LEAST_SQUARES, "known"),
        1000,
    ),
    "effect": Published(
        {"effect": [0.25, 0.5, 0.75, 1.0, 1.2, 1.4]}, ("quasi-bayesian", "known"), 1000
    ),
    "circumstances": Published(
        [{"reliability": [0.5, 0.7, 0.9]}, {"missing": [0.05, 0.1]}, {"therapists": [3, 12]}],
        ("quasi-bayesian",),
        1000,
    ),
    "designer": Published(
        {
            "n_dyads": [20, 37, 74, 148],
            "sessions": [4, 8, 16],
            "effect": [0.25, 0.5, 0.75, 1.0, 1.4],
            "reliability": [0.5, 0.7, 0.9],
        },
        ("quasi-bayesian",),
        1000,
    ),
    "methods": Published(
        [{"contamination": [0.0, 0.1]}, {"b": 0.0}],
        (*_LEAST_SQUARES, "bootstrap-bca", "robust", "huber", "latent"),
        1000,
    ),
}
"""By name; all start from the default design, 37 dyads x 4 sessions with the calibrated effects."""


def run_grids(n_trials: int | None = None, progress: bool = False) -> dict[str, PowerResult]:
    """Run every grid, or so many trials of each of its cells.

    A design that stands in several grids has one number: that of the run with the most trials.
    """
    found, most = {}, {}
    for name, one in GRIDS.items():
        if progress:
            print(f"{name} ...", flush=True)
        found[name] = power(
            one.grid,
            methods=one.methods,
            n_trials=n_trials or one.n_trials,
            n_draws=N_DRAWS,
            rng=SEED,
        )
        for key, row in zip(_keys(one), found[name].table.to_dict("records"), strict=True):
            if key not in most or row["n_trials"] > most[key]["n_trials"]:
                most[key] = row
    for name, one in found.items():
        counted = list(one.table.columns[one.table.columns.get_loc("n_trials") :])
        rows = [[most[key][column] for column in counted] for key in _keys(GRIDS[name])]
        same = pd.DataFrame(rows, columns=counted).astype(one.table[counted].dtypes)
        one.table[counted] = same
    return found


def _keys(one: Published) -> list[tuple[str, str]]:
    """Tell each row of a grid's table by its whole design and its method."""
    cells = [json.dumps(cell.as_dict(), sort_keys=True) for _, cell in expand_grid(one.grid)]
    return [(cell, method) for cell in cells for method in one.methods]


def long_table(found: dict[str, PowerResult]) -> pd.DataFrame:
    """All grids as one table; ``grid`` says which."""
    return pd.concat(
        [one.table.assign(grid=name) for name, one in found.items()], ignore_index=True
    )


def sampled(found: dict[str, PowerResult]) -> pd.DataFrame:
    """Rates of all cells, for comparison: a row a grid, cell and method."""
    return long_table(found)[["grid", "method", *RATES]]


def run_multiverse_again() -> bool:
    """Run 300 analyses of the shipped multiverse, and say whether each number is the same."""
    from dyadsync import load_study, run_multiverse, specifications
    from dyadsync.scrutiny.multiverse.file import read_multiverse

    study, whole = load_study(ROOT / "data"), read_multiverse(MULTIVERSE)
    specs = specifications(study)
    if len(specs) != len(whole.table):
        return False
    some = specs.sample(300, random_state=SEED)
    here = run_multiverse(
        study, some, n_draws=whole.n_draws, rng=whole.seed, confidence_level=whole.confidence_level
    )
    names = [
        *(f"{e}_{n}" for e in ("a", "b", "acme") for n in ("estimate", "ci_lower", "ci_upper"))
    ]
    both = here.table.merge(whole.table, on=list(some.columns), suffixes=("", "_shipped"))
    shipped = both[[f"{name}_shipped" for name in names]].to_numpy()
    # The file holds seven digits.
    same = np.isclose(both[names].to_numpy(), shipped, rtol=1e-5, atol=1e-6, equal_nan=True)
    return len(both) == len(some) and bool(same.all())


def digest(module: str, settings: Any = None) -> str:
    """Hash of a module, of whatever of the package it imports, and of settings."""
    texts = sorted(_bare(path) for path in _imported(module))
    whole = json.dumps([texts, settings], sort_keys=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()


def _imported(module: str) -> set[Path]:
    """Files of the package that a module imports, itself or by others, or names as text."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if not name.startswith("dyadsync."):
            continue
        path = SOURCE.joinpath(*name.split("."))
        path = (
            path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
        )
        if path in found or not path.is_file() or path == SOURCE / "dyadsync/__init__.py":
            continue
        found.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
            elif isinstance(node, ast.Import):
                waiting += [one.name for one in node.names]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                waiting.append(node.value.partition(":")[0])  # a method named as text
    return found


def _bare(path: Path) -> str:
    """Code without comments, docstrings, imports and blank lines."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(text)):
        words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if words or isinstance(node, ast.Import | ast.ImportFrom):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


def expected() -> dict[Path, str]:
    """Hash that each shipped file should carry."""
    from dyadsync import load_study
    from dyadsync.scrutiny.multiverse.file import data_digest

    settings = [[name, *one] for name, one in GRIDS.items()]
    data = data_digest(load_study(ROOT / "data"))
    return {
        POWER: digest("dyadsync.scrutiny.simulation.simulated_power", [settings, SEED, N_DRAWS]),
        MULTIVERSE: digest("dyadsync.scrutiny.multiverse.run", data),
    }


def stamps() -> dict[str, dict[str, str]]:
    """What each shipped file was made by, as it says itself: its own hash, and that of the code."""
    return json.loads(STAMPS.read_text(encoding="utf-8")) if STAMPS.is_file() else {}


def stamp(*paths: Path) -> None:
    """Let shipped files carry the hash of this code."""
    codes, all_stamps = expected(), stamps()
    for path in paths:
        all_stamps[path.name] = {"file": _file_hash(path), "code": codes[path]}
    STAMPS.write_text(json.dumps(all_stamps, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make() -> None:
    from dyadsync.cli import main
    from dyadsync.scrutiny.multiverse.file import write_table

    found = run_grids(progress=True)
    write_table(long_table(found), POWER)
    sampled(run_grids(N_SAMPLED)).to_csv(SAMPLE, index=False, lineterminator="\n")
    main(["multiverse", "--output", str(MULTIVERSE)], standalone_mode=False)
    stamp(POWER, MULTIVERSE)


def check() -> int:
    now = stamps()
    stale = [
        path.name
        for path, code in expected().items()
        if now.get(path.name) != {"file": _file_hash(path), "code": code}
    ]
    if stale:
        print(
            f"data/derived: {' and '.join(stale)} may be stale, since code or settings changed.\n"
            "`python benchmarks/derived.py --sample` (a few minutes) tells whether a number moves; "
            "if one does, `make derived`.",
            file=sys.stderr,
        )
    return int(bool(stale))


def sample() -> int:
    kept = pd.read_csv(SAMPLE, keep_default_na=True)
    now = sampled(run_grids(N_SAMPLED))
    same = kept[["grid", "method"]].equals(now[["grid", "method"]].astype(kept["grid"].dtype))
    rates = list(RATES)
    same = same and np.allclose(kept[rates], now[rates], rtol=1e-7, atol=1e-9, equal_nan=True)
    results = {POWER: bool(same), MULTIVERSE: run_multiverse_again()}
    for path, holds in results.items():
        print(f"{path.name}: {'every number is the same' if holds else 'numbers have moved'}")
        if holds:
            stamp(path)
    return int(not all(results.values()))


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--check", action="store_true")
    options.add_argument("--sample", action="store_true")
    chosen = options.parse_args()
    sys.exit(check() if chosen.check else sample() if chosen.sample else make())
