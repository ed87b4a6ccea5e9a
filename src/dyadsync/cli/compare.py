"""Compare two builds."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dyadsync.cli.endings import FAILED, sentences

__all__ = ["compare"]


@click.command()
@click.argument("before", type=click.Path(path_type=Path), metavar="A")
@click.argument("after", type=click.Path(path_type=Path), metavar="B")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write all of it as a page here, with the figures in pairs.",
)
def compare(before: Path, after: Path, output: Path | None) -> None:
    """Say what differs between two builds: verdicts first, then numbers, figures and sources.

    A and B are folders of builds, such as _build. A number's change is given in its own standard
    errors. Exit code 0 if verdicts, numbers, parameters, data and figures are the same, 1 if not.
    """
    with sentences():
        from millbook.evidence.compare import compare_builds
        from millbook.evidence.compare_page import write_comparison

        found = compare_builds(before, after)
        click.echo(found.in_words())
        if output is not None:
            page = write_comparison(found, (str(before), str(after)), output)
            click.echo(f"The comparison is in {page}")
        if not found.same:
            sys.exit(FAILED)
