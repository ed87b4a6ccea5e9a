"""The figure of the chapter on many cores: what a thousand trials cost by each method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dyadsync.figures.colours import INK, QUIET
from dyadsync.figures.style import new_axes
from millbook.figures.widths import columns, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@two_widths
def cost_plot(times: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Seconds of one core for a thousand trials, a row a method, on a logarithmic axis.

    Parameters
    ----------
    times : DataFrame
        What was run as index; ``seconds_one``, by this package's own way, and
        ``seconds_mediate``, by calls of `mediate`.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 1.0 + 0.36 * len(times)))
    rows = range(len(times))[::-1]
    ax.hlines(rows, times["seconds_one"], times["seconds_mediate"], color=QUIET, linewidth=2)
    ax.plot(
        times["seconds_mediate"], rows, "o", color=INK, mfc="white", label="by mediate, in turn"
    )
    ax.plot(times["seconds_one"], rows, "o", color=INK, label="all trials as one array")
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_yticks(rows, [str(name) for name in times.index])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("seconds for 1,000 trials on one core (logarithmic axis)")
    ax.figure.legend(loc="outside upper left", ncols=columns(2), frameon=False, fontsize=10)
    return ax
