"""Pack the book, or the report of a study, with its build and its source into one file."""

from __future__ import annotations

from pathlib import Path

import click

from dyadsync.cli import options
from dyadsync.cli.endings import ended_whole, sentences
from millbook.temporary import temporary_folder

_NOTE = (
    "The program imports pingouin, which is under the GPL-3: who distributes a work that includes "
    "both has to follow the GPL's terms for it."
)


@click.command()
@options.path(
    "--output",
    metavar="FILE.zip",
    help="Where to write it; by default under its name and version, here.",
)
@options.path(
    "--build",
    "directory",
    help="Pack this build as it is; by default _build or _report, after bringing it up to date.",
)
@options.path(
    "--data", help="Pack the report of this data package, under the names in its datapackage.json."
)
@options.build_jobs
def supplement(
    output: Path | None, directory: Path | None, data: Path | None, jobs: int | None
) -> None:
    """Pack site, paper, notebooks, results, source and data into one zip for a journal or archive.

    It is of the book; with --data, of the report of that study, in the name of its authors.
    """
    with sentences(), ended_whole(), temporary_folder() as folder:
        from dyadsync.cli import report
        from millbook.evidence.manifest import open_build, require_whole
        from millbook.evidence.supplement import make_supplement, supplement_file
        from millbook.project import find_book

        project = open_build(options.built_from(data), directory, data)
        file = supplement_file(project, output)  # what lacks is said before anything is built
        if directory is not None:
            require_whole(project.output)
        else:
            project = report.build(data, jobs=jobs)
        builds = {"book" if data is None else "report": project}
        if data is None:
            place = folder / "report"
            builds["report"] = report.build_report(Path.cwd(), project.data, place, jobs=jobs)
        make_supplement(builds, find_book(Path.cwd()), file, _NOTE)
        click.echo(f"The supplement is in {file} ({file.stat().st_size / 1e6:.1f} MB).")
