"""What is noted at each step of a recording: values, watches and moments."""

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

from book.call import GONE, Call, Timeline
from book.display import Display, hidden
from book.plan import SNIPPET, Moment, Plan, Watch


class Notes:
    """Looks at the calls under way, step by step.

    values: the number of each text that something showed. own: the names that
    the fence assigns. watched: a timeline for each watch. drawn: the number
    and the gradient of each node of the picture; nodes: the nodes. moments:
    step, what is said and what is asked, by the moment's place in the plan;
    answers: the step that shows it, and the answer. problems: expressions
    that failed.
    """

    def __init__(self, plan: Plan, own: set[str]) -> None:
        self.plan, self.own = plan, own
        self.display = Display()
        self.values: dict[str, int] = {}
        self.watched = [Timeline() for _ in plan.watch]
        self.drawn = {name: (Timeline(), Timeline()) for name in plan.picture}
        self.nodes: dict[str, Any] = {}
        self.moments: dict[int, tuple[int, str, str]] = {}
        self.answers: dict[int, tuple[int, str]] = {}
        self.problems: list[str] = []
        self._asked: list[tuple[int, Moment, Call]] = []
        self._programs = [_Program(watch.see) for watch in plan.watch]
        self._given: Mapping[str, object] = {}

    def step(
        self, step: int, stack: Sequence[Call], line: int, event: str
    ) -> None:
        """Note all that there is to see; stack: the calls, innermost last."""
        call = stack[-1]
        self._given = stack[0].names
        self._name_values()
        for each in stack:
            self._look(each, step)
        for watch, program, timeline in zip(
            self.plan.watch, self._programs, self.watched
        ):
            timeline.note(step, self._see(watch, program, stack))
        for name, see in self.plan.picture.items():
            self._draw(name, see, step)
        self._meet(call, step, line, event)

    def number(self, value: object) -> int:
        """Return the number of a value's text."""
        return self.values.setdefault(self.display(value), len(self.values))

    def _name_values(self) -> None:
        """Know the Values by the names of the fence and of the picture."""
        given = {id(node): name for name, node in self.nodes.items()}
        for name, value in self._given.items():
            if type(value).__name__ == "Value":
                given[id(value)] = name
        self.display.names = given

    def _look(self, call: Call, step: int) -> None:
        """Note each variable of a call."""
        found = dict(self._variables(call))
        for name, value in found.items():
            timeline = call.variables.setdefault(name, Timeline())
            timeline.note(step, self.number(value))
        for name, timeline in call.variables.items():
            if name not in found:
                timeline.note(step, GONE)

    def _variables(self, call: Call) -> Iterator[tuple[str, object]]:
        """Yield the variables that a reader follows."""
        for name, value in call.names.items():
            if call.name == SNIPPET and name not in self.own:
                continue
            if not name.startswith(".") and name != "_" and not hidden(value):
                yield name, value

    def _see(
        self, watch: Watch, program: "_Program", stack: Sequence[Call]
    ) -> int:
        """Return the number of what an expression shows now."""
        for call in reversed(stack):
            if watch.within and not call.is_named(watch.within):
                continue
            if not program.means(call, self._given):
                continue
            try:
                found = _evaluated(program.code, call, self._given)
                return self.number(found)
            except Exception:  # it means nothing here yet
                continue
        return GONE

    def _draw(self, name: str, see: str, step: int) -> None:
        """Note the number and the gradient of a node of the picture."""
        data, grad = self.drawn[name]
        try:
            node = self.nodes[name] = eval(see, {**self._given})
        except Exception:  # it is not there yet
            return
        data.note(step, self.number(node.data))
        grad.note(step, self.number(node.grad))

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
        if event != moment.event or not call.is_named(moment.at):
            return False
        if moment.line not in call.text.lines[line - 1]:
            return False
        if not moment.when:
            return True
        try:
            return bool(_evaluated(moment.when, call, self._given))
        except Exception:  # a name that is not there yet
            return False

    def answer(self, step: int, call: Call, event: str) -> None:
        """Answer what a call was asked, as soon as the line has run.

        step: the first that shows it.
        """
        for asked in [one for one in self._asked if one[2] is call]:
            place, moment, _ = asked
            if moment.until in ("", event):
                self.answers[place] = step, self._spelt(moment.answer, call)
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
            found = _evaluated(expression, call, self._given)
        except Exception as error:  # the author's to mend: any is possible
            self.problems.append(f"{expression}: {error!r}")
            return "?"
        return found if isinstance(found, str) else self.display(found)


def _evaluated(
    expression: "str | CodeType", call: Call, more: Mapping[str, object] = {}
) -> Any:
    """Return what an expression means where a call is now.

    more: names that are known too, where the call has none of its own.
    """
    if call.frame is None:
        raise NameError("the call has returned")
    return eval(expression, {**more, **call.frame.f_globals, **call.names})


class _Program:
    """An expression, compiled; names: those it needs, builtins apart."""

    def __init__(self, see: str) -> None:
        self.code = compile(see, "<watch>", "eval")
        nodes = [n for n in ast.walk(ast.parse(see)) if type(n) is ast.Name]
        bound = {n.id for n in nodes if isinstance(n.ctx, ast.Store)}
        used = {n.id for n in nodes if isinstance(n.ctx, ast.Load)}
        self.names = {n for n in used - bound if not hasattr(builtins, n)}

    def means(self, call: Call, given: Mapping[str, object]) -> bool:
        """Return whether the names are a call's own; some may be the fence's.

        At least one has to be the call's.
        """
        own = {*call.names}
        return bool(self.names & own) and self.names <= own | {*given}
