"""Building the site by Jupyter Book's configuration and Sphinx: apart, warnings as errors.

Sphinx runs in a process of its own: ``python -m millbook.site FOLDER``. It imports what the book in
the folder needs, while chapters may run, then reads from standard input which book to build and
where (JSON). It ends, and what it has started with it, when standard input does, as when the build
is killed.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from millbook._jsonschema import import_jsonschema
from millbook.arrange import arrange, line_of_cell
from millbook.errors import BuildError
from millbook.notebook_file import read_notebook

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

# What Jupyter Book loads and this book does not have, with their settings: live code on a remote
# server, comments on a remote service, another theme, and scripts for what its own theme does;
# the last is for LaTeX, and would keep pages from being read side by side.
_UNUSED_EXTENSIONS = {
    "sphinx_thebe": "thebe_config",
    "sphinx_comments": "comments_config",
    "sphinx_book_theme": None,
    "sphinx_togglebutton": None,
    "sphinx_copybutton": None,
    "sphinx_design": None,
    "sphinx_jupyterbook_latex": None,
}

_REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0; url={page}">
<link rel="canonical" href="{page}">
</head>
<body><main><h1>{title}</h1><p><a href="{page}">{words}</a></p></main></body>
</html>
"""


class SiteProcess:
    """The process that builds one site, which ends with the build."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        # Sphinx would put the year of an epoch into the copyright line.
        kept = {key: one for key, one in environment.items() if key != "SOURCE_DATE_EPOCH"}
        self._settings: dict[str, Any] = {
            **{"args": [sys.executable, "-P", "-m", "millbook.site", str(folder)], "env": kept},
            **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE),
            **{"text": True, "encoding": "utf-8", "start_new_session": True},
        }
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """Let it import what it needs, unless it does already."""
        self._process = self._process or subprocess.Popen(**self._settings)
        return self._process

    def run(self, book: Path, html: Path) -> tuple[int, str, str]:
        """Build a staged book's site, and give the exit code and what was said."""
        process = self.start()
        pipe, process.stdin = process.stdin, None  # that `communicate` may not close
        assert pipe is not None
        try:
            with contextlib.suppress(OSError):
                pipe.write(json.dumps([str(book), str(html)]) + "\n")
                pipe.flush()
            said, warned = process.communicate()
        finally:
            with contextlib.suppress(OSError):
                pipe.close()
        return process.returncode, said, warned

    def close(self) -> None:
        """End it, if it was not needed."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def build_site(
    book: Path, log: Path, workshop: Path, process: SiteProcess, read_with: str = ""
) -> Path:
    """Build the staged book in a workshop, which keeps what was read; give the site's folder.

    `read_with` is a hash of what pages are read with: code, configuration, contents. Where it is
    that of the last good site, pages that are as they were then are not read again. All are
    written.

    Raises
    ------
    BuildError
        If Sphinx warns or fails; the message holds its words and the path of its log.
    """
    # What was read is known only once it gave a site: who failed reads, and warns, again.
    known = workshop / "read_with"
    if read_with and known.is_file() and known.read_text(encoding="utf-8") == read_with:
        known.unlink()
    else:
        shutil.rmtree(workshop, ignore_errors=True)
    whole = workshop / "html"
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir(parents=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    code, said, warned = process.run(book, whole)
    log.write_text(said + warned, encoding="utf-8")
    if code != 0:
        words = warned.strip() or said.strip()
        words = re.sub(r"(?m)^(.+?\.ipynb):(\d+)(\d{4}):", _cell_and_line, words)
        raise BuildError(f"The site was not built:\n\n{words}\n\nLog: {log}")
    known.write_text(read_with, encoding="utf-8")
    return whole


def _cell_and_line(match: re.Match[str]) -> str:
    """Name a cell as its notebook does; MyST-NB gives 10000 times its place plus the line."""
    path = Path(match[1])
    if not path.is_file():
        return match[0]
    cell = arrange(read_notebook(path), path.stem)["cells"][int(match[2]) - 1]
    return f"{path}, cell {cell['id']}, line {line_of_cell(cell, int(match[3]))}:"


def _serve(folder: Path) -> int:
    """Import what a book needs, wait for the request, and build its site."""
    import pybtex.plugin

    # It would go through all that was read again and again, two fifths of a site's time, to free
    # some 150 MB that go when the process ends.
    gc.disable()

    # For each citation it would read the descriptions of all installed packages: a tenth of a site.
    pybtex.plugin.entry_points = cache(pybtex.plugin.entry_points)
    import_jsonschema()
    import sphinx.application

    with contextlib.suppress(Exception):  # Sphinx says what is wrong
        # MyST-NB imports the most of itself only when Sphinx begins, as Sphinx does.
        of_book = [*_configuration(folder)["extensions"], "myst_nb.sphinx_ext"]
        for name in [*sphinx.application.builtin_extensions, *of_book]:
            importlib.import_module(name)
    request = b""
    while not request.endswith(b"\n"):
        part = os.read(0, 4096)  # a lock of sys.stdin would be held when Sphinx forks
        if not part:
            return 1
        request += part
    threading.Thread(target=_end_with_the_build, daemon=True).start()
    return _run_sphinx(*map(Path, json.loads(request)))


def _end_with_the_build() -> None:
    os.read(0, 1)
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)  # and the readers and writers that Sphinx forked
    os._exit(1)


def _configuration(book: Path) -> dict[str, Any]:
    """Give the settings of Sphinx that Jupyter Book makes of a book's, less what is not used."""
    from jupyter_book.config import get_final_config

    config: dict[str, Any] = get_final_config(
        user_yaml=book / "_config.yml",
        cli_config={"latex_individualpages": False},
        sourcedir=book,
        raise_on_invalid=True,
    )[0]
    for name, setting in _UNUSED_EXTENSIONS.items():
        config["extensions"].remove(name)
        if setting:
            config.pop(setting, None)
    return config


