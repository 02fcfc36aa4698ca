"""The same lesson in a terminal: each stage of the labs in pdb."""

import sys
from pathlib import Path

import pytest
from dap import configurations
from place import stage_line

from book.walk import HERE, LABS

# A minute of training stands before it; test_adapter.py waits for it.
LONG = ("04_full_run.py", "samples")
STAGES = [
    (Path(each["program"]).name, each["env"]["STOP_AT"])
    for each in configurations().values()
]
# What `to` finds in microgpt.scalar, where that is not the bare name.
KNOWN_AS = {"backward": "Value.backward", "update": "Adam.update"}
STEPS = 60


def text_of(terminal):
    """Return the text of the lab that a terminal is in."""
    return Path(terminal.path).read_text("utf-8")


def go_to(terminal, stop):
    """Bring a stop about, as a reader does."""
    if stop.function == "visit":  # it is inside another function
        terminal.type("to build_topo")
        terminal.type("c")
        while terminal.function != "visit":
            terminal.type("step")
    elif f"def {stop.function}(" in text_of(terminal):
        terminal.type(f"tbreak {stop.function}")  # it is the lab's own
        terminal.type("continue")
    elif stop.function != HERE:
        alias = "tot" if "tensor import" in text_of(terminal) else "to"
        name = KNOWN_AS.get(stop.function, stop.function)
        terminal.type(f"{alias} {name}")
        terminal.type("c")
    while stop.function == HERE and terminal.function != "<module>":
        terminal.type("return")
        terminal.type("next")
    for _ in range(STEPS):
        if not stop.until or terminal.evaluate(f"bool({stop.until})") == "True":
            return
        terminal.type("next")
    raise AssertionError(f"{stop} is not reached; at {terminal.function}")


@pytest.mark.parametrize(
    ("lab", "stage"), [stage for stage in STAGES if stage != LONG]
)
def test_pdb_stops_at_the_stage_and_shows_what_the_page_says(
    lab, stage, terminal, checks, shown
):
    session = terminal(sys.executable, lab, stage)
    place = session.path, session.function
    checks.equal(place, (str(LABS / lab), "<module>"))
    checks.equal(session.line - stage_line(lab, stage) in (1, 2), True)
    mine = [(stop, seen) for stop, seen in shown(lab) if stop.stage == stage]
    for stop, seen in mine:
        go_to(session, stop)
        checks.equal(session.function, stop.function or "<module>")
        checks.equal(session.path, seen.file)
        for expression, value in zip(stop.watch, seen.shown, strict=True):
            checks.equal(session.evaluate(expression), value)
    assert checks.made == 2 + sum(2 + len(stop.watch) for stop, _ in mine)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("numbers logits, 2", "[1.0, 2.0, 0.5]"),
        ("numbers(logits)", "[1.0, 2.0, 0.5]"),
        ("grads logits", "[0.0, 0.0, 0.0]"),
        ("likely probs", "[('1', 0.6285), ('0', 0.2312), ('2', 0.1402)]"),
    ],
)
def test_the_aliases_show_plain_numbers(typed, shown, terminal, checks):
    session = terminal(sys.executable, "01_autograd_playground.py", "loss")
    session.type("to cross_entropy")
    session.type("c")
    while session.evaluate("probs") is None:
        session.type("next")
    checks.equal(session.type(typed).strip(), shown)


def test_the_alias_topo_lists_a_graph_in_its_order(terminal, checks):
    session = terminal(sys.executable, "01_autograd_playground.py", "order")
    found = "Value(data=2, grad=0), Value(data=3, grad=0)"
    found += ", Value(data=6, grad=0), Value(data=8, grad=0)"
    checks.equal(session.type("topo c").strip(), f"[{found}]")


def test_a_mistyped_function_does_not_lose_the_session(terminal, checks):
    session = terminal(sys.executable, "01_autograd_playground.py", "loss")
    assert "no_such" in session.type("to no_such")
    checks.equal(session.function, "<module>")  # still where it stopped
