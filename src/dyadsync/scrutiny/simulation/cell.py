"""One cell of a grid of designs: a design, and what befalls its data before they are analysed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dyadsync.arrays import FloatArray, IntArray
from dyadsync.checks import check_choice, check_share
from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.displace import PATTERNS, displace
from dyadsync.scrutiny.simulation.trial_analysis import observed_reduction, observed_synchrony
from dyadsync.scrutiny.simulation.trials import draw_trials
from dyadsync.synchrony.dyads import FEWEST_SESSIONS


@dataclass(frozen=True)
class Cell:
    """A design with outliers and losses of its data; what cannot be is refused.

    Raises
    ------
    InputError
        If a share is not one, the pattern is unknown, or sessions are too few for synchrony.

    Examples
    --------
    >>> Cell(Design(), contamination=0.1).n_moved
    4
    """

    design: Design
    contamination: float = 0.0
    """Share of dyads turned into outliers that work against the planted paths."""
    contamination_pattern: str = "vertical_y"
    """Pattern of the outliers; see `displace`."""
    missing: float = 0.0
    """Share of samples, and of ratings after week 0, lost at random besides the design's gaps."""

    def __post_init__(self) -> None:
        check_share("contamination", self.contamination, below=0.5)
        check_choice("contamination_pattern", self.contamination_pattern, PATTERNS)
        check_share("missing", self.missing)
        if (n := len(self.design.sessions)) < FEWEST_SESSIONS:
            raise InputError(
                f"sessions is {n}, but a dyad has synchrony from {FEWEST_SESSIONS} sessions on."
            )

    @property
    def n_moved(self) -> int:
        """Dyads that are turned into outliers."""
        return round(self.contamination * self.design.n_dyads)

    @property
    def signs(self) -> tuple[float, float]:
        """Signs of the paths a and b as planted; as the paper claims them where they are 0."""
        a, b = np.sign(self.design.a), np.sign(self.design.b)
        return float(a) or -1.0, float(b) or 1.0

    def as_dict(self) -> dict[str, Any]:
        """Every setting, ready for JSON; equal cells give equal dictionaries."""
        return {
            **self.design.as_dict(),
            "contamination": float(self.contamination),
            "contamination_pattern": self.contamination_pattern,
            "missing": float(self.missing),
        }


@dataclass(frozen=True, eq=False)
class Tables:
    """What the analyst of each trial has: T trials of N dyads, NaN where a dyad has no value."""

    x: FloatArray
    """Social impairment in SD, shape (T, N)."""
    m: FloatArray
    """Synchrony: Pearson's r of the raw changes, shape (T, N)."""
    y: FloatArray
    """Symptom reduction by the slope, in points, shape (T, N)."""
    n_sessions: IntArray
    """Pairs of changes behind each synchrony, shape (T, N)."""
    rho: FloatArray
    """True synchrony: what no analyst has, shape (T, N)."""

    def with_known_synchrony(self) -> Tables:
        """Put the true synchrony in place of the observed one."""
        return replace(self, m=self.rho)


def draw_tables(cell: Cell, n_trials: int, rng: np.random.Generator) -> Tables:
    """Draw trials of a cell as the tables that are analysed.

    Outliers are made of the tables, so that the true synchrony is that of the dyads before. Cells
    with equal numbers of dyads, sessions, weeks and gaps use the random numbers in the same
    order, whatever their effects and errors.
    """
    trials = draw_trials(cell.design, n_trials, rng)
    oxytocin, hrsd = trials.oxytocin, trials.hrsd
    if cell.missing:
        oxytocin[rng.random(oxytocin.shape) < cell.missing] = np.nan
        hrsd[..., 1:][rng.random(hrsd[..., 1:].shape) < cell.missing] = np.nan
    values = np.stack(
        [trials.impairment, observed_synchrony(oxytocin), observed_reduction(hrsd)], axis=-1
    )
    values, _ = displace(
        values, cell.n_moved, cell.contamination_pattern, signs=cell.signs, limits=(-1.0, 1.0)
    )
    pairs = np.isfinite(oxytocin).all(axis=(-2, -1)).sum(axis=-1)
    return Tables(values[..., 0], values[..., 1], values[..., 2], pairs, trials.rho)
