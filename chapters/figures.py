"""Figures that several chapters draw, or that are longer than the 25 lines of a cell."""

import matplotlib.pyplot as plt
import numpy as np


def forest_plot(table, xlabel, ax=None):
    """Draw estimates with their intervals, a row each, and a line at 0.

    Several chapters share it. A filled dot marks an interval that leaves out 0. Where it is as
    narrow as a phone, long names stand above their rows.

    Parameters
    ----------
    table : DataFrame
        Columns ``estimate ci_lower ci_upper``; the index names the rows.
    xlabel : str
        What is estimated, with its unit.
    ax : Axes, optional
        Where to draw.
    """
    names = [str(name) for name in table.index]
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 0.9 + 0.36 * len(table)))
        above = ax.figure.get_figwidth() < 4 and max(map(len, names)) > 16
        if above:
            ax.figure.set_figheight(0.9 + 0.52 * len(table))
    else:
        above = False
    rows = np.arange(len(table))
    away = (table["ci_lower"] > 0) | (table["ci_upper"] < 0)
    ax.axvline(0, color="0.6", linewidth=1, linestyle="--", zorder=0)
    ax.hlines(rows, table["ci_lower"], table["ci_upper"], color="C3", linewidth=2)
    ax.scatter(
        table["estimate"], rows, s=60, facecolor=np.where(away, "C3", "white"), edgecolor="C3",
        linewidth=1.5, zorder=3,
    )  # fmt: skip
    ax.set(xlabel=xlabel, ylim=(len(table) - 0.4, -0.8 if above else -0.6))
    ax.spines["left"].set_visible(False)
    if above:
        ax.set_yticks([])
        for row, name in zip(rows, names, strict=True):
            ax.annotate(
                name, (0, row), (0, 7), xycoords=("axes fraction", "data"),
                textcoords="offset points",
            )  # fmt: skip
    else:
        ax.set_yticks(rows, names)
        ax.tick_params(axis="y", length=0)
    return ax


def path_diagram(x, m, y, labels=None, confounder=None):
    """Draw cause, mediator and outcome as boxes and the paths between them as arrows.

    Longer than a cell because boxes and arrows are placed by hand, for a wide and a narrow figure.

    Parameters
    ----------
    x, m, y : str
        What stands in the boxes.
    labels : dict, optional
        What stands at the arrows ``a``, ``b`` and ``c_prime``; their names otherwise.
    confounder : str, optional
        What stands in a dashed box with dashed arrows to m and y.
    """
    _, ax = plt.subplots(figsize=(6.4, 3.4 if confounder else 2.8))
    narrow = ax.figure.get_figwidth() < 4
    places = {"x": (0.16, 0.22), "m": (0.42, 0.78), "y": (0.84, 0.22), "u": (0.86, 0.84)}
    if narrow:
        places = {"x": (0.2, 0.15), "m": (0.36, 0.86), "y": (0.8, 0.15), "u": (0.82, 0.86)}
    texts = {"x": x, "m": m, "y": y, **({"u": confounder} if confounder else {})}
    boxes = {}
    for name, text in texts.items():
        dashed = {"edgecolor": "0.6", "linestyle": "--"} if name == "u" else {"edgecolor": "C3"}
        box = {"boxstyle": "round,pad=0.6", "facecolor": "none", "linewidth": 1.5, **dashed}
        boxes[name] = ax.text(
            *places[name], text, ha="center", va="center", bbox=box, fontsize=9.5 if narrow else 11
        )
    names = {"a": "path a", "b": "path b", "c_prime": "path c′"} | (labels or {})
    arrows = {
        "a": ("x", "m", (-8, 4), "right", "bottom"),
        "b": ("m", "y", (8, 4), "left", "bottom"),
        "c_prime": ("x", "y", (0, -10), "center", "top"),
    }
    if confounder:
        arrows |= {"to m": ("u", "m", None, "", ""), "to y": ("u", "y", None, "", "")}
    for path, (start, end, offset, ha, va) in arrows.items():
        ends = {"patchA": boxes[start].get_bbox_patch(), "patchB": boxes[end].get_bbox_patch()}
        look = {"color": "C3"} if offset else {"color": "0.6", "linestyle": "--"}
        ax.annotate(
            "", places[end], places[start],
            arrowprops={"arrowstyle": "-|>", "linewidth": 1.5, "shrinkA": 2, "shrinkB": 2}
            | ends | look,
        )  # fmt: skip
        if offset:
            middle = np.mean([places[start], places[end]], axis=0)
            text = names[path].replace(" (", "\n(") if narrow else names[path]
            ax.annotate(
                text, middle, offset, textcoords="offset points", ha=ha, va=va,
                fontsize=9.5 if narrow else 11,
            )  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
    return ax
