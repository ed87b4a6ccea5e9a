"""What a notebook keeps of a figure: one drawing for wide columns, one for phones, its data."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from millbook.figures.drawn import drawn_data
from millbook.figures.widths import narrow_drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXTRAS = "application/vnd.dyadsync.figure+json"
"""Type of the output that holds what a page needs beside the figure: ``narrow`` and ``data``."""

_FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"  # the first is what sizes were computed with


def show_figures() -> None:
    """Let a notebook show figures as SVG, and keep the extras beside it; elsewhere do nothing."""
    from IPython.core.getipython import get_ipython
    from matplotlib.figure import Figure
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    shell = get_ipython()
    if shell is None or shell.display_formatter is None:
        return
    set_matplotlib_formats("svg")
    formatters = shell.display_formatter.formatters
    formatters["image/svg+xml"].for_type(Figure, as_svg)
    if EXTRAS not in formatters:
        from IPython.core.formatters import JSONFormatter

        formatters[EXTRAS] = JSONFormatter(parent=shell.display_formatter, format_type=EXTRAS)
    formatters[EXTRAS].for_type(Figure, extras)


def as_svg(figure: Figure) -> str:
    """Write a figure as SVG whose text is text."""
    whole = StringIO()
    figure.savefig(whole, format="svg", bbox_inches="tight", metadata={"Date": None})
    return whole.getvalue().replace("'DejaVu Sans'", _FONTS)


def extras(figure: Figure) -> dict[str, str]:
    """Draw a figure again for phones, if it can be, and write down what it shows as CSV."""
    found = {}
    data = drawn_data(figure)
    if len(data):
        found["data"] = data.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    with narrow_drawing(figure) as narrow:
        if narrow is not None:
            found["narrow"] = as_svg(narrow)
    return found