def _run_sphinx(book: Path, html: Path) -> int:
    from sphinx.application import Sphinx
    from sphinx.util.console import nocolor
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    from millbook.pages.offline import put_worker

    config = _configuration(book)
    nocolor()
    with patch_docutils(str(book)), docutils_namespace():
        app = Sphinx(
            srcdir=str(book),
            confdir=None,
            outdir=str(html),
            doctreedir=str(html.with_name("doctrees")),
            buildername="html",
            confoverrides=config,
            freshenv=False,
            warningiserror=True,
            keep_going=True,
            parallel=min(os.cpu_count() or 1, 4) + 1,  # of which it writes with one less
        )
        # It numbers in one process what all have read, but does not say that it may.
        app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True
        _read_only_changed(app)
        app.build(force_all=True)
    if app.statuscode == 0:
        hashes = json.dumps(_hashes_of_sources(app))
        _memory_of_reading(app).write_text(hashes, encoding="utf-8")
        (html / ".buildinfo").unlink()  # it hashes where the package lies, for Sphinx alone
        _redirect(html, book, app.config)
        put_worker(html)
    return int(app.statuscode)


def _read_only_changed(app: Sphinx) -> None:
    """Let Sphinx read again what has changed by its bytes, not by its time."""
    memory = _memory_of_reading(app)
    before = json.loads(memory.read_text(encoding="utf-8")) if memory.is_file() else {}
    now = _hashes_of_sources(app)
    for page in app.env.all_docs:
        app.env.all_docs[page] = sys.maxsize
    changed = [
        page for page in app.env.all_docs if page not in now or now[page] != before.get(page)
    ]
    app.connect("env-get-outdated", lambda *_: changed)


def _memory_of_reading(app: Sphinx) -> Path:
    return Path(app.doctreedir, "sources.json")


def _hashes_of_sources(app: Sphinx) -> dict[str, str]:
    """Hash the pages that Sphinx has read, but for those that may show what others have.

    These are all in Markdown, less the reference, which takes longest and hangs on code alone.
    """
    from millbook.pages.api import is_reference

    files = {page: Path(app.env.doc2path(page)) for page in app.env.all_docs}
    contents = {page: file.read_bytes() for page, file in files.items() if file.is_file()}
    return {
        page: hashlib.sha256(content).hexdigest()
        for page, content in contents.items()
        if files[page].suffix == ".ipynb" or is_reference(content.decode())
    }


def _redirect(html: Path, book: Path, config: Config) -> None:
    """Let the folder's index lead to the first page, and old addresses to what replaced them."""
    root = Path(yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))["root"])
    redirects = {
        root.with_name(old): (f"{new}.html", "This page has moved")
        for old, new in config.millbook_redirects.items()
    }
    redirects[Path("index")] = (f"{root}.html", "Open the book")
    for old, (page, words) in redirects.items():
        if old != root:
            text = _REDIRECT.format(title=escape(config.html_title), page=page, words=words)
            (html / f"{old}.html").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    done = _serve(Path(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(done)  # without the ends of all that was read: more than a second
