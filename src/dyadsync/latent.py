"""Mediation by latent synchrony: the sampling error of a correlation, modelled exactly.

Four pairs of changes say little about one dyad's synchrony. Instead of taking atanh(r) for the
mediator, the model keeps the true value z_i unknown::

    z_i = alpha + a x_i + covariates + e_i,            e ~ N(0, tau^2)
    y_i = gamma + b z_i + c' x_i + covariates + eps_i, eps ~ N(0, sigma^2)
    r_i | z_i ~ the exact density of a correlation of n_i pairs with rho = tanh(z_i)

Given x and the covariates, (z, y) is bivariate normal, so the likelihood splits in two parts that
share no parameter:

- y on x and the covariates, an ordinary regression (slopes c, residual SD s);
- z on x, the covariates and y (slopes d, residual SD omega), seen through r only.

The second is a regression of a latent response. With k the slope on y's residual,
``tau^2 = omega^2 + k^2 s^2``, ``b = k s^2 / tau^2`` and ``c' = c - a b``. Only here is z integrated
out: one Gauss-Hermite quadrature a dyad, of one dimension.

Estimates and intervals are those of the posterior under a weakly informative prior that is stated
in `latent_mediation`; `benchmarks/latent_coverage.py` compares it with maximum likelihood and its
intervals by simulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.errors import InputError

FloatArray = npt.NDArray[np.float64]

#: |r| above this rounds to 1.0000 and counts as this: at |r| = 1 the density is infinite or zero.
#: At three or four pairs, where such values occur by chance, it makes hardly any difference.
LARGEST_R = 0.99995

#: The prior of the latent SD tau: log-normal with this median and this SD of log tau.
PRIOR_TAU_MEDIAN = 0.5
PRIOR_TAU_LOG_SD = 0.5

#: Below this likelihood-ratio statistic against tau = 0 a fit counts as at the boundary.
BOUNDARY_LR = 1.0

# Nodes of the quadrature: in the fit, and in the posterior's weights, of which there are thousands.
_FIT_NODES = 21
_WEIGHT_NODES = 9
# log omega never falls below this; a latent SD of .001 is no latent SD.
_LEAST_LOG_SD = float(np.log(1e-3))
_BLOCK_NODES = 16_384  # the arrays of a block fit the processor's cache
_SERIES_DEGREE = 8
_PROPOSAL_DF = 5
_ADAPTATION_PROPOSALS = 500
_LEAST_PROPOSALS = 3_000


@dataclass(frozen=True)
class LatentFit:
    """What `latent_mediation` found; synchrony is in units of z = atanh(rho) throughout."""

    effects: pd.DataFrame
    """``ACME``, ``ADE`` and ``Total effect`` of the contrast by ``estimate ci_lower ci_upper``."""
    mediator: FloatArray
    """Posterior medians of the columns ``[1, x, covariates]`` of z's model, shape (2 + q,)."""
    outcome: FloatArray
    """The same of ``[1, x, z, covariates]`` in y's model, shape (3 + q,). Its slope c' is the total
    slope c minus a b, so that the effects add up."""
    mediator_se: FloatArray
    """Half the width of the posterior's central 68.3 %, which a standard error is when it is
    normal."""
    outcome_se: FloatArray
    mediator_draws: FloatArray
    """Draws from the posterior, shape (B, 2 + q)."""
    outcome_draws: FloatArray
    """Shape (B, 3 + q); row by row with `mediator_draws`."""
    tau: float
    """Latent SD: of z given x and the covariates."""
    tau_se: float
    sigma: float
    """Residual SD of y."""
    sigma_se: float
    total: tuple[float, float]
    """Path c (y on x without synchrony) and its standard error, by least squares."""
    maximum_likelihood: Mapping[str, float]
    """``alpha a gamma b c_prime tau sigma`` where the likelihood is largest; what is not identified
    is NaN."""
    loglik: float
    """The largest log likelihood."""
    likelihood_ratio: float
    """Twice the gain in log likelihood over tau = 0, where z is a line in x."""
    boundary: bool
    """Whether the data are at tau = 0; b, c' and the effects are NaN then."""
    converged: bool
    effective_draws: float
    """How many independent draws the posterior's weights are worth."""
    n_obs: int
    excluded: npt.NDArray[np.bool_]
    """The dyads left out: no r, or fewer than three pairs."""
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the numbers should know."""

    @property
    def alpha(self) -> float:
        """Intercept of z's model."""
        return float(self.mediator[0])

    @property
    def a(self) -> float:
        """Slope of z on x."""
        return float(self.mediator[1])

    @property
    def gamma(self) -> float:
        """Intercept of y's model."""
        return float(self.outcome[0])

    @property
    def c_prime(self) -> float:
        """Slope of y on x at a given z."""
        return float(self.outcome[1])

    @property
    def b(self) -> float:
        """Slope of y on z."""
        return float(self.outcome[2])

    @property
    def ab(self) -> float:
        """Indirect effect of one unit of x."""
        return self.a * self.b

    @property
    def draws(self) -> FloatArray:
        """Draws of ``a b c_prime``, shape (B, 3)."""
        return np.column_stack([self.mediator_draws[:, 1], self.outcome_draws[:, [2, 1]]])

    @property
    def n_excluded(self) -> int:
        """How many dyads were left out."""
        return int(self.excluded.sum())

    @property
    def note(self) -> str:
        """All notes as one text."""
        return " ".join(self.notes)


