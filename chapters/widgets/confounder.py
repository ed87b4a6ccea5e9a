"""The confounder: turn a hidden cause up and see what is left of the indirect effect."""

from __future__ import annotations

from html import escape

import numpy as np

from dyadsync.mediation.confounding import SensitivityResult
from widgets.fragment import Widget, make_widget, shown_number, static_table

__all__ = ["confounder"]

_SEEN = 0.6  # beyond it the curve runs off and would flatten what lies between
_STATIC = np.round(np.arange(-0.6, 0.61, 0.2), 2)


def confounder(
    result: SensitivityResult,
    *,
    words: tuple[str, str] | None = None,
    name: str = "confounder",
) -> Widget:
    """Make a slider on a sensitivity analysis, with the observed covariates as landmarks.

    Parameters
    ----------
    result : SensitivityResult
        From `sensitivity`, with its default values of rho or others in rising order.
    words : (str, str), optional
        What mediator and outcome are called; their columns' names otherwise.
    name : str
        Id of the fragment; unlike that of anything else on the page.

    Returns
    -------
    Widget

    Examples
    --------
    >>> import pingouin
    >>> from dyadsync import sensitivity
    >>> confounder(sensitivity(pingouin.read_dataset("mediation"), "X", "M", "Y"))
    Confounder of M and Y, 191 strengths
    """
    table = result.table
    mediator, outcome = words or (_words(result.m), _words(result.y))
    near = table[table["rho"].abs() <= _SEEN]
    ends = [float(near["ci_lower"].min()), float(near["ci_upper"].max())]
    # A hidden cause that could undo the effect lies on the side of rho_at_zero.
    strengths = np.copysign(1.0, result.rho_at_zero) * result.benchmarks["rho"].sort_values(
        kind="stable"
    )
    content = {
        "rho": table["rho"].round(6).tolist(),
        "acme": table["acme"].tolist(),
        "low": table["ci_lower"].tolist(),
        "high": table["ci_upper"].tolist(),
        "zero": result.rho_at_zero,
        "level": f"{100 * result.confidence_level:g}",
        "seen": ends,
        "benchmarks": [[str(one), float(rho)] for one, rho in strengths.items()],
    }
    landmarks = "".join(
        f'<button type="button" data-rho="{rho:.6f}">{words}</button>'
        for words, rho in [
            ("None", 0.0),
            *(
                (f"As {escape(_words(str(one)))} (ρ = {abs(rho):.2f})", float(rho))
                for one, rho in strengths.items()
            ),
            (f"Enough to undo it (ρ = {shown_number(result.rho_at_zero)})", result.rho_at_zero),
        ]
    )
    controls = f"""<label for="{name}-rho">ρ: how strongly a hidden cause makes the errors of
{escape(mediator)} and {escape(outcome)} correlate</label>
<input type="range" id="{name}-rho" data-part="rho" min="0" max="{len(table) - 1}" step="1">
<p class="row" role="group" aria-label="Strengths to go to">{landmarks}</p>
<p class="head" data-part="sentence" aria-live="polite"></p>
<p class="quiet" data-part="shares"></p>
<svg data-part="curve" role="img" viewBox="0 0 340 270"></svg>"""
    shown = [int(np.abs(table["rho"] - rho).argmin()) for rho in _STATIC]
    static = static_table(
        "The indirect effect under hidden causes of several strengths",
        ["ρ", "Indirect effect", "from", "to"],
        [
            [shown_number(value) for value in row]
            for row in table.iloc[shown][["rho", "acme", "ci_lower", "ci_upper"]].to_numpy()
        ],
    )
    return make_widget(
        name,
        ["confounder.js"],
        content,
        controls=controls,
        static=static,
        words=f"Confounder of {mediator} and {outcome}, {len(table)} strengths",
    )


def _words(column: str) -> str:
    return column.replace("_", " ")
