"""Figures of the data chapter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dyadsync.figures.colours import INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import faint, new_axes
from dyadsync.figures.words import SHIPPED, Words, possessive, with_unit
from millbook.figures.widths import figure_size, is_narrow, two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOUR = {"patient": PATIENT, "therapist": THERAPIST}
_LINE = {"patient": "-", "therapist": "--"}
_MARKER = {"patient": "s", "therapist": "o"}
_PHASES = ("pre", "post")


@two_widths
def sample_map(
    samples: pd.DataFrame,
    dyads: Iterable[Any],
    sessions: Iterable[int],
    words: Words = SHIPPED,
    ax: Axes | None = None,
) -> Axes:
    """Which of the planned samples are there: a row a dyad, a column a session, role and phase.

    Parameters
    ----------
    samples : DataFrame
        ``dyad_id session role phase``, one row a sample that is there.
    dyads, sessions : iterable
        What was planned. Dyads with a gap are named beside their row, as long as there are few.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    dyads, sessions = list(dyads), list(sessions)
    phases = _PHASES if "phase" in samples else ("",)
    columns = pd.MultiIndex.from_product([sessions, _COLOUR, phases])
    row = pd.Index(dyads).get_indexer(samples["dyad_id"])
    taken = samples.assign(phase=samples.get("phase", ""))[["session", "role", "phase"]]
    column = columns.get_indexer(pd.MultiIndex.from_frame(taken.astype({"session": int})))
    there = np.zeros((len(dyads), len(columns)), dtype=bool)
    there[row[(row >= 0) & (column >= 0)], column[(row >= 0) & (column >= 0)]] = True
    # four columns a session: room between the two persons, and more between sessions
    within = {("patient", "pre"): 0.0, ("patient", "post"): 1.0}
    within |= {("therapist", "pre"): 2.4, ("therapist", "post"): 3.4}
    within |= {("patient", ""): 0.5, ("therapist", ""): 2.9}
    place = np.array(
        [5.4 * sessions.index(one) + within[role, phase] for one, role, phase in columns]
    )
    tall = min(14.0, 1.4 + 0.16 * len(dyads))
    ax = new_axes(ax, (min(9.0, max(4.4, 1.0 + 0.9 * len(sessions))), tall))
    size = min(6.5, 500 / len(dyads))
    of = columns.get_level_values(1)
    persons = {"patient": words.first, "therapist": words.second}
    for role, colour in _COLOUR.items():
        person = persons[role]
        y, x = np.nonzero(there & (of == role))
        ax.plot(place[x], y, _MARKER[role], color=colour, markersize=size, label=person)
    y, x = np.nonzero(~there)
    [gaps_drawn] = ax.plot(place[x], y, "x", color=INK, markeredgewidth=2, label="not there")
    gaps_drawn.set_markersize(max(size + 1, 4))  # to be seen among 500 dyads, too
    gaps = np.flatnonzero(~there.all(axis=1))
    named = gaps.tolist() if len(gaps) <= 40 else []
    ax.set_yticks(named, [str(dyads[gap]) for gap in named])
    ax.set_ylim(len(dyads) - 0.3, -0.9)
    ax.set_ylabel("dyads (those with a gap are named)")
    ax.set_xticks([5.4 * i + 1.7 for i in range(len(sessions))], [str(one) for one in sessions])
    each = f" (each person: {words.before}, {words.after})" if len(phases) > 1 else ""
    ax.set_xlabel(f"session{each}")
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    key = ax.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1),
        ncols=3,
        frameon=False,
        columnspacing=1,
        handletextpad=0.2,
    )
    for drawn in key.get_lines():  # they can be told apart however many dyads there are
        drawn.set_markersize(max(drawn.get_markersize(), 6.5))
    return ax


