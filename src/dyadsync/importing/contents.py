"""From a sheet to samples, dyads and ratings, with an account of everything that is left out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.importing.answers import Answers, Question
from dyadsync.importing.format import Format, find_format, suspected_codes
from dyadsync.importing.labels import TimePoints, as_text, one_spelling, order_of_two, time_points
from dyadsync.importing.layout import Source, find_roles, long_rows, proposal, sources_of
from dyadsync.importing.sheet import Sheet, listed_rows

_IDENTIFIERS = ("dyad", "session", "person", "phase")
_SUMMARIES = {"mean", "means", "average", "sd", "std", "total", "sum", "n", "count", "median"}
_SUMMARIES |= {"min", "max", "mittelwert", "summe", "gesamt"}


@dataclass
class Account:
    """What became of the rows and cells of a file."""

    said: list[str] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    suspects: list[tuple[str, float]] = field(default_factory=list)
    declared: Sequence[tuple[str, str, int]] = ()

    def leave_out(self, why: str, rows: Iterable[int]) -> None:
        """Note rows that hold nothing that is used, and why."""
        if found := sorted({int(row) for row in rows}):
            self.left_out.append({"why": why, "rows": found})

    def column(self, role: str, name: str, number: pd.DataFrame, empty: int = 0) -> None:
        """Note what a column holds; `empty` cells are not among its numbers."""
        counts = number["missing"].dropna().value_counts(sort=False).to_dict()
        counts |= {code: n for column, code, n in self.declared if column == name}
        below = int(number["below"].sum())
        values = number["value"].dropna()
        empty += len(number) - len(values) - sum(counts.values()) - below
        if empty:
            counts = {"empty": empty} | counts
        found = {"column": name, "role": role, "n": len(values), "missing": counts}
        if pd.api.types.is_float_dtype(values):
            found |= {"below limit": below, "lowest": _plain(values.min())}
            found |= {"median": _plain(values.median()), "highest": _plain(values.max())}
        self.columns.append(found)

    def suspect(self, name: str, values: pd.Series, *, of_design: bool) -> None:
        """Note values that look like codes of missing ones; the index is the row."""
        for code in suspected_codes(values, of_design=of_design):
            where = sorted(set(values.index[values == code]))
            self.suspects.append((f"{name} is {code:g} in {listed_rows(where)}", code))


def _plain(number: Any) -> float | None:
    return None if pd.isna(number) else float(f"{float(number):.10g}")


@dataclass(frozen=True)
class Contents:
    """What a table holds, under plain names, and how it was read."""

    samples: pd.DataFrame
    """``dyad session person phase session_time signal``, of the optional ones those known."""
    dyads: pd.DataFrame
    """What a dyad has one value of, by the names of columns in the file; the index is the dyad."""
    ratings: pd.DataFrame | None
    """``dyad time outcome``."""
    roles: Mapping[str, str]
    marks: Format
    persons: list[str]
    phases: list[str]
    sessions: dict[str, int]
    """The number of each session that the table names otherwise."""
    time_unit: str
    limit: float | None
    account: Account


def read_contents(sheet: Sheet, given: Mapping[str, str], answers: Answers) -> Contents:
    """Read samples, dyads and ratings from a sheet of any layout."""
    account = Account(list(sheet.said), declared=sheet.declared_missing)
    account.leave_out("empty", sheet.empty)
    roles = find_roles(sheet, given)
    cells = _identified(sheet, roles, answers, account)
    sources = sources_of(sheet, roles, "signal", answers.spellings, account.said)
    rated = sources_of(sheet, roles, "outcome", answers.spellings, account.said)
    measured = [source.column for source in (*sources, *rated)]
    if twice := {name for name in measured if measured.count(name) > 1}:
        raise InputError(f"The column {sorted(twice)[0]!r} is named for two things by --map.")
    for name in set(sheet.codes) & {*measured, roles.get("cause")}:
        cells[name] = cells[name].replace(sheet.codes[name])
    identifiers = {roles.get(role) for role in ("dyad", "person", "phase", "therapist")}
    extra = [roles[role] for role in ("cause", "time", "session") if role in roles]
    used = [name for name in dict.fromkeys([*measured, *extra]) if name not in identifiers]
    others = [cells[name] for name in cells if name not in identifiers and name not in used]
    marks = find_format([cells[name] for name in used], others, answers)

    columns = {role: roles[role] for role in (*_IDENTIFIERS, "time") if role in roles}
    samples, persons, phases = _samples(cells, sources, columns, answers, account)
    samples, sessions, when = _numbered(samples, marks, answers, account)
    samples, limit = _valued(samples, marks, answers, account)
    ratings, rated_at, rows = _ratings(cells, rated, columns, marks, answers, persons, account)
    dyads = _dyads(cells, roles, set(measured), marks, answers, account)
    _ask_about_codes(account, answers)
    known = {*samples["row"], *rows, *(row for one in account.left_out for row in one["rows"])}
    account.leave_out("no value of the signal", set(cells.index) - known)
    samples = _one_each(samples, answers, account)
    if ratings is not None and "session_time" in samples:
        samples = _on_one_scale(samples, ratings, when, rated_at, account)
    unit = (rated_at.unit if rated_at else "") or when.unit * ("session_time" in samples)
    return Contents(
        samples, dyads, ratings, roles, marks, persons, phases, sessions, unit, limit, account
    )


def _identified(
    sheet: Sheet, roles: Mapping[str, str], answers: Answers, account: Account
) -> pd.DataFrame:
    """Make identifiers text, fill them down where that is declared, and leave out rows without."""
    cells = sheet.cells.copy()
    names = [roles[role] for role in (*_IDENTIFIERS, "therapist") if roles.get(role) in cells]
    for name in dict.fromkeys(names):
        cells[name] = as_text(cells[name])
    dyad = roles["dyad"]
    known = list(cells[dyad].unique())
    if lost := [name for name in answers.without if name not in known]:
        close = ", ".join(difflib.get_close_matches(lost[0], known))
        near = f"; the nearest: {close}" if close else ""
        raise InputError(f"--without {lost[0]}: {dyad} has no such name{near}.")
    needed = [name for name in names if name != roles.get("therapist")]
    lacking = (cells[needed] == "").any(axis=1)
    if lacking.any() and answers.fill_down is None:
        others = [name for name in cells if name not in names]
        full = lacking & (cells[others] != "").any(axis=1)
        if full.any():
            rows = list(cells.index[full])
            name = next(one for one in needed if (cells.loc[full, one] == "").any())
            raise Question(
                f"{name} is empty in {listed_rows(rows)}, where other columns have values. Does "
                "the cell above hold for them (merged cells)? --fill-down, or --no-fill-down to "
                "leave these rows out"
            )
    if answers.fill_down:
        cells[needed] = cells[needed].mask(cells[needed] == "").ffill().fillna("")
    gone = {f"{name} is empty": cells[name] == "" for name in needed}
    gone["dyads left out by --without"] = cells[dyad].isin(answers.without)
    for why, rows in gone.items():
        account.leave_out(why, cells.index[rows[cells.index]])
        cells = cells[~rows[cells.index]]
    if cells.empty:
        raise InputError(f"No row of {sheet.name} has a dyad in the column {dyad!r}.")
    summary = cells[dyad].str.casefold().isin(_SUMMARIES)
    if summary.any() and not summary.all():
        name = cells.loc[summary, dyad].iloc[0]
        raise Question(
            f"{dyad} is {name!r} in {listed_rows(list(cells.index[summary]))}, which looks like a "
            f'summary and not a dyad. --without "{name}" leaves it out; rename it if it is a dyad.'
        )
    for role in ("dyad", "therapist", "person", "phase"):
        if (own := roles.get(role)) in cells:
            cells[own] = one_spelling(cells[own], str(own), answers.spellings, account.said)
    return cells


def _samples(
    cells: pd.DataFrame,
    sources: list[Source],
    columns: Mapping[str, str],
    answers: Answers,
    account: Account,
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Bring samples into one row each, of two persons and two phases in order."""
    long = long_rows(cells, sources, columns)
    chosen: dict[str, list[str]] = {"person": [], "phase": []}
    for what in chosen:
        if what not in long:
            continue
        if what not in columns:  # the names of columns say it
            long[what] = one_spelling(long[what], what, answers.spellings, account.said)
        found = list(dict.fromkeys(long[what]))
        declared: Sequence[str] = answers.persons
        if what == "phase":
            declared = [answers.phases[key] for key in ("pre", "post") if key in answers.phases]
        elif what not in columns and not declared and len(found) == 2 and sources[0].mapped:
            declared = found  # the order in which the map names them
        chosen[what] = order_of_two(found, what, declared)
        other = ~long[what].isin(chosen[what])
        if other.any():
            names = ", ".join(dict.fromkeys(long.loc[other, what]))
            used = set(long.loc[~other, "row"])  # by another of the row's columns
            account.leave_out(f"{what} {names}", set(long.loc[other, "row"]) - used)
        long = long[~other]
    return long.reset_index(drop=True), chosen["person"], chosen["phase"]


