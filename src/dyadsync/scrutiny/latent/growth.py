"""The latent model with an outcome that is itself an estimate: a slope of a few ratings.

The ratings of dyad i at times t are a straight line with normal errors, whose slope is the outcome
of the latent model, and whose level goes with the slope::

    rating_it = level_i + y_i t + error_it,                    error ~ N(0, omega^2)
    level_i   = X_i lambda + kappa (y_i - E[y_i | X_i]) + l_i,  l ~ N(0, s_0^2)

Given its slope and X a dyad's level says nothing more of its synchrony. So slope and level are
correlated normal numbers, as in a mixed model of the ratings, and both are integrated out in closed
form: given the ratings y_i is normal with a mean and a variance, and the rest is as where y_i is
known. Where it is, the variance is 0 and the likelihood that of `LinearOutcome`.

Therapists, where there are enough, are random effects w_j of synchrony and v_j of the slope::

    z_i = alpha + a x_i + w_j + e_i,    y_i = gamma + b z_i + c' x_i + v_j + eps_i

theta is that of `LinearOutcome` and then: the p slopes of the level on X (at the mean of all
times), the log of the level's SD given X, its correlation with the slope, log omega, and with
therapists the SDs of w and v over tau and s. Both correlations and the therapists' SDs are given as
normal numbers of the same rank in their prior: noise in y lets a posterior reach to a correlation
of 1, and there their own scale, or atanh, has too long a tail to draw from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from dyadsync.arrays import FloatArray
from dyadsync.mediation.ratings import Ratings
from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.latent.likelihood import gauss_hermite
from dyadsync.scrutiny.latent.model import LinearOutcome, log_prior_of_tau

LEAST_CLUSTERS = 10
"""With fewer the variance between therapists is hardly estimable: no random effects are fitted."""

PRIOR_THERAPIST_RATIO = 0.5
"""Scale of the half-normal prior of a therapists' SD over that within therapists: the median is an
intraclass correlation of .10, and nine in ten lie below .40."""

_NODES = 2  # per effect and therapist: the error of a log likelihood is about .001


class _Parts(NamedTuple):
    """What theta says, and what the ratings say then."""

    z: FloatArray
    """Expected synchrony."""
    tau: FloatArray
    h: FloatArray
    s: FloatArray
    precision: FloatArray
    """Precision of what a dyad's ratings say of its slope, shape (B, n)."""
    pull: FloatArray
    """Precision times what the ratings say of the slope's distance from its expected value."""
    log_ratings: FloatArray
    """Log density of the ratings where the slope is the expected one."""


