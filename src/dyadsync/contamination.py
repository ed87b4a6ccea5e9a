"""How each method of mediation fares when some dyads are outliers: generator and study.

Dyads follow ``m = a x + e``, ``y = b m + c_prime x + u`` with x, e and u standard normal, so the
true indirect effect is ``a b``. A share of the dyads is contaminated in one of three ways:

- ``vertical_y``: u is moved by ``shift`` against the trend, down where m is above 0 and up where it
  is below: x and m look ordinary, only y is odd;
- ``vertical_m``: e is moved by ``shift`` against the trend on x, and y follows this m as
  everywhere: the odd dyads mislead path a and are good leverage points for path b;
- ``clustered_leverage``: x, m and y are put at one place, far out in x and below both trends by two
  or three standard deviations: dyads that agree with each other and whose leverage bends a line
  towards them until their residuals look ordinary.

Without the sign of the trend, vertical outliers would only add noise: their mean effect on a slope
is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.mediation import mediate

PATTERNS = ("vertical_y", "vertical_m", "clustered_leverage")
"""Ways to contaminate."""

METHODS = ("quasi-bayesian", "bootstrap", "robust", "huber", "median")
"""Methods compared by default; the first two are least squares."""


@dataclass(frozen=True)
class Contamination:
    """Planted effects, and how outliers are made; all in standard deviations of the errors."""

    a: float = 0.5
    b: float = 0.5
    c_prime: float = 0.0
    shift: float = 8.0
    cluster: tuple[float, float, float] = (3.0, -1.0, -2.0)
    """Where the clustered dyads lie in x, m and y."""
    cluster_sd: float = 0.1

    @property
    def acme(self) -> float:
        """True indirect effect of one unit of x."""
        return self.a * self.b


def contaminated_dyads(
    n_dyads: int,
    pattern: str = "vertical_y",
    share: float = 0.1,
    *,
    design: Contamination | None = None,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Draw one table of dyads, some of them outliers.

    Parameters
    ----------
    n_dyads
        Rows.
    pattern
        A name in `PATTERNS`.
    share
        Share of outliers, 0 to .5; their number is rounded.
    design
        Planted effects and sizes of the outliers.
    rng
        Seed or generator, as in SciPy.

    Returns
    -------
    DataFrame
        ``x m y outlier``. The same seed gives the same clean dyads whatever the contamination.

    Raises
    ------
    InputError
        For an unknown pattern or a share out of bounds.

    Examples
    --------
    >>> contaminated_dyads(37, "vertical_m", 0.1, rng=1)["outlier"].sum().item()
    4
    """
    if pattern not in PATTERNS:
        raise InputError(
            f"There is no pattern '{pattern}' of contamination; choose among {', '.join(PATTERNS)}."
        )
    if not 0 <= share <= 0.5:
        raise InputError(f"The share of outliers must lie between 0 and 0.5, not {share}.")
    design = design or Contamination()
    rng = np.random.default_rng(rng)
    x, e, u = rng.standard_normal((3, n_dyads))
    outlier = np.zeros(n_dyads, dtype=bool)
    outlier[rng.permutation(n_dyads)[: round(share * n_dyads)]] = True
    if pattern == "vertical_m":
        e[outlier] -= design.shift * np.sign(x[outlier])
    m = design.a * x + e
    if pattern == "vertical_y":
        u[outlier] -= design.shift * np.sign(m[outlier])
    y = design.b * m + design.c_prime * x + u
    if pattern == "clustered_leverage":
        around = design.cluster_sd * rng.standard_normal((3, outlier.sum()))
        x[outlier], m[outlier], y[outlier] = np.array(design.cluster)[:, None] + around
    return pd.DataFrame({"x": x, "m": m, "y": y, "outlier": outlier})


def contamination_study(
    n_trials: int,
    seed: int,
    *,
    sizes: Sequence[int] = (37, 100),
    patterns: Sequence[str] = PATTERNS,
    shares: Sequence[float] = (0.0, 0.05, 0.1),
    methods: Sequence[str] = METHODS,
    n_draws: int = 1000,
    design: Contamination | None = None,
) -> pd.DataFrame:
    """Compare methods of mediation on contaminated dyads.

    Parameters
    ----------
    n_trials
        Tables a cell (number of dyads, pattern, share of outliers).
    seed
        Seed; a cell's tables do not depend on which other cells or methods are run.
    sizes, patterns, shares, methods
        What to vary; without outliers the pattern is ``"none"``.
    n_draws
        Draws behind each interval.
    design
        Planted effects and sizes of the outliers.

    Returns
    -------
    DataFrame
        One row a cell and method, columns ``n_dyads pattern share method bias bias_se width
        coverage coverage_se excludes_zero trials``: mean estimate minus truth and its Monte Carlo
        standard error, mean width of the 95 % interval of the ACME, share of intervals that hold
        the truth and its Monte Carlo standard error, and share that exclude 0 on the true
        effect's side.

    Examples
    --------
    >>> table = contamination_study(5, 1, sizes=[37], shares=[0.1], methods=["robust"], n_draws=100)
    >>> table[["pattern", "method"]].to_numpy().tolist()[0]
    ['vertical_y', 'robust']
    """
    design = design or Contamination()
    rows = [
        {"n_dyads": n_dyads, "pattern": pattern if share else "none", "share": share, **summary}
        for n_dyads, pattern, share in _cells(sizes, patterns, shares)
        for summary in _cell(n_dyads, pattern, share, methods, n_trials, n_draws, design, seed)
    ]
    return pd.DataFrame(rows)


def _cells(
    sizes: Sequence[int], patterns: Sequence[str], shares: Sequence[float]
) -> Iterator[tuple[int, str, float]]:
    """Yield each cell; without outliers the patterns are one."""
    for n_dyads in sizes:
        for share in shares:
            for pattern in patterns if share else patterns[:1]:
                yield n_dyads, pattern, share


def _cell(
    n_dyads: int,
    pattern: str,
    share: float,
    methods: Sequence[str],
    n_trials: int,
    n_draws: int,
    design: Contamination,
    seed: int,
) -> Iterator[dict[str, str | float]]:
    """Run one cell and summarise every method in it."""
    rng = np.random.default_rng([seed, n_dyads, PATTERNS.index(pattern), round(1000 * share)])
    tables, draws = rng.spawn(2)  # the tables do not depend on which methods are compared
    found = np.empty((len(methods), n_trials, 3))
    for trial in range(n_trials):
        table = contaminated_dyads(n_dyads, pattern, share, design=design, rng=tables)
        for which, method in enumerate(methods):
            result = mediate(table, "x", "m", "y", method=method, n_draws=n_draws, rng=draws)
            found[which, trial] = result.table.loc["ACME", ["estimate", "ci_lower", "ci_upper"]]
    for method, (estimate, low, high) in zip(methods, found.transpose(0, 2, 1), strict=True):
        coverage = np.mean((low <= design.acme) & (design.acme <= high))
        excludes = low > 0 if design.acme > 0 else high < 0
        yield {
            "method": method,
            "bias": estimate.mean() - design.acme,
            "bias_se": estimate.std(ddof=1) / np.sqrt(n_trials),
            "width": (high - low).mean(),
            "coverage": coverage,
            "coverage_se": np.sqrt(coverage * (1 - coverage) / n_trials),
            "excludes_zero": excludes.mean(),
            "trials": n_trials,
        }