def _numbered(
    long: pd.DataFrame, marks: Format, answers: Answers, account: Account
) -> tuple[pd.DataFrame, dict[str, int], TimePoints]:
    """Give each session its whole number, and its time where the table has it."""
    read = time_points(
        long["session"], long["dyad"], marks, answers.sessions, "session", answers.dates
    )
    if read.said:
        account.said.append(read.said)
    number, time = read.time, read.time if read.are_times else None
    if read.first is not None:
        number = read.time.groupby(long["dyad"]).rank(method="dense")
    elif (number % 1 != 0).any() or (number < 0).any():
        time = number
        number = number.rank(method="dense")
        account.said.append(
            "The sessions are not whole numbers from 0 on, so they are numbered in order, and "
            "their own numbers kept as times."
        )
    else:
        account.suspect("the session", number.set_axis(long["row"]), of_design=True)
    if "time" in long and time is None and not (long["time"] == "").any():
        own = time_points(long["time"], long["dyad"], marks, answers.times, "time", answers.dates)
        pairs = pd.DataFrame({"dyad": long["dyad"], "session": number, "time": own.time})
        if pairs.groupby(["dyad", "session"])["time"].nunique().max() == 1:
            time, read = own.time, own
            account.said.append("Each session has the time of its rows.")
        else:
            account.said.append("Times differ within sessions, and are not those of the samples.")
    labels = dict(zip(long["session"].map(str), number.astype(int), strict=True))
    if (
        read.first is not None
        or len(labels) > 1000
        or all(label == f"{n}" for label, n in labels.items())
    ):
        labels = {}
    long = long.assign(session=number.astype("int64"))
    if time is not None:
        long = long.assign(session_time=time)
    return long, dict(sorted(labels.items(), key=itemgetter(1))), read