@dataclass(frozen=True, kw_only=True)
class GrowthOutcome(LinearOutcome):
    """A normal slope of ratings: y has the least-squares slopes, from which the search starts."""

    adaptation: ClassVar[int] = 1000
    ratings: Ratings
    therapist: npt.NDArray[np.intp] | None = None
    """Codes 0 .. G-1 of therapists that are random effects, shape (n,)."""

    def start(self) -> FloatArray:
        """Least squares of slopes and levels."""
        ratings = self.ratings
        noise = ratings.scatter.sum() / (ratings.count - 2).sum()
        level = fit_linear(self.X, ratings.level - ratings.slope * ratings.time)
        base = super().start()
        s2 = self.regression.dispersion
        base[-1] = np.log(max(s2 - noise * (1 / ratings.time_time).mean(), s2 / 4)) / 2
        rest = [*level.coef, np.log(level.dispersion) / 2, 0.0, np.log(noise) / 2]
        between = [] if self.therapist is None else [0.0, 0.0]
        return np.array([*base, *rest, *between])

    def _parts(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        slopes, tau, rank, total, s = super()._parts(theta)
        return slopes, tau, _correlation(rank), total, s

    def _level(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        """Slopes of the level on X, its SD, atanh of its correlation with y, and omega."""
        p = self.X.shape[1]
        rest = theta[:, 2 * p + 3 :]
        sd, noise = (np.exp(np.clip(rest[:, k], -50, 50)) for k in (p, p + 2))
        return rest[:, :p], sd, _correlation(rest[:, p + 1]), noise

    def _parts_given_ratings(self, theta: FloatArray) -> _Parts:
        slopes, tau, h, total, s = self._parts(theta)
        on_level, level_sd, h0, noise = (v[..., None] for v in self._level(theta))
        ratings, n, time = self.ratings, self.ratings.count, self.ratings.time
        expected = total @ self.X.T
        # Within a dyad the errors are independent; its mean rating has the level's as well.
        within = noise**2
        of_mean = n * (level_sd / np.cosh(h0)) ** 2 + within
        loading = time + np.tanh(h0) * level_sd / s[:, None]  # of the mean rating on the slope
        mean = ratings.level - on_level[..., 0] @ self.X.T - time * expected
        cross = ratings.time_level - expected * ratings.time_time
        square = ratings.level_level - expected * (ratings.time_level + cross)
        return _Parts(
            slopes @ self.X.T,
            tau,
            h,
            s,
            ratings.time_time / within + n * loading**2 / of_mean,
            cross / within + n * loading * mean / of_mean,
            -(square / within + n * mean**2 / of_mean + (n - 1) * np.log(within) + np.log(of_mean))
            / 2,
        )

    def _of_dyads(
        self, parts: _Parts, w: FloatArray | float = 0.0, v: FloatArray | float = 0.0
    ) -> FloatArray:
        """Log density of ratings and r of each dyad, w and v beyond the expected z and y."""
        z, tau, h, s, precision, pull, log_ratings = parts
        s2 = s[:, None] ** 2
        gain = 1 + s2 * precision
        unknown = s2 / gain
        log_y = log_ratings + (unknown * pull**2 + (2 * pull - v * precision) * v / gain) / 2
        log_y -= np.log(gain) / 2
        return log_y + self._of_r(z + w, tau, h, s, unknown * (pull - v * precision), unknown)

    def contributions(self, theta: FloatArray) -> FloatArray:
        """Log density of ratings and r of each dyad, or of each therapist's dyads."""
        parts = self._parts_given_ratings(theta)
        if self.therapist is None:
            return self._of_dyads(parts)
        return self._of_therapists(parts, _ratio(theta[:, -2:]))

    def _of_therapists(self, parts: _Parts, ratios: FloatArray) -> FloatArray:
        """Integrate both effects of each therapist out by adaptive quadrature, shape (B, G).

        The nodes are placed by a normal stand-in for what each dyad says of (w, b w + v): atanh(r)
        with the variance of its peak, kept within two SDs, and the slope that its ratings give.
        """
        z, tau, h, s, precision, pull, _ = parts
        assert self.therapist is not None
        members = np.eye(int(self.therapist.max()) + 1)[self.therapist]
        own = tau[:, None] ** 2 + 1 / (self.correlations.n_pairs - 1.5)
        of_slope = s[:, None] ** 2 + 1 / precision
        both = (np.tanh(h) * tau * s)[:, None]
        determinant = own * of_slope - both**2
        limit = 2 * np.sqrt(own)
        off_z, off_y = np.clip(self.correlations.z - z, -limit, limit), pull / precision

        def sums(*parts: FloatArray) -> FloatArray:
            return np.stack([(part / determinant) @ members for part in parts], axis=-1)

        info = sums(of_slope, -both, -both, own)
        said = sums(of_slope * off_z - both * off_y, own * off_y - both * off_z)
        # (w, b w + v) = root @ standard normal numbers
        root = np.zeros((len(tau), 1, 2, 2))
        root[:, 0, 0, 0] = ratios[:, 0] * tau
        root[:, 0, 1, 0] = np.tanh(h) * s * ratios[:, 0]
        root[:, 0, 1, 1] = ratios[:, 1] * s
        up = np.swapaxes(root, -1, -2)
        covariance = np.linalg.inv(np.eye(2) + up @ info.reshape(*info.shape[:2], 2, 2) @ root)
        centre = (covariance @ up @ said[..., None])[..., 0]
        spread = np.linalg.cholesky(covariance)
        terms = []
        node, log_weight = gauss_hermite(_NODES)
        for i, j in np.ndindex(_NODES, _NODES):
            effects = centre + 2**0.5 * spread @ np.array([node[i], node[j]])
            w, v = np.moveaxis((root @ effects[..., None])[..., 0], -1, 0)
            of_dyads = self._of_dyads(parts, w[:, self.therapist], v[:, self.therapist])
            terms.append(of_dyads @ members - (effects**2).sum(-1) / 2)
            terms[-1] += log_weight[i] + log_weight[j]
        log_terms = np.stack(terms)
        log_terms += np.log(np.linalg.det(spread) / np.pi)
        largest = log_terms.max(0)
        return np.asarray(largest + np.log(np.exp(log_terms - largest).sum(0)))

    def log_prior(self, theta: FloatArray) -> FloatArray:
        """Flat in slopes and log omega; of the SDs see `_log_prior_of_sd`."""
        p = self.X.shape[1]
        _, tau, _, _, s = self._parts(theta)
        _, level_sd, _, noise = self._level(theta)
        ratings = self.ratings
        of_slope = np.median(1 / ratings.time_time)
        of_level = np.median(1 / ratings.count + ratings.time**2 / ratings.time_time)
        ranks = theta[:, [p + 1, 3 * p + 4, *range(3 * p + 6, theta.shape[1])]]
        return np.asarray(
            log_prior_of_tau(np.log(tau), self.prior_mean)
            - (ranks**2).sum(1) / 2
            + _log_prior_of_sd(s, noise**2 * of_slope)
            + _log_prior_of_sd(level_sd, noise**2 * of_level)
        )


def are_enough(clusters: npt.NDArray[np.intp]) -> bool:
    """Whether there are clusters enough to be random effects."""
    return len(np.unique(clusters)) >= LEAST_CLUSTERS


def on_ratings(ratings: Ratings, clusters: npt.NDArray[np.intp] | None) -> list[str]:
    """Say what the outcome is, and what became of the clusters."""
    few, many = int(ratings.count.min()), int(ratings.count.max())
    each = f"{few}" if few == many else f"{few} to {many}"
    notes = [f"The outcome is the true slope of each dyad's {each} ratings."]
    if clusters is None:
        return notes
    count = len(np.unique(clusters))
    if are_enough(clusters):
        return [*notes, f"The {count} clusters are random effects of synchrony and of the slope."]
    return [
        *notes,
        f"{count} clusters are too few to be random effects ({LEAST_CLUSTERS} are needed): the "
        "draws are stretched to the covariance of a sandwich over clusters.",
    ]


def _correlation(rank: FloatArray) -> FloatArray:
    """Give atanh of a correlation whose prior is uniform, from a normal number of the same rank."""
    from scipy.special import log_ndtr

    return np.asarray((log_ndtr(rank) - log_ndtr(-rank)) / 2)


def _ratio(rank: FloatArray) -> FloatArray:
    """Give the SD between therapists over that within, from a normal number of the same rank."""
    from scipy.special import ndtr, ndtri

    return np.asarray(-PRIOR_THERAPIST_RATIO * ndtri(ndtr(-np.clip(rank, -6, 6)) / 2))


def _log_prior_of_sd(sd: FloatArray, noise: FloatArray) -> FloatArray:
    """Log density of a log SD such that the log of what is observed, with noise, is flat.

    Without noise it is flat in the log SD, as where y is known; with it the density falls to 0
    where the SD does, so that a posterior at 0 remains one.
    """
    return np.asarray(2 * np.log(sd) - np.log(sd**2 + noise))
