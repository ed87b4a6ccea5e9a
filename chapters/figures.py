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
    if above:  # the line at 0 stops below each name
        ends = {"ymin": rows - 0.15, "ymax": rows + 0.4}
        ax.vlines([0] * len(rows), **ends, color="0.6", linewidth=1, linestyle="--", zorder=0)
    else:
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


def specification_curve(result, n_places=100):
    """Draw each analysis of a multiverse by its ACME; below, which options the analyses took.

    Longer than a cell because each option has a row of its own below the curve: at each place of
    the curve, the option's share there by its share of all analyses. White is none, black is twice
    as many or more.
    """
    import pandas as pd

    from dyadsync.scrutiny.multiverse.choices import CHOICES
    from dyadsync.scrutiny.multiverse.run import standard_unit

    table = result.table.assign(acme=result.standardised("acme")).dropna(subset=["acme"])
    table = table.sort_values("acme", kind="stable")
    table["place"] = n_places * (np.arange(len(table)) + 0.5) / len(table)
    unit = standard_unit(table, "acme")
    table["from"], table["to"] = table["acme_ci_lower"] * unit, table["acme_ci_upper"] * unit

    rows, at = [], table["place"].astype(int)
    for name, choice in CHOICES.items():
        if len(table[name].unique()) > 1:
            rows.append((choice.title, pd.Series(np.nan, range(n_places))))
            here = pd.crosstab(table[name], at, normalize="columns")
            here = here.div(table[name].value_counts(normalize=True), axis="index")
            options = [option for option in choice.options if option in here.index]
            rows += [(f"{option} ".replace("_", " "), here.loc[option]) for option in options]
    board = pd.DataFrame([strip for _, strip in rows], index=[name for name, _ in rows])

    size = (7.2, 3 + 0.17 * len(board))
    fig, (curve, strips) = plt.subplots(
        2, figsize=size, height_ratios=[3, 0.17 * len(board)], sharex=True
    )
    some = table.iloc[:: max(1, len(table) // 1500)]  # two per pixel; more would not be seen
    colours = {"supported": "C0", "inconclusive": "0.6", "contradicted": "C1"}
    for verdict, share in table["acme_verdict"].value_counts(normalize=True).items():
        mine = some[some["acme_verdict"] == verdict]
        percent = f"{100 * share:.0f}" if share >= 0.005 else "under 1"
        label = f"{verdict} ({percent} %)"
        curve.vlines(mine["place"], mine["from"], mine["to"], color=colours[verdict], alpha=0.4,
                     linewidth=0.8, rasterized=True)  # fmt: skip
        curve.plot([], [], color=colours[verdict], linewidth=5, label=label)
    curve.plot(some["place"], some["acme"], color="C3", linewidth=2, rasterized=True)
    curve.axhline(0, color="C3", linewidth=1, linestyle="--")
    main = table.loc[result.main.name]
    curve.plot(main["place"], main["acme"], "D", color="C2", markeredgecolor="white",
               markersize=9, label="main analysis")  # fmt: skip
    ends = np.quantile(np.concatenate([table["from"], table["to"]]), [0.005, 0.995])
    curve.set(ylim=ends, ylabel="indirect effect\n(SD per SD)")
    fig.legend(loc="outside upper center", ncols=2, handlelength=1)

    strips.pcolormesh(board, cmap="Greys", vmin=0, vmax=2, rasterized=True)
    strips.invert_yaxis()
    strips.spines[:].set_visible(False)
    strips.set(xticks=[], xlabel=f"{len(table):,} analyses, by their indirect effect", ylabel="")
    strips.set_yticks(np.arange(len(board)) + 0.5, board.index, fontsize=9, va="center")
    strips.tick_params(axis="y", length=0)
    for label in strips.get_yticklabels():
        label.set_fontweight("bold" if label.get_text()[-1] != " " else "normal")
    return curve, strips
