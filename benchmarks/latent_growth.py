"""The latent model on ratings beside the one on slopes, in trials of the book's process.

Every trial is drawn from `Design` and analysed with log ratios as changes, by

- naive: least squares on atanh(r) and the slopes, normal draws of a and b;
- two steps: the latent model with the slopes of the ratings as they are;
- joint: the latent model on the ratings themselves, and with random effects of therapists in the
  designs that have enough of them;
- the last two also under half and twice the prior's mean latent SD, from the same draws.

The truth is what the slope shows of the planted indirect effect (`Design.planted_effect`).
`median_se` and `mc_se` are Monte Carlo errors of the median estimate and of the coverage.

    python benchmarks/latent_growth.py [TRIALS]   writes latent_growth.csv (400 trials: ~9 min)
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from latent_coverage import N_DRAWS, SinglePrecision, under_priors

from dyadsync.mediation.ratings import Ratings
from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN
from dyadsync.scrutiny.latent.growth import LEAST_CLUSTERS, GrowthOutcome
from dyadsync.scrutiny.latent.likelihood import Correlations
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.trial_analysis import observed_synchrony
from dyadsync.scrutiny.simulation.trials import draw_trials
from dyadsync.synchrony.measures import fisher_z

SEED = 22
ROUND = 20  # trials of every cell between two writings of the table

# dyads, sessions, therapists, ratings (17: one a week), and one trial in how many
CELLS = [
    (37, 4, 6, 17, 1),
    (37, 8, 6, 17, 1),
    (80, 4, 6, 17, 1),
    (200, 4, 6, 17, 2),
    (37, 4, 6, 5, 1),
    (80, 4, 16, 17, 4),
]


def single(values):
    """Arrays of a record in single precision."""
    return replace(values, **{name: np.float32(array) for name, array in vars(values).items()})


class SingleGrowth(GrowthOutcome):
    """The joint model in half the time."""

    def contributions(self, theta):
        """Log likelihood of each dyad, or each therapist's dyads."""
        return super().contributions(np.float32(theta))


def design_of(cell):
    """Give the book's design with as many dyads, sessions and therapists."""
    n_dyads, n_sessions, n_therapists, _, _ = cell
    design = Design().with_sessions(n_sessions)
    if n_therapists == len(design.patients_per_therapist):
        return design.with_dyads(n_dyads)
    return design.with_therapists(n_therapists, n_dyads)


def trial(cell, rng):
    """Estimate and interval of each method in one trial."""
    design = design_of(cell)
    trials = draw_trials(design, 1, rng)
    hrsd = trials.hrsd[0]
    weeks = np.rint(np.linspace(0, design.weeks, cell[3])).astype(int)
    hrsd[:, np.setdiff1d(np.arange(design.weeks + 1), weeks)] = np.nan
    r = observed_synchrony(np.log(trials.oxytocin))[0]
    pairs = np.isfinite(trials.oxytocin[0]).all(axis=(-2, -1)).sum(axis=-1)
    kept = np.isfinite(r) & (np.isfinite(hrsd).sum(axis=1) >= 2)
    dyad, week = np.nonzero(np.isfinite(hrsd[kept]))
    ratings = Ratings.of(dyad, week / design.weeks, -hrsd[kept][dyad, week])
    r, pairs, x, y = r[kept], pairs[kept], trials.impairment[0, kept], ratings.slope
    X, scale = np.column_stack([np.ones(len(x)), x]), y.std()

    paths = []
    for columns, response, at in ((X, fisher_z(r, pairs), 1), (np.c_[X, fisher_z(r, pairs)], y, 2)):
        ols = fit_linear(columns, response)
        paths.append((ols.coef[at], np.sqrt(ols.covariance("classical")[at, at])))
    draws = np.prod([m + se * rng.standard_normal(N_DRAWS) for m, se in paths], axis=0)
    found = {"naive": (paths[0][0] * paths[1][0], *np.quantile(draws, [0.025, 0.975]))}

    given = (Correlations.of(r, pairs), X, (y - y.mean()) / scale, PRIOR_TAU_MEAN)
    models = {"two steps": SinglePrecision.of(*given)}
    given = (single(given[0]), *map(np.float32, given[1:3]), given[3])
    of_ratings = {"ratings": single(ratings.standardised(y.mean(), scale))}
    models["joint"] = SingleGrowth(*given, **of_ratings)
    if cell[2] >= LEAST_CLUSTERS:
        codes = np.unique(trials.therapist[kept], return_inverse=True)[1]
        models["joint, therapists"] = SingleGrowth(*given, **of_ratings, therapist=codes)
    for name, model in models.items():
        for prior, effect in under_priors(model, rng).items():
            found[prior.replace("latent", name)] = scale * np.array(effect)
    return found


def summarise(cell, trials):
    """Summarise all trials of one cell."""
    truth = design_of(cell).planted_effect
    rows = []
    for method in trials[0]:
        estimate, low, high = np.array([one[method] for one in trials]).T
        covered = (low <= truth) & (truth <= high)
        quartiles = np.quantile(estimate, [0.25, 0.5, 0.75])
        # The density at the median from the quartiles' distance, as of a normal.
        median_se = 1.2533 * (quartiles[2] - quartiles[0]) / 1.349 / np.sqrt(len(trials))
        rows.append(
            {
                "n_dyads": cell[0],
                "n_sessions": cell[1],
                "n_therapists": cell[2],
                "n_ratings": cell[3],
                "true_effect": truth,
                "method": method,
                "median_estimate": quartiles[1],
                "median_se": median_se,
                "coverage": covered.mean(),
                "mc_se": np.sqrt(covered.mean() * (1 - covered.mean()) / len(trials)),
                "median_width": np.median(high - low),
                "excludes_0": ((low > 0) | (high < 0)).mean(),
                "trials": len(trials),
            }
        )
    return pd.DataFrame(rows)


def main(n_trials: int) -> None:
    """Run rounds of trials over all cells and write the table after each."""
    done: list[list] = [[] for _ in CELLS]
    for first in range(0, n_trials, ROUND):
        for number, cell in enumerate(CELLS):
            # A trial has its own stream, so that its numbers do not depend on how many there are.
            done[number] += [
                trial(cell, np.random.default_rng([SEED, number, i]))
                for i in range(first, min(first + ROUND, n_trials), cell[-1])
            ]
        table = pd.concat([summarise(*both) for both in zip(CELLS, done, strict=True)])
        table = table.assign(seed=SEED, prior_tau_mean=PRIOR_TAU_MEAN).round(4)
        table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")
        print(f"{len(done[0])} trials of each cell", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
