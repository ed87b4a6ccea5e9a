"""A linear model with random effects of groups, by restricted maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from dyadsync.arrays import Array, IntArray


@dataclass(frozen=True)
class RandomEffectsFit:
    """Estimates of ``y = X coef + Z effects[group] + error``."""

    coef: Array
    """Shape (p,)."""
    covariance: Array
    """Of the coefficients, the variances taken as known, shape (p, p)."""
    effects: Array
    """Best linear unbiased predictions of each group's effects, shape (groups, q)."""
    variance: Array
    """Covariance of the effects between groups, shape (q, q); exactly 0 where that is likeliest."""
    residual: float
    """Variance of the errors."""


def random_effects_fit(X: Array, y: Array, Z: Array, group: IntArray) -> RandomEffectsFit:
    """Fit a linear model in which each group has effects of its own of one column or two.

    But for the root of the effects' covariance over that of the errors, a triangle of one number or
    three, the restricted likelihood has closed forms. Its maximum is looked for by a simplex from
    the best of a grid, 0 among the values, where optimisers on derivatives stop short or fail; it
    ends where the derivative is 0.

    Parameters
    ----------
    X, y : ndarray (n, p) and (n,)
        Design of the fixed effects, and outcome.
    Z : ndarray (n, q)
        What the random effects multiply: ones for an intercept, a column of X for a slope.
    group : ndarray (n,)
        Each row's group, numbered from 0.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the columns of X are linearly dependent, or as many as the rows.

    References
    ----------
    Bates, Mächler, Bolker & Walker (2015), doi:10.18637/jss.v067.i01, whose profiled deviance this
    is.

    Examples
    --------
    >>> group = np.repeat(np.arange(3), 2)
    >>> y = np.array([1.0, 2.0, 4.0, 5.0, 9.0, 10.0])
    >>> fit = random_effects_fit(np.ones((6, 1)), y, np.ones((6, 1)), group)
    >>> round(float(fit.coef[0]), 3), round(float(fit.variance[0, 0]), 3), round(fit.residual, 3)
    (5.167, 16.083, 0.5)
    """
    import scipy.optimize

    if np.linalg.matrix_rank(X) < X.shape[1] or len(X) == X.shape[1]:
        raise np.linalg.LinAlgError("The rows of X do not determine coefficients and their errors.")
    q, df = Z.shape[1], len(y) - X.shape[1]
    plain = np.linalg.lstsq(X, y)[0]  # taken out first, lest large levels cost digits
    both = np.column_stack([X, y - X @ plain])
    total = both.T @ both
    least = 1e-15 * float(y @ y) + 1e-300  # what rounding leaves of an exact fit
    n_groups = int(group.max()) + 1
    unit = np.sqrt(n_groups / np.square(Z).sum(axis=0))  # of the effects, so that roots are near 1
    Z = Z * unit
    own, shared = np.zeros((n_groups, q, q)), np.zeros((n_groups, q, both.shape[1]))
    np.add.at(own, group, Z[:, :, None] * Z[:, None, :])
    np.add.at(shared, group, Z[:, :, None] * both[:, None, :])
    places = np.tril_indices(q)

    def matrix(triangle: Array) -> Array:
        root = np.zeros((q, q))
        root[places] = triangle
        return root

    def solved(triangle: Array) -> tuple[Array, Array, float, float]:
        """Coefficients, their information, residual variance and deviance, given a root."""
        root = matrix(triangle)
        lower = np.linalg.cholesky(np.eye(q) + root.T @ own @ root)
        taken = np.linalg.solve(lower, root.T @ shared)
        left = total - np.einsum("gij,gik->jk", taken, taken)
        information = left[:-1, :-1]
        coef = np.linalg.solve(information, left[:-1, -1])
        residual = max(float(left[-1, -1] - coef @ left[:-1, -1]), least) / df
        log_det = 2 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum()
        log_det += np.linalg.slogdet(information)[1]
        return coef, information, residual, float(df * np.log(residual) + log_det)

    def lack(triangle: Array) -> float:
        return solved(triangle)[-1]

    def slope(triangle: Array) -> Array:
        """Give the deviance's derivative: its root is exact, the simplex ends at rounding."""
        coef, information, residual, _ = solved(triangle)
        root = matrix(triangle)
        lost = own @ root @ np.linalg.inv(np.eye(q) + root.T @ own @ root) @ root.T
        kept = shared - lost @ shared
        off = kept[:, :, -1] - kept[:, :, :-1] @ coef
        part = np.einsum(
            "gij,jk,glk->il", kept[:, :, :-1], np.linalg.inv(information), kept[:, :, :-1]
        )
        whole = (own - lost @ own).sum(axis=0) - part - off.T @ off / residual
        return np.asarray(2 * (whole @ root)[places])

    options = [_ON_DIAGONAL if i == j else _BELOW for i, j in zip(*places, strict=True)]
    starts = sorted(np.array(list(product(*options))), key=lack)[: len(options)]
    best = min((_lowest(lack, start, 0.3, 1e-3) for start in starts), key=lack)
    best = _lowest(lack, best, 0.03, 1e-6)  # anew, lest a flat simplex ended too soon
    if lack(np.zeros(len(best))) <= lack(best) + 1e-9:
        best = np.zeros(len(best))
    else:
        exact = scipy.optimize.root(slope, best, tol=1e-13).x
        best = exact if lack(exact) <= lack(best) + 1e-9 else best
    coef, information, residual, _ = solved(best)
    root = matrix(best)
    off = shared[:, :, -1] - shared[:, :, :-1] @ coef
    within = np.eye(q) + root.T @ own @ root
    effects = np.linalg.solve(within, (off @ root)[:, :, None])[:, :, 0] @ root.T
    root = unit[:, None] * root
    return RandomEffectsFit(
        plain + coef,
        residual * np.linalg.inv(information),
        effects * unit,
        residual * root @ root.T,
        residual,
    )


_ON_DIAGONAL = (0.1, 0.3, 1.0, 3.0, 10.0)
_BELOW = (-2.0, -0.5, 0.0, 0.5, 2.0)
"""Where the search starts; signs on the diagonal do not matter, so that it needs no bounds."""


def _lowest(
    function: Callable[[Array], float], start: Array, step: float, tolerance: float
) -> Array:
    """Go down from a start by the simplex of Nelder and Mead."""
    import scipy.optimize

    simplex = np.vstack([start, start + np.diag(step * np.maximum(np.abs(start), 0.3))])
    options = {
        "initial_simplex": simplex,
        "xatol": tolerance,
        "fatol": 1e-2 * tolerance,
        "maxfev": 1500,
    }
    return np.asarray(
        scipy.optimize.minimize(function, start, method="Nelder-Mead", options=options).x
    )
