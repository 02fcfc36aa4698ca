"""The pytest plugin: each chain of fences of each page is a test.

pytest-codeblocks finds the fences; the item is ours, so that a failure names
the page, its line and the very line of code that failed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from book.check import collected, page_problems, pages
from book.fence import Chain, Fence
from book.judge import judge
from book.reader import read_page
from book.run import RunError, run


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> "PageFile | None":
    """Collect the course's pages, README and CONTRIBUTING."""
    if file_path.suffix == ".md" and file_path in pages(parent.config.rootpath):
        return PageFile.from_parent(parent, path=file_path)
    return None


class PageFile(pytest.File):
    """A page, read by pytest-codeblocks."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for the page's rules, and one for each chain."""
        yield RulesItem.from_parent(self, name="rules")
        name = str(self.path.relative_to(self.config.rootpath))
        page = read_page(self.path, name)
        chains = {chain.line: chain for chain in page.chains}
        for fence in page.fences:
            if fence.skip is not None:
                chains[fence.line] = Chain([fence])
        for line, _, code in collected(self.path):
            yield ChainItem.from_parent(
                self, name=f"line {line}", chain=chains.get(line), code=code
            )


class PageFailure(Exception):
    """A page breaks a rule, or a chain does what the page does not say."""


class RulesItem(pytest.Item):
    """What can be said of a page without running it."""

    def runtest(self) -> None:
        """Check the page's text."""
        name = str(self.path.relative_to(self.config.rootpath))
        problems = [
            f"{name}:{problem.line}: {problem.message}"
            for problem in page_problems(self.path)
        ]
        if problems:
            raise PageFailure("\n".join(problems))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """Return the problems, without our own frames."""
        if isinstance(excinfo.value, PageFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the page."""
        return self.path, 0, "rules of a page"


class ChainItem(pytest.Item):
    """A chain of fences, run as the build runs it."""

    def __init__(
        self, *, chain: Chain | None, code: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.chain = chain
        self.code = code
        for fence in chain.fences if chain else ():
            self.skip(fence)

    def skip(self, fence: Fence) -> None:
        """Take a fence's skip marker over, with its reason."""
        if fence.skip is not None:
            self.add_marker(pytest.mark.skip(reason=fence.skip))

    def runtest(self) -> None:
        """Run the chain and judge what it did."""
        name = str(self.path.relative_to(self.config.rootpath))
        if self.chain is None or self.chain.code != self.code:
            message = "pytest-codeblocks reads this fence otherwise"
            raise PageFailure(f"{name}: {self.name}: {message}")
        problems = list(judge(self.chain, run(self.chain, name)))
        if problems:
            said = (f"{name}:{p.line}: {p.message}" for p in problems)
            raise PageFailure("\n".join(said))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """Return the failure in the page's terms, without our own frames."""
        if isinstance(excinfo.value, (RunError, PageFailure)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the chain begins."""
        line = self.chain.line - 1 if self.chain else None
        return self.path, line, f"fence on {self.name}"
