"""The data of a figure, read off what was drawn, so that no figure can show other numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

_NUMBER = re.compile(r"[-−+]?[\d.]*%?")
_COLUMNS = ["panel", "kind", "series", "x", "y", "value", "x_label", "y_label"]


def drawn_data(figure: Figure) -> pd.DataFrame:
    """Every point, line, bar and band of a figure, a row a point.

    Returns
    -------
    DataFrame
        ``panel`` (its title, or its number where there are several), ``kind``, ``series`` (as in
        the legend, else the number of what was drawn), ``x y`` in the units of the axes, and
        ``x_label y_label`` where an axis has words in the place of numbers. Columns without any
        entry are left out.
    """
    axes = [ax for ax in figure.axes if ax.axison]
    parts = []
    for number, ax in enumerate(axes, start=1):
        name = ax.get_title(loc="left") or ax.get_title() or (str(number) if axes[1:] else "")
        for order, (kind, label, points) in enumerate(_artists(ax), start=1):
            part = pd.DataFrame(points[:, :2], columns=["x", "y"])
            part["value"] = points[:, 2] if points.shape[1] > 2 else ""
            part["panel"], part["kind"] = name, kind
            part["series"] = str(order) if not label or label.startswith("_") else label
            part["x_label"] = _words(ax.xaxis, part["x"])
            part["y_label"] = _words(ax.yaxis, part["y"])
            parts.append(part)
    if not parts:
        return pd.DataFrame(columns=_COLUMNS)
    whole = pd.concat(parts, ignore_index=True)[_COLUMNS].dropna(subset=["x", "y"])
    return whole.loc[:, [(whole[name] != "").any() for name in _COLUMNS]]


def _artists(ax: Axes) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Kind, label and points (n, 2), of cells (n, 3), of what stands in the data's coordinates."""
    from matplotlib.collections import LineCollection, PathCollection, PolyCollection
    from matplotlib.patches import Rectangle

    for line in ax.lines:
        if line.get_transform() == ax.transData:  # not the lines at 0 across the whole panel
            points = np.asarray(line.get_xydata(), dtype=float)
            joined = line.get_linestyle() not in ("None", "") and len(points) > 1
            yield "line" if joined else "points", str(line.get_label()), points
    for drawn in ax.collections:
        label = str(drawn.get_label())
        if isinstance(drawn, PathCollection):
            yield "points", label, np.asarray(drawn.get_offsets(), dtype=float)
        elif isinstance(drawn, LineCollection):
            # An error that is not a number has a segment without a point.
            ends = [np.asarray(segment) for segment in drawn.get_segments() if np.size(segment)]
            if ends:
                yield "segments", label, np.vstack(ends)
        elif isinstance(drawn, PolyCollection) and drawn.get_paths():
            yield "band", label, np.vstack([np.asarray(p.vertices) for p in drawn.get_paths()])
    for image in ax.images:
        cells: NDArray[np.float64] = np.ma.filled(
            np.ma.asarray(image.get_array(), dtype=float), np.nan
        )
        rows, columns = np.nonzero(np.isfinite(cells))
        yield "cells", "", np.column_stack([columns, rows, cells[rows, columns]])
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    if bars and bars[0].get_transform() is not None:
        corners = [(b.get_x() + b.get_width() / 2, b.get_y() + b.get_height()) for b in bars]
        yield "bars", "", np.array(corners, dtype=float)


def _words(axis: Axis, values: pd.Series) -> pd.Series:
    from matplotlib.ticker import FixedLocator

    if not isinstance(axis.get_major_locator(), FixedLocator):
        return pd.Series("", index=values.index)
    places = {
        round(float(place), 6): label.get_text().replace("\n", " ")
        for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
        if not _NUMBER.fullmatch(label.get_text())
    }
    return values.map(lambda value: places.get(round(float(value), 6), ""))
