"""The plan of a stepper, and what is refused in one."""

import re

import pytest

from book.plan import read_plan

PLAN = """\
name: two-paths
title: Two paths
watch:
- see: a.grad
moments:
- at: backward
  line: value.grad
  say: The first coin.
"""
ASK = (
    "- at: f\n  ask: What?\n  answer: x\n  choices: {'1': a, '2': b, '3': c}\n"
)


def test_a_plan_names_what_to_watch_and_where_to_stop():
    plan = read_plan(PLAN + ASK)
    assert (plan.name, plan.watch[0].see) == ("two-paths", "a.grad")
    assert plan.moments[0].line == "value.grad"
    assert list(plan.moments[1].choices) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a plan is a mapping; got None"),
        ("a: b: c", "a stepper's plan is YAML"),
        (PLAN + "colour: red", "unexpected keyword argument 'colour'"),
        (PLAN.replace("two-paths", "Two Paths"), "name is a-z, 0-9, -"),
        (PLAN[: PLAN.index("moments")], "a stepper has moments"),
        (PLAN.replace("  say: The first coin.", ""), "says or asks something"),
        (PLAN + ASK.replace("  answer: x\n", ""), "what asks has an answer"),
        (PLAN + ASK.replace(", '2': b, '3': c", ""), "3 or 4 choices"),
        (PLAN + ASK.replace("'1'", "1"), "choices and reasons are texts"),
        (PLAN.replace("a.grad", "a +"), "a plan's expression: 'a +'"),
        (PLAN.replace("a.grad", "1"), "a plan's expression: 1"),
        (PLAN + "  when: x ==", "a plan's expression: 'x =='"),
        (PLAN.replace("The first", "To {a b}"), "a plan's expression: 'a b'"),
        (PLAN.replace("name: two-paths", "name: ''"), "name is a-z, 0-9, -"),
        (PLAN.replace("line: value.grad", "line: 5"), "texts, quoted"),
        (PLAN + "  event: call", 'an event is "line" or "return"'),
        (PLAN + "  until: dawn", 'until is "return" or absent'),
        (PLAN.replace("see:", "look:"), "a watch: "),
    ],
)
def test_a_plan_without_sense_is_refused(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        read_plan(text)


def test_the_rules_of_a_page_know_a_plan(messages):
    page = "<!--book:stepper\nname: x\n-->\n```python\npass\n```"
    assert messages(page) == [
        "a plan: Plan.__init__() missing 1 required positional argument:"
        " 'title'"
    ]


def test_a_stepper_is_no_figure(messages):
    page = f"<!--book:figure A.-->\n<!--book:stepper\n{PLAN}-->\n"
    found = messages(page + "```python\npass\n```")
    assert found == [
        "a fence is a figure, a predict card or a stepper, not two"
    ]
