"""A sentence where an answer would stand."""

from __future__ import annotations

import re

__all__ = ["escape_markdown", "say_why"]

_ESCAPED = r"\\\1"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>$|#~^])")


def say_why(reason: str, *, markup: bool = True) -> str:
    """Make the sentence that stands where an answer would, in Markdown or as plain text."""
    sentence = f"Not computable with these data: {reason.strip().rstrip('.')}."
    return f"*{escape_markdown(sentence)}*" if markup else sentence


def escape_markdown(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is.

    Examples
    --------
    >>> print(escape_markdown("a_b [c]"))
    a\_b \[c\]
    """
    return _MARKDOWN.sub(_ESCAPED, text)
