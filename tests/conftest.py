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


def pytest_terminal_summary(terminalreporter):
    """Say how much the debuggers were asked, where they were."""
    reports = sum(terminalreporter.stats.values(), [])
    counts = [
        dict(report.user_properties)["debugger_checks"]
        for report in reports
        if getattr(report, "when", "") == "teardown"
        and "debugger_checks" in dict(report.user_properties)
    ]
    if counts:
        said = f"{sum(counts)} checks of what a debugger shows"
        terminalreporter.write_line(f"{said}, in {len(counts)} tests")
