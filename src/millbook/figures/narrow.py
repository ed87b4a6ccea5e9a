"""Drawing a cell's figures once more for phones: the same code, in a narrow style.

The build asks for this in the kernel of the chapter, see `millbook.engine`. A cell is run again on
a copy of the notebook's names, its random generators as they were before it ran; so it must not
change what it reads, and should look right 3.6 inches wide.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from millbook.figures.display import as_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 3.6
"""Inches: what the column of a phone of 390 pixels shows without making it smaller."""

_SIZES: dict[Any, Any] = {
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), 9.0),
    **dict.fromkeys(("font.size", "axes.labelsize", "axes.titlesize"), 9.5),
    **dict.fromkeys(("legend.title_fontsize", "figure.titlesize"), 9.5),
}
_LETTERS_AN_INCH = 13  # of the fonts above
_remembered: dict[str, Any] = {}


def remember(shell: Any) -> None:
    """Keep the random generators as they are before a figure's cell runs."""
    _remembered.clear()
    _remembered["generators"] = {
        name: copy.deepcopy(value)
        for name, value in shell.user_ns.items()
        if type(value).__module__.startswith("numpy.random")
        and hasattr(value, "__getstate__")
        and not isinstance(value, type)
    }
    _remembered["global"] = _global_state()


def draw_again(shell: Any, source: str, path: str) -> None:
    """Draw the figures of a cell that has just run narrow; write them as a JSON list of SVGs."""
    names = {**shell.user_ns, **copy.deepcopy(_remembered["generators"])}
    after = _global_state()
    _set_global_state(_remembered["global"])
    try:
        with narrow_style() as figures:
            exec(compile(shell.transform_cell(source), "<figure, drawn again>", "exec"), names)
            Path(path).write_text(
                json.dumps([as_svg(one, 0.04) or "" for one in figures()]), encoding="utf-8"
            )
    finally:
        _set_global_state(after)


@contextmanager
def narrow_style() -> Iterator[Callable[[], list[Figure]]]:
    """Let figures be drawn narrow: small fonts, panels side by side below each other.

    Gives a function that lists what has been drawn, fitted; in the end all of it is closed.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

    made = Figure.__init__, Figure.set_size_inches, Figure.subplots, plt.show
    legend = Legend.__init__
    there = set(plt.get_fignums())

    def init(self: Figure, *args: Any, **kwargs: Any) -> None:
        made[0](self, *args, **kwargs)
        self.set_size_inches(tuple(self.get_size_inches()))

    def set_size_inches(self: Figure, w: Any, h: Any = None, forward: bool = True) -> None:
        width, height = w if h is None else (w, h)
        made[1](self, min(width, WIDTH), height, forward)

    def subplots(self: Figure, nrows: int = 1, ncols: int = 1, **kwargs: Any) -> Any:
        if nrows > 1 or ncols == 1:
            return made[2](self, nrows, ncols, **kwargs)
        wanted = kwargs.pop("squeeze", True)
        for name in ("width_ratios", "gridspec_kw"):
            kwargs.pop(name, None)
        for name in ("sharex", "sharey"):
            other = {"row": "col", "col": "row"}
            kwargs[name] = other.get(kwargs.get(name, False), kwargs.get(name, False))
        width, height = self.get_size_inches()
        self.set_size_inches(width, height * min(ncols, 3))
        axes = made[2](self, ncols, 1, squeeze=False, **kwargs)
        return axes[:, 0] if wanted else axes.T

    @wraps(legend)  # seaborn reads the signature to move a legend
    def one_column(self: Legend, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("ncol", None)  # the older name of ncols
        legend(self, *args, **{**kwargs, "ncols": 1})

    def drawn() -> list[Figure]:
        Figure.set_size_inches = made[1]  # type: ignore[method-assign]  # saving cuts margins by it
        new = [plt.figure(number) for number in plt.get_fignums() if number not in there]
        for figure in new:
            _fit(figure)
        return new

    Figure.__init__, Figure.set_size_inches, Figure.subplots = init, set_size_inches, subplots  # type: ignore[assignment,method-assign]
    Legend.__init__ = one_column  # type: ignore[method-assign]
    plt.show = lambda *_args, **_kwargs: None
    try:
        with mpl.rc_context(_SIZES):
            yield drawn
    finally:
        Legend.__init__ = legend  # type: ignore[method-assign]
        Figure.__init__, Figure.set_size_inches, Figure.subplots, plt.show = made  # type: ignore[method-assign]
        for number in set(plt.get_fignums()) - there:
            plt.close(number)


def _fit(figure: Figure) -> None:
    """Break long titles into lines."""
    whole = int(WIDTH * _LETTERS_AN_INCH)
    if figure.get_suptitle():
        figure.suptitle(_broken(figure.get_suptitle(), whole))
    height = figure.get_size_inches()[1]
    for ax in figure.axes:
        share = ax.get_position()
        ax.set_xlabel(_broken(ax.get_xlabel(), max(int(whole * share.width), 12)))
        ax.set_ylabel(_broken(ax.get_ylabel(), max(int(height * 13 * share.height), 12)))
        for title in (ax.title, ax._left_title, ax._right_title):  # type: ignore[attr-defined]
            title.set_text(_broken(title.get_text(), max(int(whole * share.width), 12)))


def _broken(text: str, letters: int) -> str:
    return text if "\n" in text else fill(text, letters, break_long_words=False)


def _global_state() -> Any:
    import random

    import numpy as np

    return random.getstate(), np.random.get_state()  # noqa: NPY002


def _set_global_state(state: Any) -> None:
    import random

    import numpy as np

    random.setstate(state[0])
    np.random.set_state(state[1])  # noqa: NPY002
