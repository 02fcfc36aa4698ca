"""What a reader with a debugger needs: a place to stop, and plain numbers.

The engine does without it, so it stands outside the reading order. Standard
library only.
"""

import atexit
import builtins
import os
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Protocol, TextIO, TypeAlias

from microgpt.bytepair import BytePairTokenizer
from microgpt.scalar.value import Value
from microgpt.tokenizer import Tokenizer

Plain: TypeAlias = "float | list[Plain]"


class Array(Protocol):
    """A NumPy array, as far as it is of interest here: it can be a list."""

    def tolist(self) -> Plain:
        """Return the numbers as lists of lists."""


class Remembering(Protocol):
    """A Value or a Tensor: what has numbers, and perhaps gradients."""

    @property
    def data(self) -> float | Array:
        """The number or numbers."""

    @property
    def grad(self) -> float | Array | None:
        """Their gradients, None where none has arrived."""


Watched: TypeAlias = "Remembering | Array | float | None | Sequence[Watched]"


def numbers(x: Watched, digits: int = 4) -> Plain:
    """Return `x` as plain numbers, rounded.

    x: a Value, a list of them or a matrix; a Tensor or an array.
    """
    if isinstance(x, Sequence):
        return [numbers(each, digits) for each in x]
    if x is None:
        return 0.0
    if hasattr(x, "tolist"):
        return numbers(x.tolist(), digits)
    if hasattr(x, "data"):
        return numbers(x.data, digits)
    return round(x, digits)


def grads(x: Watched, digits: int = 6) -> Plain:
    """Return the gradients of what `numbers` takes, rounded.

    A plain number has none: 0. Nor has what no gradient has reached.
    """
    if isinstance(x, Sequence):
        return [grads(each, digits) for each in x]
    return numbers(getattr(x, "grad", 0.0), digits)


def likely(
    probs: Sequence[Value | float],
    tokenizer: Tokenizer | BytePairTokenizer | None = None,
    count: int = 5,
) -> list[tuple[str, float]]:
    """Return the likeliest tokens with their chances, the likeliest first.

    probs: (V,), Values or plain numbers, or an array. A token is named by its
    text, the edge of a document by BOS; without a tokenizer by its id.
    """
    chances = [p.data if isinstance(p, Value) else float(p) for p in probs]
    names = [str(i) for i in range(len(chances))]
    if tokenizer:
        names = [tokenizer.decode([i]) or "BOS" for i in range(len(chances))]
    ranked = sorted(zip(names, chances), key=lambda pair: -pair[1])
    return [(name, round(chance, 4)) for name, chance in ranked[:count]]


def debugging() -> bool:
    """Return whether this program runs under a debugger."""
    hook = sys.breakpointhook is not sys.__breakpointhook__
    return hook or sys.gettrace() is not None


class Stages:
    """Where a lab's stages begin; it stops at the one that STOP_AT names.

    A lab says `if stage("order"): breakpoint()`, so that the debugger stops
    in the lab and not in here. Up to that stage it runs at full speed, past
    all breakpoints. Without STOP_AT, a lab in a terminal says how long each
    stage took. seconds: what each took, of those so far.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.stop_at = os.environ.get("STOP_AT", "")
        self.running, self.since = "", perf_counter()
        atexit.register(self.end)
        if debugging():
            lend()
        if self.stop_at:
            _trace(False)

    def __repr__(self) -> str:
        return f"Stages({', '.join(self.seconds)})"

    def __call__(self, name: str) -> bool:
        """Begin the stage `name`; return whether to stop at it."""
        self.pause()
        self.running, self.since = name, perf_counter()
        self.seconds.setdefault(name, 0.0)
        if name != self.stop_at:
            return False
        if not (debugging() or _is_terminal(sys.stdin)):
            _say(f"STOP_AT={name}: no debugger and no terminal, so on it goes")
            return False
        lend()
        _trace(True)
        return True

    def pause(self) -> None:
        """End the stage that runs, and tell a terminal how long it took."""
        if not self.running:
            return
        seconds = perf_counter() - self.since
        self.seconds[self.running] += seconds
        if not self.stop_at and not debugging() and _is_terminal(sys.stderr):
            _say(f"{self.running}: {seconds:.4f} s")
        self.running = ""

    def end(self) -> None:
        """End the last stage; say so if none has the name in STOP_AT."""
        atexit.unregister(self.end)
        self.pause()
        if self.stop_at and self.stop_at not in self.seconds:
            known = ", ".join(self.seconds)
            _say(f"STOP_AT={self.stop_at}: no such stage; there are {known}")


def lend() -> None:
    """Make the helpers known everywhere: a debugger stops in any module.

    A watch expression sees what the stopped function sees. The engine's
    functions do not import this module, but they all see the builtins.
    """
    for helper in (numbers, grads, likely):
        setattr(builtins, helper.__name__, helper)


def _trace(on: bool) -> None:
    """Have VS Code's debugger look at each line, or let the program run."""
    debugpy = sys.modules.get("debugpy")
    if debugpy and debugpy.is_client_connected():
        debugpy.trace_this_thread(on)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _say(words: str) -> None:
    print(words, file=sys.stderr)  # noqa: T201 (a lab's stages, not the engine)
