"""Figures of the mediation chapter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dyadsync.figures.colours import INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import forest_plot, new_axes
from dyadsync.study.words import SHIPPED, Words
from millbook.figures.widths import columns, is_narrow, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dyadsync.mediation.confounding import SensitivityResult
    from dyadsync.mediation.result import MediationResult

_SHOWN_DRAWS = 2000


def _said(column: str) -> str:
    """Say the name of a column as words."""
    return column.replace("_", " ")


@two_widths
def path_diagram(
    words: Mapping[str, str],
    *,
    labels: Mapping[str, str] | None = None,
    confounder: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """X, M and Y as boxes, the paths between them as arrows.

    Parameters
    ----------
    words : mapping
        What stands in the boxes ``x``, ``m`` and ``y``.
    labels : mapping, optional
        What stands at the arrows ``a``, ``b`` and ``c_prime``, such as estimates; their names
        otherwise.
    confounder : str, optional
        What stands in a dashed box with dashed arrows to m and y; no such box without it.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 3.4 if confounder else 2.8))
    places = {"x": (0.16, 0.22), "m": (0.42, 0.78), "y": (0.84, 0.22), "u": (0.86, 0.84)}
    if is_narrow():
        places = {"x": (0.2, 0.15), "m": (0.36, 0.86), "y": (0.8, 0.15), "u": (0.82, 0.86)}
    texts = dict(words)
    if confounder:
        texts["u"] = confounder
    size = 9.5 if is_narrow() else 11
    boxes = {
        name: ax.text(
            *places[name],
            texts[name],
            ha="center",
            va="center",
            fontsize=size,
            color=INK,
            bbox={
                "boxstyle": "round,pad=0.6",
                "facecolor": "none",
                "edgecolor": QUIET if name == "u" else INK,
                "linestyle": "--" if name == "u" else "-",
                "linewidth": 1.5,
            },
        )
        for name in texts
    }
    arrows = [("x", "m", "a"), ("m", "y", "b"), ("x", "y", "c_prime")]
    if confounder:
        arrows += [("u", "m", ""), ("u", "y", "")]
    sides = {"a": (-8, 4, "right"), "b": (8, 4, "left"), "c_prime": (0, -10, "center")}
    names = {"a": "path a", "b": "path b", "c_prime": "direct path c′"} | dict(labels or {})
    for start, end, path in arrows:
        ax.annotate(
            "",
            places[end],
            places[start],
            arrowprops={
                "arrowstyle": "-|>",
                "color": INK if path else QUIET,
                "linestyle": "-" if path else "--",
                "linewidth": 1.5,
                "patchA": boxes[start].get_bbox_patch(),
                "patchB": boxes[end].get_bbox_patch(),
                "shrinkA": 2,
                "shrinkB": 2,
            },
        )
        if path:
            right, up, align = sides[path]
            middle = np.mean([places[start], places[end]], axis=0)
            ax.annotate(
                names[path].replace(" (", "\n(") if is_narrow() else names[path],
                tuple(middle),
                (right, up),
                textcoords="offset points",
                ha=align,
                va="top" if path == "c_prime" else "bottom",
                fontsize=size,
                color=INK,
            )
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
    return ax


@two_widths
def coefficient_draws_plot(
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    estimate: tuple[float, float],
    ax: Axes | None = None,
) -> Axes:
    """Draws of the paths a and b; the shaded quadrants are where a*b has the other sign.

    Parameters
    ----------
    a, b : arrays, shape (B,)
        The draws; the first 2,000 are shown.
    estimate : (float, float)
        Estimates of a and b. The curve joins all pairs with their product.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 4.4))
    ax.plot(a[:_SHOWN_DRAWS], b[:_SHOWN_DRAWS], ".", color=PATIENT, alpha=0.25, markersize=4,
            rasterized=True,
            label="one draw")  # fmt: skip
    ax.plot(*estimate, "D", color=INK, markersize=8, label="estimate")
    # Both axes are shown, so that the quadrants can be seen.
    ax.margins(0.08)
    ax.axhline(0, color=QUIET, linewidth=1)
    ax.axvline(0, color=QUIET, linewidth=1)
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    product = estimate[0] * estimate[1]
    for x_end in (left, right):
        for y_end in (bottom, top):
            if x_end * y_end * product < 0:
                ax.fill_between([0, x_end], 0, y_end, color=THERAPIST, alpha=0.15, linewidth=0)
    # One branch of the hyperbola: the one through the estimate.
    along = np.linspace(min(left, 0.0), max(right, 0.0), 800)
    with np.errstate(divide="ignore"):
        curve = product / along
    inside = (curve > bottom) & (curve < top) & (along * estimate[0] > 0)
    ax.plot(along[inside], curve[inside], color=INK, linewidth=1.5, linestyle="--",
            label=f"a · b = {product:.2f}".replace("-", "−"))  # fmt: skip
    ax.fill_between([], [], color=THERAPIST, alpha=0.15, label="product of the other sign")
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.set_xlabel("path a: mediator per unit of X")
    ax.set_ylabel("path b: outcome per unit of the mediator")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2, frameon=False, fontsize=10)
    return ax


@two_widths
def indirect_histogram(
    draws: NDArray[np.floating],
    estimate: float,
    interval: tuple[float, float],
    *,
    xlabel: str = "indirect effect a · b",
    ax: Axes | None = None,
) -> Axes:
    """Draws of the indirect effect with the estimate and the interval.

    Parameters
    ----------
    draws : array, shape (B,)
        Draws of the effect.
    estimate : float
        Plug-in estimate.
    interval : (float, float)
        Ends of the interval.
    xlabel : str
        What is drawn, with its unit.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 3.4))
    low, high = interval
    counts, edges, bars = ax.hist(draws, bins=60, color=PATIENT, alpha=0.35)
    middles = (edges[:-1] + edges[1:]) / 2
    for middle, bar in zip(middles, bars, strict=True):  # type: ignore[arg-type]
        if low <= middle <= high:
            bar.set_alpha(0.8)
    tall = float(np.max(counts))
    ax.plot([low, high], [-0.05 * tall] * 2, color=INK, linewidth=2)
    ax.plot(estimate, -0.05 * tall, "D", color=INK)
    ax.axvline(0, color=INK, linewidth=1, linestyle="--")
    ax.annotate(" 0", (0, tall), color=INK, va="top")
    ax.set_ylim(-0.1 * tall, 1.05 * tall)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(xlabel)
    ax.set_ylabel("draws")
    return ax


