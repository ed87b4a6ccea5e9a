"""Samples that the tests of several regressions share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.reference_tables import dyads

TABLES = [(n, kind) for n in (37, 120) for kind in ("clean", "contaminated")]


def table(n: int, kind: str) -> pd.DataFrame:
    return dyads(n, contaminated=kind == "contaminated")


def designs(data: pd.DataFrame, covariates: tuple[str, ...] = ()) -> dict[str, tuple]:
    extra = [data[name] for name in covariates]
    one = np.ones(len(data))
    return {
        "m~x": (np.column_stack([one, data.x, *extra]), data.m.to_numpy()),
        "y~m+x": (np.column_stack([one, data.m, data.x, *extra]), data.y.to_numpy()),
    }


def counts_of(n: int, n_resamples: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)


def simulated(n: int, p: int, seed: int, outliers: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    y = X.sum(axis=1) + rng.standard_normal(n)
    y[: int(outliers * n)] += 8 + rng.standard_normal(int(outliers * n))
    return X, y
