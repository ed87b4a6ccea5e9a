"""A figure in two widths: as a wide column shows it, and drawn again for a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from textwrap import fill
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NARROW = ContextVar("narrow", default=False)
_NARROW_WIDTH = 3.6
"""Inches: what the column of a phone of 390 pixels shows without making it smaller."""

_again: WeakKeyDictionary[Figure, Callable[[], Any]] = WeakKeyDictionary()

P = ParamSpec("P")
T = TypeVar("T")


def two_widths(draw: Callable[P, T]) -> Callable[P, T]:
    """Let a function's figure be drawn once more, narrow, when a notebook shows it.

    Only a figure that the function makes itself is drawn again, not one whose axes it was given.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        import matplotlib.pyplot as plt

        before = plt.get_fignums()
        result = draw(*args, **kwargs)
        if plt.get_fignums() != before:
            _again[plt.gcf()] = partial(draw, *args, **kwargs)
        return result

    return drawn


@contextmanager
def narrow() -> Iterator[None]:
    """Draw what is drawn inside for a phone: narrow, with text no smaller than 11 pixels."""
    import matplotlib as mpl

    small = ("xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    large = ("font.size", "axes.labelsize", "axes.titlesize")
    sizes: dict[Any, float] = dict.fromkeys(small, 9.0) | dict.fromkeys(large, 9.5)
    token = _NARROW.set(True)
    try:
        with mpl.rc_context(sizes):
            yield
    finally:
        _NARROW.reset(token)


def is_narrow() -> bool:
    """Tell whether a phone is drawn for: then panels stand below each other."""
    return _NARROW.get()


def to_fit(text: str, letters: int = 42) -> str:
    """Break a text into lines of so many letters where a phone is drawn for."""
    return fill(text, letters, break_long_words=False) if is_narrow() else text


def columns(n: int) -> int:
    """Give the number of columns of a legend: as asked, or one where a phone is drawn for."""
    return 1 if is_narrow() else n


def figure_size(width: float, height: float) -> tuple[float, float]:
    """Give the size of a figure in inches: as asked, or as wide as a phone."""
    return (min(width, _NARROW_WIDTH), height) if is_narrow() else (width, height)


@contextmanager
def narrow_drawing(figure: Figure) -> Iterator[Figure | None]:
    """Draw a figure again for phones, and put it away in the end; None where it cannot be."""
    import matplotlib.pyplot as plt

    again = _again.get(figure)
    if again is None:
        yield None
        return
    with narrow():
        again()
        drawn = plt.gcf()
        for ax in drawn.axes:
            if "\n" not in ax.get_xlabel():
                ax.set_xlabel(to_fit(ax.get_xlabel()))
        yield drawn
        plt.close(drawn)
