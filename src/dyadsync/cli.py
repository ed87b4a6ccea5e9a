"""The command line: build the book, check a data package, simulate one; power, multiverse.

Exit codes: 0 done, 1 failed, 2 bad input or usage. Each command imports what it needs when it runs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dyadsync.errors import InputError

if TYPE_CHECKING:
    from dyadsync.claims.verdict import Claim

_FAILED, _BAD_INPUT = 1, 2


@contextlib.contextmanager
def _ended_whole() -> Iterator[None]:
    """Let a build that is told to end (SIGTERM) end the chapters that it runs, too."""

    def end(*_: object) -> None:
        import psutil

        for child in psutil.Process().children(recursive=True):
            child.terminate()
        click.echo("The build was stopped; the last good site stands.", err=True)
        os._exit(_FAILED)  # the task runner would wait for workers that are gone

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """Turn the user's mistakes into sentences on standard error and exit code 2."""
    try:
        yield
    except InputError as error:
        click.echo(str(error), err=True)
        sys.exit(_BAD_INPUT)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dyadsync", message="%(package)s %(version)s")
def main() -> None:
    """Oxytocin synchrony between patients and therapists: an executable research compendium."""


@main.command()
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
    with _sentences(), _ended_whole():
        from dyadsync.book.build import build_book
        from dyadsync.book.tasks import BuildError
        from dyadsync.claims.results import read_claims

        try:
            project = build_book(
                Path.cwd(),
                settings=settings,
                parameters=parameters,
                profile=profile,
                data=data,
                output=output,
                jobs=jobs,
            )
        except BuildError as error:
            click.echo(str(error), err=True)
            sys.exit(_FAILED)
        click.echo(f"The book is in {project.html / 'index.html'}")
        claims = read_claims(project.results)
        if claims:
            click.echo("\n" + _claims_as_text(claims))


@main.command()
@click.argument(
    "directory", type=click.Path(path_type=Path), metavar="[DIR]", required=False, default=None
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The data package that the build was made from, if not the shipped one.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="As for build.")
def verify(directory: Path | None, data: Path | None, jobs: int | None) -> None:
    """Make a build again, elsewhere, and compare every file and number with it."""
    with _sentences(), _ended_whole():
        from dyadsync.book.tasks import BuildError
        from dyadsync.evidence.verify import verify_build

        try:
            found = verify_build(Path.cwd(), directory, data=data, jobs=jobs)
        except BuildError as error:
            click.echo(str(error), err=True)
            sys.exit(_FAILED)
        click.echo(found.in_words())
        if not found.holds:
            sys.exit(_FAILED)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
def check(directory: Path) -> None:
    """Check a data package: name file, row, column and rule of all that is wrong."""
    with _sentences():
        from dyadsync.study.load import check_study
        from dyadsync.study.problems import DataError

        problems = check_study(directory)
        if problems:
            raise DataError(problems)
        click.echo(f"{directory}: nothing is wrong.")


@main.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Seed of the simulation; by default the shipped data's.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Give a field of the design another value. Repeatable.",
)
def simulate(directory: Path, seed: int | None, settings: tuple[str, ...]) -> None:
    """Simulate a trial and write it as a data package."""
    with _sentences():
        from dyadsync.simulation.design import Design
        from dyadsync.simulation.package import simulate_study, write_study
        from dyadsync.simulation.seed import SHIPPED_SEED

        _refuse_to_overwrite(directory)
        design = Design.from_dict(_read_fields(settings, Design().as_dict()))
        study = simulate_study(design, rng=SHIPPED_SEED if seed is None else seed)
        write_study(study, directory)
        click.echo(f"A simulated trial is in {directory}.")


@main.command()
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE,...",
    help="Values of a setting, such as n_dyads=37,80,160; all combinations are run. Repeatable.",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    default=["quasi-bayesian"],
    show_default=True,
    metavar="NAME",
    help="A method of mediation, or `known` for the true synchrony. Repeatable.",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Simulated trials of each combination.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=100),
    default=1000,
    show_default=True,
    metavar="N",
    help="Draws or resamples of each trial.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=20210101,
    show_default=True,
    metavar="N",
    help="Seed of all random numbers.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep finished combinations here, and do not run again what is there.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the whole table, as .csv or .parquet.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Let the workers of this Dask scheduler run it, such as tcp://HOST:PORT.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes on this machine; by default one a core.",
)
def power(
    settings: tuple[str, ...],
    methods: tuple[str, ...],
    trials: int,
    draws: int,
    seed: int,
    folder: Path | None,
    output: Path | None,
    scheduler: str | None,
    jobs: int | None,
) -> None:
    """Tell how often designs find what is there, over a grid of simulated trials."""
    with _sentences():
        from dyadsync.simulation.power import power as run_power

        if output is not None:
            _check_table_path(output)
        with _Progress("Trials") as progress:
            found = run_power(
                _read_grid(settings),
                methods=methods,
                n_trials=trials,
                n_draws=draws,
                rng=seed,
                scheduler=scheduler,
                folder=folder,
                n_jobs=jobs,
                progress=progress,
            )
        if output is None:
            click.echo(repr(found))
        else:
            _write_table(found.table, output)
            click.echo(f"The table is in {output}.")


