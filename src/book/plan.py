"""What a stepper is told: what to watch, what to fold, where to stop and ask.

Moments are named by function, line of source and condition, never by a number
of steps, so that they stay true when the engine changes.
"""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

# PyYAML ships no types.
import yaml  # type: ignore[import-untyped]

NAME = "abcdefghijklmnopqrstuvwxyz0123456789-"
SNIPPET = "snippet"  # as a function's name: the fence itself
FOLD = ("Value.*", "dot")
LOOPS = ("Value.backward", "topological_order")
ROUNDS = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Watch:
    """An expression to follow. within: the function whose names it means."""

    see: str
    within: str = ""


@dataclass(frozen=True)
class Moment:
    """A moment worth stopping at.

    at: the function, by its qualified name or the end of it; "snippet" is
    the fence itself. line: what the line about to run contains; without it,
    the first line. event: "line", or "return" for when the function returns.
    when: a condition. say: what to see there; {braces} hold expressions. ask,
    choices, answer: a question, what may be chosen with the reason beside
    each, and the expression whose value is the answer once the line has run,
    or once the function has returned if until is "return".
    """

    at: str
    line: str = ""
    event: str = "line"
    when: str = ""
    say: str = ""
    ask: str = ""
    answer: str = ""
    until: str = ""
    choices: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A stepper's plan.

    name: of its file. title: its claim. fold: functions that replay as one
    step; loops: functions whose loops do. The first call of each, and the
    first `rounds` rounds of each loop, are recorded for the reader to open.
    picture: Values by the name that a drawing of their graph gives them, each
    an expression of the fence; the last is the graph's end.
    """

    name: str
    title: str
    watch: list[Watch] = field(default_factory=list)
    fold: list[str] = field(default_factory=lambda: list(FOLD))
    loops: list[str] = field(default_factory=lambda: list(LOOPS))
    rounds: int = ROUNDS
    moments: list[Moment] = field(default_factory=list)
    picture: dict[str, str] = field(default_factory=dict)


def read_plan(text: str) -> Plan:
    """Return the plan in the YAML of a marker.

    Raises ValueError if a part is missing, unknown or of no use.
    """
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise ValueError(f"a stepper's plan is YAML: {said}") from error
    plan = _made(Plan, given)
    name = plan.name if isinstance(plan.name, str) else ""
    if not name or not set(name) <= set(NAME):
        raise ValueError(f"a stepper's name is a-z, 0-9, -; got {plan.name!r}")
    if not plan.moments:
        raise ValueError("a stepper has moments: they are its table")
    watch = [_made(Watch, one) for one in plan.watch]
    moments = [_made(Moment, one) for one in plan.moments]
    for moment in moments:
        _check(moment)
    for see in (*(one.see for one in watch), *plan.picture.values()):
        _compiled(see)
    return replace(plan, watch=watch, moments=moments)


def _check(moment: Moment) -> None:
    """Refuse a moment that says nothing, or a question without its parts."""
    if not moment.ask and not moment.say:
        raise ValueError(f"a moment says or asks something: {moment}")
    if bool(moment.ask) != bool(moment.answer):
        raise ValueError(f"what asks has an answer, and nothing else: {moment}")
    if moment.ask and not 3 <= len(moment.choices) <= 4:
        raise ValueError(f"a question has 3 or 4 choices: {moment.ask}")
    words = [*moment.choices, *moment.choices.values()]
    if not all(isinstance(word, str) for word in words):
        raise ValueError(f"choices and reasons are texts, quoted: {words}")
    texts = (moment.at, moment.line, moment.when, moment.say, moment.ask)
    if not all(isinstance(text, str) for text in (*texts, moment.answer)):
        raise ValueError(f"what a moment says is texts, quoted: {moment}")
    inserted = [
        part
        for text in (moment.say, moment.ask)
        for part in text.replace("}", "{").split("{")[1::2]
    ]
    for see in (moment.when, moment.answer, *inserted):
        _compiled(see or "None")
    if moment.event not in ("line", "return"):
        raise ValueError(f'an event is "line" or "return": {moment.event!r}')
    if moment.until not in ("", "return"):
        raise ValueError(f'until is "return" or absent: {moment.until!r}')


def _compiled(see: object) -> None:
    """Refuse what is no Python expression."""
    try:
        compile(see if isinstance(see, str) else "", "<plan>", "eval")
    except SyntaxError as error:
        message = f"a plan's expression: {see!r}: {error.msg}"
        raise ValueError(message) from error


def _made(kind: type[T], given: Any) -> T:
    """Return a dataclass made of a mapping."""
    name = kind.__name__.lower()
    if not isinstance(given, dict):
        raise ValueError(f"a {name} is a mapping; got {given!r}")
    try:
        return kind(**given)
    except TypeError as error:
        raise ValueError(f"a {name}: {error}") from error
