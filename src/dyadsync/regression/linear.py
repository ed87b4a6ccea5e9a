"""Least squares, and what every regression of many weighted samples is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dyadsync.arrays import Array, BoolArray
from dyadsync.errors import InputError


@dataclass(frozen=True)
class ModelFit:
    """Least squares or maximum likelihood for one response."""

    coef: Array
    """Shape (p,)."""
    bread: Array
    """Inverse information without the dispersion, shape (p, p)."""
    scores: Array
    """Each row's contribution to the estimating equation, shape (n, p)."""
    leverage: Array
    """Shape (n,)."""
    dispersion: float
    """Residual variance (divisor n - p); 1 for a binary response."""

    @property
    def df_resid(self) -> int:
        """Residual degrees of freedom, n - p."""
        n, p = self.scores.shape
        return int(n - p)

    def covariance(self, kind: Literal["classical", "HC3"]) -> Array:
        """Covariance of the coefficients.

        HC3 divides each score by one minus its leverage (MacKinnon & White 1985,
        doi:10.1016/0304-4076(85)90158-7).
        """
        if kind == "classical":
            return self.dispersion * self.bread
        if np.any(self.leverage > 1 - 1e-10):
            row = int(np.argmax(self.leverage))
            raise InputError(
                f"HC3 is not defined: the model fits row {row + 1} of the complete cases exactly "
                "(leverage 1). Use vcov='classical', or drop the covariate only this row has."
            )
        influence = (self.scores / (1 - self.leverage)[:, None]) @ self.bread
        covariance: Array = influence.T @ influence
        return covariance


def fit_linear(X: Array, y: Array) -> ModelFit:
    """Ordinary least squares by the QR decomposition."""
    q, r = np.linalg.qr(X)
    r_inverse = np.linalg.inv(r)
    coef = r_inverse @ (q.T @ y)
    residuals = y - X @ coef
    n, p = X.shape
    return ModelFit(
        coef,
        r_inverse @ r_inverse.T,
        X * residuals[:, None],
        np.einsum("ij,ij->i", q, q),
        float(residuals @ residuals) / (n - p),
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


def solve_normal_equations(matrices: Array, rhs: Array) -> tuple[Array, BoolArray]:
    """Solve symmetric systems, shape (B, p, p), and say which are not singular.

    The determinant over the product of the diagonal is free of scale: 1 for orthogonal
    columns, 0 for collinear ones.
    """
    diagonal = np.einsum("bii->bi", matrices)
    scale = np.sqrt(np.maximum(diagonal, 1e-300))
    correlation = matrices / scale[:, :, None] / scale[:, None, :]
    ok = (np.linalg.det(correlation) > 1e-12) & (diagonal > 1e-290).all(1)
    correlation = np.where(ok[:, None, None], correlation, np.eye(matrices.shape[1]))
    solution = np.linalg.solve(correlation, rhs / scale[:, :, None]) / scale[:, :, None]
    return solution, ok
