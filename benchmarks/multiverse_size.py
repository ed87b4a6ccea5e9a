"""How often the multiverse's joint tests find what is not there: 37 dyads, four sessions.

    python benchmarks/multiverse_size.py [TRIALS]

writes multiverse_size.csv beside itself: for each truth, path and test the share of trials with
p <= .05, and its Monte Carlo standard error. Where a path is planted its rows are power, not size.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from dyadsync import Design
from dyadsync.scrutiny.multiverse.joint_size import rejections

HERE = Path(__file__).parent
TRUTHS = {"neither path": (0.0, 0.0), "only b": (0.0, 0.65), "only a": (-0.5, 0.0)}
N_FLIPS, LEVEL, SEED = 499, 0.05, 20210101


def main() -> None:
    n_trials = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    rows = []
    for truth, (a, b) in TRUTHS.items():
        design = Design(a=a, b=b, c=0.0)
        found = rejections(design, n_trials=n_trials, n_flips=N_FLIPS, level=LEVEL, rng=SEED)
        for name, rate in found.mean().items():
            effect, statistic = str(name).split()
            planted = {"a": a != 0, "b": b != 0, "acme": a * b != 0}[effect]
            rows.append(
                {
                    "truth": truth,
                    "effect": effect,
                    "test": statistic,
                    "is": "power" if planted else "size",
                    "rate": rate,
                    "se": np.sqrt(rate * (1 - rate) / n_trials),
                    "trials": n_trials,
                }
            )
    table = pd.DataFrame(rows)
    table.to_csv(HERE / "multiverse_size.csv", index=False, float_format="%.4g")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
