"""Packages of ten unusual studies, with unusual names, six dyads each."""

import json
from dataclasses import dataclass
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Kind:
    """What one study measured, in whom, and what its package lacks."""

    signal: str
    unit: str
    persons: tuple[str, str]
    cause: str
    outcome: str
    better: str = "lower"
    cause_better: str = "lower"
    group: str = ""
    phases: tuple[str, str] | None = ("before", "after")
    rated: bool = True
    positive: bool = False
    low: float = 5.0


KINDS = {
    "cortisol": Kind("Cortisol", "nmol/L", ("Mother", "Child"), "Warmth", "Sleep", "higher"),
    "RSA": Kind(
        "RSA", "ln(ms²)", ("Husband", "Wife"), "Conflict", "Satisfaction", "higher", low=-3
    ),
    "skin": Kind("Skin conductance", "µS", ("Tutor", "Pupil"), "Fear", "Marks (%)", "higher"),
    "affect": Kind("Affect", "", ("Sister", "Brother"), "Envy", "Quarrels", low=0, phases=None),
    "alliance": Kind("Alliance (WAI)", "points", ("Coach", "Client"), "Doubt", "Stress (PSS)"),
    "amylase": Kind("α-Amylase", "U/mL", ("Nurse", "Patient"), "Pain", "Anger", positive=True),
    "no outcome": Kind("Pulse", "1/min", ("Rider", "Horse"), "Age gap", "", rated=False),
    "groups": Kind("Pitch", "Hz", ("Singer", "Pianist"), "Nerves", "Faults", group="Choir"),
    "signs": Kind("<b>T</b>", "`%`", ('"A"', "{eval}`1`"), "$x$", "](javascript:", "higher"),
    "far": Kind("心拍数", "回", ("母", "子"), "不安", "元気", "higher", "higher", group="施設"),
}


def write(folder, kind):
    """Six dyads with five sessions and three ratings, under numbered column names."""

    def field(name, role, title, type_, **more):
        return {"name": name, "title": title, "type": type_, "dyadsync:role": role, **more}

    rng = np.random.default_rng(1)
    pair = field("k0", "dyad", "Pair", "string")
    rules = {"constraints": {"exclusiveMinimum": 0}} if kind.positive else {}
    samples = [
        pair,
        field("k1", "session", "Meeting", "integer"),
        field("k2", "person", "Who", "string", categories=list(kind.persons)),
        field("k4", "signal", kind.signal, "number", unit=kind.unit, **rules),
    ]
    keys = list(product("abcdef", range(1, 6), kind.persons))
    if kind.phases:
        samples.append(field("k3", "phase", "When", "string", categories=list(kind.phases)))
        keys = list(product("abcdef", range(1, 6), kind.persons, kind.phases))
    pairs = [pair, field("k5", "cause", kind.cause, "number")]
    pairs[1]["dyadsync:better"] = kind.cause_better
    if kind.group:
        pairs.append(field("k6", "therapist", kind.group, "string"))
    tables = {"one": samples, "two": pairs}
    if kind.rated:
        outcome = {"unit": "points", "dyadsync:better": kind.better}
        tables["three"] = [
            pair,
            field("k7", "time", "Day", "number", unit="days"),
            field("k8", "outcome", kind.outcome, "number", **outcome),
        ]
    resources = [
        {"name": name, "path": f"{name}.csv", "schema": {"fields": fields}}
        for name, fields in tables.items()
    ]
    text = json.dumps({"name": "study", "resources": resources})
    (folder / "datapackage.json").write_text(text, encoding="utf-8")

    def quoted(value):
        return '"' + str(value).replace('"', '""') + '"'

    rows = []
    for key in keys:
        dyad, session, person, *phase = key
        value = round(kind.low + 4 * rng.random() + (ord(dyad) % 3), 3)
        rows.append([dyad, session, quoted(person), value, *map(quoted, phase)])
    header = ["k0", "k1", "k2", "k4", *(["k3"] if kind.phases else [])]
    lines = [",".join(header), *(",".join(map(str, row)) for row in rows)]
    (folder / "one.csv").write_text("\n".join(lines), encoding="utf-8")
    groups = [
        ",G1" if kind.group and dyad < "d" else ",G2" if kind.group else "" for dyad in "abcdef"
    ]
    causes = [f"{dyad},{n / 2}{groups[n]}" for n, dyad in enumerate("abcdef")]
    (folder / "two.csv").write_text("\n".join(["k0,k5" + ",k6" * bool(kind.group), *causes]))
    if kind.rated:
        ratings = [f"{dyad},{day},{20 - day}" for dyad in "abcdef" for day in (0, 4, 9)]
        (folder / "three.csv").write_text("\n".join(["k0,k7,k8", *ratings]))
    return folder
