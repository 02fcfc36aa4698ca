"""Where a text stands: its page's name and address, and its first line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown import Markdown


@dataclass(frozen=True)
class Place:
    """A page as messages and links need it.

    name: within the docs. url: of the page, relative to the site.
    skipped: lines of the file before the text: its front matter.
    """

    name: str = "page"
    url: str = "page.html"
    skipped: int = 0


def place(md: Markdown, lines: Sequence[str]) -> Place:
    """Return where the text that `md` converts stands.

    MkDocs says it through its link processor, Zensical through its context;
    elsewhere it is unknown, and lines are counted from the text's own start.
    """
    if "relpath" in md.treeprocessors:
        links: Any = md.treeprocessors["relpath"]
        file = links.file
        path = file.abs_src_path
        return Place(file.src_uri, file.url, _skipped(path, lines))
    if "rendering_context" in md.preprocessors:
        context: Any = md.preprocessors["rendering_context"]
        page = context.page
        path = Path(context.config.get("docs_dir", "docs"), page.path)
        return Place(page.path, page.url, _skipped(path, lines))
    return Place()


def _skipped(path: str | Path | None, lines: Sequence[str]) -> int:
    """Return how many lines of the file stand before the text."""
    try:
        text = Path(path or "").read_text("utf-8-sig").rstrip()
    except OSError:
        return 0
    body = "\n".join(lines).rstrip()
    return max(text.count("\n") - body.count("\n"), 0)
