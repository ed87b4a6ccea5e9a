"""The reverse question: how large a study, or an effect, must be to be found."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import check_choice, check_level
from dyadsync.errors import InputError

_SIZES = ("n_dyads", "sessions", "therapists")


def required(
    table: pd.DataFrame,
    name: str,
    settings: Sequence[str],
    *,
    level: float = 0.8,
    rate: str = "power",
) -> pd.DataFrame:
    """Value of a setting at which a rate is reached, by every method and in every other setting.

    Between two values of the grid the normal quantile of the rate is taken as a straight line, in
    the square root of a number of dyads, sessions or therapists, as it is for a normal test; rates
    that fall from one value to the next by chance are first averaged (isotonic regression). Nothing
    is read beyond the grid.

    Parameters
    ----------
    table : DataFrame
        ``PowerResult.table``.
    name : str
        The setting to solve for, which varies in the table.
    settings : sequence of str
        Columns that identify rows.
    level : float
        The rate to reach.
    rate : str
        Its column, such as ``"power"`` or ``"pattern"``.

    Returns
    -------
    DataFrame
        One row for each of the other settings: these, ``needed``, ``ci_lower`` and ``ci_upper``
        (what the same rates give plus and minus 1.96 Monte Carlo standard errors) and ``reached``:
        ``"in the grid"``, ``"below the grid"`` or ``"not in the grid"``, where the value is NaN.

    Raises
    ------
    InputError
        If the setting does not vary in the table, or the level or the rate is unknown.
    """
    level = check_level(level, "power")
    rates = [column for column in table.columns if f"{column}_se" in table.columns]
    check_choice("rate", rate, rates)
    if name not in table.columns or table[name].nunique() < 2:
        raise InputError(
            f"The grid has fewer than two values of {name!r}; to solve for it, let it vary."
        )
    if not pd.api.types.is_numeric_dtype(table[name]):
        raise InputError(f"{name!r} is not a number; solve for a setting that is one.")
    same = {name, "patients_per_therapist"} if name == "n_dyads" else {name}
    others = [one for one in settings if one not in same and one in table.columns]
    rows = []
    for key, group in table.groupby(others, sort=False, dropna=False):
        group = group.sort_values(name, kind="stable")
        if group[name].duplicated().any():
            raise InputError(f"The grid has the same {name} twice with equal other settings.")
        at = group[name].to_numpy(float)
        # A cell in which every trial failed has no rate, and does not reach the level.
        share, error = group[[rate, f"{rate}_se"]].fillna(0.0).to_numpy(float).T * [[1.0], [1.96]]
        scale = np.sqrt(at) if name in _SIZES else at
        value, low, high = (
            _crossing(scale, np.clip(one, 0, 1), level)
            for one in (share, share + error, share - error)
        )
        back = np.square if name in _SIZES else np.asarray
        rows.append(
            {
                **dict(zip(others, key, strict=True)),
                "needed": float(back(value)),
                "ci_lower": float(back(low)),
                "ci_upper": float(back(high)),
                "reached": _reached(value, share, level),
            }
        )
    return pd.DataFrame(rows)


def required_in_words(
    row: Mapping[Hashable, Any] | pd.Series, grid: pd.Series, what: str, decimals: int = 0
) -> str:
    """Say what is required, or that the grid does not reach it.

    Parameters
    ----------
    row : mapping or Series
        A row of `required`.
    grid : Series
        The values of the setting that were run.
    what : str
        What is counted.
    decimals : int
        Of the number that is needed.

    Examples
    --------
    >>> required_in_words({"needed": 61.2, "reached": "in the grid"}, pd.Series([37, 148]), "dyads")
    '61 dyads'
    >>> required_in_words({"reached": "not in the grid"}, pd.Series([37, 148]), "dyads")
    'more than 148 dyads'
    """
    if row["reached"] == "in the grid":
        return f"{row['needed']:.{decimals}f} {what}"
    if row["reached"] == "below the grid":
        return f"less than {grid.min():g} {what}"
    return f"more than {grid.max():g} {what}"


def _reached(value: float, share: Array, level: float) -> str:
    if np.isfinite(value):
        return "in the grid"
    return "below the grid" if share[0] >= level else "not in the grid"


def _crossing(at: Array, share: Array, level: float) -> float:
    """Value at which rising shares reach the level, NaN if they do so nowhere between the ends."""
    from scipy.optimize import isotonic_regression
    from scipy.special import ndtri

    rising = isotonic_regression(share).x
    quantiles = ndtri(np.clip(rising, 1e-4, 1 - 1e-4))
    goal = float(ndtri(level))
    above = np.flatnonzero(quantiles >= goal)
    if not len(above) or (above[0] == 0 and quantiles[0] > goal):
        return float("nan")
    right = int(above[0])
    if right == 0:
        return float(at[0])
    left = right - 1
    part = (goal - quantiles[left]) / (quantiles[right] - quantiles[left])
    return float(at[left] + part * (at[right] - at[left]))
