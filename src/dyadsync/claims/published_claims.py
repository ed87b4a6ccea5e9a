"""Claims as chapters have published them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

from dyadsync.claims.verdict import Claim, Verdict


def read_claims(directory: str | Path) -> list[Claim]:
    """Read the claims that chapters have published, the main analysis first.

    The claims are those of ``claims.csv`` and then of every ``claims_*.csv`` in the order of names.

    Examples
    --------
    >>> import tempfile
    >>> from dyadsync.claims.verdict import claims_table, judge
    >>> table = claims_table([judge("a", "HC3", -1, -2, -0.5)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table.to_csv(Path(folder, "claims.csv"), index=False)
    ...     read_claims(folder)[0].method
    'HC3'
    """
    folder = Path(directory)
    claims: list[Claim] = []
    for path in [folder / "claims.csv", *sorted(folder.glob("claims_*.csv"))]:
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                words = row["claim"], row["text"], row["method"]
                estimate, low, high = (
                    float(row[name] or "nan") for name in ("estimate", "ci_lower", "ci_upper")
                )
                verdict = cast("Verdict", row["verdict"])
                claims.append(Claim(*words, estimate, low, high, verdict))
    return claims
