"""Recording a run: steps, values, folds and moments, against the run itself."""

import random
import sys
from textwrap import dedent

import pytest

from book.call import COMPREHENSIONS, GONE
from book.plan import LOOPS, Moment, Plan, Watch
from book.region import Text
from book.trace import Recorder
from microgpt import Config
from microgpt.scalar import Model, build_topo, document_loss

FILE = "<a snippet>"


@pytest.fixture
def record():
    """A function that runs code and returns what was recorded of it."""

    def record(code, names=None, **plan):
        code = dedent(code)
        watch = [Watch(see) for see in plan.pop("watch", [])]
        made = Plan("name", "Title", watch=watch, **plan)
        recorder = Recorder(made, FILE, Text(code))
        with recorder:
            exec(compile(code, FILE, "exec"), dict(names or {}))
        return recorder

    return record


def steps(recorder, function, line=""):
    """The steps in a function at which a line that contains a text is next."""
    return [
        step
        for step, owner in enumerate(recorder.owners)
        if recorder.calls[owner].name == function
        and line in source(recorder, step)
        and step not in recorder.returns
    ]


def source(recorder, step):
    call = recorder.calls[recorder.owners[step]]
    return call.text.lines[recorder.lines[step] - 1]


def shown(recorder, timeline, step):
    """What a timeline shows at a step, read the slow way."""
    value = GONE
    for at, number in zip(timeline.steps, timeline.values):
        value = number if at <= step else value
    return None if value == GONE else list(recorder.notes.values)[value]


def test_each_line_is_a_step_and_values_are_those_before_it_runs(record):
    made = record("x = 1.5\ny = x + 1\nx = y\n")
    assert made.lines == [1, 2, 3, 3]  # the last is the end
    variables = made.calls[0].variables
    seen = [shown(made, variables["x"], step) for step in range(4)]
    assert seen == [None, "1.5", "1.5", "2.5"]
    assert variables["y"].steps == [2]


def test_a_deleted_name_is_gone(record):
    made = record("x = 1\ndel x\ny = 2\n")
    assert made.calls[0].variables["x"].values[-1] == GONE


TWO_PATHS = """
from microgpt.scalar import Value, build_topo
a, b = Value(2.0), Value(3.0)
c = a * b + a
topo = build_topo(c)
c.backward()
"""


def test_every_gradient_that_backward_adds_is_seen(record):
    made = record(TWO_PATHS, watch=["a.grad", "topo"], fold=[], loops=[])
    adds = steps(made, "Value.backward", "value.grad +=")
    after = [shown(made, made.notes.watched[0], step + 1) for step in adds]
    assert after == ["0", "1", "4", "4"]  # to a * b, a, a, b


def test_the_list_of_the_order_grows_node_by_node(record):
    made = record(TWO_PATHS, watch=["topo"], fold=[], loops=[])
    grown = [
        list(made.notes.values)[value] for value in made.notes.watched[0].values
    ]
    assert grown == ["[]", "[a]", "[a, b]", "[a, b, 6]", "[a, b, 6, c]"]


def test_recursion_is_a_deeper_stack(record):
    made = record(TWO_PATHS, fold=[], loops=[])
    (first, *_) = steps(made, "build_topo.visit", "topo.append")
    owner, names = made.owners[first], []
    while owner >= 0:
        names.append(made.calls[owner].name)
        owner = made.calls[owner].parent
    visits = ["build_topo.visit"] * 3  # c, the product, a
    assert names == [*visits, "build_topo", "snippet"]


def test_a_value_half_built_is_spelt(record):
    made = record(TWO_PATHS, fold=[], loops=[])
    step = steps(made, "Value.__init__", "self.grad = 0.0")[0]
    call = made.calls[made.owners[step]]
    spelt = shown(made, call.variables["self"], step)
    assert spelt == "Value(data=2, grad=?)"


def test_what_folds_is_one_step_but_its_first_call(record):
    made = record(TWO_PATHS.replace("a * b + a", "a * b + a * b"))
    calls = [call.name for call in made.calls]
    assert calls.count("Value.__mul__") == 1
    fold = next(f for f in made.folds if f.label == "Value.__mul__")
    inside = {made.calls[made.owners[s]].name for s in range(*span(fold))}
    assert inside == {"Value.__mul__"}  # Value.__init__ was opened before


def span(fold):
    return fold.first, fold.last + 1


def test_a_folded_loop_shows_three_rounds_and_counts_all(record):
    names = {"model": Model(Config(27, n_embd=4, n_head=1), random.Random(1))}
    code = """
    from microgpt.scalar import document_loss
    loss = document_loss(model, [26, 4, 26])
    loss.backward()
    """
    made = record(code, names)
    loops = [fold for fold in made.folds if fold.label == "loop"]
    loss = document_loss(names["model"], [26, 4, 26])
    inner = sum(bool(node.inputs) for node in build_topo(loss))
    assert [fold.shown for fold in loops] == [3, 3]
    # `order` loses one node a round; the walk comes by once more for each
    # node that it goes down to.
    assert [fold.rounds for fold in loops] == [2 * inner - 1, inner]


