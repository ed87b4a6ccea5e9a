"""Figures of the chapter on robust replication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.claims.verdict import excludes_zero
from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import new_axes
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.study.words import SHIPPED, Words
from millbook.figures.widths import columns, figure_size, to_fit, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOKS = [
    (PATIENT, "o"),
    (INK, "s"),
    (THERAPIST, "^"),
    (ACCENT, "D"),
    ("#CC79A7", "v"),
    ("#56B4E9", "P"),
]
"""Colour and marker of each method, in order: told apart without colour by the marker."""


PATTERN_TITLES = {
    "none": "no outliers",
    "vertical_y": "outliers in Y",
    "vertical_m": "outliers in M",
    "clustered_leverage": "clustered far out in X",
}
"""Titles of the patterns of a contamination study, in the order drawn."""


@dataclass(frozen=True)
class Labels:
    """What axes say of a mediation: of its mediator and of the outcome in its unit.

    Attributes
    ----------
    mediator : {"synchrony", "z"}
        The correlation itself, or its Fisher z.
    symptom_method : str
        As in `symptom_reduction`.
    words : Words, optional
        What the study calls everything.
    """

    mediator: str
    symptom_method: str
    words: Words = SHIPPED

    @property
    def unit(self) -> str:
        """Unit of the outcome."""
        return "percent" if self.symptom_method == "percent" else self.words.outcome_unit

    @property
    def m(self) -> str:
        """The mediator."""
        return "synchrony" if self.mediator == "synchrony" else "synchrony (Fisher z)"

    @property
    def y(self) -> str:
        """The outcome with its unit."""
        return f"{self.words.reduction} ({self.unit})"

    @property
    def acme(self) -> str:
        """The indirect effect with its unit, in one line."""
        return f"ACME ({self.unit} of {self.words.reduction})"

    @property
    def acme_per_x(self) -> str:
        """The indirect effect of one unit of the cause, in two lines."""
        return f"ACME: {self.unit} of {self.words.reduction}\nper unit of {self.words.burden}"


@two_widths
def moved_plot(
    before: pd.DataFrame,
    after: pd.DataFrame,
    x: str,
    y: str,
    lines: Mapping[str, tuple[float, float]],
    titles: tuple[str, str],
    ax: Axes | None = None,
) -> Axes:
    """Dyads before and after some were moved, and regression lines through them.

    Parameters
    ----------
    before, after : DataFrame
        The same rows; `after` has a column ``moved``.
    x, y : str
        Columns drawn.
    lines : mapping
        Intercept and slope by label; drawn solid, dashed and dotted in turn.
    titles : (str, str)
        Axis titles with units.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 4.2))
    moved = after["moved"].to_numpy(dtype=bool)
    kept = after[~moved]
    ax.plot(kept[x], kept[y], "o", color=QUIET, markersize=6, label="left as found")
    for old, new in zip(
        before.loc[moved, [x, y]].to_numpy(), after.loc[moved, [x, y]].to_numpy(), strict=True
    ):
        ax.annotate("", new, old, arrowprops={"arrowstyle": "->", "color": QUIET})
    ax.plot(
        before.loc[moved, x], before.loc[moved, y], "o", color=THERAPIST, markerfacecolor="white",
        markersize=6, label="moved: before",
    )  # fmt: skip
    ax.plot(
        after.loc[moved, x], after.loc[moved, y], "X", color=THERAPIST, markersize=8,
        label="moved: after",
    )  # fmt: skip
    values = pd.concat([before[x], after[x]])
    ends = np.array([values.min(), values.max()])
    styles = [("--", INK), ("-", THERAPIST), ("-", PATIENT)]
    for (label, (intercept, slope)), (style, colour) in zip(lines.items(), styles, strict=False):
        ax.plot(ends, intercept + slope * ends, style, color=colour, linewidth=2, label=label)
    ax.set_xlabel(titles[0])
    ax.set_ylabel(titles[1])
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=columns(2),
        frameon=False, fontsize=10,
    )  # fmt: skip
    return ax


