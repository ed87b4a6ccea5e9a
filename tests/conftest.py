"""What every test may use: the shipped data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dyadsync.study.load import Study, load_study


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the shipped data package."""
    return Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def study(data_dir: Path) -> Study:
    """The shipped study; tests must not change its tables."""
    return load_study(data_dir)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
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
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that drive a browser where there is none; CI always has one."""
    if shutil.which("chromium") or os.environ.get("CI"):
        return
    browser = [item for item in items if item.get_closest_marker("browser")]
    if browser:
        config.hook.pytest_deselected(items=browser)
        items[:] = [item for item in items if item not in set(browser)]


def pytest_report_header() -> str:
    """Say so at the top of the run."""
    return f"chromium: {shutil.which('chromium') or 'not found; browser tests are left out'}"
