"""Figures of the synchrony chapter, and its tables in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import faint, forest_plot, new_axes
from dyadsync.study.words import SHIPPED, Words, with_unit
from millbook.figures.widths import is_narrow, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes


POOLED_METHODS = {"rm_corr": "repeated-measures r", "mixed": "average slope"}


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Write the names of rows and columns as words: ``log_ratio`` as ``log ratio``."""

    def plain(name: object) -> str:
        return str(name).replace("_", " ")

    return table.rename(index=plain, columns=plain)


def synchrony_table(synchrony: pd.DataFrame) -> pd.DataFrame:
    """Every dyad's synchrony as a reader sees it.

    Parameters
    ----------
    synchrony : DataFrame
        What ``dyad_synchrony`` returns.

    Returns
    -------
    DataFrame
        Rounded to three decimals, with columns in words; the measure, one for all, is left out.
    """
    names = {
        "dyad_id": "dyad",
        "n_sessions": "pairs",
        "synchrony": "synchrony (r)",
        "z": "Fisher z",
        "variance": "variance of z by chance",
        "reason": "why none",
    }
    return synchrony[list(names)].rename(columns=names).round(3)


def pooled_table(pooled: pd.DataFrame) -> pd.DataFrame:
    """Pooled synchrony as a reader sees it.

    Parameters
    ----------
    pooled : DataFrame
        What ``pooled_synchrony`` returns, of one or several methods.

    Returns
    -------
    DataFrame
        Rounded to three decimals, with columns and methods in words.
    """
    names = {
        "method": "method",
        "interval": "interval",
        "estimate": "estimate",
        "ci_lower": "from",
        "ci_upper": "to",
        "p_value": "p",
        "n_clusters": "clusters",
    }
    table = pooled.assign(method=pooled["method"].map(POOLED_METHODS))
    return table[list(names)].rename(columns=names).round(3)


