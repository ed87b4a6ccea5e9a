"""Figures of the chapter on the simulated trial and what it can find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.figures.style import ACCENT, INK, PATIENT, QUIET, THERAPIST, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def true_and_observed(rho: npt.ArrayLike, r: npt.ArrayLike, ax: Axes | None = None) -> Axes:
    """Each dyad's observed synchrony against its true one; on the line both are equal."""
    ax = new_axes(ax, (4.8, 4.6))
    ax.axline((0, 0), slope=1, color=QUIET, linestyle="--", linewidth=1)
    ax.plot(np.asarray(rho), np.asarray(r), "o", color=PATIENT, alpha=0.7, markersize=7)
    ax.set(xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal")
    ax.set_xlabel("true synchrony ρ (known to the simulation)")
    ax.set_ylabel("observed synchrony r")
    return ax


_RATES = {  # column of the table, words, colour, line and marker
    "pattern_known": ("pattern, true synchrony known", QUIET, ":", "D"),
    "b": ("path b", THERAPIST, "--", "s"),
    "a": ("path a", PATIENT, "-.", "^"),
    "pattern": ("pattern: a, b and mediation", INK, "-", "o"),
}


def rates_by_size(by_sessions: pd.DataFrame, by_dyads: pd.DataFrame) -> tuple[Axes, Axes]:
    """Rates of findings against the number of sampled sessions and of dyads.

    Parameters
    ----------
    by_sessions, by_dyads : DataFrame
        From `power`; bars are 1.96 Monte Carlo standard errors on either side.

    Returns
    -------
    tuple of Axes
        Sessions above, dyads below.
    """
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 1, figsize=(5.6, 7.0), sharey=True)
    tables = {"n_sessions": by_sessions, "n_dyads": by_dyads}
    words = {"n_sessions": "sampled sessions a dyad", "n_dyads": "dyads"}
    others = {"n_sessions": "dyads", "n_dyads": "sampled sessions"}
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
        other = "n_dyads" if size == "n_sessions" else "n_sessions"
        ax.set_xticks(table[size])
        ax.set_ylim(0, 103)
        ax.set_xlabel(f"{words[size]} ({table[other].iloc[0]} {others[size]})")
        ax.set_ylabel("trials that find it (%)")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False
    )
    return panels[0], panels[1]


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
        frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1
    )
    return ax
