"""True synchrony behind correlations of a few pairs: its distribution over dyads, deconvolved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from dyadsync.arrays import FloatArray, IntArray
from dyadsync.scrutiny.measurement.density import expected_correlation, fisher_z_log_density
from dyadsync.synchrony.measures import largest_z

ZETA = np.linspace(-6.0, 6.0, 301)
"""Grid of true synchrony, zeta = atanh(rho), on which its distribution is written."""


@cache
def _expected(n: int, scale: str) -> tuple[FloatArray, FloatArray]:
    """Mean and mean square of synchrony from n pairs, at each true value of the grid."""
    if scale == "synchrony":
        return expected_correlation(np.tanh(ZETA), n)
    from scipy import interpolate

    # A few true values and a smooth curve through them: the mean and the variance vary slowly.
    knots = np.linspace(ZETA[0], ZETA[-1], 61)
    reach = min(40 / (n - 2) + 0.5, 25.0)
    offset = np.linspace(-reach, reach, 1201)
    z = knots[:, None] + offset
    weight = np.exp(fisher_z_log_density(z, knots[:, None], n)) * (offset[1] - offset[0])
    cap = largest_z(n)
    value = np.clip(z, -cap, cap)
    mean = np.sum(weight * value, axis=1)
    variance = np.sum(weight * value**2, axis=1) - mean**2
    smooth = interpolate.CubicSpline(knots, mean)(ZETA)
    return smooth, interpolate.CubicSpline(knots, variance)(ZETA) + smooth**2


@dataclass(frozen=True)
class Moments:
    """Joint moments of observed and true synchrony under a distribution of the true one."""

    covariance: FloatArray
    true_variance: FloatArray
    observed_variance: FloatArray

    @property
    def reliability(self) -> FloatArray:
        """Squared correlation of observed and true synchrony; 0 where the true one is constant."""
        with np.errstate(invalid="ignore", divide="ignore"):
            value = self.covariance**2 / (self.true_variance * self.observed_variance)
        return np.where(self.true_variance > 1e-12, value, 0.0)


def moments(masses: FloatArray, n: IntArray, scale: str) -> Moments:
    """Moments for rows of masses on the grid of zeta, over dyads with these numbers of pairs."""
    true = np.tanh(ZETA) if scale == "synchrony" else ZETA
    mean, square = np.zeros_like(ZETA), np.zeros_like(ZETA)
    for k, count in zip(*np.unique(n, return_counts=True), strict=True):
        first, second = _expected(int(k), scale)
        mean += first * count / n.size
        square += second * count / n.size
    centre, observed = masses @ true, masses @ mean
    return Moments(
        masses @ (true * mean) - centre * observed,
        np.maximum(masses @ true**2 - centre**2, 0.0),
        masses @ square - observed**2,
    )


def normal_masses(mean: FloatArray, sd: FloatArray) -> FloatArray:
    """Masses on the grid of zeta of normal distributions; one row per pair of mean and SD.

    Each grid point gets the normal distribution's integral against its hat function, so that an SD
    below the grid's step is right as well; an SD of 0 puts all mass on the nearest grid point.
    """
    from scipy import special

    step = ZETA[1] - ZETA[0]
    edges = np.concatenate([[ZETA[0] - step], ZETA, [ZETA[-1] + step]])
    spread = np.maximum(sd, 1e-9)[:, None]
    u = (edges - mean[:, None]) / spread
    # The second integral of the density, whose second difference is the integral with the hat.
    second = spread * (u * special.ndtr(u) + np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi))
    masses: FloatArray = np.maximum(np.diff(second, n=2, axis=1) / step, 0.0)
    masses /= masses.sum(axis=1, keepdims=True)
    nearest = np.rint((mean - ZETA[0]) / step).clip(0, ZETA.size - 1)
    return np.where(sd[:, None] == 0, np.arange(ZETA.size) == nearest[:, None], masses)


def likelihood_region(
    likelihood: FloatArray, drop: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means, SDs and log likelihoods in the region within `drop` of the best, and just round it.

    They are those of a grid, of the best point, and of the points where lines of the grid cross the
    region's edge, so that neither the best nor an end of an interval is off by the grid's step.
    """
    from scipy import optimize

    def log_likelihood(mean: FloatArray, sd: FloatArray) -> FloatArray:
        # An SD of 0 itself would jump from one point of the grid of zeta to the next.
        masses = normal_masses(mean, np.maximum(sd, 1e-9))
        found: FloatArray = np.log(likelihood @ masses.T).sum(axis=0)
        return found

    mean_range, sd_range = (-3.0, 3.0), (0.0, 3.0)
    for _ in range(3):
        mean, sd = np.meshgrid(np.linspace(*mean_range, 41), np.linspace(*sd_range, 41))
        value = log_likelihood(mean.ravel(), sd.ravel()).reshape(mean.shape)
        inside = value >= value.max() - drop - 1
        mean_step = (mean_range[1] - mean_range[0]) / 40
        sd_step = (sd_range[1] - sd_range[0]) / 40
        mean_range = (mean[inside].min() - mean_step, mean[inside].max() + mean_step)
        sd_range = (max(sd[inside].min() - sd_step, 0.0), sd[inside].max() + sd_step)
    top = np.unravel_index(value.argmax(), value.shape)
    best = optimize.minimize(
        lambda at: -log_likelihood(at[:1], at[1:])[0],
        (mean[top], sd[top]),
        method="Nelder-Mead",
        bounds=[(-3.0, 3.0), (0.0, 3.0)],
    )
    no_spread = log_likelihood(best.x[:1], np.zeros(1))[0]
    best_sd = best.x[1] if -best.fun > no_spread + 1e-6 else 0.0
    points = np.stack([mean, sd, value])
    level = -best.fun - drop
    edges = []
    for before, after in (
        (points[:, :-1], points[:, 1:]),
        (points[:, :, :-1], points[:, :, 1:]),
    ):
        cross = (before[2] >= level) != (after[2] >= level)
        one, other = before[:, cross], after[:, cross]
        edge = one + (level - one[2]) / (other[2] - one[2]) * (other - one)
        edge[2] = level
        edges.append(edge)
    mean, sd, value = np.hstack(
        [points.reshape(3, -1), [[best.x[0]], [best_sd], [-best.fun]], *edges]
    )
    return mean, sd, value


def nonparametric_masses(likelihood: FloatArray, n_steps: int = 3000) -> FloatArray:
    """Nonparametric maximum likelihood masses on the grid of zeta, by the EM algorithm.

    The support is every second point of the grid: steps of .08, far below the spread of one z.
    """
    support = likelihood[:, ::2]
    masses = np.full(support.shape[1], 1 / support.shape[1])
    for _ in range(n_steps):
        gain = (1 / (support @ masses)) @ support / len(support)
        if gain.max() < 1 + 1e-4:  # Lindsay's gradient: no mass anywhere adds to the likelihood
            break
        masses = masses * gain
    full = np.zeros(likelihood.shape[1])
    full[::2] = masses / masses.sum()
    return full
