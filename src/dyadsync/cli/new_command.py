"""Begin a study of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from dyadsync.cli import options
from dyadsync.cli.endings import sentences
from dyadsync.cli.options import FILL_IN, credit
from dyadsync.errors import InputError


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--signal", default="oxytocin", show_default=True, help="What is sampled.")
@click.option(
    "--unit",
    default="pg/mL",
    show_default=True,
    help='Its unit; "" for a signal that may be negative.',
)
@click.option(
    "--persons",
    default="patient,therapist",
    show_default=True,
    metavar="FIRST,SECOND",
    help="The two persons of a dyad.",
)
@click.option("--dyads", type=click.IntRange(1, 500), default=12, show_default=True, metavar="N")
@click.option("--sessions", type=click.IntRange(2, 200), default=6, show_default=True, metavar="N")
@click.option(
    "--cause",
    default="social impairment",
    show_default=True,
    help="What the supposed chain begins with; higher values are worse.",
)
@click.option("--outcome", default="symptoms", show_default=True, help="What is hoped to change.")
@options.better
@click.option("--groups", metavar="NAME", help="What several dyads share, such as therapist.")
@credit
def new(
    directory: Path,
    signal: str,
    unit: str,
    persons: str,
    dyads: int,
    sessions: int,
    cause: str,
    outcome: str,
    better: str,
    groups: str | None,
    title: str,
    authors: tuple[str, ...],
    licence: str,
    paper: str,
) -> None:
    """Write a small data package of made-up values, to be replaced by one's own."""
    with sentences():
        from dyadsync.study.template import new_package
        from dyadsync.study.writing import credits_of

        first, comma, second = (part.strip() for part in persons.partition(","))
        if not (first and comma and second):
            raise InputError(f"--persons {persons!r} must be two names, such as mother,child.")
        new_package(
            directory,
            signal=signal,
            unit=unit,
            persons=(first, second),
            n_dyads=dyads,
            n_sessions=sessions,
            cause=cause,
            outcome=outcome,
            better=better,
            groups=groups,
            title=title,
            says=credits_of(authors, licence, paper),
        )
        click.echo(
            f"A package of made-up values is in {directory}; its README.md says what to replace."
        )
        click.echo(FILL_IN)
