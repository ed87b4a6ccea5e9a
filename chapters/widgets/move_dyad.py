"""Move a dyad: two lines follow, one by least squares and one by MM-regression."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.errors import InputError
from dyadsync.regression.bisquare import efficiency_constant, scale_constant
from dyadsync.regression.linear import fit_linear
from dyadsync.regression.mm import mm_regression
from widgets.fragment import Widget, make_widget, shown_number, static_table

__all__ = ["move_dyad", "slopes"]

_BEYOND = 0.75  # of the values' range, above and below: where a dyad can be moved to


def slopes(x: Array, y: Array) -> tuple[float, float]:
    """Slope of y on x by least squares and by MM-regression."""
    design = np.column_stack([np.ones(len(x)), x])
    return float(fit_linear(design, y).coef[1]), float(mm_regression(design, y).coef[1])


def move_dyad(
    data: pd.DataFrame,
    x: str,
    y: str,
    *,
    words: tuple[str, str] | None = None,
    limits: tuple[float, float] = (-np.inf, np.inf),
    name: str = "move-dyad",
) -> Widget:
    """Make a plot in which a dyad can be moved, by pointer or by sliders.

    The lines are computed in the page by the same algorithms as `mm_regression` and agree with it.

    Parameters
    ----------
    data : DataFrame
        One row per dyad, which the index names; rows with missing values are left out.
    x, y : str
        Columns across and up.
    words : (str, str), optional
        Axis titles; the columns' names otherwise.
    limits : (float, float)
        Smallest and largest x that there can be, such as -1 and 1 of a correlation.
    name : str
        Id of the fragment; unlike that of anything else on the page.

    Returns
    -------
    Widget

    Raises
    ------
    InputError
        With fewer than ten complete rows, too few for a robust line.
    """
    rows = data[[x, y]].dropna()
    if len(rows) < 10:
        raise InputError(f"move_dyad: {len(rows)} dyads have both {x} and {y}; it takes ten.")
    across, up = (rows[column].to_numpy(float).round(4) for column in (x, y))
    labels = words or (x.replace("_", " "), y.replace("_", " "))
    reach = np.ptp(up)
    content = {
        "dyads": [str(one) for one in rows.index],
        "x": across.tolist(),
        "y": up.tolist(),
        "words": labels,
        "across": [
            max(float(across.min() - 0.1 * np.ptp(across)), limits[0]),
            min(float(across.max() + 0.1 * np.ptp(across)), limits[1]),
        ],
        "up": [float(up.min() - _BEYOND * reach), float(up.max() + _BEYOND * reach)],
        "scaleConstant": scale_constant(),
        "efficiencyConstant": efficiency_constant(0.85),
    }
    controls = f"""<p class="row"><label for="{name}-dyad">Dyad</label>
<select id="{name}-dyad" data-part="dyad"></select>
<button type="button" data-part="back">Put all back</button></p>
<svg data-part="plot" role="img" viewBox="0 0 340 320"></svg>
<div class="panels">
<p><label for="{name}-x">Its {escape(labels[0])}</label>
<input type="range" id="{name}-x" data-part="x" step="any"></p>
<p><label for="{name}-y">Its {escape(labels[1])}</label>
<input type="range" id="{name}-y" data-part="y" step="any"></p>
</div>
<p data-part="sentence" aria-live="polite"></p>
<div data-part="numbers"></div>"""
    moved = up.copy()
    furthest = int(across.argmax())
    moved[furthest] = content["up"][0]
    static = static_table(
        f"Slopes of the two lines, as found and with dyad {rows.index[furthest]} moved down to "
        f"{shown_number(moved[furthest], 1)}",
        ["Line", "As found", "Moved"],
        [
            [label, shown_number(before), shown_number(after)]
            for label, before, after in zip(
                ("Least squares", "MM-regression"),
                slopes(across, up),
                slopes(across, moved),
                strict=True,
            )
        ],
    )
    return make_widget(
        name,
        ["mm.js", "move_dyad.js"],
        content,
        controls=controls,
        static=static,
        words=f"Move one of {len(rows)} dyads",
    )
