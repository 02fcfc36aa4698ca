"""The collector: every fence of every page is accounted for."""

from collections.abc import Iterable, Iterator
from pathlib import Path

# pytest-codeblocks ships no types.
from pytest_codeblocks.main import (  # type: ignore[import-untyped]
    extract_from_file,
)

from book.cache import Cache, project_root
from book.fence import RUN, Page, Problem
from book.judge import judge
from book.reader import read_page
from book.recall import recall
from book.run import RunError
from book.source import sources


def pages(root: Path | None = None) -> list[Path]:
    """Return all pages whose fences are tested, in reading order."""
    root = root or project_root()
    loose = [root / "README.md", root / "CONTRIBUTING.md"]
    return [
        *(path for path in loose if path.is_file()),
        *sorted((root / "docs").rglob("*.md")),
    ]


def page_problems(path: Path, cache: Cache | None = None) -> Iterator[Problem]:
    """Yield what is wrong with a page; with a cache, its runs as well."""
    page = read_page(path)
    yield from page.problems
    yield from disagreements(page, path)
    for shown in page.shown:
        try:
            sources(shown.module, shown.symbols, shown.head)
        except LookupError as error:
            yield Problem(shown.line, str(error.args[0]))
    if cache:
        yield from run_problems(page, cache)


def run_problems(page: Page, cache: Cache) -> Iterator[Problem]:
    """Yield what is wrong with what the fences of a page do."""
    for chain in page.chains:
        try:
            yield from judge(chain, recall(chain, page.name, cache))
        except RunError as error:
            yield Problem(error.line, error.message)


def disagreements(page: Page, path: Path) -> Iterator[Problem]:
    """Yield where pytest-codeblocks does not find what we find."""
    theirs = set(collected(path))
    ours = set()
    for chain in page.chains:
        ours.add((chain.line, chain.info, chain.code))
    for fence in page.fences:
        if fence.info in RUN and fence.skip is not None:
            ours.add((fence.line, fence.info, fence.code))
    for line, info, _ in sorted(theirs ^ ours):
        yield Problem(
            line, f"pytest-codeblocks reads this {info} fence otherwise"
        )


def collected(path: Path) -> list[tuple[int, str, str]]:
    """Return line, language and code of what pytest-codeblocks would run."""
    try:
        blocks = extract_from_file(path)
    except RuntimeError:  # it cannot read the page: our own problems say why
        return []
    return [
        (block.lineno, block.syntax, block.code)
        for block in blocks
        if block.syntax in RUN
    ]


def fence_count(paths: Iterable[Path]) -> int:
    """Return how many fences on the pages are run by both runners."""
    found = (fence for path in paths for fence in read_page(path).fences)
    return sum(fence.runs for fence in found)