def _on_one_scale(
    samples: pd.DataFrame,
    ratings: pd.DataFrame,
    when: TimePoints,
    rated: TimePoints | None,
    account: Account,
) -> pd.DataFrame:
    """Let sessions have their times on the scale of those of the ratings, or none."""
    firsts = [one.first for one in (when, rated) if one is not None and one.first is not None]
    if rated is None or len(firsts) == 1 or len({when.unit, rated.unit} - {""}) > 1:
        account.said.append(
            "The times of sessions are left out, as those of ratings are on another scale."
        )
        return samples.drop(columns="session_time")
    if firsts:  # both are days since a dyad's first of their own
        apart = (firsts[0] - firsts[1]).dt.days.reindex(samples["dyad"]).fillna(0)
        samples = samples.assign(session_time=samples["session_time"] + apart.to_numpy())
    last = samples["dyad"].map(ratings.groupby("dyad")["time"].max())
    late = samples.loc[samples["session_time"] > last, ["dyad", "session"]].drop_duplicates()
    if n := len(late):
        are = "session is" if n == 1 else "sessions are"
        account.said.append(f"{n} {are} after the last rating of the dyad.")
    return samples


def _valued(
    long: pd.DataFrame, marks: Format, answers: Answers, account: Account
) -> tuple[pd.DataFrame, float | None]:
    """Read the signal, and put a value in the place of those below the limit."""
    numbers = _read(long, "signal", marks, account)
    value, below, limit = numbers["value"], numbers["below"], answers.limit
    account.suspect("the signal", value.set_axis(long["row"]), of_design=False)
    if below.any():
        texts = long.loc[below, "cell"].map(str)
        limits = sorted({found for text in texts.unique() if (found := marks.limit_in(text))})
        if limit is None and (len(limits) > 1 or not limits):
            shown = ", ".join(f"<{one:g}" for one in limits) or repr(texts.iloc[0])
            highest = f" (--limit {limits[-1]:g} takes the highest)" if limits else ""
            raise Question(
                f"{len(texts)} samples are below a limit of quantification ({shown}) that is not "
                f"one number. Which is it? --limit NUMBER{highest}"
            )
        limit = limits[0] if limit is None else limit
        if not (np.isfinite(limit) and limit > 0):
            raise InputError(f"The limit of quantification is {limit:g}; it must be above 0.")
        value = value.mask(below, float(f"{limit / np.sqrt(2):.6g}"))
        account.said.append(
            f"Samples below the limit of {limit:g}: {len(texts)}, each as {limit:g} / √2 = "
            f"{limit / np.sqrt(2):.6g}; the analysis can keep or omit them (below_loq)."
        )
    if not value.notna().any():
        raise InputError(
            "The signal has no value in any row. Where a workbook has formulas, open it in a "
            "spreadsheet and save it, which keeps their values."
        )
    low = sorted(set(long.loc[value <= 0, "row"]))
    if low:
        account.said.append(
            f"The signal is 0 or below in {listed_rows(low)}, so no logarithm is taken of it; a "
            "concentration has to be above 0."
        )
    long = long.drop(columns="cell").assign(signal=value)
    return long[value.notna()].reset_index(drop=True), limit


