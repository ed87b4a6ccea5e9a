"""A number on a page is that of its own cell, however long cells are and wherever they stand."""

import json
import re

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from millbook.site import _cell_and_line


def words(name, text, value):
    result = {"status": "ok", "data": {"text/plain": repr(str(value))}, "metadata": {}}
    kept = [{"expression": "x", "result": result}]
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {"user_expressions": kept},
        "source": text,
    }


TITLE = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Title"}
LONG = words(
    "long",
    "```\n" + "a\n" * 12_000 + "```\n\nFirst {eval}`x`.\n\n:::{note}\nAgain {eval}`x`.\n:::",
    1,
)
SHORT = words("short", "Then {eval}`x`.", 2)


def built(folder, cells):
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    folder.mkdir()
    (folder / "index.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    settings = {
        "extensions": ["millbook.pages.eval_role"],
        "nb_execution_mode": "off",
        "myst_enable_extensions": ["colon_fence"],
    }
    with patch_docutils(), docutils_namespace():
        Sphinx(
            folder,
            None,
            folder / "html",
            folder / "trees",
            "html",
            confoverrides=settings,
            status=None,
            warningiserror=True,
        ).build()
    return folder


@pytest.mark.parametrize(
    ("cells", "shown"),
    [([TITLE, LONG, SHORT], ["1", "1", "2"]), ([TITLE, SHORT, LONG], ["2", "1", "1"])],
)
def test_a_number_is_that_of_its_cell(tmp_path, cells, shown):
    page = (built(tmp_path / "book", cells) / "html" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<span class="computed">(\d)</span>', page) == shown


def test_a_place_that_sphinx_names_is_that_of_the_notebooks_cell(tmp_path):
    """MyST-NB numbers cells from 1 and lines below the two that name the cell."""
    path = tmp_path / "one.ipynb"
    path.write_text(json.dumps({"cells": [TITLE, SHORT]}), encoding="utf-8")
    said = f"{path}:20003: WARNING: no such page"
    named = re.sub(r"(.+\.ipynb):(\d+)(\d{4}):", _cell_and_line, said)
    assert named == f"{path}, cell short, line 1: WARNING: no such page"
