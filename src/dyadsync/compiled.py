"""Plain loops, compiled, for what arrays would take many passes over memory for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.caching import FunctionCache

F = TypeVar("F", bound=Callable[..., Any])


class _Kept(FunctionCache):
    """What is kept of a function; where that fails, as on a full disk, the function is compiled."""

    def load_overload(self, *asked: Any) -> Any:
        try:
            return super().load_overload(*asked)  # type: ignore[no-untyped-call]
        except Exception:  # a damaged file may raise anything
            self._forget()
            return None

    def save_overload(self, *made: Any) -> None:
        try:
            super().save_overload(*made)  # type: ignore[no-untyped-call]
        except Exception:
            self._forget()  # the index may name what was not written

    def _forget(self) -> None:
        with suppress(OSError):
            Path(self._cache_file._index_path).unlink()


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays when it is first called.

    The result is kept beside the module, or where that cannot be written in the user's caches; it
    is made anew when the module changes. So a compiled function calls such functions, and reads
    constants, of its own module alone. Sums are in the order of the loops, on every processor.

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
    made: Any = njit(error_model="numpy")(function)
    if made is not function:
        with suppress(RuntimeError):  # nothing can be written: compiled anew by each process
            made._cache = _Kept(function)  # type: ignore[no-untyped-call]
    return cast(F, made)
