"""What every test may use: the shipped data, a small book, a browser."""

import gc
import os
import pickle
import shutil
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from dyadsync.scrutiny.multiverse.compact import compact
from dyadsync.scrutiny.multiverse.file import read_multiverse
from dyadsync.scrutiny.multiverse.specifications import left_out
from dyadsync.study.load import load_study
from millbook._jsonschema import import_jsonschema
from millbook.build import build_book
from millbook.project import open_project
from tests.books import copy_small_book

os.environ["LOKY_MAX_CPU_COUNT"] = "1"  # workers of tests share the cores; who wants two says so
import_jsonschema()  # before a test imports it whole, which takes two seconds

collect_ignore = ["reference"]  # numbers of other programs, beside the scripts that made them
WHOLE_BOOKS = ("test_example.py", "test_levels.py", "test_poor_studies.py")  # minutes each


@pytest.fixture(scope="session")
def data_dir():
    """Folder of the shipped data package."""
    return Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def study(data_dir):
    """The shipped study; tests must not change its tables."""
    return load_study(data_dir)


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that all workers share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def small_book(shared):
    """The small book built once for all workers; tests read it and change nothing."""
    root = shared / "small" / "book"
    with FileLock(shared / "small.lock"):
        if not (root / "_build" / "SHA256SUMS").is_file():
            build_book(copy_small_book(root), profile="quick", jobs=2)
    return open_project(root)


@pytest.fixture(scope="session")
def pristine(small_book, tmp_path_factory):
    """The small book as it was built in this worker's one place for it, to be put there again."""
    place = tmp_path_factory.mktemp("copy")
    shutil.copytree(small_book.root, place / "book")
    build_book(place / "book", profile="quick", jobs=2)
    (place / "book").rename(place / "pristine")
    return place / "pristine"


@pytest.fixture
def book_copy(pristine):
    """The built small book, to change and build again: nothing of it has to be made anew."""
    root = pristine.with_name("book")
    shutil.copytree(pristine, root)
    yield open_project(root)
    shutil.rmtree(root)


@pytest.fixture
def temporary(monkeypatch):
    """Where processes that a test starts put temporary files; its name is short, as sockets want.

    They leave nothing there.
    """
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


@pytest.fixture(scope="session")
def multiverse(data_dir):
    """The shipped run of all analyses."""
    return read_multiverse(data_dir / "derived" / "multiverse.csv.gz")


@pytest.fixture(scope="session")
def packed(shared, multiverse, study):
    """The shipped run as pages have it, packed once for all workers."""
    file = shared / "multiverse.pickle"
    with FileLock(shared / "multiverse.lock"):
        if not file.is_file():
            file.write_bytes(pickle.dumps(compact(multiverse, left_out(study))))
    return pickle.loads(file.read_bytes())


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window and without its own traffic."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Begin with what takes longest; leave out the tests of a browser where there is none.

    CI always has one. Files go to the workers in this order (``--no-loadscope-reorder``).
    """
    items.sort(key=lambda item: item.path.name not in WHOLE_BOOKS)
    if shutil.which("chromium") or os.environ.get("CI"):
        return
    browser = [item for item in items if item.get_closest_marker("browser")]
    if browser:
        config.hook.pytest_deselected(items=browser)
        items[:] = [item for item in items if item not in set(browser)]


def pytest_collection_finish():
    """Spare the collector of garbage what the whole run keeps."""
    gc.freeze()


def pytest_report_header():
    """Say so at the top of the run."""
    return f"chromium: {shutil.which('chromium') or 'not found; browser tests are left out'}"
