"""How much worse the unseen values would have to be to turn a verdict: delta-adjusted imputation.

Imputation takes a missing value to be like those of similar rows that were observed. Here the
imputed values are moved by a stated amount before the models are fitted, and the amount at which
the interval changes its mind is the tipping point (Cro, Morris, Kenward & Carpenter 2020,
doi:10.1002/sim.8569).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dyadsync.arrays import Array
from dyadsync.checks import check_choice, check_count, check_level, check_rng
from dyadsync.errors import InputError
from dyadsync.intervals import summarise_draws
from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.methods.registry import check_combination
from dyadsync.printed import Printed
from dyadsync.scrutiny.missing.imputation import prepare_imputed
from dyadsync.scrutiny.missing.pooling import fit_each, joined_effects


@dataclass(frozen=True, repr=False)
class TippingPoint(Printed):
    """What `tipping_point` found."""

    table: pd.DataFrame
    """One row per shift: ``shift`` in SDs of the observed values, ``units`` in theirs, and of the
    ACME ``estimate ci_lower ci_upper``."""
    shifted: str
    """The column whose imputed values were moved."""
    n_shifted: int
    """Imputed values in it."""
    sd: float
    """Standard deviation of its observed values."""
    n_obs: int
    confidence_level: float

    @property
    def turns_at(self) -> tuple[float, float]:
        """Nearest shifts below and above 0 at which the interval says something else.

        In SDs; NaN where no shift that was tried does it.
        """
        return self._crossing(-1), self._crossing(1)

    def _crossing(self, side: int) -> float:
        """Follow both ends of the interval from 0 to one side, until one of them crosses 0."""
        rows = self.table[side * self.table["shift"] >= 0].sort_values(
            "shift", key=np.abs, kind="stable"
        )
        shifts = rows["shift"].to_numpy(float)
        crossed = []
        for end in ("ci_lower", "ci_upper"):
            values = rows[end].to_numpy(float)
            [places] = np.nonzero((values[:-1] > 0) != (values[1:] > 0))
            if len(places):
                k = places[0]
                part = values[k] / (values[k] - values[k + 1])
                crossed.append(shifts[k] + part * (shifts[k + 1] - shifts[k]))
        return float(min(crossed, key=abs)) if crossed else float("nan")

    def _text(self) -> str:
        return self.in_words()

    def in_words(self) -> str:
        """Say what the interval does at no shift, and at which shifts it does otherwise."""
        here = self.table.loc[self.table["shift"].abs().idxmin()]
        out = here.ci_lower > 0 or here.ci_upper < 0
        now, then = ("leaves out", "contains") if out else ("contains", "leaves out")
        moves = [
            f"{abs(at):.1f} standard deviations {word}"
            for at, word in zip(self.turns_at, ("lower", "higher"), strict=True)
            if np.isfinite(at)
        ]
        farthest = self.table["shift"].abs().max()
        start = (
            f"With the {self.n_shifted} unseen values of {self.shifted} imputed as they are "
            f"expected, the interval of the indirect effect {now} zero"
        )
        if not moves:
            return f"{start}, and so it does with them moved by up to {farthest:g} SDs either way."
        return f"{start}. It {then} zero once they are {' or '.join(moves)} than expected."


def tipping_point(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    *,
    shifted: str | None = None,
    shifts: Sequence[float] | Array | None = None,
    covariates: Sequence[str] = (),
    auxiliary: Sequence[str] = (),
    cluster: str | ArrayLike | None = None,
    method: str = "quasi-bayesian",
    small_sample: bool = False,
    n_imputations: int = 50,
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> TippingPoint:
    """Ask how much worse the unseen values must be for the interval of the ACME to turn.

    Parameters
    ----------
    data : DataFrame
        One row per dyad.
    x, m, y : str
        Columns of the cause, the one mediator and the (linear) outcome.
    shifted : str, optional
        `m` or `y`, whose imputed values are moved; by default `y`, or `m` where no y is missing.
    shifts : array, optional
        By how much, in standard deviations of the observed values; by default -3 to 3 by 0.25.
    covariates, auxiliary, cluster, method, small_sample, n_imputations, n_draws, confidence_level
        As in `mediate`.
    rng : int, Generator or None
        As in `mediate`; every shift starts from the same imputations and draws.

    Returns
    -------
    TippingPoint

    Raises
    ------
    InputError
        As `mediate` with ``missing="impute"``; where nothing is missing that could be moved.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, e, u = rng.standard_normal((3, 60))
    >>> data = pd.DataFrame({"x": x, "m": x + e, "y": x + e + u})
    >>> data.loc[:9, "y"] = np.nan
    >>> found = tipping_point(data, "x", "m", "y", n_imputations=10, n_draws=1000, rng=1)
    >>> found.n_shifted, found.turns_at
    (10, (nan, nan))
    """
    grid = np.arange(-12, 13) / 4 if shifts is None else np.unique(np.asarray(shifts, float))
    if grid.ndim != 1 or not np.isfinite(grid).all() or not len(grid):
        raise InputError("shifts must be a list of numbers, in standard deviations.")
    grid = np.unique(np.append(grid, 0.0))
    n_draws = check_count("n_draws", n_draws, least=100)
    drawn_by = check_combination(
        method, cluster=cluster is not None, small_sample=small_sample, imputed=True
    )
    generator = check_rng(rng)
    found = prepare_imputed(
        data,
        x,
        [m],
        y,
        covariates=covariates,
        auxiliary=auxiliary,
        cluster=cluster,
        n_imputations=check_count("n_imputations", n_imputations, least=2, most=n_draws // 10),
        rng=generator,
    )
    absent = dict(zip((m, y), found.missing.T, strict=True))
    if shifted is None:
        shifted = y if absent[y].any() else m
    gone = absent[check_choice("shifted", shifted, (m, y))]
    if not gone.any():
        raise InputError(f"No value of '{shifted}' is missing, so there is nothing to move.")
    sd = float(found.kept[shifted].std())
    check_level(confidence_level)
    settings = Settings(n_draws, small_sample=small_sample)
    state = generator.bit_generator.state
    rows: list[dict[str, Any]] = []
    for shift in grid:
        moved = sd * shift * gone
        samples = [
            replace(one, y=one.y + moved)
            if shifted == y
            else replace(one, m=one.m + moved[:, None])
            for one in found.samples
        ]
        generator.bit_generator.state = state
        fits = fit_each(drawn_by.draw, samples, settings, generator)
        estimates, draws = joined_effects(fits, samples, (0, 1))
        summary = summarise_draws(float(estimates["ACME"].mean()), draws["ACME"], confidence_level)
        columns = ("estimate", "ci_lower", "ci_upper")
        rows.append(
            {"shift": shift, "units": shift * sd, **dict(zip(columns, summary, strict=False))}
        )
    return TippingPoint(
        pd.DataFrame(rows),
        shifted,
        int(gone.sum()),
        sd,
        found.samples[0].n_obs,
        confidence_level,
    )
