"""A small book about penguins: two notebooks, a page and a data package, of made-up numbers."""

import re
import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from millbook.build import build_book
from millbook.execution import run_notebook
from millbook.tasks import hashes_below

FIXTURE = Path(__file__).parent / "millbook" / "fixture"


def copy_small_book(root):
    shutil.copytree(FIXTURE, root)
    return root


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def shipped(output):
    """The hash of each file that a build ships."""
    return {
        name: digest
        for name, digest in hashes_below(output).items()
        if not name.startswith(".state/")
    }


def run_cells(tmp_path, caches, server, *cells, **settings):
    """Run a chapter of these cells; a text is a cell of code."""
    path = tmp_path / "book" / "chapters" / "chapter.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(
        new_notebook(
            cells=[new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        ),
        path,
    )
    # papermill fills in braces in the names of files.
    work = tmp_path / "with {braces}"
    return run_notebook(
        path,
        {},
        work / "run" / "chapters",
        work / "results",
        work / "logs" / "chapter.log",
        caches,
        server=server,
        **settings,
    )


def leftovers(book):
    """What stands beside what a build ships."""
    wanted = {"html", "notebooks", "results", "manifest.json", "SHA256SUMS", ".state"}
    halves = book.notebooks.rglob("*.part")
    return [path for path in book.output.iterdir() if path.name not in wanted] + list(halves)


def blocks(page):
    """The commands that a page shows."""
    return re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def rebuild(book, capsys):
    """Build again, and name the steps that did something."""
    before = _times(book)
    capsys.readouterr()
    build_book(book.root, profile="quick", jobs=1)
    out = capsys.readouterr().out
    done = {name for name, made in _times(book).items() if made != before.get(name)}
    return done | set(re.findall(r"^(chapter \w+|site): ", out, re.MULTILINE))


def _times(book):
    """When what the steps make was last written: they write it anew, or not at all."""
    made = {
        "caches": book.caches / "matplotlibrc",
        "results": book.results,
        "stage": book.book,
        "manifest": book.output / "manifest.json",
    }
    return {name: path.stat().st_mtime_ns for name, path in made.items() if path.exists()}
