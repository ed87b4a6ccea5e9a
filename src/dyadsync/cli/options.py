"""Options of commands that compute for long: where the table goes, and who works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["built_from", "credit", "jobs", "scheduler", "seed", "table_file"]

seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=20210101,
    show_default=True,
    metavar="N",
    help="Seed of all random numbers.",
)
table_file = click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the whole table here: .parquet or .csv.",
)
scheduler = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Let the workers of this Dask scheduler run it, such as tcp://127.0.0.1:8786.",
)
jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many processes work on this machine; by default one a core.",
)


def credit(command: Callable[..., Any]) -> Callable[..., Any]:
    """Ask under what a study will be published."""
    for name, metavar, text in (
        ("--paper", "DOI", "The paper that the study belongs to."),
        ("--licence", "NAME", "The licence of data and report, such as CC-BY-4.0."),
        ("--title", "TEXT", "The title of the study."),
    ):
        command = click.option(name, metavar=metavar, default="", help=text)(command)
    return click.option(
        "--author",
        "authors",
        multiple=True,
        metavar="FAMILY,GIVEN[,ORCID]",
        help="Who is to be cited. Repeatable.",
    )(command)


def built_from(data: Path | None) -> Path:
    """Tell which notebooks a build is made of: the report's where other data are given."""
    if data is None:
        return Path.cwd()
    from dyadsync.cli.report import report_folder

    return report_folder(Path.cwd())
