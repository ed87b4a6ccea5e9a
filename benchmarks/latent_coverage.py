"""Latent synchrony: bias of the indirect effect and coverage of its 95 % intervals, by simulation.

Data: x standard normal, z = .25 + a x + N(0, tau^2), y = b z + N(0, sigma^2) (c' = 0), and r with
the exact distribution of a correlation of that many pairs with rho = tanh(z).

- naive: least squares on atanh(r) (kept finite by the package's rule), normal draws of a and b;
- Fuller, SIMEX, two-stage path: `corrected_mediation`, 100 resamples of dyads, one trial in four;
- latent: the posterior that `latent_mediation` reports, an interval in every trial, from 800
  weighted draws in single precision, which moves its ends by about a thousandth of their distance;
- latent, prior halved and doubled: the same draws under half and twice the prior's mean latent SD.

The last cells have a binary outcome: y = 1 where b z + logistic noise lies above 0, effects are of
the log odds, and the naive regression is a logistic one; one trial in four. Dyads in
clusters are in `cluster_coverage.py`.

`median_se` is the Monte Carlo error of the median estimate, `mc_se` that of the coverage.

    python benchmarks/latent_coverage.py [TRIALS]   writes latent_coverage.csv (300 trials: ~12 min)
"""

import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from dyadsync import __version__, mediate
from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.sample import prepare
from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.latent.corrections import corrected_mediation
from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN, latent_mediation
from dyadsync.scrutiny.latent.likelihood import Correlations, simulate_correlations
from dyadsync.scrutiny.latent.model import LinearOutcome, log_prior_of_tau
from dyadsync.scrutiny.latent.posterior import draw_posterior, weighted_summary
from dyadsync.synchrony.measures import fisher_z

SEED = 4
ALPHA, A = 0.25, -0.5
N_DRAWS = 800
N_RESAMPLES = 100
ROUND = 20  # trials of every cell between two writings of the table
PRIORS = {"latent": 1.0, "latent, prior halved": 0.5, "latent, prior doubled": 2.0}

# dyads, pairs, tau, sigma, b, outcome
LOGISTIC_SD = np.pi / np.sqrt(3)
CELLS = [
    (n, pairs, tau, sigma, 1.0, "linear")
    for n, pairs in ((37, 4), (37, 8), (100, 4), (200, 4))
    for tau in (0.35, 0.5, 0.7)
    for sigma in (0.5, 1.0)
]
CELLS += [(37, 4, 0.35, 1.0, 0.0, "linear"), (37, 4, 0.15, 1.0, 1.0, "linear")]
CELLS += [
    (n, pairs, 0.5, LOGISTIC_SD, b, "logit")
    for n, pairs, b in ((37, 8, 0.0), (37, 8, 1.5), (100, 8, 1.5), (200, 4, 1.5), (200, 8, 1.5))
]


class SinglePrecision(LinearOutcome):
    """The latent model in half the time."""

    @classmethod
    def of(cls, correlations, X, y, prior_mean):
        """Take what `LinearOutcome` takes."""
        arrays = {name: np.float32(values) for name, values in vars(correlations).items()}
        return cls(Correlations(**arrays), np.float32(X), np.float32(y), prior_mean)

    def contributions(self, theta):
        """Log likelihood of each dyad."""
        return super().contributions(np.float32(theta))


def trial(cell, rng, slow):
    """Estimate and interval of each method in one data set."""
    n, pairs, tau, sigma, b, outcome = cell
    x = rng.standard_normal(n)
    z = ALPHA + A * x + tau * rng.standard_normal(n)
    if outcome == "logit":
        return binary_trial(x, z, b, pairs, rng)
    y = b * z + sigma * rng.standard_normal(n)
    r, n_pairs = simulate_correlations(z, pairs, rng), np.full(n, pairs)
    X = np.column_stack([np.ones(n), x])
    found = {}

    observed = fisher_z(r, pairs)
    paths = []
    for design, response, column in ((X, observed, 1), (np.c_[X, observed], y, 2)):
        ols = fit_linear(design, response)
        variance = ols.covariance("classical")[column, column]
        paths.append((ols.coef[column], np.sqrt(variance)))
    draws = np.prod([m + s * rng.standard_normal(N_DRAWS) for m, s in paths], axis=0)
    found["naive"] = (paths[0][0] * paths[1][0], *np.quantile(draws, [0.025, 0.975]))

    model = SinglePrecision.of(Correlations.of(r, n_pairs), X, y, PRIOR_TAU_MEAN)
    found |= under_priors(model, rng)

    if slow:
        dyads = pd.DataFrame({"synchrony": r, "n_sessions": pairs, "x": x, "y": y})
        corrected = corrected_mediation(dyads, "x", "y", n_resamples=N_RESAMPLES, rng=rng)
        for name in ("Fuller", "SIMEX", "two-stage path"):
            found[name] = tuple(corrected.loc[name, ["estimate", "ci_lower", "ci_upper"]])
    return found


