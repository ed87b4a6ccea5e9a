"""A linear model with one random effect per group, by restricted maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dyadsync.arrays import Array, IntArray


@dataclass(frozen=True)
class RandomEffectFit:
    """Estimates of ``y = X coef + z u_group + error``."""

    coef: Array
    """Shape (p,)."""
    covariance: Array
    """Of the coefficients, the variances taken as known, shape (p, p)."""
    variance: float
    """Of the effect u between groups; exactly 0 where that has the highest likelihood."""
    residual: float
    """Variance of the errors."""


def random_effect_fit(X: Array, y: Array, z: Array, group: IntArray) -> RandomEffectFit:
    """Fit a linear model in which each group has a random effect of one column.

    The restricted likelihood depends on one number, the ratio of the two variances: its maximum is
    looked for over all ratios, 0 among them, at which optimisers of several parameters stop short.

    Parameters
    ----------
    X : ndarray (n, p)
        Design of the fixed effects, of full rank.
    y : ndarray (n,)
        Outcome.
    z : ndarray (n,)
        What the random effect multiplies: ones for an intercept, a column of X for a slope.
    group : ndarray (n,)
        Each row's group, numbered from 0.

    Returns
    -------
    RandomEffectFit

    Raises
    ------
    numpy.linalg.LinAlgError
        If the columns of X are linearly dependent.

    References
    ----------
    Harville (1977), doi:10.1080/01621459.1977.10480998.

    Examples
    --------
    >>> group = np.repeat(np.arange(3), 2)
    >>> y = np.array([1.0, 2.0, 4.0, 5.0, 9.0, 10.0])
    >>> fit = random_effect_fit(np.ones((6, 1)), y, np.ones(6), group)
    >>> round(float(fit.coef[0]), 3), round(fit.variance, 3), round(fit.residual, 3)
    (5.167, 16.083, 0.5)
    """
    from scipy.optimize import minimize_scalar

    n_groups = int(group.max()) + 1
    size = np.bincount(group, z * z, n_groups)
    products = np.stack([np.bincount(group, z * one, n_groups) for one in (*X.T, y)])
    whole = np.column_stack([X, y])
    total = whole.T @ whole
    df = len(y) - X.shape[1]
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise np.linalg.LinAlgError("The columns of X are linearly dependent.")

    def fitted(ratio: float) -> tuple[Array, Array, float, float]:
        """Coefficients, their information, residual variance and -2 log likelihood."""
        # By group (I + ratio z z')^-1 = I - weight z z'.
        weight = ratio / (1 + ratio * size)
        left = total - (weight * products) @ products.T
        information = left[:-1, :-1]
        coef = np.linalg.solve(information, left[:-1, -1])
        residual = max(float(left[-1, -1] - coef @ left[:-1, -1]) / df, 1e-14 * total[-1, -1] / df)
        log_det = np.log1p(ratio * size).sum() + np.linalg.slogdet(information)[1]
        return coef, information, residual, float(df * np.log(residual) + log_det)

    ratios = np.concatenate([[0.0], np.geomspace(1e-5, 1e5, 61) / size[size > 0].mean()])
    lack = [fitted(ratio)[-1] for ratio in ratios]
    best = int(np.argmin(lack))
    ratio = ratios[best]
    ends = np.log(ratios[[max(best - 1, 1), min(max(best, 1) + 1, len(ratios) - 1)]])
    found = minimize_scalar(
        lambda log_ratio: fitted(np.exp(log_ratio))[-1],
        bounds=tuple(ends), method="bounded", options={"xatol": 1e-10},
    )  # fmt: skip
    if found.fun < lack[best]:
        ratio = float(np.exp(found.x))
    coef, information, residual, _ = fitted(ratio)
    return RandomEffectFit(
        coef, residual * np.linalg.inv(information), float(ratio * residual), residual
    )
