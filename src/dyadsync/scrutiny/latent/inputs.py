"""Inputs of the latent model: dyads with a correlation, and options that have a meaning."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dyadsync.arrays import BoolArray, FloatArray
from dyadsync.checks import check_count, check_level, check_positive
from dyadsync.errors import InputError
from dyadsync.scrutiny.latent.likelihood import Correlations


def checked_dyads(
    r: npt.ArrayLike,
    n_pairs: npt.ArrayLike,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    covariates: npt.ArrayLike | None,
) -> tuple[Correlations, FloatArray, FloatArray, BoolArray]:
    """Correlations, design ``[1, x, covariates]`` and y of the dyads that have an r."""
    r, n, x, y = (np.asarray(v, np.float64) for v in (r, n_pairs, x, y))
    C = np.empty((len(y), 0)) if covariates is None else np.asarray(covariates, np.float64)
    C = C[:, None] if C.ndim == 1 else C
    if r.ndim != 1 or not r.shape == n.shape == x.shape == y.shape or len(C) != len(y):
        raise InputError("r, n_pairs, x, y and the covariates need one row per dyad each.")
    named = {"x": x, "y": y, **{f"covariate {j + 1}": c for j, c in enumerate(C.T)}}
    for name, values in named.items():
        if not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            raise InputError(f"{name} is missing or infinite in row {row + 1}; leave it out.")
    if np.any(np.abs(r) > 1):
        row = int(np.argmax(np.abs(np.nan_to_num(r)) > 1))
        raise InputError(
            f"r must be a correlation, between -1 and 1; row {row + 1} has {r[row]:g}."
        )
    if np.any(n != np.round(n)) or np.any(n < 0):
        raise InputError("n_pairs must be counts: whole numbers from 0 up, none missing.")
    excluded = np.isnan(r) | (n < 3)
    keep = ~excluded
    X = np.column_stack([np.ones(keep.sum()), x[keep], C[keep]])
    if len(X) < X.shape[1] + 3:
        raise InputError(
            f"The latent model needs at least {X.shape[1] + 3} dyads with a correlation of three "
            f"or more pairs; there are {len(X)}."
        )
    for name, values in named.items():
        if np.ptp(values[keep]) == 0:
            raise InputError(f"{name} is constant in the dyads that have a correlation.")
    standard = (X[:, 1:] - X[:, 1:].mean(0)) / X[:, 1:].std(0)
    if np.linalg.matrix_rank(standard) < standard.shape[1]:
        raise InputError("x and the covariates are collinear; leave one of them out.")
    residuals = y[keep] - X @ np.linalg.lstsq(X, y[keep], rcond=None)[0]
    if residuals.std() < 1e-10 * y[keep].std():
        raise InputError("x and the covariates predict y exactly; there is nothing to mediate.")
    return Correlations.of(r[keep], n[keep]), X, y[keep], excluded


def check_options(n_draws: int, confidence_level: float, prior_mean: float) -> None:
    """Refuse options without a meaning."""
    check_count("n_draws", n_draws)
    check_level(confidence_level)
    check_positive("prior_mean", prior_mean)
