"""Grids of designs: which settings vary, and over which values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import product
from typing import Any

import numpy as np

from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.cell import Cell
from dyadsync.scrutiny.simulation.design import Design

Grid = Design | Mapping[str, Any] | Sequence[Design | Mapping[str, Any]]

_DEFAULTS = Design()
_FIELDS = [one.name for one in fields(Design)]
_OF_CELL = [one.name for one in fields(Cell) if one.name != "design"]

SHORTHANDS: dict[str, str] = {
    "n_dyads": "number of dyads",
    "sessions": "number of sampled sessions, evenly spread; or a list of their numbers",
    "therapists": "number of therapists, who treat as equal numbers of patients as can be",
    "effect": "multiple of both paths of the indirect effect, a and b",
    "reliability": "reliability of a session's change, which the assay's error sets",
    "contamination": "share of dyads turned into outliers",
    "contamination_pattern": "where they go",
    "missing": "share of samples and of ratings lost besides the design's gaps",
}
"""Settings that are not, or more than, fields of `Design`, with what they mean."""

SETTINGS = list(dict.fromkeys([*SHORTHANDS, *_FIELDS]))
"""Every name that a grid may have."""


def expand_grid(grid: Grid) -> list[tuple[dict[str, Any], Cell]]:
    """Turn a grid into cells, each with the settings in which it differs from the default.

    A grid is a `Design`; or a mapping from names in `SETTINGS` to one value or a list of values, of
    which all combinations are taken, the last setting varying fastest; or a list of such.
    ``sessions`` takes numbers of sessions, or lists of their numbers.

    Raises
    ------
    InputError
        If a name is unknown, a list is empty or a value cannot be.

    Examples
    --------
    >>> [settings for settings, _ in expand_grid({"sessions": [4, 8], "b": 0.28})]
    [{'sessions': 4, 'b': 0.28}, {'sessions': 8, 'b': 0.28}]
    """
    if isinstance(grid, Design):
        changed = {
            name: getattr(grid, name)
            for name in _FIELDS
            if getattr(grid, name) != getattr(_DEFAULTS, name)
        }
        return [(changed, Cell(grid))]
    if isinstance(grid, Mapping):
        return _combinations(grid)
    if isinstance(grid, str) or not isinstance(grid, Sequence):
        raise InputError(
            f"power: the grid is {grid!r}; give a Design, a mapping such as "
            '{"sessions": [4, 8]}, or a list of these.'
        )
    if not grid:
        raise InputError("power: the grid is empty; give at least one design.")
    return [one for part in grid for one in expand_grid(part)]


def _combinations(grid: Mapping[str, Any]) -> list[tuple[dict[str, Any], Cell]]:
    choices: list[list[Any]] = []
    for name, values in grid.items():
        check_choice("a setting", name, SETTINGS)
        listed = isinstance(values, list | tuple | np.ndarray | range)
        if name != "sessions" and isinstance(getattr(_DEFAULTS, name, None), tuple):
            # its one value is itself a list: a list of lists is several
            listed = listed and len(values) > 0 and isinstance(values[0], list | tuple)
        choices.append([_plain(value) for value in values] if listed else [_plain(values)])
        if not choices[-1]:
            raise InputError(f"power: the list of values for {name} is empty; give at least one.")
    return [
        (settings, _cell(settings))
        for settings in (dict(zip(grid, values, strict=True)) for values in product(*choices))
    ]


def _plain(value: Any) -> Any:
    """Give a number of NumPy as one of Python, and a list as a tuple."""
    if isinstance(value, np.generic):
        return value.item()
    return tuple(value) if isinstance(value, list) else value


def _cell(settings: dict[str, Any]) -> Cell:
    of_cell = {name: value for name, value in settings.items() if name in _OF_CELL}
    fields_given = {
        name: value
        for name, value in settings.items()
        if name not in SHORTHANDS or (name == "sessions" and isinstance(value, tuple))
    }
    try:
        design = replace(Design(), **fields_given)
        if "therapists" in settings:
            design = design.with_therapists(settings["therapists"], settings.get("n_dyads"))
        elif "n_dyads" in settings:
            design = design.with_dyads(settings["n_dyads"])
        if "sessions" in settings and "sessions" not in fields_given:
            design = design.with_sessions(settings["sessions"])
        if "effect" in settings:
            design = design.with_effect(settings["effect"])
        if "reliability" in settings:
            design = design.with_reliability(settings["reliability"])
        return Cell(design, **of_cell)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        shown = ", ".join(f"{name} = {value!r}" for name, value in settings.items())
        raise InputError(f"power: the setting {shown} is not valid; give numbers.") from error
