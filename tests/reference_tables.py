"""R's results in tests/reference/ and how closely they must be met (see README.md there)."""

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent / "reference"
SIZES = (37, 120)


def dyads(n, contaminated=False):
    """One simulated table of dyads."""
    return pd.read_csv(FOLDER / f"dyads_{n}{'_contaminated' if contaminated else ''}.csv")


def of_r(n, case):
    """R's values for one case, by quantity."""
    table = pd.read_csv(FOLDER / f"dyads_{n}.r.csv")
    return table[table["case"] == case].set_index("quantity")["value"]
