"""Simulate a trial."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import click

from dyadsync.cli import options
from dyadsync.cli.endings import sentences
from dyadsync.errors import InputError


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@options.count("--seed", "Seed of the simulation; by default the shipped data's.", least=0)
@options.path(
    "--like",
    help="Take names, persons, units and directions from the datapackage.json in this folder.",
)
@options.settings("FIELD=VALUE", "Give a field of the design another value.")
def simulate(
    directory: Path, seed: int | None, like: Path | None, settings: tuple[str, ...]
) -> None:
    """Simulate a trial and write it as a data package."""
    with sentences():
        from dyadsync.scrutiny.simulation.design import Design
        from dyadsync.scrutiny.simulation.seed import SHIPPED_SEED
        from dyadsync.scrutiny.simulation.simulated_study import simulate_study, write_study

        _refuse_to_overwrite(directory)
        design = Design.from_dict(_read_fields(settings, Design().as_dict()))
        described = None if like is None else read_description(like)
        study = simulate_study(design, SHIPPED_SEED if seed is None else seed, described)
        write_study(study, directory)
        click.echo(f"A simulated trial is in {directory}.")


def _refuse_to_overwrite(directory: Path) -> None:
    from dyadsync.study.description import read_descriptor

    if directory.is_file() or (directory.is_dir() and any(directory.iterdir())):
        with contextlib.suppress(InputError):
            if "dyadsync:simulation" in read_descriptor(directory):
                return
        raise InputError(
            f"{directory} holds something else than a simulated data package; choose a new or "
            "empty folder."
        )


def read_description(folder: Path) -> dict[str, Any]:
    """Read the description of a study, of which no table need be there."""
    from dyadsync.study.description import read_descriptor, settings_problems
    from dyadsync.study.problems import DataError
    from dyadsync.study.roles import find_layout

    descriptor = read_descriptor(folder)
    layout, problems = find_layout(descriptor)
    problems += settings_problems(descriptor, layout)
    if problems:
        raise DataError(problems)
    if not layout.declared:
        raise InputError(f'{folder} gives no roles ("dyadsync:role") to its columns.')
    return descriptor


def _read_fields(settings: tuple[str, ...], defaults: dict[str, Any]) -> dict[str, Any]:
    """Read texts FIELD=VALUE, the values as YAML."""
    import yaml

    values: dict[str, Any] = {}
    for name, text in options.pairs(settings, "FIELD=VALUE"):
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            value = text
        default = defaults.get(name)
        if isinstance(default, list) and not isinstance(value, list):
            raise InputError(f"--set '{name}={text}': {name} takes a list such as {default}.")
        values[name] = value
    return values
