"""What a table of synchrony holds: how many dyads, on how many pairs, and who was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dyadsync.sentences import of_all


@dataclass(frozen=True)
class SynchronySummary:
    """How many dyads have a synchrony, how it spreads over them, and who has none and why.

    Attributes
    ----------
    n_dyads, n_usable, n_left_out : int
        Dyads in the table; those with a synchrony; those without.
    n_pairs : int
        Pairs of changes of the dyads with a synchrony.
    most_pairs : int
        Most pairs that any dyad has.
    by_pairs : dict
        Number of dyads with a synchrony by their number of pairs, most pairs first.
    mean, sd, lowest, highest : float
        Of synchrony over dyads; NaN where no dyad has one, sd also where only one has.
    n_negative, n_one : int
        Dyads whose synchrony lies below 0; is 1 or -1 up to rounding.
    left_out : dict
        Names of the dyads without a synchrony, by the reason.
    """

    n_dyads: int
    n_usable: int
    n_left_out: int
    n_pairs: int
    most_pairs: int
    by_pairs: dict[int, int]
    mean: float
    sd: float
    lowest: float
    highest: float
    n_negative: int
    n_one: int
    left_out: dict[str, list[str]]

    def in_words(self) -> str:
        """Say how many dyads have a synchrony and on how many pairs each stands."""
        usable = of_all(self.n_usable, self.n_dyads, "dyads", "has/have a synchrony")
        counts = ", ".join(f"{count} with {n} pairs" for n, count in self.by_pairs.items())
        return f"{usable} ({counts})" if counts else usable

    def reasons_in_words(self) -> str:
        """Name the dyads without a synchrony, each with the reason; ``none`` if there is none."""
        groups = [f"{', '.join(dyads)} ({reason})" for reason, dyads in self.left_out.items()]
        return "; ".join(groups) or "none"

    def left_out_in_words(self) -> str:
        """Say how many dyads have no synchrony, and which and why if there are any."""
        if not self.n_left_out:
            return "no dyad is left out"
        without = of_all(self.n_left_out, self.n_dyads, "dyads", "has/have no synchrony")
        return f"{without}: {self.reasons_in_words()}"


def summarise(synchrony: pd.DataFrame) -> SynchronySummary:
    """Count and describe the dyads of a table of synchrony.

    Parameters
    ----------
    synchrony : DataFrame
        What `dyad_synchrony` returns: one row a dyad with ``dyad_id n_sessions synchrony reason``.

    Returns
    -------
    SynchronySummary

    Examples
    --------
    >>> found = summarise(pd.DataFrame({
    ...     "dyad_id": ["D1", "D2", "D3"], "n_sessions": [4, 3, 2],
    ...     "synchrony": [-0.2, 0.4, float("nan")], "reason": ["", "", "2 usable sessions"]}))
    >>> found.in_words()
    '2 of 3 dyads have a synchrony (1 with 4 pairs, 1 with 3 pairs)'
    >>> found.left_out_in_words()
    '1 of 3 dyads has no synchrony: D3 (2 usable sessions)'
    """
    usable = synchrony[synchrony["synchrony"].notna()]
    out = synchrony[synchrony["synchrony"].isna()]
    r = usable["synchrony"]
    counts = usable["n_sessions"].value_counts().sort_index(ascending=False)
    left_out: dict[str, list[str]] = {}
    for dyad, reason in zip(out["dyad_id"], out["reason"], strict=True):
        left_out.setdefault(str(reason), []).append(str(dyad))
    return SynchronySummary(
        n_dyads=len(synchrony),
        n_usable=len(usable),
        n_left_out=len(out),
        n_pairs=int(usable["n_sessions"].sum()),
        most_pairs=int(synchrony["n_sessions"].max()) if len(synchrony) else 0,
        by_pairs={int(n): int(count) for n, count in counts.items()},
        mean=float(r.mean()),
        sd=float(r.std()),
        lowest=float(r.min()),
        highest=float(r.max()),
        n_negative=int((r < 0).sum()),
        n_one=int(((r.abs() - 1).abs() < 1e-9).sum()),
        left_out=left_out,
    )


def summary_table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Describe several tables of synchrony, one row each.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables of `dyad_synchrony` by name, such as one a measure.

    Returns
    -------
    DataFrame
        Names as index; ``dyads pairs mean SD``, ``exactly ±1`` (dyads) and ``left out`` (names and
        reasons).

    Examples
    --------
    >>> one = pd.DataFrame({"dyad_id": ["D1", "D2"], "n_sessions": [4, 3], "synchrony": [-0.2, 1.0],
    ...                     "reason": ["", ""]})
    >>> summary_table({"spearman": one}).round(2)
              dyads  pairs  mean    SD  exactly ±1 left out
    spearman      2      7   0.4  0.85           1     none
    """
    found = {name: summarise(table) for name, table in tables.items()}
    rows = {
        name: {
            "dyads": one.n_usable,
            "pairs": one.n_pairs,
            "mean": one.mean,
            "SD": one.sd,
            "exactly ±1": one.n_one,
            "left out": one.reasons_in_words(),
        }
        for name, one in found.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")
