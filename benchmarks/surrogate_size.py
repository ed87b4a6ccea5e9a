"""Size of the surrogate tests: how often each finds synchrony where nobody is in step.

Trials of `dyadsync.scrutiny.measurement.surrogate_size.null_changes`: 37 dyads of six therapists,
four sessions, changes of patients and therapists drawn apart. Settings: nothing shared; a fifth of
the variance of each role's changes shared by the dyads of a therapist; a fifth shared by everybody
in a session.

    python benchmarks/surrogate_size.py [TRIALS]   writes surrogate_size.csv (1,000: 5 min)
"""

import sys
from pathlib import Path

import pandas as pd

from dyadsync import __version__
from dyadsync.scrutiny.measurement.surrogate_size import surrogate_size

SEED = 2018
SETTINGS = {
    "nothing shared": {},
    "therapist's dyads alike": {"therapist_share": 0.2},
    "sessions alike for all": {"session_share": 0.2},
}


def main(n_trials: int) -> None:
    """Run every setting and write the table."""
    tables = [
        surrogate_size(n_trials=n_trials, n_surrogates=199, rng=SEED, **shares).assign(
            setting=setting, **{"therapist_share": 0.0, "session_share": 0.0, **shares}
        )
        for setting, shares in SETTINGS.items()
    ]
    table = pd.concat(tables).round(4).assign(seed=SEED, dyadsync=__version__)
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