@two_widths
def walk_plot(walks: Mapping[str, pd.DataFrame], *, ylabel: str = "ACME") -> Figure:
    """Indirect effect by each method as more and more dyads are moved.

    Parameters
    ----------
    walks : mapping
        Tables of `contamination_walk` by their title: a column of panels
        each, with a row of panels for every method.
    ylabel : str
        What is estimated.
    """
    import matplotlib.pyplot as plt

    methods = list(dict.fromkeys(name for walk in walks.values() for name in walk["method"]))
    figure, axes = plt.subplots(
        len(methods),
        len(walks),
        figsize=figure_size(6.4, 0.9 + 1.45 * len(methods)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for column, (title, walk) in enumerate(walks.items()):
        axes[0, column].set_title(to_fit(title, 18), fontsize=11)
        for row, method in enumerate(methods):
            ax = axes[row, column]
            part = walk[walk["method"] == method].sort_values("n_moved", kind="stable")
            steps, estimate = part["n_moved"].to_numpy(), part["estimate"].to_numpy()
            away = excludes_zero(part).to_numpy()
            ax.axhline(0, color=QUIET, linewidth=1, linestyle="--", zorder=0)
            ax.fill_between(
                steps, part["ci_lower"], part["ci_upper"], color=PATIENT, alpha=0.2, linewidth=0
            )
            ax.plot(steps, estimate, color=INK, linewidth=1.5)
            ax.plot(steps, estimate, "o", color=INK, markerfacecolor="white", markersize=6)
            ax.plot(steps[away], estimate[away], "o", color=INK, markersize=6)
            ax.annotate(
                method, (0.02, 0.97), xycoords="axes fraction", va="top", fontsize=10, color=INK
            )
            ax.xaxis.get_major_locator().set_params(integer=True)
    figure.supxlabel("dyads moved", fontsize=12)
    figure.supylabel(ylabel, fontsize=12)
    return figure


@two_widths
def weights_plot(
    weights: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    *,
    labelled: int = 4,
    below: float = 0.6,
) -> Figure:
    """Robustness weight of every dyad in each model, the lowest ones with their names.

    Parameters
    ----------
    weights : DataFrame
        Indexed by dyad, a column a model.
    names : mapping, optional
        Titles of the panels by column.
    labelled : int
        How many dyads a panel names at most.
    below : float
        Only weights below this are named.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        weights.shape[1],
        1,
        figsize=figure_size(6.4, 0.6 + 2.1 * weights.shape[1]),
        sharex=True,
        squeeze=False,
    )
    place = np.arange(len(weights))
    for ax, column in zip(axes[:, 0], weights, strict=True):
        values = weights[column].to_numpy()
        ax.vlines(place, values, 1, color=QUIET, linewidth=1)
        low = values < below
        ax.plot(place[~low], values[~low], "o", color=PATIENT, markersize=6)
        ax.plot(place[low], values[low], "D", color=THERAPIST, markersize=6)
        lowest = np.argsort(values, kind="stable")[:labelled]
        for row in lowest[values[lowest] < below]:
            ax.annotate(
                str(weights.index[row]),
                (row, values[row]),
                textcoords="offset points",
                xytext=(0, -7),
                ha="center",
                va="top",
                rotation=90,
                fontsize=10,
            )
        # Room for a name below a weight of 0.
        ax.set_ylim(-0.4, 1.08)
        ax.set_yticks([0, 0.5, 1])
        ax.set_xlim(-1, len(values))
        ax.set_title((names or {}).get(column, column), fontsize=11)
        ax.set_ylabel("weight")
    axes[-1, 0].set_xlabel("dyad, in the order of the data")
    return figure


@two_widths
def influence_plot(table: pd.DataFrame, *, names: Mapping[str, str] | None = None) -> Figure:
    """Change in each path when a dyad is left out, in standard errors; influential ones named.

    Parameters
    ----------
    table : DataFrame
        From `influence`.
    names : mapping, optional
        Titles of the panels by path.
    """
    import matplotlib.pyplot as plt

    paths = list(dict.fromkeys(table["path"]))
    figure, axes = plt.subplots(
        len(paths), 1, figsize=figure_size(6.4, 0.6 + 1.9 * len(paths)), sharex=True, squeeze=False
    )
    for ax, path in zip(axes[:, 0], paths, strict=True):
        part = table[table["path"] == path].reset_index(drop=True)
        values = part["standardised"].to_numpy()
        edge = 2 / np.sqrt(len(part))
        far = part["influential"].to_numpy(dtype=bool)
        ax.axhspan(-edge, edge, color=QUIET, alpha=0.15, linewidth=0)
        ax.axhline(0, color=QUIET, linewidth=1)
        place = np.arange(len(part))
        ax.vlines(place, 0, values, color=np.where(far, THERAPIST, PATIENT), linewidth=1.5)
        ax.plot(place[~far], values[~far], "o", color=PATIENT, markersize=5)
        ax.plot(place[far], values[far], "D", color=THERAPIST, markersize=6)
        for row in np.flatnonzero(far):
            ax.annotate(
                str(part.loc[row, "unit"]),
                (row, values[row]),
                textcoords="offset points",
                xytext=(0, 6 if values[row] > 0 else -6),
                ha="center",
                va="bottom" if values[row] > 0 else "top",
                fontsize=10,
            )
        largest = float(np.nanmax(np.abs(np.append(values, edge))))
        ax.set_ylim(-1.45 * largest, 1.45 * largest)
        ax.set_title((names or {}).get(path, path), fontsize=11)
    figure.supylabel("change, in standard errors", fontsize=12)
    axes[-1, 0].set_xlabel("dyad left out, in the order of the data")
    return figure


@two_widths
def left_out_plot(
    table: pd.DataFrame,
    *,
    path: str = "ab",
    xlabel: str = "ACME",
    words: Words = SHIPPED,
    ax: Axes | None = None,
) -> Axes:
    """Estimate without each unit in turn, beside the estimate with all.

    Parameters
    ----------
    table : DataFrame
        From `influence`.
    path : str
        Which path to draw.
    xlabel : str
        What is estimated.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    part = table[table["path"] == path].reset_index(drop=True)
    ax = new_axes(ax, (6.4, 1.0 + 0.34 * len(part)))
    rows = np.arange(len(part))[::-1]
    everyone = float(part.loc[0, "estimate"])
    unit = "dyad" if (part["n_rows"] == 1).all() else words.therapist
    ax.axvline(0, color=QUIET, linewidth=1, linestyle="--")
    ax.axvline(everyone, color=PATIENT, linewidth=1.5, label="all dyads")
    ax.hlines(rows, everyone, part["without"], color=INK, linewidth=1.5)
    ax.plot(part["without"], rows, "o", color=INK, markersize=8, label=f"without this {unit}")
    labels = [f"{name} (n = {n})" for name, n in zip(part["unit"], part["n_rows"], strict=True)]
    ax.set_yticks(rows, labels)
    ax.set_ylim(-0.6, len(part) - 0.4)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(xlabel)
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns(2), frameon=False, fontsize=10
    )
    return ax


@two_widths
def contamination_plot(
    table: pd.DataFrame,
    *,
    confidence_level: float = 0.95,
) -> Figure:
    """Bias and coverage of each method, a row for each pattern of outliers.

    Parameters
    ----------
    table : DataFrame
        Indexed by pattern and method, as a number of dyads of `harshest_cells`: ``bias bias_se
        coverage coverage_se``. Methods are drawn in its order, patterns in that of
        `PATTERN_TITLES`.
    confidence_level : float
        What coverage should be.
    """
    import matplotlib.pyplot as plt

    table = table.reset_index()
    names = {name: METHODS[name].label for name in table["method"].unique()}
    patterns = {
        name: title for name, title in PATTERN_TITLES.items() if name in set(table["pattern"])
    }
    figure, axes = plt.subplots(
        len(patterns),
        2,
        figsize=figure_size(6.4, 0.9 + (0.5 + 0.24 * len(names)) * len(patterns)),
        sharex="col",
        sharey=True,
        squeeze=False,
    )
    rows = np.arange(len(names))[::-1]
    for place, (pattern, title) in enumerate(patterns.items()):
        part = table[table["pattern"] == pattern].set_index("method").loc[list(names)]
        for ax, column, target in zip(
            axes[place], ("bias", "coverage"), (0.0, confidence_level), strict=True
        ):
            ax.axvline(target, color=QUIET, linewidth=1.5, linestyle="--", zorder=0)
            ax.hlines(rows, target, part[column], color=QUIET, linewidth=1)
            for row, (colour, marker), value, se in zip(
                rows, _looks(len(names)), part[column], part[f"{column}_se"], strict=True
            ):
                ax.errorbar(value, row, xerr=2 * se, fmt=marker, color=colour, markersize=7)
            ax.tick_params(axis="y", length=0)
            ax.spines["left"].set_visible(False)
        axes[place, 0].set_yticks(rows, list(names.values()), fontsize=10)
        axes[place, 0].set_ylim(-0.6, len(names) - 0.4)
        axes[place, 0].set_title(title, fontsize=11)
    axes[-1, 0].set_xlabel(to_fit("bias of the ACME", 14))
    axes[-1, 1].set_xlabel(to_fit(f"coverage of {confidence_level:.0%} intervals", 14))
    axes[-1, 1].set_xlim(right=1.02)
    return figure


def correlation_table(correlations: pd.DataFrame) -> pd.DataFrame:
    """Correlations along the paths as text, blank where pingouin has no such coefficient.

    Parameters
    ----------
    correlations : DataFrame
        From `path_correlations`.

    Returns
    -------
    DataFrame
        A row a path and method.
    """
    numbers = correlations[["r", "pingouin", "ci_lower", "ci_upper"]]
    shown = numbers.map("{:.2f}".format).where(numbers.notna(), "")
    shown.columns = ["r", "r by pingouin", "lower end", "upper end"]
    return shown.assign(dyads=correlations["n"], verdict=correlations["verdict"])


def coverage_table(study: pd.DataFrame) -> pd.DataFrame:
    """Coverage in every cell of a study of contamination, as text.

    Parameters
    ----------
    study : DataFrame
        From `contamination_study`.

    Returns
    -------
    DataFrame
        A row a number of dyads, share of outliers and pattern; a column a method.
    """
    cells = study.pivot_table("coverage", ["n_dyads", "share", "pattern"], "method", sort=False)
    labels = {name: METHODS[name].label for name in study["method"].unique()}
    shown = cells[list(labels)].rename(columns=labels, index=PATTERN_TITLES).map("{:.2f}".format)
    return shown.rename_axis(["dyads", "share", "coverage with"]).rename_axis(columns=None)


def _looks(n: int) -> Sequence[tuple[str, str]]:
    return [_LOOKS[place % len(_LOOKS)] for place in range(n)]
