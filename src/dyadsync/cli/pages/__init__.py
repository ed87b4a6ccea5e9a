"""What this project's pages have beyond those of any book: a Sphinx extension of `millbook`'s.

- ``{pair}``: two people, their sessions, and one number;
- ``{answer}``: the answer to the book's question, in two sentences;
- ``{claims}``: what the data show, claim by claim;
- ``{credibility}``: how far such a finding can be trusted, as four numbers;
- a notice on every page where the data were simulated or the settings are not the book's own;
- a picture for where a page is shared.

All numbers are those that chapters have published, in the folder ``results`` of the staged book.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

import dyadsync
from dyadsync.cli.pages.claims import Answer, Claims
from dyadsync.cli.pages.credibility import Credibility
from dyadsync.cli.pages.of_results import read_json
from dyadsync.cli.pages.pair import Pair, draw_card

_SHEET = Path(__file__).with_name("pages.css")
_NOTICE = '<aside class="simulated" aria-label="Notice">{}</aside>'
_SIMULATED = "<p><b>Simulated data</b>{seed}{chosen}: they say nothing about people.</p>"
_CHANGED = (
    "<p><b>Other settings</b> than the book’s own: {}. Numbers and figures are of these; what is "
    "said without a number is said of the book’s own.</p>"
)
_CHOSEN = ", chosen to show the published pattern"


def notice(descriptor: dict[str, Any], changed: dict[str, Any]) -> str:
    """Say that data were simulated, and which settings are not the book's own.

    Examples
    --------
    >>> notice({"name": "measured"}, {"solutions": False})
    ''
    >>> "(seed 4)" in notice({"dyadsync:simulation": {"seed": 4}}, {})
    True
    """
    said = ""
    if (simulation := descriptor.get("dyadsync:simulation")) is not None:
        seed = f" (seed {simulation['seed']})" if "seed" in simulation else ""
        said = _SIMULATED.format(seed=seed, chosen=_CHOSEN if "rule" in simulation else "")
    settings = [f"{name} = {value}" for name, value in changed.items() if name != "solutions"]
    if settings:
        said += _CHANGED.format(escape(", ".join(settings)))
    return _NOTICE.format(said) if said else ""


def _configure(_app: Sphinx, config: Config) -> None:
    config.millbook_sheets.append(str(_SHEET))


def _add_to_page(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _document: Any
) -> None:
    book = Path(app.srcdir)
    if "body" in context:
        changed = app.config.millbook_build.get("changed", {})
        said = notice(read_json(book / "datapackage.json"), changed)
        context["body"] = said + context["body"]
    # Who shows a shared page asks for whole addresses.
    if app.config.html_baseurl and (book / "results" / "pair.json").is_file():
        context["card_url"] = f"{app.config.html_baseurl}_static/card.png"


def _write_card(app: Sphinx, error: Exception | None) -> None:
    pair = Path(app.srcdir, "results", "pair.json")
    if error is None and app.config.html_baseurl and pair.is_file():
        card = Path(app.outdir, "_static", "card.png")
        style = Path(app.srcdir, "chapters", "book.mplstyle")
        draw_card(str(app.config.html_title), read_json(pair), style, card)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_directive("pair", Pair)
    app.add_directive("answer", Answer)
    app.add_directive("claims", Claims)
    app.add_directive("credibility", Credibility)
    app.connect("config-inited", _configure)
    app.connect("html-page-context", _add_to_page)
    app.connect("build-finished", _write_card)
    return {
        "version": dyadsync.__version__,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
