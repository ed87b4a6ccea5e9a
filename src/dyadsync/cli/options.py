"""Options that several commands have, each declared once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from dyadsync.errors import InputError

Decorator = Callable[[Any], Any]


def path(*names: str, metavar: str = "DIR", **rest: Any) -> Decorator:
    """Declare an option that is a file or a folder."""
    return click.option(*names, type=click.Path(path_type=Path), metavar=metavar, **rest)


def settings(metavar: str, text: str) -> Decorator:
    """Declare ``--set``, which may be repeated."""
    return click.option(
        "--set", "settings", multiple=True, metavar=metavar, help=f"{text} Repeatable."
    )


def pairs(settings: Iterable[str], form: str) -> Iterator[tuple[str, str]]:
    """Split what ``--set`` was given, or say of which form it must be."""
    for setting in settings:
        name, _, text = setting.partition("=")
        if not text.strip():
            raise InputError(f"--set {setting!r} must be of the form {form}.")
        yield name, text


def count(
    name: str,
    text: str | None,
    *,
    least: int = 1,
    most: int | None = None,
    default: int | None = None,
    to: str | None = None,
) -> Decorator:
    """Declare an option that is a whole number, and what a command calls it."""
    names = [name, to] if to else [name]
    whole = click.IntRange(least, most)
    return click.option(
        *names, type=whole, default=default, show_default=True, metavar="N", help=text
    )


def choice(name: str, options: list[str], text: str, default: str | None = None) -> Decorator:
    """Declare an option that is one of a few words."""
    word = click.Choice(options)
    return click.option(name, type=word, default=default, show_default=True, help=text)


_HOW_MUCH = "How much computing: quick for a look, paper for the numbers."
profile = choice("--profile", ["quick", "paper"], _HOW_MUCH, "paper")
better = choice("--better", ["lower", "higher"], "Which outcome is the better one.", "lower")
build_jobs = count(
    "--jobs", "How many notebooks run at once; by default one more than cores, at most four."
)
seed = count("--seed", "Seed of all random numbers.", least=0, default=20210101, to="rng")
table_file = path("--output", metavar="FILE", help="Write the whole table here: .csv or .csv.gz.")
scheduler = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Let the workers of this Dask scheduler run it, such as tcp://127.0.0.1:8786.",
)
jobs = count(
    "--jobs", "How many processes work on this machine; by default one a core.", to="n_jobs"
)
FILL_IN = (
    "Before it is published, say in its datapackage.json what is still “to be filled in” there."
)


def credit(command: Callable[..., Any]) -> Callable[..., Any]:
    """Ask under what a study will be published."""
    for name, metavar, text in (
        ("--paper", "DOI", "The paper that the study belongs to."),
        ("--licence", "NAME", "The licence of data and report, such as CC-BY-4.0."),
        ("--title", "TEXT", "The title of the study."),
    ):
        command = click.option(name, metavar=metavar, default="", help=text)(command)
    return click.option(
        "--author",
        "authors",
        multiple=True,
        metavar="FAMILY,GIVEN[,ORCID]",
        help="Who is to be cited. Repeatable.",
    )(command)


def built_from(data: Path | None) -> Path:
    """Find the folder of a build's notebooks: the report's where other data are named."""
    if data is None:
        return Path.cwd()
    from dyadsync.cli.report import report_folder

    return report_folder(Path.cwd())
