"""One made-up study, written as any lab would: layout, marks, codes, origin of time."""

import csv
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

PERSONS, PHASES = ("patient", "therapist"), ("pre", "post")


@dataclass
class Truth:
    """A study: samples by dyad, session, person and phase; ratings by dyad and time; causes."""

    samples: dict[tuple[str, int, str, str], float | None]
    ratings: dict[tuple[str, float], float]
    causes: dict[str, float]
    decimals: int = 1

    def frame(self):
        names = ["dyad", "session", "person", "phase"]
        return pd.DataFrame(
            [[*key, value] for key, value in self.samples.items()], columns=[*names, "signal"]
        ).astype({"signal": object})


@dataclass
class Written:
    """A table, and what its lab knows of it."""

    rows: list[list[Any]]
    roles: dict[str, str]
    answers: dict[str, Any] = field(default_factory=dict)

    def save(self, path, separator, encoding="utf-8"):
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=separator).writerows(self.rows)
        return path


def written_number(value, decimals, decimal, thousands):
    """Write a number with its marks."""
    text = f"{value:,.{decimals}f}" if thousands else f"{value:.{decimals}f}"
    return text.translate(str.maketrans({",": thousands or ",", ".": decimal}))


def write(truth, layout, marks, code, origin):
    """Write a study in one of the layouts."""

    def number(value, decimals=truth.decimals):
        return code if value is None else written_number(value, decimals, *marks)

    frame = truth.frame()
    dyads = list(truth.causes)
    times = sorted({time for _, time in truth.ratings})
    by = {"dyad": "dyad", "cause": "cause"}
    cause = {dyad: number(value, 1) for dyad, value in truth.causes.items()}
    if layout == "long":
        header = ["dyad", "session", "person", "phase", "signal", "cause", "time", "outcome"]
        rows = []
        for (dyad, session, person, phase), value in truth.samples.items():
            time = times[min(session, len(times)) - 1]
            rated = number(truth.ratings[dyad, time], 1)
            rows.append(
                [dyad, session, person, phase, number(value), cause[dyad],
                 number(time + origin, 1), rated]
            )  # fmt: skip
        return Written([header, *rows], {})
    patterns = {
        "wide": (["dyad"], ["session", "phase", "person"], "S{session}_{phase}_{person}"),
        "row a person": (["dyad", "person"], ["session", "phase"], "{phase}_{session}"),
        "row a session": (["dyad", "session"], ["person", "phase"], "{person}_{phase}"),
        "row a person and session": (["dyad", "session", "person"], ["phase"], "ot_{phase}"),
    }
    index, columns, pattern = patterns[layout]
    frame["column"] = [
        pattern.format(**{name: row[name] for name in columns}) for _, row in frame.iterrows()
    ]
    table = {}
    for _, row in frame.iterrows():
        value = None if pd.isna(row["signal"]) else float(row["signal"])
        table.setdefault(tuple(row[index]), {})[row["column"]] = number(value)
    names = list(dict.fromkeys(frame["column"]))
    outcomes = [f"hrsd_w{time + origin:g}" for time in times]
    rows = [
        [
            *key,
            *(cells.get(name, "") for name in names),
            cause[key[0]],
            *(number(truth.ratings[key[0], time], 1) for time in times),
        ]
        for key, cells in table.items()
    ]
    assert {key[0] for key in table} == set(dyads)
    roles = by | {"signal": pattern, "outcome": "hrsd_w{time}"}
    return Written([[*index, *names, "cause", *outcomes], *rows], roles)
