"""What the tests of the study share: a package to spoil."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def package(data_dir, tmp_path):
    """A copy of the shipped data that a test may spoil."""
    return Path(shutil.copytree(data_dir, tmp_path / "package"))
