"""Repeated-measures correlation of a sample: coverage of its 95 % intervals, by simulation.

37 dyads with four pairs each, both changes normal. A dyad's correlation is tanh of a normal number
with the mean and the SD of the cell; an SD of 0 is a sample whose dyads share one correlation. What
the intervals are to contain is the mean of the dyads' correlations.

    python benchmarks/pooled_coverage.py [TRIALS]   writes pooled_coverage.csv (2000: ~5 min)
"""

import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from dyadsync import __version__, pooled_synchrony

SEED = 22
N_DYADS, N_PAIRS = 37, 4
N_RESAMPLES = 1000
CELLS = [(mean, sd) for mean in (0.0, 0.4) for sd in (0.0, 0.7)]
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)


def trial(mean_z, sd_z, rng):
    """Intervals of one data set."""
    rho = np.tanh(mean_z + sd_z * rng.standard_normal(N_DYADS))[:, None]
    therapist, own = rng.standard_normal((2, N_DYADS, N_PAIRS))
    patient = rho * therapist + np.sqrt(1 - rho**2) * own
    changes = pd.DataFrame(
        {
            "dyad_id": np.repeat(np.arange(N_DYADS), N_PAIRS),
            "session": np.tile(np.arange(N_PAIRS), N_DYADS),
            "patient": patient.ravel(),
            "therapist": therapist.ravel(),
        }
    )
    return pooled_synchrony(changes, n_resamples=N_RESAMPLES, rng=rng)


def summarise(mean_z, sd_z, trials):
    """Share of the intervals that contain the mean correlation, and their median width."""
    truth = float(WEIGHTS @ np.tanh(mean_z + sd_z * NODES) / WEIGHTS.sum())
    every = pd.concat(trials)
    every["width"] = every["ci_upper"] - every["ci_lower"]
    every["coverage"] = (every["ci_lower"] <= truth) & (truth <= every["ci_upper"])
    table = every.groupby("interval", sort=False).agg(
        median_estimate=("estimate", "median"),
        coverage=("coverage", "mean"),
        median_width=("width", "median"),
        trials=("estimate", "size"),
    )
    table = table.reset_index()
    table.insert(0, "mean_z", mean_z)
    table.insert(1, "sd_z", sd_z)
    table.insert(2, "truth", truth)
    table["mc_se"] = np.sqrt(table["coverage"] * (1 - table["coverage"]) / table["trials"])
    return table


def main(n_trials: int) -> None:
    """Run all cells and write the table."""
    versions = {
        "seed": SEED,
        "dyadsync": __version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
    }
    rows = []
    for number, cell in enumerate(CELLS):
        streams = (np.random.default_rng([SEED, number, i]) for i in range(n_trials))
        rows.append(summarise(*cell, [trial(*cell, rng) for rng in streams]))
        table = pd.concat(rows, ignore_index=True).assign(**versions)
        table.round(4).to_csv(Path(__file__).with_suffix(".csv"), index=False)
        print(f"mean of z {cell[0]}, SD {cell[1]}: {n_trials} trials", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