def latent_mediation(
    r: npt.ArrayLike,
    n_pairs: npt.ArrayLike,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    *,
    contrast: tuple[float, float] = (0, 1),
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    prior: tuple[float, float] = (PRIOR_TAU_MEDIAN, PRIOR_TAU_LOG_SD),
    rng: int | np.random.Generator | None = None,
) -> LatentFit:
    """Mediation through the true synchrony behind correlations of a few pairs.

    Parameters
    ----------
    r : array_like, shape (n,)
        Each dyad's Pearson correlation; NaN where there is none. ``|r|`` above .99995, which rounds
        to 1, counts as .99995.
    n_pairs : array_like, shape (n,)
        Pairs of changes behind each r. Dyads with two or fewer, or without r, are left out.
    x, y : array_like, shape (n,)
        Cause and outcome.
    covariates : array_like, shape (n, q), optional
        Covariates of both models, as numbers.
    contrast : (float, float)
        The two values of x that the effects compare.
    n_draws : int
        Draws from the posterior.
    confidence_level : float
        Coverage of the intervals.
    prior : (float, float)
        Median of the latent SD tau and SD of its logarithm; its prior is log-normal.
    rng : int, Generator or None
        As in SciPy.

    Returns
    -------
    LatentFit

    Raises
    ------
    InputError
        If shapes disagree, a value is not finite or out of range, too few dyads are left, columns
        are collinear or y is an exact line in x.

    Notes
    -----
    *Prior.* ``log tau ~ N(log .5, .5^2)``: nine in ten latent SDs lie between .22 and 1.14. At the
    one the true correlations hardly differ; at the other, with a mean of zero, a third of them
    lies beyond +-.8. The partial correlation of y and z given x is uniform on (-1, 1). All slopes
    and intercepts of z's model and those of y on x are flat, and so is log s. The prior keeps
    b = cov / tau^2 finite where the data hardly tell tau from 0; without it no interval of bounded
    length covers (Gleser & Hwang 1987). It was chosen among log-normals by simulation: at a log SD
    of .7 the intervals are wider and the estimate at 200 dyads of four pairs lies too far out; with
    either, intervals cover less where tau is far below the prior (.15). `prior` shows how much
    hangs on it.

    *Estimates.* a and b are posterior medians, the indirect effect is their product, and c' is c
    minus it, so that the effects add up.

    *Posterior.* Importance sampling from a multivariate t, fitted to the mode and then to the draws
    in two rounds, and resampling by weight.

    *Boundary.* At tau = 0, z is a line in x, and b and c' are not identified. Where the likelihood
    ratio statistic against tau = 0 is below 1 the effects are NaN and a note says so: anything else
    would be the prior's.

    References
    ----------
    Hotelling (1953), doi:10.1111/j.2517-6161.1953.tb00135.x, for the density of r.
    Pinheiro & Bates (1995), doi:10.1080/10618600.1995.10474663, for adaptive quadrature.
    Louis (1982), doi:10.1111/j.2517-6161.1982.tb01203.x, for the information matrix.
    Gleser & Hwang (1987), doi:10.1214/aos/1176350597, for intervals of ratios like b.
    Ionides (2008), doi:10.1198/106186008X320456, for truncating the weights that fit the proposal.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=300)
    >>> z = 0.25 - 0.5 * x + 0.5 * rng.normal(size=300)
    >>> y = z + 0.5 * rng.normal(size=300)
    >>> fit = latent_mediation(simulate_correlations(z, 8, rng), 8 * np.ones(300), x, y, rng=2)
    >>> bool(abs(fit.a + 0.5) < 0.1), bool(abs(fit.b - 1) < 0.25), fit.boundary
    (True, True, False)
    """
    correlations, X, y_kept, excluded = _checked(r, n_pairs, x, y, covariates)
    _check_options(n_draws, confidence_level, prior, contrast)
    generator = np.random.default_rng(rng)
    centre, unit = X[:, 1:].mean(0), X[:, 1:].std(0)
    X = np.column_stack([np.ones(len(X)), (X[:, 1:] - centre) / unit])
    to_raw = _to_raw_units(centre, unit)
    regression = regress(X, y_kept)

    ml = maximum_likelihood(correlations, X, regression)
    likelihood_ratio = float(2 * ml.gain)
    boundary = likelihood_ratio < BOUNDARY_LR
    posterior = _posterior(
        correlations, X, regression, prior, max(_LEAST_PROPOSALS, n_draws // 4), generator
    )

    weights = posterior.weights
    mediator_draws, total_draws = posterior.mediator @ to_raw.T, posterior.total @ to_raw.T
    outcome_draws = _outcome_model(mediator_draws, posterior.b, total_draws)
    mediator, mediator_se = _weighted_summary(mediator_draws, weights)
    spread = np.column_stack([posterior.tau, posterior.sigma, posterior.b])
    (tau, sigma, b), (tau_se, sigma_se, _) = _weighted_summary(spread, weights)
    total = to_raw @ regression.coef
    outcome = _outcome_model(mediator, b, total)
    outcome_se = _weighted_summary(outcome_draws, weights)[1]
    chosen = _systematic_resample(weights, n_draws, generator)
    mediator_draws, outcome_draws = mediator_draws[chosen], outcome_draws[chosen]
    if boundary:
        tau, tau_se, sigma, sigma_se = float(ml.tau), np.nan, np.nan, np.nan
        outcome, outcome_se, outcome_draws = (
            np.full_like(v, np.nan) for v in (outcome, outcome_se, outcome_draws)
        )
    total_variance = regression.rss / (len(X) - X.shape[1]) * to_raw @ regression.bread @ to_raw.T
    return LatentFit(
        effects=_effects(
            mediator, outcome, mediator_draws, outcome_draws, contrast, confidence_level
        ),
        mediator=mediator,
        outcome=outcome,
        mediator_se=mediator_se,
        outcome_se=outcome_se,
        mediator_draws=mediator_draws,
        outcome_draws=outcome_draws,
        tau=float(tau),
        tau_se=float(tau_se),
        sigma=float(sigma),
        sigma_se=float(sigma_se),
        total=(float(total[1]), float(np.sqrt(total_variance[1, 1]))),
        maximum_likelihood=_named(ml, to_raw @ ml.mediator, total, boundary),
        loglik=float(ml.loglik),
        likelihood_ratio=likelihood_ratio,
        boundary=boundary,
        converged=bool(ml.converged),
        effective_draws=posterior.effective,
        n_obs=len(X),
        excluded=excluded,
        notes=_notes(
            int(excluded.sum()), likelihood_ratio, bool(ml.converged), posterior.effective
        ),
    )


def simulate_correlations(
    z: npt.ArrayLike, n_pairs: npt.ArrayLike, rng: int | np.random.Generator | None = None
) -> FloatArray:
    """Correlations of `n_pairs` bivariate normal pairs whose true correlation is tanh(z).

    Drawn from the Bartlett decomposition of the Wishart matrix of sums of squares, which needs
    three numbers a correlation and not all the pairs.

    Parameters
    ----------
    z : array_like
        True values of atanh(rho).
    n_pairs : array_like
        Pairs, at least 3; broadcasts with z.
    rng : int, Generator or None
        As in SciPy.

    References
    ----------
    Bartlett (1933), doi:10.1017/S0370164600015637

    Examples
    --------
    >>> simulate_correlations(np.zeros(40_000), 4, rng=1).var().round(2)  # uniform on (-1, 1): 1/3
    np.float64(0.33)
    """
    generator = np.random.default_rng(rng)
    z, n = np.broadcast_arrays(np.asarray(z, np.float64), np.asarray(n_pairs, np.float64))
    first = np.sqrt(generator.chisquare(n - 1))
    second = np.sqrt(generator.chisquare(n - 2))
    common = np.tanh(z) * first + generator.normal(size=z.shape) / np.cosh(z)
    return np.asarray(common / np.hypot(common, second / np.cosh(z)))


# The likelihood of one dyad ----------------------------------------------------------------------


@dataclass(frozen=True)
class Correlations:
    """Correlations as their likelihood needs them; any leading axes, dyads last."""

    r: FloatArray
    z: FloatArray
    """atanh(r)."""
    n_pairs: FloatArray
    """Shape (n,)."""
    log_constant: FloatArray
    """What of the log density does not depend on the true value."""
    series: FloatArray
    """Coefficients of log F, see `_hypergeometric_series`, shape (degree + 1, n)."""

    @classmethod
    def of(cls, r: npt.ArrayLike, n_pairs: npt.ArrayLike) -> Correlations:
        """Prepare correlations, shape (..., n), of `n_pairs` pairs, shape (n,)."""
        from scipy.special import gammaln

        r = np.clip(np.asarray(r, np.float64), -LARGEST_R, LARGEST_R)
        n = np.broadcast_to(np.asarray(n_pairs, np.float64), r.shape[-1:])
        z = np.arctanh(r)
        log_constant = (
            np.log(n - 2)
            + gammaln(n - 1)
            - gammaln(n - 0.5)
            - np.log(2 * np.pi) / 2
            + (n - 4) / 2 * np.log1p(-(r**2))
            + (n - 1.5) * np.log(np.cosh(z))
        )
        counts, which = np.unique(n, return_inverse=True)
        series = np.stack([_hypergeometric_series(float(k)) for k in counts], axis=1)
        # One column serves all dyads where they have the same number of pairs.
        return cls(r, z, n, log_constant, series if len(counts) == 1 else series[:, which])

    def __getitem__(self, index: Any) -> Correlations:
        """Select along the first axis."""
        return replace(
            self, r=self.r[index], z=self.z[index], log_constant=self.log_constant[index]
        )

    def log_density(self, zeta: FloatArray) -> FloatArray:
        """Log density of r where atanh(rho) is zeta, shape (..., n).

        Hotelling's density with ``1 - rho^2 = sech^2 zeta`` and
        ``cosh(zeta) cosh(z) (1 - rho r) = cosh(zeta - z)``.
        """
        distance = np.sqrt((1 - np.tanh(zeta) * self.r) / 2)
        log_f = self.series[-1] * distance
        for coefficient in self.series[-2:0:-1]:  # Horner's rule, in place: this is the inner loop
            log_f += coefficient
            log_f *= distance
        log_f += self.series[0]
        peak = (self.n_pairs - 1.5) * np.log(np.cosh(zeta - self.z))
        return np.asarray(self.log_constant + log_f - peak - np.log(np.cosh(zeta)) / 2)


@cache
def _hypergeometric_series(n: float) -> FloatArray:
    """Polynomial in ``sqrt(1 - w)`` for log F(1/2, 1/2; n - 1/2; w), w from 0 to 1.

    F has the singularity ``(1 - w)^(n - 3/2)`` at 1, a half-integer power, so it is smooth in the
    square root; the error is below 1e-6 from three pairs on.
    """
    from scipy.special import hyp2f1

    root = (1 + np.cos(np.pi * (np.arange(64) + 0.5) / 64)) / 2  # Chebyshev nodes
    w = 1 - root**2
    if n < 50:
        f = hyp2f1(0.5, 0.5, n - 0.5, w)
    else:  # SciPy gives NaN for some large n, where Gauss's series converges at once.
        k = np.arange(30)
        ratios = (k[:, None] + 0.5) ** 2 / ((n - 0.5 + k[:, None]) * (k[:, None] + 1)) * w
        f = 1 + np.cumprod(ratios, axis=0).sum(0)
    return np.polynomial.polynomial.polyfit(root, np.log(f), _SERIES_DEGREE)


@cache
def _nodes(count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Hermite nodes and the logs of their weights times exp(node^2)."""
    node, weight = np.polynomial.hermite.hermgauss(count)
    return node, np.log(weight) + node**2


def _integrate(
    correlations: Correlations, mean: FloatArray, variance: FloatArray, count: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log likelihood of r where z ~ N(mean, variance), by adaptive Gauss-Hermite quadrature.

    The nodes are placed by the mode and curvature of the integrand's main part,
    ``-u^2 / (2 variance) - (n - 3/2) log cosh(mean + u - atanh r)``, u = z - mean.

    Returns
    -------
    log_likelihood : shape (..., n)
    u, probability : shape (count, ..., n)
        The nodes and their share of the integral: the distribution of u given r.
    """
    offset = mean - correlations.z
    pull = (correlations.n_pairs - 1.5) * variance
    # Solve d - offset + pull tanh(d) = 0. The start lies between 0 and the root, where the left
    # side is concave: Newton's steps approach it from there without passing it.
    size = np.abs(offset)
    d = np.sign(offset) * np.maximum(size / (1 + pull), size - pull)
    for _ in range(2):
        slope = np.tanh(d)
        d = d - (d - offset + pull * slope) / (1 + pull * (1 - slope**2))
    scale = np.sqrt(variance / (1 + pull * (1 - np.tanh(d) ** 2)))

    node, log_weight = (v.reshape(-1, *[1] * mean.ndim) for v in _nodes(count))
    u = d - offset + np.sqrt(2) * scale * node
    log_terms = correlations.log_density(mean + u) - u**2 / (2 * variance) + log_weight
    largest = log_terms.max(0)
    terms = np.exp(log_terms - largest)
    total = terms.sum(0)
    log_likelihood = largest + np.log(total * scale) - np.log(variance * np.pi) / 2
    return log_likelihood, u, terms / total


# Maximum likelihood ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Regression:
    """Least squares of y on the design; any leading axes."""

    coef: FloatArray
    bread: FloatArray
    """Inverse of X'X."""
    residuals: FloatArray
    rss: FloatArray

    @property
    def scale(self) -> FloatArray:
        """Residual SD with divisor n, the maximum likelihood estimate of s."""
        return np.asarray(np.sqrt(self.rss / self.residuals.shape[-1]))


def regress(X: FloatArray, y: FloatArray) -> Regression:
    """Ordinary least squares; X has shape (..., n, p) and y (..., n)."""
    transposed = np.swapaxes(X, -1, -2)
    bread = np.asarray(np.linalg.inv(transposed @ X), np.float64)
    coef = (bread @ (transposed @ y[..., None]))[..., 0]
    residuals = y - (X @ coef[..., None])[..., 0]
    return Regression(coef, bread, residuals, np.asarray((residuals**2).sum(-1)))


@dataclass(frozen=True)
class MaximumLikelihood:
    """Where the likelihood of the latent model is largest; any leading axes."""

    theta: FloatArray
    """Slopes of z on ``[X, residual of y / s]`` and log omega, shape (..., p + 2)."""
    information: FloatArray
    """Observed information of theta."""
    mediator: FloatArray
    """Coefficients of z's model, shape (..., p)."""
    b: FloatArray
    tau: FloatArray
    sigma: FloatArray
    gain: FloatArray
    """Log likelihood of r given x and y, less what it is at tau = 0."""
    loglik: FloatArray
    """Log likelihood of r and y."""
    converged: npt.NDArray[np.bool_]


def maximum_likelihood(
    correlations: Correlations, X: FloatArray, regression: Regression
) -> MaximumLikelihood:
    """Maximise the likelihood of any number of data sets at once.

    Parameters
    ----------
    correlations : Correlations
        Of shape (..., n).
    X : array, shape (..., n, p)
        Constant, x, covariates.
    regression : Regression
        Of y on X.
    """
    n, p = X.shape[-2:]
    scale = regression.scale
    W = np.concatenate([X, (regression.residuals / scale[..., None])[..., None]], axis=-1)
    start = np.zeros((*X.shape[:-2], p + 2))
    start[..., -1] = _LEAST_LOG_SD
    line = np.arange(p + 2) < p  # tau = 0: no slope on y, no residual SD
    null = _newton(correlations, W, start, line)
    start = null.theta.copy()
    start[..., -1] = np.log(0.4)
    full = _newton(correlations, W, start, np.full(p + 2, True))
    k, omega = full.theta[..., p], np.exp(full.theta[..., -1])
    tau = np.hypot(omega, k)
    log_y = -n / 2 * (np.log(2 * np.pi * scale**2) + 1)
    return MaximumLikelihood(
        theta=full.theta,
        information=full.information,
        mediator=full.theta[..., :p],
        b=k * scale / tau**2,
        tau=tau,
        sigma=scale * omega / tau,
        gain=np.maximum(full.loglik - null.loglik, 0.0),
        loglik=full.loglik + log_y,
        converged=full.converged & null.converged,
    )


@dataclass(frozen=True)
class _Point:
    """Log likelihood of r at theta and its derivatives; leading axes are data sets."""

    theta: FloatArray
    loglik: FloatArray
    score: FloatArray
    information: FloatArray
    converged: npt.NDArray[np.bool_]


def _evaluate(
    correlations: Correlations, W: FloatArray, theta: FloatArray, count: int = _FIT_NODES
) -> _Point:
    """Score and observed information by the missing-information principle.

    With u = z - W d, the complete data's score is ``W u / omega^2`` for the slopes d and
    ``u^2 / omega^2 - 1`` for log omega. The score is its mean given r, the information the mean of
    the complete data's minus the variance of that score (Louis 1982).
    """
    variance = np.exp(2 * theta[..., -1:])
    mean = (W @ theta[..., :-1, None])[..., 0]
    log_likelihood, u, probability = _integrate(correlations, mean, variance, count)
    m1, m2, m3, m4 = ((probability * u**power).sum(0) for power in (1, 2, 3, 4))
    transposed = np.swapaxes(W, -1, -2)
    slopes = (transposed @ (m1 / variance)[..., None])[..., 0]
    log_sd = (m2 / variance - 1).sum(-1)
    q = theta.shape[-1]
    information = np.empty((*theta.shape, q))
    within = 1 / variance - (m2 - m1**2) / variance**2
    across = 2 * m1 / variance - (m3 - m1 * m2) / variance**2
    information[..., :-1, :-1] = transposed @ (within[..., None] * W)
    information[..., :-1, -1] = (transposed @ across[..., None])[..., 0]
    information[..., -1, :-1] = information[..., :-1, -1]
    information[..., -1, -1] = (2 * m2 / variance - (m4 - m2**2) / variance**2).sum(-1)
    score = np.concatenate([slopes, log_sd[..., None]], axis=-1)
    return _Point(
        theta, log_likelihood.sum(-1), score, information, np.zeros(theta.shape[:-1], bool)
    )


def _newton(
    correlations: Correlations,
    W: FloatArray,
    start: FloatArray,
    free: npt.NDArray[np.bool_],
    max_iterations: int = 60,
) -> _Point:
    """Newton's method over the `free` parameters, for all data sets at once.

    Eigenvalues of the scaled information count by their size, so that every step is uphill where
    the likelihood is not concave; a step that fails is shortened.
    """
    leading = start.shape[:-1]
    theta = start.reshape(-1, start.shape[-1])
    W = np.broadcast_to(W, (*leading, *W.shape[-2:])).reshape(-1, *W.shape[-2:])
    shape = (*leading, W.shape[-2])
    data = replace(
        correlations,
        **{
            name: np.broadcast_to(getattr(correlations, name), shape).reshape(-1, shape[-1])
            for name in ("r", "z", "log_constant")
        },
    )
    at = _evaluate(data, W, theta)
    length = np.ones(len(theta))
    active = np.arange(len(theta))
    for _ in range(max_iterations):
        score = at.score[active][:, free]
        information = at.information[active][:, free][:, :, free]
        unit = 1 / np.sqrt(np.maximum(np.abs(np.einsum("tii->ti", information)), 1e-6))
        values, vectors = np.linalg.eigh(information * unit[:, :, None] * unit[:, None, :])
        along = np.einsum("tki,tk->ti", vectors, score * unit) / np.maximum(np.abs(values), 0.02)
        step = unit * np.einsum("tij,tj->ti", vectors, along)
        step *= (length[active] * np.minimum(1, 1 / np.abs(step).max(-1, initial=1e-300)))[:, None]
        proposal = at.theta[active].copy()
        proposal[:, free] += step
        proposal[:, -1] = np.maximum(proposal[:, -1], _LEAST_LOG_SD)
        new = _evaluate(data[active], W[active], proposal)

        better = new.loglik >= at.loglik[active] - 1e-12
        accepted = active[better]
        gain = new.loglik[better] - at.loglik[accepted]
        moved = np.abs(proposal[better] - at.theta[accepted]).max(-1)
        for name in ("theta", "loglik", "score", "information"):
            getattr(at, name)[accepted] = getattr(new, name)[better]
        length[accepted] = np.minimum(1, 2 * length[accepted])
        length[active[~better]] /= 4
        at.converged[accepted] = (gain < 1e-7) & (moved < 1e-3)
        at.converged[active[length[active] < 1e-6]] = True  # no step is uphill
        active = active[~at.converged[active]]
        if not len(active):
            break
    return _Point(
        at.theta.reshape(start.shape),
        at.loglik.reshape(leading),
        at.score.reshape(start.shape),
        at.information.reshape(*start.shape, start.shape[-1]),
        at.converged.reshape(leading),
    )


# The posterior -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Posterior:
    """Weighted draws; B rows."""

    mediator: FloatArray
    total: FloatArray
    b: FloatArray
    tau: FloatArray
    sigma: FloatArray
    weights: FloatArray

    @property
    def effective(self) -> float:
        return float(1 / (self.weights**2).sum())


def _posterior(
    correlations: Correlations,
    X: FloatArray,
    regression: Regression,
    prior: tuple[float, float],
    n_proposals: int,
    rng: np.random.Generator,
) -> _Posterior:
    """Draw from the posterior by importance sampling.

    The coordinates phi are the slopes of z on X (with y's residual in the model), log tau and
    atanh of the partial correlation of y and z. The regression of y on X has its own exact
    posterior, a normal and a scaled inverse chi.
    """
    centre, information = _mode(correlations, X, regression, prior)
    values, vectors = np.linalg.eigh(information)
    covariance = (vectors / np.maximum(values, 0.01 * values.max())) @ vectors.T
    for _ in range(2):
        phi, draws = _weighted_draws(
            correlations, X, regression, prior, centre, covariance, _ADAPTATION_PROPOSALS, rng
        )
        # No draw may count for more than sqrt(B)/2 average ones (Ionides 2008).
        weights = np.minimum(draws.weights, 0.5 / np.sqrt(len(phi)))
        weights /= weights.sum()
        centre = weights @ phi
        spread = phi - centre
        covariance = 1.1 * (weights[:, None] * spread).T @ spread
        covariance += 1e-4 * np.diag(np.diag(covariance))
    return _weighted_draws(
        correlations, X, regression, prior, centre, covariance, n_proposals, rng
    )[1]


def _weighted_draws(
    correlations: Correlations,
    X: FloatArray,
    regression: Regression,
    prior: tuple[float, float],
    centre: FloatArray,
    covariance: FloatArray,
    count: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, _Posterior]:
    n, p = X.shape
    t = rng.normal(size=(count, p + 2))
    t /= np.sqrt(rng.chisquare(_PROPOSAL_DF, count) / _PROPOSAL_DF)[:, None]
    log_proposal = -(_PROPOSAL_DF + p + 2) / 2 * np.log1p((t**2).sum(1) / _PROPOSAL_DF)
    phi = centre + t @ np.linalg.cholesky(covariance).T
    s = np.sqrt(regression.rss / rng.chisquare(n - p, count))
    shift = s[:, None] * (rng.normal(size=(count, p)) @ np.linalg.cholesky(regression.bread).T)

    slopes, log_tau, atanh_partial = _bounded(phi)
    tau, partial = np.exp(log_tau), np.tanh(atanh_partial)
    on_residual = partial * tau / s
    variance = np.maximum(tau / np.cosh(atanh_partial), np.exp(_LEAST_LOG_SD)) ** 2
    log_likelihood = np.empty(count)
    block = max(1, _BLOCK_NODES // (n * _WEIGHT_NODES))
    for first in range(0, count, block):
        rows = slice(first, first + block)
        mean = slopes[rows] @ X.T + on_residual[rows, None] * regression.residuals
        log_likelihood[rows] = _integrate(correlations, mean, variance[rows, None], _WEIGHT_NODES)[
            0
        ].sum(1)
    log_weights = log_likelihood + _log_prior(log_tau, atanh_partial, prior) - log_proposal
    weights = np.exp(log_weights - log_weights.max())
    return phi, _Posterior(
        mediator=slopes + on_residual[:, None] * shift,
        total=regression.coef + shift,
        b=partial * s / tau,
        tau=tau,
        sigma=s / np.cosh(atanh_partial),
        weights=weights / weights.sum(),
    )


def _bounded(phi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Split phi, kept within bounds beyond which nothing is left of the posterior.

    Without them a proposal far out, or a search's first step, would overflow.
    """
    return (
        np.clip(phi[..., :-2], -50, 50),
        np.clip(phi[..., -2], -8, 3),
        np.clip(phi[..., -1], -15, 15),
    )


def _log_prior(
    log_tau: FloatArray, atanh_partial: FloatArray, prior: tuple[float, float]
) -> FloatArray:
    """Log prior density of log tau and atanh(partial correlation), up to a constant."""
    median, log_sd = prior
    normal = -(((log_tau - np.log(median)) / log_sd) ** 2) / 2
    return np.asarray(normal - 2 * np.log(np.cosh(atanh_partial)))


def _mode(
    correlations: Correlations, X: FloatArray, regression: Regression, prior: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Mode and information of the posterior of phi (see `_posterior`), with s at its estimate."""
    from scipy.optimize import minimize

    p = X.shape[1]
    W = np.column_stack([X, regression.residuals / regression.scale])
    median, log_sd = prior

    def loss(phi: FloatArray) -> tuple[float, FloatArray]:
        slopes, log_tau, h = _bounded(phi)
        k, partial = np.tanh(h) * np.exp(log_tau), np.tanh(h)
        log_omega = max(float(log_tau - np.log(np.cosh(h))), _LEAST_LOG_SD)
        at = _evaluate(correlations, W, np.array([*slopes, k, log_omega]), _WEIGHT_NODES)
        on_k, on_log_omega = at.score[p:]
        score = np.array(
            [
                *at.score[:p],
                on_k * k + on_log_omega - (log_tau - np.log(median)) / log_sd**2,
                on_k * np.exp(log_tau) * (1 - partial**2) - (on_log_omega + 2) * partial,
            ]
        )
        return -float(at.loglik + _log_prior(log_tau, h, prior)), -score

    start = np.zeros(p + 2)
    start[p] = np.log(median)
    # The first step is the score times this: about the inverse of the information in n dyads.
    options = {"gtol": 1e-3, "hess_inv0": np.eye(p + 2) / len(X)}
    mode = minimize(loss, start, jac=True, method="BFGS", options=options).x
    step = 1e-3
    information = np.array(
        [(loss(mode + e)[1] - loss(mode - e)[1]) / (2 * step) for e in step * np.eye(p + 2)]
    )
    return mode, (information + information.T) / 2


# From draws to a table ---------------------------------------------------------------------------


def _outcome_model(mediator: FloatArray, b: npt.ArrayLike, total: FloatArray) -> FloatArray:
    """Columns ``[1, x, z, covariates]`` of y's model: what of the total does not go through z."""
    slope = np.asarray(b)[..., None]
    direct = total - slope * mediator
    return np.concatenate([direct[..., :2], slope, direct[..., 2:]], axis=-1)


def _weighted_summary(draws: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median of each column, and half the width of its central 68.3 %."""
    order = np.argsort(draws, axis=0)
    ordered = np.take_along_axis(draws, order, axis=0)
    share = np.cumsum(weights[order], axis=0) - weights[order] / 2
    columns = zip(share.T, ordered.T, strict=True)
    low, median, high = np.array([np.interp([0.1587, 0.5, 0.8413], s, v) for s, v in columns]).T
    return median, (high - low) / 2


def _systematic_resample(
    weights: FloatArray, count: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Pick `count` indices, each as often as its weight says, to one more or less."""
    points = (np.arange(count) + rng.uniform()) / count
    return np.searchsorted(np.cumsum(weights)[:-1], points, side="right")


def _effects(
    mediator: FloatArray,
    outcome: FloatArray,
    mediator_draws: FloatArray,
    outcome_draws: FloatArray,
    contrast: tuple[float, float],
    confidence_level: float,
) -> pd.DataFrame:
    """Effects of moving x from ``contrast[0]`` to ``contrast[1]``, with percentile intervals."""

    def effects(m: FloatArray, y: FloatArray) -> FloatArray:
        acme, ade = m[..., 1] * y[..., 2], y[..., 1]
        return (contrast[1] - contrast[0]) * np.stack([acme, ade, acme + ade], axis=-1)

    tail = (1 - confidence_level) / 2
    low, high = np.quantile(effects(mediator_draws, outcome_draws), [tail, 1 - tail], axis=0)
    return pd.DataFrame(
        {"estimate": effects(mediator, outcome), "ci_lower": low, "ci_upper": high},
        index=pd.Index(["ACME", "ADE", "Total effect"], name="effect"),
    )


def _named(
    ml: MaximumLikelihood, mediator: FloatArray, total: FloatArray, boundary: bool
) -> dict[str, float]:
    """Name the maximum likelihood estimates, in the units of the data."""
    outcome = _outcome_model(mediator, np.nan if boundary else ml.b, total)
    return {
        "alpha": float(mediator[0]),
        "a": float(mediator[1]),
        "gamma": float(outcome[0]),
        "b": float(outcome[2]),
        "c_prime": float(outcome[1]),
        "tau": float(ml.tau),
        "sigma": np.nan if boundary else float(ml.sigma),
    }


def _to_raw_units(centre: FloatArray, unit: FloatArray) -> FloatArray:
    """Matrix that takes coefficients of standardised columns to those of the columns as given."""
    matrix = np.diag(np.concatenate([[1.0], 1 / unit]))
    matrix[0, 1:] = -centre / unit
    return matrix


def _notes(
    n_excluded: int, likelihood_ratio: float, converged: bool, effective: float
) -> tuple[str, ...]:
    notes = []
    if n_excluded:
        notes.append(
            f"{n_excluded} dyads without a correlation of at least three pairs are left out."
        )
    if likelihood_ratio < BOUNDARY_LR:
        notes.append(
            "The fit is at the boundary: the data give no sign that true synchrony varies beyond "
            f"what x explains (likelihood ratio {likelihood_ratio:.2f} against a latent SD of 0). "
            "Synchrony is then a line in x, b and c' are not identified, and the effects are NaN."
        )
    elif likelihood_ratio < 3.84:
        notes.append(
            "The likelihood alone sets no bounds to b: it does not exclude a latent SD of 0 "
            f"(likelihood ratio {likelihood_ratio:.2f}, below 3.84). The intervals lean on the "
            "prior of the latent SD."
        )
    if not converged:
        notes.append("The likelihood's maximum was not reached in 60 iterations.")
    if effective < 200:
        notes.append(
            f"The posterior's weights are worth only {effective:.0f} independent draws; the "
            "interval is rough."
        )
    return tuple(notes)


# What is given -----------------------------------------------------------------------------------


def _checked(
    r: npt.ArrayLike,
    n_pairs: npt.ArrayLike,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    covariates: npt.ArrayLike | None,
) -> tuple[Correlations, FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Correlations, design ``[1, x, covariates]`` and y of the dyads that have an r."""
    r, n, x, y = (np.asarray(v, np.float64) for v in (r, n_pairs, x, y))
    C = np.empty((len(y), 0)) if covariates is None else np.asarray(covariates, np.float64)
    C = C[:, None] if C.ndim == 1 else C
    if r.ndim != 1 or not r.shape == n.shape == x.shape == y.shape or len(C) != len(y):
        raise InputError("r, n_pairs, x, y and the covariates need one row a dyad each.")
    named = {"x": x, "y": y, **{f"covariate {j + 1}": c for j, c in enumerate(C.T)}}
    for name, values in named.items():
        if not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            raise InputError(f"{name} is missing or infinite in row {row + 1}; leave it out.")
    if np.any(np.abs(r) > 1):
        row = int(np.argmax(np.abs(np.nan_to_num(r)) > 1))
        raise InputError(
            f"r must be a correlation, between -1 and 1; row {row + 1} has {r[row]:g}."
        )
    if np.any(n != np.round(n)) or np.any(n < 0):
        raise InputError("n_pairs must be counts: whole numbers from 0 up, none missing.")
    excluded = np.isnan(r) | (n < 3)
    keep = ~excluded
    X = np.column_stack([np.ones(keep.sum()), x[keep], C[keep]])
    if len(X) < X.shape[1] + 3:
        raise InputError(
            f"The latent model needs at least {X.shape[1] + 3} dyads with a correlation of three "
            f"or more pairs; there are {len(X)}."
        )
    for name, values in named.items():
        if np.ptp(values[keep]) == 0:
            raise InputError(f"{name} is constant in the dyads that have a correlation.")
    standard = (X[:, 1:] - X[:, 1:].mean(0)) / X[:, 1:].std(0)
    if np.linalg.matrix_rank(standard) < standard.shape[1]:
        raise InputError("x and the covariates are collinear; leave one of them out.")
    residuals = y[keep] - X @ np.linalg.lstsq(X, y[keep], rcond=None)[0]
    if residuals.std() < 1e-10 * y[keep].std():
        raise InputError("x and the covariates predict y exactly; there is nothing to mediate.")
    return Correlations.of(r[keep], n[keep]), X, y[keep], excluded


def _check_options(
    n_draws: int,
    confidence_level: float,
    prior: tuple[float, float],
    contrast: tuple[float, float],
) -> None:
    if n_draws < 1:
        raise InputError(f"n_draws must be at least 1, not {n_draws}.")
    if not 0 < confidence_level < 1:
        raise InputError(f"confidence_level must lie between 0 and 1, not {confidence_level:g}.")
    if min(prior) <= 0:
        raise InputError("The prior's median and log SD must be positive.")
    if not np.isfinite(contrast).all() or contrast[0] == contrast[1]:
        raise InputError("The contrast needs two different finite values of x.")
