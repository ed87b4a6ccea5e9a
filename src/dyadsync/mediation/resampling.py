"""Resamples of rows or whole clusters, leaving each out, and the draws that they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from dyadsync.arrays import Array, BoolArray
from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import Coefficients, stack
from dyadsync.mediation.sample import MediationData

WeightedFit = Callable[[Array], Coefficients]
"""Fits both models under each row of case weights, shape (B, n), and gives B draws."""

# Resamples are fitted in blocks of this many weights, so that memory stays bounded (16 MB).
_BLOCK_WEIGHTS = 2_000_000


def resample_counts(data: MediationData, n_draws: int, rng: np.random.Generator) -> Iterator[Array]:
    """Yield blocks of bootstrap counts, shape (block, n): whole clusters where there are any.

    A row's count is the same in both models, so cases are resampled jointly.
    """
    units = data.n_clusters or data.n_obs
    block = max(1, _BLOCK_WEIGHTS // data.n_obs)
    for start in range(0, n_draws, block):
        size = min(block, n_draws - start)
        yield count_rows(units, size, data.cluster, rng)


def count_rows(units: int, size: int, cluster: Array | None, rng: np.random.Generator) -> Array:
    """Draw `size` resamples of so many rows, or clusters, and count the rows in each."""
    drawn = rng.integers(units, size=(size, units))
    drawn += (np.arange(size) * units)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units)
    return (counts if cluster is None else counts[:, cluster]).astype(float)


def leave_one_out(data: MediationData) -> Iterator[Array]:
    """Yield blocks of weights that leave out one row, or one cluster where there are any."""
    n = data.n_obs
    codes = np.arange(n) if data.cluster is None else data.cluster
    units = int(codes.max()) + 1
    block = max(1, _BLOCK_WEIGHTS // n)
    for start in range(0, units, block):
        left_out = np.arange(start, min(start + block, units))
        yield (codes != left_out[:, None]).astype(float)


def resample_draws(
    data: MediationData, fit: WeightedFit, n_draws: int, rng: np.random.Generator
) -> tuple[Coefficients, tuple[str, ...]]:
    """Fit both models in every resample; with a note where some could not be fitted."""
    return _drop_failed(
        stack([fit(counts) for counts in resample_counts(data, n_draws, rng)]), "resamples"
    )


def jackknife_draws(data: MediationData, fit: WeightedFit) -> tuple[Coefficients, tuple[str, ...]]:
    """Fit both models without each row or cluster; with a note where some could not be fitted."""
    return _drop_failed(
        stack([fit(weights) for weights in leave_one_out(data)]), "jackknife samples"
    )


def _drop_failed(draws: Coefficients, what: str) -> tuple[Coefficients, tuple[str, ...]]:
    """Leave out draws in which a model could not be fitted, and say how many.

    Where more than one in five failed, what is left would not be the bootstrap's distribution any
    more, and is refused.
    """
    ok: BoolArray = np.isfinite(draws.mediator.sum((1, 2)) + draws.outcome.sum(1))
    failed = int((~ok).sum())
    if not failed:
        return draws, ()
    if failed > 0.2 * len(ok):
        raise InputError(
            f"In {failed} of {len(ok)} {what} a model could not be fitted (a predictor was "
            "constant, collinear or separated the outcome). Use method='quasi-bayesian', or "
            "fewer covariates."
        )
    return draws[ok], (f"{failed} of {len(ok)} {what} could not be fitted and were left out.",)
