"""What outliers do to each method: dyad by dyad in one table, and in many simulated ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice, check_count
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.replication.replicate import replicate
from dyadsync.scrutiny.contamination.outliers import (
    Contamination,
    contaminated_dyads,
    least_squares_paths,
    move_dyads,
    without_path,
)
from dyadsync.scrutiny.simulation.displace import PATTERNS

__all__ = [
    "COMPARED",
    "contamination_study",
    "contamination_walk",
    "steps_withstood",
]

COMPARED = ("quasi-bayesian", "bootstrap", "robust", "huber", "median")
"""Methods that a study compares by default; the first two are least squares."""

WALKED = tuple(METHODS[name].label for name in COMPARED if name != "bootstrap")
"""Labels of the methods that a walk follows by default."""


def contamination_walk(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    n_moved: int,
    pattern: str = "vertical_y",
    *,
    start: str = "as found",
    shift: float = 5.0,
    limits: tuple[float, float] = (-np.inf, np.inf),
    methods: Sequence[str] = WALKED,
    n_draws: int = 1000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Move one dyad more at every step and estimate the indirect effect by each method.

    Parameters
    ----------
    data : DataFrame
    x, m, y : str
    pattern : str
    shift : float
    limits : (float, float)
        As for `move_dyads`.
    n_moved : int
        Dyads moved at the last step.
    start : {"as found", "nothing"}
        Walk from the table and move dyads against its paths, which may unmake a mediation; or from
        the table `without_path` b (a, where m is moved), and move dyads towards the paths
        that it had, which may make one.
    methods : list of str
        Labels of `replicate`.
    n_draws : int
    confidence_level : float
    rng : int, Generator or None
        As in `mediate`.

    Returns
    -------
    DataFrame
        One row a step and method: ``n_moved method estimate ci_lower ci_upper``; NaN where a
        method could not use a step's dyads.

    Raises
    ------
    InputError
        As `move_dyads`, and for an unknown start.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> walk = contamination_walk(
    ...     table, "X", "M", "Y", 2, methods=["quasi-Bayesian"], n_draws=200, rng=1
    ... )
    >>> walk["estimate"].round(2).tolist()
    [0.36, 0.26, 0.2]
    """
    check_choice("start", start, ("as found", "nothing"))
    n_moved = check_count("n_moved", n_moved, least=0)
    signs = least_squares_paths(data, x, m, y)
    if start == "nothing":
        data = without_path(data, x, m, y, "a" if pattern == "vertical_m" else "b")
    steps = []
    for step in range(n_moved + 1):
        table = move_dyads(
            data,
            x,
            m,
            y,
            step,
            pattern,
            towards=start == "nothing",
            signs=signs,
            shift=shift,
            limits=limits,
        )
        found = replicate(
            table,
            x,
            m,
            y,
            methods=methods,
            n_draws=n_draws,
            confidence_level=confidence_level,
            rng=rng,
        )
        acme = found.of("ACME").reindex(pd.Index(methods, name="method"))
        steps.append(acme.reset_index().assign(n_moved=step))
    walk = pd.concat(steps, ignore_index=True)
    return walk[["n_moved", "method", "estimate", "ci_lower", "ci_upper"]]


