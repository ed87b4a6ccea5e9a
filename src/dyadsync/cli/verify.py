"""Make a build again and compare."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dyadsync.cli.endings import FAILED, ended_whole, sentences

__all__ = ["verify"]


@click.command()
@click.argument(
    "directory", type=click.Path(path_type=Path), metavar="[DIR]", required=False, default=None
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The data package that the build was made from, if not the shipped one.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="As for build.")
def verify(directory: Path | None, data: Path | None, jobs: int | None) -> None:
    """Make a build again, elsewhere, and compare every file and number with it."""
    with sentences(), ended_whole():
        from dyadsync.book.tasks import BuildError
        from dyadsync.book.verify import verify_build

        try:
            found = verify_build(Path.cwd(), directory, data=data, jobs=jobs)
        except BuildError as error:
            click.echo(str(error), err=True)
            sys.exit(FAILED)
        click.echo(found.in_words())
        if not found.holds:
            sys.exit(FAILED)
