"""What outliers do to each method, dyad by dyad in one table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice, check_count
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.replication.replicate import replicate
from dyadsync.scrutiny.contamination.outliers import least_squares_paths, move_dyads, without_path

COMPARED = ("quasi-bayesian", "bootstrap", "robust", "huber", "median")
"""Methods that the published study compares; the first two are least squares."""

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
    n_draws, confidence_level, rng
        As in `mediate`.

    Returns
    -------
    DataFrame
        One row per step and method: ``n_moved method estimate ci_lower ci_upper``; NaN where a
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
    """How many dyads could be moved before the verdict of a method's interval changed.

    The verdict is whether the interval lies above 0, below 0 or around it.

    Parameters
    ----------
    walk : DataFrame
        From `contamination_walk`.

    Returns
    -------
    DataFrame
        Indexed by method in the walk's order: ``withstood`` (the dyads moved before the verdict
        first changes; all of them where it never does) and ``changed``. A method without any
        interval has no row.

    Examples
    --------
    >>> walk = pd.DataFrame(
    ...     {"n_moved": [0, 1, 2], "method": "HC3", "ci_lower": [1, 1, -1], "ci_upper": 2}
    ... )
    >>> steps_withstood(walk).to_numpy().tolist()
    [[1, True]]
    """
    walk = walk.dropna(subset=["ci_lower", "ci_upper"])
    verdict = np.sign(walk["ci_lower"]).where(walk["ci_lower"] * walk["ci_upper"] > 0, 0)
    rows = {}
    for method, group in walk.assign(verdict=verdict).groupby("method", sort=False):
        group = group.sort_values("n_moved", kind="stable")
        other = (group["verdict"] != group["verdict"].iloc[0]).to_numpy()
        steps = group["n_moved"].to_numpy()
        rows[method] = {
            "withstood": int(steps[other.argmax() - 1] if other.any() else steps[-1]),
            "changed": bool(other.any()),
        }
    columns = ["withstood", "changed"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("method")
