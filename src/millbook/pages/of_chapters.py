"""What pages show of all chapters: their list, all exercises, and single figures.

A page says ```` ```{chapters} ````, ```` ```{exercises} ```` or
```` ```{figure-of} chapter label ````; before Sphinx reads them, these lines become Markdown made
of the staged chapters.

What other readers cannot show stands in a comment that begins with a line ``<!-- site`` and ends
with a line ``-->``; JupyterLab and a repository's viewer leave it out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from sphinx.application import Sphinx

from millbook.errors import InputError
from millbook.figure_files import FOLDER, as_staged, digest_of
from millbook.figures.display import SVG
from millbook.notebook_file import has_tag, read_notebook

_PART = re.compile(r"^```\{(chapters|exercises|figure-of)\} *(.*)\n```$", re.MULTILINE)
_ONLY_SITE = re.compile(r"^(?:<!-- site|-->)$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,3} +(.+)\n*", re.MULTILINE)
_ROLE = re.compile(r"\{[\w:-]+\}`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_SENTENCE = re.compile(r".+?[.?!](?=\s|$)")

Notebook = Mapping[str, Any]


def chapter_list(book: Path, toc: Mapping[str, Any]) -> str:
    """List all chapters of a staged book by its parts, each with its question."""
    lines: list[str] = []
    for part in toc["parts"]:
        lines += [f"**{part['caption']}**", ""]
        for entry in part["chapters"]:
            file = next(book.glob(f"{entry['file']}.*"))
            if file.suffix == ".ipynb":
                text = read_notebook(file)["cells"][0]["source"]
            else:
                text = file.read_text(encoding="utf-8")
            title = _HEADING.search(text)
            words = title[1] if title else file.stem
            asked = question(text)
            lines.append(f"- [{words}]({file.name}){asked and ': '}{asked}")
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
    """List the exercises of a chapter, each with a link to it, below the chapter's title."""
    cells = notebook["cells"]
    titles = [_heading(cell) for cell in cells if has_tag(cell, "exercise")]
    labels = [f"{chapter}-{cell['id']}" for cell in cells if has_tag(cell, "exercise")]
    rows = [f"- {{numref}}`{label}`: {title}" for label, title in zip(labels, titles, strict=True)]
    if not rows:
        return ""
    return "\n".join([f"**[{_heading(cells[0])}]({chapter}.ipynb)**", "", *rows, ""])


def figure_of(notebook: Notebook, label: str, figures: Path) -> str:
    """Show a chapter's figure on another page; its drawing goes into a folder, by its digest."""
    for cell in notebook["cells"]:
        shown = cell["metadata"].get("mystnb", {})
        if shown.get("figure", {}).get("name") != label:
            continue
        for output in cell["outputs"]:
            if SVG in output.get("data", {}):
                drawing = as_staged(output["data"][SVG])
                figures.mkdir(parents=True, exist_ok=True)
                file = figures / f"{digest_of(drawing)}.svg"
                file.write_text(drawing, encoding="utf-8", newline="\n")
                alt = json.dumps(shown.get("image", {}).get("alt", ""), ensure_ascii=False)
                # Links in a caption lead from its chapter.
                caption = _LINK.sub(r"\1", shown["figure"].get("caption", ""))
                where = f"/{figures.name}/{file.name}"
                return f":::{{figure}} {where}\n:alt: {alt}\n\n{caption}\n:::"
    raise InputError(f"A page shows the figure {label}, which its chapter does not have.")


def _fill(app: Sphinx, page: str, source: list[str]) -> None:
    if app.env.doc2path(page).endswith(".md"):
        text = _ONLY_SITE.sub("", source[0])
        source[0] = _PART.sub(lambda part: _made(app, part[1], part[2].split()), text)


def _made(app: Sphinx, what: str, names: list[str]) -> str:
    book = Path(app.srcdir)
    toc = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    if what == "chapters":
        return chapter_list(book, toc)
    entries = (entry["file"] for part in toc["parts"] for entry in part["chapters"])
    files = {Path(name).name: book / f"{name}.ipynb" for name in entries}
    chapters = {name: file for name, file in files.items() if file.is_file()}
    if what == "exercises":
        return "\n".join(
            exercise_list(read_notebook(file), name) for name, file in chapters.items()
        )
    chapter, label = names
    if chapter not in chapters:
        raise InputError(f"A page shows a figure of {chapter}, a chapter that this book lacks.")
    return figure_of(read_notebook(chapters[chapter]), label, book / FOLDER)


def _heading(cell: Mapping[str, Any]) -> str:
    found = _HEADING.search(cell["source"])
    return found[1] if found else ""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", _fill)
    app.add_js_file("slides.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
