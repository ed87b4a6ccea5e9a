"""Compare two builds, or a plan with the report of its study."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dyadsync.cli import options
from dyadsync.cli.endings import FAILED, sentences
from dyadsync.cli.planned import PLAN, departures, read_written_plan
from dyadsync.errors import InputError


@click.command()
@click.argument("before", type=click.Path(path_type=Path), metavar="A")
@click.argument("after", type=click.Path(path_type=Path), metavar="B")
@options.path("--output", help="Write all of it as a page here, with the figures in pairs.")
def compare(before: Path, after: Path, output: Path | None) -> None:
    """Say what differs between two builds: verdicts first, then numbers, figures and sources.

    A and B are folders of builds, such as _build. A number's change is given in its own standard
    errors. Exit code 0 if verdicts, numbers, parameters, data and figures are the same, 1 if not,
    or if somebody changed a file of either build.

    Where A is what dyadsync plan wrote, a folder with a plan.yml or that file, and B the report of
    the study, says where the analysis leaves the plan.
    """
    with sentences():
        if (before / PLAN).is_file() or before.is_file():
            _compare_with_plan(before, after)
            return
        from millbook.errors import InputError as BookError
        from millbook.evidence.compare import compare_builds
        from millbook.evidence.compare_page import write_comparison
        from millbook.evidence.manifest import require_whole

        found = compare_builds(before, after)
        click.echo(found.in_words())
        if output is not None:
            page = write_comparison(found, (str(before), str(after)), output)
            click.echo(f"The comparison is in {page}")
        same = found.same
        for build in (before, after):
            try:
                require_whole(build)
            except BookError as error:
                click.echo(f"Warning: {error}", err=True)
                same = False
        if not same:
            sys.exit(FAILED)


def _compare_with_plan(plan: Path, report: Path) -> None:
    """Say where a report leaves a plan; exit code 1 if it does."""
    import csv

    file = report / "results" / "analysis.csv"
    planned = read_written_plan(plan)
    try:
        with file.open(encoding="utf-8", newline="") as table:
            done = {row["name"]: row["value"] for row in csv.DictReader(table)}
    except OSError:
        raise InputError(
            f"{file} is not there; give the folder of a report, as dyadsync build --data DIR "
            "writes it."
        ) from None
    found = departures(planned, done)
    if not found:
        click.echo("The analysis is as planned.")
        return
    click.echo("The analysis leaves the plan:\n  " + "\n  ".join(found))
    sys.exit(FAILED)
