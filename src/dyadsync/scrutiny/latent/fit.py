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

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dyadsync.arrays import FloatArray
from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import Coefficients, Fit, Settings
from dyadsync.mediation.methods.quasi_bayesian import quasi_bayesian
from dyadsync.mediation.sample import MediationData
from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.latent.growth import GrowthOutcome, are_enough, on_ratings
from dyadsync.scrutiny.latent.likelihood import Correlations
from dyadsync.scrutiny.latent.maximum import likelihood_ratio
from dyadsync.scrutiny.latent.model import BinaryOutcome, LinearOutcome, Model
from dyadsync.scrutiny.latent.posterior import (
    draw_posterior,
    proposals_for,
    systematic_resample,
    weighted_summary,
)
from dyadsync.synchrony.measures import fisher_z

PRIOR_TAU_MEAN = 1.0
"""Mean of the gamma prior of the latent SD tau."""

UNBOUNDED_LR = 3.84
"""Below this likelihood-ratio statistic against tau = 0 (chi-square of one, .95) the likelihood
alone sets no bounds to b."""


def latent(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Correct the mediation for the sampling error of each dyad's correlation.

    The mediator is the column of correlations; the effects are per unit of atanh of the true
    correlation, with the posterior of `latent_mediation`, and with ratings allow for the error of
    the slopes as well. ``naive`` is the quasi-Bayesian fit on atanh(r), which ignores both errors.
    """
    fit = latent_mediation(data, settings, rng)
    assert data.n_sessions is not None
    naive = replace(data, m=fisher_z(data.m[:, 0], data.n_sessions)[:, None])
    return replace(fit, naive=quasi_bayesian(naive, settings, rng))


def latent_mediation(
    data: MediationData,
    settings: Settings,
    rng: np.random.Generator,
    prior_mean: float = PRIOR_TAU_MEAN,
) -> Fit:
    """Mediation through the true synchrony behind correlations of a few pairs.

    Parameters
    ----------
    data : MediationData
        The mediator is each dyad's Pearson correlation (``|r|`` above `LARGEST_R` counts as
        `LARGEST_R`), ``n_sessions`` the pairs behind it. With ``ratings``, whose least-squares
        slope y is, the outcome is the true slope, see `GrowthOutcome`, and clusters are random
        effects if there are `LEAST_CLUSTERS`.
    settings : Settings
        Of which only the number of draws matters.
    rng : Generator
    prior_mean : float
        Mean of the latent SD tau under its prior, a gamma distribution of shape 2.

    Returns
    -------
    Fit
        Synchrony is in units of z = atanh(rho), tau^2 the covariance of the mediator. With a binary
        outcome paths are of the linear predictor. A standard error is half the width of the
        posterior's central 68.3 %; path c and its standard error are those of least squares, with
        ratings those of their posterior.

    Raises
    ------
    InputError
        If y is an exact line in x.

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
    """
    assert data.n_sessions is not None
    X, y = data.mediator_design, data.y
    correlations = Correlations.of(data.m[:, 0], data.n_sessions)
    centre, unit = X[:, 1:].mean(0), X[:, 1:].std(0)
    X = np.column_stack([np.ones(len(X)), (X[:, 1:] - centre) / unit])
    to_raw = _to_raw_units(centre, unit)
    linear = data.outcome == "linear"
    level, scale = (y.mean(), y.std()) if linear else (0.0, 1.0)
    response = (y - level) / scale
    regression = fit_linear(X, y)
    if regression.residuals.std() < 1e-10 * y.std():
        raise InputError(
            f"'{data.names['x'][0]}' and the covariates predict '{data.names['y'][0]}' exactly; "
            "there is nothing to mediate."
        )
    ratio, converged = likelihood_ratio(correlations, X, regression)

    ratings, cluster = data.ratings, data.cluster
    random_effects = ratings is not None and cluster is not None and are_enough(cluster)
    model: Model
    if ratings is not None:
        model = GrowthOutcome(
            correlations,
            X,
            response,
            prior_mean,
            ratings=ratings.standardised(level, scale),
            therapist=cluster if random_effects else None,
        )
    elif linear:
        model = LinearOutcome(correlations, X, response, prior_mean)
    else:
        model = BinaryOutcome(correlations, X, response, prior_mean, data.outcome)
    posterior = draw_posterior(
        model, proposals_for(settings.n_draws), rng, None if random_effects else cluster
    )

    weights, drawn = posterior.weights, posterior.draws.of_outcome(scale, level)
    mediator_draws, total_draws = drawn.mediator @ to_raw.T, drawn.total @ to_raw.T
    outcome_draws = _outcome_model(mediator_draws, drawn.b, total_draws)
    mediator, mediator_se = weighted_summary(mediator_draws, weights)
    (tau, b), _ = weighted_summary(np.column_stack([drawn.tau, drawn.b]), weights)
    total, total_se = weighted_summary(total_draws, weights)
    if linear and ratings is None:
        # The posterior's centre without its Monte Carlo error.
        total = to_raw @ regression.coef
        if cluster is None:
            total_se = np.sqrt(np.diag(to_raw @ regression.covariance("classical") @ to_raw.T))
    outcome_model = _outcome_model(mediator, b, total)
    outcome_se = weighted_summary(outcome_draws, weights)[1]
    chosen = systematic_resample(weights, settings.n_draws, rng)
    return Fit(
        Coefficients(mediator[None], outcome_model, mediator_cov=np.full((1, 1), tau**2)),
        Coefficients(
            mediator_draws[chosen, None],
            outcome_draws[chosen],
            mediator_cov=drawn.tau[chosen, None, None] ** 2,
        ),
        mediator_se[None],
        outcome_se,
        (float(total[1]), float(total_se[1])),
        notes=(
            *_notes(ratio, converged, posterior.effective),
            *([] if ratings is None else on_ratings(ratings, cluster)),
        ),
    )


def _outcome_model(mediator: FloatArray, b: npt.ArrayLike, total: FloatArray) -> FloatArray:
    """Columns ``[1, x, z, covariates]`` of y's model: what of the total does not go through z."""
    slope = np.asarray(b)[..., None]
    direct = total - slope * mediator
    return np.concatenate([direct[..., :2], slope, direct[..., 2:]], axis=-1)


def _to_raw_units(centre: FloatArray, unit: FloatArray) -> FloatArray:
    """Matrix that takes coefficients of standardised columns to those of the columns as given."""
    matrix = np.diag(np.concatenate([[1.0], 1 / unit]))
    matrix[0, 1:] = -centre / unit
    return matrix


def _notes(likelihood_ratio: float, converged: bool, effective: float) -> list[str]:
    """Say where the numbers lean on the prior or are rough."""
    notes = []
    if likelihood_ratio < UNBOUNDED_LR:
        notes.append(
            "The data do not show that true synchrony varies beyond what x explains (likelihood "
            f"ratio {likelihood_ratio:.2f} against a latent SD of 0, below {UNBOUNDED_LR}). The "
            "likelihood alone sets no bounds to b then: the interval leans on the prior of the "
            "latent SD."
        )
    if not converged:
        notes.append("The likelihood's maximum was not reached.")
    if effective < 200:
        notes.append(
            f"The posterior's weights are worth only {effective:.0f} independent draws; the "
            "interval is rough."
        )
    return notes
