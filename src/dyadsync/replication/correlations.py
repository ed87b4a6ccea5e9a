"""The paths a and b as correlations, each judged by its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dyadsync.claims.verdict import judge
from dyadsync.extras import import_extra
from dyadsync.mediation.sample import prepare
from dyadsync.regression.correlation import COEFFICIENTS, correlation

__all__ = ["partial_residuals", "path_correlations"]

PINGOUIN = {"pearson": "pearson", "spearman": "spearman", "percentage_bend": "percbend"}
"""What pingouin calls those coefficients that it computes as we do."""


def partial_residuals(data: pd.DataFrame, x: str, columns: Sequence[str]) -> pd.DataFrame:
    """Free columns of what they share with x: the residuals of their regressions on it.

    By least squares with an intercept, so the slope between two freed columns is the one that a
    regression on both, x and the other column, gives.

    Parameters
    ----------
    data : DataFrame
        One row a dyad; rows in which any of the columns is missing are left out.
    x : str
        Column of the variable that is taken out.
    columns : list of str
        The columns to free.

    Returns
    -------
    DataFrame
        The columns, in their units, with the rows' names.

    References
    ----------
    Frisch & Waugh (1933), doi:10.2307/1907330.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> freed = partial_residuals(table, "X", ["M", "Y"])
    >>> freed.corr().loc["M", "Y"].round(4).item()
    0.5401
    >>> pingouin.partial_corr(table, "M", "Y", "X")["r"].round(4).item()
    0.5401
    """
    used = data[[x, *columns]].dropna().astype(float)
    design = np.column_stack([np.ones(len(used)), used[x]])
    values = used[list(columns)].to_numpy()
    freed = values - design @ np.linalg.lstsq(design, values)[0]
    return pd.DataFrame(freed, index=used.index, columns=list(columns))


def path_correlations(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    *,
    n_resamples: int = 5000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Correlate along the paths a and b by every coefficient, and judge each by its interval.

    Path a is the correlation of x and m, path b that of m and y once both are freed of x
    (`partial_residuals`).

    Parameters
    ----------
    data : DataFrame
        One row a dyad; rows with a missing value are left out.
    x, m, y : str
        Columns of the cause, the mediator and the outcome.
    n_resamples : int
    confidence_level : float
    rng : int, Generator or None
        As in `correlation`.

    Returns
    -------
    DataFrame
        Indexed by path (``a``, ``b``) and method: ``r pingouin ci_lower ci_upper n verdict``.
        ``pingouin`` is r by that program, NaN where it has no such coefficient; ``n`` counts the
        dyads that entered; ``verdict`` judges the claim that the path carries.

    Raises
    ------
    InputError
        As `mediate` for data that cannot be used, and as `correlation`.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> found = path_correlations(table, "X", "M", "Y", n_resamples=200, rng=1)
    >>> found.loc[("b", "pearson"), ["r", "pingouin"]].astype(float).round(4).tolist()
    [0.5401, 0.5401]
    >>> found.loc["a", "verdict"].unique().tolist()
    ['contradicted']
    """
    pingouin = import_extra("pingouin", "Its own coefficients beside ours")
    kept = prepare(data, x, [m], y)[1]
    freed = partial_residuals(kept, x, [m, y])
    tables = {}
    for path, (one, other) in {"a": (kept[x], kept[m]), "b": (freed[m], freed[y])}.items():
        found = correlation(
            one,
            other,
            list(COEFFICIENTS),
            n_resamples=n_resamples,
            confidence_level=confidence_level,
            rng=rng,
        )
        theirs = [
            pingouin.corr(one, other, method=PINGOUIN[name])["r"].iloc[0]
            if name in PINGOUIN
            else np.nan
            for name in found.index
        ]
        verdicts = [
            judge(path, name, *found.loc[name, ["r", "ci_lower", "ci_upper"]]).verdict
            for name in found.index
        ]
        tables[path] = found.assign(pingouin=theirs, verdict=verdicts)
    table = pd.concat(tables, names=["path"]).rename(lambda name: name.replace("_", " "))
    return table[["r", "pingouin", "ci_lower", "ci_upper", "n", "verdict"]]
