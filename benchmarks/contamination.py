"""How the methods of mediation fare with outliers: bias, width and coverage of the ACME.

Dyads follow ``m = a x + e``, ``y = b m + u`` with x, e and u standard normal and a = b = .5, so the
true ACME is .25: 37 and 100 of them. Of these 0, 5 or 10 % are contaminated in one of three ways:

- ``vertical_y``: u is moved by ``shift`` against the trend, down where m is above 0 and up where it
  is below: x and m look ordinary, only y is odd;
- ``vertical_m``: e is moved by ``shift`` against the trend on x, and y follows this m as
  everywhere: the odd dyads mislead path a and are good leverage points for path b;
- ``clustered_leverage``: x, m and y are put at one place, far out in x and below both trends by two
  or three standard deviations: dyads that agree with each other and whose leverage bends a line
  towards them until their residuals look ordinary.

Without the sign of the trend, vertical outliers would only add noise: their mean effect on a slope
is zero.

    python benchmarks/contamination.py [TRIALS]   writes benchmarks/contamination.csv (500: 7 min)
"""

import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from dyadsync import __version__, mediate
from dyadsync.checks import check_choice, check_rng, check_share
from dyadsync.scrutiny.contamination.outliers import Contamination
from dyadsync.scrutiny.contamination.study import COMPARED
from dyadsync.scrutiny.simulation.displace import PATTERNS

SEED = 2021


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
    n_dyads : int
        Rows.
    pattern : str
        A name in `PATTERNS`.
    share : float
        Share of outliers, at least 0 and below one half; their number is rounded.
    design : Contamination, optional
        Planted effects and sizes of the outliers.
    rng : int, Generator or None
        Seed or generator, as in SciPy.

    Returns
    -------
    DataFrame
        ``x m y outlier``. The same seed gives the same clean dyads whatever the contamination.

    Raises
    ------
    InputError
        For an unknown pattern or a share out of bounds.

    """
    check_choice("pattern", pattern, PATTERNS)
    share = check_share("share", share, below=0.5)
    design = design or Contamination()
    rng = check_rng(rng)
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
    rng: int,
    *,
    sizes: Sequence[int] = (37, 100),
    patterns: Sequence[str] = PATTERNS,
    shares: Sequence[float] = (0.0, 0.05, 0.1),
    methods: Sequence[str] = COMPARED,
    n_draws: int = 1000,
    design: Contamination | None = None,
) -> pd.DataFrame:
    """Compare methods of mediation on contaminated dyads.

    Parameters
    ----------
    n_trials : int
        Tables a cell (number of dyads, pattern, share of outliers).
    rng : int
        Seed; a cell's tables do not depend on which other cells or methods are run.
    sizes : list of int
    patterns, methods : list of str
    shares : list of float
        What to vary; without outliers the pattern is ``"none"``.
    n_draws : int
        Draws behind each interval.
    design : Contamination, optional
        Planted effects and sizes of the outliers.

    Returns
    -------
    DataFrame
        One row per cell and method, columns ``n_dyads pattern share method bias bias_se width
        coverage coverage_se excludes_zero trials``: mean estimate minus truth and its Monte Carlo
        standard error, mean width of the 95 % interval of the ACME, share of intervals that hold
        the truth and its Monte Carlo standard error, and share that exclude 0 on the true
        effect's side.

    """
    design = design or Contamination()
    rows = [
        {"n_dyads": n_dyads, "pattern": pattern if share else "none", "share": share, **summary}
        for n_dyads, pattern, share in _cells(sizes, patterns, shares)
        for summary in _cell(n_dyads, pattern, share, methods, n_trials, n_draws, design, rng)
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


def main(n_trials: int) -> None:
    """Run every cell and write the table."""
    table = contamination_study(n_trials, SEED).round(4)
    table = table.assign(
        seed=SEED,
        dyadsync=__version__,
        numpy=np.__version__,
        python=platform.python_version(),
    )
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
