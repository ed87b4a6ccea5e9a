"""Least squares, and what every regression of many weighted samples is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from dyadsync.arrays import Array, BoolArray
from dyadsync.compiled import compiled
from dyadsync.errors import InputError


@dataclass(frozen=True)
class ModelFit:
    """Least squares or maximum likelihood for one response; least squares with any leading axes."""

    coef: Array
    """Shape (p,)."""
    bread: Array
    """Inverse information without the dispersion, shape (p, p)."""
    scores: Array
    """Each row's contribution to the estimating equation, shape (n, p)."""
    residuals: Array
    """What was observed less its expectation, shape (n,)."""
    leverage: Array
    """Shape (n,)."""
    dispersion: Any
    """Residual variance (divisor n - p); 1 for a binary response."""

    @property
    def df_resid(self) -> int:
        """Residual degrees of freedom, n - p."""
        n, p = self.scores.shape[-2:]
        return int(n - p)

    def covariance(self, kind: Literal["classical", "HC3"]) -> Array:
        """Covariance of the coefficients, HC3 from `hc3_influence`."""
        if kind == "classical":
            return np.asarray(self.dispersion * self.bread)
        influence = self.hc3_influence()
        return np.asarray(influence.T @ influence)

    def hc3_influence(self) -> Array:
        """Each row's influence on the coefficients, its score divided by one minus its leverage.

        MacKinnon & White (1985), doi:10.1016/0304-4076(85)90158-7.
        """
        if np.any(self.leverage > 1 - 1e-10):
            row = int(np.argmax(self.leverage))
            raise InputError(
                f"HC3 is not defined: the model fits row {row + 1} of the complete cases exactly "
                "(leverage 1). Use vcov='classical', or drop the covariate only this row has."
            )
        return np.asarray((self.scores / (1 - self.leverage)[:, None]) @ self.bread)


def fit_linear(X: Array, y: Array) -> ModelFit:
    """Ordinary least squares by the QR decomposition, of any number of samples at once.

    Designs X, with their column of ones, have shape (..., n, p), responses y (..., n); the fit has
    the leading axes of X.

    Examples
    --------
    >>> x = np.arange(4.0)
    >>> fit_linear(np.column_stack([np.ones(4), x]), 1 + 2 * x).coef.round(10).tolist()
    [1.0, 2.0]
    """
    q, r = np.linalg.qr(X)
    r_inverse = np.linalg.inv(r)
    coef = (r_inverse @ (np.swapaxes(q, -1, -2) @ y[..., None]))[..., 0]
    residuals = y - (X @ coef[..., None])[..., 0]
    n, p = X.shape[-2:]
    return ModelFit(
        coef=coef,
        bread=r_inverse @ np.swapaxes(r_inverse, -1, -2),
        scores=X * residuals[..., None],
        residuals=residuals,
        leverage=np.einsum("...ij,...ij->...i", q, q),
        dispersion=np.einsum("...i,...i->...", residuals, residuals) / (n - p),
    )


def standardise(X: Array) -> tuple[Array, Array, Array]:
    """Centre and scale all columns but the first, the constant."""
    location: Array = X.mean(0)
    spread: Array = X.std(0)
    location[0], spread[0] = 0.0, 1.0
    return (X - location) / spread, location, spread


def row_products(X: Array) -> Array:
    """Row-wise outer products x x' as rows of length p^2, so that weighted sums are one matmul."""
    products: Array = np.einsum("ij,ik->ijk", X, X).reshape(len(X), -1)
    return products


@compiled
def solve_normal_equations(matrices: Array, vectors: Array) -> tuple[Array, BoolArray]:
    """Solve positive definite systems, shapes (B, p, p) and (B, p), and say which are not singular.

    The determinant over the product of the diagonal is free of scale: 1 for orthogonal columns, 0
    for collinear ones. A resample that lacks a category leaves a matrix that is singular but for
    rounding; its solution would mean nothing and is 0. The columns have about the same length.
    """
    solutions, regular = np.zeros(vectors.shape), np.zeros(len(vectors), np.bool_)
    p = vectors.shape[1]
    root = np.zeros((p, p))
    for k in range(len(vectors)):
        # Cholesky's root, a row at a time; the determinant is the product of its squared diagonal.
        independent = 1.0
        for i in range(p):
            for j in range(i + 1):
                rest = matrices[k, i, j]
                for m in range(j):
                    rest -= root[i, m] * root[j, m]
                if i > j:
                    root[i, j] = rest / root[j, j]
                else:
                    independent *= rest / matrices[k, i, i] if rest > 0 else 0.0
                    root[i, i] = np.sqrt(max(rest, 0.0))
        if not independent > 1e-12:
            continue
        regular[k] = True
        for i in range(p):
            solutions[k, i] = vectors[k, i]
            for j in range(i):
                solutions[k, i] -= root[i, j] * solutions[k, j]
            solutions[k, i] /= root[i, i]
        for i in range(p - 1, -1, -1):
            for j in range(i + 1, p):
                solutions[k, i] -= root[j, i] * solutions[k, j]
            solutions[k, i] /= root[i, i]
    return solutions, regular
