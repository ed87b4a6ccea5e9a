"""Build the book."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from dyadsync.cli.endings import FAILED, ended_whole, sentences

__all__ = ["build"]


@click.command()
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give a parameter another value; see chapters/parameters.yml. Repeatable.",
)
@click.option(
    "--parameters",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read parameters from a YAML file; --set beats it.",
)
@click.option(
    "--profile",
    type=click.Choice(["quick", "paper"]),
    default="paper",
    show_default=True,
    help="How much computing: quick for a look, paper for the numbers.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Build the report of this data package, into _report, instead of the book.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Build here instead of in _build or _report.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many notebooks run at once; by default one a core, at most four.",
)
def build(
    settings: tuple[str, ...],
    parameters: Path | None,
    profile: str,
    data: Path | None,
    output: Path | None,
    jobs: int | None,
) -> None:
    """Build the book; with --data, the report of that study. Only what has changed runs again."""
    with sentences(), ended_whole():
        from dyadsync.cli.report import build_report
        from millbook.adapter import AdapterError
        from millbook.build import build_book
        from millbook.tasks import BuildError

        given: dict[str, Any] = {
            "settings": settings,
            "parameters": parameters,
            "profile": profile,
            "output": output,
            "jobs": jobs,
            "warn": lambda sentence: click.echo(sentence, err=True),
        }
        try:
            if data is None:
                project = build_book(Path.cwd(), **given)
            else:
                project = build_report(Path.cwd(), data, **given)
        except (AdapterError, BuildError) as error:
            click.echo(str(error), err=True)
            sys.exit(FAILED)
        what = "book" if data is None else "report"
        click.echo(f"The {what} is in {project.html / 'index.html'}")
        if words := project.adapter.last_words(project.results):
            click.echo(f"\n{words}")