@two_widths
def effects_plot(result: MediationResult, words: Words = SHIPPED, ax: Axes | None = None) -> Axes:
    """Indirect, direct and total effect with their intervals.

    The proportion mediated is left out: it has another unit.
    """
    table = result.table.drop(index="Prop. mediated")
    unit = "probability" if result.outcome != "linear" else _said(result.y)
    ends = f"{result.contrast[0]:.4g} to {result.contrast[1]:.4g}"
    xlabel = words.tell(f"effect on {unit} of {_said(result.x)} from {ends}")
    return forest_plot(table, xlabel=xlabel, ax=ax)


@two_widths
def interaction_plot(
    data: pd.DataFrame, x: str, m: str, y: str, words: Words = SHIPPED, ax: Axes | None = None
) -> Axes:
    """Outcome against mediator, with a line of its own for low and for high x.

    The data are split at the median of x; a lower and an upper half whose lines run side by side
    show no sign of an interaction.

    Parameters
    ----------
    data : DataFrame
        One row a dyad.
    x, m, y : str
        Columns.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 3.8))
    data = data.dropna(subset=[x, m, y])
    high = data[x] > data[x].median()
    looks = [("lower", ~high, PATIENT, "o", "-"), ("upper", high, THERAPIST, "^", "--")]
    for half, rows, colour, marker, line in looks:
        part = data[rows]
        ax.plot(
            part[m],
            part[y],
            marker,
            color=colour,
            alpha=0.7,
            label=words.tell(f"{half} half of {_said(x)}"),
        )
        if np.ptp(part[m]) > 0:
            ends = np.array([part[m].min(), part[m].max()])
            slope, level = np.polyfit(part[m], part[y], 1)
            ax.plot(ends, level + slope * ends, line, color=colour)
    ax.set_xlabel(words.tell(_said(m)))
    ax.set_ylabel(words.tell(_said(y)))
    ax.legend(
        frameon=False, fontsize=10, loc="lower center", bbox_to_anchor=(0.5, 1.0),
        ncols=columns(2),
    )  # fmt: skip
    return ax


@two_widths
def sensitivity_plot(
    result: SensitivityResult, words: Words = SHIPPED, ax: Axes | None = None
) -> Axes:
    """ACME against the residual correlation that a confounder would make.

    Observed covariates stand as triangles at the size of rho that a confounder as strong as they
    are would make, on either side of 0.
    """
    ax = new_axes(ax)
    table = result.table
    ax.fill_between(table["rho"], table["ci_lower"], table["ci_upper"], color=PATIENT, alpha=0.2,
                    label=f"{result.confidence_level:.0%} interval")  # fmt: skip
    ax.plot(table["rho"], table["acme"], color=PATIENT, label="indirect effect")
    ax.axhline(0, color=QUIET, linewidth=1, linestyle="--")
    ax.axvline(0, color=QUIET, linewidth=1)
    ax.plot(result.rho_at_zero, 0, "o", color=INK)
    right = result.rho_at_zero < 0.4
    ax.annotate(
        f"zero at ρ = {result.rho_at_zero:.2f}",
        (result.rho_at_zero, 0),
        textcoords="offset points",
        xytext=(8 if right else -8, 8),
        ha="left" if right else "right",
    )
    if len(result.benchmarks):
        # The far ends of the curve say little and would flatten what lies between.
        floor = ax.get_ylim()[0]
        for sign in (-1, 1):
            ax.plot(
                sign * result.benchmarks["rho"],
                np.full(len(result.benchmarks), floor),
                "^",
                color=THERAPIST,
                clip_on=False,
                markersize=8,
                label="as strong as an observed covariate" if sign > 0 else None,
            )
        ax.set_ylim(bottom=floor)
    ax.set_xlabel("ρ, correlation of the two models' errors")
    ax.set_ylabel(words.tell(f"ACME on {_said(result.y)}"))
    ax.legend(frameon=False, fontsize=10)
    return ax
