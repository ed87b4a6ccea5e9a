"""Which dyads have gaps, in which combinations, and whether they differ from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dyadsync.sentences import of_all

__all__ = ["compare_incomplete", "incomplete_in_words", "missing_patterns"]


def missing_patterns(gaps: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Count the combinations in which things are missing.

    Parameters
    ----------
    gaps : mapping of str to Series of bool
        What may be missing, and in which dyads it is.

    Returns
    -------
    DataFrame
        One row a combination that occurs, the most frequent first: a column for each thing, and
        ``dyads``.

    Examples
    --------
    >>> gaps = {"samples": pd.Series([1, 0, 0]), "ratings": pd.Series([1, 0, 0])}
    >>> missing_patterns(gaps).to_dict("list")
    {'samples': ['', 'missing'], 'ratings': ['', 'missing'], 'dyads': [2, 1]}
    """
    table = pd.DataFrame({name: lost.to_numpy(bool) for name, lost in gaps.items()})
    counts = table.value_counts(sort=True).rename("dyads").reset_index()
    marks = counts.drop(columns="dyads").replace({True: "missing", False: ""})
    return marks.assign(dyads=counts["dyads"])


def compare_incomplete(
    dyads: pd.DataFrame, incomplete: pd.Series, columns: Sequence[str]
) -> pd.DataFrame:
    """Compare dyads with gaps and dyads without by what is known of both.

    Parameters
    ----------
    dyads : DataFrame
        One row a dyad.
    incomplete : Series of bool
        Which dyads have a gap.
    columns : sequence of str
        Numbers that are known of dyads of both kinds.

    Returns
    -------
    DataFrame
        One row a column: ``incomplete`` and ``complete``, the means, and ``difference``, of the
        means in standard deviations of all dyads; NaN where all have the same value.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0]})
    >>> compare_incomplete(table, pd.Series([True, False, False, True]), ["age"]).round(2)
         incomplete  complete  difference
    age        35.0      35.0         0.0
    """
    lost = incomplete.to_numpy(bool)
    rows = {}
    for name in columns:
        values = dyads[name].to_numpy(float)
        sides = [values[lost], values[~lost]]
        means = [float(np.nanmean(one)) if np.isfinite(one).any() else np.nan for one in sides]
        spread = np.nanstd(values, ddof=1) if np.isfinite(values).sum() > 1 else np.nan
        rows[name] = [*means, (means[0] - means[1]) / float(spread or np.nan)]
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["incomplete", "complete", "difference"]
    )


def incomplete_in_words(comparison: pd.DataFrame, n: int, total: int) -> str:
    """Say how many dyads have gaps and in what they differ most from the others.

    Parameters
    ----------
    comparison : DataFrame
        From `compare_incomplete`.
    n, total : int
        Dyads with a gap, and all.

    Examples
    --------
    >>> found = pd.DataFrame({"difference": [0.1, -0.9]}, index=["age", "first score"])
    >>> incomplete_in_words(found, 6, 37)
    '6 of 37 dyads have a gap; they differ most from the others in first score, by -0.90 SD, more \
than so few dyads would by chance alone in most studies'
    """
    counted = of_all(n, total, "dyads", "has/have a gap")
    known = comparison["difference"].dropna()
    if n == 0 or n == total or known.empty:
        return counted
    name = known.abs().idxmax()
    at = float(known[name])
    # Of two means of n and total - n dyads that differ by chance alone.
    error = np.sqrt(1 / n + 1 / (total - n))
    chance = (
        "more than so few dyads would by chance alone in most studies"
        if abs(at) > 1.96 * error
        else "which is no more than so few dyads would by chance alone"
    )
    return f"{counted}; they differ most from the others in {name}, by {at:.2f} SD, {chance}"
