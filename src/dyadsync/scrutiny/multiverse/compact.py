"""A multiverse small enough to be sent with a page: quantised, factored, compressed.

Every combination of options is a cell of a grid, its numbers whole multiples of a small step. Kept
are differences along those forks along which neighbours are similar, so that what does not depend
on a fork becomes a row of zeros there. Cells that do not exist hold the number of a reason instead.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dyadsync.arrays import Array
from dyadsync.scrutiny.multiverse.choices import CHOICES
from dyadsync.scrutiny.multiverse.run import EFFECTS, MultiverseResult, standard_unit

Whole = NDArray[np.int64]

_STEPS = {"estimate": 0.0025, "width": 0.025, "skew": 0.01, "unit": 0.002, "sd": 1.0, "n": 1.0}
"""What one unit of a stored number is: SDs, or for ``width`` and ``unit`` a relative difference.

Coarser estimates would be seen; ends of intervals are as coarse as the shipped run's size asks."""
_SIMILAR = ("clustering", "outcome", "scale", "covariates", "below_loq")
"""Forks along which differences take less room than numbers, in the shipped run."""

_NOT_RUN = "This analysis was not run."


def compact(result: MultiverseResult, left_out: pd.DataFrame | None = None) -> dict[str, Any]:
    """Pack a multiverse into what JSON can hold.

    Estimates and intervals are in standard deviations, as `MultiverseResult.standardised` has them;
    where a path has none (the latent method's), path a is per SD of the cause and path b in SDs of
    the outcome, so that their product is the indirect effect everywhere. An estimate is off by at
    most half a step; an end of an interval by little more than that and the halved steps of width
    and skewness, and never on the other side of 0.

    Parameters
    ----------
    result : MultiverseResult
    left_out : DataFrame, optional
        From `left_out`: why other combinations do not exist.

    Returns
    -------
    dict
        ``forks`` with ``name title question options why``; ``main``, the options of the main
        analysis by their places; ``reasons``; ``columns`` with ``name step along``; ``packed``.
    """
    table = result.table.dropna(subset=[f"{effect}_estimate" for effect in EFFECTS])
    forks = {
        name: [one for one in choice.options if (table[name] == one).any()]
        for name, choice in CHOICES.items()
    }
    # The last fork is the slowest: similar numbers then stand together, which compresses best.
    shape = tuple(len(options) for options in reversed(forks.values()))
    at = _places(table, forks)
    there = np.zeros(shape, bool)
    there[at] = True
    reasons, why = _reasons(left_out, forks, there)
    along = [list(reversed(forks)).index(name) for name in _SIMILAR]
    columns, blobs = [], [why.astype(np.uint8).tobytes()]
    for name, (step, values) in _columns(table).items():
        grid = np.zeros(shape, np.int64)
        grid[at] = values
        columns.append({"name": name, "step": step, "along": along})
        blobs.append(_bytes(_differences(grid, there, along)[there]))
    return {
        "forks": [
            {
                "name": name,
                "title": CHOICES[name].title,
                "question": CHOICES[name].question,
                "options": [str(one) for one in options],
                "why": [CHOICES[name].options[one] for one in options],
            }
            for name, options in forks.items()
        ],
        "main": [options.index(result.main[name]) for name, options in forks.items()],
        "reasons": reasons,
        "columns": columns,
        "packed": base64.b64encode(_deflated(b"".join(blobs))).decode(),
    }


def _places(table: pd.DataFrame, forks: dict[str, list[Any]]) -> tuple[Whole, ...]:
    """Give the cell of every row, the last fork first."""
    return tuple(
        pd.Categorical(table[name], options).codes.astype(np.int64)
        for name, options in reversed(forks.items())
    )


def _reasons(
    left_out: pd.DataFrame | None, forks: dict[str, list[Any]], there: NDArray[np.bool_]
) -> tuple[list[str], Whole]:
    """Give the reasons why cells do not exist, and of each cell its number; 0 is one that does."""
    why = np.where(there, 0, 1)
    reasons = [_NOT_RUN]
    if left_out is not None:
        known = left_out[
            np.logical_and.reduce([left_out[name].isin(forks[name]) for name in forks])
        ]
        numbers, found = pd.factorize(known["reason"])
        why[_places(known, forks)] = numbers + 2
        reasons += map(str, found)
    why[there] = 0
    return reasons, why


