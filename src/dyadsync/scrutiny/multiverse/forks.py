"""What moves an estimate over a multiverse, and which single choice turns a verdict."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.scrutiny.multiverse.choices import CHOICES


def moved_by(table: pd.DataFrame, estimates: pd.Series) -> pd.DataFrame:
    """Share of the variance of estimates that each choice, and each pair of choices, accounts for.

    A choice's share is its Shapley value: the rise of R squared as its indicators enter a least
    squares model of the estimates, averaged over all orders in which the choices can enter
    (Lindeman, Merenda & Gold 1980; Groemping 2007). A pair's share is the rise as the products of
    the two choices' indicators join the model of all choices alone. Where every combination was run
    equally often these are the main effects and the interactions of the analysis of variance, and
    with those of higher order they sum to 1; else the shares of pairs may overlap.

    Parameters
    ----------
    table : DataFrame
        One row per analysis, the choices as columns.
    estimates : Series
        What is explained, in one unit; analyses without a number are left out.

    Returns
    -------
    DataFrame
        ``choices share``, choices first and then pairs, each from the largest; choices of which
        only one option occurs are not listed.

    References
    ----------
    Groemping (2007), doi:10.1198/000313007X188252.

    Examples
    --------
    >>> table = pd.DataFrame({"scale": ["z", "z", "synchrony", "synchrony"],
    ...                       "clustering": ["none", "therapists"] * 2})
    >>> moved_by(table, pd.Series([1.0, 1.0, 3.0, 4.0])).round(3).values.tolist()
    [['scale', 0.926], ['clustering', 0.037], ['clustering x scale', 0.037]]
    """
    used = np.isfinite(estimates.to_numpy(float))
    table, y = table[used], estimates.to_numpy(float)[used]
    codes, n_options = {}, {}
    for name in sorted(set(CHOICES) & set(table.columns)):
        found, options = pd.factorize(table[name])
        if len(options) > 1:
            codes[name], n_options[name] = found, len(options)
    if len(y) < 3 or not codes or np.ptp(y) == 0:
        raise InputError("The estimates do not vary over any choice; there is nothing to divide.")
    y = (y - y.mean()) / y.std() / np.sqrt(len(y))
    names = list(codes)
    columns = np.hstack([np.eye(n_options[name])[codes[name]][:, 1:] for name in names])
    centred = columns - columns.mean(0)
    owner = np.repeat(np.arange(len(names)), [n_options[name] - 1 for name in names])
    gram, moments = centred.T @ centred, centred.T @ y
    explained = {
        subset: _r_squared(gram, moments, np.isin(owner, subset))
        for size in range(len(names) + 1)
        for subset in combinations(range(len(names)), size)
    }
    main = [(names[j], _shapley(explained, j, len(names))) for j in range(len(names))]
    everything = explained[tuple(range(len(names)))]
    pairs = []
    values = pd.DataFrame(np.column_stack([centred, y]))
    for one, other in combinations(names, 2):
        # Products of indicators are indicators of cells, whose moments are sums over the cells.
        cells = values.groupby([codes[one], codes[other]])
        beside = [(a > 0) & (b > 0) for a, b in cells.groups]
        sums, counts = cells.sum()[beside].to_numpy(), cells.size()[beside].to_numpy()
        squares = np.diag(counts) - np.outer(counts, counts) / len(y)
        both = np.block([[gram, sums[:, :-1].T], [sums[:, :-1], squares]])
        either = np.concatenate([moments, sums[:, -1]])
        rise = _r_squared(both, either, np.ones(len(either), bool)) - everything
        pairs.append((f"{one} x {other}", max(rise, 0.0)))
    ranked = [row for rows in (main, pairs) for row in sorted(rows, key=lambda row: -row[1])]
    return pd.DataFrame(ranked, columns=["choices", "share"])


def _r_squared(gram: Array, moments: Array, use: Array) -> float:
    """R squared of a response of length 1 on some columns, by their centred products."""
    if not use.any():
        return 0.0
    some = moments[use]
    # Options that occur only together make the products singular.
    return float(some @ np.linalg.lstsq(gram[np.ix_(use, use)], some, rcond=1e-10)[0])


def _shapley(explained: dict[tuple[int, ...], float], j: int, n: int) -> float:
    total = 0.0
    others = [k for k in range(n) if k != j]
    for size in range(n):
        for subset in combinations(others, size):
            rise = explained[tuple(sorted((*subset, j)))] - explained[subset]
            total += rise / (n * comb(n - 1, size))
    return total


def turning_choices(table: pd.DataFrame, main: pd.Series, effect: str) -> pd.DataFrame:
    """List what each single change from the main analysis does to one effect's verdict.

    Parameters
    ----------
    table : DataFrame
        Of a `MultiverseResult`.
    main : Series
        The row that is changed in one choice at a time.
    effect : {"a", "b", "acme"}

    Returns
    -------
    DataFrame
        One row per option other than the main analysis's: ``choice option estimate ci_lower
        ci_upper verdict turns``, ``turns`` where the verdict is not the main analysis's.
    """
    same = {name: (table[name] == main[name]).to_numpy() for name in CHOICES}
    differing = len(CHOICES) - sum(column.astype(int) for column in same.values())
    parts = ["estimate", "ci_lower", "ci_upper", "verdict"]
    rows = []
    for name, choice in CHOICES.items():
        found = table[(differing == 1) & ~same[name]].set_index(name)
        rows += [
            (name, str(option), *found.loc[option, [f"{effect}_{part}" for part in parts]])
            for option in dict.fromkeys([*choice.options, *found.index])
            if option in found.index
        ]
    changed = pd.DataFrame(rows, columns=["choice", "option", *parts])
    return changed.assign(turns=changed["verdict"] != main[f"{effect}_verdict"])
