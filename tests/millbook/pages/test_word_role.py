"""Links to what a book lacks become words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes

from millbook.pages.word_role import _cut_links_to_what_is_left_out


def link(target: str, words: str, **more: Any) -> nodes.Node:
    return addnodes.pending_xref("", nodes.inline("", words), reftarget=target, **more)


def test_links_to_what_is_left_out_become_words() -> None:
    page = new_document("page")
    page += nodes.paragraph("", "", link("power.ipynb", "the power", refexplicit=True))
    page += nodes.paragraph("", "", link("power-exercise-one", "power-exercise-one"))
    page += nodes.paragraph("", "", link("power", "power", reftype="term"))
    page += nodes.paragraph("", "", link("data.ipynb", "the data", refexplicit=True))
    config = SimpleNamespace(millbook_build={"left_out": ["power", "power-exercise-one"]})
    _cut_links_to_what_is_left_out(SimpleNamespace(config=config), page)  # type: ignore[arg-type]
    texts = ["the power", "(not for these data)", "power", "the data"]
    assert [paragraph.astext() for paragraph in page] == texts
    links = [bool(list(paragraph.findall(addnodes.pending_xref))) for paragraph in page]
    assert links == [False, False, True, True]
