"""Every figure of the book: one message each, readable in grey, the data shown.

Functions take what the science returns and give the axes back. Colours are from the
colour-blind-safe palette of Okabe & Ito (2008); shape or position always says the same again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dyadsync.mediation import MediationResult
    from dyadsync.sensitivity import SensitivityResult

PATIENT, THERAPIST = "#0072B2", "#D55E00"
INK, QUIET, ACCENT = "#333333", "#999999", "#009E73"


def use_style() -> None:
    """Set the book's look: white ground, few lines, text that a phone can show, stable SVG."""
    import matplotlib as mpl
    import seaborn as sns
    from cycler import cycler
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    sns.set_theme(
        context="notebook",
        style="ticks",
        rc={
            "figure.figsize": (6.4, 4.0),
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 12,
            "font.family": "DejaVu Sans",  # ships with matplotlib: the same on every machine
            "svg.hashsalt": "dyadsync",  # the same figure gives the same bytes
            "savefig.facecolor": "white",
        },
    )
    mpl.rcParams["axes.prop_cycle"] = cycler(color=[PATIENT, THERAPIST, ACCENT, INK])
    set_matplotlib_formats("svg", metadata={"Date": None, "Creator": None})


def _axes(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size)[1] if ax is None else ax


def forest_plot(
    table: pd.DataFrame,
    *,
    label: str | None = None,
    xlabel: str = "estimate",
    markers: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Estimates with their intervals, one row each, and a line at 0.

    Parameters
    ----------
    table : DataFrame
        Columns ``estimate ci_lower ci_upper``; rows are labelled by the index, or by `label`.
    label : str, optional
        Column with the rows' labels.
    xlabel : str
        What is estimated, with its unit.
    markers : mapping, optional
        Matplotlib markers by row label; circles otherwise.
    ax : Axes, optional
        Where to draw.
    """
    labels = [str(v) for v in (table.index if label is None else table[label])]
    ax = _axes(ax, (6.4, 0.9 + 0.36 * len(labels)))
    rows = np.arange(len(labels))[::-1]
    ax.axvline(0, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    for row, name, (_, values) in zip(rows, labels, table.iterrows(), strict=True):
        excludes_zero = values["ci_lower"] > 0 or values["ci_upper"] < 0
        ax.plot([values["ci_lower"], values["ci_upper"]], [row, row], color=INK, linewidth=2)
        ax.plot(
            values["estimate"],
            row,
            marker=(markers or {}).get(name, "o"),
            color=INK,
            markerfacecolor=INK if excludes_zero else "white",
            markersize=8,
        )
    ax.set_yticks(rows, labels)
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(xlabel)
    return ax


def effects_plot(result: MediationResult, ax: Axes | None = None) -> Axes:
    """Indirect, direct and total effect with their intervals.

    The proportion mediated is left out: it has another unit.
    """
    table = result.table.drop(index="Prop. mediated")
    unit = "probability" if result.outcome != "linear" else result.y
    return forest_plot(
        table,
        xlabel=f"effect on {unit} of {result.x} from {result.contrast[0]:g} to "
        f"{result.contrast[1]:g}",
        ax=ax,
    )


def sensitivity_plot(result: SensitivityResult, ax: Axes | None = None) -> Axes:
    """ACME against the residual correlation that a confounder would make."""
    ax = _axes(ax)
    table = result.table
    ax.fill_between(table["rho"], table["ci_lower"], table["ci_upper"], color=PATIENT, alpha=0.2)
    ax.plot(table["rho"], table["acme"], color=PATIENT)
    ax.axhline(0, color=QUIET, linewidth=1, linestyle="--")
    ax.plot(result.rho_at_zero, 0, "o", color=INK)
    ax.annotate(
        f"zero at ρ = {result.rho_at_zero:.2f}",
        (result.rho_at_zero, 0),
        textcoords="offset points",
        xytext=(8, 8),
    )
    for name, row in result.benchmarks.iterrows():
        for sign in (-1, 1):
            ax.axvline(sign * row["rho"], color=THERAPIST, linewidth=1, linestyle=":")
        ax.annotate(
            str(name), (row["rho"], ax.get_ylim()[1]), color=THERAPIST, rotation=90, va="top"
        )
    ax.set_xlabel("ρ, correlation of the two models' errors")
    ax.set_ylabel(f"ACME on {result.y}")
    return ax
