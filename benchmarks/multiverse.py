"""Time `run_multiverse` beside one-by-one calls of `mediate` on a sample of the same analyses.

    python benchmarks/multiverse.py [ANALYSES]

writes multiverse.csv beside itself: seconds on the clock and of the processor, analyses a second,
the most memory that a process held, and the ratio of processor time to one-by-one calls.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import pandas as pd

from dyadsync import load_study, mediate
from dyadsync.scrutiny.multiverse.choices import CHOICES
from dyadsync.scrutiny.multiverse.ingredients import (
    SYNCHRONY_CHOICES,
    Ingredients,
    analysis_columns,
)
from dyadsync.scrutiny.multiverse.run import run_multiverse
from dyadsync.scrutiny.multiverse.specifications import specifications

HERE = Path(__file__).parent
N_DRAWS, SEED, ALONE = 2000, 20210101, 200


def main() -> None:
    study = load_study(HERE.parent / "data")
    specs = specifications(study)
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    some = specs.sample(min(n, len(specs)), random_state=SEED)
    run_multiverse(study, some.head(2), n_draws=100, rng=SEED, n_jobs=1)  # imports
    rows = [_timed("run_multiverse, a random sample", lambda: _all(study, some), len(some))]
    # Whole synchronies, as in a full run: what outcomes and methods share is there to be shared.
    block = specs[specs["change"].eq("log_ratio") & specs["below_loq"].eq("keep")].head(n)
    rows.append(_timed("run_multiverse, whole synchronies", lambda: _all(study, block), len(block)))
    alone = some.sample(ALONE, random_state=SEED)
    rows.append(_timed("mediate, one by one", lambda: _one_by_one(study, alone), len(alone)))
    table = pd.DataFrame(rows)
    per_analysis = table["processor_seconds"] / table["analyses"]
    table["times_faster_than_one_by_one"] = (per_analysis.iloc[-1] / per_analysis).round(2)
    table.to_csv(HERE / "multiverse.csv", index=False, float_format="%.4g")
    print(table.to_string(index=False))


def _all(study, specs) -> None:
    run_multiverse(study, specs, n_draws=N_DRAWS, rng=SEED)


def _one_by_one(study, specs) -> None:
    """Do as a reader would, who writes each analysis out."""
    for spec in specs[list(CHOICES)].to_dict("records"):
        synchrony = tuple(spec[name] for name in SYNCHRONY_CHOICES)
        table = Ingredients(study).table(synchrony, spec["outcome"])  # made anew each time
        mediate(table, **analysis_columns(spec), n_draws=N_DRAWS, rng=SEED)


def _timed(what: str, work, analyses: int) -> dict[str, object]:
    before, start = _processor(), time.perf_counter()
    work()
    wall = time.perf_counter() - start
    _end_workers()  # the time of child processes counts once they have ended
    used = _processor() - before
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    memory = max(resource.getrusage(kind).ru_maxrss for kind in kinds)
    return {
        "what": what,
        "analyses": analyses,
        "draws": N_DRAWS,
        "seconds": round(wall, 2),
        "processor_seconds": round(used, 2),
        "analyses_a_second": round(analyses / wall, 1),
        "largest_process_mib": round(memory / 1024),
    }


def _processor() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def _end_workers() -> None:
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)


if __name__ == "__main__":
    main()