def steps_withstood(walk: pd.DataFrame) -> pd.DataFrame:
    """How many dyads could be moved before a method's interval told another story.

    The story is whether the interval lies above 0, below 0 or around it.

    Parameters
    ----------
    walk : DataFrame
        From `contamination_walk`.

    Returns
    -------
    DataFrame
        Indexed by method in the walk's order: ``withstood`` (the dyads moved before the story first
        changes; all of them where it never does) and ``changed``. A method without any interval
        has no row.

    Examples
    --------
    >>> walk = pd.DataFrame(
    ...     {"n_moved": [0, 1, 2], "method": "HC3", "ci_lower": [1, 1, -1], "ci_upper": 2}
    ... )
    >>> steps_withstood(walk).to_numpy().tolist()
    [[1, True]]
    """
    walk = walk.dropna(subset=["ci_lower", "ci_upper"])
    story = np.sign(walk["ci_lower"]).where(walk["ci_lower"] * walk["ci_upper"] > 0, 0)
    rows = {}
    for method, group in walk.assign(story=story).groupby("method", sort=False):
        group = group.sort_values("n_moved", kind="stable")
        other = (group["story"] != group["story"].iloc[0]).to_numpy()
        steps = group["n_moved"].to_numpy()
        rows[method] = {
            "withstood": int(steps[other.argmax() - 1] if other.any() else steps[-1]),
            "changed": bool(other.any()),
        }
    columns = ["withstood", "changed"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("method")


def contamination_study(
    n_trials: int,
    rng: int,
    *,
    sizes: Sequence[int] = (37, 100),
    patterns: Sequence[str] = PATTERNS,
    shares: Sequence[float] = (0.0, 0.05, 0.1),
    methods: Sequence[str] = COMPARED,
    n_draws: int = 1000,
    design: Contamination | None = None,
) -> pd.DataFrame:
    """Compare methods of mediation on contaminated dyads.

    Parameters
    ----------
    n_trials : int
        Tables a cell (number of dyads, pattern, share of outliers).
    rng : int
        Seed; a cell's tables do not depend on which other cells or methods are run.
    sizes : list of int
    patterns, methods : list of str
    shares : list of float
        What to vary; without outliers the pattern is ``"none"``.
    n_draws : int
        Draws behind each interval.
    design : Contamination, optional
        Planted effects and sizes of the outliers.

    Returns
    -------
    DataFrame
        One row per cell and method, columns ``n_dyads pattern share method bias bias_se width
        coverage coverage_se excludes_zero trials``: mean estimate minus truth and its Monte Carlo
        standard error, mean width of the 95 % interval of the ACME, share of intervals that hold
        the truth and its Monte Carlo standard error, and share that exclude 0 on the true
        effect's side.

    Examples
    --------
    >>> table = contamination_study(5, 1, sizes=[37], shares=[0.1], methods=["robust"], n_draws=100)
    >>> table[["pattern", "method"]].to_numpy().tolist()[0]
    ['vertical_y', 'robust']
    """
    design = design or Contamination()
    rows = [
        {"n_dyads": n_dyads, "pattern": pattern if share else "none", "share": share, **summary}
        for n_dyads, pattern, share in _cells(sizes, patterns, shares)
        for summary in _cell(n_dyads, pattern, share, methods, n_trials, n_draws, design, rng)
    ]
    return pd.DataFrame(rows)


def _cells(
    sizes: Sequence[int], patterns: Sequence[str], shares: Sequence[float]
) -> Iterator[tuple[int, str, float]]:
    """Yield each cell; without outliers the patterns are one."""
    for n_dyads in sizes:
        for share in shares:
            for pattern in patterns if share else patterns[:1]:
                yield n_dyads, pattern, share


def _cell(
    n_dyads: int,
    pattern: str,
    share: float,
    methods: Sequence[str],
    n_trials: int,
    n_draws: int,
    design: Contamination,
    seed: int,
) -> Iterator[dict[str, str | float]]:
    """Run one cell and summarise every method in it."""
    rng = np.random.default_rng([seed, n_dyads, PATTERNS.index(pattern), round(1000 * share)])
    tables, draws = rng.spawn(2)  # the tables do not depend on which methods are compared
    found = np.empty((len(methods), n_trials, 3))
    for trial in range(n_trials):
        table = contaminated_dyads(n_dyads, pattern, share, design=design, rng=tables)
        for which, method in enumerate(methods):
            result = mediate(table, "x", "m", "y", method=method, n_draws=n_draws, rng=draws)
            found[which, trial] = result.table.loc["ACME", ["estimate", "ci_lower", "ci_upper"]]
    for method, (estimate, low, high) in zip(methods, found.transpose(0, 2, 1), strict=True):
        coverage = np.mean((low <= design.acme) & (design.acme <= high))
        excludes = low > 0 if design.acme > 0 else high < 0
        yield {
            "method": method,
            "bias": estimate.mean() - design.acme,
            "bias_se": estimate.std(ddof=1) / np.sqrt(n_trials),
            "width": (high - low).mean(),
            "coverage": coverage,
            "coverage_se": np.sqrt(coverage * (1 - coverage) / n_trials),
            "excludes_zero": excludes.mean(),
            "trials": n_trials,
        }
