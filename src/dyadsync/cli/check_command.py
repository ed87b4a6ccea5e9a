"""Check a data package."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dyadsync.cli import options
from dyadsync.cli.endings import BAD_INPUT, sentences
from dyadsync.errors import InputError

if TYPE_CHECKING:
    from dyadsync.study.problems import Problem

_PARAMETERS = "parameters.yml"


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Sentences, or one JSON object with every problem and warning.",
)
@options.path(
    "--parameters",
    metavar="FILE",
    help="Check the data against these parameters; by default parameters.yml in DIR, if it is "
    "there.",
)
@options.settings("NAME=VALUE", "Check the data against this value of a parameter.")
def check(directory: Path, form: str, parameters: Path | None, settings: tuple[str, ...]) -> None:
    """Check a data package: name file, row, column and rule of all that is wrong.

    Warns of what the book will not be able to compute with these data, and why. Exit code 0 if the
    package can be used, 2 if not.
    """
    with sentences():
        from dyadsync.cli.book import for_levels
        from dyadsync.importing.receipt import departures
        from dyadsync.mediation.limits import study_limits
        from dyadsync.study.load import read_study
        from dyadsync.study.problems import format_problems, problem_at
        from millbook.errors import InputError as BookError

        study, problems = read_study(directory)
        warnings: list[str] = []
        if study is not None:
            try:
                chosen = _limiting(directory, parameters, settings)
                if not study.has_phases:
                    chosen = for_levels({"change": "difference", **chosen})
                warnings = departures(directory)
                warnings += [limit.in_words() for limit in study_limits(study, **chosen)]
            except (InputError, BookError) as error:
                name = str(parameters or ("--set" if settings else _PARAMETERS))
                problems = [problem_at(name, None, None, "parameter", str(error))]
        if form == "json":
            click.echo(_as_json(directory, problems, warnings))
        else:
            for warning in warnings:
                click.echo(f"Warning: {warning}", err=True)
            if problems:
                click.echo(format_problems(problems, per_file=1000), err=True)
            else:
                click.echo(f"{directory}: nothing is wrong.")
        if problems:
            sys.exit(BAD_INPUT)


def _limiting(
    directory: Path, parameters: Path | None, settings: tuple[str, ...]
) -> dict[str, Any]:
    """Read the parameters that bear on what can be computed, as the book declares them."""
    from dyadsync.cli.book import limiting
    from millbook.errors import InputError as BookError
    from millbook.parameters import read_parameters, resolve_parameters
    from millbook.project import find_book

    file = parameters or directory / _PARAMETERS
    given = file if parameters or file.is_file() else None
    try:
        book = find_book(Path.cwd())
    except BookError:
        if parameters or settings:
            raise
        return {}
    declared = read_parameters(book / "chapters" / _PARAMETERS)
    return limiting(resolve_parameters(declared, file=given, settings=settings))


def _as_json(directory: Path, problems: list[Problem], warnings: list[str]) -> str:
    found = {
        "package": str(directory),
        "usable": not problems,
        "problems": list(map(asdict, problems)),
        "warnings": warnings,
    }
    return json.dumps(found, indent=2, ensure_ascii=False)
