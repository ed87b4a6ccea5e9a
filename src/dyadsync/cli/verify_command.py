"""Make a build again and compare; or compare its numbers with the published ones."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dyadsync.cli import options
from dyadsync.cli.endings import FAILED, ended_whole, sentences
from dyadsync.errors import InputError

_SHOWN = 50


@click.command()
@click.argument(
    "directory", type=click.Path(path_type=Path), metavar="[DIR]", required=False, default=None
)
@options.path("--data", help="The data package whose report the build is, if it is not the book.")
@click.option(
    "--published",
    is_flag=True,
    help="Only compare the build's numbers with the published ones; make nothing again.",
)
@click.option(
    "--accept",
    metavar="WHY",
    help="Bring the build up to date and publish its numbers; WHY is written beside them.",
)
@options.build_jobs
def verify(
    directory: Path | None, data: Path | None, published: bool, accept: str | None, jobs: int | None
) -> None:
    """Make a build again, elsewhere, and compare every file and number with it.

    On the platform that it was made on every byte has to be the same, on another every number,
    within a stated tolerance.
    """
    with sentences(), ended_whole():
        if accept is not None and (published or directory or data):
            raise InputError("--accept takes the book's own build; give neither DIR nor options.")
        if accept is not None:
            _accept(accept, jobs)
        elif published:
            _compare_with_published(directory, data)
        else:
            _make_again(directory, data, jobs)


def _make_again(directory: Path | None, data: Path | None, jobs: int | None) -> None:
    from millbook.evidence.verify import verify_build

    found = verify_build(options.built_from(data), directory, data=data, jobs=jobs)
    click.echo(found.in_words())
    if not found.holds:
        sys.exit(FAILED)


def _compare_with_published(directory: Path | None, data: Path | None) -> None:
    from millbook.evidence.manifest import open_build
    from millbook.evidence.published import moved

    lines = moved(open_build(options.built_from(data), directory, data))
    click.echo(f"{len(lines)} numbers are not the published ones." if lines else "None has moved.")
    _show(lines)
    if lines:
        sys.exit(FAILED)


def _accept(why: str, jobs: int | None) -> None:
    from millbook.build import build_book
    from millbook.evidence.published import accept, published_file

    why = " ".join(why.split())
    if not why:
        raise InputError("Say why the numbers changed, in a sentence.")
    project = build_book(Path.cwd(), jobs=jobs)
    lines = accept(project, why)
    click.echo(
        f"{len(lines)} numbers are now published in {published_file(project.root)}:"
        if lines
        else "None has moved; nothing was written."
    )
    _show(lines)


def _show(lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        click.echo(line)
    if len(lines) > _SHOWN:
        click.echo(f"... and {len(lines) - _SHOWN} more")
