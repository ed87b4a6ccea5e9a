"""A small data package of made-up values, for a lab to replace with its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.study.writing import TO_FILL_IN, Field, Table, credits_of, slug, write_package

_RATINGS = 5


def new_package(
    folder: str | Path,
    *,
    signal: str = "oxytocin",
    unit: str = "pg/mL",
    persons: tuple[str, str] = ("patient", "therapist"),
    n_dyads: int = 12,
    n_sessions: int = 6,
    cause: str = "social impairment",
    outcome: str = "symptoms",
    better: str = "lower",
    groups: str | None = None,
    title: str = "",
    says: Mapping[str, Any] | None = None,
) -> None:
    """Write a valid package of made-up values, with a README that says what to replace.

    What each name is, the help of ``dyadsync new`` says. The folder is a new or empty one; an empty
    unit is that of a signal that may be negative; `says` is under what the study is published, see
    `dyadsync.study.writing.credits_of`.

    Examples
    --------
    >>> import tempfile
    >>> from dyadsync import load_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     new_package(folder, signal="cortisol", unit="nmol/L", persons=("mother", "child"))
    ...     load_study(folder)
    Study(observed: 12 dyads, 288 samples, 60 ratings)
    """
    names = [slug(name) for name in (signal, cause, outcome, *([groups] if groups else []))]
    taken = ["dyad_id", "session", "person", "phase", "week"]
    if len({*names, *taken}) < len(names) + len(taken):
        raise InputError(
            f"The signal, the cause and the outcome need names of their own: {', '.join(names)}; "
            f"these are taken: {', '.join(taken)}."
        )
    if len({person.strip() for person in persons} - {""}) != 2:
        raise InputError(f"The two persons need two names; these are {' and '.join(persons)}.")
    rng = np.random.default_rng(1)
    dyads = [f"D{number:02d}" for number in range(1, n_dyads + 1)]
    worse = rng.normal(size=n_dyads)
    dyad = Field("dyad_id", "string", {"title": "Dyad", "dyadsync:role": "dyad"})
    tables = [
        _samples(dyad, dyads, worse, n_sessions, (signal, unit), persons, rng),
        _dyads(dyad, dyads, worse, cause, groups),
        _ratings(dyad, dyads, worse, outcome, better, rng),
    ]
    texts = {"README.md": _readme(signal, persons, tables), "parameters.yml": _PARAMETERS}
    write_package(
        Path(folder),
        f"{slug(signal)}-study".replace("_", "-"),
        title or f"Made-up values, their title {TO_FILL_IN}",
        tables,
        says=says if says is not None else credits_of(),
        texts=texts,
    )


def _samples(
    dyad: Field,
    dyads: list[str],
    worse: Any,
    n_sessions: int,
    signal: tuple[str, str],
    persons: tuple[str, str],
    rng: np.random.Generator,
) -> Table:
    """Make samples whose two persons change together, the less so the worse the cause is."""
    name, unit = signal
    together = np.tanh(0.4 - 0.3 * worse)[:, None]
    shared, own = rng.normal(size=(2, len(dyads), n_sessions))
    second = together * shared + np.sqrt(1 - together**2) * own
    changes = np.stack([shared, second], axis=-1)
    base = rng.normal(scale=0.2, size=changes.shape)
    log = np.stack([base, base + 0.15 * changes], axis=-1)
    values = 5 * np.exp(log) if unit else log
    index = pd.MultiIndex.from_product(
        [dyads, range(1, n_sessions + 1), persons, ["before", "after"]],
        names=["dyad_id", "session", "person", "phase"],
    )
    rows = pd.DataFrame({slug(name): values.ravel().round(2)}, index=index).reset_index()
    says = {"unit": unit, "constraints": {"exclusiveMinimum": 0}} if unit else {}
    phases = {"title": "Before or after the session", "categories": ["before", "after"]}
    fields = (
        dyad,
        Field("session", "integer", {"title": "Session", "dyadsync:role": "session"}),
        _titled("person", "person", {"title": "Person", "categories": list(persons)}, "string"),
        _titled("phase", "phase", phases, "string"),
        _titled(name, "signal", says),
    )
    key = ("dyad_id", "session", "person", "phase")
    return Table("samples", "One row per sample.", fields, key, rows)


def _dyads(dyad: Field, dyads: list[str], worse: Any, cause: str, groups: str | None) -> Table:
    rows = pd.DataFrame({"dyad_id": dyads, slug(cause): worse.round(2)})
    fields = [dyad, _titled(cause, "cause", {"unit": "SD", "dyadsync:better": "lower"})]
    if groups:
        half = (len(dyads) + 1) // 2
        rows[slug(groups)] = [f"{groups} {1 + number // half}" for number in range(len(dyads))]
        fields.append(_titled(groups, "therapist", {}, kind="string"))
    return Table("dyads", "One row per dyad.", tuple(fields), ("dyad_id",), rows)


def _ratings(
    dyad: Field, dyads: list[str], worse: Any, outcome: str, better: str, rng: np.random.Generator
) -> Table:
    weeks = np.arange(_RATINGS) * 4
    gain = (6 - 2 * worse)[:, None] * weeks / weeks[-1] + rng.normal(size=(len(dyads), _RATINGS))
    scores = 20 + gain if better == "higher" else 20 - gain
    rows = pd.DataFrame(
        {
            "dyad_id": np.repeat(dyads, _RATINGS),
            "week": np.tile(weeks, len(dyads)),
            slug(outcome): scores.ravel().round(1),
        }
    )
    time = {"title": "Week", "unit": "weeks", "dyadsync:role": "time"}
    fields = (
        dyad,
        Field("week", "number", time),
        _titled(outcome, "outcome", {"unit": "points", "dyadsync:better": better}),
    )
    return Table("ratings", "One row per rating.", fields, ("dyad_id", "week"), rows)


def _titled(name: str, role: str, says: dict[str, Any], kind: str = "number") -> Field:
    return Field(slug(name), kind, {"title": name, "dyadsync:role": role, **says})


_PARAMETERS = """\
# How this study is analysed. Take the # from a line to change what the book does by itself;
# chapters/parameters.yml of the book says what each may be.
#     dyadsync check DIR                                    checks these values, too
#     dyadsync build --data DIR --parameters DIR/parameters.yml

