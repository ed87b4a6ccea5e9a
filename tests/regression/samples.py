"""Samples that the tests of several regressions share."""

import numpy as np

from tests.reference_tables import dyads


def table(n, kind):
    return dyads(n, contaminated=kind == "contaminated")


def designs(data, covariates=()):
    extra = [data[name] for name in covariates]
    one = np.ones(len(data))
    return {
        "m~x": (np.column_stack([one, data.x, *extra]), data.m.to_numpy()),
        "y~m+x": (np.column_stack([one, data.m, data.x, *extra]), data.y.to_numpy()),
    }


def counts_of(n, n_resamples, seed):
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)


def simulated(n, p, seed, outliers=0.0):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    y = X.sum(axis=1) + rng.standard_normal(n)
    y[: int(outliers * n)] += 8 + rng.standard_normal(int(outliers * n))
    return X, y
