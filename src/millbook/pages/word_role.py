"""The words of a study on a page: the role ``{word}``, and the directive ``{followed}``.

``{word}`signal` `` shows what these data call it, ``{word}`Signal` `` the same with a capital; see
`dyadsync.study.words.Words`. It works wherever roles do, and in the alternative text of figures.
``{followed}`` holds what is about the study that the book follows: in a book of that study's design
it stands as any text, in another it is set apart and says whose words it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from dyadsync.study.words import Words

_IN_ALT = re.compile(r"\{word\}`(\w+)`")
_TITLE = "The study that this analysis follows"


class WordRole(SphinxRole):
    """Shows one of the study's words."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the text."""
        word = _words(self.env.app).get(self.text)
        if word is None:
            message = self.inliner.reporter.error(
                f"There is no word '{self.text}'; see dyadsync.study.words.", line=self.lineno
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [nodes.Text(word)], []


class Followed(SphinxDirective):
    """Sets apart what is about the study that the book follows, if these data are of another."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Make the content, in a box for other data."""
        content = self.parse_content_to_nodes()
        if "shipped" in self.config.millbook_build.get("tags", ["shipped"]):
            return content
        box = nodes.admonition("", classes=["dyadsync-followed", "note"])
        box += nodes.title("", _TITLE)
        box += content
        return [box]


def _words(app: Sphinx) -> Mapping[str, str]:
    words: Mapping[str, str] = app.config.millbook_build.get("words") or Words().as_dict()
    return words


def _name_in_alt(app: Sphinx, document: nodes.document) -> None:
    """Put words into the alternative text of figures, which is not read as Markdown."""
    words = _words(app)
    for image in document.findall(nodes.image):
        if "alt" in image:
            image["alt"] = _IN_ALT.sub(lambda found: words[found.group(1)], image["alt"])


def _cut_links_to_what_is_left_out(app: Sphinx, document: nodes.document) -> None:
    """Turn links to chapters and places that are not for these data into text."""
    left_out = set(app.config.millbook_build.get("left_out", []))
    for node in list(document.findall(addnodes.pending_xref)):
        target = str(node.get("reftarget", "")).split("#")[0]
        target = target.removesuffix(".ipynb").removesuffix(".md").split("/")[-1]
        if target in left_out and node.get("reftype") != "term":  # of an entry in the glossary
            words = node.astext() if node.get("refexplicit") else "(not for these data)"
            node.replace_self(nodes.inline("", words))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register role, directive and what reads finished pages."""
    app.add_role("word", WordRole())
    app.add_directive("followed", Followed)
    app.connect("doctree-read", _name_in_alt)
    app.connect("doctree-read", _cut_links_to_what_is_left_out)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
