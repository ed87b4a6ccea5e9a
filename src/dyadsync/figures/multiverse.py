"""Figures of the chapter on the multiverse: the specification curve, and what moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.claims.verdict import CLAIMS
from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import new_axes
from dyadsync.scrutiny.multiverse.choices import CHOICES
from dyadsync.scrutiny.multiverse.run import MultiverseResult, standard_unit
from dyadsync.study.words import SHIPPED, Words
from millbook.figures.widths import columns, figure_size, is_narrow, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNITS = {
    "a": "SD of synchrony per SD of impairment",
    "b": "SD of outcome per SD of synchrony",
    "acme": "SD of outcome per SD of impairment",
}
_NAMES = {"a": "path a", "b": "path b", "acme": "ACME"}
_COLOURS = {"supported": PATIENT, "inconclusive": QUIET, "contradicted": THERAPIST}
_MOST_SHOWN = 1500  # two a pixel; more would not be seen


@two_widths
def specification_curve(
    result: MultiverseResult, effect: str = "acme", words: Words = SHIPPED
) -> tuple[Axes, Axes]:
    """Every analysis by the size of its estimate, and which choices stand where on the curve.

    Above, estimates in standard deviations with their intervals, those furthest on the claimed side
    first; the main analysis is marked. Below, a row an option: dark where analyses that took it
    are more frequent among those above than in the whole, white where there are none.

    Parameters
    ----------
    result : MultiverseResult
    effect : {"acme", "a", "b"}
    words : Words, optional
        What the study calls everything.

    Returns
    -------
    tuple of Axes
        The curve and the dashboard.
    """
    import matplotlib.pyplot as plt

    sign = CLAIMS["c" if effect == "acme" else effect][1]
    estimates = result.standardised(effect)
    estimates = estimates[np.isfinite(estimates)]
    order = estimates.index[np.argsort(-sign * estimates.to_numpy(), kind="stable")]
    table, ranked = result.table.loc[order], estimates.loc[order].to_numpy()
    varied = [name for name in CHOICES if len(table[name].unique()) > 1]
    n_rows = sum(table[name].nunique() + 1 for name in varied)
    row = 0.2 if is_narrow() else 0.17
    _, (curve, board) = plt.subplots(
        2,
        1,
        figsize=figure_size(7.6, 3.0 + row * n_rows),
        height_ratios=[2.6, max(row * n_rows, 0.5)],
        sharex=True,
    )
    _draw_curve(curve, table, ranked, effect, result.main.name)
    curve.set_ylabel(f"{_NAMES[effect]}\n({words.tell(_UNITS[effect])})", fontsize=9)
    _draw_dashboard(board, table, varied, words, bins=60 if is_narrow() else 120)
    board.set_xlabel(f"{len(table):,} analyses, ranked")
    return curve, board


def _draw_curve(ax: Axes, table: pd.DataFrame, ranked: Array, effect: str, main: object) -> None:
    place = np.arange(len(table)) + 0.5
    unit = standard_unit(table, effect).to_numpy()
    low, high = (table[f"{effect}_{end}"].to_numpy() * unit for end in ("ci_lower", "ci_upper"))
    shown = np.zeros(len(table), bool)
    shown[:: -(-len(table) // _MOST_SHOWN)] = True
    for verdict, colour in _COLOURS.items():
        mine = (table[f"{effect}_verdict"] == verdict).to_numpy()
        if not mine.any():
            continue
        drawn = mine & shown
        ax.vlines(
            place[drawn],
            low[drawn],
            high[drawn],
            color=colour,
            alpha=0.35,
            linewidth=max(0.4, min(3.0, 300 / len(table))),
            rasterized=True,
        )
        ax.plot([], [], color=colour, linewidth=5, label=f"{verdict} ({mine.mean():.0%})")
    ax.plot(place[shown], ranked[shown], color=INK, linewidth=2, rasterized=True)
    ends = np.nanquantile(np.concatenate([low, high, [0.0]]), [0.005, 0.995])
    ax.set_ylim(*(ends + np.array([-0.05, 0.05]) * np.ptp(ends)))
    ax.axhline(0, color=INK, linewidth=1, linestyle="--")
    if main in table.index:
        at = int(table.index.get_loc(main))
        ax.plot(
            place[at],
            ranked[at],
            "D",
            color=ACCENT,
            markeredgecolor="white",
            markersize=9,
            linestyle="none",
            label="main analysis",
            zorder=5,
        )
    ax.legend(
        frameon=False, fontsize=9, ncols=columns(2), loc="lower left", bbox_to_anchor=(0, 1),
        handlelength=1,
    )  # fmt: skip


def _draw_dashboard(
    ax: Axes, table: pd.DataFrame, varied: list[str], words: Words, bins: int
) -> None:
    n = len(table)
    edges = np.linspace(0, n, min(bins, n) + 1)
    column = np.minimum(np.searchsorted(edges, np.arange(n), side="right") - 1, len(edges) - 2)
    total = np.bincount(column, minlength=len(edges) - 1)
    labels: list[tuple[float, str, bool]] = []
    y = 0.0
    for name in varied:
        labels.append((y, CHOICES[name].title, True))
        y -= 1
        for option in CHOICES[name].options:
            taken = (table[name] == option).to_numpy()
            if not taken.any():
                continue
            share = np.bincount(column[taken], minlength=len(total)) / np.maximum(total, 1)
            ax.pcolormesh(
                edges,
                [y - 0.42, y + 0.42],
                (share / taken.mean())[None, :],
                cmap="Greys",
                vmin=0,
                vmax=2,
                rasterized=True,
            )
            labels.append((y, words.tell(str(option)), False))
            y -= 1
    ax.set_yticks([at for at, _, _ in labels], [text for _, text, _ in labels], fontsize=9)
    for text, (_, _, heading) in zip(ax.get_yticklabels(), labels, strict=True):
        text.set_fontweight("bold" if heading else "normal")
    ax.tick_params(axis="y", length=0)
    ax.set(ylim=(y + 0.4, 0.6), xlim=(0, n))
    ax.spines["left"].set_visible(False)


@two_widths
def what_moves_it(shares: pd.DataFrame, most: int = 10, ax: Axes | None = None) -> Axes:
    """Show the largest shares of variance that choices, and pairs of them, account for.

    Parameters
    ----------
    shares : DataFrame
        From `MultiverseResult.moved_by`.
    most : int
        How many bars.
    ax : Axes, optional
        Where to draw.
    """
    largest = shares.nlargest(most, "share").iloc[::-1]
    ax = new_axes(ax, (6.0, 0.9 + 0.34 * len(largest)))
    pair = largest["choices"].str.contains(" x ").to_numpy()
    words = [
        (" ×\n" if is_narrow() else " × ").join(
            CHOICES[part].title.lower() for part in names.split(" x ")
        )
        for names in largest["choices"]
    ]
    bars = ax.barh(words, 100 * largest["share"], color=np.where(pair, QUIET, PATIENT))
    ax.bar_label(bars, fmt="%.1f", padding=3, fontsize=9)
    ax.set_xlabel("share of variance (%); pairs of choices in grey")
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.12)
    return ax
