"""Tables in which some dyads are outliers, made of a table by moving dyads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice, check_count
from dyadsync.mediation.models import least_squares_estimate
from dyadsync.mediation.sample import prepare
from dyadsync.scrutiny.simulation.displace import PATTERNS, displace


@dataclass(frozen=True)
class Contamination:
    """What ``benchmarks/contamination.py`` plants, in standard deviations of the errors."""

    a: float = 0.5
    b: float = 0.5
    c_prime: float = 0.0
    shift: float = 8.0
    cluster: tuple[float, float, float] = (3.0, -1.0, -2.0)
    """Place of the clustered dyads in x, m and y."""
    cluster_sd: float = 0.1

    @property
    def acme(self) -> float:
        """True indirect effect of one unit of x."""
        return self.a * self.b


def move_dyads(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    n_moved: int,
    pattern: str = "vertical_y",
    *,
    towards: bool = False,
    signs: tuple[float, float] | None = None,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> pd.DataFrame:
    """Turn some dyads into outliers that work against, or towards, the paths a and b.

    The patterns are those of `displace`.
    The same dyads come first whatever `n_moved`, so that each step moves one more.

    Parameters
    ----------
    data : DataFrame
        One row per dyad; rows with a missing value stay as they are.
    x, m, y : str
        Columns.
    n_moved : int
        Number of dyads to move, at most those that are complete.
    pattern : str
        A name in `PATTERNS`.
    towards : bool
        Whether they are moved so as to strengthen the paths.
    signs : (float, float), optional
        Signs of the paths a and b; those of the table's least-squares estimates by default.
    limits : (float, float)
        Smallest and largest value that m can take (-1 and 1 for a correlation).

    Returns
    -------
    DataFrame
        A copy with a column ``moved``.

    Raises
    ------
    InputError
        For an unknown pattern, a number of dyads that there are not, or data that `mediate` cannot
        use.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> moved = move_dyads(table, "X", "M", "Y", 2)
    >>> [int(moved["moved"].sum()), bool((moved["M"] == table["M"]).all())]
    [2, True]
    """
    check_choice("pattern", pattern, PATTERNS)
    sample, _, _ = prepare(data, x, [m], y)
    n_moved = check_count("n_moved", n_moved, least=0, most=sample.n_obs)
    sign_a, sign_b = np.sign(least_squares_paths(data, x, m, y) if signs is None else signs)
    values, which = displace(
        np.column_stack([sample.x, sample.m[:, 0], sample.y]),
        n_moved,
        pattern,
        signs=(sign_a, sign_b),
        towards=towards,
        limits=limits,
    )
    moved = np.zeros(sample.n_obs, dtype=bool)
    moved[which] = True
    result = data.assign(moved=False)
    result[[x, m, y]] = result[[x, m, y]].astype(float)
    rows = data[[x, m, y]].notna().all(axis=1).to_numpy()
    result.loc[rows, [x, m, y]] = values
    result.loc[rows, "moved"] = moved
    return result


def without_path(data: pd.DataFrame, x: str, m: str, y: str, path: str = "b") -> pd.DataFrame:
    """Take one path out of a table, so that by least squares nothing is mediated any more.

    Path b is taken out of the outcomes, ``y - b (m - mean m)``, path a out of the mediator. Rows
    with a missing value stay as they are.

    Examples
    --------
    >>> import pingouin
    >>> table = without_path(pingouin.read_dataset("mediation"), "X", "M", "Y")
    >>> [round(abs(path), 6) for path in least_squares_paths(table, "X", "M", "Y")]
    [0.561015, 0.0]
    """
    check_choice("path", path, ("a", "b"))
    a, b = least_squares_paths(data, x, m, y)
    predictor, response, slope = (m, y, b) if path == "b" else (x, m, a)
    rows = data[[x, m, y]].notna().all(axis=1)
    centred = data[predictor] - data.loc[rows, predictor].mean()
    return data.assign(**{response: data[response].where(~rows, data[response] - slope * centred)})


def least_squares_paths(data: pd.DataFrame, x: str, m: str, y: str) -> tuple[float, float]:
    """Paths a and b of a table by least squares, from its complete rows."""
    estimate = least_squares_estimate(prepare(data, x, [m], y)[0])
    return float(estimate.a[0]), float(estimate.b[0])