@two_widths
def concentrations(
    samples: pd.DataFrame,
    limit: float | None = None,
    words: Words = SHIPPED,
    ax: Axes | None = None,
) -> Axes:
    """Distribution of the signal by person, with the limit of quantification.

    The axis is logarithmic where the signal is above 0 by its nature.

    Parameters
    ----------
    samples : DataFrame
        ``role signal``.
    limit : float, optional
        Limit of quantification in the signal's unit.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (5.4, 4.0))
    values = samples["signal"]
    n_bins = int(np.clip(1.2 * np.sqrt(len(values)), 6, 30))
    positive = words.positive and bool(values.min() > 0)
    if positive:
        bins = np.geomspace(values.min() / 1.01, values.max() * 1.01, n_bins).tolist()
    else:
        bins = np.histogram_bin_edges(values, n_bins).tolist()
    persons = {"patient": words.first, "therapist": words.second}
    for role, colour in _COLOUR.items():
        own = values[samples["role"] == role]
        ax.hist(own, bins, color=colour, alpha=0.15)
        ax.hist(
            own,
            bins,
            histtype="step",
            color=colour,
            linestyle=_LINE[role],
            linewidth=2,
            label=f"{persons[role]} ({len(own)} samples)",
        )
    if limit is not None:
        ax.axvline(limit, color=INK, linestyle=":", linewidth=2)
        ax.annotate(
            f"limit of\nquantification\n{limit:g} {words.unit}".rstrip(),
            (limit, 0.98),
            xycoords=("data", "axes fraction"),
            xytext=(-5, 0),
            textcoords="offset points",
            ha="right",
            va="top",
        )
    if positive:
        ax.set_xscale("log")
        _plain_log_ticks(ax, "x")
    details = [words.unit, "logarithmic axis" if positive else ""]
    ax.set_xlabel(with_unit(words.signal_title, ", ".join(filter(None, details))))
    ax.set_ylabel("number of samples")
    ax.set_ylim(top=1.3 * ax.get_ylim()[1])  # room for the words
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)}
    ax.legend(frameon=False, **(above if is_narrow() else {"loc": "upper right"}))
    return ax


@two_widths
def before_and_after(samples: pd.DataFrame, words: Words = SHIPPED) -> tuple[Axes, Axes]:
    """Every person's signal before and after every session, and the means.

    Means are geometric, and axes logarithmic, where the signal is above 0 by its nature.

    Parameters
    ----------
    samples : DataFrame
        ``dyad_id session role phase signal``.
    words : Words, optional
        What the study calls everything.

    Returns
    -------
    tuple of Axes
        The first persons above, the second below.
    """
    import matplotlib.pyplot as plt

    wide = samples.pivot_table(
        index=["role", "session", "dyad_id"], columns="phase", values="signal"
    )
    wide = wide.reindex(columns=list(_PHASES)).dropna()
    sessions = sorted(samples["session"].unique())
    start = {session: 2.6 * i for i, session in enumerate(sessions)}
    positive = words.positive and bool(samples["signal"].min() > 0)
    persons = {"patient": words.firsts, "therapist": words.seconds}
    _, panels = plt.subplots(2, 1, figsize=figure_size(5.4, 6.4), sharex=True, sharey=True)
    for ax, (role, colour) in zip(panels, _COLOUR.items(), strict=True):
        own = wide[wide.index.get_level_values("role") == role]
        for session, pairs in own.groupby("session"):
            x = np.array([start[session], start[session] + 1])
            lines = pairs.to_numpy().T
            ax.plot(x, lines, color=colour, linewidth=0.8, alpha=faint(len(pairs), 0.45))
            mean = np.exp(np.log(pairs).mean()) if positive else pairs.mean()
            ax.plot(x, mean, "-o", color=INK, linewidth=3, markersize=7)
        if positive:
            ax.set_yscale("log")
            _plain_log_ticks(ax, "y")
        whose = f"{persons[role]}{possessive(persons[role])}"
        ax.set_ylabel(f"{whose} {with_unit(words.signal, words.unit)}")
        ax.tick_params(axis="x", length=0)
    panels[1].set_xticks([start[one] + 0.5 for one in sessions], [str(one) for one in sessions])
    panels[1].set_xlabel(f"session: {words.before} (left end) and {words.after} (right end)")
    return panels[0], panels[1]


@two_widths
def impairment_by_therapist(
    dyads: pd.DataFrame, words: Words = SHIPPED, ax: Axes | None = None
) -> Axes:
    """Every dyad's cause, a row a therapist, and all dyads with mean and SD above.

    Parameters
    ----------
    dyads : DataFrame
        ``therapist_id social_impairment``; a therapist with a single dyad has no row where all are
        so.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    counts = dyads["therapist_id"].value_counts().sort_index()
    counts = counts.sort_values(ascending=False, kind="stable")
    if counts.max() == 1:  # there is nobody whom dyads share
        counts = counts.iloc[:0]
    ax = new_axes(ax, (5.4, min(14.0, 1.6 + 0.42 * len(counts))))
    value = dyads["social_impairment"]
    top = len(counts)
    ax.plot(value, np.full(len(value), top), "|", color=INK, markersize=16)
    ax.errorbar(
        value.mean(), top + 0.5, xerr=value.std(), fmt="D", color=INK, capsize=4, markersize=6
    )
    for row, therapist in enumerate(counts.index[::-1]):
        own = value[dyads["therapist_id"] == therapist]
        ax.plot(own, np.full(len(own), row), "o", color=THERAPIST, alpha=0.7, markersize=7)
    ax.axhline(top - 0.5, color=QUIET, linewidth=1)
    labels = [f"{name}: {n}" for name, n in counts.items()][::-1]
    ax.set_yticks(range(top + 1), [*labels, f"all: {len(dyads)}"])
    ax.set_ylim(-0.6, top + 0.9)
    ax.set_ylabel(f"{words.therapist}: number of dyads" if len(counts) else "")
    ax.set_xlabel(words.cause_axis)
    ax.tick_params(axis="y", length=0)
    return ax


