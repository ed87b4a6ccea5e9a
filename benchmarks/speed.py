"""Time dyadsync side by side with its peers, on the same tables, in one run.

    python benchmarks/speed.py   (or: make benchmark)   writes benchmarks/speed.csv

Ratios are what counts; seconds are those of one machine. A peer that takes long runs once.
"""

import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pingouin
import statsmodels.api as sm
from statsmodels.genmod.families import Gaussian
from statsmodels.stats.mediation import Mediation

from dyadsync import __version__, mediate
from dyadsync.regression.mm import mm_regression

REFERENCE = Path(__file__).parents[1] / "tests" / "reference"


def seconds(run: Callable[[], Any], repeats: int) -> float:
    """Shortest of several runs, after one that warms up where there are several."""
    if repeats > 1:
        run()
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def side_by_side(*runs: Callable[[], Any], repeats: int = 200) -> list[float]:
    """Fewest processor seconds of each of several runs, which take turns on the same machine."""
    turns = np.empty((repeats, len(runs)))
    for turn in turns:
        for place, run in enumerate(runs):
            start = time.process_time()
            run()
            turn[place] = time.process_time() - start
    fewest: list[float] = turns.min(axis=0).tolist()
    return fewest


def statsmodels_mediation(table: pd.DataFrame) -> Any:
    """Run statsmodels' Mediation as its documentation does: models from formulas, 1,000 draws."""
    outcome = sm.GLM.from_formula("y ~ m + x", table, family=Gaussian())
    mediator = sm.OLS.from_formula("m ~ x", table)
    return Mediation(outcome, mediator, "x", "m").fit(n_rep=1000)


def statsmodels_mediation_arrays(table: pd.DataFrame) -> Any:
    """Run statsmodels' Mediation on arrays, which spares it the formulas."""
    one = np.ones(len(table))
    x, m, y = (table[name].to_numpy() for name in "xmy")
    outcome = sm.OLS(y, np.column_stack([one, m, x]))
    mediator = sm.OLS(m, np.column_stack([one, x]))
    return Mediation(outcome, mediator, (2, 1), 1).fit(n_rep=1000)


def statsmodels_mm(X: np.ndarray, y: np.ndarray) -> Any:
    """MM-regression of statsmodels."""
    from statsmodels.robust.resistant_linear_model import RLMDetSMM

    return RLMDetSMM(y, X).fit()


def binary_table(n: int) -> pd.DataFrame:
    """Simulate a table with a binary outcome and a continuous covariate."""
    rng = np.random.default_rng(1)
    x, c, e = rng.standard_normal((3, n))
    m = 0.5 * x + 0.3 * c + e
    y = rng.logistic(size=n) < 0.7 * m + 0.2 * x - 0.2 * c
    return pd.DataFrame({"x": x, "c": c, "m": m, "y": y.astype(float)})


def main() -> None:
    """Time every pair and write the table."""
    warnings.simplefilter("ignore")
    table = pd.read_csv(REFERENCE / "dyads_37.csv")
    X = np.column_stack([np.ones(37), table["m"], table["x"]])
    y = table["y"].to_numpy()
    wide = binary_table(1000)
    rows = []

    def compare(what: str, ours: float, peer: str = "", theirs: float = np.nan) -> None:
        rows.append((what, ours, peer, theirs, theirs / ours))
        print(f"{what}: {ours:.4g} s" + (f"; {peer}: {theirs:.4g} s" if peer else ""))

    compare(
        "quasi-Bayesian, 1,000 draws, n = 37",
        seconds(lambda: mediate(table, "x", "m", "y", n_draws=1000, rng=1), 50),
        "statsmodels Mediation(n_rep=1000)",
        seconds(lambda: statsmodels_mediation(table), 1),
    )
    compare(
        "quasi-Bayesian, 1,000 draws, n = 37, peer given arrays",
        seconds(lambda: mediate(table, "x", "m", "y", n_draws=1000, rng=1), 50),
        "statsmodels Mediation(n_rep=1000), arrays",
        seconds(lambda: statsmodels_mediation_arrays(table), 1),
    )
    compare(
        "bootstrap, 5,000 resamples, n = 37",
        seconds(lambda: mediate(table, "x", "m", "y", method="bootstrap", n_draws=5000, rng=1), 20),
        "pingouin.mediation_analysis(n_boot=5000)",
        seconds(
            lambda: pingouin.mediation_analysis(table, "x", "m", "y", n_boot=5000, seed=1),
            2,
        ),
    )
    weighted = table.assign(w=np.linspace(0.5, 2, 37))
    for what, options in {
        "quasi-Bayesian, 10,000 draws": {},
        "bootstrap, 5,000 resamples": {"method": "bootstrap", "n_draws": 5000},
    }.items():
        plain, ours = side_by_side(
            lambda options=options: mediate(weighted, "x", "m", "y", rng=1, **options),
            lambda options=options: mediate(weighted, "x", "m", "y", rng=1, weights="w", **options),
        )
        compare(f"{what}, n = 37, weighted", ours, "the same without weights", plain)
    compare(
        "MM-regression, n = 37",
        seconds(lambda: mm_regression(X, y), 20),
        "statsmodels RLMDetSMM",
        seconds(lambda: statsmodels_mm(X, y), 3),
    )
    compare(
        "fast-and-robust bootstrap, 5,000 resamples, n = 37",
        seconds(lambda: mediate(table, "x", "m", "y", method="robust", n_draws=5000, rng=1), 10),
    )
    pairs = table.assign(
        r=np.tanh(table["m"] - table["m"].mean()), n_sessions=4, dyad_id=np.arange(37)
    )
    compare(
        "latent synchrony, 10,000 draws, n = 37",
        seconds(lambda: mediate(pairs, "x", "r", "y", method="latent", rng=1), 20),
    )
    rating = pairs.join(pd.Series(np.linspace(0, 1, 17), name="time"), how="cross")
    noise = np.random.default_rng(1).standard_normal(len(rating))
    rating["outcome"] = rating["y"] * rating["time"] + noise
    slopes = rating.groupby("dyad_id")[["time", "outcome"]].apply(
        lambda one: np.polyfit(one["time"], one["outcome"], 1)[0]
    )
    rated = pairs.assign(y=slopes.to_numpy())
    compare(
        "latent synchrony and ratings, 10,000 draws, n = 37",
        seconds(lambda: mediate(rated, "x", "r", "y", method="latent", ratings=rating, rng=1), 10),
    )
    compare(
        "quasi-Bayesian, 1,000,000 draws, n = 37",
        seconds(lambda: mediate(table, "x", "m", "y", n_draws=1_000_000, rng=1), 3),
    )
    compare(
        "logit outcome, 10,000 draws, n = 1,000",
        seconds(lambda: mediate(wide, "x", "m", "y", covariates=["c"], outcome="logit", rng=1), 2),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    compare(
        "bootstrap, 1,000,000 resamples, n = 1,000",
        seconds(
            lambda: mediate(
                wide, "x", "m", "y", covariates=["c"], method="bootstrap",
                n_draws=1_000_000, rng=1,
            ),
            1,
        ),
    )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak / 2**20:.2f} GiB ({before / 2**20:.2f} before the last)")
    frame = pd.DataFrame(rows, columns=["what", "seconds", "peer", "peer_seconds", "ratio"])
    frame = frame.assign(
        peak_gib=round(peak / 2**20, 2),
        dyadsync=__version__,
        python=".".join(map(str, sys.version_info[:3])),
    )
    for column in ("seconds", "peer_seconds", "ratio"):
        frame[column] = [float(f"{value:.3g}") for value in frame[column]]
    frame.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
