"""What pages show of all chapters: their list, the slides of the core path, and all exercises.

A page says ```` ```{chapters} ````, ```` ```{slides} data ```` or ```` ```{exercises} ````; before
Sphinx reads them, these lines become Markdown made of the staged chapters.  Slides are the cells
that JupyterLab's slide types mark: ``slide`` begins one under the heading that it stands below,
``fragment`` goes on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from sphinx.application import Sphinx

from millbook.arrange import has_tag
from millbook.figure_files import FOLDER
from millbook.inline import METADATA, read_text

_PART = re.compile(r"^```\{(chapters|slides|exercises)\} *(.*)\n```$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,3} +(.+)\n*", re.MULTILINE)
_LABEL = re.compile(r"^\([^)\n]+\)=\n", re.MULTILINE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>$|#~^])")
_CITATION = re.compile(r" *\{footcite:[a-z]+\}`[^`]*`")
_NUMBER = re.compile(r"\{eval\}`([^`]+)`")
_ROLE = re.compile(r"\{[\w:-]+\}`([^`]+)`")
_SENTENCE = re.compile(r".+?[.?!](?=\s|$)")

Notebook = Mapping[str, Any]


def chapter_list(book: Path, toc: Mapping[str, Any]) -> str:
    """List all chapters by the parts of the book, each with its question.

    Parameters
    ----------
    book
        The staged book.
    toc
        Its table of contents.
    """
    lines: list[str] = []
    for part in toc["parts"]:
        lines += [f"**{part['caption']}**", ""]
        for entry in part["chapters"]:
            file = next(book.glob(f"{entry['file']}.*"))
            text = file.read_text(encoding="utf-8")
            if file.suffix == ".ipynb":
                text = _text(json.loads(text)["cells"][0])
            title = _HEADING.search(text)
            words = title[1] if title else file.stem
            lines.append(f"- [{words}]({file.name}): {question(text)}")
        lines.append("")
    return "\n".join(lines)


def question(text: str) -> str:
    r"""Find the first question below the title of a chapter; without one, its first sentence.

    Examples
    --------
    >>> question("# Rain\n\nIt rains in {term}`May`. How often does it?\n\n## Days")
    'How often does it?'
    """
    opening = re.split(r"\n\n|\n(?=#)", text.partition("\n")[2].lstrip("\n"))[0]
    plain = _ROLE.sub(r"\1", opening).replace("\n", " ")
    sentences = [found[0].strip() for found in _SENTENCE.finditer(plain)]
    asked = [sentence for sentence in sentences if sentence.endswith("?")]
    return next(iter(asked + sentences), "")


def exercise_list(notebook: Notebook, chapter: str) -> str:
    """List the exercises of a chapter, each with a link to it, below the chapter's title.

    Parameters
    ----------
    notebook
        The chapter, as JSON gives it.
    chapter
        Its name, which labels begin with.
    """
    cells = notebook["cells"]
    titles = [_heading(cell) for cell in cells if has_tag(cell, "exercise")]
    labels = [f"{chapter}-{cell['id']}" for cell in cells if has_tag(cell, "exercise")]
    rows = [f"- {{numref}}`{label}`: {title}" for label, title in zip(labels, titles, strict=True)]
    if not rows:
        return ""
    return "\n".join([f"**[{_heading(cells[0])}]({chapter}.ipynb)**", "", *rows, ""])


def slides(notebook: Notebook, figures: Path) -> str:
    """Make the slides of a chapter, a section each.

    Parameters
    ----------
    notebook
        The executed chapter, as JSON gives it.
    figures
        Folder of the book to which its figures are written, by their digest.
    """
    parts: list[str] = []
    heading = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            found = _HEADING.search(_text(cell))
            heading = found[1] if found else heading
        kind = cell["metadata"].get("slideshow", {}).get("slide_type")
        if kind == "slide":
            parts.append(f"## {heading}")
        if kind in ("slide", "fragment"):
            parts += _shown(cell, figures)
    return "\n\n".join(parts) + "\n"


def _shown(cell: Mapping[str, Any], figures: Path) -> Iterator[str]:
    if cell["cell_type"] == "markdown":
        text = _CITATION.sub("", _HEADING.sub("", _LABEL.sub("", _text(cell))))
        values = {one["expression"]: one["result"] for one in cell["metadata"].get(METADATA, [])}
        yield _NUMBER.sub(
            lambda number: _value(values[number[1]]) if number[1] in values else number[0], text
        ).strip()
        return
    shown = cell["metadata"].get("mystnb", {})
    for output in cell["outputs"]:
        svg = "".join(output.get("data", {}).get("image/svg+xml", ""))
        if not svg:
            continue
        drawing = "\n".join(svg.splitlines())  # the bytes that MyST-NB writes for the chapter
        digest = hashlib.sha256(drawing.encode()).hexdigest()
        figures.mkdir(parents=True, exist_ok=True)
        (figures / f"{digest}.svg").write_text(drawing, encoding="utf-8", newline="\n")
        caption = shown.get("figure", {}).get("caption", "")
        alt = shown.get("image", {}).get("alt", "")
        yield (
            f":::{{figure}} /{figures.name}/{digest}.svg\n:alt: {json.dumps(alt)}\n\n{caption}\n:::"
        )


def _value(result: dict[str, Any]) -> str:
    """Give a value as Markdown that shows it as it is: a name in it may look like markup."""
    return _MARKDOWN.sub(r"\\\1", read_text(result))  # shown as it is


def _fill(app: Sphinx, page: str, source: list[str]) -> None:
    if app.env.doc2path(page).endswith(".md"):
        source[0] = _PART.sub(lambda part: _made(app, part[1], part[2].split()), source[0])


def _made(app: Sphinx, what: str, names: list[str]) -> str:
    book = Path(app.srcdir)
    toc = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    if what == "chapters":
        return chapter_list(book, toc)
    chapters = {
        Path(entry["file"]).name: book / f"{entry['file']}.ipynb"
        for part in toc["parts"]
        for entry in part["chapters"]
    }
    notebooks = {
        name: json.loads(path.read_text(encoding="utf-8"))
        for name, path in chapters.items()
        if path.is_file()
    }
    if what == "exercises":
        return "\n".join(exercise_list(notebook, name) for name, notebook in notebooks.items())
    return "\n".join(slides(notebooks[name], book / FOLDER) for name in names if name in notebooks)


def _heading(cell: Mapping[str, Any]) -> str:
    found = _HEADING.search(_text(cell))
    return found[1] if found else ""


def _text(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", _fill)
    app.add_js_file("slides.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