def _read(long: pd.DataFrame, role: str, marks: Format, account: Account) -> pd.DataFrame:
    """Read the cells of a long table, a column of the file at a time."""
    parts = []
    for name, part in long.groupby("column", sort=False):
        number = marks.read(part["cell"].set_axis(part["row"]).rename(str(name)))
        account.column(role, str(name), number)
        parts.append(number.set_axis(part.index))
    return pd.concat(parts).sort_index()


def _one_each(samples: pd.DataFrame, answers: Answers, account: Account) -> pd.DataFrame:
    """Bring repeated samples to one, if it was said how."""
    key = [name for name in ("dyad", "session", "person", "phase") if name in samples]
    twice = samples.duplicated(key, keep=False)
    how = answers.repeated
    if twice.any() and how is None:
        first = samples[twice].iloc[0]
        same = samples[(samples[key] == first[key]).all(axis=1)]
        where = ", ".join(f"{name} {first[name]}" for name in key)
        raise Question(
            f"There are {len(same)} samples of {where} ({listed_rows(list(same['row']))}). If they "
            "are repeated measurements: --repeated mean, or --repeated median. If they differ in "
            "something, name its column with --map, or delete the doubled rows."
        )
    if twice.any():
        once = samples[twice].drop_duplicates(key)
        whole = {name: "first" for name in samples if name not in key} | {"signal": how}
        samples = samples.groupby(key, sort=False, as_index=False).agg(whole)
        account.said.append(
            f"Measured more than once: {len(once)} samples, with {int(twice.sum())} values; each "
            f"has their {how}."
        )
    return samples


def _ratings(
    cells: pd.DataFrame,
    sources: list[Source],
    columns: Mapping[str, str],
    marks: Format,
    answers: Answers,
    persons: list[str],
    account: Account,
) -> tuple[pd.DataFrame | None, TimePoints | None, set[int]]:
    """Bring the outcome into one row per rating; also its times as read, and the rows used."""
    if not sources:
        return None, None, set()
    places = {role: columns[role] for role in ("dyad", "person") if role in columns}
    in_name = next((p for p in ("time", "phase", "session") if p in sources[0].says), None)
    column = columns.get("time", columns.get("session"))
    if in_name is None and column is not None:
        places["time"] = column
    long = long_rows(cells, sources, places)
    numbers = _read(long, "outcome", marks, account)
    account.suspect("the outcome", numbers["value"].set_axis(long["row"]), of_design=False)
    if numbers["below"].any():
        row = int(long.loc[numbers["below"], "row"].iloc[0])
        raise InputError(f"Row {row}: the outcome is below a limit; only a signal may be.")
    long = long.drop(columns="cell").assign(outcome=numbers["value"])
    long = long[long["outcome"].notna()].reset_index(drop=True)
    if long.empty:
        names = ", ".join(source.column for source in sources)
        raise InputError(f"The outcome ({names}) has no value in any row.")
    if in_name is not None:
        long["time"] = long[in_name]
    one_each = long.groupby("dyad")["outcome"].nunique().max() <= 1
    known = "time" in long and (in_name or long.groupby("dyad")["time"].nunique().max() <= 1)
    if answers.outcome_is in ("change", "improvement"):
        return _change_scores(long, one_each, account), None, set(long["row"])
    if "time" not in long or (one_each and not known and answers.outcome_is is None):
        name = sources[0].column
        alike = [one for one in cells if str(one).startswith(name.rstrip("0123456789"))]
        several = f' Columns of several times are --map "outcome={name}_{{time}}".'
        option = (
            "" if "time" not in long else "; if it was rated anew each time: --outcome-is ratings"
        )
        raise Question(
            f"{name} has one value per dyad, which tells no course. If it is a change score: "
            "--outcome-is improvement (positive is better), or --outcome-is change (later minus "
            f"earlier, with --better){option}." + (proposal("outcome", alike) or several)
        )
    long = long[long["time"] != ""]
    read = time_points(long["time"], long["dyad"], marks, answers.times, "time", answers.dates)
    long = long.assign(time=read.time)
    account.said += [read.said] if read.said else []
    account.suspect("the time", long.set_index("row")["time"], of_design=True)
    at = ["dyad", "time"]
    if "person" in long and long.groupby(at)["outcome"].nunique().max() > 1 >= (
        long.groupby([*at, "person"])["outcome"].nunique().max()
    ):
        _check_of(answers.of, persons, sources[0].column)
        long = long[long["person"] == answers.of]
        account.said.append(f"The outcome is that of {answers.of}.")
    distinct = long.drop_duplicates([*at, "outcome"])
    twice = distinct.duplicated(at, keep=False)
    if twice.any():
        one = distinct[twice].iloc[0]
        same = distinct[(distinct["dyad"] == one["dyad"]) & (distinct["time"] == one["time"])]
        raise InputError(
            f"The dyad {one['dyad']} has {len(same)} different ratings at the time "
            f"{one['time']:g} ({listed_rows(list(same['row']))}). Name the column of their time: "
            "--map time=COLUMN."
        )
    return distinct[["dyad", "time", "outcome"]], read, set(long["row"])


def _change_scores(long: pd.DataFrame, one_each: bool, account: Account) -> pd.DataFrame:
    """Write a change over the treatment as a course from 0 to the change."""
    if not one_each:
        changed = long.groupby("dyad")["outcome"].nunique()
        raise InputError(
            f"The outcome is no change score: the dyad {changed.idxmax()} has {changed.max()} "
            "different values."
        )
    last = long.drop_duplicates("dyad").assign(time=1.0)
    account.said.append("The outcome is a change score: a course from 0 (time 0) to it (time 1).")
    both = pd.concat([last.assign(time=0.0, outcome=0.0), last])
    return both[["dyad", "time", "outcome"]]


def _check_of(of: str | None, persons: list[str], column: str) -> None:
    """Ask whose value is meant, where persons differ."""
    if of is None or of not in persons:
        options = " or ".join(f"--of {one}" for one in persons)
        raise Question(f"{column} differs between the two persons. Whose is meant? {options}")


def _dyads(
    cells: pd.DataFrame,
    roles: Mapping[str, str],
    measured: set[str],
    marks: Format,
    answers: Answers,
    account: Account,
) -> pd.DataFrame:
    """One row per dyad: the cause, what dyads share, and what else a dyad has one value of."""
    dyad = cells[roles["dyad"]]
    shared = {roles[role]: role for role in ("cause", "therapist") if role in roles}
    used = measured | {roles[role] for role in (*_IDENTIFIERS, "time") if role in roles}
    table = pd.DataFrame(index=dyad.unique())
    unused = []
    for name in cells:
        if name in used and name not in shared:
            continue
        role = shared.get(name, "own")
        given = cells.loc[cells[name] != "", name]
        counts = given.groupby(dyad).nunique()
        if role == "cause" and "person" in roles and counts.max() > 1:
            person = cells[roles["person"]]
            if given.groupby([dyad, person]).nunique().max() <= 1:
                _check_of(answers.of, list(dict.fromkeys(person)), name)
                account.said.append(f"{name} is that of {answers.of}.")
                given = given[person == answers.of]
                counts = given.groupby(dyad).nunique()
        if len(given) == 0 or (role == "own" and counts.max() > 1):
            unused.append(name)
            continue
        if counts.max() > 1:
            which = counts.idxmax()
            rows = given[dyad[given.index] == which].drop_duplicates()
            shown = " and ".join(f"{value} (row {row})" for row, value in rows[:3].items())
            raise InputError(
                f"The column {name!r} has the role {role}, of which a dyad has one value, but "
                f"{which} has {shown}; make them one."
            )
        own = given[~dyad[given.index].duplicated()]  # the first row of each dyad that has one
        if role != "therapist":
            own = _values_of_dyads(own, role, marks, account, len(table) - len(own))
        table[name] = own.set_axis(dyad[own.index])
    if unused:
        account.said.append(f"Columns not used: {', '.join(unused)}.")
    return table


def _values_of_dyads(
    own: pd.Series, role: str, marks: Format, account: Account, empty: int
) -> pd.Series:
    """Read a column that dyads have one value of: numbers, or words."""
    try:
        number = marks.read(own)
        if number["below"].any():
            raise InputError(f"{own.name} has values below a limit; only a signal may.")
    except InputError:
        if role == "cause":
            raise
        texts = own.map(str)
        missing = texts.where(texts.map(marks.is_missing))
        words = texts.where(missing.isna(), None).astype(object)
        number = pd.DataFrame({"value": words, "missing": missing, "below": False})
    else:
        account.suspect(str(own.name), number["value"], of_design=False)
    account.column(role, str(own.name), number, empty)
    return number["value"]


def _ask_about_codes(account: Account, answers: Answers) -> None:
    """Ask whether values that look like codes of missing ones are that."""
    if not account.suspects or "none" in answers.missing:
        return
    codes = dict.fromkeys(f"{code:g}" for _, code in account.suspects)
    found = "; ".join(text for text, _ in account.suspects)
    raise Question(
        f"{found[:1].upper()}{found[1:]}. Does that mean a missing value? If so, "
        f"--missing={','.join((*answers.missing, *codes))}; if these are values, "
        f"--missing={','.join((*answers.missing, 'none'))}"
    )
