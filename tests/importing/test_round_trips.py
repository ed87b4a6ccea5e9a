"""A study written in any layout, with any marks, codes and origin, comes back or is asked about."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dyadsync.errors import InputError
from dyadsync.importing.answers import Answers, Question
from dyadsync.importing.package import import_table
from tests.importing.layouts import PERSONS, PHASES, Truth, write

LAYOUTS = ["long", "wide", "row a person", "row a session", "row a person and session"]
MARKS = [(".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", "'")]
CODES = ["", "NA", "-99", "-9", "999", "9999", "missing"]


@st.composite
def studies(draw):
    dyads = [f"D{k:02d}" for k in range(1, draw(st.integers(3, 5)))]
    decimals = draw(st.integers(0, 3))
    highest = draw(st.sampled_from([9, 90, 900, 9000]))
    value = st.integers(1, highest * 10**decimals).map(lambda k: k / 10**decimals)
    keys = [
        (dyad, session, person, phase)
        for dyad in dyads
        for session in range(1, draw(st.integers(2, 4)) + 1)
        for person in PERSONS
        for phase in PHASES
    ]
    samples = {key: draw(value) for key in keys}
    for key in draw(st.sets(st.sampled_from(keys), max_size=3)):
        samples[key] = None
    rated = st.integers(0, 500).map(lambda k: k / 10)
    ratings = {(dyad, time): draw(rated) for dyad in dyads for time in (0.0, 4.0, 9.0)}
    causes = {dyad: draw(st.integers(100, 900)) / 10 for dyad in dyads}
    return Truth(samples, ratings, causes, decimals)


def same(done, truth, origin, layout):
    samples, dyads, ratings = (table.rows for table in done.tables)
    found = {tuple(row[:4]): row[-1] for row in samples.itertuples(index=False)}
    assert found == {key: value for key, value in truth.samples.items() if value is not None}
    assert dict(zip(dyads["dyad_id"], dyads["cause"], strict=True)) == truth.causes
    rated = {(dyad, time): value for dyad, time, value in ratings.itertuples(index=False)}
    expected = {(dyad, time + origin): value for (dyad, time), value in truth.ratings.items()}
    if layout == "long":  # which has a rating only where it has a session
        assert rated == {key: expected[key] for key in rated}
    else:
        assert rated == expected
    rows = done.receipt["rows"]
    assert rows["read"] >= rows["used"] > 0


STUDIES = {
    "truth": studies(),
    "layout": st.sampled_from(LAYOUTS),
    "marks": st.sampled_from(MARKS),
    "code": st.sampled_from(CODES),
    "origin": st.sampled_from([0.0, -9.0, -4.0, 2.0, 2000.0]),
}
ANEW = {"deadline": None, "phases": [Phase.explicit, Phase.generate]}


def comes_back(truth, layout, marks, code, origin):
    if code.lstrip("-").isdigit():  # a lab's code is none of its values
        for key, value in truth.samples.items():
            if value == float(code):
                truth.samples[key] = value + 1
    table = write(truth, layout, marks, code, origin)
    with tempfile.TemporaryDirectory() as folder:
        path = table.save(Path(folder) / "t.csv", ";")
        try:
            done = import_table(path, table.roles, Path(folder) / "p", dry_run=True)
        except Question:
            pass  # asked, which is right
        else:
            same(done, truth, origin, layout)
        known = Answers(
            decimal=marks[0],
            thousands=marks[1] or "none",
            missing=(code, "none") if code else ("none",),
            outcome_is="ratings",
        )
        done = import_table(path, table.roles, Path(folder) / "p", known, dry_run=True)
        same(done, truth, origin, layout)


@settings(max_examples=20, **ANEW)
@given(**STUDIES)
def test_it_comes_back_the_same_or_is_asked_about(**study):
    comes_back(**study)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_has_more_than_its_columns(layout, tmp_path):
    """A sentence names the row and column of the file, whatever the layout."""
    keys = [(d, s, p, f) for d in ("A", "B") for s in (1, 2) for p in PERSONS for f in PHASES]
    truth = Truth(dict.fromkeys(keys, 1.5), {(d, 0.0): 1.0 for d in "AB"}, {"A": 1.0, "B": 2.0})
    table = write(truth, layout, (".", ""), "", 0.0)
    column = next(place for place, cell in enumerate(table.rows[1]) if cell == "1.5")
    table.rows[-1][column] = "spilled"
    path = table.save(tmp_path / "t.csv", ",")
    where = rf"^Row {len(table.rows)}, column {table.rows[0][column]}: 'spilled'"
    with pytest.raises(InputError, match=where):
        import_table(path, table.roles, tmp_path / "p")


@pytest.mark.book
@settings(max_examples=60, **ANEW)
@given(**STUDIES)
def test_many_come_back_the_same_or_are_asked_about(**study):
    comes_back(**study)
