"""The figures of the report; each draws nothing where its section has no answer.

They are drawn in a width that a phone shows as well, with every name as plain text.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from analysis import Analysis, X, Y
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from sentences import improvement, method_name

# A font that lacks a letter of some script: the page and the PDF have others.
warnings.filterwarnings("ignore", r"(?s).*[Gg]lyph")

WIDTH = 5.4
MANY = 60
"""More dyads than can be told apart in rows."""
Drawing = Callable[[Analysis], None]


def plain(text: str, width: int = 40, lines: int | None = None) -> str:
    """Write a name as a figure shows it: broken into lines, a dollar no sign of a formula."""
    return fill(text, width, max_lines=lines, placeholder="…").replace("$", r"\$")


def needs(part: str) -> Callable[[Drawing], Drawing]:
    """Draw only where `lacks_...` of that part is empty."""

    def decorate(draw: Drawing) -> Drawing:
        @wraps(draw)
        def drawn(a: Analysis) -> None:
            if not getattr(a, f"lacks_{part}"):
                draw(a)

        return drawn

    return decorate


def _zero(ax: Axes, *, vertical: bool = True) -> None:
    (ax.axvline if vertical else ax.axhline)(0, color="0.6", lw=1, zorder=0)


def _forest(ax: Axes, names: list[str], table: pd.DataFrame) -> None:
    """Draw estimates with their intervals, one below the other."""
    places = np.arange(len(table))[::-1]
    ax.hlines(places, table["ci_lower"], table["ci_upper"], color="C0", lw=2)
    ax.plot(table["estimate"], places, "o", color="C0")
    ax.set_yticks(places, names)
    ax.set_ylim(-0.6, len(table) - 0.4)
    _zero(ax)


@needs("mediation")
def effects(a: Analysis) -> None:
    """Both paths and the indirect effect in standard deviations."""
    table = a.effects.loc[["path a", "path b", "ACME"]]
    scaled = table[["estimate", "ci_lower", "ci_upper"]].mul(table["scale"], axis=0)
    _, ax = plt.subplots(figsize=(WIDTH, 2.2))
    _forest(ax, ["path a", "path b", "indirect\neffect"], scaled)
    ax.set_xlabel("SD per SD")


def signal(a: Analysis) -> None:
    """The signal of both persons over the sessions, one line per person and the median."""
    keys = ["session", "dyad_id", "role"]
    values = a.study.samples.groupby(keys, observed=True)["signal"].mean()
    positive = a.study.positive_signal and values.min() > 0
    log = positive and values.max() > 10 * values.median()
    panels = a.by_person
    fig, axes = plt.subplots(1, len(panels), figsize=(WIDTH, 3.2), sharey=True, squeeze=False)
    axes = axes[0]
    for ax, (name, own), color in zip(axes, panels, ("C0", "C1"), strict=False):
        wide = own.pivot_table(
            index="session", columns=["dyad_id", "role"], values="signal", observed=True
        )
        ax.plot(
            wide.index, wide, color="0.6", lw=0.6, alpha=max(0.15, min(1, 20 / len(wide.columns)))
        )
        ax.plot(wide.index, wide.median(axis=1), color=color, lw=2.5)
        ax.set_title(plain(name, 22))
        ax.set_yscale("log" if log else "linear")
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    fig.supxlabel("session", fontsize="medium")
    axes[0].set_ylabel(plain(a.names.axis("signal"), 28))


def outcome(a: Analysis) -> None:
    """The outcome over time, one line per dyad and the median."""
    rated = a.study.symptoms
    if not len(rated):
        return
    _, ax = plt.subplots(figsize=(WIDTH, 3.2))
    wide = rated.pivot_table(index="time", columns="dyad_id", values="outcome", observed=True)
    alpha = max(0.15, min(1, 20 / len(wide.columns)))
    for name in wide:
        own = wide[name].dropna()
        ax.plot(own.index, own, color="0.6", lw=0.6, alpha=alpha)
    ax.plot(wide.index, wide.median(axis=1), color="C2", lw=2.5)
    if (wide.index == wide.index.astype(int)).all():
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(plain(a.names.time))
    ax.set_ylabel(plain(a.names.axis("outcome"), 28))


@needs("synchrony")
def synchrony(a: Analysis) -> None:
    """Every dyad's synchrony, in order; of many dyads how often each value occurs."""
    r = a.known.sort_values("synchrony", kind="stable")["synchrony"].to_numpy()
    if len(r) < 2:
        return
    _, ax = plt.subplots(figsize=(WIDTH, 3.0))
    if len(r) > MANY:
        ax.hist(r, bins=np.linspace(-1, 1, 21), color="C0")
        ax.set_ylabel("dyads")
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        ax.plot(r, np.arange(1, len(r) + 1), "o", color="C0", ms=5)
        ax.set_ylabel("dyads, in order")
        ax.set_yticks([])
    ax.axvline(r.mean(), color="C3", lw=1.5, ls="--")
    _zero(ax)
    ax.set_xlim(-1.05, 1.05)
    ax.set_xlabel("synchrony (r), dashed: mean")


