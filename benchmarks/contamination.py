"""How the methods of mediation fare with outliers: bias, width and coverage of the ACME.

The generator and what is varied are in ``dyadsync.scrutiny.contamination``: 37 and 100 dyads; 0, 5
and 10 % of them outliers in y, in m, or clustered far out in x; a = b = .5, true ACME .25.

    python benchmarks/contamination.py [TRIALS]   writes benchmarks/contamination.csv (500: 7 min)
"""

import platform
import sys
from pathlib import Path

import numpy as np

from dyadsync import __version__
from dyadsync.scrutiny.contamination.study import contamination_study

SEED = 2021


def main(n_trials: int) -> None:
    """Run every cell and write the table."""
    table = contamination_study(n_trials, SEED).round(4)
    table = table.assign(
        seed=SEED,
        dyadsync=__version__,
        numpy=np.__version__,
        python=platform.python_version(),
    )
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
