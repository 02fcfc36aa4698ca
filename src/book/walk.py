"""Following a lab as a reader with a debugger does, from stop to stop.

The lab runs in a process of its own. From the stage of the next stop on, a
trace function waits for the function to be called, and looks after each of
its lines whether there is something to see.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

LABS = Path(__file__).parents[2] / "docs" / "labs"
HERE = ""  # as a function's name: the lab itself
Trace = Callable[[FrameType, str, object], Any]


class Stop(NamedTuple):
    """A moment that a reader brings about, and what to look at then.

    stage: where the lab stops first. function: the next call of it, by its
    bare name, or HERE. until: the expression that has to hold something; ""
    if all is there at once.
    """

    stage: str
    function: str
    until: str
    watch: Sequence[str]


class Seen(NamedTuple):
    """What a stop shows.

    function: its full name. file: where it stands. shown: the value of each
    watch expression, as Python writes it.
    """

    function: str
    file: str
    shown: list[str]


def follow(lab: str, stops: Sequence[Stop]) -> list[Seen]:
    """Return what each of the stops in a lab shows.

    Raises ValueError if the lab fails or never comes to a stop.
    """
    done = subprocess.run(
        [sys.executable, "-m", "book.walk", lab],
        env={key: x for key, x in os.environ.items() if key != "STOP_AT"},
        input=json.dumps(stops),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ValueError(f"{lab} cannot be followed:\n{done.stderr[-2000:]}")
    return [Seen(*each) for each in json.loads(done.stdout)]


class Reached(BaseException):
    """All stops have been seen: the lab need not go on."""


class Walk:
    """The walk through one lab.

    left: the stops that it has not come to. seen: what the others showed.
    """

    def __init__(self, stops: Sequence[Stop]) -> None:
        self.left = list(stops)
        self.seen: list[Seen] = []
        self.stage = ""

    def begin(self, name: str, lab: FrameType) -> None:
        """Begin a stage: follow the lab if the next stop is in it."""
        self.stage = name
        lab.f_trace = self.lines(HERE)
        self.follow()

    def follow(self) -> None:
        """Trace while a stop of this stage is left; it takes time."""
        if not self.left:
            raise Reached
        here = self.left[0].stage == self.stage
        sys.settrace(self.call if here else None)

    def call(self, frame: FrameType, event: str, arg: object) -> Trace | None:
        """Follow a call of the function that the next stop is in."""
        function = self.left[0].function
        return (
            self.lines(function) if frame.f_code.co_name == function else None
        )

    def lines(self, function: str) -> Trace:
        """Return the trace function of a call: it looks at each line."""
        own = self.left[0]

        def line(frame: FrameType, event: str, arg: object) -> Any:
            stop = self.left[0]
            mine = stop is own if function else stop.function == HERE
            if event == "line" and mine and _holds(stop.until, frame):
                self.see(stop, frame)
            return line

        return line

    def see(self, stop: Stop, frame: FrameType) -> None:
        """Read the watch expressions, and go on to the next stop."""
        shown = [repr(_value(x, frame)) for x in stop.watch]
        code = frame.f_code
        self.seen.append(Seen(code.co_qualname, code.co_filename, shown))
        self.left.pop(0)
        self.follow()


def _holds(expression: str, frame: FrameType) -> bool:
    try:
        return not expression or bool(_value(expression, frame))
    except (NameError, AttributeError):
        return False  # not yet


def _value(expression: str, frame: FrameType) -> object:
    """Return the value in a frame of one of the course's own expressions."""
    return eval(expression, frame.f_globals, frame.f_locals)


def main(lab: str) -> None:
    """Follow a lab to the stops that stand on standard input, as JSON."""
    from microgpt.watch import Stages, lend

    class Followed(Stages):
        def __call__(self, name: str) -> bool:
            walk.begin(name, sys._getframe(1))
            return False

    walk = Walk([Stop(*each) for each in json.load(sys.stdin)])
    path = LABS / lab
    code = compile(path.read_bytes(), str(path), "exec")
    sys.modules["microgpt.watch"].Stages = Followed  # type: ignore[attr-defined]
    lend()
    with redirect_stdout(StringIO()):
        try:
            exec(code, {"__name__": "__main__"})
        except Reached:
            pass
        finally:
            sys.settrace(None)
    if walk.left:
        raise LookupError(f"{lab} never comes to {walk.left[0]}")
    json.dump(walk.seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
