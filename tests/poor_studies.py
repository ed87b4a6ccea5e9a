"""Studies that are right and poor."""

import json

import pandas as pd

TABLES = ("oxytocin", "dyads", "symptoms")


def only(n):
    def change(tables):
        kept = tables["dyads"]["dyad_id"].head(n)
        for name in TABLES:
            tables[name] = tables[name][tables[name]["dyad_id"].isin(kept)]

    return change


def constant(table, column, value):
    def change(tables):
        tables[table][column] = value

    return change


def rows(table, query):
    def change(tables):
        tables[table] = tables[table].query(query)

    return change


POOR = {
    "one dyad": only(1),
    "two dyads": only(2),
    "five dyads": only(5),
    "constant signal": constant("oxytocin", "oxytocin_pg_ml", 5.0),
    "constant outcome": constant("symptoms", "hrsd17", 20),
    "constant cause": constant("dyads", "social_impairment", 0.5),
    "no ratings after intake": rows("symptoms", "week == 0"),
    "two sessions": rows("oxytocin", "session <= 8"),
}


def poor_package(data, folder, change):
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
