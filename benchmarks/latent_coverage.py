"""Latent synchrony: bias of the indirect effect and coverage of its 95 % intervals, by simulation.

Data: x standard normal, z = .25 + a x + N(0, tau^2), y = b z + N(0, sigma^2) (c' = 0), and r with
the exact distribution of a correlation of that many pairs with rho = tanh(z).

- naive: least squares on atanh(r) (kept finite by the package's rule), normal draws of a and b;
- normal draws: maximum likelihood, draws from the asymptotic normal of (a, b);
- likelihood ratio: the truth is in where 2 (largest log likelihood - largest with ab = truth) is
  below 3.84; unbounded where tau = 0 is not excluded at that level either;
- parametric bootstrap: percentiles of maximum likelihood in 200 data sets simulated at the
  estimate (this and the likelihood ratio are slow: two fifths of the trials);
- posterior: what `latent_mediation` reports. Where it reports NaN (the boundary) the interval
  counts as a miss in `coverage` and is left out of `coverage_reported`;
- posterior, no boundary rule: the same without that rule;
- wider prior, no boundary rule: with a log SD of tau of .7 in place of .5.

    python benchmarks/latent_coverage.py [TRIALS]   writes latent_coverage.csv (300 trials: ~40 min)
"""

import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
from scipy.optimize import minimize

from dyadsync import __version__
from dyadsync.latent import fit as latent
from dyadsync.latent.likelihood import Correlations, integrate, simulate_correlations
from dyadsync.latent.maximum import maximum_likelihood, newton, residual_sd
from dyadsync.regression.linear import fit_linear
from dyadsync.synchrony import fisher_z

SEED = 4
CRITICAL = 3.841458820694124  # chi-squared with one degree of freedom, .95
N_BOOTSTRAP = 200
N_DRAWS = 4000
ALPHA, A = 0.25, -0.5
WIDER_PRIOR = (0.5, 0.7)
BOUNDARY_LR = latent.BOUNDARY_LR

# dyads, pairs, tau, sigma, b; the first three are the planted truth of the published targets
CELLS = [
    (37, 4, 0.35, 1.0, 1.0),
    (37, 8, 0.35, 1.0, 1.0),
    (200, 4, 0.35, 1.0, 1.0),
    (37, 4, 0.35, 0.5, 1.0),
    (37, 8, 0.35, 0.5, 1.0),
    (200, 4, 0.35, 0.5, 1.0),
    (37, 4, 0.15, 1.0, 1.0),
    (37, 4, 0.7, 1.0, 1.0),
    (37, 4, 0.35, 1.0, 0.0),
    (200, 4, 0.7, 1.0, 1.0),
]


def simulate(alpha, a, tau, gamma, b, c_prime, sigma, x, pairs, rng):
    """Correlations and outcomes; parameters broadcast against x, shape (..., n)."""
    z = alpha + a * x + tau * rng.standard_normal(x.shape)
    y = gamma + b * z + c_prime * x + sigma * rng.standard_normal(x.shape)
    return simulate_correlations(z, pairs, rng), y


def fit(r, x, y, pairs):
    """Maximum likelihood of all data sets at once, and the least-squares fit it starts from."""
    X = np.stack([np.ones_like(x), x], axis=-1)
    regression = fit_linear(X, y)
    correlations = Correlations.of(r, np.full(x.shape[-1], pairs))
    return maximum_likelihood(correlations, X, regression), regression


def normal_draws(ml, regression, rng):
    """Draws of ab from the asymptotic normal of (a, b), by the delta method."""
    n = len(regression.residuals)
    s = residual_sd(regression)

    def paths(parameters):
        _, slope, k, log_omega, shift, log_s = parameters
        on_residual = k / s
        variance_z = np.exp(2 * log_omega) + (on_residual * np.exp(log_s)) ** 2
        return np.array([slope + on_residual * shift, on_residual * np.exp(2 * log_s) / variance_z])

    at = np.array([*ml.theta, 0.0, np.log(s)])
    information = np.zeros((6, 6))
    information[:4, :4] = ml.information
    information[4, 4] = 1 / (regression.bread[1, 1] * s**2)
    information[5, 5] = 2 * n
    step = 1e-5
    jacobian = np.stack(
        [(paths(at + e) - paths(at - e)) / (2 * step) for e in step * np.eye(6)], axis=1
    )
    covariance = jacobian @ np.linalg.pinv(information, hermitian=True) @ jacobian.T
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    return np.prod(paths(at) + rng.standard_normal((N_DRAWS, 2)) @ root.T, axis=1)


def constrained_loglik(effect, correlations, x, regression, starts):
    """Largest log likelihood with ab = effect, less the part that is the same in all fits.

    Free are the intercept of z, the total slope's shift c - c_ols, log tau, atanh of the partial
    correlation of y and z, and log s; a = effect / b.
    """
    n, s_hat = len(x), residual_sd(regression)

    def loss(p):
        intercept, shift, log_tau, h, log_s = p
        partial, tau, s = np.tanh(h), np.exp(log_tau), np.exp(log_s)
        on_residual = partial * tau / s
        a = 0.0 if effect == 0 else effect / (partial * s / tau)
        slope = np.clip(a - on_residual * shift, -20, 20)
        mean = intercept + slope * x + on_residual * regression.residuals
        log_omega = max(log_tau - np.log(np.cosh(h)), np.log(1e-3))
        of_r = integrate(correlations, mean, np.exp(2 * log_omega), 11)[0].sum()
        rss = n * s_hat**2 + shift**2 / regression.bread[1, 1]
        of_y = -n * log_s - rss / (2 * s**2) - n / 2 * np.log(2 * np.pi)
        return -float(of_r + of_y)

    near_s = np.log(s_hat) + np.array([-1.5, 1.5])
    bounds = [(-5, 5), (-5, 5), (-6.5, 1.5), (-7, 7), tuple(near_s)]
    best = max(-minimize(loss, p, method="L-BFGS-B", bounds=bounds).fun for p in starts)
    if effect == 0:  # either path may be the one that is zero
        W = np.column_stack([np.ones(n), x, regression.residuals / s_hat])
        start = np.array([0.0, 0.0, 0.0, np.log(0.4)])
        no_b = newton(correlations, W, start, np.array([True, True, False, True]))
        best = max(best, float(no_b.loglik) - n / 2 * (np.log(2 * np.pi * s_hat**2) + 1))
    return best


