"""Figures of the validation chapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import new_axes
from millbook.figures.widths import columns, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SMALLEST_SHARE = 1e-4


@two_widths
def agreement_plot(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Each number's difference as a share of the tolerance, a row of dots a software.

    Parameters
    ----------
    table : DataFrame
        As `dyadsync.validation.compare_with_r` and `compare_exact` give it. Shares below 1/10,000
        and differences of zero stand at the left edge.
    ax : Axes, optional
        Where to draw.
    """
    groups = list(table.groupby("software", sort=False))
    ax = new_axes(ax, (6.4, 1.2 + 0.6 * len(groups)))
    # Dots are spread within their row by a fixed generator, so that they can be told apart.
    spread = np.random.default_rng(0)
    for row, (_, part) in enumerate(groups):
        height = -row + spread.uniform(-0.28, 0.28, len(part))
        for rows, marker, colour in [(part["ok"], "o", PATIENT), (~part["ok"], "X", THERAPIST)]:
            ax.plot(
                part.loc[rows, "share"].clip(lower=_SMALLEST_SHARE),
                height[rows],
                marker,
                color=colour,
                alpha=0.5,
                markersize=5,
                markeredgewidth=0,
            )
    ax.axvline(1, color=INK, linewidth=1.5, linestyle="--")
    ax.annotate("allowed ", (1, 0.62), ha="right", va="center", color=INK)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
    ax.set_yticks(-np.arange(len(groups)), [f"{name} ({len(part)})" for name, part in groups])
    ax.set_ylim(0.5 - len(groups), 0.75)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("difference as a share of what is allowed")
    return ax


@two_widths
def coverage_plot(
    table: pd.DataFrame, nominal: float = 0.95, within: float = 0.02, ax: Axes | None = None
) -> Axes:
    """Share of intervals that contain the true indirect effect, by size of the paths.

    Parameters
    ----------
    table : DataFrame
        ``a b method coverage mc_se``, one row a method and pair of paths.
    nominal, within : float
        The level that the intervals claim, and how far from it a shaded band reaches.
    ax : Axes, optional
        Where to draw. Lines are 95 % Monte Carlo intervals of the coverage.
    """
    paths = table[["a", "b"]].drop_duplicates().to_numpy()
    ax = new_axes(ax, (6.4, 1.4 + 0.55 * len(paths)))
    ax.axvspan(nominal - within, nominal + within, color=QUIET, alpha=0.25, linewidth=0)
    ax.axvline(nominal, color=QUIET, linewidth=1)
    looks = [(PATIENT, "o"), (THERAPIST, "s"), (ACCENT, "^"), (INK, "D")]
    methods = table["method"].unique()
    for k, method in enumerate(methods):
        part = table[table["method"] == method].set_index(["a", "b"])
        colour, marker = looks[k % len(looks)]
        shift = 0.22 * (k - (len(methods) - 1) / 2)
        rows = [r for r, pair in enumerate(paths) if tuple(pair) in part.index]
        found = part.loc[[tuple(paths[r]) for r in rows]]
        ax.errorbar(
            found["coverage"],
            [-r - shift for r in rows],
            xerr=1.96 * found["mc_se"],
            fmt=marker,
            color=colour,
            markersize=6,
            label=method,
        )
    ax.set_yticks(-np.arange(len(paths)), [f"a = {a:g}, b = {b:g}" for a, b in paths])
    ax.set_ylim(0.6 - len(paths), 0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("share of intervals that contain the true indirect effect")
    ax.set_xlim(right=min(1.005, ax.get_xlim()[1]))
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=columns(2), frameon=False, fontsize=10
    )
    return ax
