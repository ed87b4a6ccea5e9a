"""Run every defensible analysis."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from dyadsync.cli import options
from dyadsync.cli.endings import ended_orderly, sentences
from dyadsync.errors import InputError


@click.command()
@options.path(
    "--data", default=Path("data"), show_default=True, help="The data package that is analysed."
)
@options.settings(
    "CHOICE=A,B",
    "Take only these options of a choice; all of them otherwise, but missing=imputed and "
    "method=mixed only where they are named.",
)
@options.count(
    "--draws", "Draws or resamples of each analysis.", least=100, default=2000, to="n_draws"
)
@options.seed
@options.table_file
@options.scheduler
@options.jobs
def multiverse(data: Path, settings: tuple[str, ...], output: Path | None, **chosen: Any) -> None:
    """Run every defensible analysis and say how often the claims hold."""
    with sentences(), ended_orderly():
        from dyadsync.scrutiny.multiverse.file import check_output, write_multiverse
        from dyadsync.scrutiny.multiverse.run import run_multiverse
        from dyadsync.scrutiny.multiverse.specifications import specifications
        from dyadsync.study.load import load_study

        if output is not None:
            check_output(output)
        choices = {
            name: [option.strip() for option in text.split(",") if option.strip()]
            for name, text in options.pairs(settings, "CHOICE=A,B")
        }
        study = load_study(data)
        specs = specifications(study, **choices)
        if not len(specs):
            raise InputError("No combination of these options has a meaning; allow more of them.")
        with click.progressbar(
            length=len(specs), label=f"{len(specs):,} analyses", file=sys.stderr
        ) as bar:
            result = run_multiverse(study, specs, progress=bar.update, **chosen)
        click.echo(result.in_words())
        if output is not None:
            write_multiverse(result, study, output)
            click.echo(f"The table is in {output}, how it was made in {output}.json.")