def test_loops_of_other_functions_are_recorded_in_full(record):
    code = "def f():\n    for i in range(9):\n        x = i\nf()\n"
    assert len(steps(record(code), "f", "x = i")) == 9
    assert LOOPS == ("Value.backward", "topological_order")


def test_a_comprehension_is_one_step_and_can_be_opened(record):
    code = "def f():\n    return [i * 2 for i in range(5)]\nf()\nf()\n"
    made = record(code)
    folds = [fold for fold in made.folds if fold.label == "comprehension"]
    assert len(folds) == 1
    inside = {step for fold in folds for step in range(*span(fold))}
    visible = set(steps(made, "f", "return")) - inside
    assert len(visible) == 2  # once in each call, however long it runs
    assert inside


def test_a_call_around_a_comprehension_is_a_step_of_its_own(record):
    code = """
    def g(numbers):
        return max(numbers)
    def f(numbers):
        return g([n + 1 for n in numbers])
    f(range(5))
    f(range(5))
    """
    made = record(code)
    calls = [c for c in made.calls if c.code.co_name not in COMPREHENSIONS]
    names = [call.name for call in calls]
    assert names == ["snippet", "f", "g", "f", "g"]
    inside = {step for fold in made.folds for step in range(*span(fold))}
    visible = [step for step in range(len(made.lines)) if step not in inside]
    assert len(visible) == 13  # 5 of the snippet, 2 of each call, and no more


def test_recording_does_not_change_what_a_comprehension_sees(record):
    names = {"a": 0}
    record(
        "x = [\n    a\n    + 1\n    for a in [1, 2]\n]\nassert x == [2, 3]\n"
    )
    assert names == {"a": 0}


def test_what_a_comprehension_binds_is_no_variable_of_the_snippet(record):
    made = record("x = [n for n in [1, 2]]\ny = x\n")
    assert set(made.calls[0].variables) == {"x", "y"}


def test_a_dataclass_of_the_package_can_be_made(record):
    made = record("from microgpt import Config\nc = Config(27)\n")
    assert shown(made, made.calls[0].variables["c"], 2) == "a Config"


def test_a_generator_yields_and_does_not_return(record):
    made = record("x = sum(i * 2 for i in range(3))\n")
    generators = [call for call in made.calls if call.name != "snippet"]
    numbers = {call.number for call in generators}
    assert generators
    assert not any(made.owners[step] in numbers for step in made.returns)


def test_an_answer_in_the_last_round_recorded_is_that_of_the_round(record):
    ask = {"ask": "?", "answer": "total", "choices": {}}
    moment = Moment("f", line="total +=", when="i == 2", **ask)
    code = """
    def f():
        total = 0
        for i in range(5):
            total += i
        return total
    f()
    """
    made = record(code, moments=[moment], loops=["f"])
    assert made.notes.answers[0][1] == "3"  # 0 + 1 + 2, and not 10


def test_code_outside_the_package_is_stepped_over(record):
    code = "import random\nx = random.Random(1).choices([1, 2])\n"
    assert {call.name for call in record(code).calls} == {"snippet"}


def test_a_watch_means_the_innermost_call_that_knows_its_names(record):
    code = "x = 1\ndef f(x):\n    return x\nf(5)\n"
    made = record(code, watch=["x"])
    (step,) = steps(made, "f")
    assert shown(made, made.notes.watched[0], step) == "5"
    assert shown(made, made.notes.watched[0], len(made.lines) - 1) == "1"


def test_a_moment_is_found_by_function_line_and_condition(record):
    moment = Moment("f", line="y =", when="x == 2", say="x is {x}")
    code = "def f(x):\n    y = x\nfor i in range(4):\n    f(i)\n"
    made = record(code, moments=[moment])
    step, said, _ = made.notes.moments[0]
    assert said == "x is 2"
    assert step == steps(made, "f", "y =")[2]


def test_an_answer_is_what_holds_once_the_line_has_run(record):
    ask = {"ask": "?", "answer": "y", "choices": {}}
    moments = [
        Moment("f", line="y = x", **ask),
        Moment("f", line="y = x", until="return", **ask),
    ]
    code = "def f(x):\n    y = x\n    y += 1\nf(1)\n"
    assert record(code, moments=moments).notes.answers == {
        0: (3, "1"),
        1: (4, "2"),
    }


def test_a_mistake_in_a_moment_is_kept_and_the_run_goes_on(record):
    made = record("x = 1\ny = 2\n", moments=[Moment("snippet", say="{z}")])
    assert made.lines == [1, 2, 2]
    assert made.notes.problems == ["z: NameError(\"name 'z' is not defined\")"]


def test_an_error_of_the_code_comes_out_and_tracing_ends(record):
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        record("def f():\n    1 / 0\nf()\n")
    assert sys.gettrace() is before


def test_another_line_of_the_engine_is_another_recording(
    package, monkeypatch, record
):
    package.write_text("def twice(x):\n    return 2 * x\n")
    code = "from microgpt.engine import twice\ny = twice(4)\n"
    first = record(code)
    for name in [name for name in sys.modules if name.startswith("microgpt")]:
        monkeypatch.delitem(sys.modules, name)
    package.write_text("def twice(x):\n    half = x\n    return half + x\n")
    second = record(code)
    assert len(steps(first, "twice")) == 1
    assert len(steps(second, "twice")) == 2
