"""A fragment of HTML that stands by itself, in the book and in JupyterLab."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from dyadsync.errors import InputError

__all__ = ["Widget", "make_widget", "shown_number", "static_table"]


class Widget:
    """Controls with what they change; it shows itself in a notebook and in the book.

    Attributes
    ----------
    html : str
        The fragment.
    """

    def __init__(self, html: str, words: str) -> None:
        self.html = html
        self._words = words

    def __repr__(self) -> str:
        return self._words

    def _repr_html_(self) -> str:
        return self.html


def make_widget(
    name: str,
    scripts: Sequence[str],
    content: Mapping[str, Any],
    *,
    controls: str,
    static: str,
    words: str,
) -> Widget:
    """Put a widget together.

    Parameters
    ----------
    name : str
        Id of the fragment; unlike that of anything else on the page.
    scripts : sequence of str
        Files beside this one. They run in a function of their own after ``parts.js``, once the
        fragment is a screen away or nearer, and find ``root``, the fragment, and ``data``, the
        content.
    content : mapping
        What the scripts read; it must go into JSON.
    controls : str
        HTML that is of use with scripts only. The last script shows it by ``ready()``.
    static : str
        HTML that stands there until then.
    words : str
        What the fragment is called in text.

    Raises
    ------
    InputError
        If the name is no plain id.
    """
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise InputError(f"name is {name!r}; use letters, digits and hyphens.")
    # "<" written so that nothing in the content can end the script.
    embedded = json.dumps(
        content, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).replace("<", "\\u003c")
    code = "\n".join(_beside(file) for file in ("parts.js", *scripts))
    html = f"""<div id="{name}" class="dyadsync-widget">
<style>
{_beside("widget.css")}</style>
<div data-part="controls" hidden>
{controls}
</div>
<div data-part="static">{static}</div>
<script type="application/json">{embedded}</script>
<script>
(() => {{
const root = document.getElementById("{name}");
let started = false;
const near = new IntersectionObserver((seen) => {{
  if (seen.at(-1).isIntersecting) start();
}}, {{ rootMargin: "100% 0px" }});
// A link to a choice starts the widget wherever it stands on the page.
const linked = () => location.hash.startsWith("#{name}:");
if (linked()) start();
else {{
  near.observe(root);
  addEventListener("hashchange", () => linked() && start());
}}
function start() {{
if (started) return;
started = true;
near.disconnect();

{code}}}
}})();
</script>
</div>"""
    return Widget(html, words)


def static_table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of text whose first column names its rows."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in header)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def shown_number(value: float, decimals: int = 2) -> str:
    """Write a number as the scripts do: with a real minus, a dash where there is none.

    Examples
    --------
    >>> shown_number(-0.346), shown_number(float("nan")), shown_number(-0.001)
    ('−0.35', '–', '0.00')
    """
    if value != value:
        return "–"
    text = f"{value:.{decimals}f}"
    return text.replace("-", "" if float(text) == 0 else "−")


def _beside(file: str) -> str:
    return (Path(__file__).parent / file).read_text(encoding="utf-8")
