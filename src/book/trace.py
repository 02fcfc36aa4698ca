"""Recording a run: each executed line, the call stack and what changed.

`Recorder` watches real code through `sys.settrace`. What a plan folds is
recorded as one step; its first call, or the first rounds of its first loop,
are recorded inside a fold, which a reader may open.
"""

import sys
from fnmatch import fnmatchcase
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from book.call import COMPREHENSIONS, OPTIMIZED, Call, Fold, label
from book.notes import Notes
from book.plan import Plan
from book.region import Region, Text

PACKAGE = "microgpt."
GENERATOR = 0x20  # the flag of a code that yields


class Recorder:
    """Records what runs while it is entered.

    page_file, page: the file name that the fence's code has, and its text.
    notes: what was to be seen. lines, owners: of each step, the line and the
    number of the call. returns: by step, the number of the value returned.
    """

    def __init__(self, plan: Plan, page_file: str, page: Text) -> None:
        self.plan = plan
        self.page_file = page_file
        self.texts = {page_file: page}
        self.notes = Notes(plan, page.assigned)
        self.lines: list[int] = []
        self.owners: list[int] = []
        self.calls: list[Call] = []
        self.folds: list[Fold] = []
        self.returns: dict[int, int] = {}
        self._stack: list[Call] = []
        self._opened: set[object] = set()

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
            fold = self._open(label(code))
        parent = self._stack[-1].number if self._stack else -1
        text = self.texts[code.co_filename]
        call = Call(len(self.calls), code, parent, text, frame, fold)
        self.calls.append(call)
        self._stack.append(call)
        return self._event

    def _event(self, frame: FrameType, event: str, arg: object) -> Any:
        """Take note of a line or a return of a recorded frame."""
        call = self._stack[-1]
        if call.frame is not frame:
            return self._event
        self.notes.answer(len(self.lines), call, event)
        if event == "line" and frame.f_lineno in call.text.code_lines:
            if self._moved(call, frame.f_lineno):
                self._step(call, frame.f_lineno)
        elif event == "return":
            self._leave(call)
            if not call.code.co_flags & GENERATOR:  # that may be a yield
                self.returns[len(self.lines)] = self.notes.number(arg)
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
        if frame.f_back is not top.frame or not code.co_flags & OPTIMIZED:
            return False
        self._outside(top)
        if top.closed or code.co_filename.startswith("<string"):
            return False
        module = str(frame.f_globals.get("__name__"))
        if code.co_filename not in self.texts and module.startswith(PACKAGE):
            text = Path(code.co_filename).read_text("utf-8")
            self.texts[code.co_filename] = Text(text)
        return code.co_filename in self.texts

    def _outside(self, call: Call) -> None:
        """End a comprehension whose line goes on: its caller calls others.

        Since Python 3.12 a comprehension is no call of its own.
        """
        region, frame = call.region, call.frame
        if not region or not frame or region.label == "loop":
            return
        if call.inner is None and not call.closed:
            return  # it has not begun
        place = list(call.code.co_positions())[frame.f_lasti // 2]
        if not region.holds(place):
            self._close(call.inner)
            call.closed, call.done = False, True

    def _folded(self, code: CodeType) -> bool:
        if code.co_name in COMPREHENSIONS:
            return True
        name = label(code)
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
        if call.code.co_name in COMPREHENSIONS:
            return None
        loops = any(fnmatchcase(call.name, one) for one in self.plan.loops)
        return call.text.region(call.code, line, loops)

    def _round(self, call: Call, region: Region, line: int) -> None:
        """Open or close the fold of a loop as its rounds go by."""
        if call.done:
            call.closed = True
            return
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
        call.region, call.inner = None, None
        call.closed = call.done = call.at_head = False

    def _open(self, label: str) -> Fold:
        fold = Fold(len(self.lines), label)
        self.folds.append(fold)
        return fold

    def _close(self, fold: Fold | None) -> None:
        if fold and fold.last < 0:
            fold.last = len(self.lines) - 1

    def _step(self, call: Call, line: int, event: str = "line") -> None:
        step = len(self.lines)
        self.lines.append(line)
        self.owners.append(call.number)
        self.notes.step(step, self._stack, line, event)
