"""What a book's pages have beyond Sphinx and MyST-NB: all extensions of this folder.

The build writes into the staged configuration

- ``millbook_build``, a mapping of ``provenance`` (see `millbook.provenance.provenance`),
  ``parameters`` (of each page that uses any, their names and values) and ``changed`` (the
  parameters that have another value than the profile gives);
- ``millbook_redirects``: old names of pages and the pages that they lead to.

An extension of the project's own may add a style sheet's path to ``millbook_sheets``.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from sphinx.application import Sphinx

_PARTS = (
    *("eval_role", "api", "theme", "entries", "codebook", "exercises", "of_chapters"),
    "figure_frame",
)


def _add_provenance(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], _document: Any
) -> None:
    if "body" in context:
        # docutils calls a bibliography a list, but its entries no list items: say neither. The
        # role that it gives an entry is deprecated.
        context["body"] = (
            context["body"]
            .replace('<div role="list" class="citation-list">', '<div class="citation-list">')
            .replace(' role="doc-biblioentry"', "")
        )
    context["provenance"] = _provenance(app.config.millbook_build, page)


def _provenance(build: Mapping[str, Any], page: str) -> str:
    facts = build.get("provenance", {})
    parameters = build.get("parameters", {}).get(page, {})
    rows = {
        "Parameters": ", ".join(f"{name} = {value}" for name, value in parameters.items()),
        "Data (SHA-256)": facts.get("data"),
        "Package": facts.get("package"),
        "Python": facts.get("python"),
        "Environment (SHA-256 of the lock file)": facts.get("lock"),
        "Commit": facts.get("commit"),
    }
    items = "".join(
        f"<dt>{escape(name)}</dt><dd><code>{escape(str(value))}</code></dd>"
        for name, value in rows.items()
        if value not in (None, "")
    )
    return (
        '<details class="provenance"><summary>How this page was made</summary>'
        f"<dl>{items}</dl></details>"
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register all parts."""
    app.add_config_value("millbook_build", {}, "html", [dict])
    app.add_config_value("millbook_redirects", {}, "", [dict])
    app.add_config_value("millbook_sheets", [], "", [list])
    for part in _PARTS:
        app.setup_extension(f"millbook.pages.{part}")
    app.connect("html-page-context", _add_provenance)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
