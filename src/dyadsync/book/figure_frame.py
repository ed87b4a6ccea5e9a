"""The frame of a figure on a page: narrow drawing, size, and links to enlarge and download it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from dyadsync.figures.display import EXTRAS

FOLDER = "figures"
"""Folder of the staged book that holds what pages show beside the figures, by their digest."""

_SIZE = re.compile(r'<svg [^>]*?\bwidth="([\d.]+)pt"[^>]*?\bheight="([\d.]+)pt"')


def stage_extras(notebook: Path, folder: Path) -> None:
    """Write what an executed notebook holds beside its figures: narrow drawings and data.

    Parameters
    ----------
    notebook
        An executed notebook.
    folder
        Where the files go; each has the name that MyST-NB gives the figure, its digest.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for output in (output for cell in cells for output in cell.get("outputs", [])):
        data = output.get("data", {})
        if EXTRAS not in data or "image/svg+xml" not in data:
            continue
        svg = "".join(data["image/svg+xml"])
        digest = hashlib.sha256("\n".join(svg.splitlines()).encode()).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        for part, name in {"narrow": f"{digest}-narrow.svg", "data": f"{digest}.csv"}.items():
            if part in data[EXTRAS]:
                (folder / name).write_text(data[EXTRAS][part], encoding="utf-8", newline="\n")


def _size(svg: Path) -> str:
    """Give width and height of a drawing as attributes in pixels, so that no page jumps."""
    found = _SIZE.search(svg.read_text(encoding="utf-8")[:2000])
    if not found:
        return ""
    width, height = (round(float(points) * 4 / 3) for points in found.groups())
    return f' width="{width}" height="{height}"'


def _ship(translator: Any, name: str) -> str | None:
    """Copy a staged file to the site's images; give its address, or None if there is none."""
    source = Path(translator.builder.srcdir) / FOLDER / name
    if not source.is_file():
        return None
    target = Path(translator.builder.outdir) / translator.builder.imagedir / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return f"{translator.builder.imgpath}/{name}"


def _visit_image(translator: Any, node: nodes.image) -> None:
    source = Path(translator.builder.srcdir) / node["uri"]
    type(translator).visit_image(translator, node)
    if source.suffix != ".svg":
        return
    size = "" if "width" in node else _size(source)
    image = translator.body.pop().replace("<img ", f'<img loading="lazy"{size} ', 1)
    narrow = _ship(translator, f"{source.stem}-narrow.svg")
    if narrow is None:
        translator.body.append(image)
        return
    size = _size(Path(translator.builder.srcdir) / FOLDER / f"{source.stem}-narrow.svg")
    translator.body.append(
        f'<picture class="drawn"><source media="(max-width: 600px)" srcset="{narrow}"{size}>'
        f"{image.rstrip()}</picture>\n"
    )


def _visit_figure(translator: Any, node: nodes.figure) -> None:
    type(translator).visit_figure(translator, node)


def _depart_figure(translator: Any, node: nodes.figure) -> None:
    image = next((one for one in node.findall(nodes.image) if one["uri"].endswith(".svg")), None)
    if image is not None and node["ids"]:
        name = escape(node["ids"][-1])
        whole = escape(image["uri"])
        data = _ship(translator, f"{Path(image['uri']).stem}.csv")
        links = [
            f'<a class="enlarge" href="{whole}">Enlarge</a>',
            f'<a href="{whole}" download="{name}.svg">SVG</a>',
            f'<a href="{data}" download="{name}.csv">Data (CSV)</a>' if data else "",
            f'<a href="#{name}">Link</a>',
        ]
        translator.body.append(f'<p class="figure-tools">{" ".join(filter(None, links))}</p>\n')
    type(translator).depart_figure(translator, node)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the frame with Sphinx."""
    app.add_node(nodes.image, override=True, html=(_visit_image, None))
    app.add_node(nodes.figure, override=True, html=(_visit_figure, _depart_figure))
    app.add_css_file("figures.css")
    app.add_js_file("figures.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
