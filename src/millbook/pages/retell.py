"""Telling the chapters of a study that is not the one they were written for.

Chapters are written in the words of the study that the book follows. For data with roles their
text is told in the words of these data before Sphinx reads it: the word for ``oxytocin`` becomes
``{word}`signal` ``, a role, so that nothing in a name from the data is read as markup. Code, links'
targets, formulas and what stands in ``{followed}`` stay as they are. What the package printed or
gave as a number's text is told as well; figures know the words themselves.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

from sphinx.application import Sphinx

from dyadsync.absent import escape_markdown
from dyadsync.study.words import SPOKEN, Words
from millbook.inline import METADATA

_KEPT = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{followed\}.*?^(?P=fence)[ ]*$"  # of the study that is followed
    r"|^```\w.*?^```[ ]*$"  # code, which names its language
    r"|^[`:]{3,}[ ]*$"  # the end of a directive
    r"|^<[a-z][^\n]*$"  # a line of HTML, in which no role is read
    r"|^\([\w-]+\)=[ ]*$"  # a label
    r"|^:\w+:[^\n]*$|^[`:]{3,}\{only\}[^\n]*$"  # an option, a condition
    r"|^[`:]{3,}\{[\w-]+\}"  # the name of a directive
    r"|\{(?:term|ref)\}`[^`]*`"  # told apart
    r"|(?:\{[\w:-]+\})?(?P<ticks>`+)(?:(?!(?P=ticks)).)+(?P=ticks)"  # a role, code in a line
    r"|\]\([^)]*\)|<[^>\n]+>"  # where a link leads, a tag
    r"|\$\$.*?\$\$|\$[^$\n]+\$",  # a formula
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r"\{(term|ref)\}`([^`<]*)(<[^`]*>)?`")
_ENTRIES = "oxytocin|HRSD-17|social impairment|symptom reduction"
"""What the glossary explains for the followed study alone."""
_ENTRY = re.compile(rf"^(?:{_ENTRIES})\n(?:  .*\n)+\n?", re.M)
_ENTRY_OF_PHASES = re.compile(r"^session change\n(?:  .*\n)+\n?", re.M)
_ENTRY_LINK = re.compile(rf"(?i)\{{term\}}`({_ENTRIES})`")
# Where a picture or a table speaks of both persons, a therapist is the second of them.
_BOTH = re.compile(r"(?is)(?=.*\bpatients?\b).*\btherapists?\b")
_BOTH_CELLS = re.compile(r"(?is)(?=.*>patients?</t[dh]>).*>therapists?</t[dh]>")
AS_TYPED = "as-typed"
"""The tag of a cell that shows files, or what commands say, whatever the data of the book."""
_MARKUP = re.compile(r"[`<>{}\\\[\]]")


def retell(text: str, words: Words) -> str:
    """Tell a Markdown text in a study's words.

    Examples
    --------
    >>> retell("Oxytocin of {term}`dyads`, see [oxytocin](#oxytocin).", Words(signal="cortisol"))
    '{word}`Signal` of {term}`dyads`, see [{word}`signal`](#oxytocin).'
    """
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [_tell(text[end : kept.start()], words), _titled(kept.group(), words)]
        end = kept.end()
    return "".join([*parts, _tell(text[end:], words)])


def _tell(text: str, words: Words) -> str:
    return SPOKEN.sub(lambda found: f"{{word}}`{words.instead(found)}`", text)


def _titled(kept: str, words: Words) -> str:
    """Tell the title in a role that links; a term of the followed study alone is no link."""
    if "{followed}" in kept.partition("\n")[0]:
        return _ENTRY_LINK.sub(r"\1", kept)
    if kept.startswith("<") and kept.count("<") > 1:
        parts = re.split(r"(<[^>]*>)", kept)
        return "".join(p if p.startswith("<") else _in_html(p, words) for p in parts)
    found = _TITLE.fullmatch(kept)
    if found is None:
        return kept
    role, title, target = found.groups()
    if role == "term" and SPOKEN.search(target or title):
        return _tell(title.strip(), words)
    if target is None:
        return kept
    return f"{{{role}}}`{_MARKUP.sub('', words.tell(title)).strip()} {target}`"


def _in_html(text: str, words: Words) -> str:
    """Tell a text that already is HTML."""
    told: str = _safe(words, escape).tell(text)
    return told


def retell_notebook(notebook: dict[str, Any], words: Words) -> None:
    """Tell an executed notebook in a study's words, in place."""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            cell["source"] = retell(source, words)
            for kept in cell["metadata"].get(METADATA, []):
                _tell_value(kept["result"].get("data", {}), words)
            continue
        shown = cell["metadata"].get("mystnb", {})
        if "caption" in shown.get("figure", {}):
            shown["figure"]["caption"] = retell(shown["figure"]["caption"], words)
        if "alt" in shown.get("image", {}):
            alt = shown["image"]["alt"]
            shown["image"]["alt"] = _of_two(words, _BOTH.match(alt)).tell(alt)
        if AS_TYPED not in cell["metadata"].get("tags", []):
            for output in cell.get("outputs", []):
                _tell_output(output, words)


def _tell_value(data: dict[str, Any], words: Words) -> None:
    text = "".join(data.get("text/plain", ""))
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return
    if isinstance(value, str):
        data["text/plain"] = repr(words.tell(value))


def _tell_output(output: dict[str, Any], words: Words) -> None:
    if "text" in output:
        output["text"] = words.tell("".join(output["text"]))
    data = output.get("data", {})
    if "text/plain" in data:
        data["text/plain"] = words.tell("".join(data["text/plain"]))
    if "text/markdown" in data:  # why the study cannot carry what the cell would have shown
        safe = _safe(words, escape_markdown)
        data["text/markdown"] = safe.tell("".join(data["text/markdown"]))
    if "text/html" in data and "<script" not in "".join(data["text/html"]):
        text = "".join(data["text/html"])
        data["text/html"] = _in_html(text, _of_two(words, _BOTH_CELLS.match(text)))


def _of_two(words: Words, both: re.Match[str] | None) -> Words:
    """Let a therapist be the second person, where both are spoken of."""
    return replace(words, therapist=words.second) if both else words


def _safe(words: Words, escaped: Callable[[str], str]) -> Words:
    """Write every word so that nothing in it is read as markup."""
    texts: dict[str, Any] = {
        name: escaped(word) for name, word in vars(words).items() if isinstance(word, str)
    }
    return replace(words, **texts)


def words_to_tell(app: Sphinx) -> Words | None:
    """Give the words of the data, if they are not those that the chapters were written for."""
    build = app.config.millbook_build
    if "shipped" in build.get("tags", ["shipped"]):
        return None
    told = {name: build["words"][name] for name in Words.__dataclass_fields__}
    facts = {name: told[name] == str(True) for name in ("cause_reversed", "positive")}
    return Words(**told | facts)


def _retell_source(app: Sphinx, page: str, source: list[str]) -> None:
    words = words_to_tell(app)
    if words is None or page.endswith("references"):
        return
    if app.env.doc2path(page).endswith(".ipynb"):
        notebook = json.loads(source[0])
        retell_notebook(notebook, words)
        source[0] = json.dumps(notebook, ensure_ascii=False)
    else:
        text = source[0] if "phases" in app.tags else _ENTRY_OF_PHASES.sub("", source[0])
        source[0] = retell(_ENTRY.sub("", text), words)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell pages before anything else reads them."""
    app.connect("source-read", _retell_source, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
