"""The grids that the book publishes: their full run is shipped, a reduced one checks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice
from dyadsync.scrutiny.simulation.grid import Grid
from dyadsync.scrutiny.simulation.power import PowerResult, power

__all__ = [
    "GRIDS",
    "PublishedGrid",
    "differences",
    "read_published",
    "run_published",
    "write_published",
]

_COMPARED = ("power", "path_a", "path_b", "pattern", "coverage", "bias", "mean", "width")
_N_DRAWS = 1000


@dataclass(frozen=True)
class PublishedGrid:
    """A grid that the book shows, and how much of it is run."""

    grid: Grid
    methods: tuple[str, ...]
    n_trials: int
    """Trials of the full run."""


_LEAST_SQUARES = ("quasi-bayesian", "bootstrap")

GRIDS: dict[str, PublishedGrid] = {
    "size": PublishedGrid(
        {"n_dyads": [37, 74, 111, 148], "sessions": [4, 6, 8, 12, 16]},
        (*_LEAST_SQUARES, "known"),
        1000,
    ),
    "smaller effects": PublishedGrid(
        {"a": -0.25, "b": 0.28, "n_dyads": [37, 148, 300], "sessions": [4, 16]},
        (*_LEAST_SQUARES, "known"),
        1000,
    ),
    "no effects": PublishedGrid(
        {"a": 0.0, "b": 0.0, "c": 0.0, "n_dyads": [37, 148]}, (*_LEAST_SQUARES, "known"), 1000
    ),
    "effect": PublishedGrid(
        {"effect": [0.25, 0.5, 0.75, 1.0, 1.2, 1.4]}, ("quasi-bayesian", "known"), 1000
    ),
    "circumstances": PublishedGrid(
        [
            {"reliability": [0.5, 0.7, 0.9]},
            {"missing": [0.05, 0.1]},
            {"therapists": [3, 12]},
        ],
        ("quasi-bayesian",),
        1000,
    ),
    "designer": PublishedGrid(
        {
            "n_dyads": [20, 37, 74, 148],
            "sessions": [4, 8, 16],
            "effect": [0.25, 0.5, 0.75, 1.0, 1.4],
            "reliability": [0.5, 0.7, 0.9],
        },
        ("quasi-bayesian",),
        1000,
    ),
    "methods": PublishedGrid(
        [{"contamination": [0.0, 0.1]}, {"b": 0.0}],
        (*_LEAST_SQUARES, "bootstrap-bca", "robust", "huber", "latent"),
        400,
    ),
}
"""By name; all start from the default design, 37 dyads x 4 sessions with the calibrated effects."""


def run_published(
    names: Sequence[str] | None = None,
    *,
    share: float = 1.0,
    methods: Sequence[str] | None = None,
    rng: int = 2021,
    **options: Any,
) -> dict[str, PowerResult]:
    """Run published grids, or a share of their trials.

    Parameters
    ----------
    names : sequence of str, optional
        Keys of `GRIDS`, all by default.
    share : float
        Share of the trials of the full run, at least 50 of them.
    methods : sequence of str, optional
        Only these methods.
    rng : int
        Seed.
    **options
        ``scheduler folder n_jobs progress`` of `power`.

    Returns
    -------
    dict of PowerResult
    """
    found = {}
    for name in GRIDS if names is None else names:
        one = GRIDS[check_choice("grid", name, GRIDS)]
        found[name] = power(
            one.grid,
            methods=[m for m in one.methods if methods is None or m in methods],
            n_trials=max(round(share * one.n_trials), 50),
            n_draws=_N_DRAWS,
            rng=rng,
            **options,
        )
    return found


def write_published(found: dict[str, PowerResult], path: Path, seed: int) -> None:
    """Write the tables as one Parquet file, with their provenance in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from dyadsync import __version__

    table = pa.Table.from_pandas(
        pd.concat([one.table.assign(grid=name) for name, one in found.items()], ignore_index=True),
        preserve_index=False,
    )
    provenance = {
        "made by": "make derived",
        "dyadsync": __version__,
        "seed": seed,
        "n_draws": _N_DRAWS,
        "settings": {name: list(one.settings) for name, one in found.items()},
    }
    kept = {**(table.schema.metadata or {}), b"dyadsync": json.dumps(provenance).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(kept), path, compression="zstd")


def read_published(path: Path) -> tuple[dict[str, PowerResult], dict[str, Any]]:
    """Read what `write_published` wrote: results by grid, and their provenance."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    provenance: dict[str, Any] = json.loads(table.schema.metadata[b"dyadsync"])
    rows = table.to_pandas()
    found = {}
    for name, settings in provenance["settings"].items():
        one = rows[rows["grid"] == name].drop(columns="grid").reset_index(drop=True)
        columns = [column for column in one if column in settings or one[column].notna().any()]
        found[name] = PowerResult(one[columns], tuple(settings))
    return found, provenance


def differences(full: PowerResult, reduced: PowerResult) -> pd.DataFrame:
    """Differences of a reduced run from the full one, in Monte Carlo standard errors.

    Parameters
    ----------
    full, reduced : PowerResult
        Of the same cells; `reduced` may have fewer methods.

    Returns
    -------
    DataFrame
        One row a cell and method, a column a measure: the difference over its standard error. That
        of a share is taken from both runs together, so that none is 0.

    Examples
    --------
    >>> one, other = (power({"b": [0, 0.65]}, n_trials=50, rng=seed, n_jobs=1) for seed in (1, 2))
    >>> bool((differences(one, other).abs() < 5).all(axis=None))
    True
    """
    keys = list(dict.fromkeys([*full.settings, "n_dyads", "sessions", "method"]))
    both = full.table.merge(reduced.table, on=keys, suffixes=("", "_reduced"), validate="1:1")
    n, few = both["n_trials"], both["n_trials_reduced"]
    off = {}
    for name in _COMPARED:
        first, second = both[name], both[f"{name}_reduced"]
        if name in ("bias", "mean", "width"):
            variance = both[f"{name}_se"] ** 2 + both[f"{name}_se_reduced"] ** 2
        else:
            pooled = (n * first + few * second + 1) / (n + few + 2)
            variance = pooled * (1 - pooled) * (1 / n + 1 / few)
        off[name] = (second - first) / np.sqrt(variance)
    return both[keys].join(pd.DataFrame(off)).set_index(keys)


def main(progress: Callable[[int, int], Any] | None = None) -> None:
    """Make ``data/derived/power.parquet`` anew; a few minutes on one core."""
    seed = 2021
    found = run_published(rng=seed, progress=progress)
    write_published(found, Path("data/derived/power.parquet"), seed)


if __name__ == "__main__":
    main()
