"""Simple slopes: what models with a moderator, or a cause of several values, say at one value.

Their coefficients become those of the plain models ``m = [1, x, c]`` and ``y = [1, x, m, x*m, c]``
there, so that every effect is the same function of coefficients, whatever the models had.
"""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import Array
from dyadsync.mediation.coefficients import Coefficients
from dyadsync.mediation.sample import MediationData


def simple_coefficients(
    coefficients: Coefficients,
    data: MediationData,
    level: int = 0,
    at: Array | tuple[float, ...] = (),
) -> Coefficients:
    """Take coefficients to those at one value of the moderator and for one value of the cause.

    `level` is which column of the cause has the value 1, all of its others being 0; `at`, shape
    (r,), the columns of the moderator.
    """
    if data.x.ndim == 1 and data.moderator is None:
        return coefficients
    of_mediator, of_outcome = simple_effect_maps(data, level, at)
    return Coefficients(
        coefficients.mediator @ of_mediator,
        coefficients.outcome @ of_outcome,
        coefficients.interaction,
        coefficients.mediator_cov,
    )


def simple_effect_maps(
    data: MediationData, level: int = 0, at: Array | tuple[float, ...] = ()
) -> tuple[Array, Array]:
    """Matrices that coefficients of the mediator and of the outcome are multiplied by.

    Returns
    -------
    of_mediator : array, shape (p_m, 2 + q)
    of_outcome : array, shape (p_y, 2 + k + q), with ``interaction`` (p_y, 2 + 2 k + q)
    """
    n_x, k, q = data.causes.shape[1], data.n_mediators, data.covariates.shape[1]
    w = np.asarray(at, dtype=float)
    r = len(w)
    crossed = k if data.interaction else 0
    of_mediator = np.zeros((1 + n_x + q + r + n_x * r, 2 + q))
    of_outcome = np.zeros(
        (1 + n_x + k + n_x * crossed + q + r + (n_x + k) * r, 2 + k + crossed + q)
    )
    of_mediator[[0, 1 + level], [0, 1]] = of_outcome[[0, 1 + level], [0, 1]] = 1
    of_outcome[1 + n_x + np.arange(k), 2 + np.arange(k)] = 1
    row = 1 + n_x + k
    if data.interaction:
        of_outcome[row + level * k + np.arange(k), 2 + k + np.arange(k)] = 1
        row += n_x * k
    of_mediator[1 + n_x + np.arange(q), 2 + np.arange(q)] = 1
    of_outcome[row + np.arange(q), 2 + k + crossed + np.arange(q)] = 1
    for design, first in ((of_mediator, 1 + n_x + q), (of_outcome, row + q)):
        design[first + np.arange(r), 0] = w  # the moderator itself moves the intercept
        design[first + r + level * r + np.arange(r), 1] = w  # its product with x the slope of x
    first = row + q + r + n_x * r
    for j in range(k):
        of_outcome[first + j * r + np.arange(r), 2 + j] = w
    return of_mediator, of_outcome