def trial(cell, rng, slow):
    """Estimate, interval and whether it holds the truth, of each method in one data set."""
    n, pairs, tau, sigma, b = cell
    truth = A * b
    x = rng.standard_normal(n)
    r, y = simulate(ALPHA, A, tau, 0.0, b, 0.0, sigma, x, pairs, rng)
    rows = {}

    def add(method, estimate, low, high, inside=None, **more):
        inside = low <= truth <= high if inside is None else inside
        rows[method] = {"estimate": estimate, "width": high - low, "inside": inside, **more}

    z = fisher_z(r, pairs)
    paths = []
    for design, response, column in (
        (np.column_stack([np.ones(n), x]), z, 1),
        (np.column_stack([np.ones(n), x, z]), y, 2),
    ):
        ols = fit_linear(design, response)
        variance = ols.covariance("classical")[column, column]
        paths.append((ols.coef[column], np.sqrt(variance)))
    draws = np.prod([m + s * rng.standard_normal(N_DRAWS) for m, s in paths], axis=0)
    add("naive", paths[0][0] * paths[1][0], *np.quantile(draws, [0.025, 0.975]))

    ml, regression = fit(r, x, y, pairs)
    estimate = float(ml.mediator[1] * ml.b)
    draws = normal_draws(ml, regression, rng)
    add("maximum likelihood, normal draws", estimate, *np.quantile(draws, [0.025, 0.975]))

    if slow:
        correlations = Correlations.of(r, np.full(n, pairs))
        scale = residual_sd(regression)
        log_s = np.log(scale)
        partial = np.clip(ml.b * ml.tau / scale, -0.99, 0.99)
        starts = [
            [ml.mediator[0], 0.0, np.log(max(ml.tau, 0.05)), np.arctanh(partial) + 1e-3, log_s],
            [ALPHA, 0.0, np.log(tau), np.arctanh(b * tau / np.hypot(b * tau, sigma)) + 1e-3, log_s],
        ]
        best = constrained_loglik(truth, correlations, x, regression, starts)
        add(
            "maximum likelihood, likelihood ratio",
            estimate,
            np.nan,
            np.nan,
            inside=2 * (float(ml.loglik) - best) <= CRITICAL,
            unbounded=2 * float(ml.gain) <= CRITICAL,
        )

        intercept, slope = regression.coef
        r_star, y_star = simulate(
            ml.mediator[0],
            ml.mediator[1],
            ml.tau,
            intercept - ml.b * ml.mediator[0],
            ml.b,
            slope - ml.b * ml.mediator[1],
            ml.sigma,
            np.broadcast_to(x, (N_BOOTSTRAP, n)),
            pairs,
            rng,
        )
        star, _ = fit(r_star, np.broadcast_to(x, y_star.shape), y_star, pairs)
        effects = star.mediator[:, 1] * star.b
        add(
            "maximum likelihood, parametric bootstrap",
            estimate,
            *np.quantile(effects, [0.025, 0.975]),
        )

    data = (r, np.full(n, pairs), x, y)
    wider = latent.latent_mediation(*data, n_draws=N_DRAWS, prior=WIDER_PRIOR, rng=rng)
    add("wider prior, no boundary rule", *wider.effects.loc["ACME"])
    posterior = latent.latent_mediation(*data, n_draws=N_DRAWS, rng=rng)
    acme = posterior.effects.loc["ACME"]
    add("posterior, no boundary rule", *acme)
    boundary = posterior.likelihood_ratio < BOUNDARY_LR
    if boundary:
        acme = acme * np.nan
    add("posterior", *acme, boundary=boundary)
    return rows


def run(cell, n_trials, rng):
    """Summarise all trials of one cell."""
    n, pairs, tau, sigma, b = cell
    trials = [trial(cell, rng, slow=i < n_trials * 2 // 5) for i in range(n_trials)]
    rows = []
    for method in trials[0]:
        table = pd.DataFrame([t[method] for t in trials if method in t])
        coverage = table["inside"].mean()
        reported = table.loc[table["estimate"].notna(), "inside"].mean()
        rows.append(
            {
                "n_dyads": n,
                "n_pairs": pairs,
                "tau": tau,
                "sigma": sigma,
                "a": A,
                "b": b,
                "true_effect": A * b,
                "method": method,
                "median_estimate": table["estimate"].median(),
                "coverage": coverage,
                "mc_se": np.sqrt(coverage * (1 - coverage) / len(table)),
                "coverage_reported": reported,
                "median_width": table["width"].median(),
                "share_boundary": table["boundary"].mean() if "boundary" in table else np.nan,
                "share_unbounded": table["unbounded"].mean() if "unbounded" in table else np.nan,
                "trials": len(table),
            }
        )
    return pd.DataFrame(rows)


def main(n_trials: int) -> None:
    """Run every cell and write the table, cell by cell."""
    # The package's boundary rule is applied in `trial`; without it there are numbers there too.
    latent.BOUNDARY_LR = 0.0
    # Each cell has its own stream, so that a cell's numbers do not depend on the others.
    streams = np.random.default_rng(SEED).spawn(len(CELLS))
    versions = {
        "seed": SEED,
        "prior_tau_median": latent.PRIOR_TAU_MEDIAN,
        "prior_tau_log_sd": latent.PRIOR_TAU_LOG_SD,
        "dyadsync": __version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
    }
    cells = []
    for cell, rng in zip(CELLS, streams, strict=True):
        cells.append(run(cell, n_trials, rng))
        print(cells[-1].round(3).to_string(), flush=True)
        table = pd.concat(cells, ignore_index=True).assign(**versions)
        table.round(4).to_csv(Path(__file__).with_suffix(".csv"), index=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
