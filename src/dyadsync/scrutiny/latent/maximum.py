"""How much better the latent model's likelihood is than that of a line without latent spread."""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import FloatArray
from dyadsync.regression.linear import ModelFit
from dyadsync.scrutiny.latent.likelihood import Correlations, integrate

LEAST_LOG_SD = float(np.log(1e-3))
"""log omega never falls below this; a latent SD of .001 is no latent SD."""

_FIT_NODES = 21


def likelihood_ratio(
    correlations: Correlations, X: FloatArray, regression: ModelFit
) -> tuple[float, bool]:
    """Twice the gain in log likelihood over tau = 0, and whether both maxima were reached.

    Given x and y, z is normal about a line in X (constant, x, covariates) and the residual of the
    `regression` of y on X, with SD omega; at tau = 0 it is a line in X alone.
    """
    from scipy.optimize import minimize

    residuals = regression.residuals / regression.residuals.std()
    W, p = np.column_stack([X, residuals]), X.shape[1]

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        value, score = log_likelihood(correlations, W, theta)
        return -value, -score

    # At tau = 0 there is no slope on y and no residual SD.
    at_none = [(None, None)] * p + [(0, 0), (LEAST_LOG_SD, LEAST_LOG_SD)]
    free = [(None, None)] * (p + 1) + [(LEAST_LOG_SD, None)]
    options = {"ftol": 1e-12, "gtol": 1e-6, "maxiter": 1000}
    start = np.zeros(p + 2)
    found = []
    for bounds, log_sd in ((at_none, LEAST_LOG_SD), (free, np.log(0.4))):
        start[-1] = log_sd
        found.append(minimize(loss, start, jac=True, bounds=bounds, options=options))
        start = found[-1].x
    null, full = found
    return float(max(2 * (null.fun - full.fun), 0.0)), bool(null.success and full.success)


def log_likelihood(
    correlations: Correlations, W: FloatArray, theta: FloatArray, count: int = _FIT_NODES
) -> tuple[float, FloatArray]:
    """Log likelihood of r where z is normal about ``W d`` with SD omega, and its derivatives.

    theta holds the slopes d and log omega. With u = z - W d, the complete data's score is
    ``W u / omega^2`` for the slopes and ``u^2 / omega^2 - 1`` for log omega; the score is its mean
    given r (Louis 1982).
    """
    variance = np.exp(2 * theta[-1:])
    found, u, probability = integrate(correlations, W @ theta[:-1], variance, count)
    first, second = ((probability * u**power).sum(0) for power in (1, 2))
    return float(found.sum()), np.append(W.T @ (first / variance), (second / variance - 1).sum())
