"""Numbers in prose: what the text of a chapter shows for an ``{eval}`` role, by its own kernel.

A role holds a Python expression, and after a colon, as in an f-string, how to write its value:
``{eval}`effect:.2f` ``.  The kernel of the chapter writes the value, so the book and a notebook
that is run by hand in JupyterLab show the same; for the latter a chapter says
``%load_ext millbook``.
"""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Mapping
from numbers import Number, Real
from typing import Any

from millbook.by_hand import mark_folds, show_zeros_without_sign, watch_fixed_parameters

Answer = dict[str, Any]

_MISSING = {"nan", "<NA>", "NaT"}
# A hyphen before a number is its sign, unless it joins: 2021-01-01, week 0-16, HRSD-17.
MISSING = "–"
"""How a number that is none is written."""
_HYPHEN_OF_SIGN = re.compile(r"(?<![\w.\-–−)])-(?=\.?\d)")


def split_format(text: str) -> tuple[str, str]:
    """Split the text of a role into its expression and its format.

    The format begins at the first colon before which an expression is whole.

    Examples
    --------
    >>> split_format("effect:.2f")
    ('effect', '.2f')
    >>> split_format("effects['a:b'][1:]")
    ("effects['a:b'][1:]", '')
    """
    ends = [len(text), *(place for place, letter in enumerate(text) if letter == ":")]
    for end in ends:
        expression = text[:end].strip()
        try:
            ast.parse(expression, mode="eval")
        except SyntaxError:
            continue
        return expression, text[end + 1 :].strip()
    raise SyntaxError(f"{text} is no Python expression")


def as_text(value: Any, spec: str = "") -> str:
    """Write a value as prose does: with real minus signs, and a dash where there is no number.

    A negative number that would be rounded to zero has its first digit, so that none is "−0.00".

    Parameters
    ----------
    value : object
        A number, a text, or whatever else the format knows how to write.
    spec : str
        A format as in an f-string, such as ``".2f"``.

    Examples
    --------
    >>> as_text(-0.125, ".2f")
    '−0.12'
    >>> as_text(float("nan"), ".2f")
    '–'
    >>> as_text("from -1 to 2, in 2021-22")
    'from −1 to 2, in 2021-22'
    """
    if not isinstance(value, str) and str(value) in _MISSING:
        return MISSING
    text = format(value, spec)
    if isinstance(value, Number):
        if isinstance(value, Real) and text.startswith("-") and not re.search("[1-9]", text):
            text = f"{value:.1g}" if value < -1e-4 else text[1:]
        return text.replace("-", "−")
    return _HYPHEN_OF_SIGN.sub("−", " ".join(text.split()))


def load_ipython_extension(shell: Any) -> None:
    """Let a kernel answer expressions that end in a format, and write numbers as prose does.

    Values that are neither numbers nor texts, and have no format, are shown as they were.
    """
    as_before = shell.user_expressions
    if getattr(as_before, "writes_numbers", False):
        return

    def user_expressions(expressions: Mapping[str, str]) -> dict[str, Answer]:
        return {name: answer(text) for name, text in expressions.items()}

    def answer(text: str) -> Answer:
        try:
            expression, spec = split_format(text)
            value = eval(expression, shell.user_global_ns, shell.user_ns)
            if not (spec or isinstance(value, (str, Number))):
                plain: Answer = as_before({"value": expression})["value"]
                return plain
            written = as_text(value, spec)
        except Exception as error:
            return {
                "status": "error",
                "ename": type(error).__name__,
                "evalue": str(error),
                "traceback": traceback.format_exc().splitlines(),
            }
        # The repr of a text is what IPython itself answers, and what JupyterLab takes quotes from.
        return {"status": "ok", "data": {"text/plain": repr(written)}, "metadata": {}}

    user_expressions.writes_numbers = True  # type: ignore[attr-defined]
    shell.user_expressions = user_expressions
    show_zeros_without_sign(shell)
    watch_fixed_parameters(shell)
    mark_folds()
