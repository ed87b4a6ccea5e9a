"""Files that a site has beside its pages: a page for wrong addresses, and a map."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


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


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the files."""
    app.connect("html-collect-pages", _missing_page)
    app.connect("build-finished", _write_map)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
