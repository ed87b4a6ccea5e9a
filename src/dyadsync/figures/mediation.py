"""Figures of the mediation chapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dyadsync.figures.style import INK, PATIENT, QUIET, THERAPIST, forest_plot, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dyadsync.mediation import MediationResult
    from dyadsync.sensitivity import SensitivityResult


def effects_plot(result: MediationResult, ax: Axes | None = None) -> Axes:
    """Indirect, direct and total effect with their intervals.

    The proportion mediated is left out: it has another unit.
    """
    table = result.table.drop(index="Prop. mediated")
    unit = "probability" if result.outcome != "linear" else result.y
    return forest_plot(
        table,
        xlabel=f"effect on {unit} of {result.x} from {result.contrast[0]:g} to "
        f"{result.contrast[1]:g}",
        ax=ax,
    )


def sensitivity_plot(result: SensitivityResult, ax: Axes | None = None) -> Axes:
    """ACME against the residual correlation that a confounder would make."""
    ax = new_axes(ax)
    table = result.table
    ax.fill_between(table["rho"], table["ci_lower"], table["ci_upper"], color=PATIENT, alpha=0.2)
    ax.plot(table["rho"], table["acme"], color=PATIENT)
    ax.axhline(0, color=QUIET, linewidth=1, linestyle="--")
    ax.plot(result.rho_at_zero, 0, "o", color=INK)
    ax.annotate(
        f"zero at ρ = {result.rho_at_zero:.2f}",
        (result.rho_at_zero, 0),
        textcoords="offset points",
        xytext=(8, 8),
    )
    for name, row in result.benchmarks.iterrows():
        for sign in (-1, 1):
            ax.axvline(sign * row["rho"], color=THERAPIST, linewidth=1, linestyle=":")
        ax.annotate(
            str(name), (row["rho"], ax.get_ylim()[1]), color=THERAPIST, rotation=90, va="top"
        )
    ax.set_xlabel("ρ, correlation of the two models' errors")
    ax.set_ylabel(f"ACME on {result.y}")
    return ax
