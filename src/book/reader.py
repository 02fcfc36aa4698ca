"""Reading a page: the fences that pytest-codeblocks finds, and the rest."""

import re
from pathlib import Path
from textwrap import dedent

from book.card import read_card
from book.fence import Chain, Cut, Fence, Page, Problem, Shown
from book.marker import read_marker
from book.rule import complaints, indentation

SHOWN = re.compile(r"(?P<indent>\s*):::\s+(?P<module>[\w.]+):(?P<names>.*\S)")
OPENING = re.compile(r"(?P<indent>\s*)(?P<ticks>`{3,})(?P<info>.*)", re.DOTALL)
MISPLACED = re.compile(r"\s*(>\s*|[-*+]\s+|\d+[.)]\s+)+(```|~~~)")


def read_page(path: Path, name: str = "") -> Page:
    """Return the page in a file; `name` is what messages call it."""
    return parse(path.read_text("utf-8"), name or str(path))


def parse(text: str, name: str = "page", skipped: int = 0) -> Page:
    """Return the page in a text.

    skipped: lines that stand before the text in the file: its front matter.
    """
    page = Page(name, [""] * skipped + text.split("\n"))
    if skipped:
        page.cuts.append(Cut(1, skipped))
    _Reader(page, skipped).read()
    page.problems.sort(key=lambda problem: problem.line)
    return page


class _Reader:
    """One walk over a page's lines, `at` being the index of the next."""

    def __init__(self, page: Page, at: int) -> None:
        self.page = page
        self.lines = page.lines
        self.at = at
        self.pending: dict[str, tuple[int, str]] = {}
        self.card = 0  # the line of an open predict marker
        self.last: Fence | None = None

    def read(self) -> None:
        """Fill the page."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip():
                self.at += 1
            elif line.lstrip().startswith("<!--"):
                self.comment()
            elif OPENING.match(line):
                self.admit(self.fence())
            else:
                self.prose(line)
        self.settle()
        if self.card:
            self.wrong(self.card, "this predict card has no python fence")

    def wrong(self, line: int, message: str) -> None:
        """Note a problem."""
        self.page.problems.append(Problem(line, message))

    def settle(self) -> None:
        """Complain about markers that no fence followed."""
        for word, (line, _) in self.pending.items():
            self.wrong(line, f"no fence follows this marker: {word}")
        self.pending.clear()

    def prose(self, line: str) -> None:
        """Read a line that is neither a fence nor a comment."""
        self.settle()
        self.at += 1
        if match := SHOWN.fullmatch(line.rstrip()):
            self.show(match)
        elif line.lstrip().startswith("~~~"):
            self.wrong(self.at, "a fence is made of backticks, not of ~~~")
        elif MISPLACED.match(line):
            self.wrong(
                self.at, "a fence stands on a line of its own, or is skipped"
            )

    def show(self, match: re.Match[str]) -> None:
        """Note a request for package source."""
        names = match["names"].removesuffix(" head")
        head = names != match["names"]
        symbols = tuple(name.strip() for name in names.split(","))
        shown = Shown(self.at, match["module"], symbols, head, match["indent"])
        self.page.shown.append(shown)
        self.page.cuts.append(Cut(self.at, self.at, shown))

    def comment(self) -> None:
        """Read a comment: a marker, hidden fences, or nothing of ours."""
        start, hidden = self.at, list[Fence]()
        while self.at < len(self.lines) and "-->" not in self.lines[self.at]:
            if self.at > start and OPENING.match(self.lines[self.at]):
                hidden.append(self.fence(hidden=True))
            else:
                self.at += 1
        if self.at == len(self.lines):
            self.wrong(start + 1, "this comment is never closed")
        self.at = min(self.at + 1, len(self.lines))
        if hidden:
            self.page.cuts.append(Cut(start + 1, self.at))
            for fence in hidden:
                self.admit(fence)
        else:
            comment = "\n".join(self.lines[start : self.at])
            self.marker(comment.strip(), start + 1)

    def marker(self, comment: str, line: int) -> None:
        """Note a marker for the fence that follows."""
        try:
            marker = read_marker(comment)
        except ValueError as error:
            self.wrong(line, str(error))
            return
        if marker is None:
            return
        self.page.cuts.append(Cut(line, self.at))
        if marker.word == "predict":
            self.card = line
        else:
            self.pending[marker.word] = line, marker.text

    def fence(self, hidden: bool = False) -> Fence:
        """Read a fence, as pytest-codeblocks does."""
        start, opening = self.at, self.lines[self.at]
        indent = opening[: -len(opening.lstrip())]
        info = opening.strip().lstrip("`")
        ticks = "`" * (len(opening.strip()) - len(info))
        code = ""
        self.at += 1
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if line.lstrip().startswith(ticks):
                break
            code += line[min(len(indent), _indent(line)) :] + "\n"
        else:
            self.wrong(start + 1, "this fence is never closed")
        return Fence(info, code, start + 1, self.at, indent, hidden=hidden)

    def admit(self, fence: Fence) -> None:
        """Give a fence its markers, its chain and its place on the page."""
        marked = {word: text for word, (_, text) in self.pending.items()}
        self.pending.clear()
        if not fence.hidden:
            self.page.cuts.append(Cut(fence.line, fence.end, fence))
        if "expected-output" in marked:
            self.approve(fence, marked)
            return
        fence.cont = "cont" in marked
        fence.caption = marked.get("figure")
        fence.stepper = marked.get("stepper")
        fence.reason = marked.get("shown")
        fence.skip = marked.get("skip")
        if self.card:
            self.ask(fence)
        for message in complaints(fence, self.last):
            self.wrong(fence.line, message)
        self.page.fences.append(fence)
        self.chain(fence)
        self.last = fence

    def approve(self, fence: Fence, marked: dict[str, str]) -> None:
        """Take a fence as the approved output of the one before."""
        self.page.cuts[-1] = Cut(fence.line, fence.end)
        last = self.last
        if last is None or not last.runs:
            self.wrong(fence.line, "approved output of a fence that is not run")
        elif last.approved:
            self.wrong(fence.line, "a second approved output of one fence")
        else:
            last.approved = fence
        if fence.info != "text" or fence.hidden:
            self.wrong(fence.line, "approved output stands in a ```text fence")
        if len(marked) > 1:
            self.wrong(fence.line, "approved output takes no other marker")
        for message in indentation(fence):
            self.wrong(fence.line, message)

    def ask(self, fence: Fence) -> None:
        """Close the open card with its fence."""
        cuts = self.page.cuts
        while cuts[-1].start > self.card:
            first = cuts.pop().start
        text = "\n".join(self.lines[self.card : first - 1])
        fence.card = read_card(self.card, dedent(text).split("\n"))
        cuts[-1] = Cut(self.card, fence.end, fence)
        self.card = 0

    def chain(self, fence: Fence) -> None:
        """Add a fence that runs to the chain that it continues."""
        last = self.last
        if fence.runs and fence.cont and last and last.info == fence.info:
            if last.runs:
                self.page.chain_of(last).fences.append(fence)
                return
        if fence.runs:
            self.page.chains.append(Chain([fence]))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
