"""Outliers made of dyads that were ordinary, in one table or in many at once."""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import Array
from dyadsync.checks import check_choice

_SHIFT = 5.0  # size of a vertical move, in standard deviations

PATTERNS = ("vertical_y", "vertical_m", "clustered_leverage")
"""Patterns of contamination."""


def displace(
    values: Array,
    n_moved: int,
    pattern: str = "vertical_y",
    *,
    signs: tuple[float, float],
    towards: bool = False,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[Array, Array]:
    """Turn some dyads into outliers that work against, or towards, the paths a and b.

    - ``vertical_y``: the dyads whose m is farthest from the median get an outcome that is off by
      five standard deviations of y;
    - ``vertical_m``: the dyads whose x is farthest from the median get a mediator that is off by
      five standard deviations of m, as far as `limits` (-1 and 1 for a correlation) allow;
    - ``clustered_leverage``: the dyads whose x is farthest from the median are put at one place,
      three standard deviations out in x, one in m and two in y.

    Parameters
    ----------
    values : array, shape (..., n, 3)
        x, m and y of the dyads of each table; a dyad with a NaN is not complete and stays.
    n_moved : int
        Number of dyads to move in each table, at most those that are complete.
    pattern : str
        A name in `PATTERNS`.
    signs : (float, float)
        Signs of the paths a and b.
    towards : bool
        Whether the dyads are moved so as to strengthen the paths.

    Returns
    -------
    moved_values : array, shape (..., n, 3)
        A copy.
    which : array of int, shape (..., n_moved)
        The dyads that were moved, the farthest first.

    Examples
    --------
    >>> values = np.stack([np.arange(-3.0, 4)] * 3, axis=-1)
    >>> moved, which = displace(values, 1, signs=(1, 1))
    >>> which, moved[0].round(2).tolist()
    (array([0]), [-3.0, -3.0, 7.8])
    """
    check_choice("pattern", pattern, PATTERNS)
    complete = np.isfinite(values).all(axis=-1, keepdims=True)
    if n_moved == 0 or not complete.any():
        return values.copy(), np.zeros((*values.shape[:-2], 0), dtype=np.intp)
    known = np.where(complete, values, np.nan)
    centre = np.nanmedian(known, axis=-2, keepdims=True)
    spread = np.nanstd(known, axis=-2, ddof=1, keepdims=True)
    lever = 1 if pattern == "vertical_y" else 0
    distance = (known - centre)[..., lever]
    far = np.where(np.isfinite(distance), np.abs(distance), -1.0)
    which = np.argsort(-far, axis=-1, kind="stable")[..., :n_moved]
    rows = np.take_along_axis(known, which[..., None], axis=-2)
    side = np.where(np.take_along_axis(distance, which, axis=-1) < 0, -1.0, 1.0)
    sign = 1.0 if towards else -1.0
    sign_a, sign_b = signs
    if pattern == "vertical_y":
        rows[..., 2] += sign * sign_b * side * _SHIFT * spread[..., 2]
    elif pattern == "vertical_m":
        rows[..., 1] += sign * sign_a * side * _SHIFT * spread[..., 1]
    else:
        place = centre + spread * np.array([3.0, sign * sign_a, sign * 2 * sign_a * sign_b])
        # A tenth of a standard deviation apart, not on one spot.
        apart = np.cos(np.outer(np.arange(n_moved), [1.0, 2.0, 3.0]))
        rows = np.where(np.isfinite(rows), place + 0.1 * spread * apart, np.nan)
    rows[..., 1] = np.clip(rows[..., 1], *limits)
    moved = values.copy()
    kept = np.take_along_axis(complete, which[..., None], axis=-2)
    stay = np.take_along_axis(values, which[..., None], axis=-2)
    np.put_along_axis(moved, which[..., None], np.where(kept, rows, stay), axis=-2)
    return moved, which