# change: difference        # how a session's change is measured
# measure: pearson          # the measure of synchrony
# min_sessions: 3           # fewest sessions for a dyad to have a synchrony
# synchrony_scale: synchrony  # the correlation itself, or its Fisher z
# symptom_method: slope     # how the outcome's change is measured
"""


def _readme(signal: str, persons: tuple[str, str], tables: list[Table]) -> str:
    """Say what to replace, table by table."""
    lines = [
        f"# A study {TO_FILL_IN}",
        "",
        "Every value here is **made up**. Replace the tables by your own, in this order:",
        "",
    ]
    for number, table in enumerate(tables, start=1):
        columns = ", ".join(f"`{field.name}`" for field in table.fields)
        one = table.description.removeprefix("One row ").rstrip(".")
        lines.append(f"{number}. `{table.name}.csv` has one row {one}: {columns}.")
    lines += [
        "",
        f"The columns' titles, units and roles stand in `datapackage.json`; the pages say "
        f"“{signal}”, “{persons[0]}” and “{persons[1]}” because they are written there.",
        "A column may have another name: change it in the table and in `datapackage.json`.",
        "Columns of your own are welcome. An empty cell is a missing value.",
        "Delete the table of ratings and its entry if no outcome was rated.",
        f"Where `datapackage.json` says “{TO_FILL_IN}”, say it before the study is published: "
        "`dyadsync supplement` packs it under that title, those authors and that licence.",
        "",
        "Then, in the folder of the book:",
        "",
        "```bash",
        "dyadsync check DIR",
        "dyadsync build --data DIR --output DIR_book",
        "```",
        "",
    ]
    return "\n".join(lines)
