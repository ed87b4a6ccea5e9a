"""Thousands of mangled tables: a study, a question or a sentence; no traceback, no silent loss."""

import csv
import io
import random

import pytest

from dyadsync.errors import InputError
from dyadsync.importing.answers import Answers
from dyadsync.importing.package import import_table
from tests.importing.test_cases import CASES, WIDE

JUNK = (
    *("", " ", "NA", "n/a", "-99", "-99.00", "999", "<10", "< LOD", ">2000", "1,001", "1.001,5"),
    *("1 001", "1e3", "inf", "nan", "0", "-0", "12 pg/mL", "x", "?", "=A1+1", "#DIV/0!"),
    *("2024-03-01", "01.03.2024", "pre", "patient", "Patient", "D01", "d01 ", "week 4", "baseline"),
    *("\u2212 5", '"', 'a"b', "Ω", "\u00a0", "1.0", "True", "Mean", "1'001", "5", "+5", "٣"),
    *("1_000", "0x1F"),
)
SEPARATORS = (",", ",", ",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1")
ROLES = {
    "wide": WIDE,
    "wide_without_phases": {"signal": "hr_{person}_{session}"},
    "row_per_person_and_session": {"signal": "ot_{phase}"},
    "outcome_is_a_change_score": {"outcome": "improvement"},
}
NAMES = sorted(path.stem for path in CASES.glob("*.csv"))


def mangled(rows, rng):
    """Spoil a table in one to four ways."""
    rows = [list(row) for row in rows]
    for _ in range(rng.randint(1, 4)):
        row = rng.randrange(len(rows))
        column = rng.randrange(max(len(rows[row]), 1))
        kind = rng.randrange(14)
        if kind <= 3 and rows[row]:
            rows[row][min(column, len(rows[row]) - 1)] = rng.choice(JUNK)
        elif kind == 4:
            junk = rng.choice(JUNK)
            for place in rng.sample(range(len(rows)), min(len(rows), rng.randint(1, 30))):
                if column < len(rows[place]) and place > 1:
                    rows[place][column] = junk
        elif kind == 5:
            rows.insert(row, list(rng.choice(rows)))
        elif kind == 6 and len(rows) > 3:
            del rows[row]
        elif kind == 7:
            rows.insert(row, [""] * rng.randint(0, 8))
        elif kind == 8:
            rows[row] = rows[row][: rng.randint(0, len(rows[row]))]
        elif kind == 9:
            rows[row].append(rng.choice(JUNK))
        elif kind == 10:
            rows = [[*one[:column], *one[column + 1 :]] for one in rows]
        elif kind == 11:
            rows.insert(0, [rng.choice(("A title", "Exported 2024", ""))])
        elif kind == 12:
            rows = [[*one[:column], rng.choice(JUNK), *one[column:]] for one in rows]
        else:
            rng.shuffle(rows)
    return rows


def rows_in(ranges):
    ends = [part.split("-") for part in ranges.split(", ")]
    return sum(int(one[-1]) - int(one[0]) + 1 for one in ends)


def try_one(seed, folder):
    """Import one mangled table; say how it ended."""
    rng = random.Random(seed)
    name = rng.choice(NAMES)
    text = (CASES / f"{name}.csv").read_text(encoding="utf-8-sig")
    lines = text.removeprefix("sep=;\n")
    separator = ";" if name == "sep_line" else ","
    rows = mangled(list(csv.reader(io.StringIO(lines), delimiter=separator)), rng)
    out = io.StringIO()
    chosen = rng.choice(SEPARATORS)
    csv.writer(out, delimiter=chosen).writerows(rows)
    raw = out.getvalue().encode(rng.choice(ENCODINGS), errors="replace")
    if rng.random() < 0.05:
        place = rng.randrange(len(raw))
        raw = raw[:place] + bytes([rng.randrange(256)]) + raw[place + rng.randrange(3) :]
    path = folder / "t.csv"
    path.write_bytes(raw)
    roles = ROLES.get(name.replace("_with_text", "").replace("_one_spelling", ""), {})
    answers = Answers(
        missing=rng.choice(((), ("-99", "none"), ("999", "none"), ("none",))),
        spellings=rng.choice((None, "same", "different")),
        fill_down=rng.choice((None, True, False)),
        repeated=rng.choice((None, None, "mean")),
        limit=rng.choice((None, None, 10.0)),
    )
    try:
        done = import_table(path, roles, folder / "p", answers, dry_run=True)
    except InputError as error:
        return type(error).__name__
    receipt = done.receipt
    left = sum(rows_in(one["rows"]) for one in receipt["left out"])
    assert receipt["rows"]["read"] == receipt["rows"]["used"] + left
    header = receipt["dialect"]["headerRows"][0]
    records = len(list(csv.reader(io.StringIO(out.getvalue()), delimiter=chosen)))
    assert receipt["rows"]["read"] == records - header or raw.count(b"\n") != records
    signals = [one for one in receipt["columns"] if one["role"] == "signal"]
    samples = sum(one["n"] + one["below limit"] for one in signals)
    assert len(done.tables[0].rows) == receipt["samples"]
    if answers.repeated is None and not any("person" in one["why"] for one in receipt["left out"]):
        assert receipt["samples"] == samples
    return "study"


@pytest.mark.parametrize(
    "start", [0, 50, *(pytest.param(n, marks=pytest.mark.book) for n in (100, 150))]
)
def test_mangled_tables_end_in_a_study_or_a_sentence(start, tmp_path):
    ends = [try_one(seed, tmp_path) for seed in range(start, start + 50)]
    assert {"study", "Question"} <= set(ends)


@pytest.mark.slow
def test_five_thousand_mangled_tables(tmp_path):
    ends = [try_one(seed, tmp_path) for seed in range(5000)]
    assert ends.count("study") > 500
