"""The smallest indirect effect that a number of dyads could have detected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice, check_count, check_level, check_rng
from dyadsync.printed import Printed
from dyadsync.scrutiny.simulation.cell import Tables
from dyadsync.scrutiny.simulation.many import TRIAL_ANALYSES, analyse_tables
from dyadsync.scrutiny.simulation.required import required

_PATHS = np.round(np.arange(0.1, 0.91, 0.1), 1)


@dataclass(frozen=True, repr=False)
class Detectable(Printed):
    """What `detectable` found; paths and effects are in standard deviations."""

    table: pd.DataFrame
    """One row per size of both paths: ``path effect power power_se``."""
    path: float
    """Size of each path at which the power is reached, NaN if none up to 0.9 does."""
    n_dyads: int
    power: float

    @property
    def effect(self) -> float:
        """The indirect effect, the square of the path."""
        return self.path**2

    def _text(self) -> str:
        return self.in_words()

    def in_words(self) -> str:
        """Say which effect could have been detected."""
        if not np.isfinite(self.path):
            return (
                f"With {self.n_dyads} dyads no indirect effect of two equal paths up to "
                f"{self.table['path'].max():g} would have been told from none in "
                f"{100 * self.power:g} % of studies."
            )
        return (
            f"With {self.n_dyads} dyads an indirect effect of {self.effect:.2f} standard "
            f"deviations, both paths being {self.path:.2f}, would have been told from none in "
            f"{100 * self.power:g} % of studies."
        )


def detectable(
    n_dyads: int,
    *,
    power: float = 0.8,
    method: str = "quasi-bayesian",
    confidence_level: float = 0.95,
    n_trials: int = 1000,
    n_draws: int = 500,
    rng: int | np.random.Generator | None = None,
) -> Detectable:
    """Find the indirect effect whose interval leaves out zero in a stated share of studies.

    It is about the number of dyads and the method, and makes no use of what a study found: power at
    the estimate would only repeat the p-value (Hoenig & Heisey 2001,
    doi:10.1198/000313001300339897). An indirect effect of a given size is found most easily, or
    nearly so, where its two standardised paths are equal, as they are here; there is no direct
    effect, and errors are normal. Synchrony is taken as it is observed: an effect
    through true synchrony must be larger by what its measurement loses.

    Parameters
    ----------
    n_dyads : int
        Complete dyads.
    power : float
        Share of studies.
    method : str
        As in `power`.
    confidence_level : float
        Of the interval that must leave out zero on the right side.
    n_trials : int
        Simulated studies a size of the paths.
    n_draws : int
        Draws or resamples of each.
    rng : int, Generator or None

    Returns
    -------
    Detectable

    Examples
    --------
    >>> found = detectable(100, n_trials=300, rng=1)
    >>> 0.25 < found.path < 0.4
    True
    """
    n_dyads = check_count("n_dyads", n_dyads, least=5)
    n_trials = check_count("n_trials", n_trials, least=50)
    check_choice("method", method, TRIAL_ANALYSES)
    power, level = check_level(power, "power"), check_level(confidence_level)
    generator = check_rng(rng)
    x, e, u = generator.standard_normal((3, n_trials, n_dyads))
    pairs = np.full((n_trials, n_dyads), 4)
    seeds = generator.integers(2**32, size=n_trials)
    rows = []
    for path in _PATHS:
        left = np.sqrt(1 - path**2)
        m = path * x + left * e
        y = path * m + left * u
        found = analyse_tables(
            Tables(x, m, y, pairs, m),
            method,
            [np.random.default_rng(seed) for seed in seeds],
            n_draws=n_draws,
            confidence_level=level,
        )
        share = float((found.lower[:, 2] > 0).mean())
        error = float(np.sqrt(share * (1 - share) / n_trials))
        rows.append((n_dyads, path, path**2, share, error))
    table = pd.DataFrame(rows, columns=["n_dyads", "path", "effect", "power", "power_se"])
    [needed] = required(table, "path", ["n_dyads"], level=power)["needed"]
    return Detectable(table.drop(columns="n_dyads"), needed, n_dyads, power)
