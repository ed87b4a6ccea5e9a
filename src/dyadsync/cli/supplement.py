"""Pack the book, its build and its source into one file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dyadsync.cli.endings import FAILED, ended_whole, sentences
from dyadsync.cli.options import built_from

__all__ = ["supplement"]


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.zip",
    default=Path("supplement.zip"),
    show_default=True,
    help="Where to write it.",
)
@click.option(
    "--build",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Pack this build as it is; by default _build, after bringing it up to date.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Pack the report of this data package instead of the book.",
)
@click.option("--no-pdf", is_flag=True, help="Leave the PDF out, which needs Chromium.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="As for build.")
def supplement(
    output: Path, directory: Path | None, data: Path | None, no_pdf: bool, jobs: int | None
) -> None:
    """Pack site, PDF, notebooks, results, source and data into one zip for a journal or archive."""
    with sentences(), ended_whole():
        from dyadsync.cli.report import build_report
        from millbook.build import build_book
        from millbook.evidence.manifest import open_build
        from millbook.evidence.pdf import find_browser
        from millbook.evidence.supplement import make_supplement
        from millbook.tasks import BuildError

        if not no_pdf:
            find_browser()  # before anything is built
        try:
            if directory is None:
                project = (
                    build_book(Path.cwd(), jobs=jobs)
                    if data is None
                    else build_report(Path.cwd(), data, jobs=jobs)
                )
            else:
                project = open_build(built_from(data), directory, data)
        except BuildError as error:
            click.echo(str(error), err=True)
            sys.exit(FAILED)
        make_supplement(project, output, pdf=not no_pdf)
        size = output.stat().st_size / 1e6
        click.echo(f"The supplement is in {output} ({size:.1f} MB).")
