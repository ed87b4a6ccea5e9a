"""The frame of a figure on a page: narrow drawing, size, and links to enlarge and download it."""

from __future__ import annotations

import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from millbook.figure_files import FOLDER
from millbook.pages.finish import image_size

_DIGEST = re.compile(r"[0-9a-f]{64}\.svg")


def _share_drawings(_app: Sphinx, env: BuildEnvironment) -> None:
    """Let a drawing that several pages show be one file, since its name says its content."""
    for path, (pages, _) in env.images.items():
        if _DIGEST.fullmatch(Path(path).name):
            env.images[path] = (pages, Path(path).name)


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
    narrow = f"{source.stem}-narrow.svg"
    address = _ship(translator, narrow)
    if address is None:
        return
    image = translator.body.pop().rstrip()
    size = image_size(Path(translator.builder.srcdir) / FOLDER / narrow) or ("", "")
    translator.body.append(
        f'<picture class="drawn"><source media="(max-width: 600px)" srcset="{address}" '
        f'width="{size[0]}" height="{size[1]}">{image}</picture>\n'
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
    app.connect("env-updated", _share_drawings)
    app.add_js_file("figures.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
