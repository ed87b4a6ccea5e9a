"""Check a data package."""

from __future__ import annotations

from pathlib import Path

import click

from dyadsync.cli.endings import sentences

__all__ = ["check"]


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
def check(directory: Path) -> None:
    """Check a data package: name file, row, column and rule of all that is wrong."""
    with sentences():
        from dyadsync.study.load import check_study
        from dyadsync.study.problems import DataError

        problems = check_study(directory)
        if problems:
            raise DataError(problems)
        click.echo(f"{directory}: nothing is wrong.")
