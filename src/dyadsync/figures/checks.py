"""Figures that check a model: what it predicts, and how often its intervals hold the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import new_axes
from dyadsync.figures.words import SHIPPED, Words
from millbook.figures.widths import figure_size, is_narrow, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dyadsync.scrutiny.latent.check import LatentCheck


@two_widths
def predictions_plot(check: LatentCheck, words: Words = SHIPPED) -> list[Axes]:
    """Draw what the latent model predicts of each statistic, with a line at what was observed.

    Parameters
    ----------
    check : LatentCheck
        From `check_latent`.
    words : Words, optional
        What the study calls everything.

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
        ax.set_title(words.tell(name), loc="left")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    return list(panels)


@two_widths
def therapists_plot(coverage: pd.DataFrame, words: Words = SHIPPED, ax: Axes | None = None) -> Axes:
    """Draw how often each way's interval held the truth, by the number of therapists.

    Parameters
    ----------
    coverage : DataFrame
        Rows of ``benchmarks/cluster_coverage.csv`` of one setting; bars are 1.96 Monte Carlo
        errors on either side.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 4.8))
    ways = list(dict.fromkeys(coverage["way"]))
    by_count = {
        f"{count} {words.therapists}": coverage[coverage["n_therapists"] == count]
        .set_index("way")
        .loc[ways]
        for count in sorted(coverage["n_therapists"].unique())
    }
    _dots(ax, ways, {name: (of["coverage"], of["mc_se"]) for name, of in by_count.items()})
    ax.axvline(95, color=QUIET, linestyle="--", linewidth=1, zorder=0)
    ax.set_xlabel("intervals that hold the truth (%)")
    ax.legend(
        frameon=False, loc="lower center", bbox_to_anchor=(0.4, 1.0), columnspacing=0.8,
        handletextpad=0.2, ncols=2 if is_narrow() else 3,
    )  # fmt: skip
    return ax


@two_widths
def recovery_plot(recovered: pd.DataFrame) -> list[Axes]:
    """Draw what corrections for few sessions find of a true effect, and how often they cover it.

    Parameters
    ----------
    recovered : DataFrame
        Rows of ``benchmarks/latent_coverage.csv`` with one outcome SD and an effect that is not 0;
        bars are 1.96 Monte Carlo errors on either side.

    Returns
    -------
    list of Axes
        Median estimates as a share of the truth, and coverage.
    """
    import matplotlib.pyplot as plt

    names = recovered[["n_dyads", "n_pairs", "tau"]].drop_duplicates().itertuples()
    designs = [f"{one.n_dyads} × {one.n_pairs}, SD {one.tau:g}" for one in names]
    shape = (2, 1) if is_narrow() else (1, 2)
    figure, panels = plt.subplots(
        *shape, sharey=not is_narrow(), figsize=figure_size(6.4, 12 if is_narrow() else 6)
    )
    of_method = dict(list(recovered.groupby("method", sort=False)))
    truth = recovered["true_effect"].iloc[0]
    for ax, value, error, unit, target, label in (
        (panels[0], "median_estimate", "median_se", truth, 100, "median, % of the truth"),
        (panels[1], "coverage", "mc_se", 1, 95, "intervals with the truth, %"),
    ):
        found = {name: (of[value] / unit, of[error] / abs(unit)) for name, of in of_method.items()}
        _dots(ax, designs, found)
        ax.axvline(target, color=QUIET, linestyle="--", linewidth=1, zorder=0)
        ax.set_xlabel(label)
    panels[0].set_xlim(right=min(panels[0].get_xlim()[1], 250))
    named = panels[0].get_legend_handles_labels()
    figure.legend(*named, frameon=False, ncols=3, loc="outside upper center")
    return list(panels)


def _dots(ax: Axes, rows: list[str], found: Mapping[str, tuple[pd.Series, pd.Series]]) -> None:
    """Draw a share and its Monte Carlo error in per cent, a row each, the first row on top."""
    places = np.arange(len(rows))[::-1]
    step = 0.6 / max(len(found), 1)
    looks = zip((THERAPIST, PATIENT, ACCENT, QUIET, INK), "osDv^", strict=True)
    for number, ((name, (share, error)), (color, marker)) in enumerate(
        zip(found.items(), looks, strict=False)
    ):
        ax.errorbar(
            100 * share,
            places + step * ((len(found) - 1) / 2 - number),
            xerr=196 * error,
            fmt=marker,
            color=color,
            markersize=5,
            label=name,
        )
    ax.set_yticks(places, rows)
