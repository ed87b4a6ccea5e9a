"""Time power: seconds a thousand trials by method, beside one-by-one calls of mediate.

    python benchmarks/power.py   writes benchmarks/power.csv

Ratios are what counts; seconds are those of one machine. `seconds_one` and `seconds_mediate` are
seconds of one processor. The row ``all three`` is the three methods together; there ``ratio_two``
is the time on the clock of one worker over that of two, which needs a machine that does little
else.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from dyadsync import Design, __version__, mediate, power
from dyadsync.scrutiny.simulation.cell import Cell, draw_tables

THREE = ["quasi-bayesian", "bootstrap", "robust"]
METHODS = [*THREE, "huber", "median", "latent"]
FEW = {
    "robust": 300,
    "median": 100,
    "latent": 50,
}  # trials that are timed, where a thousand take long
ROUNDS = 3


def seconds_of_power(
    methods: list[str], n_trials: int, n_jobs: int, *, on_the_clock: bool = False
) -> float:
    """Seconds of a thousand trials."""
    clock = time.process_time if n_jobs == 1 and not on_the_clock else time.perf_counter
    start = clock()
    power(Design(), methods=methods, n_trials=n_trials, n_draws=1000, rng=1, n_jobs=n_jobs)
    return (clock() - start) / n_trials * 1000


def seconds_of_mediate(method: str, n_trials: int) -> float:
    """Seconds of a thousand calls of mediate, the tables being there."""
    tables = draw_tables(Cell(Design()), n_trials, np.random.default_rng(1))
    frames = [
        pd.DataFrame({"x": x, "m": m, "y": y, "n_sessions": n})
        for x, m, y, n in zip(tables.x, tables.m, tables.y, tables.n_sessions, strict=True)
    ]
    start = time.process_time()
    for trial, frame in enumerate(frames):
        mediate(frame, "x", "m", "y", method=method, n_draws=1000, rng=trial)
    return (time.process_time() - start) / n_trials * 1000


def main() -> None:
    """Time every method, then one worker and two in turns, and write the table."""
    rows = []
    for method in METHODS:
        n_trials = FEW.get(method, 1000)
        seconds_of_power([method], 100, 1)
        ours = min(seconds_of_power([method], n_trials, 1) for _ in range(2))
        theirs = seconds_of_mediate(method, min(n_trials, 200))
        rows.append({"what": method, "seconds_one": ours, "seconds_mediate": theirs})
        rows[-1]["ratio_mediate"] = theirs / ours
        print(rows[-1], flush=True)
    seconds_of_power(THREE, 200, 2)  # the processes have started, as in a long run
    pairs = [
        (
            seconds_of_power(THREE, 1000, 1, on_the_clock=True),
            seconds_of_power(THREE, 1000, 2),
        )
        for _ in range(ROUNDS)
    ]
    one, two = (min(times) for times in zip(*pairs, strict=True))
    of_three = sum(row["seconds_one"] for row in rows[: len(THREE)])
    rows.append({"what": "all three", "seconds_one": of_three, "seconds_two": two})
    rows[-1]["seconds_mediate"] = sum(row["seconds_mediate"] for row in rows[: len(THREE)])
    rows[-1]["ratio_mediate"] = rows[-1]["seconds_mediate"] / of_three
    rows[-1]["ratio_two"] = one / two
    table = pd.DataFrame(rows).assign(dyadsync=__version__)
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4g")
    print(table.to_string())


if __name__ == "__main__":
    main()
