"""Figures of the chapter on how well synchrony is measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dyadsync.figures.colours import ACCENT, INK, PATIENT, QUIET, THERAPIST
from dyadsync.figures.style import new_axes
from dyadsync.figures.words import SHIPPED, Words
from dyadsync.scrutiny.measurement.density import correlation_density
from dyadsync.scrutiny.measurement.reliability import Reliability
from dyadsync.scrutiny.measurement.surrogates import SurrogateTest
from millbook.figures.widths import columns, figure_size, two_widths

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes


@two_widths
def null_density_plot(n_pairs: Sequence[int] = (3, 4, 8, 16), ax: Axes | None = None) -> Axes:
    """Exact density of Pearson's r without association, a curve a number of pairs."""
    ax = new_axes(ax, (6.4, 3.6))
    r = np.linspace(-0.995, 0.995, 399)
    styles = ["--", "-", "-.", ":"]
    colours = [THERAPIST, PATIENT, ACCENT, INK]
    for k, n in enumerate(n_pairs):
        ax.plot(
            r, correlation_density(r, 0.0, n), styles[k % 4], color=colours[k % 4],
            linewidth=3 if n == 4 else 2, label=f"{n} pairs",
        )  # fmt: skip
    ax.set_ylim(0, 2.1)
    ax.set_xlim(-1, 1)
    ax.set_xlabel("r of a dyad without any association")
    ax.set_ylabel("density")
    ax.legend(frameon=False, ncols=2, loc="upper left")
    return ax


@two_widths
def lineup_plot(
    observed: npt.ArrayLike, noise: Iterable[npt.ArrayLike], ax: Axes | None = None
) -> Axes:
    """Observed r's above the r's of samples of noise, a dot a dyad, a line at each sample's mean.

    Parameters
    ----------
    observed : array_like
        Synchrony of the real dyads.
    noise : iterable of array_like
        Samples of noise, one a row of dots: some of those of `noise_lineup`.
    ax : Axes, optional
        Where to draw.
    """
    rows = [np.asarray(row, float) for row in (observed, *noise)]
    ax = new_axes(ax, (6.4, 0.9 + 0.5 * len(rows)))
    for k, values in enumerate(rows):
        values = values[~np.isnan(values)]
        level, colour = len(rows) - 1 - k, PATIENT if k == 0 else QUIET
        # Dots at three heights in the order of size, so that none hides the next.
        offset = np.resize([-0.14, 0.0, 0.14], values.size)
        ax.plot(np.sort(values), level + offset, "o", color=colour, markersize=6, alpha=0.8)
        ax.plot([values.mean()] * 2, [level - 0.32, level + 0.32], color=INK, linewidth=2)
    ax.axvline(0, color=QUIET, linewidth=1, linestyle="--", zorder=0)
    ax.set_yticks(
        range(len(rows))[::-1], ["observed", *(f"noise {k}" for k in range(1, len(rows)))]
    )
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(-1.03, 1.03)
    ax.set_xlabel("r of a dyad")
    return ax


@two_widths
def surrogate_plot(
    tests: Mapping[str, SurrogateTest],
    words: Words = SHIPPED,
    *,
    xlabel: str = "mean z of the dyads",
) -> Sequence[Axes]:
    """Each test's surrogates as a histogram, and the observed value as a line.

    Parameters
    ----------
    tests : mapping
        Results of ``surrogate_test`` by their titles. A test that could not be made says why.
    words : Words, optional
        What the study calls everything.
    xlabel : str
        The statistic.
    """
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(
        len(tests), figsize=figure_size(6.4, 0.6 + 1.45 * len(tests)), sharex=True, squeeze=False
    )
    for ax, (title, test) in zip(axes[:, 0], tests.items(), strict=True):
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        if test.surrogates.size:
            ax.hist(test.surrogates, bins=60, color=QUIET)
            ax.axvline(test.observed, color=PATIENT, linewidth=3)
            ax.set_title(words.tell(f"{title}: p = {test.p_value:.3f}"), loc="left")
        else:
            ax.set_title(words.tell(f"{title}: {test.reason}"), loc="left")
    axes[-1, 0].set_xlabel(f"{xlabel} (line: observed; grey: surrogates)")
    return list(axes[:, 0])


