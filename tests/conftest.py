"""What several test modules need."""

import os

import pytest

from microgpt import load_names
from microgpt.data import cache_dir


@pytest.fixture(scope="session")
def karpathy_names():
    """The 32,033 names of the original; the test skips where none are."""
    try:
        return load_names("karpathy")
    except OSError as error:
        if os.environ.get("REQUIRE_KARPATHY"):
            raise
        pytest.skip(f"the original names can be neither found nor had: {error}")


@pytest.fixture(scope="session")
def karpathy_raw(karpathy_names):
    return (cache_dir() / "names.txt").read_bytes()
