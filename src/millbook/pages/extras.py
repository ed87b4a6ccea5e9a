"""Files that a site has beside its pages: a page for wrong addresses, a map, a picture to share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from sphinx.application import Sphinx

from dyadsync.figures.colours import PATIENT, THERAPIST
from millbook.pages.landing import deviations


def _missing_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Make the page for wrong addresses; it knows the way home from beside any other page."""
    root = app.config.root_doc
    home = f"{app.config.html_baseurl}{root}.html" if app.config.html_baseurl else "index.html"
    yield "404", {"home": home}, "404.html"


def _write_map(app: Sphinx, error: Exception | None) -> None:
    """Write a map of the site for search engines, which want whole addresses."""
    base = app.config.html_baseurl
    if error is not None or not base:
        return
    entries = "".join(
        f"<url><loc>{escape(base + page)}.html</loc></url>\n" for page in sorted(app.env.found_docs)
    )
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n',
        encoding="utf-8",
    )


def _write_card(app: Sphinx, error: Exception | None) -> None:
    """Draw the picture that shows up where somebody shares a page."""
    published = Path(app.srcdir, "results", "pair.json")
    if error is None and published.is_file():
        pair = json.loads(published.read_text(encoding="utf-8"))
        draw_card(str(app.config.html_title), pair, Path(app.outdir, "_static", "card.png"))


def draw_card(title: str, pair: dict[str, Any], file: Path) -> None:
    """Draw a pair's two curves below the book's title, 1200 by 630 pixels.

    Parameters
    ----------
    title
        The book's title.
    pair
        See `millbook.pages.landing.draw_pair`.
    file
        The PNG to write; equal pairs give equal bytes.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    placed: dict[Any, Any] = {"figure.constrained_layout.use": False, "figure.autolayout": False}
    with mpl.rc_context({"font.family": "DejaVu Serif", **placed}):
        figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="white")
        FigureCanvasAgg(figure)
        figure.text(0.06, 0.84, title, fontsize=36, weight="bold", color="#1c2226", va="center")
        axes = figure.add_axes((0.06, 0.1, 0.88, 0.6))
        axes.axis("off")
        for who, colour in (("patient", PATIENT), ("therapist", THERAPIST)):
            curve = deviations(np.asarray(pair[who], float))
            axes.plot(curve, color=colour, linewidth=9, marker="o", markersize=22)
        figure.savefig(file, metadata={"Software": None})


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the files."""
    app.connect("html-collect-pages", _missing_page)
    app.connect("build-finished", _write_map)
    app.connect("build-finished", _write_card)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
