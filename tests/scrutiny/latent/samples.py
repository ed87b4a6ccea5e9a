"""Planted data and the likelihood that the equations say, which several tests share.

Planted truth, unless said otherwise: alpha = .25, a = -.5, tau = .35, gamma = 0, b = 1, c' = 0,
sigma = 1, x standard normal; the indirect effect is -.5.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy import stats

from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.sample import prepare
from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN, latent_mediation
from dyadsync.scrutiny.latent.likelihood import simulate_correlations
from dyadsync.scrutiny.measurement.density import fisher_z_log_density


def planted(seed, n, pairs, *, tau=0.35, sigma=1.0, a=-0.5, b=1.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    z = 0.25 + a * x + tau * rng.normal(size=n)
    y = b * z + sigma * rng.normal(size=n)
    n_pairs = np.broadcast_to(pairs, n)
    return simulate_correlations(z, n_pairs, rng), n_pairs, x, y


def dyads_of(r, n_pairs, x, y, **more):
    return pd.DataFrame({"synchrony": r, "n_sessions": n_pairs, "x": x, "y": y, **more})


def fitted(dyads, *, rng, n_draws=10_000, prior_mean=PRIOR_TAU_MEAN, level=0.95, **options):
    """The fit of `latent_mediation`, and what follows from it for one unit of x."""
    sample, _, _ = prepare(dyads, "x", ["synchrony"], "y", n_sessions=True, **options)
    fit = latent_mediation(sample, Settings(n_draws), np.random.default_rng(rng), prior_mean)
    paths, draws = (
        np.stack([one.a[..., 0], one.b[..., 0], one.c_prime], axis=-1)
        for one in (fit.estimate, fit.draws)
    )

    def effects(a, b, c_prime):
        return np.stack([a * b, c_prime, a * b + c_prime])

    tail = (1 - level) / 2
    ends = np.quantile(effects(*draws.T), [tail, 1 - tail], axis=1)
    return SimpleNamespace(
        fit=fit,
        a=paths[0],
        b=paths[1],
        c_prime=paths[2],
        tau=np.sqrt(fit.estimate.mediator_cov[0, 0]),
        draws=draws,
        tau_draws=np.sqrt(fit.draws.mediator_cov[:, 0, 0]),
        effects=np.vstack([effects(*paths), ends]).T,
        mediator_se=fit.mediator_se[0],
        outcome_se=fit.outcome_se,
    )


def correlation_log_density(r, rho, n):
    """Hotelling's density of r: that of atanh r, with respect to r."""
    return fisher_z_log_density(np.arctanh(r), np.arctanh(rho), n) - np.log1p(-(r**2))


def correlation_density(r, rho, n):
    return np.exp(correlation_log_density(r, rho, n))


def structural_loglik(theta, r, n_pairs, x, y, step=1 / 80):
    """The model as its equations say it, integrated over z on a plain grid."""
    alpha, a, log_tau, gamma, b, c_prime, log_sigma = theta
    z = np.arange(-6, 6, step)[:, None]
    log_joint = (
        stats.norm.logpdf(z, alpha + a * x, np.exp(log_tau))
        + stats.norm.logpdf(y, gamma + b * z + c_prime * x, np.exp(log_sigma))
        + correlation_log_density(r, np.tanh(z), n_pairs)
    )
    largest = log_joint.max(0)
    return float((largest + np.log(np.exp(log_joint - largest).sum(0) * step)).sum())
