"""The designer: choose a study, see what it would find and what it would report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from dyadsync.arrays import Array
from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.simulated_power import PowerResult
from widgets.fragment import Widget, make_widget, shown_number, static_table

__all__ = ["designer"]

_CHOICES = {
    "sessions": "Sampled sessions per dyad",
    "effect": "Effect (times that of this book’s process)",
    "reliability": "Reliability of a session’s change",
}
_START = {"n_dyads": 37, "sessions": 4, "effect": 1.0, "reliability": 0.9}


def designer(
    result: PowerResult, method: str = "quasi-bayesian", *, name: str = "designer"
) -> Widget:
    """Make controls for the design of a study, on a grid of designs that were simulated.

    Sessions, effect and reliability take values of the grid only. Between two numbers of dyads of
    the grid, power is read as `PowerResult.required` reads it: the normal quantile of
    the rate as a straight line in the square root of the number of dyads; the exaggeration as a
    straight line in the same. Nothing is read beyond the grid.

    Parameters
    ----------
    result : PowerResult
        Of a grid in which ``n_dyads sessions effect reliability`` vary, all combinations.
    method : str
        Which of its methods.
    name : str
        Id of the fragment; unlike that of anything else on the page.

    Returns
    -------
    Widget

    Raises
    ------
    InputError
        If the method is unknown or a combination is missing.
    """
    check_choice("method", method, list(result.table["method"].unique()))
    table = result.of(method).sort_values([*_CHOICES, "n_dyads"])
    options = {one: sorted(table[one].unique().tolist()) for one in _CHOICES}
    dyads = sorted(table["n_dyads"].unique().tolist())
    expected = len(dyads) * int(np.prod([len(values) for values in options.values()]))
    if len(table) != expected or table.duplicated([*_CHOICES, "n_dyads"]).any():
        raise InputError(
            f"The grid has {len(table)} designs where all combinations would be {expected}; run "
            "every combination of n_dyads, sessions, effect and reliability once."
        )
    cells = [_cell(rows) for _, rows in table.groupby(list(_CHOICES), sort=True)]
    start = {one: _nearest(values, _START[one]) for one, values in options.items()}
    content = {
        "dyads": dyads,
        "options": list(options.values()),
        "cells": cells,
        "start": list(start.values()),
        "startDyads": dyads[_nearest(dyads, _START["n_dyads"])],
        "trials": int(table["n_trials"].iloc[0]),
    }
    switches = "".join(
        f"<fieldset><legend>{words}</legend>"
        + "".join(
            f'<label><input type="radio" name="{name}-{one}" value="{k}"><span>{value:g}</span>'
            "</label>"
            for k, value in enumerate(options[one])
        )
        + "</fieldset>"
        for one, words in _CHOICES.items()
    )
    controls = f"""<div class="panels">
<div class="switches">
<p><label for="{name}-dyads">Dyads</label> <output data-part="n" for="{name}-dyads"></output>
<input type="range" id="{name}-dyads" data-part="dyads" min="{dyads[0]}" max="{dyads[-1]}" step="1">
</p>{switches}</div>
<div>
<p class="head" data-part="sentence" aria-live="polite"></p>
<div data-part="numbers"></div>
<p class="quiet" data-part="how"></p>
<svg data-part="curve" role="img" viewBox="0 0 340 240"></svg>
<p class="quiet">Thin lines: the other numbers of sessions. Dashed: 80&nbsp;%.</p>
</div>
</div>"""
    return make_widget(
        name,
        ["designer.js"],
        content,
        controls=controls,
        static=_table(table[table["effect"] == options["effect"][start["effect"]]], options, start),
        words=f"Designer of {len(table)} simulated designs",
    )


def _nearest(values: list[Any], wanted: float) -> int:
    return int(np.abs(np.array(values, float) - wanted).argmin())


def _cell(rows: pd.DataFrame) -> dict[str, Any]:
    """Give what one line of designs found, a value a number of dyads; missing ones are null."""
    n, rate = rows["n_trials"].to_numpy(float), rows["power"].to_numpy(float)
    low, high = _wilson(rate, n)
    # A rate of 0 or 1 has no normal quantile: half a trial keeps it from the edge.
    edge = 0.5 / n
    error = 1.96 * rows["exaggeration_se"].to_numpy(float)
    exaggeration = rows["exaggeration"].to_numpy(float)
    return {
        "power": rate.round(6).tolist(),
        "low": low.round(6).tolist(),
        "high": high.round(6).tolist(),
        **{
            f"{name}Z": stats.norm.ppf(np.clip(values, edge, 1 - edge)).round(6).tolist()
            for name, values in (("power", rate), ("low", low), ("high", high))
        },
        "exaggeration": _or_null(exaggeration),
        "exaggerationLow": _or_null(exaggeration - error),
        "exaggerationHigh": _or_null(exaggeration + error),
        "reliability": _or_null(rows["synchrony_reliability"].to_numpy(float)),
    }


def _wilson(rate: Array, n: Array) -> tuple[Array, Array]:
    """Wilson's 95 % interval of a share, which holds near 0 and 1 as well."""
    z2 = 1.96**2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = 1.96 * np.sqrt(rate * (1 - rate) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def _or_null(values: Array) -> list[float | None]:
    return [round(float(one), 6) if np.isfinite(one) else None for one in values]


def _table(rows: pd.DataFrame, options: dict[str, list[Any]], start: dict[str, int]) -> str:
    """Give the designs with this book's effect and assay, where scripts do not run."""
    reliability = options["reliability"][start["reliability"]]
    rows = rows[rows["reliability"] == reliability].sort_values(["sessions", "n_dyads"])
    return static_table(
        "Designs with the effect of this book’s process and a reliability of a session’s change of "
        f"{reliability:g}",
        ["Sessions", "Dyads", "Power", "Exaggeration", "Reliability of synchrony"],
        [
            [
                f"{row.sessions}",
                f"{row.n_dyads}",
                f"{100 * row.power:.0f} % ± {196 * row.power_se:.0f}",
                " ± ".join(
                    shown_number(one, 1) for one in (row.exaggeration, 1.96 * row.exaggeration_se)
                ),
                shown_number(row.synchrony_reliability),
            ]
            for row in rows.itertuples()
        ],
    )