def _columns(table: pd.DataFrame) -> dict[str, tuple[float, Whole]]:
    """Give every kind of number as whole multiples of its step."""
    found: dict[str, tuple[float, Whole]] = {}
    units = {effect: standard_unit(table, effect).to_numpy() for effect in EFFECTS}
    observed = np.isfinite(units["a"])
    x_sd, y_sd = table["x_sd"].to_numpy(), table["y_sd"].to_numpy()
    units["a"] = np.where(observed, units["a"], x_sd)
    units["b"] = np.where(observed, units["b"], 1 / y_sd)
    for effect in EFFECTS:
        estimate, low, high = (
            (table[f"{effect}_{part}"] * units[effect]).to_numpy()
            for part in ("estimate", "ci_lower", "ci_upper")
        )
        for part, values in zip(
            ("estimate", "width", "skew"), _quantised(estimate, low, high), strict=True
        ):
            found[f"{effect}_{part}"] = (_STEPS[part], values)
    # Of the indirect effect only what the product of the paths does not say.
    (step, a), (_, b), (_, acme) = (found[f"{effect}_estimate"] for effect in EFFECTS)
    found["acme_estimate"] = (step, acme - _nearest((a * step) * (b * step) / step))
    found["unit"] = (_STEPS["unit"], _nearest(np.log(y_sd / x_sd) / _STEPS["unit"]))
    found["sd"] = (_STEPS["sd"], observed.astype(np.int64))
    found["n"] = (_STEPS["n"], table["n_obs"].to_numpy(np.int64))
    return found


def _quantised(estimate: Array, low: Array, high: Array) -> tuple[Whole, Whole, Whole]:
    """Quantise an estimate, the logarithm of its interval's width and how lopsided that is.

    An end that came out on the other side of 0 is brought back by a change of the other two.
    """
    step = _STEPS
    whole = _nearest(estimate / step["estimate"])
    width = _nearest(np.log(high - low) / step["width"])
    skew = _nearest((high + low - 2 * estimate) / step["skew"])

    def wrong(width: Whole, skew: Whole) -> NDArray[np.bool_]:
        lower, upper = _ends(whole * step["estimate"], width * step["width"], skew * step["skew"])
        bad: NDArray[np.bool_] = ((lower > 0) != (low > 0)) | ((upper < 0) != (high < 0))
        return bad

    changes = sorted(
        product(range(-8, 9), range(-4, 5)), key=lambda change: (abs(change[1]), abs(change[0]))
    )
    bad = wrong(width, skew)
    for by_skew, by_width in changes:
        if not bad.any():
            break
        mended = bad & ~wrong(width + by_width, skew + by_skew)
        width[mended] += by_width
        skew[mended] += by_skew
        bad &= ~mended
    return whole, width, skew


def _ends(estimate: Array, log_width: Array, skew: Array) -> tuple[Array, Array]:
    """Give the ends of intervals."""
    width = np.exp(log_width)
    return estimate - (width - skew) / 2, estimate + (width + skew) / 2


def _nearest(values: Array) -> Whole:
    """Round halves up, as a browser does."""
    return np.floor(values + 0.5).astype(np.int64)


def _differences(grid: Whole, there: NDArray[np.bool_], along: Sequence[int]) -> Whole:
    """Take differences along axes, such that those of empty cells are 0.

    Summing up along the same axes gives the grid back; what it gives for empty cells is what their
    neighbours foretell.
    """
    front = range(len(along))
    values, known = (np.ascontiguousarray(np.moveaxis(one, along, front)) for one in (grid, there))
    kept = np.zeros(values.shape, np.int64)
    # What is kept, summed up along the first axis, along the first two, and so on.
    sums = [np.zeros_like(values) for _ in along]
    for place in np.ndindex(values.shape[: len(along)]):
        neighbours: list[Any] = [
            sums[k][(*place[:k], at - 1, *place[k + 1 :])] if at else 0
            for k, at in enumerate(place)
        ]
        total = kept[place] = np.where(known[place], values[place] - sum(neighbours), 0)
        for to_here, before in zip(sums, neighbours, strict=True):
            total = to_here[place] = total + before
    return np.moveaxis(kept, front, along)


def _bytes(values: Whole) -> bytes:
    """Write whole numbers, small ones of either sign first, as low bytes and then high bytes."""
    folded = (values << 1) ^ (values >> 63)
    return (folded & 255).astype(np.uint8).tobytes() + (folded >> 8).astype(np.uint8).tobytes()


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()
