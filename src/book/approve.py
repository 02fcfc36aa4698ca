"""Approving: each fence's output is written beside it, to review as a diff."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from book.cache import Cache, replace_text
from book.fence import Fence
from book.reader import read_page
from book.recall import recall
from book.run import RunError

MARKER = "<!--pytest-codeblocks:expected-output-->"


@dataclass(frozen=True)
class Edit:
    """Lines to put in place of others, and what to say about it.

    start, end: as a slice of the page's lines.
    """

    start: int
    end: int
    lines: list[str]
    said: str


def approve(path: Path, cache: Cache) -> Iterator[str]:
    """Rewrite a page's approved outputs; yield a line for each change.

    Raises RunError once the rest of the page is done, if a chain fails.
    """
    page, failure = read_page(path), None
    edits: list[Edit] = []
    for chain in page.chains:
        try:
            results = recall(chain, page.name, cache)
        except RunError as error:
            failure = error
            continue
        for fence, result in zip(chain.fences, results):
            if fence.caption is None and not fence.hidden:
                edits += _edits(fence, result.prints, page.lines)
    if path.read_text("utf-8") != "\n".join(page.lines):
        yield f"{path}: edited meanwhile, so left alone: approve it again"
    elif edits:
        replace_text(path, "\n".join(_edited(page.lines, edits)))
        yield from (f"{path}:{edit.start + 1}: {edit.said}" for edit in edits)
    if failure:
        raise failure


def _edited(lines: list[str], edits: list[Edit]) -> list[str]:
    """Return a page's lines after all edits, made from the last upwards."""
    lines = list(lines)
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        lines[edit.start : edit.end] = edit.lines
    return lines


def _edits(fence: Fence, prints: str, lines: list[str]) -> Iterator[Edit]:
    old = fence.approved
    new = _text_fence(prints, fence.indent)
    if old and not prints:
        start = old.line - 1
        while MARKER not in lines[start]:
            start -= 1
        yield Edit(start, old.end, [], "removed: nothing is printed")
    elif old and old.code != prints:
        count = prints.count("\n")
        yield Edit(old.line - 1, old.end, new, f"rewritten: {count} lines")
    elif prints and not old:
        marked = ["", fence.indent + MARKER, "", *new]
        yield Edit(
            fence.end,
            fence.end,
            marked,
            f"added: {prints.count(chr(10))} lines",
        )


def _text_fence(prints: str, indent: str) -> list[str]:
    """Return a fence around a text, of backticks that the text cannot close."""
    longest = max(map(len, re.findall(r"^\s*(`{3,})", prints, re.M)), default=2)
    ticks = "`" * (longest + 1)
    body = [f"{ticks}text", *prints.split("\n")[:-1], ticks]
    return [(indent + line) if line else line for line in body]
