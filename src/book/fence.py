"""Fences, chains, cards and shown symbols: what a page is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field

RUN = ("python", "sh", "bash")


@dataclass(frozen=True)
class Problem:
    """Something wrong on a page: the line, counted from 1, and what it is."""

    line: int
    message: str


@dataclass
class Card:
    """A question to answer before the output: its text and its choices.

    choices: pairs of the choice, as code, and the reason beside it.
    """

    line: int
    question: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Fence:
    """One fence of a page.

    line, end: of its opening and its closing backticks, counted from 1.
    info: what follows the backticks. cont: continues the fence before.
    hidden: inside an HTML comment. caption: makes it a figure. stepper: the
    plan of its replay. reason: why it is shown and not run. skip: why it is
    not tested. approved: its output.
    """

    info: str
    code: str
    line: int
    end: int
    indent: str = ""
    cont: bool = False
    hidden: bool = False
    caption: str | None = None
    stepper: str | None = None
    reason: str | None = None
    skip: str | None = None
    card: Card | None = None
    approved: "Fence | None" = None

    @property
    def runs(self) -> bool:
        """Return whether both runners run it."""
        return self.info in RUN and self.skip is None


@dataclass
class Chain:
    """Fences that share one namespace or one shell, in order."""

    fences: list[Fence]

    @property
    def info(self) -> str:
        """Return the language, the same for all fences."""
        return self.fences[0].info

    @property
    def line(self) -> int:
        """Return the line of the first fence."""
        return self.fences[0].line

    @property
    def code(self) -> str:
        """Return the code of all fences, as pytest-codeblocks joins it."""
        return "".join(fence.code for fence in self.fences)

    def visible(self, last: Fence) -> str:
        """Return what Copy yields on `last`: no hidden fence, none after."""
        upto = self.fences[: self.fences.index(last) + 1]
        return "\n".join(fence.code for fence in upto if not fence.hidden)


@dataclass(frozen=True)
class Shown:
    """A request to show package source: `::: module:Symbol, Symbol`.

    head: only the start of a class, up to its first method.
    """

    line: int
    module: str
    symbols: tuple[str, ...]
    head: bool = False
    indent: str = ""


@dataclass(frozen=True)
class Cut:
    """Lines of the page that something else stands for, or nothing."""

    start: int
    end: int
    what: Fence | Shown | None = None


@dataclass
class Page:
    """A page, read: what it shows and runs, and what is wrong with it."""

    name: str
    lines: list[str]
    fences: list[Fence] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def chain_of(self, fence: Fence) -> Chain:
        """Return the chain that a fence belongs to."""
        return next(c for c in self.chains if any(f is fence for f in c.fences))

    def pieces(self) -> Iterator[str | Cut]:
        """Yield the page in order: lines of prose, and what was cut out."""
        at = 0
        for cut in sorted(self.cuts, key=lambda cut: cut.start):
            yield from self.lines[at : cut.start - 1]
            yield cut
            at = cut.end
        yield from self.lines[at:]
