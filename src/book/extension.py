"""The Markdown extension `book.extension`: bare fences become pages that ran.

Options: cache (true), run (true; false only shows code), repo_url (REPO_URL of
the environment). Problems are warnings of a logger below "mkdocs", so that a
strict build fails on them.
"""

import os
import re
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from book import formula
from book.block import highlighted, run_block, shown_block
from book.cache import Cache
from book.element import Elements, Ran
from book.fence import Cut, Fence, Page, Shown
from book.judge import judge
from book.place import place
from book.reader import parse
from book.recall import LOG, recall
from book.run import Result, RunError

ALIGNED = re.compile(r"text-align: (\w+);")


class BookExtension(Extension):
    """Runs fences, shows package source, draws figures and cards, formulas."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "cache": [True, "keep results of fences in .cache/book"],
            "run": [True, "run fences; without it they are only shown"],
            "repo_url": [os.environ.get("REPO_URL", ""), "the repository"],
            "repo_ref": ["main", "the commit or branch that links name"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (its name)
        """Register everything with a converter."""
        formula.register(md)
        elements = Elements(md.parser)
        fences = _Fences(md, self, elements)
        # Below the normalising of white space (30), above SuperFences (25).
        md.preprocessors.register(fences, "book-fences", 27)
        md.parser.blockprocessors.register(elements, "book-elements", 180)
        md.treeprocessors.register(_Aligned(md), "book-aligned", 3)
        md.block_level_elements.append("predict-card")


def makeExtension(**kwargs: Any) -> BookExtension:  # noqa: N802 (its name)
    """Return the extension: the entry point of Python-Markdown."""
    return BookExtension(**kwargs)


class _Fences(Preprocessor):
    """Takes fences out of the text and puts HTML in their places."""

    def __init__(
        self, md: Markdown, extension: BookExtension, elements: Elements
    ) -> None:
        super().__init__(md)
        self.extension = extension
        self.elements = elements

    def run(self, lines: list[str]) -> list[str]:
        """Return the page's lines without what is not prose."""
        if "mkdocstrings_headings" in self.md.treeprocessors:
            return lines  # a docstring, not a page
        here = place(self.md, lines)
        self.elements.url = here.url
        page = parse("\n".join(lines), here.name, here.skipped)
        for problem in page.problems:
            LOG.warning("%s:%d: %s", page.name, problem.line, problem.message)
        results = self.results(page) if self.extension.getConfig("run") else {}
        out: list[str] = []
        for piece in page.pieces():
            if isinstance(piece, str):
                out.append(piece)
            elif isinstance(piece.what, Shown):
                out += self.shown(page, piece.what, here.url)
            else:
                out += self.fence(page, piece, results)
        return out

    def results(self, page: Page) -> dict[int, Result]:
        """Return what each fence of the page does, by its line."""
        cache = Cache(enabled=bool(self.extension.getConfig("cache")))
        found: dict[int, Result] = {}
        for chain in page.chains:
            try:
                results = recall(chain, page.name, cache)
            except RunError as error:
                LOG.warning("%s", error)
                continue
            for problem in judge(chain, results):
                LOG.warning(
                    "%s:%d: %s", page.name, problem.line, problem.message
                )
            for fence, result in zip(chain.fences, results):
                found[fence.line] = result
        return found

    def fence(
        self, page: Page, cut: Cut, results: dict[int, Result]
    ) -> list[str]:
        """Return the lines that stand for a fence."""
        fence = cut.what
        if not isinstance(fence, Fence):
            return []
        if not fence.runs:
            return self.plain(page, fence)
        chain = page.chain_of(fence)
        result = results.get(fence.line, Result())
        if fence.card or fence.caption is not None or fence.stepper:
            place = self.elements.keep(Ran(fence, chain, result))
            return ["", fence.indent + place, ""]
        return self.stash(run_block(fence, chain, result.prints), fence.indent)

    def plain(self, page: Page, fence: Fence) -> list[str]:
        """Return a fence that is only displayed."""
        if fence.info == "py" or fence.skip is not None:
            repo_url = str(self.extension.getConfig("repo_url"))
            code = fence.code.replace("$REPO_URL", repo_url or "$REPO_URL")
            html = highlighted(code, fence.info)
            return self.stash(html, fence.indent)
        return page.lines[fence.line - 1 : fence.end]

    def shown(self, page: Page, shown: Shown, url: str) -> list[str]:
        """Return the lines that stand for package source."""
        repo_url = str(self.extension.getConfig("repo_url"))
        repo_ref = str(self.extension.getConfig("repo_ref"))
        try:
            html = shown_block(shown, url, repo_url, repo_ref)
        except LookupError as error:
            LOG.warning("%s:%d: %s", page.name, shown.line, error.args[0])
            return []
        return self.stash(html, shown.indent)

    def stash(self, html: str, indent: str) -> list[str]:
        """Put HTML aside; return the lines that hold its place."""
        return ["", indent + self.md.htmlStash.store(html), ""]


class _Aligned(Treeprocessor):
    """Aligns the cells of tables by class: the policy forbids styles."""

    def run(self, root: Element) -> None:
        """Put a class such as `align-right` in the place of a style."""
        for cell in (*root.iter("th"), *root.iter("td")):
            if match := ALIGNED.fullmatch(cell.get("style", "")):
                del cell.attrib["style"]
                cell.set("class", f"align-{match[1]}")
