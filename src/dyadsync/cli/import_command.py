"""Make a data package from a table."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from dyadsync.cli import options
from dyadsync.cli.endings import sentences
from dyadsync.cli.options import FILL_IN, credit
from dyadsync.errors import InputError


@click.command("import")
@click.argument("table", type=click.Path(path_type=Path), metavar="TABLE")
@click.option(
    "--map",
    "settings",
    multiple=True,
    metavar="ROLE=COLUMN",
    help="Which column has a role: dyad session person phase signal therapist cause time outcome. "
    "{session} {person} {phase} {time} in a column's name stand for what is there: "
    "signal=T{session}_{phase}_{person}. A column with another name for each: PERSON.PHASE=COLUMN "
    "(PERSON.=COLUMN without phases, .PHASE=COLUMN with the person in the rows). Repeatable.",
)
@options.path(
    "--output", help="Where the package goes; by default a folder named as the table, beside it."
)
@click.option("--dry-run", is_flag=True, help="Show the receipt and write nothing.")
@click.option("--signal", default="", help="What the signal is called; by default as its column.")
@click.option("--unit", default="", help="The unit of the signal.")
@options.better
@options.choice("--decimal", [".", ","], "The decimal mark.")
@options.choice("--thousands", [",", ".", " ", "'", "none"], "What groups thousands.")
@click.option(
    "--missing",
    multiple=True,
    metavar="CODE,...",
    help="Codes of missing values, such as --missing=-99,999; none: there are no (other) codes.",
)
@click.option("--limit", type=float, help="The limit of quantification, for cells such as < LOD.")
@click.option("--below", multiple=True, metavar="MARK", help="Another mark of a value below it.")
@click.option("--person", "persons", metavar="FIRST,SECOND", help="The two persons, in order.")
@click.option("--phase", "phases", metavar="pre=X,post=Y", help="The two phases.")
@click.option("--session", "sessions", metavar="NAME=N,...", help="Numbers of sessions.")
@click.option("--time", "times", metavar="NAME=N,...", help="Times of ratings.")
@options.choice("--dates", ["dmy", "mdy", "ymd"], "The order of a date.")
@click.option("--of", metavar="PERSON", help="Whose cause and outcome, where persons differ.")
@options.choice(
    "--spellings", ["same", "different"], "Whether names that differ in spelling only are the same."
)
@options.choice(
    "--repeated",
    ["mean", "median"],
    "What stands for several samples of one person, session and phase.",
)
@options.choice(
    "--outcome-is", ["improvement", "change", "ratings"], "Whether the outcome is a change score."
)
@click.option(
    "--fill-down/--no-fill-down", default=None, help="Whether empty identifiers are as above them."
)
@click.option("--without", multiple=True, metavar="DYAD", help="Leave a dyad out. Repeatable.")
@click.option("--sheet", help="The sheet of a workbook.")
@click.option("--separator", metavar="CHARACTER", help="What stands between columns, or tab.")
@click.option("--encoding", metavar="NAME", help="The encoding of its letters, such as cp1252.")
@credit
def import_(
    table: Path, settings: tuple[str, ...], output: Path | None, dry_run: bool, **options: Any
) -> None:
    """Make a data package from one table of any layout, and account for each row of it.

    Reads text (CSV), workbooks (.xlsx .xls .ods), SPSS (.sav) and Stata files (.dta). Where the
    table can be read in two ways, asks which is meant, and ends with exit code 2. Outcomes that
    stand in a table of their own are added to this one first, a column for each time; tables of
    one person each are put below one another, with a column that says whose a row is.
    """
    with sentences():
        from dyadsync.importing.answers import Answers
        from dyadsync.importing.layout import read_map
        from dyadsync.importing.package import import_table
        from dyadsync.importing.receipt import receipt_in_words

        options["missing"] = _listed(options["missing"])
        options["persons"] = _listed((options["persons"],) if options["persons"] else ())
        if len(options["persons"]) not in (0, 2):
            raise InputError("--person must be two names, such as mother,child.")
        options["phases"] = _pairs("phase", options["phases"])
        if options["phases"] and set(options["phases"]) != {"pre", "post"}:
            raise InputError("--phase must be of the form pre=BEFORE,post=AFTER.")
        for name in ("sessions", "times"):
            option = name.removesuffix("s")
            options[name] = {
                key: _number(option, value) for key, value in _pairs(option, options[name]).items()
            }
        if options["separator"] in ("tab", "\\t"):
            options["separator"] = "\t"
        if options["separator"] is not None and len(options["separator"]) != 1:
            raise InputError("--separator must be one character, or tab.")
        folder = output or table.parent / table.stem
        if folder == table and table.is_file():
            raise InputError(f"Say with --output where the package goes, as {table} is the table.")
        done = import_table(table, read_map(settings), folder, Answers(**options), dry_run=dry_run)
        click.echo(receipt_in_words(done.receipt))
        command = done.receipt["command"].replace(
            shlex.quote(table.name), shlex.quote(str(table)), 1
        )
        if output is not None:
            command += f" --output {shlex.quote(str(output))}"
        click.echo(f"The same again:\n  {command}")
        if dry_run:
            click.echo("Nothing is written (--dry-run).")
            return
        click.echo(f"The package is in {folder}; the receipt is in its import.json.")
        click.echo(FILL_IN)


def _listed(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())


def _pairs(option: str, text: str | None) -> Mapping[str, str]:
    found = {}
    for part in _listed((text,) if text else ()):
        name, equals, value = part.rpartition("=") if option != "phase" else part.partition("=")
        if not (name.strip() and equals and value.strip()):
            raise InputError(f"--{option} {text!r} must be of the form NAME=VALUE,NAME=VALUE.")
        found[name.strip()] = value.strip()
    return found


def _number(option: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"--{option}: {text!r} must be a number.")
    return number