@two_widths
def pooled_plot(pooled: pd.DataFrame, words: Words = SHIPPED, ax: Axes | None = None) -> Axes:
    """Pooled synchrony by each method with each of its intervals.

    Parameters
    ----------
    pooled : DataFrame
        What ``pooled_synchrony`` returns, of one or several methods.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    label = words.tell(pooled["method"].map(POOLED_METHODS) + ", " + pooled["interval"])
    return forest_plot(pooled.assign(label=label), label="label", xlabel="pooled synchrony", ax=ax)


@two_widths
def pairs_plot(
    pairs: pd.DataFrame, unit: str = "", words: Words = SHIPPED, ax: Axes | None = None
) -> Axes:
    """One dyad's pairs of changes, and the rectangles whose areas its correlation adds up.

    Each rectangle reaches from the two means to a pair: its area is the product of the two
    deviations. Filled rectangles count for synchrony, hatched ones against it. Dots bear
    the numbers of their sessions.

    Parameters
    ----------
    pairs : DataFrame
        ``session patient therapist``, one row a session of the dyad.
    unit : str
        Unit of the changes.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    from matplotlib.patches import Rectangle

    ax = new_axes(ax, (5.4, 4.4))
    x, y = pairs["therapist"].to_numpy(float), pairs["patient"].to_numpy(float)
    mean_x, mean_y = x.mean(), y.mean()
    for at_x, at_y, session in zip(x, y, pairs["session"], strict=True):
        together = (at_x - mean_x) * (at_y - mean_y) >= 0
        ax.add_patch(
            Rectangle(
                (mean_x, mean_y),
                at_x - mean_x,
                at_y - mean_y,
                facecolor=ACCENT if together else "none",
                edgecolor=ACCENT if together else THERAPIST,
                alpha=0.35,
                hatch=None if together else "//",
            )
        )
        ax.plot(at_x, at_y, "o", color=INK, markersize=8)
        ax.annotate(
            f"{session}",
            (at_x, at_y),
            xytext=(6 if at_x >= mean_x else -6, 4 if at_y >= mean_y else -4),
            textcoords="offset points",
            ha="left" if at_x >= mean_x else "right",
            va="bottom" if at_y >= mean_y else "top",
        )
    ax.axvline(mean_x, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    ax.axhline(mean_y, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    ax.margins(0.25, 0.2)
    ax.set_xlabel(with_unit(f"{words.second}'s {words.change}", unit))
    ax.set_ylabel(with_unit(f"{words.first}'s {words.change}", unit))
    return ax


@two_widths
def dyads_plot(synchrony: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Every dyad's synchrony in order of size; dyads with fewer pairs than most are hollow.

    Parameters
    ----------
    synchrony : DataFrame
        What ``dyad_synchrony`` returns; dyads without a synchrony are left out.
    ax : Axes, optional
        Where to draw.
    """
    usable = synchrony[synchrony["synchrony"].notna()]
    usable = usable.sort_values("synchrony", kind="stable", ignore_index=True)
    size = min(12.0, 1.3 + 0.19 * len(usable))
    ax = new_axes(ax, (5.4, size))
    usual = int(usable["n_sessions"].mode().max()) if len(usable) else 0
    kinds = [
        (usable["n_sessions"] == usual, PATIENT, "o", f"{usual} pairs"),
        (usable["n_sessions"] < usual, "white", "o", "fewer pairs"),
        (usable["n_sessions"] > usual, PATIENT, "D", "more pairs"),
    ]
    ax.axvline(0, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    ax.hlines(usable.index, 0, usable["synchrony"], color=QUIET, linewidth=1, zorder=0)
    for chosen, fill, marker, label in kinds:
        own = usable[chosen]
        if len(own):
            ax.plot(
                own["synchrony"], own.index, marker, color=PATIENT, markerfacecolor=fill,
                markersize=7, label=label,
            )  # fmt: skip
    named = len(usable) <= 60
    ax.set_yticks(usable.index if named else [], usable["dyad_id"].astype(str) if named else [])
    ax.tick_params(axis="y", length=0, labelsize=10)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(-1, max(len(usable), 1))
    reach = max(1.0, float(usable["synchrony"].abs().max())) if len(usable) else 1.0
    ax.set_xlim(-1.05 * reach, 1.05 * reach)
    ax.set_xlabel("synchrony of the dyad (r)")
    if len(usable):
        ax.legend(loc="lower right", frameon=False)
    return ax


@two_widths
def agreement_plot(values: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How closely several versions of synchrony agree: their correlations over dyads.

    Parameters
    ----------
    values : DataFrame
        A column a version, a row a dyad. A dyad enters a cell if both versions have it.
    ax : Axes, optional
        Where to draw.
    """
    from matplotlib.colors import LinearSegmentedColormap

    table = values.corr()
    names = [str(name).replace("_", " ") for name in table.columns]
    k = len(names)
    ax = new_axes(ax, (1.6 + 0.9 * k, 0.9 + 0.62 * k))
    shown = np.where(np.tri(k, k=-1, dtype=bool), table.to_numpy(), np.nan)[1:, :-1]
    # The greater the correlation's size, the darker; black words stand on the darkest, too.
    greys = LinearSegmentedColormap.from_list("size", ["0.5", "1.0", "0.5"])
    ax.imshow(shown, cmap=greys, vmin=-1, vmax=1, aspect="auto")
    for row, column in zip(*np.nonzero(np.tri(k - 1, dtype=bool)), strict=True):
        value = shown[row, column]
        words = "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")
        ax.text(column, row, words, ha="center", va="center", color="black")
    ax.set_xticks(range(k - 1), [name.replace(" ", "\n") for name in names[:-1]])
    ax.set_yticks(range(k - 1), names[1:])
    ax.tick_params(length=0)
    if is_narrow():
        ax.tick_params(axis="x", rotation=60)
    ax.spines[:].set_visible(False)
    return ax


@two_widths
def versions_plot(
    values: pd.DataFrame, *, chosen: str, xlabel: str = "synchrony (r)", ax: Axes | None = None
) -> Axes:
    """Every dyad under each version of synchrony; a line follows a dyad from one to the next.

    Parameters
    ----------
    values : DataFrame
        A column a version, a row a dyad.
    chosen : str
        The version that orders the shades: dyads low on it are pale, high ones dark.
    xlabel : str
        What the axis shows.
    ax : Axes, optional
        Where to draw.
    """
    from matplotlib import colormaps

    names = list(values.columns)
    ax = new_axes(ax, (6.4, 1.2 + 0.7 * len(names)))
    rank = values[chosen].rank(pct=True).fillna(0.5)
    rows = np.arange(len(names))[::-1]
    for dyad, line in values.iterrows():
        ax.plot(
            line.to_numpy(float), rows, "o-", color=colormaps["cividis_r"](rank[dyad]),
            linewidth=0.8, markersize=5, alpha=faint(len(values) // 3, 0.85),
        )  # fmt: skip
    ax.axvline(0, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    ax.set_yticks(rows, [str(name).replace("_", " ") for name in names])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(xlabel)
    return ax
