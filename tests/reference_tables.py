"""R's results in tests/reference/ and how closely they must be met (see README.md there)."""

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent / "reference"
SIZES = (37, 120)


def dyads(n, contaminated=False):
    """One simulated table of dyads."""
    return pd.read_csv(FOLDER / f"dyads_{n}{'_contaminated' if contaminated else ''}.csv")
