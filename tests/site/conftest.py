"""The real book at the quick profile, built once for all workers, and pages opened from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from dyadsync.book.build import build_book
from dyadsync.book.project import Project, open_project
from tests.site.pages import ROOT, Opened, open_page


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """The book at the quick profile, in a folder that all workers share."""
    own = tmp_path_factory.getbasetemp()
    output = (own if worker_id == "master" else own.parent) / "site" / "_build"
    output.parent.mkdir(exist_ok=True)
    with FileLock(output.parent / "lock"):
        if not (output / "SHA256SUMS").is_file():
            build_book(ROOT, profile="quick", output=output)
    return open_project(ROOT, output, None)


@pytest.fixture
def opened(browser: Any, site: Project) -> Iterator[Callable[..., Opened]]:
    """Open pages; they are closed at the test's end."""
    pages: list[Opened] = []

    def open_one(name: str, **options: Any) -> Opened:
        pages.append(open_page(browser, site, name, **options))
        return pages[-1]

    yield open_one
    for page in pages:
        page.context.close()


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    """The shipped tables as if a lab had measured them, without the entry of the simulation."""
    import json
    import re

    own = tmp_path / "own"
    shutil.copytree(ROOT / "data", own)
    path = own / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    own_words = {"name": "lab", "resources": descriptor["resources"]}
    path.write_text(re.sub("(?i)simulat", "measur", json.dumps(own_words)), encoding="utf-8")
    return own
