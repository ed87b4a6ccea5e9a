"""Figures of the chapter on the simulated trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dyadsync.figures.colours import PATIENT, QUIET
from dyadsync.figures.style import new_axes
from millbook.figures.widths import two_widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@two_widths
def true_and_observed(rho: npt.ArrayLike, r: npt.ArrayLike, ax: Axes | None = None) -> Axes:
    """Each dyad's observed synchrony against its true one; on the line both are equal."""
    ax = new_axes(ax, (4.8, 4.6))
    ax.axline((0, 0), slope=1, color=QUIET, linestyle="--", linewidth=1)
    ax.plot(np.asarray(rho), np.asarray(r), "o", color=PATIENT, alpha=0.7, markersize=7)
    ax.set(xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect="equal")
    ax.set_xlabel("true synchrony ρ (known to the simulation)")
    ax.set_ylabel("observed synchrony r")
    return ax
