"""The band of R's ``medsens`` around the ACME, so that its numbers stay reference rows.

R takes the residual standard deviations as known. `dyadsync.sensitivity` adds their part, so its
band is wider; what R computes is computed here in R's way.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from dyadsync.arrays import Array
from dyadsync.mediation.sample import prepare
from dyadsync.regression.linear import fit_linear


def medsens(data: pd.DataFrame, x: str, m: str, y: str, rho: list[float]) -> pd.DataFrame:
    """ACME with R's 95 % band, one row per rho: ``acme ci_lower ci_upper``."""
    sample, _, _ = prepare(data, x, [m], y)
    X_m, X_y, mediator = sample.mediator_design, sample.outcome_design, sample.m[:, 0]
    acme, se = _estimates(X_m, X_y, mediator, sample.y, np.array(rho))
    reach = ndtri(0.975) * se
    return pd.DataFrame(
        {"acme": acme, "ci_lower": acme - reach, "ci_upper": acme + reach}, index=rho
    )


def _residuals(X: Array, y: Array) -> Array:
    return fit_linear(X, y).residuals


def _estimates(
    X_m: Array, X_y: Array, m: Array, y: Array, grid: Array
) -> tuple[Array, Array]:
    """a*b and its delta-method standard error at each rho, by feasible generalised least squares.

    Both equations are fitted together with error covariance ``S = D [[1, rho], [rho, 1]] D``, D
    the standard deviations (divisor n - 1) of the last round's residuals, until these settle;
    all values of rho at once.
    """
    p_m, p_y = X_m.shape[1], X_y.shape[1]
    designs = [X_m, X_y]
    products = [[left.T @ right for right in designs] for left in designs]
    with_response = [[left.T @ response for response in (m, y)] for left in designs]
    slices = [slice(0, p_m), slice(p_m, p_m + p_y)]
    sd = np.stack([np.full(len(grid), _residuals(X_m, m).std(ddof=1)),
                   np.full(len(grid), _residuals(X_y, y).std(ddof=1))])  # fmt: skip
    for _ in range(1000):
        # Inverse of S for every rho, shape (len(grid), 2, 2).
        scale = 1 / (1 - grid**2)
        inverse = np.empty((len(grid), 2, 2))
        inverse[:, 0, 0] = scale / sd[0] ** 2
        inverse[:, 1, 1] = scale / sd[1] ** 2
        inverse[:, 0, 1] = inverse[:, 1, 0] = -grid * scale / (sd[0] * sd[1])
        information = np.empty((len(grid), p_m + p_y, p_m + p_y))
        right = np.zeros((len(grid), p_m + p_y))
        for j in (0, 1):
            for k in (0, 1):
                weight = inverse[:, j, k]
                information[:, slices[j], slices[k]] = weight[:, None, None] * products[j][k]
                right[:, slices[j]] += weight[:, None] * with_response[j][k]
        coef = np.linalg.solve(information, right[..., None])[..., 0]
        new = np.stack([
            (m - coef[:, slices[0]] @ X_m.T).std(axis=1, ddof=1),
            (y - coef[:, slices[1]] @ X_y.T).std(axis=1, ddof=1),
        ])  # fmt: skip
        settled = np.abs(new / sd - 1).max() < 1e-10
        sd = new
        if settled:
            break
    covariance = np.linalg.inv(information)
    i, j = 1, p_m + 2
    a, b = coef[:, i], coef[:, j]
    # The covariance of a and b is 0: m's residuals, on which b rests, are orthogonal to X_m.
    return a * b, np.sqrt(b**2 * covariance[:, i, i] + a**2 * covariance[:, j, j])
