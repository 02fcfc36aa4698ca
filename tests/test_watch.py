"""What a reader with a debugger is lent: plain numbers, and stages."""

import ast
import builtins
import io
import sys
from importlib import import_module
from inspect import getsource

import numpy as np
import pytest

from microgpt import READING_ORDER, Tokenizer
from microgpt.bytepair import BytePairTokenizer
from microgpt.scalar import Value, softmax
from microgpt.tensor import Tensor
from microgpt.watch import Stages, debugging, grads, likely, numbers

HELPERS = ("numbers", "grads", "likely")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def streams(monkeypatch):
    """A function that makes stdin and stderr terminals, or not."""

    def streams(stdin=False, stderr=False):
        for name, chosen in (("stdin", stdin), ("stderr", stderr)):
            stream = Terminal() if chosen else io.StringIO()
            monkeypatch.setattr(sys, name, stream)
        return sys.stderr

    monkeypatch.delenv("STOP_AT", raising=False)
    monkeypatch.setattr(sys, "breakpointhook", sys.__breakpointhook__)
    before = sys.gettrace()
    sys.settrace(None)  # a debugger, or coverage, would be a trace function
    yield streams
    sys.settrace(before)
    for name in HELPERS:
        vars(builtins).pop(name, None)


def test_numbers_are_those_of_a_value_a_list_and_a_matrix():
    a, b = Value(1.23456), Value(-2.0)
    assert numbers(a) == 1.2346
    assert numbers([a, b, 3.00001]) == [1.2346, -2.0, 3.0]
    assert numbers([[a], [b]], digits=1) == [[1.2], [-2.0]]


def test_grads_are_those_of_the_last_backward():
    a, b = Value(2.0), Value(3.0)
    (a * b + a).backward()
    assert grads([[a], [b]]) == [[4.0], [2.0]]
    assert grads(a) == 4.0 and grads(5.0) == 0.0


def test_numbers_and_grads_are_also_those_of_arrays_and_tensors():
    x = Tensor([[1.0, 2.0]], requires_grad=True)
    assert grads(x) == 0.0  # none has arrived
    (x * 3.0).sum().backward()
    assert numbers(x) == [[1.0, 2.0]] and grads(x) == [[3.0, 3.0]]
    assert numbers(x.grad) == [[3.0, 3.0]] and numbers(x.sum()) == 3.0


def test_the_likeliest_token_comes_first_by_its_character():
    tokenizer = Tokenizer("abc")
    probs = softmax([Value(x) for x in (0.0, 2.0, 1.0, 3.0)])
    names = [name for name, _ in likely(probs, tokenizer, count=3)]
    assert names == ["BOS", "b", "c"]
    assert likely([0.25, 0.75]) == [("1", 0.75), ("0", 0.25)]


def test_the_likeliest_token_may_be_of_a_text_and_the_chances_an_array():
    tokenizer = BytePairTokenizer([(97, 98)])
    probs = np.zeros(tokenizer.vocab_size)
    probs[[256, tokenizer.BOS]] = 0.75, 0.25
    assert likely(probs, tokenizer, 2) == [("ab", 0.75), ("BOS", 0.25)]


def test_without_stop_at_no_stage_stops(streams):
    streams(stdin=True)
    stage = Stages()
    assert not stage("graph") and not stage("order")


def test_a_stage_stops_in_a_terminal_that_asks_for_it(streams, monkeypatch):
    streams(stdin=True)
    monkeypatch.setenv("STOP_AT", "order")
    stage = Stages()
    assert not stage("graph") and stage("order")


def test_a_stage_stops_under_a_debugger_without_a_terminal(
    streams, monkeypatch
):
    streams()
    monkeypatch.setenv("STOP_AT", "order")
    monkeypatch.setattr(sys, "breakpointhook", lambda: None)
    assert debugging() and Stages()("order")


def test_a_trace_function_counts_as_a_debugger(streams):
    streams()
    assert not debugging()
    sys.settrace(lambda *_: None)
    assert debugging()


def test_a_stage_that_nobody_can_answer_says_so_in_one_line(
    streams, monkeypatch
):
    stderr = streams()
    monkeypatch.setenv("STOP_AT", "order")
    assert not Stages()("order")
    said = "STOP_AT=order: no debugger and no terminal, so on it goes\n"
    assert stderr.getvalue() == said


def test_a_closed_or_missing_stdin_is_no_terminal(streams, monkeypatch):
    streams()
    monkeypatch.setenv("STOP_AT", "order")
    sys.stdin.close()
    assert not Stages()("order")
    monkeypatch.setattr(sys, "stdin", None)
    assert not Stages()("order")


def test_a_wrong_name_in_stop_at_lists_the_right_ones(streams, monkeypatch):
    stderr = streams(stdin=True)
    monkeypatch.setenv("STOP_AT", "ordre")
    stage = Stages()
    stage("graph"), stage("order"), stage.end()
    said = "STOP_AT=ordre: no such stage; there are graph, order\n"
    assert stderr.getvalue() == said


def test_a_terminal_is_told_how_long_each_stage_took(streams):
    stderr = streams(stderr=True)
    stage = Stages()
    stage("graph"), stage("order"), stage.end(), stage.end()
    lines = stderr.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == ["graph", "order"]
    assert all(line.endswith(" s") for line in lines)
    assert list(stage.seconds) == ["graph", "order"]


def test_nothing_but_a_terminal_is_told_any_time(streams):
    stderr = streams()
    stage = Stages()
    stage("graph"), stage.end()
    assert stderr.getvalue() == "" and stage.seconds["graph"] > 0


def test_a_stage_that_comes_twice_adds_up(streams):
    streams()
    stage = Stages()
    stage("turn"), stage.pause()
    first = stage.seconds["turn"]
    stage("turn"), stage.end()
    assert stage.seconds["turn"] > first and repr(stage) == "Stages(turn)"


def test_helpers_are_lent_only_where_a_debugger_may_want_them(
    streams, monkeypatch
):
    streams(stdin=True)
    Stages()("order")
    assert not any(hasattr(builtins, name) for name in HELPERS)
    monkeypatch.setenv("STOP_AT", "order")
    Stages()("order")
    assert eval("numbers([1.00001])", {}) == [1.0]


def test_no_function_of_the_engine_hides_a_lent_helper():
    """A watch expression would find the function's own name instead."""
    for module in READING_ORDER:
        for node in ast.walk(ast.parse(getsource(import_module(module)))):
            assert not (isinstance(node, ast.Name) and node.id in HELPERS)
            assert not (isinstance(node, ast.arg) and node.arg in HELPERS)
