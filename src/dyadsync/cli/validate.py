"""Compute on public data what others published on them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from dyadsync.cli.endings import FAILED, sentences

__all__ = ["validate"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _file(name: str, words: str) -> Callable[[_Command], _Command]:
    return click.option(
        f"--{name}", type=click.Path(path_type=Path), metavar="FILE", help=f"A CSV of {words}."
    )


@click.command()
@_file("bsg", "robmed::BSG2014")
@_file("framing", "mediation::framing")
@_file("jobs", "mediation::jobs")
@_file("leerkes", "WRS2::Leerkes")
def validate(**files: Path | None) -> None:
    """Compute on public data what R and others gave on them, and compare.

    The data are in R packages; write them by write.csv in R and point at the files.
    """
    with sentences():
        from dyadsync.errors import InputError
        from dyadsync.public_data import compare_public, in_words

        given = {name: path for name, path in files.items() if path is not None}
        if not given:
            raise InputError("Give at least one file: --bsg, --framing, --jobs or --leerkes.")
        table = compare_public(given)
        click.echo(in_words(table))
        if not table["ok"].all():
            sys.exit(FAILED)