@needs("mediation")
def paths(a: Analysis) -> None:
    """Synchrony over the cause, and the outcome over synchrony, each with its line."""
    table = a.complete
    m = "synchrony (z)" if a.m == "z" else "synchrony (r)"
    _, axes = plt.subplots(1, 2, figsize=(WIDTH, 3.2))
    fits = a.effects["estimate"]
    for ax, x, y, slope in ((axes[0], X, a.m, fits["path a"]), (axes[1], a.m, Y, fits["path b"])):
        ax.plot(table[x], table[y], "o", color="C0", ms=4, alpha=max(0.3, min(1, 60 / len(table))))
        ends = np.array([table[x].min(), table[x].max()])
        ax.plot(ends, table[y].mean() + slope * (ends - table[x].mean()), color="C3")
    axes[0].set(xlabel=plain(a.names.axis("cause"), 22), ylabel=m)
    unit = a.outcome_unit
    named = improvement(a) + (f" ({unit})" if unit else "")
    axes[1].set(xlabel=m, ylabel=plain(named, 26))


@needs("mediation")
def methods(a: Analysis) -> None:
    """The indirect effect by every method."""
    if not a.checkable:
        return
    table = a.replication.of("ACME")
    if len(table) < 2:
        return
    _, ax = plt.subplots(figsize=(WIDTH, 0.8 + 0.32 * len(table)))
    _forest(ax, [plain(method_name(a, str(name)), 22, 2) for name in table.index], table)
    # One interval that is all but unbounded would leave nothing to see of the others.
    widths = table["ci_upper"] - table["ci_lower"]
    usual = table[widths <= 5 * widths.median()]
    room = 0.08 * (usual["ci_upper"].max() - usual["ci_lower"].min())
    ax.set_xlim(min(usual["ci_lower"].min(), 0) - room, max(usual["ci_upper"].max(), 0) + room)
    unit = a.outcome_unit
    ax.set_xlabel(plain(f"indirect effect{f' ({unit})' * bool(unit)}"))


@needs("mediation")
def multiverse(a: Analysis) -> None:
    """The indirect effect in every analysis of the multiverse, in order of size."""
    if a.multiverse is None:
        return
    table = a.multiverse.sort_values("standardised", kind="stable").reset_index(drop=True)
    _, ax = plt.subplots(figsize=(WIDTH, 3.0))
    out = table["acme"] != 0
    for mask, color in ((~out, "0.6"), (out, "C0")):
        some = table[mask]
        ax.vlines(some.index, some["lower"], some["upper"], color=color, lw=0.8, alpha=0.6)
        ax.plot(some.index, some["standardised"], ".", color=color, ms=4)
    _zero(ax, vertical=False)
    low, high = table["lower"].quantile(0.05), table["upper"].quantile(0.95)
    ax.set_ylim(min(low, 0) * 1.1 - 0.02, max(high, 0) * 1.1 + 0.02)
    ax.set_xlabel("analyses, in order")
    ax.set_ylabel("indirect effect (SD per SD)")