@two_widths
def size_plot(table: pd.DataFrame, words: Words = SHIPPED, ax: Axes | None = None) -> Axes:
    """How often each test rejects where there is no synchrony, with Monte Carlo intervals.

    Parameters
    ----------
    table : DataFrame
        ``setting test size mc_se level``: rows of ``surrogate_size``, a setting each group.
    words : Words, optional
        What the study calls everything.
    ax : Axes, optional
        Where to draw.
    """
    table = words.tell(table)
    tests, settings = table["test"].unique(), table["setting"].unique()
    ax = new_axes(ax, (6.4, 0.9 + 0.65 * len(tests)))
    looks = [("o", PATIENT), ("^", THERAPIST), ("s", ACCENT), ("D", INK)]
    for k, setting in enumerate(settings):
        own = table[table["setting"] == setting].set_index("test").loc[tests]
        rows = np.arange(len(tests))[::-1] + 0.2 * ((len(settings) - 1) / 2 - k)
        marker, colour = looks[k % len(looks)]
        ax.errorbar(
            own["size"], rows, xerr=1.96 * own["mc_se"], fmt=marker, color=colour,
            markersize=7, linewidth=2, label=setting,
        )  # fmt: skip
    level = float(table["level"].iloc[0])
    ax.axvline(level, color=INK, linewidth=1, linestyle="--", zorder=0)
    ax.set_yticks(np.arange(len(tests))[::-1], [test.replace(", ", ",\n") for test in tests])
    ax.set_ylim(-0.6, len(tests) - 0.4)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(left=0)
    ax.set_xlabel(f"share of trials that reject at {level:g} (dashed: as it should be)")
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, 1.0 + 0.13 * len(settings)))
    return ax


@two_widths
def true_synchrony_plot(
    result: Reliability, observed: npt.ArrayLike, ax: Axes | None = None
) -> Axes:
    """Observed r's as a histogram and the distribution of the true values behind them.

    Parameters
    ----------
    result : Reliability
        From ``reliability``. Where its normal model finds no spread, a line marks its one value.
    observed : array_like
        Synchrony of the dyads.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 3.8))
    r = np.asarray(observed, float)
    r = r[~np.isnan(r)]
    bins = np.linspace(-1, 1, 11).tolist()
    ax.hist(r, bins, density=True, color=QUIET, alpha=0.5, label="observed r")
    ax.plot(r, np.full(r.size, -0.06), "|", color=INK, markersize=9)
    if len(result.distribution):
        rho = result.distribution["rho"]
        if result.sd_z > 0:
            ax.plot(
                rho, result.distribution["density"], color=PATIENT, linewidth=3,
                label="true ρ, normal model",
            )  # fmt: skip
        else:
            ax.axvline(
                np.tanh(result.mean_z), color=PATIENT, linewidth=3, label="true ρ, normal model"
            )
        mass = result.distribution["npmle"]
        some = mass > 0.005
        top = 0.9 * ax.get_ylim()[1]
        ax.vlines(
            rho[some], 0, mass[some] * top / mass.max(), color=THERAPIST, linestyles="--",
            linewidth=2, label="true ρ, nonparametric (masses)",
        )  # fmt: skip
    ax.set_ylim(bottom=-0.12)
    ax.set_xlim(-1.02, 1.02)
    ax.set_xlabel("synchrony, observed (r) and true (ρ)")
    ax.set_ylabel("density")
    ax.legend(
        frameon=False, fontsize=10, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=columns(2)
    )
    return ax


@two_widths
def reliability_plot(result: Reliability, ax: Axes | None = None) -> Axes:
    """Reliability against the number of sessions, with its interval and the target.

    Parameters
    ----------
    result : Reliability
        From ``reliability``.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 3.8))
    table = result.table
    if len(table):
        ax.fill_between(
            table["n_sessions"], table["ci_lower"], table["ci_upper"], color=PATIENT, alpha=0.2,
            label=f"{result.confidence_level:.0%} interval",
        )  # fmt: skip
        ax.plot(table["n_sessions"], table["reliability"], "o-", color=PATIENT, label="estimate")
        ax.plot(
            table["n_sessions"], table["reliability_npmle"], "--", color=THERAPIST,
            label="nonparametric",
        )  # fmt: skip
    ax.axhline(result.target, color=INK, linewidth=1, linestyle=":")
    ax.annotate(
        f"wanted: {result.target:g}", (1, result.target), xycoords=("axes fraction", "data"),
        xytext=(0, 3), textcoords="offset points", ha="right", va="bottom",
    )  # fmt: skip
    ax.set_ylim(0, 1)
    ax.set_xlabel("complete sessions of a dyad")
    ax.locator_params(axis="x", integer=True)
    ax.set_ylabel("reliability")
    if len(table):
        ax.legend(frameon=False, loc="upper left")
    return ax


