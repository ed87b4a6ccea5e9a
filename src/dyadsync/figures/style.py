"""The book's look, and the figures that several chapters use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.claims.verdict import excludes_zero
from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from millbook.figures.display import show_figures
from millbook.figures.widths import figure_size, is_narrow, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LONGEST_BESIDE = 16  # letters of a label that leave room for the intervals on a phone


def use_style() -> None:
    """Set the book's look: no ground, few lines, stable SVG in two widths with its data."""
    import matplotlib as mpl
    import seaborn as sns
    from cycler import cycler

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
            "svg.fonttype": "none",  # text that a page can measure and a reader can search
            "figure.facecolor": "none",  # the page is the ground
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
        },
    )
    mpl.rcParams["axes.prop_cycle"] = cycler(color=[PATIENT, THERAPIST, ACCENT, INK])
    show_figures()


def new_axes(ax: Axes | None, size: tuple[float, float] = (6.4, 4.0)) -> Axes:
    """Give the axes that were given, or new ones of a size in inches."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=figure_size(*size))[1] if ax is None else ax


def faint(n_lines: int, usual: float) -> float:
    """Give the opacity of each of many lines over each other: as usual for some, less for many.

    Examples
    --------
    >>> faint(37, usual=0.45), faint(500, usual=0.45)
    (0.45, 0.04)
    """
    return min(usual, 20 / max(n_lines, 1))


@two_widths
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
    above = is_narrow() and max(map(len, labels), default=0) > _LONGEST_BESIDE
    ax = new_axes(ax, (6.4, 0.9 + (0.52 if above else 0.36) * len(labels)))
    rows = np.arange(len(labels))[::-1]
    ax.axvline(0, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    away = excludes_zero(table)
    for row, name, filled, (_, values) in zip(rows, labels, away, table.iterrows(), strict=True):
        ax.plot([values["ci_lower"], values["ci_upper"]], [row, row], color=INK, linewidth=2)
        ax.plot(
            values["estimate"],
            row,
            marker=(markers or {}).get(name, "o"),
            color=INK,
            markerfacecolor=INK if filled else "white",
            markersize=8,
        )
    ax.set_yticks(rows, labels)
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.tick_params(axis="y", length=0)
    if above:
        ax.set_yticks([])
        ax.set_ylim(-0.4, len(labels) - 0.2)
        for row, name in zip(rows, labels, strict=True):
            ax.annotate(
                name, (0, row), (0, 7), xycoords=("axes fraction", "data"),
                textcoords="offset points",
            )  # fmt: skip
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(xlabel)
    return ax