class _Progress:
    """A progress bar with the time left, on standard error, once the number of tasks is known."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.stack = contextlib.ExitStack()
        self.bar: Any = None

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self.stack.close()

    def __call__(self, done: int, of: int) -> None:
        if self.bar is None:
            bar = click.progressbar(
                length=of, label=self.label, show_eta=True, show_pos=True, file=sys.stderr
            )
            self.bar = self.stack.enter_context(bar)
        self.bar.update(done - self.bar.pos)


def _read_grid(settings: tuple[str, ...]) -> dict[str, list[Any]]:
    """Read texts NAME=VALUE,VALUE: numbers, lists in brackets, or words."""
    import yaml

    grid: dict[str, list[Any]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        try:
            values = yaml.safe_load(f"[{text}]")
        except yaml.YAMLError:
            values = []
        if not equals or not values:
            raise InputError(
                f"--set {setting!r} must be of the form NAME=VALUE,VALUE such as n_dyads=37,80."
            )
        if name in grid:
            raise InputError(f"--set {name} is there twice; give all its values at once.")
        grid[name] = values
    return grid


def _check_table_path(path: Path) -> None:
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(f"--output {path} must end in .csv or .parquet.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--output {path}: there is no folder {path.absolute().parent}.")


def _write_table(table: Any, path: Path) -> None:
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, index=False)


@main.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=Path("data"),
    show_default=True,
    help="The data package that is analysed.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="CHOICE=A,B",
    help="Take only these options of a choice; all of them otherwise. Repeatable.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=100),
    default=2000,
    show_default=True,
    metavar="N",
    help="Draws or resamples of each analysis.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=20210101,
    show_default=True,
    metavar="N",
    help="Seed of every analysis.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the table here: .parquet or .csv.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Let a Dask cluster work, such as tcp://127.0.0.1:8786.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many processes work on this machine; by default one a core.",
)
def multiverse(
    data: Path,
    settings: tuple[str, ...],
    draws: int,
    seed: int,
    output: Path | None,
    scheduler: str | None,
    jobs: int | None,
) -> None:
    """Run every defensible analysis and say how often the claims hold."""
    with _sentences():
        from dyadsync.robustness.multiverse import run_multiverse
        from dyadsync.robustness.multiverse_file import check_output, write_multiverse
        from dyadsync.robustness.specifications import specifications
        from dyadsync.study.load import load_study

        if output is not None:
            check_output(output)
        choices = _read_choices(settings)
        study = load_study(data)
        specs = specifications(study, **choices)
        if not len(specs):
            raise InputError("No combination of these options has a meaning; allow more of them.")
        with click.progressbar(
            length=len(specs), label=f"{len(specs):,} analyses", file=sys.stderr
        ) as bar:
            result = run_multiverse(
                study,
                specs,
                n_draws=draws,
                rng=seed,
                scheduler=scheduler,
                n_jobs=jobs,
                progress=bar.update,
            )
        click.echo(result.in_words())
        if output is not None:
            write_multiverse(result, study, output)
            click.echo(f"The table is in {output}.")


def _read_choices(settings: tuple[str, ...]) -> dict[str, list[str]]:
    """Read texts CHOICE=A,B."""
    choices: dict[str, list[str]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        options = [option.strip() for option in text.split(",") if option.strip()]
        if not equals or not options:
            raise InputError(f"--set {setting!r} must be of the form CHOICE=A,B.")
        choices[name] = options
    return choices


def _refuse_to_overwrite(directory: Path) -> None:
    if directory.is_file() or (
        directory.is_dir()
        and any(directory.iterdir())
        and not (directory / "datapackage.json").is_file()
    ):
        raise InputError(
            f"{directory} holds something else than a data package; choose a new or empty folder."
        )


def _read_fields(settings: tuple[str, ...], defaults: dict[str, Any]) -> dict[str, Any]:
    """Read texts FIELD=VALUE, the values as YAML."""
    import yaml

    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"--set {setting!r} must be of the form FIELD=VALUE.")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            value = text
        default = defaults.get(name)
        if isinstance(default, list) and not isinstance(value, list):
            raise InputError(f"--set {setting!r}: {name} takes a list such as {default}.")
        values[name] = value
    return values


def _claims_as_text(claims: list[Claim]) -> str:
    """Lay claims out for a terminal, the paper's order, columns aligned."""
    from dyadsync.claims.verdict import agreements

    rows = [("Claim", "Method", "Estimate", "Interval", "Verdict")]
    for one in agreements(claims):
        claim = one.main
        verdict: str = claim.verdict
        if one.n_methods > 1:
            verdict += f", as by {one.in_words()}"
        interval = f"{claim.ci_lower:.2f} to {claim.ci_upper:.2f}"
        rows.append((f"({claim.id})", claim.method, f"{claim.estimate:.2f}", interval, verdict))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
