"""Formulas as MathML, made when the book is built: no page needs a script to show one."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number, wrap_displaymath

_PRIME = re.compile(r"<msup>(<mi>[^<]+</mi>)<mi>&#x02032;</mi></msup>")
_FUNCTION = re.compile(r"<m([io])>(a?tanh|log|exp)</m\1>")
_LOGGER = logging.getLogger(__name__)


def mathml(latex: str, *, display: bool = False) -> str:
    r"""Write a formula as MathML; its LaTeX is kept as the text that can be copied.

    Examples
    --------
    >>> "<mi>r</mi>" in mathml(r"r^2")
    True
    """
    made = str(convert(latex, display="block" if display else "inline"))
    # Most fonts draw a prime raised; as an exponent it would be raised twice.
    made = _PRIME.sub(r'<mrow>\1<mo lspace="0" rspace="0">&#x02032;</mo></mrow>', made)
    # A function's name stands a little apart from what it is of.
    return _FUNCTION.sub(r'<mrow><mi>\2</mi><mspace width="0.17em"></mspace></mrow>', made)


def _visit_inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_convert(node, display=False))
    raise nodes.SkipNode


def _visit_block(writer: Any, node: nodes.math_block) -> None:
    number = get_node_equation_number(writer, node) if node["number"] else None
    classes = "math numbered" if number else "math"
    writer.body.append(writer.starttag(node, "div", "", CLASS=classes, tabindex="0", role="group"))
    if number:
        writer.body.append(f'<span class="eqno">({number})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(_convert(node, display=True) + "</div>\n")
    raise nodes.SkipNode


def _convert(node: nodes.Element, *, display: bool) -> str:
    latex = node.astext()
    if display and not node["nowrap"]:
        # Sphinx writes several lines or formulas as one environment.
        latex = wrap_displaymath(latex, None, numbering=False) if "\n\n" in latex else latex
    try:
        return mathml(latex, display=display)
    except Exception as error:  # the library raises errors of a dozen kinds
        _LOGGER.warning("The formula %r cannot be shown: %r", latex, error, location=node)
        return ""


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx write formulas by this module."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