def under_priors(model, rng):
    """Estimate and interval under each of the priors, from the same draws."""
    posterior = draw_posterior(model, N_DRAWS, rng)
    drawn, found = posterior.draws, {}
    of_prior = log_prior_of_tau(np.log(drawn.tau), model.prior_mean)
    for name, factor in PRIORS.items():
        other = log_prior_of_tau(np.log(drawn.tau), factor * PRIOR_TAU_MEAN)
        weights = posterior.weights * np.exp(other - of_prior)
        weights /= weights.sum()
        slopes = np.column_stack([drawn.mediator[:, 1], drawn.b])
        (a_hat, b_hat), _ = weighted_summary(slopes, weights)
        effect = np.prod(slopes, axis=1)
        order = np.argsort(effect)
        share = np.cumsum(weights[order]) - weights[order] / 2
        found[name] = (a_hat * b_hat, *np.interp([0.025, 0.975], share, effect[order]))
    return found


def binary_trial(x, z, b, pairs, rng):
    """Estimate and interval of each method in one data set with an outcome of 0 and 1."""
    y = (b * z + rng.logistic(size=len(z)) > 0).astype(float)
    r = simulate_correlations(z, pairs, rng)
    data = pd.DataFrame({"x": x, "m": fisher_z(r, pairs), "y": y, "r": r, "n_sessions": pairs})
    naive = mediate(data, "x", "m", "y", outcome="logit", n_draws=N_DRAWS, rng=rng)
    slopes = naive.paths.loc[["a", "b"]]
    draws = slopes["estimate"].to_numpy() + slopes["se"].to_numpy() * rng.normal(size=(N_DRAWS, 2))
    ends = np.quantile(draws.prod(1), [0.025, 0.975])
    sample, _, _ = prepare(data, "x", ["r"], "y", outcome="logit", n_sessions=True)
    fit = latent_mediation(sample, Settings(N_DRAWS), rng)
    estimate, drawn = (one.a[..., 0] * one.b[..., 0] for one in (fit.estimate, fit.draws))
    return {
        "naive": (slopes["estimate"].prod(), *ends),
        "latent": (float(estimate), *np.quantile(drawn, [0.025, 0.975])),
    }


def summarise(cell, trials):
    """Summarise all trials of one cell."""
    n, pairs, tau, sigma, b, outcome = cell
    rows = []
    for method in trials[0]:
        estimate, low, high = np.array([one[method] for one in trials if method in one]).T
        n_trials = len(estimate)
        truth = A * b
        coverage = float(np.mean((low <= truth) & (truth <= high)))
        quartiles = np.quantile(estimate, [0.25, 0.5, 0.75])
        # The density at the median from the quartiles' distance, as of a normal.
        median_se = 1.2533 * (quartiles[2] - quartiles[0]) / 1.349 / np.sqrt(n_trials)
        rows.append(
            {
                "n_dyads": n,
                "n_pairs": pairs,
                "tau": tau,
                "sigma": sigma,
                "a": A,
                "b": b,
                "outcome": outcome,
                "true_effect": truth,
                "method": method,
                "median_estimate": quartiles[1],
                "median_se": median_se,
                "coverage": coverage,
                "mc_se": np.sqrt(coverage * (1 - coverage) / n_trials),
                "median_width": np.median(high - low),
                "trials": n_trials,
            }
        )
    return pd.DataFrame(rows)


def main(n_trials: int) -> None:
    """Run rounds of trials over all cells and write the table after each."""
    versions = {
        "seed": SEED,
        "prior_tau_mean": round(PRIOR_TAU_MEAN, 4),
        "dyadsync": __version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
    }
    # A trial has its own stream, so that its numbers do not depend on how many others there are.
    done: list[list] = [[] for _ in CELLS]
    for first in range(0, n_trials, ROUND):
        for number, cell in enumerate(CELLS):
            last = min(first + ROUND, n_trials)
            streams = range(first, last, 4 if cell[-1] == "logit" else 1)
            done[number] += [
                trial(cell, np.random.default_rng([SEED, number, i]), slow=i % 4 == 0)
                for i in streams
            ]
        cells = [summarise(*both) for both in zip(CELLS, done, strict=True)]
        table = pd.concat(cells, ignore_index=True).assign(**versions)
        table.round(4).to_csv(Path(__file__).with_suffix(".csv"), index=False)
        print(f"{len(done[0])} trials of each cell", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
