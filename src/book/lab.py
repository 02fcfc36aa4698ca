"""A lab: a percent script that runs, is a page, and can be downloaded.

Its code cells are one chain. Its words are Markdown that keeps the script's
lines, with a place for each cell: MkDocs renders it as it does any page.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jupytext  # type: ignore[import-untyped]  # it ships no types

from book.fence import Chain, Fence, Problem
from book.reader import parse

MARKER = re.compile(r"# %%(?: (?P<words>.*))?")
NUMBERED = re.compile(r"# Lab \d+: ")
MARKUP = re.compile(r"\[(?P<text>[^]]*)\]\([^)]*\)|`|\*\*?")


@dataclass(frozen=True)
class Cell:
    """A cell: the line of its marker, counted from 1, its kind, its lines.

    A Markdown cell's lines are without the `# ` that makes them comments.
    """

    line: int
    markdown: bool
    lines: list[str]

    @property
    def source(self) -> str:
        """Return the cell's text as Jupyter has it."""
        return "\n".join(self.lines).strip("\n")


@dataclass
class Lab(Chain):
    """A lab, read: its code cells as a chain, and the page that it makes.

    name: within the docs. script: the file's text. page: its Markdown, line
    for line, with a comment where the last line of a code cell is.
    """

    name: str = "lab.py"
    script: str = ""
    page: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def info(self) -> str:
        """Return what runs it: a kernel, not the runner of fences."""
        return "lab"

    @property
    def title(self) -> str:
        """Return its title, with the number, as in the script."""
        second = "".join(self.script.split("\n")[1:2])
        return second.removeprefix("# # ")

    @property
    def number(self) -> int:
        """Return the number that its file's name begins with, or 0."""
        match = re.match(r"\d+", Path(self.name).name)
        return int(match[0]) if match else 0

    @property
    def about(self) -> str:
        """Return the paragraph below its title, without markup."""
        paragraphs = [text.strip() for text in self.page.split("\n\n")]
        below = [text for text in paragraphs if text][1:2]
        words = " ".join(" ".join(below).split())
        return MARKUP.sub(lambda match: match["text"] or "", words)


def labs(docs: Path) -> list[Path]:
    """Return the labs of a course, in order."""
    return sorted(docs.glob("labs/*.py"))


def read_lab(path: Path, name: str = "") -> Lab:
    """Return the lab in a file; `name` is what messages call it."""
    return parse_lab(path.read_text("utf-8"), name or str(path))


def parse_lab(script: str, name: str = "lab.py") -> Lab:
    """Return the lab in a text."""
    page = [""] * (script.count("\n") + 1)
    lab = Lab([], name, script)
    cells = list(_cells(script.split("\n")))
    for cell in cells:
        if cell.markdown:
            page[cell.line : cell.line + len(cell.lines)] = cell.lines
        elif cell.source:
            lab.fences.append(_fence(cell))
            place = lab.fences[-1].end - 1
            page[place] = f"<!-- cell {len(lab.fences)} -->"
    # On the page, the number stands above the title.
    page[1:2] = [NUMBERED.sub("# ", line) for line in page[1:2]]
    lab.page = "\n".join(page)
    lab.problems = list(_problems(lab, cells))
    return lab


def _cells(lines: list[str]) -> Iterator[Cell]:
    starts = [at for at, line in enumerate(lines) if MARKER.fullmatch(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        markdown = lines[start].startswith("# %% [markdown]")
        body = lines[start + 1 : end]
        if markdown:
            body = [line.removeprefix("#").removeprefix(" ") for line in body]
        yield Cell(start + 1, markdown, body)


def _fence(cell: Cell) -> Fence:
    """Return a code cell as a fence: the same code, on the same lines."""
    blank = next(at for at, line in enumerate(cell.lines) if line)
    above = cell.line + blank
    end = above + cell.source.count("\n") + 1
    return Fence("python", cell.source + "\n", above, end)


def _problems(lab: Lab, cells: list[Cell]) -> Iterator[Problem]:
    """Yield what is wrong with a lab's text."""
    first = cells[0] if cells else Cell(1, False, [])
    if first.line > 1 or not first.source.startswith("# "):
        yield Problem(1, "a lab begins with # %% [markdown], then # # Title")
    if len(first.source.split("\n\n")) < 2:
        yield Problem(1, "below its title, a lab says in a sentence what it is")
    for chain in parse(lab.page).chains:
        yield Problem(chain.line, "in a lab, code that runs stands in a cell")
    try:
        ast.parse(lab.script)
    except SyntaxError as error:
        yield Problem(error.lineno or 1, f"a lab is Python: {error.msg}")
    theirs = jupytext.reads(lab.script, "py:percent").cells
    for cell, their in zip(cells, theirs):
        kind = "markdown" if cell.markdown else "code"
        if (kind, cell.source) != (their.cell_type, their.source):
            yield Problem(cell.line, "Jupyter reads this cell otherwise")
        elif not cell.source:
            yield Problem(cell.line, "this cell is empty")
    if len(cells) != len(theirs):
        yield Problem(1, f"{len(cells)} cells; Jupyter finds {len(theirs)}")
