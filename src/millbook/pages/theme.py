"""The book's own theme: what stands around a page's text, and the one sheet that dresses it.

The sheet is made of the files in ``styles``; scripts stand in ``static``, each for one thing and
loaded by the pages that need it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.nodes import clean_astext

from millbook.notebook_file import notebook_text
from millbook.pages.cards import read_cards
from millbook.pages.finish import finish

_HERE = Path(__file__).parent
_STYLES = _HERE / "styles"
# Sphinx's own, which only its search needs.
_UNUSED_SCRIPTS = {"documentation_options.js", "doctools.js", "sphinx_highlight.js"}
# What a page's text holds where it needs a script.
_SCRIPT_FOR = {
    "exercises.js": ['<form class="answer"'],
    "figures.js": ['class="enlarge"'],
    "slides.js": ['id="slides"', 'id="key-takeaways"'],
}
# What Sphinx and extensions put beside them for themes that use it.
_UNUSED_FILES = (
    *("basic.css", "exercise.css", "pygments.css", "mystnb.*.css"),
    *("file.png", "minus.png", "plus.png", "sphinx_highlight.js", "doctools.js"),
    *("documentation_options.js", "searchtools.js", "language_data.js"),
)
_SENTENCE = re.compile(r"(?<=[.?!])\s")
_LONGEST_DESCRIPTION = 160


@cache
def sheet(*own: Path) -> str:
    """Put the sheet together: colours and type first, print last, among them the book's own sheets.

    A font within the sheet is there at the first paint, and when pages are read from a folder,
    where browsers load no other font.
    """
    order = {"base": 0, "print": 2}
    files = [file for file in _STYLES.glob("*.css") if file.name != "math.css"]
    files = sorted([*files, *own], key=lambda file: (order.get(file.stem, 1), file.stem))
    return "".join(map(_with_fonts, files))


def _sheet_of(app: Sphinx) -> str:
    return sheet(*map(Path, app.config.millbook_sheets), *sorted(Path(app.srcdir).glob("**/*.css")))


@cache
def math_sheet() -> str:
    """Put the sheet of pages with formulas together; they load it last."""
    return _with_fonts(_STYLES / "math.css")


def _with_fonts(file: Path) -> str:
    return re.sub(r'url\("(\w+\.woff2)"\)', _embed, file.read_text(encoding="utf-8"))


def _embed(match: re.Match[str]) -> str:
    content = b64encode((_STYLES / match[1]).read_bytes()).decode()
    return f'url("data:font/woff2;base64,{content}")'


def _configure(_app: Sphinx, config: Config) -> None:
    config.html_theme = "millbook"
    config.html_math_renderer = "mathml"
    config.html_static_path.append(str(_HERE / "static"))
    config.exclude_patterns.append("plain")
    if config.html_baseurl and not config.html_baseurl.endswith("/"):
        config.html_baseurl += "/"


def _dress(app: Sphinx, page: str, _template: str, context: dict[str, Any], document: Any) -> None:
    """Give the template what it cannot know, and finish the body."""
    if "body" in context:
        context["body"] = _finish_once(context["body"], page, app)
    context["contents"] = _contents(app, page, context)
    context["description"] = describe(document) if document is not None else ""
    context["citation"] = cite(app.config, context) if document is not None else ""
    context["has_code"] = '<details class="code">' in context.get("body", "")
    context["downloads"] = offer_downloads(app, page, context)
    context["sheet_version"] = _version(_sheet_of(app))
    context["math_version"] = _version(math_sheet()) if "<math" in context.get("body", "") else ""
    context["script_files"] = [
        script
        for script in context["script_files"]
        if _is_used(str(getattr(script, "filename", script)), context.get("body", ""))
    ]


def _finish_once(body: str, page: str, app: Sphinx) -> str:
    """Finish a page's body, or give what the last build made of the same body.

    That lies with what Sphinx has read, which a build deletes when code or configuration changes.
    """
    images = {name: Path(app.srcdir, path) for path, name in app.builder.images.items()}
    named = unquote(body)
    shown = {name: _digest(file) for name, file in sorted(images.items()) if name in named}
    key = hashlib.sha256(json.dumps([body, shown, read_cards(app)]).encode()).hexdigest()
    kept = Path(app.doctreedir, "finished", f"{page}.html")
    if kept.is_file():
        made_of, _, before = kept.read_bytes().partition(b"\n")
        if made_of.decode() == key:
            return before.decode()
    finished = finish(body, images, app)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(f"{key}\n{finished}".encode())
    return finished


def _digest(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _is_used(script: str, body: str) -> bool:
    name = script.rpartition("/")[2]
    return name not in _UNUSED_SCRIPTS and any(mark in body for mark in _SCRIPT_FOR.get(name, [""]))


def cite(config: Config, context: Mapping[str, Any]) -> str:
    """Say how a page is cited: who, when, what, in which version, and where, if that is known."""
    if not config.author:
        return ""
    facts = config.millbook_build.get("provenance", {})
    title = BeautifulSoup(context["title"], "html.parser").get_text()
    book = str(config.html_title)
    where = f"In {book}." if title != book else ""
    version = ", commit ".join(filter(None, [facts.get("package"), facts.get("commit")]))
    parts = [
        f"{config.author} ({config.copyright}). {title}{'' if title[-1:] in '?!' else '.'}",
        where,
        f"{version}." if version else "",
        context.get("pageurl") or "",
    ]
    return " ".join(filter(None, parts))


def describe(document: nodes.document) -> str:
    """Take a page's first sentences as its description.

    Examples
    --------
    >>> from docutils.utils import new_document
    >>> page = new_document("page")
    >>> page += nodes.paragraph("", "One question.  And an answer.")
    >>> describe(page)
    'One question. And an answer.'

    The numbers of footnotes are left out.

    >>> page = new_document("page")
    >>> words = nodes.paragraph("", "It was reported ")
    >>> words += [nodes.footnote_reference("", "1"), nodes.Text(".")]
    >>> page += words
    >>> describe(page)
    'It was reported.'
    """
    text = next(document.findall(_is_text), nodes.paragraph()).deepcopy()
    for number in list(text.findall(nodes.footnote_reference)):
        number.parent.remove(number)
    words = re.sub(r"\s+([.,;:?!])", r"\1", " ".join(text.astext().split()))
    if len(words) <= _LONGEST_DESCRIPTION:
        return words
    kept = ""
    for sentence in _SENTENCE.split(words):
        if len(kept) + len(sentence) >= _LONGEST_DESCRIPTION:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or words[: _LONGEST_DESCRIPTION - 1].rpartition(" ")[0] + "…"


def _is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.paragraph) and isinstance(
        node.parent, (nodes.section, nodes.document)
    )


def _contents(app: Sphinx, page: str, context: Mapping[str, Any]) -> str:
    """List the chapters, and below the one that is shown its sections."""
    lines: list[str] = []
    for part in app.env.master_doctree.findall(addnodes.toctree):
        if part["caption"]:
            caption = escape(part["caption"], quote=False)
            lines.append(f'<p class="caption"><span>{caption}</span></p>')
        lines.append("<ul>")
        for title, target in part["entries"]:
            is_page = target in app.env.titles
            words = escape(title or clean_astext(app.env.titles[target]), quote=False)
            address = escape(context["pathto"](target) if is_page else target)
            current = ' aria-current="page"' if target == page else ""
            sections = _sections(context) if current else ""
            lines.append(f'<li><a{current} href="{address}">{words}</a>{sections}</li>')
        lines.append("</ul>")
    return "\n".join(lines)


def _sections(context: Mapping[str, Any]) -> str:
    """List the sections of a page, from the list that Sphinx has of all its headings."""
    soup = BeautifulSoup(context.get("toc") or "", "html.parser")
    for deeper in soup.select("ul ul ul"):
        deeper.decompose()
    for tag in soup.find_all(class_=True):
        del tag["class"]
    return str(soup.select_one("ul ul") or "")


def offer_downloads(app: Sphinx, page: str, context: dict[str, Any]) -> list[dict[str, Any]]:
    """Offer a chapter's notebook, with results and without, and where it can be run at once.

    Each has its ``words address here``: `here` where the address is within the site.
    """
    if not str(context.get("sourcename", "")).endswith(".ipynb"):
        return []
    pathto = context["pathto"]
    found = [
        ("notebook with results", pathto(f"_sources/{page}.ipynb", resource=True), True),
        ("plain notebook", pathto(f"_plain/{page}.ipynb", resource=True), True),
    ]
    options = app.config.html_theme_options
    repository = (options.get("repository_url") or "").rstrip("/")
    launch = options.get("launch_buttons") or {}
    if repository:
        branch = options.get("repository_branch") or "HEAD"
        path = "/".join(filter(None, [options.get("path_to_docs"), f"{page}.ipynb"]))
        name = repository.removeprefix("https://github.com/")
        if launch.get("binderhub_url"):
            hub = launch["binderhub_url"].rstrip("/")
            address = f"{hub}/v2/gh/{name}/{branch}?urlpath=lab/tree/{path}"
            found.append(("run it on Binder", address, False))
        if launch.get("colab_url"):
            hub = launch["colab_url"].rstrip("/")
            address = f"{hub}/github/{name}/blob/{branch}/{path}"
            found.append(("open it in Colab", address, False))
    return [{"words": words, "address": to, "here": here} for words, to, here in found]


def _write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the sheet, notebooks as they are before they run, scripts that chapters published."""
    if error is not None:
        return
    static = Path(app.outdir) / "_static"
    for file in [file for pattern in _UNUSED_FILES for file in static.glob(pattern)]:
        file.unlink()
    (static / "book.css").write_text(_sheet_of(app), encoding="utf-8")
    (static / "math.css").write_text(math_sheet(), encoding="utf-8")
    for script in sorted(Path(app.srcdir, "results").glob("*.js")):
        shutil.copyfile(script, static / script.name)
    plain = Path(app.srcdir) / "plain"
    if plain.is_dir():
        shutil.copytree(plain, Path(app.outdir) / "_plain")
    for folder in ("_plain", "_sources"):
        for notebook in sorted((Path(app.outdir) / folder).rglob("*.ipynb")):
            _say_where_it_runs(notebook)


def _say_where_it_runs(path: Path) -> None:
    """Begin a notebook that is downloaded with what it needs, for it does not bring it along."""
    said = (
        f"*To run this notebook, put it into the folder `{path.parent.name}` of its project: "
        "it imports and reads what is there, and uses the project's environment.*"
    )
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = {"cell_type": "markdown", "id": "where-it-runs", "metadata": {}, "source": said}
    notebook["cells"].insert(0, cell)
    path.write_text(notebook_text(notebook), encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the theme."""
    app.setup_extension("millbook.pages.formulas")
    app.setup_extension("millbook.pages.site_files")
    app.setup_extension("millbook.pages.search")
    app.add_html_theme("millbook", str(_HERE / "theme"))
    app.connect("config-inited", _configure)
    # After all others have added to the body.
    app.connect("html-page-context", _dress, priority=900)
    app.connect("build-finished", _write_files, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