@two_widths
def symptom_courses(
    symptoms: pd.DataFrame, planned_weeks: float, words: Words = SHIPPED
) -> tuple[Axes, Axes]:
    """Every dyad's ratings over time with the mean, and how many were rated.

    Parameters
    ----------
    symptoms : DataFrame
        ``dyad_id time outcome``.
    planned_weeks : float
        Planned length of the study; a course without a rating in its last unit of time ends in a
        cross.
    words : Words, optional
        What the study calls everything.

    Returns
    -------
    tuple of Axes
        The courses, and the number of ratings below them.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    _, (above, below) = plt.subplots(
        2, 1, figsize=figure_size(5.4, 5.4), sharex=True, height_ratios=[4, 1]
    )
    ordered = symptoms.sort_values("time", kind="stable")
    for _, course in ordered.groupby("dyad_id"):
        above.plot(
            course["time"],
            course["outcome"],
            color=PATIENT,
            linewidth=0.8,
            alpha=faint(ordered["dyad_id"].nunique(), 0.45),
        )
    last = ordered.groupby("dyad_id")[["time", "outcome"]].last()
    early = last[last["time"] <= planned_weeks - 1]
    above.plot(
        early["time"],
        early["outcome"],
        "X",
        color=THERAPIST,
        markeredgecolor="white",
        markersize=10,
        label=f"no rating in the last {words.time} ({words.time} {planned_weeks:g})",
    )
    by_week = symptoms.groupby(symptoms["time"].round())["outcome"].agg(["mean", "size"])
    above.plot(by_week.index, by_week["mean"], "-o", color=INK, linewidth=3, label="mean")
    low, high = above.get_ylim()
    low = low if symptoms["outcome"].min() < 0 else 0
    above.set_ylim(low, high + 0.25 * abs(high))  # room for the words
    above.set_ylabel(words.scale_axis)
    above.legend(frameon=False, loc="upper right")
    below.bar(by_week.index, by_week["size"], color=QUIET, width=0.8)
    below.set_ylabel("rated")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    below.set_xlabel(words.time_title)
    return above, below


_REDUCTION_LABELS = {
    "slope": "slope ({})",
    "mixed": "mixed model ({})",
    "difference": "difference ({})",
    "percent": "percent of intake",
}


@two_widths
def reductions_compared(
    reductions: pd.DataFrame, against: str = "slope", words: Words = SHIPPED
) -> tuple[Axes, ...]:
    """Every dyad's improvement by each method against one of them.

    Parameters
    ----------
    reductions : DataFrame
        One row a dyad, one column a method of `symptom_reduction`.
    against : str
        The method on the horizontal axis.
    words : Words, optional
        What the study calls everything.

    Returns
    -------
    tuple of Axes
        One for each other method; the line is where both methods give the same number.
    """
    import matplotlib.pyplot as plt

    others = [method for method in reductions.columns if method != against]
    n_columns = 1 if is_narrow() else min(2, len(others))
    n_rows = -(-len(others) // n_columns)
    width = 3.6 if is_narrow() else 2.6 * n_columns
    _, grid = plt.subplots(n_rows, n_columns, figsize=(width, 2.4 * n_rows), squeeze=False)
    for unused in grid.flat[len(others) :]:
        unused.remove()
    panels = grid.flat[: len(others)]
    x = reductions[against]
    for ax, method in zip(panels, others, strict=True):
        y = reductions[method]
        if (method == "percent") == (against == "percent"):
            ax.axline((x.mean(), x.mean()), slope=1, color=QUIET, linestyle="--", linewidth=1)
        ax.plot(x, y, "o", color=PATIENT, alpha=0.7, markersize=5)
        ax.set_xlabel(_REDUCTION_LABELS.get(against, against).format(words.outcome_unit))
        ax.set_ylabel(_REDUCTION_LABELS.get(method, method).format(words.outcome_unit))
    return tuple(panels)


def _plain_log_ticks(ax: Axes, which: str) -> None:
    """Label a logarithmic axis with 1, 2, 5, 10, ... instead of powers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
