"""What few therapists can say: coverage of the ACME's 95 % intervals, by simulation.

Six therapists have 9, 8, 7, 6, 4 and 3 patients; ten and twenty have such numbers again. Data:
x, m = -.5 x + u + e, y = .5 m + .2 x + v + f, all noise normal, with a fifth of the variance of x,
m's residual and y's residual between therapists. The true ACME is -.25.

- apart: what therapists bring to m and to y is independent;
- shared: u and v are the same, as where a good therapist is in synchrony and successful. Slopes
  that compare patients of different therapists then err, however their interval is made.

Every way is a call of `mediate` with 1000 draws; random effects and the latent model, which take
longest, see one trial in four. "latent" sees m through correlations of eight
pairs with rho = tanh(.5 m) (its ACME is the same), the others see m itself.

    python benchmarks/cluster_coverage.py [TRIALS]   writes cluster_coverage.csv (900: ~30 min)
"""

import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import statsmodels

from dyadsync import __version__, mediate
from dyadsync.errors import InputError
from dyadsync.scrutiny.latent.likelihood import simulate_correlations

SEED = 9
A, B, C_PRIME = -0.5, 0.5, 0.2
BETWEEN = 0.2
SIZES = [9, 8, 7, 6, 4, 3]
N_DRAWS = 1000
ROUND = 20  # trials of every cell between two writings of the table

CLUSTERED = {"cluster": "therapist"}
RANDOM, LATENT = "random effects, t", "latent, clusters"
WAYS = {
    "dyads as independent": {},
    "cluster errors, normal": CLUSTERED,
    "cluster jackknife, t": CLUSTERED | {"small_sample": True},
    "CR2, Satterthwaite's t": CLUSTERED | {"vcov": "CR2"},
    "wild cluster bootstrap": CLUSTERED | {"method": "wild-cluster"},
    "cluster bootstrap": CLUSTERED | {"method": "bootstrap"},
    RANDOM: CLUSTERED | {"method": "mixed", "small_sample": True},
}
CELLS = [(g, setting) for g in (6, 10, 20) for setting in ("apart", "shared")]


def trial(cell, rng, slow):
    """Interval of each way in one data set."""
    n_clusters, setting = cell
    therapist = np.repeat(np.arange(n_clusters), np.resize(SIZES, n_clusters))
    n = len(therapist)
    inside, noise = np.sqrt(1 - BETWEEN), rng.standard_normal((3, n))
    between = np.sqrt(BETWEEN) * rng.standard_normal((3, n_clusters))
    if setting == "shared":
        between[2] = between[1]
    w, e, f = inside * noise + between[:, therapist]
    m = A * w + e
    y = B * m + C_PRIME * w + f
    data = pd.DataFrame({"x": w, "m": m, "y": y, "therapist": therapist, "n_sessions": 8})
    found = {}
    for name, options in WAYS.items():
        if name == RANDOM and not slow:
            continue
        found[name] = interval(data, "m", options, rng)
    if slow:
        data["r"] = simulate_correlations(0.5 * m, 8, rng)
        found[LATENT] = interval(data, "r", CLUSTERED | {"method": "latent"}, rng)
    return found


def interval(data, m, options, rng):
    """Estimate and ends of the ACME's interval, none where the method refuses."""
    try:
        table = mediate(data, "x", m, "y", n_draws=N_DRAWS, rng=rng, **options).table
    except InputError:
        return [np.nan] * 3
    return table.loc["ACME", ["estimate", "ci_lower", "ci_upper"]].tolist()


def summarise(cell, trials):
    """Summarise all trials of one cell; a refusal is a miss."""
    rows = []
    for way in trials[0]:
        estimate, low, high = np.array([one[way] for one in trials if way in one]).T
        coverage = float(np.mean((low <= A * B) & (high >= A * B)))
        rows.append(
            {
                "n_therapists": cell[0],
                "setting": cell[1],
                "way": way,
                "true_effect": A * B,
                "median_estimate": np.nanmedian(estimate),
                "coverage": coverage,
                "mc_se": np.sqrt(coverage * (1 - coverage) / len(estimate)),
                "median_width": np.nanmedian(high - low),
                "share_refused": np.isnan(estimate).mean(),
                "trials": len(estimate),
            }
        )
    return pd.DataFrame(rows)


def main(n_trials: int) -> None:
    """Run rounds of trials over all cells and write the table after each."""
    versions = {
        "seed": SEED,
        "dyadsync": __version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
        "python": platform.python_version(),
    }
    done: list[list] = [[] for _ in CELLS]
    for first in range(0, n_trials, ROUND):
        for number, cell in enumerate(CELLS):
            streams = range(first, min(first + ROUND, n_trials))
            done[number] += [
                trial(cell, np.random.default_rng([SEED, number, i]), slow=i % 4 == 0)
                for i in streams
            ]
        cells = [summarise(*both) for both in zip(CELLS, done, strict=True)]
        table = pd.concat(cells, ignore_index=True).assign(**versions)
        table.round(4).to_csv(Path(__file__).with_suffix(".csv"), index=False)
        print(f"{len(done[0])} trials of each cell", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 900)
