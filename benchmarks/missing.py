"""What missing dyads do to the interval of the ACME, left out or imputed: 37 and 100 dyads.

Data: x, e, u independent standard normal, m = a x + e, y = b m + u (c' = 0); w = y + noise is an
early rating of the outcome, correlated .7 with it, in no model. A quarter of the values is lost:

    MCAR             m in 15 %, y in 15 %, by chance
    MAR, m by y      m the more often the lower y is
    MAR, y by w      y the more often the lower w is
    MNAR, y by y     y the more often the lower y itself is

    python benchmarks/missing.py [TRIALS [TRIALS OF THE OTHER ORDER]]

writes missing.csv beside itself after each cell (400 trials: about 40 minutes): bias, coverage of
95 % intervals, how often they leave out 0, and width, each with its Monte Carlo error. The row
"bootstrap, then imputed" is the other order of the two: each resample imputed once.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from dyadsync import InputError, __version__, mediate
from dyadsync.scrutiny.missing.imputation import impute
from dyadsync.scrutiny.shared_fits import shared_fits

SEED, N_DRAWS, N_IMPUTATIONS, OTHER_ORDER = 13, 1000, 10, 100
CELLS = [(37, 0.5, 0.5), (100, 0.5, 0.5), (37, 0.5, 0.0)]
IMPUTED: dict[str, Any] = {"missing": "impute", "n_imputations": N_IMPUTATIONS}
METHODS: dict[str, dict[str, Any]] = {
    "nothing missing": {},
    "dropped": {},
    "imputed": IMPUTED,
    "imputed, t draws": {**IMPUTED, "small_sample": True},
    "imputed, then bootstrap": {**IMPUTED, "method": "bootstrap"},
    "imputed, with w": {**IMPUTED, "auxiliary": "w"},
}
OTHER = "bootstrap, then imputed"


def _by(values: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Lose a share of the values, the more often the lower they are: odds fall by e a SD."""
    z = (values - values.mean()) / values.std()
    level = np.log(share / (1 - share)) - 0.3  # the curve's bend lifts the mean a little
    return rng.uniform(size=len(z)) < expit(level - 1.3 * z)


MECHANISMS: dict[str, Callable[[pd.DataFrame, np.random.Generator], dict[str, np.ndarray]]] = {
    "MCAR": lambda t, rng: {
        "m": rng.uniform(size=len(t)) < 0.15,
        "y": rng.uniform(size=len(t)) < 0.15,
    },
    "MAR, m by y": lambda t, rng: {"m": _by(t["y"].to_numpy(), 0.28, rng)},
    "MAR, y by w": lambda t, rng: {"y": _by(t["w"].to_numpy(), 0.28, rng)},
    "MNAR, y by y": lambda t, rng: {"y": _by(t["y"].to_numpy(), 0.28, rng)},
}


def trial(n: int, a: float, b: float, mechanism: str, rng: np.random.Generator) -> Any:
    """Draw one trial: the whole table, and what is left of it."""
    x, e, u, noise = rng.standard_normal((4, n))
    m = a * x + e
    y = b * m + u
    whole = pd.DataFrame({"x": x, "m": m, "y": y, "w": y + y.std() * noise})
    left = whole.copy()
    for column, lost in MECHANISMS[mechanism](whole, rng).items():
        left.loc[lost, column] = np.nan
    return whole, left


def other_order(table: pd.DataFrame, rng: np.random.Generator) -> tuple[float, float, float]:
    """Resample the rows, missing values and all; impute each resample once."""
    columns = table[["x", "m", "y"]].to_numpy()
    drawn = []
    while len(drawn) < OTHER_ORDER:
        rows = columns[rng.integers(len(columns), size=len(columns))]
        if np.isfinite(rows).all(1).sum() < 8:
            continue
        x, m, y = impute(rows, 2, None, rng)[0].T
        one = np.ones(len(x))
        slope_a = np.linalg.lstsq(np.column_stack([one, x]), m)[0][1]
        slope_b = np.linalg.lstsq(np.column_stack([one, x, m]), y)[0][2]
        drawn.append(slope_a * slope_b)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(np.mean(drawn)), float(low), float(high)


def cell(
    n: int, a: float, b: float, mechanism: str, n_trials: int, n_other: int, seed: int
) -> pd.DataFrame:
    """Bias, coverage, rejections and width of every method, with Monte Carlo errors."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in [*METHODS, OTHER]}
    lost = []
    for number in range(n_trials):
        rng = np.random.default_rng([seed, number])
        whole, left = trial(n, a, b, mechanism, rng)
        lost.append(left[["m", "y"]].isna().any(axis=1).mean())
        with shared_fits():
            for name, options in METHODS.items():
                table = whole if name == "nothing missing" else left
                try:
                    result = mediate(table, "x", "m", "y", n_draws=N_DRAWS, rng=number, **options)
                except InputError:
                    found[name].append((np.nan, np.nan, np.nan))
                    continue
                row = result.table.loc["ACME"]
                found[name].append((row.estimate, row.ci_lower, row.ci_upper))
        if number < n_other:
            found[OTHER].append(other_order(left, rng))
    rows = []
    for name, values in found.items():
        if not values:
            continue
        estimate, low, high = np.array(values).T
        fine = np.isfinite(estimate)
        k = int(fine.sum())
        covers = ((low <= a * b) & (a * b <= high))[fine].mean()
        away = ((low > 0) | (high < 0))[fine].mean()
        rows.append(
            {
                "n_dyads": n,
                "a": a,
                "b": b,
                "mechanism": mechanism,
                "rows_missing": np.mean(lost).round(3),
                "method": name,
                "bias": (estimate[fine].mean() - a * b).round(4),
                "bias_se": (estimate[fine].std() / np.sqrt(k)).round(4),
                "coverage": covers,
                "coverage_se": np.sqrt(covers * (1 - covers) / k).round(4),
                "excludes_zero": away,
                "excludes_zero_se": np.sqrt(away * (1 - away) / k).round(4),
                "width": (high - low)[fine].mean().round(4),
                "failed": len(estimate) - k,
                "trials": len(estimate),
            }
        )
    return pd.DataFrame(rows)


def main(n_trials: int, n_other: int) -> None:
    """Run every cell and write the table."""
    tables = []
    for n, a, b in CELLS:
        for mechanism in MECHANISMS:
            other = n_other if (n, b) == (37, 0.5) and mechanism == "MAR, m by y" else 0
            tables.append(cell(n, a, b, mechanism, n_trials, other, SEED))
            table = pd.concat(tables, ignore_index=True).assign(
                draws=N_DRAWS, imputations=N_IMPUTATIONS, seed=SEED, dyadsync=__version__
            )
            table.to_csv(
                Path(__file__).with_suffix(".csv"),
                index=False,
                lineterminator="\n",
                float_format="%.4g",
            )
            print(tables[-1].to_string(index=False), flush=True)


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    main(numbers[0] if numbers else 400, numbers[1] if len(numbers) > 1 else 100)