@two_widths
def attenuation_plot(result: Reliability, ax: Axes | None = None) -> Axes:
    """Shares of the paths a and b, and of their product, that are left at each number of sessions.

    Parameters
    ----------
    result : Reliability
        From ``reliability``.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 3.4))
    for column, label, style, colour in (
        ("attenuation_a", "path a", "o-", PATIENT),
        ("attenuation_b", "path b", "^--", THERAPIST),
        ("attenuation_ab", "indirect effect", "s:", INK),
    ):
        if len(result.table):
            ax.plot(
                result.table["n_sessions"], result.table[column], style, color=colour, label=label
            )
    ax.axhline(1, color=QUIET, linewidth=1)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("complete sessions of a dyad")
    ax.locator_params(axis="x", integer=True)
    ax.set_ylabel("share of the true slope that is left")
    if len(result.table):
        ax.legend(frameon=False)
    return ax


@two_widths
def assay_noise_plot(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How much of a true correlation assay noise leaves.

    Parameters
    ----------
    table : DataFrame
        Indexed by the assay's CV (a share); ``left``: the factor on rho.
    ax : Axes, optional
        Where to draw.
    """
    ax = new_axes(ax, (6.4, 3.2))
    ax.plot(100 * table.index, table["left"], "o-", color=PATIENT)
    ax.axhline(1, color=QUIET, linewidth=1)
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("coefficient of variation of the assay (%)")
    ax.set_ylabel("share of the true ρ that is left")
    return ax


def coverage_table(trials: pd.DataFrame) -> pd.DataFrame:
    """Lay out how the naive and the latent model did on simulated studies.

    Parameters
    ----------
    trials : DataFrame
        ``benchmarks/latent_coverage.csv``: one row a design and method.

    Returns
    -------
    DataFrame
        One row a design, indexed by ``dyads``, ``pairs``, ``latent SD``, ``outcome SD`` and
        ``true effect``; ``median, naive``, ``median, latent`` (of the estimates) and the same of
        ``coverage``.
    """
    design = {
        "n_dyads": "dyads",
        "n_pairs": "pairs",
        "tau": "latent SD",
        "sigma": "outcome SD",
        "true_effect": "true effect",
    }
    by_method = {}
    for label in ("naive", "latent"):
        rows = trials[trials["method"] == label].rename(columns=design)
        rows["true effect"] += 0.0  # no minus before a zero
        by_method[label] = rows.set_index(list(design.values()))
    columns = {
        f"{shown}, {label}": rows[column]
        for shown, column in (("median", "median_estimate"), ("coverage", "coverage"))
        for label, rows in by_method.items()
    }
    return pd.DataFrame(columns, index=by_method["naive"].index)  # in the order of the trials
