"""Pack the book, or the report of a study, with its build and its source into one file."""

from __future__ import annotations

import sys
import tempfile
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
    help="Where to write it; by default under its name and version, here.",
)
@click.option(
    "--build",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Pack this build as it is; by default _build or _report, after bringing it up to date.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Pack the report of this data package, under the names in its datapackage.json.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="As for build.")
def supplement(
    output: Path | None, directory: Path | None, data: Path | None, jobs: int | None
) -> None:
    """Pack site, paper, notebooks, results, source and data into one zip for a journal or archive.

    It is of the book; with --data, of the report of that study, in the name of its authors.
    """
    with sentences(), ended_whole(), tempfile.TemporaryDirectory() as folder:
        from dyadsync.cli.report import build_report
        from millbook.build import build_book
        from millbook.evidence.manifest import open_build
        from millbook.evidence.supplement import make_supplement, supplement_name
        from millbook.project import find_book
        from millbook.tasks import BuildError

        project = open_build(built_from(data), directory, data)
        file = output or Path(f"{supplement_name(project)}.zip")  # what lacks is said at once
        try:
            if directory is None:
                project = (
                    build_book(Path.cwd(), jobs=jobs)
                    if data is None
                    else build_report(Path.cwd(), data, jobs=jobs)
                )
            builds = {"book" if data is None else "report": project}
            if data is None:
                report = build_report(Path.cwd(), project.data, Path(folder) / "report", jobs=jobs)
                builds["report"] = report
        except BuildError as error:
            click.echo(str(error), err=True)
            sys.exit(FAILED)
        make_supplement(builds, find_book(Path.cwd()), file)
        click.echo(f"The supplement is in {file} ({file.stat().st_size / 1e6:.1f} MB).")
