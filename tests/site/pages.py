"""Which pages the book has, what a page's HTML holds, and how a page is opened from the disk."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

from millbook.project import chapter_name

ROOT = Path(__file__).parents[2]
_TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
_FILES = [_TOC["root"], *(entry["file"] for part in _TOC["parts"] for entry in part["chapters"])]
CHAPTERS = [f"chapters/{chapter_name(Path(file))}" for file in _FILES]
PAGES = [*CHAPTERS, "search", "404"]


class Html(HTMLParser):
    """What a page loads, what it points to, and the anchors it has."""

    def __init__(self, path):
        super().__init__()
        self.loaded = []
        self.linked = []
        self.anchors = []
        self.images = []
        self.meta = {}
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if name := values.get("id"):
            self.anchors.append(name)
        if tag == "meta" and (name := values.get("name") or values.get("property")):
            self.meta[name] = values.get("content") or ""
        if tag == "img":
            self.images.append(values)
        if tag in ("script", "img", "iframe", "source") and values.get("src"):
            self.loaded.append(str(values["src"]))
        if tag == "link" and values.get("href") and values.get("rel") not in ("prev", "next"):
            self.loaded.append(str(values["href"]))
        if tag == "a" and values.get("href"):
            self.linked.append(str(values["href"]))


@dataclass
class Opened:
    """A page in the browser, and what went wrong in it so far."""

    page: Any
    context: Any
    wrong: list[str] = field(default_factory=list)


def open_page(
    browser, site, name, *, width=1280, scheme="light", script=True, touch=False, then=""
):
    """Open a page from the disk, as an offline reader does; collect what it says and asks for."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=script,
        has_touch=touch,
        offline=True,
    )
    opened = Opened(context.new_page(), context)
    page, wrong = opened.page, opened.wrong
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("file:", "data:"))
            else wrong.append(f"asked for: {request.url}")
        ),
    )
    page.goto((site.html / f"{name}.html").as_uri() + then, wait_until="load")
    if script:
        page.wait_for_selector("html:not(.arriving)", state="attached")
    return opened
