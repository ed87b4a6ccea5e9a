"""What tests that run a chapter share."""

import pytest

from millbook.environment import prepare_caches


@pytest.fixture(scope="module")
def caches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("caches")
    prepare_caches(folder)
    return folder
