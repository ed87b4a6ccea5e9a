"""Checks of an argument (a choice, a level, a share, a count) or a column of numbers.

Each check gives the value back as a plain Python one, or raises `InputError` with a sentence
that says which argument it is, what was given and what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Integral, Number, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from dyadsync.arrays import FloatArray
from dyadsync.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_MANY = 20  # choices that nobody wants to read

ROUNDING = 1e-10
"""Share of the largest value; smaller differences count as none."""


def is_constant(values: FloatArray, scale: float | None = None) -> Any:
    """Whether values do not vary along the last axis, up to the rounding of the largest of them.

    Parameters
    ----------
    values : array, shape (..., n)
        NaN where there is none.
    scale : float, optional
        Size of the largest value; by default of those given.

    Examples
    --------
    >>> is_constant(np.array([[0.1 + 0.2, 0.3, np.nan], [1.0, 2.0, 3.0]])).tolist()
    [True, False]
    """
    missing = np.isnan(values)
    if scale is None:
        scale = float(np.max(np.abs(np.where(missing, 0.0, values)), initial=0.0))
    highest = np.where(missing, -np.inf, values).max(axis=-1, initial=-np.inf)
    lowest = np.where(missing, np.inf, values).min(axis=-1, initial=np.inf)
    return ~(highest - lowest > ROUNDING * scale)


_LARGEST = 1e100
"""Numbers beyond this size, or below its inverse, overflow where they are multiplied."""


def is_numeric(column: pd.Series) -> bool:
    """Whether a column holds numbers, be it as objects."""
    from pandas.api.types import is_numeric_dtype

    if column.dtype == object:
        return all(isinstance(v, Number) for v in column.dropna()) and column.notna().any()
    return bool(is_numeric_dtype(column))


def numeric_column(data: pd.DataFrame, name: str, *, finite: bool = True) -> FloatArray:
    """Give one column as numbers, NaN where it has none, or name the first value that is none.

    With `finite` an infinite number is refused, too.
    """
    column = data[name]
    if not is_numeric(column):
        raise InputError(
            f"Column '{name}' holds text or categories (first value: {column.iloc[0]!r}), "
            "but numbers are needed."
            if len(column)
            else f"Column '{name}' holds no values."
        )
    if len(column) and isinstance(column.iloc[0], complex):
        raise InputError(f"Column '{name}' holds complex numbers, but real ones are needed.")
    values: FloatArray = column.to_numpy(dtype=float, na_value=np.nan)
    if finite and np.isinf(values).any():
        row = column.index[int(np.argmax(np.isinf(values)))]
        raise InputError(f"Column '{name}' holds an infinite value in row {row!r}.")
    largest = float(np.max(np.abs(values), initial=0, where=np.isfinite(values)))
    if largest > _LARGEST or 0 < largest < 1 / _LARGEST:
        raise InputError(
            f"Column '{name}' holds values of the size {largest:.0e}, whose squares no computer "
            "holds; give it in another unit."
        )
    return values


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Check that an argument is one of the names that it may be.

    Examples
    --------
    >>> check_choice("change", "ratio", ["difference", "log_ratio"])
    Traceback (most recent call last):
    ...
    dyadsync.errors.InputError: change is 'ratio'; it must be one of 'difference', 'log_ratio'. \
Did you mean 'log_ratio'?
    """
    known = list(choices)
    if isinstance(value, str) and value in known:
        return value
    close = get_close_matches(value, known) if isinstance(value, str) else []
    if close and len(known) > _MANY:
        raise InputError(
            f"{name} is {value!r}, none of the {len(known)} that there are; the nearest: "
            f"{', '.join(map(repr, close))}."
        )
    allowed = ", ".join(map(repr, known))
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise InputError(f"{name} is {value!r}; it must be one of {allowed}.{hint}")


def check_level(value: Any, name: str = "confidence_level") -> float:
    """Check a confidence level: above 0 and below 1.

    Examples
    --------
    >>> check_level(95)
    Traceback (most recent call last):
    ...
    dyadsync.errors.InputError: confidence_level is 95; it must lie between 0 and 1, such as 0.95.
    """
    if _is_number(value, Real) and 0 < value < 1:
        return float(value)
    raise InputError(f"{name} is {value!r}; it must lie between 0 and 1, such as 0.95.")


def check_share(name: str, value: Any, *, below: float = 1.0) -> float:
    """Check a share: at least 0 and below a bound.

    Examples
    --------
    >>> check_share("explained", 1.5)
    Traceback (most recent call last):
    ...
    dyadsync.errors.InputError: explained is 1.5; it must be at least 0 and below 1.
    """
    if _is_number(value, Real) and 0 <= value < below:
        return float(value)
    raise InputError(f"{name} is {value!r}; it must be at least 0 and below {below:g}.")


def check_count(name: str, value: Any, *, least: int = 1, most: int | None = None) -> int:
    """Check a count: a whole number of at least `least`, and at most `most`.

    Examples
    --------
    >>> check_count("n_draws", 1, least=100)
    Traceback (most recent call last):
    ...
    dyadsync.errors.InputError: n_draws is 1; it must be a whole number of at least 100.
    """
    upper = math.inf if most is None else most
    if _is_number(value, Integral) and least <= value <= upper:
        return int(value)
    allowed = f"of at least {least}" if most is None else f"from {least} to {most}"
    raise InputError(f"{name} is {value!r}; it must be a whole number {allowed}.")


def check_rng(rng: Any) -> np.random.Generator:
    """Make a generator from a seed; one that was given stays as it is, as in SciPy.

    Examples
    --------
    >>> check_rng(-1)
    Traceback (most recent call last):
    ...
    dyadsync.errors.InputError: rng is -1; it must be a whole number of at least 0, a Generator \
or None.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise InputError(
            f"rng is {rng!r}; it must be a whole number of at least 0, a Generator or None."
        ) from None


def check_seed(rng: Any, below: int) -> int:
    """Give a seed as it is, or draw one below a bound from a generator or from chance.

    Examples
    --------
    >>> check_seed(7, 2**32), check_seed(np.random.default_rng(1), 100)
    (7, 47)
    """
    generator = check_rng(rng)
    return int(rng) if isinstance(rng, Integral) else int(generator.integers(below))


def check_positive(name: str, value: Any) -> float:
    """Check a number above 0, which NaN and infinity are not.

    Examples
    --------
    >>> check_positive("smallest_effect", float("nan"))
    Traceback (most recent call last):
    ...
    dyadsync.errors.InputError: smallest_effect is nan; it must be a number above 0.
    """
    if _is_number(value, Real) and 0 < value < math.inf:
        return float(value)
    raise InputError(f"{name} is {value!r}; it must be a number above 0.")


def _is_number(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
