"""Every launch configuration, driven through debugpy as VS Code drives it."""

import os
from pathlib import Path

import pytest
from dap import configurations
from place import stage_line

from book.walk import HERE

CONFIGURATIONS = configurations()
STEPS = 60  # at most, to the moment that a stop waits for


def go_to(client, stop):
    """Bring a stop about, as a reader does."""
    if stop.function != HERE:
        client.break_at(stop.function)
        client.go()
        client.break_at()
    while stop.function == HERE and client.frames[0]["name"] != "<module>":
        client.go("stepOut")
    for _ in range(STEPS):
        if not stop.until or holds(client, stop.until):
            return
        client.go("next")
    raise AssertionError(f"{stop} is not reached; at {client.frames[0]}")


def holds(client, expression):
    return client.evaluate(f"bool({expression})") == "True"


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_f5_stops_at_the_stage_and_shows_what_the_page_says(
    name, client, checks, shown
):
    configuration = CONFIGURATIONS[name]
    stage, path = configuration["env"]["STOP_AT"], configuration["program"]
    lab = Path(path).name
    top = client.launch(configuration)[0]
    checks.equal(client.reason, "breakpoint")
    checks.equal((top["name"], top["source"]["path"]), ("<module>", path))
    checks.equal(top["line"] - stage_line(lab, stage) in (1, 2), True)
    checks.equal(client.evaluate("stage.stop_at"), repr(stage))
    mine = [(stop, seen) for stop, seen in shown(lab) if stop.stage == stage]
    for stop, seen in mine:
        go_to(client, stop)
        top = client.frames[0]
        checks.equal(top["name"], stop.function or "<module>")
        checks.equal(top["source"]["path"], seen.file)
        for expression, value in zip(stop.watch, seen.shown, strict=True):
            checks.equal(client.evaluate(expression), value)
    assert checks.made == 4 + sum(2 + len(stop.watch) for stop, _ in mine)


def test_a_value_shows_itself_in_the_variables_also_half_built(client, checks):
    client.launch(CONFIGURATIONS["1.1 autograd: the graph"])
    client.break_at("__init__")
    client.go()
    client.break_at()
    checks.equal(client.frames[0]["name"], "__init__")
    checks.equal(client.variables()["self"], "Value(data=?, grad=?)")
    while client.variables()["self"] != "Value(data=2, grad=0)":
        half = client.variables()["self"]
        client.go("next")
    checks.equal(half, "Value(data=2, grad=?)")
    client.go("stepOut")
    while "product" not in client.variables():
        client.go("next")
    checks.equal(client.variables()["c"], "Value(data=8, grad=0)")
    pair = "(Value(data=6, grad=0), Value(data=2, grad=0))"
    checks.equal(client.evaluate("c.inputs"), pair)
    pair = "[Value(data=2, grad=0), Value(data=3, grad=0)]"
    checks.equal(client.evaluate("[a, b]"), pair)


def test_a_qualified_name_is_said_to_be_verified_and_never_hit(client, checks):
    client.launch(CONFIGURATIONS["1.3 autograd: backward"])
    names = [{"name": "Value.backward"}]
    told = client.ask("setFunctionBreakpoints", breakpoints=names)
    checks.equal(told["breakpoints"][0]["verified"], True)
    client.ask("continue", threadId=client.thread)
    checks.equal(client.event("stopped", "terminated")["event"], "terminated")


def test_nothing_stops_before_the_stage(client, checks):
    """Breakpoints left over from another stage would be in the way."""
    client.launch(CONFIGURATIONS["2.5 GPT: m to a"], "attention_head")
    checks.equal(client.frames[0]["name"], "<module>")
    checks.equal(client.evaluate("pos_id"), "3")
    client.go()
    checks.equal(client.frames[0]["name"], "attention_head")


def test_a_session_leaves_no_process(client, checks):
    client.launch(CONFIGURATIONS["1.1 autograd: the graph"])
    os.kill(client.program, 0)
    client.close()
    checks.equal(client.terminal.isalive(), False)
    with pytest.raises(ProcessLookupError):
        os.kill(client.program, 0)
