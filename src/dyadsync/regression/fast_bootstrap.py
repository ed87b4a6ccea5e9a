"""The fast-and-robust bootstrap of an MM-regression."""

from __future__ import annotations

import numpy as np

from dyadsync.arrays import Array
from dyadsync.regression.bisquare import bisquare_psi_derivative, efficiency_constant
from dyadsync.regression.linear import row_products, solve_normal_equations
from dyadsync.regression.mm import RegressionResult


def fast_robust_bootstrap(X: Array, fit: RegressionResult, counts: Array) -> Array:
    """Coefficients of an MM-regression in bootstrap resamples, without refitting it.

    Each resample takes one weighted least-squares step with the weights of the original fit, and a
    linear correction makes up for the weights not being estimated again: with beta1* the step's
    coefficients and u = r/s,
    beta* = beta + M (beta1* - beta), M = (sum psi'(u) x x')^-1 (sum w(u) x x').
    Outliers keep their weights near 0 however often they are drawn, so that no resample breaks
    down. As in robmed, the error of the scale is left out: it does not reach slopes under symmetric
    errors.

    Parameters
    ----------
    X : array (n, p)
        The design the fit was made from.
    fit : RegressionResult
        Its MM-regression, no exact fit.
    counts : array (B, n)
        How often each resample drew each row; the same counts for the mediator's and the outcome's
        model resample whole dyads.

    Returns
    -------
    ndarray (B, p)
        One row of coefficients a resample; NaN where a resample cannot determine them.

    References
    ----------
    Salibian-Barrera & Zamar (2002), doi:10.1214/aos/1021379865;
    Salibian-Barrera & Van Aelst (2008), doi:10.1016/j.csda.2008.05.007;
    for mediation Alfons, Ates & Groenen (2022), doi:10.1177/1094428121999096.
    """
    p = X.shape[1]
    # In this basis the weighted normal matrix of the whole sample is the identity.
    basis = np.linalg.inv(np.linalg.qr(np.sqrt(fit.weights)[:, None] * X, mode="r"))
    Z = X @ basis
    ZZ = row_products(Z)
    slope = bisquare_psi_derivative(fit.residuals / fit.scale, efficiency_constant(fit.efficiency))
    correction = basis @ np.linalg.inv((slope @ ZZ).reshape(p, p))
    steps, regular = solve_normal_equations(
        (counts @ (ZZ * fit.weights[:, None])).reshape(-1, p, p),
        counts @ (Z * (fit.weights * fit.residuals)[:, None]),
    )
    steps[~regular] = np.nan
    return np.asarray(fit.coef + steps @ correction.T)
