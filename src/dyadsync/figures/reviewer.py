"""Figures of the chapter that answers a reviewer's questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import new_axes
from dyadsync.figures.words import SHIPPED, Words
from millbook.figures.widths import columns, is_narrow, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dyadsync.scrutiny.equivalence import Equivalence
    from dyadsync.scrutiny.missing.unseen import TippingPoint
    from dyadsync.scrutiny.timing.lags import Lags


@two_widths
def tipping_plot(found: TippingPoint | None, *, ylabel: str, ax: Axes | None = None) -> Axes:
    """Estimate and interval of the ACME over the shift of the unseen values.

    Parameters
    ----------
    found : TippingPoint or None
        Triangles mark the shifts at which its interval turns; None where nothing could be moved.
    ylabel : str
        What is estimated, with its unit.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax)
    if found is None:
        return _nothing(ax, "no value is missing that could be moved")
    table = found.table
    ax.fill_between(
        table["shift"], table["ci_lower"], table["ci_upper"], color=PATIENT, alpha=0.25, linewidth=0
    )
    ax.plot(table["shift"], table["estimate"], color=PATIENT)
    ax.axhline(0, color=QUIET, linestyle="--", linewidth=1)
    ax.axvline(0, color=QUIET, linewidth=1, zorder=0)
    for at in found.turns_at:
        if np.isfinite(at):
            ax.plot(at, 0, marker="^", color=THERAPIST, markersize=10, zorder=3)
            ax.annotate(
                f"{at:+.1f}".replace("-", "−"),
                (at, 0),
                (0, 10),
                textcoords="offset points",
                ha="center",
                color=THERAPIST,
            )
    ax.set(
        xlabel=f"unseen {found.shifted} moved by (SD)",
        ylabel=ylabel,
        xlim=(table["shift"].min(), table["shift"].max()),
    )
    return ax


@two_widths
def equivalence_plot(
    found: Equivalence,
    interval: tuple[float, float],
    *,
    told_apart: float | None = None,
    xlabel: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw an effect with both intervals over the range of effects that are too small to matter.

    Parameters
    ----------
    found : Equivalence
    interval : (float, float)
        The analysis's own interval, drawn thin; that of the equivalence test is drawn thick.
    told_apart : float, optional
        The smallest effect that could have been told from none, marked on both sides.
    xlabel : str
        What is estimated, with its unit.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 2.2))
    ax.axvspan(-found.smallest, found.smallest, color=QUIET, alpha=0.3, linewidth=0)
    ax.annotate("too small to matter", (0, 0.9), ha="center", va="top", color=INK, fontsize=10)
    ax.axvline(0, color=QUIET, linestyle="--", linewidth=1)
    ax.plot(interval, [0.4, 0.4], color=INK, linewidth=1.5)
    ax.plot([found.ci_lower, found.ci_upper], [0.4, 0.4], color=INK, linewidth=5)
    ax.plot(found.estimate, 0.4, "o", color=INK, markerfacecolor="white", markersize=9)
    if told_apart is not None and np.isfinite(told_apart):
        ax.plot([-told_apart, told_apart], [0.1, 0.1], "|", color=ACCENT, markersize=16)
        ax.annotate(
            "could have been told from none",
            (-told_apart, 0.1),
            (6, 0),
            textcoords="offset points",
            va="center",
            color=ACCENT,
            fontsize=10,
        )
    ax.set(ylim=(0, 1), xlabel=xlabel, yticks=[])
    ax.spines["left"].set_visible(False)
    return ax


@two_widths
def lags_plot(
    found: Lags | None, words: Words = SHIPPED, *, ylabel: str, ax: Axes | None = None
) -> Axes:
    """Coefficient of each predictor by weeks from the session to the rating.

    Parameters
    ----------
    found : Lags or None
        None where there are too few ratings.
    words : Words, optional
        What the study calls everything.
    ylabel : str
        Unit of the coefficients.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax)
    if found is None:
        return _nothing(ax, f"too few ratings in the {words.times} around the sessions")
    ax.axhline(0, color=QUIET, linestyle="--", linewidth=1)
    names = list(dict.fromkeys(found.table["predictor"]))
    looks = [(PATIENT, "o"), (THERAPIST, "s"), (INK, "D")]
    for place, (name, (color, marker)) in enumerate(zip(names, looks, strict=False)):
        rows = found.of(name)
        at = rows.index.to_numpy(float) + 0.12 * (place - 1)
        ends = rows[["ci_lower", "ci_upper"]].to_numpy().T
        ax.vlines(at, *ends, color=color, linewidth=2)
        ax.plot(at, rows["estimate"], marker, color=color, label=words.tell(name), linestyle="none")
    ax.set_xticks(sorted(found.table["lag"].unique()))
    ax.set(xlabel=f"{words.times} from the session to the rating", ylabel=ylabel)
    ax.legend(
        frameon=False, fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0),
        ncols=columns(3),
    )  # fmt: skip
    return ax


@two_widths
def coverage_plot(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Coverage by kind of missingness and method, with Monte Carlo intervals.

    Parameters
    ----------
    table : DataFrame
        ``mechanism method coverage coverage_se``.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 4.4))
    mechanisms = list(dict.fromkeys(table["mechanism"]))
    methods = list(dict.fromkeys(table["method"]))
    colors = [QUIET, THERAPIST, PATIENT, "#56B4E9", ACCENT, INK, "#CC79A7"]
    for place, method in enumerate(methods):
        rows = table[table["method"] == method].set_index("mechanism")
        known = [name for name in mechanisms if name in rows.index]
        at = np.array([mechanisms.index(name) for name in known]) + 0.11 * (
            place - (len(methods) - 1) / 2
        )
        rows = rows.loc[known]
        ax.errorbar(
            at,
            rows["coverage"],
            1.96 * rows["coverage_se"],
            fmt="osD^vP*"[place % 7],
            color=colors[place % 7],
            label=method,
            markersize=6,
        )
    ax.axhline(0.95, color=QUIET, linestyle="--", linewidth=1)
    breaks = ",\n" if is_narrow() else ", "
    ax.set_xticks(range(len(mechanisms)), [name.replace(", ", breaks) for name in mechanisms])
    ax.set_ylabel("intervals that hold the truth")
    ax.set_ylim(top=1.0)
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.1))
    return ax


def _nothing(ax: Axes, why: str) -> Axes:
    """Say in the place of a figure why there is none."""
    ax.text(0.5, 0.5, why, ha="center", va="center", color=INK, transform=ax.transAxes)
    ax.axis("off")
    return ax
