"""The mean and covariance with Huber weights."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np

from dyadsync.arrays import Array
from dyadsync.regression.predictors import ConvergenceWarning, check_columns

_KAPPA = 0.05  # share of normal data that is weighted down
_MOST_ITERATIONS = 500


def huber_covariance(data: Array, names: Sequence[str]) -> tuple[Array, Array]:
    """Mean and covariance with Huber weights on the Mahalanobis distance.

    Rows at a distance d beyond r, r^2 the chi-square quantile of .95 with q degrees of freedom,
    get the weight u1 = r/d in the mean (divisor sum u1) and u1^2/tau in the covariance (divisor
    n); tau makes it consistent at the normal. Iterated until it settles. It withstands outliers
    in fewer than 1/(q + 1) of the rows.

    Parameters
    ----------
    data : array (n, q)
        One row per dyad, at least q + 3.
    names : sequence of str
        Names of the columns, used in error messages only.

    Returns
    -------
    cleaned : array (n, q)
        The data with outlying rows drawn in, ``mean + u1 / sqrt(tau) * (row - mean)``: their
        ordinary mean and covariance (divisor n) are those with Huber weights.
    weights : array (n,)
        Weights u1 of the rows in the mean: 1 inside the ellipsoid, r/d outside.

    Raises
    ------
    InputError
        If variables determine one another.

    Warns
    -----
    ConvergenceWarning
        If the iteration did not settle.

    References
    ----------
    Zu & Yuan (2010), doi:10.1080/00273170903504695.

    Examples
    --------
    >>> data = np.random.default_rng(0).standard_normal((500, 2))
    >>> data[0] = 50
    >>> cleaned, weights = huber_covariance(data, ["m", "y"])
    >>> np.cov(cleaned.T, ddof=0).round(1).tolist(), bool(weights[0] < 0.1)
    ([[1.0, 0.0], [0.0, 0.9]], True)
    """
    from scipy.special import gammainc, gammaincinv

    n, q = data.shape
    check_columns(np.column_stack([np.ones(n), data]), ["", *names])
    # Quantile and distribution function of chi-square.
    cutoff = 2 * float(gammaincinv(q / 2, 1 - _KAPPA))
    tau = (q * float(gammainc(q / 2 + 1, cutoff / 2)) + cutoff * _KAPPA) / q
    # The estimate is affine equivariant: iterate on data with the identity as their covariance.
    centre = data.mean(axis=0)
    root = np.asarray(np.linalg.qr(data - centre, mode="r")) / math.sqrt(n)
    Z = (data - centre) @ np.linalg.inv(root)
    mean, cov = np.zeros(q), np.eye(q)
    for _ in range(_MOST_ITERATIONS):
        deviation = Z - mean
        distance = (deviation @ np.linalg.inv(cov) * deviation).sum(axis=1)
        weights = np.sqrt(np.minimum(1.0, cutoff / np.maximum(distance, 1e-300)))
        new_mean = weights @ Z / weights.sum()
        deviation = (Z - new_mean) * weights[:, None]
        new_cov = deviation.T @ deviation / (n * tau)
        change = max(np.abs(new_mean - mean).max(), np.abs(new_cov - cov).max())
        mean, cov = new_mean, new_cov
        if change < 1e-11:
            break
    else:
        warnings.warn(
            f"Huber's covariance had not settled after {_MOST_ITERATIONS} iterations.",
            ConvergenceWarning,
            stacklevel=2,
        )
    location = centre + mean @ root
    return location + (weights / math.sqrt(tau))[:, None] * (data - location), weights
