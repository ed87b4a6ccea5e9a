"""Mediation by latent synchrony: the sampling error of a correlation, modelled exactly.

Four pairs of changes say little about one dyad's synchrony. Instead of taking atanh(r) for the
mediator, the model keeps the true value z_i unknown::

    z_i = alpha + a x_i + covariates + e_i,            e ~ N(0, tau^2)
    y_i = gamma + b z_i + c' x_i + covariates + eps_i, eps ~ N(0, sigma^2)
    r_i | z_i ~ the exact density of a correlation of n_i pairs with rho = tanh(z_i)

Given x, the covariates and y, z is normal and is seen through r only, so that it is integrated out
by one Gauss-Hermite quadrature a dyad, of one dimension. A binary y stands in the place of the
normal one as the sign of an underlying variable with logistic or normal noise. A y that is a slope
of ratings has the error that they show (`dyadsync.scrutiny.latent.growth`).

Estimates and intervals are those of the posterior under a weakly informative prior that is stated
in `latent_mediation`; `benchmarks/latent_coverage.py` counts how often they hold the truth, beside
simpler corrections.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_rng
from dyadsync.intervals import percentile_interval
from dyadsync.mediation.ratings import Ratings
from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.latent.growth import GrowthOutcome, are_enough, on_ratings
from dyadsync.scrutiny.latent.inputs import check_options, checked_dyads
from dyadsync.scrutiny.latent.latent_fit import LatentFit, notes_on
from dyadsync.scrutiny.latent.maximum import likelihood_ratio
from dyadsync.scrutiny.latent.model import (
    BinaryOutcome,
    LatentOutcome,
    LinearOutcome,
    Model,
    TauPrior,
)
from dyadsync.scrutiny.latent.posterior import (
    draw_posterior,
    proposals_for,
    systematic_resample,
    weighted_summary,
)

PRIOR_TAU_MEAN = 1.0
"""Mean of the gamma prior of the latent SD tau."""


def latent_mediation(
    r: npt.ArrayLike,
    n_pairs: npt.ArrayLike,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    *,
    outcome: LatentOutcome = "linear",
    cluster: npt.ArrayLike | None = None,
    ratings: Ratings | None = None,
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    prior_mean: float = PRIOR_TAU_MEAN,
    rng: int | np.random.Generator | None = None,
) -> LatentFit:
    """Mediation through the true synchrony behind correlations of a few pairs.

    Parameters
    ----------
    r : array_like, shape (n,)
        Each dyad's Pearson correlation; NaN where there is none. ``|r|`` above `LARGEST_R`
        counts as `LARGEST_R`.
    n_pairs : array_like, shape (n,)
        Pairs of changes behind each r. Dyads with two or fewer, or without r, are left out.
    x, y : array_like, shape (n,)
        Cause and outcome.
    covariates : array_like, shape (n, q), optional
        Covariates of both models, as numbers.
    outcome : {"linear", "logit", "probit"}
        Model of y; with the last two y holds 0 and 1, and paths and effects are of the linear
        predictor (`mediate` turns them to probabilities).
    cluster : array_like, shape (n,), optional
        Codes 0 .. G-1 of clusters whose members are not independent.
    ratings : Ratings, optional
        Of each dyad, whose least-squares slope is y: the outcome is then the true slope, see
        `GrowthOutcome`, and clusters are random effects if there are `LEAST_CLUSTERS`.
    n_draws : int
        Draws from the posterior.
    confidence_level : float
        Coverage of the intervals.
    prior_mean : float
        Mean of the latent SD tau under its prior, a gamma distribution of shape 2.
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
    *Prior.* tau has a gamma distribution of shape 2 and mean 1: nine in ten latent SDs lie between
    .18 and 2.37, the mode is .5. At a latent SD of .18 the true correlations hardly differ; at 2.37
    and a mean of zero nearly two thirds of them lie beyond +-.8. The partial correlation of y
    and z given x is uniform on (-1, 1). All slopes and intercepts of z's model and those of y on x
    are flat, and so is log s; of a binary y the slopes are Cauchy, with a scale of 1.25 per SD of a
    predictor and 10 for the intercept in logits (Gelman et al. 2008). The prior keeps
    b = cov / tau^2 finite where tau may as well be 0; without it no interval of bounded
    length covers (Gleser & Hwang 1987). It was chosen by simulation
    (``benchmarks/latent_coverage.py``); `prior_mean` shows how much hangs on it.

    *Estimates.* a and b are posterior medians, the indirect effect is their product, and c' is c
    minus it, so that the effects add up. The product's median over studies is within an eighth of
    the truth from 100 dyads of four pairs on, for a latent SD of .35 to .7 and an outcome SD of .5
    or 1; with 37 it is too small. For a binary outcome it is too large by a quarter to two fifths
    with 37 dyads of eight pairs and with 200 of four, and its interval still covers.

    *Ratings.* Slope and level of a dyad's ratings are normal and correlated, the errors about its
    line are independent with one SD; both are integrated out in closed form. The correlation of
    slope and level is uniform; the slopes of the level and the log of the errors' SD are flat. The
    SDs of slope and level are such that the log of the SD that least squares would show, errors
    included, is flat: without errors that is the prior of s above. The SD between therapists over
    that within is half-normal with a scale of .5, and the paths within and between therapists are
    the same. The total effect is then a posterior median, too.

    *Posterior.* Importance sampling from a multivariate t, fitted to the mode and then to the draws
    in two rounds, and resampling by weight. Clusters stretch the draws to the covariance of a
    sandwich over clusters.

    *Boundary.* At tau = 0, z is a line in x, and b and c' are not identified. Where the data do not
    exclude it the posterior is still there, but leans on the prior, and a note says so.

    References
    ----------
    Hotelling (1953), doi:10.1111/j.2517-6161.1953.tb00135.x, for the density of r.
    Pinheiro & Bates (1995), doi:10.1080/10618600.1995.10474663, for adaptive quadrature.
    Louis (1982), doi:10.1111/j.2517-6161.1982.tb01203.x, for the information matrix.
    Chung et al. (2013), doi:10.1007/s11336-013-9328-2, for the prior of tau.
    Gelman et al. (2008), doi:10.1214/08-AOAS191, for that of a binary outcome's slopes.
    Shaby (2014), doi:10.1080/10618600.2013.842174, for clusters.
    Laird & Ware (1982), doi:10.2307/2529876, for lines with random levels and slopes.
    Gleser & Hwang (1987), doi:10.1214/aos/1176350597, for intervals of ratios like b.
    Ionides (2008), doi:10.1198/106186008X320456, for truncating the weights that fit the proposal.

    Examples
    --------
    >>> from dyadsync.scrutiny.latent.likelihood import simulate_correlations
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=300)
    >>> z = 0.25 - 0.5 * x + 0.5 * rng.normal(size=300)
    >>> y = z + 0.5 * rng.normal(size=300)
    >>> fit = latent_mediation(simulate_correlations(z, 8, rng), 8 * np.ones(300), x, y, rng=2)
    >>> bool(abs(fit.a + 0.5) < 0.1), bool(abs(fit.b - 1) < 0.25)
    (True, True)
    """
    correlations, X, y_kept, excluded = checked_dyads(r, n_pairs, x, y, covariates)
    check_options(n_draws, confidence_level, prior_mean)
    generator = check_rng(rng)
    centre, unit = X[:, 1:].mean(0), X[:, 1:].std(0)
    X = np.column_stack([np.ones(len(X)), (X[:, 1:] - centre) / unit])
    to_raw = _to_raw_units(centre, unit)
    level, scale = (y_kept.mean(), y_kept.std()) if outcome == "linear" else (0.0, 1.0)
    response = (y_kept - level) / scale
    regression = fit_linear(X, y_kept)
    ratio, converged = likelihood_ratio(correlations, X, regression)

    prior = TauPrior(prior_mean)
    clusters = None if cluster is None else np.asarray(cluster)[~excluded]
    random_effects = ratings is not None and clusters is not None and are_enough(clusters)
    model: Model
    if ratings is not None:
        model = GrowthOutcome(
            correlations,
            X,
            response,
            prior,
            ratings=ratings[~excluded].standardised(level, scale),
            therapist=clusters if random_effects else None,
        )
    elif outcome == "linear":
        model = LinearOutcome(correlations, X, response, prior)
    else:
        model = BinaryOutcome(correlations, X, response, prior, outcome)
    posterior = draw_posterior(
        model, proposals_for(n_draws), generator, None if random_effects else clusters
    )

    weights, drawn = posterior.weights, posterior.draws.of_outcome(scale, level)
    mediator_draws, total_draws = drawn.mediator @ to_raw.T, drawn.total @ to_raw.T
    outcome_draws = _outcome_model(mediator_draws, drawn.b, total_draws)
    mediator, mediator_se = weighted_summary(mediator_draws, weights)
    (tau, b), _ = weighted_summary(np.column_stack([drawn.tau, drawn.b]), weights)
    total, total_se = weighted_summary(total_draws, weights)
    if outcome == "linear" and ratings is None:
        # The posterior's centre without its Monte Carlo error.
        total = to_raw @ regression.coef
        if cluster is None:
            total_se = np.sqrt(np.diag(to_raw @ regression.covariance("classical") @ to_raw.T))
    outcome_model = _outcome_model(mediator, b, total)
    outcome_se = weighted_summary(outcome_draws, weights)[1]
    chosen = systematic_resample(weights, n_draws, generator)
    mediator_draws, outcome_draws = mediator_draws[chosen], outcome_draws[chosen]
    return LatentFit(
        effects=_effects(mediator, outcome_model, mediator_draws, outcome_draws, confidence_level),
        mediator=mediator,
        outcome=outcome_model,
        mediator_se=mediator_se,
        outcome_se=outcome_se,
        mediator_draws=mediator_draws,
        outcome_draws=outcome_draws,
        tau_draws=drawn.tau[chosen],
        tau=float(tau),
        total=(float(total[1]), float(total_se[1])),
        likelihood_ratio=ratio,
        effective_draws=posterior.effective,
        excluded=excluded,
        notes=(
            *notes_on(int(excluded.sum()), ratio, converged, posterior.effective),
            *([] if ratings is None else on_ratings(ratings[~excluded], clusters)),
        ),
    )


def _outcome_model(mediator: FloatArray, b: npt.ArrayLike, total: FloatArray) -> FloatArray:
    """Columns ``[1, x, z, covariates]`` of y's model: what of the total does not go through z."""
    slope = np.asarray(b)[..., None]
    direct = total - slope * mediator
    return np.concatenate([direct[..., :2], slope, direct[..., 2:]], axis=-1)


def _effects(
    mediator: FloatArray,
    outcome: FloatArray,
    mediator_draws: FloatArray,
    outcome_draws: FloatArray,
    confidence_level: float,
) -> pd.DataFrame:
    """Effects of one unit of x, with percentile intervals."""

    def effects(m: FloatArray, y: FloatArray) -> FloatArray:
        acme, ade = m[..., 1] * y[..., 2], y[..., 1]
        return np.stack([acme, ade, acme + ade], axis=-1)

    drawn = effects(mediator_draws, outcome_draws)
    low, high = percentile_interval(drawn, confidence_level, axis=0)
    return pd.DataFrame(
        {"estimate": effects(mediator, outcome), "ci_lower": low, "ci_upper": high},
        index=pd.Index(["ACME", "ADE", "Total effect"], name="effect"),
    )


def _to_raw_units(centre: FloatArray, unit: FloatArray) -> FloatArray:
    """Matrix that takes coefficients of standardised columns to those of the columns as given."""
    matrix = np.diag(np.concatenate([[1.0], 1 / unit]))
    matrix[0, 1:] = -centre / unit
    return matrix
