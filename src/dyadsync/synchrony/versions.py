"""Synchrony in several versions (change scores, measures, rules), and how closely they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from dyadsync.errors import InputError


@dataclass(frozen=True)
class VersionAgreement:
    """How closely versions of synchrony agree over dyads.

    Attributes
    ----------
    table : DataFrame
        Pearson's correlation of each two versions over the dyads that have both.
    lowest : float
        Lowest of them; NaN where none can be computed.
    least_alike : tuple of str
        The two versions that it belongs to.
    """

    table: pd.DataFrame
    lowest: float
    least_alike: tuple[str, str]

    def in_words(self) -> str:
        """Name the two versions that agree least."""
        return " and ".join(name.replace("_", " ") for name in self.least_alike)


def side_by_side(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the synchrony of several tables side by side.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables of `dyad_synchrony` by name.

    Returns
    -------
    DataFrame
        One row a dyad, one column a table; NaN where a dyad has no synchrony.

    Examples
    --------
    >>> one = pd.DataFrame({"dyad_id": ["D1", "D2"], "synchrony": [0.2, 0.4]})
    >>> two = pd.DataFrame({"dyad_id": ["D2", "D1"], "synchrony": [0.5, 0.3]})
    >>> side_by_side({"pearson": one, "spearman": two}).loc["D1"].tolist()
    [0.2, 0.3]
    """
    return pd.DataFrame(
        {name: table.set_index("dyad_id")["synchrony"] for name, table in tables.items()}
    )


def version_agreement(values: pd.DataFrame) -> VersionAgreement:
    """Correlate versions of synchrony over dyads and find the two that agree least.

    Parameters
    ----------
    values : DataFrame
        A column a version, a row a dyad, as `side_by_side` gives it; at least two versions.

    Returns
    -------
    VersionAgreement

    Raises
    ------
    InputError
        For fewer than two versions.

    Examples
    --------
    >>> values = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3, 5], "c": [2.0, 1, 4, 3]})
    >>> found = version_agreement(values)
    >>> found.in_words(), round(found.lowest, 3)
    ('b and c', 0.529)
    """
    if values.shape[1] < 2:
        raise InputError(f"version_agreement compares at least 2 versions; got {values.shape[1]}.")
    table = values.corr()
    pairs = {pair: float(table.loc[pair]) for pair in combinations(table, 2)}
    least = min(pairs, key=lambda pair: np.nan_to_num(pairs[pair], nan=np.inf))
    return VersionAgreement(table, pairs[least], least)
