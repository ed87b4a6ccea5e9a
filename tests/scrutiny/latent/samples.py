"""Planted data and the likelihood that the equations say, which several tests share.

Planted truth, unless said otherwise: alpha = .25, a = -.5, tau = .35, gamma = 0, b = 1, c' = 0,
sigma = 1, x standard normal; the indirect effect is -.5.
"""

import numpy as np
from scipy import stats

from dyadsync.scrutiny.latent.likelihood import simulate_correlations
from dyadsync.scrutiny.measurement.density import fisher_z_log_density


def planted(seed, n, pairs, *, tau=0.35, sigma=1.0, a=-0.5, b=1.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    z = 0.25 + a * x + tau * rng.normal(size=n)
    y = b * z + sigma * rng.normal(size=n)
    n_pairs = np.broadcast_to(pairs, n)
    return simulate_correlations(z, n_pairs, rng), n_pairs, x, y


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
