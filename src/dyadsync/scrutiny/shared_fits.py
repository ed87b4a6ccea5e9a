"""Fits that several analyses share, made once: inside `shared_fits` equal input is equal output.

The functions of `SHARED` depend on their arguments alone, so that remembering changes no number.
Analyses outside `shared_fits` call them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, is_dataclass
from functools import wraps
from hashlib import blake2b
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

import numpy as np

SHARED = {
    "dyadsync.mediation.models": ["fit_linear"],
    "dyadsync.mediation.resampling": ["count_rows"],
    "dyadsync.mediation.methods.bootstrap": ["weighted_coefficients"],
    "dyadsync.mediation.methods.huber": ["huber_covariance"],
    "dyadsync.mediation.methods.median": ["median_regression"],
    "dyadsync.mediation.methods.quasi_bayesian": ["normals", "spreads"],
    "dyadsync.mediation.methods.robust": ["mm_regression", "fast_robust_bootstrap"],
    "dyadsync.regression.median_regression": ["whole_sample"],
    "dyadsync.scrutiny.clusters.wild_cluster": ["studentised_draws"],
    "dyadsync.scrutiny.missing.imputation": ["impute"],
}
"""By module, the names of the functions whose results analyses share there."""

P = ParamSpec("P")
Shared = TypeVar("Shared")


@dataclass
class _Memory:
    results: dict[Any, tuple[Any, Any]] = field(default_factory=dict)
    """By key: the result, and the state in which the generator was left, if there was one."""
    made: dict[int, Any] = field(default_factory=dict)
    """Results by their id, which names them as long as they are held here."""


_MEMORY: ContextVar[_Memory | None] = ContextVar("shared_fits", default=None)


@contextmanager
def shared_fits() -> Iterator[None]:
    """Make each fit once inside this block, however many analyses need it; then forget all.

    The functions of `SHARED` are replaced in their modules by ones that remember, and put back.
    A thread that is not inside the block may meet those and gets what it would get without them.
    """
    token = _MEMORY.set(_Memory())
    places = [(import_module(name), one) for name, names in SHARED.items() for one in names]
    originals = [getattr(module, name) for module, name in places]
    for (module, name), function in zip(places, originals, strict=True):
        setattr(module, name, remembered(function))
    try:
        yield
    finally:
        for (module, name), function in zip(places, originals, strict=True):
            setattr(module, name, function)
        _MEMORY.reset(token)


def remembered(function: Callable[P, Shared]) -> Callable[P, Shared]:
    """Remember what a function gave, inside `shared_fits`; a generator is left as it would be.

    Examples
    --------
    >>> calls = []
    >>> double = remembered(lambda values: calls.append(1) or 2 * values)
    >>> with shared_fits():
    ...     both = double(np.arange(2)), double(np.arange(2))
    >>> both[1].tolist(), len(calls)
    ([0, 2], 1)
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Shared:
        memory = _MEMORY.get()
        if memory is None:
            return function(*args, **kwargs)
        given = [*args, *kwargs.values()]
        key = (function, tuple(kwargs), *(_name(value, memory.made) for value in given))
        rng = next((value for value in given if isinstance(value, np.random.Generator)), None)
        if key not in memory.results:
            result = function(*args, **kwargs)
            memory.results[key] = result, None if rng is None else rng.bit_generator.state
            memory.made[id(result)] = result
        result, state = memory.results[key]
        if rng is not None:
            rng.bit_generator.state = state
        return result

    return wrapper


def _name(value: Any, made: dict[int, Any]) -> Any:
    """Name a value by its content; what was made here, by which it is."""
    if id(value) in made:
        return "made", id(value)
    if isinstance(value, np.ndarray):
        content = np.ascontiguousarray(value)
        return value.shape, value.dtype.str, blake2b(content.tobytes(), digest_size=16).digest()
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if is_dataclass(value):
        return tuple(_name(getattr(value, one.name), made) for one in fields(value))
    return repr(value)
