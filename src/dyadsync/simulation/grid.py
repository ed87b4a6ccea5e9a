"""Grids of designs: which fields vary, and over which values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import product
from typing import Any

import numpy as np

from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.simulation.design import Design

__all__ = ["SHORTHANDS", "Grid", "expand_grid"]

Grid = Design | Mapping[str, Any] | Sequence[Design | Mapping[str, Any]]

SHORTHANDS: dict[str, Callable[[Design, int], Design]] = {
    "n_dyads": Design.with_dyads,
    "n_sessions": Design.with_sessions,
}
_DEFAULTS = Design()
_FIELDS = [one.name for one in fields(Design)]


def expand_grid(grid: Grid) -> list[tuple[dict[str, Any], Design]]:
    """Turn a grid into designs, each with the settings that tell it from the default.

    Parameters
    ----------
    grid : Design, mapping or sequence of these
        A `Design`; or a mapping from fields of `Design`, ``n_dyads`` or ``n_sessions`` to one value
        or a list of values, of which all combinations are taken; or a list of such.

    Returns
    -------
    list of (settings, Design)
        In the order given; the last field varies fastest.

    Raises
    ------
    InputError
        If a name is unknown, a list is empty or a value cannot be.

    Examples
    --------
    >>> [settings for settings, _ in expand_grid({"n_sessions": [4, 8], "b": 0.28})]
    [{'n_sessions': 4, 'b': 0.28}, {'n_sessions': 8, 'b': 0.28}]
    """
    if isinstance(grid, Design):
        changed = {
            name: getattr(grid, name)
            for name in _FIELDS
            if getattr(grid, name) != getattr(_DEFAULTS, name)
        }
        return [(changed, grid)]
    if isinstance(grid, Mapping):
        return _combinations(grid)
    if isinstance(grid, str) or not isinstance(grid, Sequence):
        raise InputError(
            f"power: the grid is {grid!r}; give a Design, a mapping such as "
            '{"n_sessions": [4, 8]}, or a list of these.'
        )
    if not grid:
        raise InputError("power: the grid is empty; give at least one design.")
    return [one for part in grid for one in expand_grid(part)]


def _combinations(grid: Mapping[str, Any]) -> list[tuple[dict[str, Any], Design]]:
    known = [*SHORTHANDS, *_FIELDS]
    choices: list[list[Any]] = []
    for name, values in grid.items():
        check_choice("setting of the design", name, known)
        whole = isinstance(getattr(_DEFAULTS, name, None), tuple)
        listed = isinstance(values, list | tuple | np.ndarray | range)
        if whole:  # its one value is itself a list: a list of lists is several
            listed = listed and len(values) > 0 and isinstance(values[0], list | tuple)
        choices.append(list(values) if listed else [values])
        if not choices[-1]:
            raise InputError(f"power: the list of values for {name} is empty; give at least one.")
    return [
        (settings, _design(settings))
        for settings in (dict(zip(grid, values, strict=True)) for values in product(*choices))
    ]


def _design(settings: dict[str, Any]) -> Design:
    plain = {name: value for name, value in settings.items() if name not in SHORTHANDS}
    try:
        design = replace(Design(), **plain)
        for name, shorthand in SHORTHANDS.items():
            if name in settings:
                design = shorthand(design, settings[name])
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        shown = ", ".join(f"{name} = {value!r}" for name, value in settings.items())
        raise InputError(f"power: the setting {shown} is not valid; give numbers.") from error
    return design
