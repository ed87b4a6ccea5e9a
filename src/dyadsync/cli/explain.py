"""Say where a number of the book comes from."""

from __future__ import annotations

from pathlib import Path

import click

from dyadsync.cli.endings import sentences

__all__ = ["explain"]


@click.command(context_settings={"ignore_unknown_options": True})  # -1.21 is no option
@click.argument("what", metavar="NUMBER|CLAIM")
@click.option(
    "--build",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The build to ask; by default _build.",
)
def explain(what: str, directory: Path | None) -> None:
    """Say where a number comes from, as -1.21, or all numbers of a claim: a, b or c.

    That is its chapter, cell and expression, the code that made it, and the parameters, data and
    package behind it.
    """
    with sentences():
        from millbook.evidence.explain import Explainer
        from millbook.evidence.manifest import open_build

        explainer = Explainer(open_build(Path.cwd(), directory))
        claim = what.strip("() ").lower()
        ways = explainer.of_claim(claim) if claim.isalpha() else explainer.of_number(what)
        for way in ways:
            click.echo(way.in_words() + "\n")
        click.echo(explainer.made_from())
