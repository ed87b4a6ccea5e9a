"""What every test may use: the shipped data."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyadsync.study import Study, load_study


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the shipped data package."""
    return Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def study(data_dir: Path) -> Study:
    """The shipped study; tests must not change its tables."""
    return load_study(data_dir)
