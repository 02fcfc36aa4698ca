"""Recording a run: each executed line, the call stack and what changed.

`Recorder` watches real code through `sys.settrace`. What a plan folds is
recorded as one step; its first call, or the first rounds of its first loop,
are recorded inside a fold, which a reader may open.
"""

import ast
import builtins
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from book.display import Display, hidden
from book.plan import SNIPPET, Moment, Plan, Watch
from book.region import Region, Text

COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
OPTIMIZED = 1  # the flag of a function's code; a class body's has it not
LOCAL = ".<locals>."
PACKAGE = "microgpt."
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

    first, last: of the steps. rounds: of a loop, how many are recorded, and
    how many there were; 0 for a call.
    """

    first: int
    label: str
    last: int = -1
    shown: int = 0
    rounds: int = 0


@dataclass
class Call:
    """One call of a function, while it is recorded and after.

    number: its place among the calls. region: the loop or comprehension it is
    in; at_head: the line that begins each round of it was the last to run;
    closed: nothing is recorded there. fold: the fold it opened itself.
    """

    number: int
    code: CodeType
    parent: int
    text: Text
    variables: dict[str, Timeline] = field(default_factory=dict)
    frame: FrameType | None = None
    region: Region | None = None
    at_head: bool = False
    closed: bool = False
    inner: Fold | None = None
    fold: Fold | None = None

    @property
    def name(self) -> str:
        """Return the function's qualified name; the fence is "snippet"."""
        if self.code.co_name == "<module>":
            return SNIPPET
        return self.code.co_qualname.replace(LOCAL, ".")


