"""How often the shipped study's process gives each verdict: by the main analysis, by all methods.

Trials are drawn from the process that made the shipped data, as it is and with neither path (a and
b are 0), and each is analysed by every method of the chapter on robust replication (`replicate`,
1,000 draws; intervals at 95 %). For each claim, and for all three together, the table counts the
trials of which the main analysis supports it, those of which all methods do, and those of which all
methods give one verdict, whichever it is. No trial is chosen: the shipped one is the first that
follows `SEED_RULE`.

    python benchmarks/verdicts.py [TRIALS]   writes verdicts.csv (2,000: about 25 minutes)
"""

import platform
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import statsmodels

from dyadsync import __version__, replicate
from dyadsync.replication.replicate import MAIN
from dyadsync.scrutiny.simulation.cell import Cell, draw_tables
from dyadsync.scrutiny.simulation.design import Design

SEED = 22
N_DRAWS = 1000
PROCESSES = {"as planted": Design(), "no effects": replace(Design(), a=0.0, b=0.0)}


def verdicts(design, n_trials, number):
    """Verdict of each method on each claim, a row a trial: columns (claim, method)."""
    tables = draw_tables(Cell(design), n_trials, np.random.default_rng([SEED, number]))
    sizes = design.patients_per_therapist
    therapist = np.repeat(np.arange(len(sizes)), sizes)
    rows = []
    for trial, values in enumerate(zip(tables.x, tables.m, tables.y, strict=True)):
        data = pd.DataFrame(dict(zip("xmy", values, strict=True))).assign(therapist=therapist)
        found = replicate(
            data.dropna(), "x", "m", "y", cluster="therapist", n_draws=N_DRAWS, rng=trial
        )
        rows.append({(one.id, one.method): one.verdict for one in found.claims()})
        if trial % 100 == 99:
            print(f"{trial + 1} trials", flush=True)
    table = pd.DataFrame(rows)
    return table.set_axis(pd.MultiIndex.from_tuples(table.columns), axis=1)


def count(given):
    """Share of trials with each verdict, by claim; a method without a result agrees with none."""
    supported, rows = given == "supported", {}
    for claim in ("a", "b", "c"):
        same = given[claim].eq(given[claim][MAIN], axis=0).all(axis=1)
        rows[claim] = [supported[claim][MAIN], supported[claim].all(axis=1), same]
    rows["all three"] = [
        pd.concat(parts, axis=1).all(axis=1) for parts in zip(*rows.values(), strict=True)
    ]
    columns = ["main_supports", "all_support", "all_agree"]
    shares = pd.DataFrame(
        {claim: [part.mean() for part in parts] for claim, parts in rows.items()}, index=columns
    ).T
    errors = np.sqrt(shares * (1 - shares) / len(given)).add_suffix("_se")
    return shares.join(errors).assign(trials=len(given)).rename_axis("claim").reset_index()


def main(n_trials: int) -> None:
    """Draw and analyse the trials of both processes and write the table."""
    versions = {
        "seed": SEED,
        "dyadsync": __version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
        "python": platform.python_version(),
    }
    counted = {
        name: count(verdicts(design, n_trials, number))
        for number, (name, design) in enumerate(PROCESSES.items())
    }
    table = pd.concat(counted, names=["process"]).droplevel(1).reset_index().assign(**versions)
    table.round(5).to_csv(Path(__file__).with_suffix(".csv"), index=False)
    print(table.drop(columns=list(versions)).round(4).to_string())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
