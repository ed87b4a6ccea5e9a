"""Begin a study of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
@options.count("--dyads", None, most=500, default=12, to="n_dyads")
@options.count("--sessions", None, least=2, most=200, default=6, to="n_sessions")
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
    persons: str,
    authors: tuple[str, ...],
    licence: str,
    paper: str,
    **named: Any,
) -> None:
    """Write a small data package of made-up values, to be replaced by one's own."""
    with sentences():
        from dyadsync.study.template import new_package
        from dyadsync.study.writing import credits_of

        first, comma, second = (part.strip() for part in persons.partition(","))
        if not (first and comma and second):
            raise InputError(f"--persons {persons!r} must be two names, such as mother,child.")
        says = credits_of(authors, licence, paper)
        new_package(directory, persons=(first, second), says=says, **named)
        click.echo(
            f"A package of made-up values is in {directory}; its README.md says what to replace."
        )
        click.echo(FILL_IN)
