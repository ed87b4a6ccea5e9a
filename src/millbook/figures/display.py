"""What a notebook keeps of a figure beside its SVG: its data, and a drawing for phones."""

from __future__ import annotations

import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

from millbook.prose import load_ipython_extension

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "image/svg+xml"
EXTRAS = "application/vnd.millbook.figure+json"
"""Type of the output that holds what a page needs beside the figure: ``narrow`` and ``data``."""

FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
"""What a page shows a figure's text in; sizes were computed with the first."""


def prepare_figures(shell: Any) -> None:
    """Let a kernel write numbers as prose does, and keep what figures show beside them.

    matplotlib is not imported unless the notebook does.
    """
    from IPython.core.formatters import JSONFormatter, SVGFormatter

    load_ipython_extension(shell)
    shell.events.register("post_execute", _show_figures)
    for kind, base, show in ((SVG, SVGFormatter, as_svg), (EXTRAS, JSONFormatter, extras)):

        class Figures(base):  # type: ignore[misc, valid-type, unused-ignore]
            """Knows figures by itself: matplotlib takes what is registered for them away."""

            written = staticmethod(show)

            def lookup(self, obj: Any) -> Any:
                pyplot = sys.modules.get("matplotlib.figure")
                if pyplot is None or not isinstance(obj, pyplot.Figure):
                    return super().lookup(obj)
                return self.written

        formatter = Figures(parent=shell.display_formatter, format_type=kind)
        shell.display_formatter.formatters[kind] = formatter


def _show_figures() -> None:
    """Show a cell's figures and close them, before pyplot draws them once more for a screen."""
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline is not None:
        inline.flush_figures()


def as_svg(figure: Figure, margin: float = 0.1) -> str | None:
    """Write a figure as SVG, inches of margin around it, as a notebook shows it; none if empty.

    matplotlib draws a figure twice, the first time unseen, to lay it out. Here it only lays it out.
    """
    if not figure.axes:
        return None

    def lay_out(_renderer: object) -> None:
        del figure.draw  # the next time it draws
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)

    figure.draw = lay_out  # type: ignore[assignment,method-assign]
    whole = StringIO()
    tight: Any = {"bbox_inches": "tight", "pad_inches": margin, "facecolor": "auto"}
    figure.savefig(whole, format="svg", metadata={"Date": None}, **tight)
    return whole.getvalue()


def extras(figure: Figure) -> dict[str, Any]:
    """Write down what a figure shows as CSV, and how many inches wide it is."""
    from millbook.figures.drawn import drawn_data

    found: dict[str, Any] = {"width": float(figure.get_size_inches()[0])}
    data = drawn_data(figure)
    if len(data):
        found["data"] = data.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    return found
