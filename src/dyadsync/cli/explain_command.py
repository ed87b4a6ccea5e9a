"""Say where a number of the book comes from."""

from __future__ import annotations

from pathlib import Path

import click

from dyadsync.cli import options
from dyadsync.cli.endings import sentences

_LINES = 10


@click.command(context_settings={"ignore_unknown_options": True})  # -1.21 is no option
@click.argument("what", metavar="NUMBER|NAME")
@options.path("--build", "directory", help="The build to ask; by default _build.")
@click.option("--all", "whole", is_flag=True, help="Say all of it, not only the first ten.")
def explain(what: str, directory: Path | None, whole: bool) -> None:
    """Say where a number comes from, as -1.21, or the numbers of a claim (a, b, c) or a result.

    That is its chapter, cell and expression, the code that made it, and the parameters, data and
    package behind it; of the likeliest place at length, of the others a line each.
    """
    with sentences():
        from millbook.evidence.explain import find_origins, made_from
        from millbook.evidence.manifest import open_build

        project = open_build(Path.cwd(), directory)
        first, *others = find_origins(project, what)
        click.echo(first.in_words() + "\n")
        shown = others if whole else others[: _LINES - 1]
        for origin in shown:
            click.echo(origin.in_words() + "\n" if whole else origin.in_a_line())
        if len(others) > len(shown):
            click.echo(f"... and {len(others) - len(shown)} more; see them with --all")
        click.echo(("\n" if others and not whole else "") + made_from(project))
