"""Plain loops, compiled, for what arrays would take many passes over memory for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays when it is first called.

    The result is kept beside the module, or where that cannot be written in the user's caches; it
    is made anew when the module changes. So a compiled function calls such functions of its own
    module alone. Sums are in the order of the loops, on every processor.

    With the variable NUMBA_DISABLE_JIT=1 the loops run as they are, slowly, line by line in a
    debugger.

    Examples
    --------
    >>> @compiled
    ... def total(values):
    ...     found = 0.0
    ...     for value in values:
    ...         found += value
    ...     return found
    >>> total((1.0, 2.0))
    3.0
    """
    try:
        return cast(F, njit(cache=True, error_model="numpy")(function))
    except RuntimeError:  # nothing can be written: compiled anew by each process
        return cast(F, njit(error_model="numpy")(function))
