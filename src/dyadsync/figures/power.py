"""Figures of the chapter on what a design could find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import new_axes
from millbook.figures.widths import columns, figure_size, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RATES = {  # column of the table, words, colour, line and marker
    "pattern_known": ("pattern, true synchrony known", QUIET, ":", "D"),
    "path_b": ("path b", THERAPIST, "--", "s"),
    "path_a": ("path a", PATIENT, "-.", "^"),
    "pattern": ("pattern: a, b and mediation", INK, "-", "o"),
}


@two_widths
def rates_by_size(by_sessions: pd.DataFrame, by_dyads: pd.DataFrame) -> tuple[Axes, Axes]:
    """Rates of findings against the number of sampled sessions and of dyads.

    Parameters
    ----------
    by_sessions, by_dyads : DataFrame
        Rows of `PowerResult.table`, with ``pattern_known`` beside ``pattern``; bars are 1.96 Monte
        Carlo standard errors on either side.

    Returns
    -------
    tuple of Axes
        Sessions above, dyads below.
    """
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 1, figsize=figure_size(5.6, 7.0), sharey=True)
    tables = {"sessions": by_sessions, "n_dyads": by_dyads}
    words = {"sessions": "sampled sessions a dyad", "n_dyads": "dyads"}
    others = {"sessions": "dyads", "n_dyads": "sampled sessions"}
    for ax, (size, table) in zip(panels, tables.items(), strict=True):
        for column, (label, colour, line, marker) in _RATES.items():
            ax.errorbar(
                table[size],
                100 * table[column],
                yerr=196 * table[f"{column}_se"],
                color=colour,
                linestyle=line,
                marker=marker,
                linewidth=2,
                capsize=3,
                label=label,
            )
        other = "n_dyads" if size == "sessions" else "sessions"
        ax.set_xticks(table[size])
        ax.set_ylim(0, 103)
        ax.set_xlabel(f"{words[size]} ({table[other].iloc[0]} {others[size]})")
        ax.set_ylabel("trials that find it (%)")
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=columns(2),
        frameon=False,
    )
    return panels[0], panels[1]


@two_widths
def power_by_dyads(table: pd.DataFrame, rate: str = "power", goal: float = 0.8) -> Axes:
    """Rate of a finding against the number of dyads, a line a number of sessions.

    Parameters
    ----------
    table : DataFrame
        Rows of one method of `PowerResult.table`; bars are 1.96 Monte Carlo standard errors on
        either side.
    rate : str
        Its column.
    goal : float
        The rate that is wanted, drawn as a line.
    """
    ax = new_axes(None, (6.0, 4.4))
    groups = list(table.groupby("sessions"))
    for number, (sessions, rows) in enumerate(groups):
        part = number / max(len(groups) - 1, 1)
        ax.errorbar(
            rows["n_dyads"],
            100 * rows[rate],
            yerr=196 * rows[f"{rate}_se"],
            color=PATIENT,
            alpha=0.4 + 0.6 * part,
            linewidth=1 + 2 * part,
            marker="osD^v"[number % 5],
            capsize=3,
            label=f"{sessions} sessions",
        )
    ax.axhline(100 * goal, color=INK, linestyle="--", linewidth=1)
    ax.annotate(f"{100 * goal:.0f} %", (1, 100 * goal), xycoords=("axes fraction", "data"))
    ax.set(ylim=(0, 103), xlabel="dyads", ylabel="trials that find the mediation (%)")
    ax.set_xticks(sorted(table["n_dyads"].unique()))
    ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax


@two_widths
def indirect_effects(
    ab: npt.ArrayLike,
    shown: npt.ArrayLike,
    truth: float,
    this_trial: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Distribution of the observed indirect effect in all trials and in those with the pattern.

    Parameters
    ----------
    ab : array of float
        Observed indirect effect of each trial, in points per SD of impairment.
    shown : array of bool
        Whether the trial shows the pattern.
    truth : float
        The effect through latent synchrony.
    this_trial : float, optional
        The effect in the shipped data.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.0, 4.6))
    observed, pattern = np.asarray(ab, dtype=float), np.asarray(shown, dtype=bool)
    known = np.isfinite(observed)
    observed, pattern = observed[known], pattern[known]
    chosen = observed[pattern]
    ends = min(observed.min(), truth), max(observed.max(), truth)
    bins = np.linspace(*ends, 46).tolist()
    ax.hist(observed, bins, color=QUIET, alpha=0.45, label=f"all {len(observed):,} trials")
    words = f"the {len(chosen):,} with the pattern"
    ax.hist(chosen, bins, color=ACCENT, hatch="///", edgecolor="white", label=words)
    top = 1.32 * ax.get_ylim()[1]
    ax.set_ylim(0, top)
    ax.axvline(truth, color=INK, linewidth=2.5, label=f"truth ({truth:.2f})")
    marks = [(observed.mean(), "--", "mean of all")]
    if len(chosen):
        marks.append((chosen.mean(), "-.", "mean with the pattern"))
    for value, line, label in marks:
        ax.axvline(value, color=INK, linestyle=line, linewidth=2, label=f"{label} ({value:.2f})")
    if this_trial is not None:
        ax.plot(
            this_trial,
            0.03 * top,
            "v",
            color=THERAPIST,
            markeredgecolor="white",
            markersize=12,
            label=f"the data of this book ({this_trial:.2f})",
        )
    ax.set_xlabel("observed indirect effect ab (HRSD-17 points per SD of impairment)")
    ax.set_ylabel("number of trials")
    ax.legend(
        frameon=False,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=columns(2),
        columnspacing=1,
    )
    return ax
