"""MkDocs hooks: labs become pages like all others, and downloads.

mkdocs-jupyter makes pages of the scripts and copies them; MkDocs renders the
words with the site's own extensions, so that links are checked; and each cell
comes in with what it printed, from the cache or from a run.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markdown.extensions.toc import slugify
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from book.block import run_block
from book.cache import Cache
from book.lab import Lab, labs, read_lab
from book.notebook import notebook
from book.recall import LOG, recall
from book.result import Result
from book.run import RunError

PLACE = re.compile(r"<!-- cell (?P<number>\d+) -->")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the notebook of each lab."""
    docs, built = Path(config.docs_dir), config.extra["build"]
    for path in labs(docs):
        lab = read_lab(path, path.relative_to(docs).as_posix())
        text = notebook(
            lab, config.repo_url or "", built["commit"], config.site_url or ""
        )
        name = lab.name.removesuffix(".py") + ".ipynb"
        files.append(File.generated(config, name, content=text))
    return files


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:
    """Have MkDocs itself render a lab's words, instead of mkdocs-jupyter."""
    if _is_lab(page):
        vars(page).pop("render", None)
    return page


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Return a lab's words; say what is wrong with them."""
    if not _is_lab(page):
        return markdown
    lab = _lab(page)
    for problem in lab.problems:
        LOG.warning("%s:%d: %s", lab.name, problem.line, problem.message)
    page.meta["description"] = lab.about
    page.meta["lab"] = {
        "name": lab.name,
        "number": lab.number,
        "of": len(labs(Path(config.docs_dir))),
        "stops": slugify(lab.title, "-"),  # its heading in labs/index.md
    }
    return lab.page


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Return a lab's page, cells included. A cell that fails ends the build."""
    if not _is_lab(page):
        return html
    lab = _lab(page)
    options: dict[str, Any] = config.mdx_configs.get("book.extension", {})
    cache = Cache(enabled=options.get("cache", True))
    try:
        return filled(html, lab, recall(lab, lab.name, cache))
    except RunError as error:
        raise PluginError(str(error)) from error


def filled(html: str, lab: Lab, results: Sequence[Result]) -> str:
    """Return a lab's HTML with each cell, and what it printed, in its place."""

    def block(match: re.Match[str]) -> str:
        at = int(match["number"]) - 1
        return run_block(lab.fences[at], lab, results[at].prints)

    return PLACE.sub(block, html)


def _is_lab(page: Page) -> bool:
    """Return whether a page is a script: all of those are labs."""
    return page.file.src_uri.endswith(".py")


def _lab(page: Page) -> Lab:
    return read_lab(Path(str(page.file.abs_src_path)), page.file.src_uri)