class Recorder:
    """Records what runs while it is entered.

    page_file, page: the file name that the fence's code has, and its text.
    lines, owners: of each step, the line and the number of the call.
    """

    def __init__(self, plan: Plan, page_file: str, page: Text) -> None:
        self.plan = plan
        self.page_file = page_file
        self.texts = {page_file: page}
        self.display = Display()
        self.lines: list[int] = []
        self.owners: list[int] = []
        self.values: dict[str, int] = {}
        self.calls: list[Call] = []
        self.folds: list[Fold] = []
        self.returns: dict[int, int] = {}
        self.watched = [Timeline() for _ in plan.watch]
        self.drawn = {name: (Timeline(), Timeline()) for name in plan.picture}
        self.nodes: dict[str, Any] = {}
        self.moments: dict[int, tuple[int, str, str]] = {}
        self.answers: dict[int, str] = {}
        self.problems: list[str] = []
        self._stack: list[Call] = []
        self._opened: set[object] = set()
        self._asked: list[tuple[int, Moment, Call]] = []
        self._programs = [_Program(watch.see) for watch in plan.watch]

    def __enter__(self) -> "Recorder":
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(self._before)

    # ---- what Python calls

    def _call(self, frame: FrameType, event: str, arg: object) -> Any:
        """Return the tracer of a frame that is recorded, else None."""
        code = frame.f_code
        if event != "call" or not self._wanted(frame):
            return None
        fold = None
        if self._folded(code):
            if code in self._opened:
                return None
            self._opened.add(code)
            fold = self._open(_label(code))
        parent = self._stack[-1].number if self._stack else -1
        text = self.texts[code.co_filename]
        call = Call(len(self.calls), code, parent, text)
        call.frame, call.fold = frame, fold
        self.calls.append(call)
        self._stack.append(call)
        return self._event

    def _event(self, frame: FrameType, event: str, arg: object) -> Any:
        """Take note of a line or a return of a recorded frame."""
        call = self._stack[-1]
        if call.frame is not frame:
            return self._event
        if event == "line" and frame.f_lineno in call.text.code_lines:
            if self._moved(call, frame.f_lineno):
                self._step(call, frame.f_lineno)
        elif event == "return":
            self._leave(call)
            self.returns[len(self.lines)] = self._number(arg)
            self._step(call, frame.f_lineno, event)
            self._close(call.fold)
            self._stack.pop()
            call.frame = None
        return self._event

    # ---- what is recorded

    def _wanted(self, frame: FrameType) -> bool:
        """Return whether a call belongs to what is recorded."""
        code = frame.f_code
        if not self._stack:
            here = code.co_filename == self.page_file
            return here and code.co_name == "<module>"
        top = self._stack[-1]
        if top.closed or frame.f_back is not top.frame:
            return False
        if not code.co_flags & OPTIMIZED:
            return False
        module = str(frame.f_globals.get("__name__"))
        if code.co_filename not in self.texts and module.startswith(PACKAGE):
            text = Path(code.co_filename).read_text("utf-8")
            self.texts[code.co_filename] = Text(text)
        return code.co_filename in self.texts

    def _folded(self, code: CodeType) -> bool:
        if code.co_name in COMPREHENSIONS:
            return True
        name = code.co_qualname
        unfolded = name in self.plan.loops  # a loop that folds is seen to
        return not unfolded and any(
            fnmatchcase(name, pattern) for pattern in self.plan.fold
        )

    def _moved(self, call: Call, line: int) -> bool:
        """Follow a call in and out of loops; return whether to record."""
        region = self._region(call, line)
        if region is not call.region:
            self._leave(call)
            call.region = region
            return True
        if region is None:
            return True
        self._round(call, region, line)
        return not call.closed

    def _region(self, call: Call, line: int) -> Region | None:
        """Return the loop or comprehension of a call that a line is in."""
        name = call.code.co_qualname
        if call.code.co_name in COMPREHENSIONS:
            return None
        loops = any(fnmatchcase(name, one) for one in self.plan.loops)
        return call.text.region(call.code, line, loops)

    def _round(self, call: Call, region: Region, line: int) -> None:
        """Open or close the fold of a loop as its rounds go by."""
        call.at_head = line == region.first and region.label == "loop"
        if call.inner is None and not call.closed:
            if (call.code, region.first) in self._opened:
                call.closed = True
                return
            self._opened.add((call.code, region.first))
            call.inner = self._open(region.label)
            call.inner.shown = call.inner.rounds = 1
        elif call.inner and line == region.first:
            call.inner.rounds += 1
            if call.inner.rounds > self.plan.rounds:
                self._close(call.inner)
                call.closed = True
            else:
                call.inner.shown = call.inner.rounds

    def _leave(self, call: Call) -> None:
        """Come out of a loop."""
        if call.inner and call.at_head:  # the last look finds no round more
            call.inner.rounds -= 1
            call.inner.shown = min(call.inner.shown, call.inner.rounds)
        if call.inner and not call.closed:
            self._close(call.inner)
        call.region, call.inner, call.closed = None, None, False

    def _open(self, label: str) -> Fold:
        fold = Fold(len(self.lines), label)
        self.folds.append(fold)
        return fold

    def _close(self, fold: Fold | None) -> None:
        if fold and fold.last < 0:
            fold.last = len(self.lines) - 1

    # ---- a step

    def _step(self, call: Call, line: int, event: str = "line") -> None:
        step = len(self.lines)
        self.lines.append(line)
        self.owners.append(call.number)
        self._name_values()
        for each in self._stack:
            self._look(each, step)
        for watch, program, timeline in zip(
            self.plan.watch, self._programs, self.watched
        ):
            timeline.note(step, self._see(watch, program))
        for name, see in self.plan.picture.items():
            self._draw(name, see, step)
        self._answer(call, event)
        self._meet(call, step, line, event)

    def _page_names(self) -> Mapping[str, object]:
        """Return the names that the fence has given so far."""
        frame = self._stack[0].frame
        return frame.f_locals if frame else {}

    def _name_values(self) -> None:
        """Know the Values by the names that the fence gives them."""
        self.display.names = {
            id(value): name
            for name, value in self._page_names().items()
            if type(value).__name__ == "Value"
        }

    def _look(self, call: Call, step: int) -> None:
        """Note each variable of a call."""
        found = dict(self._variables(call))
        for name, value in found.items():
            timeline = call.variables.setdefault(name, Timeline())
            timeline.note(step, self._number(value))
        for name, timeline in call.variables.items():
            if name not in found:
                timeline.note(step, GONE)

    def _variables(self, call: Call) -> Iterator[tuple[str, object]]:
        """Yield the variables that a reader follows."""
        names = call.frame.f_locals if call.frame else {}
        own = self.texts[self.page_file].assigned
        for name, value in names.items():
            if call.code.co_name == "<module>" and name not in own:
                continue
            if not name.startswith(".") and not hidden(value):
                yield name, value

    def _number(self, value: object) -> int:
        """Return the number of a value's text."""
        return self.values.setdefault(self.display(value), len(self.values))

    def _see(self, watch: Watch, program: "_Program") -> int:
        """Return the number of what an expression shows now."""
        for call in reversed(self._stack):
            if watch.within and not named(call.name, watch.within):
                continue
            if not call.frame or not program.names <= {*call.frame.f_locals}:
                continue
            try:
                return self._number(_evaluated(program.code, call))
            except Exception:  # it means nothing here yet
                continue
        return GONE

    def _draw(self, name: str, see: str, step: int) -> None:
        """Note the number and the gradient of a node of the picture."""
        data, grad = self.drawn[name]
        try:
            node = self.nodes[name] = eval(see, {**self._page_names()})
        except Exception:  # it is not there yet
            return
        data.note(step, self._number(node.data))
        grad.note(step, self._number(node.grad))

    # ---- moments

    def _meet(self, call: Call, step: int, line: int, event: str) -> None:
        """Note the moments that this step is, each once."""
        for place, moment in enumerate(self.plan.moments):
            if place in self.moments or not self._is(moment, call, line, event):
                continue
            said, asked = (
                self._filled(text, call) for text in (moment.say, moment.ask)
            )
            self.moments[place] = step, said, asked
            if moment.ask:
                self._asked.append((place, moment, call))

    def _is(self, moment: Moment, call: Call, line: int, event: str) -> bool:
        if event != moment.event or not named(call.name, moment.at):
            return False
        if moment.line not in call.text.lines[line - 1]:
            return False
        if not moment.when:
            return True
        try:
            return bool(_evaluated(moment.when, call, self._page_names()))
        except Exception:  # a name that is not there yet
            return False

    def _answer(self, call: Call, event: str) -> None:
        """Answer what was asked, as soon as the line has run."""
        for asked in list(self._asked):
            place, moment, owner = asked
            if owner is call and moment.until in ("", event):
                self.answers[place] = self._spelt(moment.answer, call)
                self._asked.remove(asked)

    def _filled(self, text: str, call: Call) -> str:
        """Return a text with its {expressions} replaced by what they show."""
        parts = text.replace("}", "{").split("{")
        return "".join(
            self._spelt(part, call) if place % 2 else part
            for place, part in enumerate(parts)
        )

    def _spelt(self, expression: str, call: Call) -> str:
        """Return what an expression of a moment shows, or note its failure."""
        try:
            found = _evaluated(expression, call, self._page_names())
        except Exception as error:  # the author's to mend: any is possible
            self.problems.append(f"{expression}: {error!r}")
            return "?"
        return found if isinstance(found, str) else self.display(found)


def named(name: str, given: str) -> bool:
    """Return whether a qualified name is meant by a name or the end of one."""
    return name == given or name.endswith(f".{given}")


def _label(code: CodeType) -> str:
    if code.co_name in COMPREHENSIONS:
        return "comprehension"
    return code.co_qualname.replace(LOCAL, ".")


def _evaluated(
    expression: "str | CodeType", call: Call, more: Mapping[str, object] = {}
) -> Any:
    """Return what an expression means where a call is now.

    more: names that are known too, where the call has none of its own.
    """
    if call.frame is None:
        raise NameError("the call has returned")
    names = {**more, **call.frame.f_globals, **call.frame.f_locals}
    return eval(expression, names)


class _Program:
    """An expression, compiled; names: those it needs, builtins apart."""

    def __init__(self, see: str) -> None:
        self.code = compile(see, "<watch>", "eval")
        nodes = [n for n in ast.walk(ast.parse(see)) if type(n) is ast.Name]
        bound = {n.id for n in nodes if isinstance(n.ctx, ast.Store)}
        used = {n.id for n in nodes if isinstance(n.ctx, ast.Load)}
        self.names = {n for n in used - bound if not hasattr(builtins, n)}
