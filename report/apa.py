"""Numbers and text in the style of the APA, and how a notebook shows them.

Text is shown as it is: `say` escapes all that Markdown would take for markup, so that a name stays
what the lab wrote.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from html import escape

import pandas as pd

_STATISTIC = re.compile(r"(?<![\w.])(r|p|n|M|SD|b) (\\[=<>]) ")
_INTERVAL = re.compile(r"(\\\[−?[\d\\.]+\\,) (?=−?[\d\\])")
_SYMBOL = re.compile(r"((?:Pearson|Fisher|Student)\\'s) ([rtz])\b")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_NUMBER = re.compile(r"(under |[<−]? ?)[\d.,]+( [%×])?|–")
_NO_BREAK = "\u00a0"
MISSING = "–"


def number(value: float, decimals: int | None = None) -> str:
    """Write a number with a real minus sign; without decimals given, with three digits.

    Examples
    --------
    >>> number(-0.5, 2), number(1234.5), number(0.01234), number(float("nan"))
    ('−0.50', '1,234', '0.0123', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    decimals = digits(value) if decimals is None else decimals
    text = f"{value:,.{decimals}f}"
    text = text.replace("-", "") if not float(text.replace(",", "")) else text
    return text.replace("-", "−")


def digits(*values: float) -> int:
    """Choose decimals so that the largest of some numbers shows three digits, at most six.

    Examples
    --------
    >>> digits(0.05, -1.2), digits(0.004), digits(250)
    (2, 5, 0)
    """
    known = [abs(value) for value in values if math.isfinite(value) and value]
    return min(6, max(0, 2 - math.floor(math.log10(max(known))))) if known else 2


def share(value: float, decimals: int = 2) -> str:
    """Write what cannot be above 1, such as r: without the zero before the point.

    Examples
    --------
    >>> share(-0.304), share(1.0), share(float("nan"))
    ('−.30', '1.00', '–')
    """
    return re.sub(r"^(−?)0\.", r"\1.", number(value, decimals))


def p_value(p: float) -> str:
    """Write a p-value with its sign.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.0001), p_value(1.0)
    ('p = .031', 'p < .001', 'p = 1.000')
    """
    if not math.isfinite(p):
        return "p not known"
    return "p < .001" if p < 0.001 else f"p = {share(p, 3)}"


def percent(value: float) -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> percent(0.951), percent(0.003)
    ('95 %', '0.3 %')
    """
    whole = 100 * value
    return f"{number(whole, 0 if whole == 0 or whole >= 1 else 1)} %"


def level(confidence_level: float) -> str:
    """Write the level of an interval: ``95 %``."""
    return f"{100 * confidence_level:.10g} %"


def interval(lower: float, upper: float, confidence_level: float, write: object = None) -> str:
    """Write an interval: ``95 % CI [−0.30, −0.04]``.

    Examples
    --------
    >>> interval(-0.3, 0.04, 0.95)
    '95 % CI [−0.300, 0.040]'
    >>> interval(-0.3, 0.04, 0.9, share)
    '90 % CI [−.30, .04]'
    """
    if callable(write):
        ends = write(lower), write(upper)
    else:
        decimals = digits(lower, upper)
        ends = number(lower, decimals), number(upper, decimals)
    return f"{level(confidence_level)} CI [{ends[0]}, {ends[1]}]"


def listed(items: Iterable[object], last: str = "and") -> str:
    """Join words: ``a, b and c``."""
    *most, end = [str(item) for item in items]
    return f"{', '.join(most)} {last} {end}" if most else end


def count(n: int, one: str, many: str = "") -> str:
    """Write a number of things: ``1 dyad``, ``24 dyads``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def isolated(text: str) -> str:
    """Set a name in a script that runs from right to left apart from the text around it."""
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


def as_markdown(text: str) -> str:
    r"""Write text so that Markdown shows it as it is; letters of statistics are in italics.

    A statistic stays in one line with its sign and value, a number with its percent sign, and an
    interval with both its ends.

    Examples
    --------
    >>> print(as_markdown("*x* <b> (n = 3)").replace("\u00a0", "~"))
    \*x\* \<b\> \(*n*~\=~3\)
    >>> print(as_markdown("Pearson's r").replace("\u00a0", "~"))
    Pearson\'s~*r*
    """
    escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
    together = re.sub(r"(?<=\d) (?=\\%)", _NO_BREAK, escaped)
    together = _INTERVAL.sub(rf"\1{_NO_BREAK}", together)
    named = _SYMBOL.sub(rf"\1{_NO_BREAK}*\2*", together)
    return _STATISTIC.sub(rf"*\1*{_NO_BREAK}\2{_NO_BREAK}", named)


def say(heading: str, *sentences: str) -> None:
    """Show a paragraph with a heading before it; nothing where there is no sentence."""
    from IPython.display import Markdown, display

    told = " ".join(as_markdown(sentence) for sentence in sentences if sentence)
    if told:
        display(Markdown(f"**{as_markdown(heading)}.** {told}" if heading else told))


def show(table: pd.DataFrame | None) -> None:
    """Show a table of texts; nothing where there is none."""
    from IPython.display import HTML, display

    if table is None or not len(table):
        return
    sides = [_side(table[name]) for name in table]
    head = "".join(
        f'<th scope="col" style="text-align: {side}">{escape(str(name))}</th>'
        for name, side in zip(table, sides, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align: {side}{"; white-space: nowrap" * (side == "right")}">'
            f"{escape(str(cell))}</td>"
            for cell, side in zip(row, sides, strict=True)
        )
        + "</tr>"
        for row in table.itertuples(index=False)
    )
    display(
        HTML(
            f'<table class="dataframe"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        )
    )


def _side(column: pd.Series) -> str:
    """Numbers stand on the right of their column, words on the left."""
    return "right" if all(map(_NUMBER.fullmatch, map(str, column))) else "left"
