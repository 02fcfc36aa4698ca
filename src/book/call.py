"""What a recording keeps: calls, folds, and what something was from when on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType

from book.plan import SNIPPET
from book.region import Region, Text

OPTIMIZED = 1  # the flag of a function's code; a module's has it not
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
LOCAL = ".<locals>."
GONE = -1


@dataclass
class Timeline:
    """The values that something had, and the steps at which each began."""

    steps: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)

    def note(self, step: int, value: int) -> None:
        """Take note of a value, if it is another than before."""
        if value != (self.values[-1] if self.values else GONE):
            self.steps.append(step)
            self.values.append(value)


@dataclass
class Fold:
    """Steps that one step stands for.

    first, last: of the steps. shown, rounds: of a loop, how many rounds are
    recorded, and how many there were; 0 for a call.
    """

    first: int
    label: str
    last: int = -1
    shown: int = 0
    rounds: int = 0


@dataclass
class Call:
    """One call of a function, while it is recorded and after.

    number: its place among the calls. frame: where it runs, until it returns.
    region: the loop or comprehension it is in; inner: the fold of that;
    at_head: the line that begins each round was the last to run; closed:
    nothing is recorded there; done: a comprehension is over, its line is not.
    fold: the fold that the call itself opened.
    """

    number: int
    code: CodeType
    parent: int
    text: Text
    frame: FrameType | None
    fold: Fold | None = None
    variables: dict[str, Timeline] = field(default_factory=dict)
    region: Region | None = None
    inner: Fold | None = None
    at_head: bool = False
    closed: bool = False
    done: bool = False

    @property
    def name(self) -> str:
        """Return the function's qualified name; the fence is "snippet"."""
        if self.code.co_name == "<module>":
            return SNIPPET
        return label(self.code)

    @property
    def names(self) -> Mapping[str, object]:
        """Return its names and what they stand for, while it runs.

        A module's are its globals: on Python 3.12 to read the locals of its
        frame would change what comprehensions see.
        """
        if self.frame is None:
            return {}
        if self.code.co_flags & OPTIMIZED:
            return self.frame.f_locals
        return self.frame.f_globals

    def is_named(self, given: str) -> bool:
        """Return whether a name, or the end of a qualified one, means it."""
        return self.name == given or self.name.endswith(f".{given}")


def label(code: CodeType) -> str:
    """Return what the fold of a call of some code is called."""
    if code.co_name in COMPREHENSIONS:
        return "comprehension"
    return code.co_qualname.replace(LOCAL, ".")
