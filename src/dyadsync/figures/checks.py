"""Figures that check a model: what it predicts, and how often its intervals hold the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.figures.style import ACCENT, INK, PATIENT, QUIET, THERAPIST, new_axes
from dyadsync.figures.widths import figure_size, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dyadsync.latent.check import LatentCheck


@two_widths
def predictions_plot(check: LatentCheck) -> list[Axes]:
    """Draw what the latent model predicts of each statistic, with a line at what was observed.

    Parameters
    ----------
    check : LatentCheck
        From `check_latent`.

    Returns
    -------
    list of Axes
        One a statistic.
    """
    import matplotlib.pyplot as plt

    names = list(check.predicted)
    _, panels = plt.subplots(len(names), 1, figsize=figure_size(6.4, 1.5 * len(names)))
    for ax, name in zip(panels, names, strict=True):
        ax.hist(check.predicted[name], bins=40, color=QUIET, alpha=0.6, linewidth=0)
        ax.axvline(check.table.loc[name, "observed"], color=THERAPIST, linewidth=2)
        for end in ("lower", "upper"):
            ax.axvline(check.table.loc[name, end], color=INK, linewidth=1, linestyle=":")
        ax.set_title(name, loc="left")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    return list(panels)


@two_widths
def therapists_plot(coverage: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how often each way's interval held the truth, by the number of therapists.

    Parameters
    ----------
    coverage : DataFrame
        Rows of ``benchmarks/cluster_coverage.csv`` of one setting; bars are 1.96 Monte Carlo
        errors on either side.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 4.8))
    ways = list(dict.fromkeys(coverage["way"]))
    counts = sorted(coverage["n_therapists"].unique())
    rows = np.arange(len(ways))[::-1]
    for place, (count, color, marker) in enumerate(
        zip(counts, (THERAPIST, PATIENT, ACCENT), "osD", strict=False)
    ):
        of = coverage[coverage["n_therapists"] == count].set_index("way").loc[ways]
        ax.errorbar(
            100 * of["coverage"],
            rows + 0.2 * (1 - place),
            xerr=196 * of["mc_se"],
            fmt=marker,
            color=color,
            capsize=3,
            label=f"{count} therapists",
        )
    ax.axvline(95, color=QUIET, linestyle="--", linewidth=1, zorder=0)
    ax.set_yticks(rows, ways)
    ax.set_xlabel("intervals that hold the truth (%)")
    ax.legend(
        frameon=False, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, columnspacing=0.8,
        handletextpad=0.2,
    )  # fmt: skip
    return ax
