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
    """Every point, line, bar and band of a figure, one row per point.

    Returns
    -------
    DataFrame
        ``panel`` (its title, or its number where there are several), ``kind``, ``series`` (as in
        the legend, else the number of what was drawn), ``x y`` in the units of the axes, and
        ``x_label y_label`` where an axis has words in the place of numbers. Columns without any
        entry are left out.
    """
    axes = [ax for ax in figure.axes if ax.axison]
    parts: list[dict[str, Any]] = []
    for number, ax in enumerate(axes, start=1):
        name = ax.get_title(loc="left") or ax.get_title() or (str(number) if axes[1:] else "")
        x_words, y_words = _words(ax.xaxis), _words(ax.yaxis)
        for order, (kind, label, points) in enumerate(_artists(ax), start=1):
            series = str(order) if not label or label.startswith("_") else label
            x, y = points[:, 0], points[:, 1]
            value = points[:, 2] if points.shape[1] > 2 else _each("", x)
            labels = [_each(words, at) for words, at in ((x_words, x), (y_words, y))]
            texts = [_each(text, x) for text in (name, kind, series)]
            parts.append(dict(zip(_COLUMNS, [*texts, x, y, value, *labels], strict=True)))
    if not parts:
        return pd.DataFrame(columns=_COLUMNS)
    columns = {column: np.concatenate([part[column] for part in parts]) for column in _COLUMNS}
    whole = pd.DataFrame(columns).dropna(subset=["x", "y"])
    return whole.loc[:, [(whole[name] != "").any() for name in _COLUMNS]]


def _each(text: str | dict[float, str], places: NDArray[Any]) -> NDArray[np.object_]:
    """Give one text to all places, or each its own by a dictionary."""
    if isinstance(text, str):
        return np.full(len(places), text, object)
    return np.array([text.get(round(float(place), 6), "") for place in places], object)


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


def _words(axis: Axis) -> dict[float, str]:
    """Give the words that stand in the place of numbers, by where they stand."""
    from matplotlib.ticker import FixedLocator

    if not isinstance(axis.get_major_locator(), FixedLocator):
        return {}
    return {
        round(float(place), 6): label.get_text().replace("\n", " ")
        for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
        if not _NUMBER.fullmatch(label.get_text())
    }
