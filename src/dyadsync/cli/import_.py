"""Make a data package from a table."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dyadsync.cli.endings import BAD_INPUT, sentences

__all__ = ["import_"]


@click.command("import")
@click.argument("table", type=click.Path(path_type=Path), metavar="CSV")
@click.option(
    "--map",
    "settings",
    multiple=True,
    metavar="ROLE=COLUMN",
    help="Which column has a role: dyad session person phase signal therapist cause time outcome. "
    "In a wide table PERSON.PHASE=COLUMN, where {session} in the column's name is its number. "
    "Repeatable.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the package goes; by default a folder named as the table, beside it.",
)
@click.option("--signal", help="What the signal is called; by default as its column.")
@click.option("--unit", default="", help="The unit of the signal.")
@click.option(
    "--better",
    type=click.Choice(["lower", "higher"]),
    default="lower",
    show_default=True,
    help="Which outcome is the better one.",
)
def import_(
    table: Path,
    settings: tuple[str, ...],
    output: Path | None,
    signal: str | None,
    unit: str,
    better: str,
) -> None:
    """Make a data package from one CSV file, wide or long, and say what was inferred."""
    with sentences():
        from dyadsync.study.importing import import_table, read_map
        from dyadsync.study.load import check_study
        from dyadsync.study.problems import format_problems

        folder = output or table.with_suffix("")
        said = import_table(
            table, read_map(settings), folder, signal=signal, unit=unit, better=better
        )
        click.echo("\n".join(said))
        click.echo(f"The package is in {folder}.")
        if problems := check_study(folder):
            click.echo(format_problems(problems), err=True)
            sys.exit(BAD_INPUT)
