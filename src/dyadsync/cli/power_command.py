"""Simulate the power of designs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from dyadsync.cli import options
from dyadsync.cli.endings import ended_orderly, sentences
from dyadsync.errors import InputError


@click.command()
@options.settings(
    "NAME=VALUE,...", "Values of a setting, such as n_dyads=37,80,160; all combinations are run."
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
@options.count("--trials", "Simulated trials of each combination.", default=1000, to="n_trials")
@options.count(
    "--draws", "Draws or resamples of each trial.", least=100, default=1000, to="n_draws"
)
@options.seed
@options.path(
    "--folder", help="Keep finished combinations here, and do not run again what is there."
)
@options.table_file
@options.scheduler
@options.jobs
def power(settings: tuple[str, ...], output: Path | None, **chosen: Any) -> None:
    """Say how often designs find what is there, over a grid of simulated trials."""
    with sentences(), ended_orderly():
        from dyadsync.scrutiny.multiverse.file import check_output, write_table
        from dyadsync.scrutiny.simulation.simulated_power import power as run_power

        if output is not None:
            check_output(output)
        with _progress("Trials") as progress:
            found = run_power(_read_grid(settings), progress=progress, **chosen)
        if output is None:
            click.echo(repr(found))
        else:
            write_table(found.table, output)
            click.echo(f"The table is in {output}.")


@contextlib.contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with the time left, on standard error, once the number of tasks is known."""
    bars: list[Any] = []
    with contextlib.ExitStack() as stack:

        def show(done: int, of: int) -> None:
            if not bars:
                bar = click.progressbar(length=of, label=label, show_pos=True, file=sys.stderr)
                bars.append(stack.enter_context(bar))
            bars[0].update(done - bars[0].pos)

        yield show


def _read_grid(settings: tuple[str, ...]) -> dict[str, list[Any]]:
    """Read texts NAME=VALUE,VALUE: numbers, lists in brackets, or words."""
    import yaml

    form = "NAME=VALUE,VALUE such as n_dyads=37,80"
    grid: dict[str, list[Any]] = {}
    for name, text in options.pairs(settings, form):
        if name in grid:
            raise InputError(f"--set {name} is there twice; give all its values at once.")
        try:
            grid[name] = yaml.safe_load(f"[{text}]")
        except yaml.YAMLError:
            raise InputError(f"--set '{name}={text}' must be of the form {form}.") from None
    return grid
