"""Studies that are right and poor."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

TABLES = ("oxytocin", "dyads", "symptoms")
Change = Callable[[dict[str, pd.DataFrame]], Any]


def only(n: int) -> Change:
    def change(tables: dict[str, pd.DataFrame]) -> None:
        kept = tables["dyads"]["dyad_id"].head(n)
        for name in TABLES:
            tables[name] = tables[name][tables[name]["dyad_id"].isin(kept)]

    return change


def constant(table: str, column: str, value: float) -> Change:
    def change(tables: dict[str, pd.DataFrame]) -> None:
        tables[table][column] = value

    return change


def rows(table: str, query: str) -> Change:
    def change(tables: dict[str, pd.DataFrame]) -> None:
        tables[table] = tables[table].query(query)

    return change


POOR: dict[str, Change] = {
    "one dyad": only(1),
    "two dyads": only(2),
    "five dyads": only(5),
    "constant signal": constant("oxytocin", "oxytocin_pg_ml", 5.0),
    "constant outcome": constant("symptoms", "hrsd17", 20),
    "constant cause": constant("dyads", "social_impairment", 0.5),
    "no ratings after intake": rows("symptoms", "week == 0"),
    "two sessions": rows("oxytocin", "session <= 8"),
}


def poor_package(data: Path, folder: Path, change: Change) -> Path:
    """Write the shipped data, as if they were measured, with a change."""
    folder.mkdir(parents=True)
    descriptor = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    del descriptor["dyadsync:simulation"]
    tables = {name: pd.read_csv(data / f"{name}.csv") for name in TABLES}
    change(tables)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder
