"""The receipt of an import: what became of every row and column of the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.importing.answers import Answers
from dyadsync.importing.contents import Contents
from dyadsync.importing.sheet import SEPARATORS, Sheet

RECEIPT = "import.json"
_SHOWN = 40  # columns and sessions; import.json has all of them


def receipt_of(
    sheet: Sheet, found: Contents, answers: Answers, digest: str, command: str
) -> dict[str, Any]:
    """Gather what a table was taken for, and what was left out of it."""
    account, samples = found.account, found.samples
    left = {row for one in account.left_out for row in one["rows"]}
    read = len(sheet.cells) + len(sheet.empty)
    dialect: dict[str, Any] = {**sheet.dialect, "decimalChar": found.marks.decimal}
    dialect |= {"groupChar": found.marks.thousands} if found.marks.thousands else {}
    dialect["missingValues"] = [code for code in answers.missing if code != "none"]
    times = pd.Series(dtype=float) if found.ratings is None else found.ratings["time"]
    return {
        "file": sheet.name,
        "sha256": digest,
        "command": command,
        "dialect": dialect,
        "rows": {"read": read, "used": read - len(left)},
        "left out": [{**one, "rows": _ranges(one["rows"])} for one in account.left_out],
        "dyads": len(found.dyads),
        "samples": len(samples),
        "persons": found.persons,
        "phases": found.phases,
        "sessions": found.sessions or sorted(samples["session"].unique().tolist()),
        "ratings": len(times),
        "times": [] if times.empty else [float(times.min()), float(times.max())],
        "columns": account.columns,
        "said": account.said,
    }


def _ranges(rows: list[int]) -> str:
    """Write rows as ranges, such as 2-4, 9."""
    parts: list[list[int]] = []
    for row in rows:
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in parts)


def receipt_in_words(receipt: dict[str, Any]) -> str:
    """Show a receipt as text."""
    dialect, rows = receipt["dialect"], receipt["rows"]
    grouped = f"thousands mark {dialect['groupChar']!r}" if "groupChar" in dialect else ""
    marks = f"decimal mark {dialect['decimalChar']!r}, {grouped or 'no thousands mark'}"
    form = [dialect[name] for name in ("encoding", "sheetName", "format") if name in dialect]
    if "delimiter" in dialect:
        form.append(f"separated by {SEPARATORS.get(dialect['delimiter'], dialect['delimiter'])}")
    if "headerRows" in dialect:
        form.append(f"names in row {dialect['headerRows'][0]}")
    sessions = receipt["sessions"]
    shown = (
        [f"{label} = {number}" for label, number in sessions.items()]
        if isinstance(sessions, dict)
        else [str(number) for number in sessions]
    )
    more = f" ... {shown[-1]} ({len(shown)} in all)" if len(shown) > _SHOWN else ""
    period = " at times {:g} to {:g}".format(*receipt["times"]) if receipt["times"] else ""
    lines = [
        f"{receipt['file']}: {rows['read']} rows read, {rows['used']} used.",
        f"  format    {', '.join([*form, marks])}",
        f"  dyads     {receipt['dyads']}",
        f"  persons   {', '.join(receipt['persons'])}",
        f"  phases    {', '.join(receipt['phases']) or 'none: one value per person and session'}",
        f"  sessions  {', '.join(shown[:_SHOWN])}{more}",
        f"  samples   {receipt['samples']}",
        f"  ratings   {receipt['ratings']}{period}",
    ]
    if receipt["left out"]:
        lines.append("Left out:")
        for one in receipt["left out"]:
            several = "" if one["rows"].isdecimal() else "s"
            lines.append(f"  row{several} {one['rows']}: {one['why']}")
    table = [
        {
            **{key: "" if value is None else value for key, value in one.items()},
            "missing": ", ".join(f"{code}: {n}" for code, n in one["missing"].items()) or "0",
        }
        for one in receipt["columns"][:_SHOWN]
    ]
    frame = pd.DataFrame(table).fillna("")
    if not any(frame["below limit"]):
        frame = frame.drop(columns="below limit")
    lines.append(frame.to_string(index=False))
    if len(receipt["columns"]) > _SHOWN:
        lines.append(f"... and {len(receipt['columns']) - _SHOWN} more columns in {RECEIPT}.")
    return "\n".join([*lines, *receipt["said"]])


def contents(rows: pd.DataFrame) -> dict[str, Any]:
    """Sum up a table of a package, so that a change of it shows."""
    found: dict[str, Any] = {"rows": len(rows)}
    for name in rows:
        column = rows[name]
        given = column[column.notna() & (column.astype("str") != "")]
        if given.empty:
            found[str(name)] = [0]
            continue
        try:
            numbers = given.astype(float)
            ends = (numbers.min(), numbers.median(), numbers.max())
            found[str(name)] = [len(given), *(float(f"{end:.10g}") for end in ends)]
        except (ValueError, TypeError):
            found[str(name)] = [len(given), int(given.nunique())]
    return found


def departures(folder: Path) -> list[str]:
    """Say how a package differs from the receipt of its import; nothing if it has none."""
    try:
        receipt = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
        known = dict(receipt["package"])
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{RECEIPT} is no receipt of an import; delete it or import again."]
    found = []
    for file, before in known.items():
        try:
            rows = pd.read_csv(folder / file, dtype="str", keep_default_na=False)
        except (OSError, ValueError):
            found.append(f"{file} is not as it was imported: it cannot be read.")
            continue
        now = contents(rows)
        found += [
            f"{file} is not as it was imported: {name} was {was} and is {now.get(name)}."
            for name, was in before.items()
            if now.get(name) != was
        ]
    return found
