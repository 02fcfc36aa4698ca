"""The course's own pages: every fence is accounted for."""

import subprocess
import sys

import pytest

from book.cache import project_root
from book.check import fence_count, page_problems, pages
from book.fence import RUN
from book.reader import read_page

PATHS = pages(project_root())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_every_fence_of_the_page_is_run_or_skipped_with_a_reason(path):
    found = [f"{path}:{p.line}: {p.message}" for p in page_problems(path)]
    assert "\n".join(found) == ""


def test_each_fence_that_could_run_does_or_has_a_reason():
    read = [read_page(path) for path in PATHS]
    fences = [fence for page in read for fence in page.fences]
    skipped = [fence for fence in fences if fence.skip]
    run = [f for page in read for chain in page.chains for f in chain.fences]
    assert len(run) == fence_count(PATHS) > 100
    assert len(run) + len(skipped) == sum(f.info in RUN for f in fences)


def test_pytest_collects_as_many_chains_as_the_build_runs():
    command = ["-m", "pytest", "--collect-only", "-q", "-n0", *PATHS]
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True
    )
    read = [read_page(path) for path in PATHS]
    skipped = sum(f.skip is not None for page in read for f in page.fences)
    chains = sum(len(page.chains) for page in read)
    assert done.stdout.count("::line ") == chains + skipped > 100
