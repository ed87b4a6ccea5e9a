"""The real book as `make book` leaves it, and pages opened from it."""

import pytest
from filelock import FileLock

from millbook.build import build_book
from millbook.project import open_project
from tests.site.pages import ROOT, open_page


@pytest.fixture(scope="session")
def site(shared):
    """The book, brought up to date by the first worker that asks."""
    with FileLock(shared / "site.lock"):
        if not (shared / "site.made").is_file():
            build_book(ROOT)
            (shared / "site.made").touch()
    return open_project(ROOT)


@pytest.fixture
def opened(browser, site):
    """Open pages; they are closed at the test's end."""
    pages = []

    def open_one(name, **options):
        pages.append(open_page(browser, site, name, **options))
        return pages[-1]

    yield open_one
    for page in pages:
        page.context.close()
