"""The switchboard: each choice of the multiverse as a switch, and what each combination finds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from dyadsync.claims.verdict import CLAIMS
from dyadsync.scrutiny.multiverse.choices import CHOICES
from dyadsync.scrutiny.multiverse.run import EFFECTS, MultiverseResult
from widgets.fragment import Widget, make_widget, shown_number, static_table

__all__ = ["SCRIPT", "switchboard", "switchboard_script"]

SCRIPT = "switchboard"
"""Name of the script that holds the numbers; the site has it among its own."""

_CLAIM_OF = {"a": "a", "b": "b", "acme": "c"}
_TITLES = {"a": "path a", "b": "path b", "acme": "indirect effect"}


def switchboard_script(packed: dict[str, Any]) -> str:
    """Write a packed multiverse as a script, which a page may load from a folder, too.

    Parameters
    ----------
    packed : dict
        From `dyadsync.scrutiny.multiverse.compact.compact`.
    """
    numbers = {name: packed[name] for name in ("columns", "packed")}
    return f"globalThis.dyadsyncMultiverse = {json.dumps(numbers, separators=(',', ':'))};\n"


def switchboard(
    packed: dict[str, Any], result: MultiverseResult, *, name: str = "switchboard"
) -> Widget:
    """Make the switches; the numbers come from the script when a reader is near.

    Parameters
    ----------
    packed : dict
        From `dyadsync.scrutiny.multiverse.compact.compact`.
    result : MultiverseResult
        What was packed; its single changes from the main analysis are the table without scripts.
    name : str
        Id of the fragment, and the word that a shared link begins with.

    Returns
    -------
    Widget
    """
    forks = packed["forks"]
    content = {
        "script": f"{SCRIPT}.js",
        "forks": forks,
        "main": packed["main"],
        "reasons": packed["reasons"],
        "level": f"{100 * result.confidence_level:g}",
        "effects": [
            {"name": effect, "title": _TITLES[effect], "sign": CLAIMS[_CLAIM_OF[effect]][1]}
            for effect in EFFECTS
        ],
    }
    switches = "".join(_switch(name, k, fork) for k, fork in enumerate(forks))
    controls = f"""<div class="board">
<div class="side">
<div class="follow">
<p class="head" data-part="sentence" aria-live="polite"></p>
<p class="row" data-part="mend" hidden><button type="button" data-part="nearest">Go to the nearest
one that exists</button></p>
<svg data-part="effects" role="img" viewBox="0 0 340 150"></svg>
</div>
<div class="rest">
<svg data-part="curve" role="img" viewBox="0 0 340 170"></svg>
<p data-part="share-supported"></p>
<p data-part="place"></p>
<p class="quiet" data-part="why"></p>
</div>
</div>
<div class="switches">
<p class="row"><button type="button" data-part="surprise">Surprise me</button>
<button type="button" data-part="back">Main analysis</button>
<button type="button" data-part="share">Copy link</button>
<span data-part="shared" role="status"></span></p>
<p class="quiet">The mark beside an option says what changing this choice alone would find of the
indirect effect: <b class="supported">●</b> supported, <b>○</b> inconclusive,
<b class="contradicted">✕</b> contradicted, <b>–</b> no such analysis.</p>
{switches}
</div>
<div class="all" data-part="numbers"></div>
</div>"""
    return make_widget(
        name,
        ["multiverse.js", "switchboard.js"],
        content,
        controls=controls,
        static=_table(result),
        words=f"Switchboard of {len(result.table):,} analyses",
    )


def _switch(name: str, number: int, fork: dict[str, Any]) -> str:
    """Write a fork as a group of radio buttons; one without a choice is only said."""
    title, options = escape(fork["title"]), [escape(_words(one)) for one in fork["options"]]
    if len(options) == 1:
        return f'<p class="only"><b>{title}</b> {options[0]} (no other option was run)</p>'
    buttons = "".join(
        f'<label data-option="{number}:{k}"><input type="radio" name="{name}-{number}" value="{k}">'
        f'<span>{words} <b data-part="mark-{number}-{k}"></b></span></label>'
        for k, words in enumerate(options)
    )
    return f"<fieldset><legend>{title}</legend>{buttons}</fieldset>"


def _table(result: MultiverseResult) -> str:
    """Give the main analysis and every single change from it, where scripts do not run."""
    main = result.main
    changed = result.turning_choices("acme")
    rows: Iterable[tuple[str, Any]] = [
        ("main analysis", _renamed(main)),
        *(
            (f"{CHOICES[row.choice].title}: {_words(row.option)}", row._asdict())
            for row in changed.itertuples()
        ),
    ]
    level = f"{100 * result.confidence_level:g} %"
    return static_table(
        "The indirect effect, in the outcome’s own unit, when one choice alone is changed",
        [
            "Analysis",
            "Estimate",
            f"{level} interval from",
            "to",
            "Verdict",
        ],
        [
            [analysis, *(shown_number(found[k]) for k in _NUMBERS), str(found["verdict"])]
            for analysis, found in rows
        ],
    )


_NUMBERS = ("estimate", "ci_lower", "ci_upper")


def _renamed(main: Any) -> dict[str, Any]:
    return {name: main[f"acme_{name}"] for name in (*_NUMBERS, "verdict")}


def _words(option: object) -> str:
    return str(option).replace("_", " ")
