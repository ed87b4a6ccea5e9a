"""Build the book."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dyadsync.cli.endings import FAILED, ended_whole, sentences

if TYPE_CHECKING:
    from dyadsync.claims.verdict import Claim

__all__ = ["build", "claims_as_text"]


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
    help="Use this data package instead of the shipped one.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Build here instead of in _build.",
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
    """Build the book, running again only what has changed."""
    with sentences(), ended_whole():
        from dyadsync.claims.published import read_claims
        from dyadsync.study.words import words_of
        from millbook.build import build_book
        from millbook.tasks import BuildError

        try:
            project = build_book(
                Path.cwd(),
                settings=settings,
                parameters=parameters,
                profile=profile,
                data=data,
                output=output,
                jobs=jobs,
                tell=lambda sentence: click.echo(sentence, err=True),
            )
        except BuildError as error:
            click.echo(str(error), err=True)
            sys.exit(FAILED)
        click.echo(f"The book is in {project.html / 'index.html'}")
        claims = read_claims(project.results, words_of(project.layout))
        if claims:
            click.echo("\n" + claims_as_text(claims))


def claims_as_text(claims: list[Claim]) -> str:
    """Lay claims out for a terminal, the paper's order, columns aligned."""
    from dyadsync.claims.verdict import agreements

    rows = [("Claim", "Method", "Estimate", "Interval", "Verdict")]
    for one in agreements(claims):
        claim = one.main
        verdict: str = claim.verdict
        if claim.reason:
            rows.append((f"({claim.id})", claim.method, "–", "–", claim.verdict_in_words))
            continue
        if one.n_methods > 1:
            verdict += f", as by {one.in_words()}"
        interval = f"{claim.ci_lower:.2f} to {claim.ci_upper:.2f}"
        rows.append((f"({claim.id})", claim.method, f"{claim.estimate:.2f}", interval, verdict))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
