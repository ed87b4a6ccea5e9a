"""Build the book."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dyadsync.cli import options
from dyadsync.cli.endings import ended_whole, sentences, warn


@click.command()
@options.settings("NAME=VALUE", "Give a parameter another value; see chapters/parameters.yml.")
@options.path(
    "--parameters", metavar="FILE", help="Read parameters from a YAML file; --set beats it."
)
@options.profile
@options.path(
    "--data", help="Build the report of this data package, into _report, instead of the book."
)
@options.path("--output", help="Build here instead of in _build or _report.")
@options.build_jobs
def build(data: Path | None, **chosen: Any) -> None:
    """Build the book; with --data, the report of that study. Only what has changed runs again."""
    with sentences(), ended_whole():
        from dyadsync.cli import report

        project = report.build(data, warn=warn, **chosen)
        what = "book" if data is None else "report"
        click.echo(f"The {what} is in {project.html / 'index.html'}")
        if words := project.ask("last_words", "", project.results):
            click.echo(f"\n{words}")
