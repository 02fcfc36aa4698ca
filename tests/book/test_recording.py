"""Recordings as data: what a page gets, and what keeps one from a page."""

import json
from pathlib import Path

import pytest

from book.recording import kib, script
from book.stepper import recordings

ROOT = Path(__file__).parents[2]
FENCE = """\
```python
x = [0.5, -1.5]
def double(x):
    return [2 * n for n in x]
y = double(x)
```
"""
PLAN = """\
name: double
title: Twice
watch:
- see: y
moments:
- at: double
  ask: What is the sum of {x}?
  answer: sum(x)
  choices: {"-1": sum, "1": sign, "2": size}
"""
PAGE = f"# T\n\n<!--book:stepper\n{PLAN}-->\n\n{FENCE}"


@pytest.fixture
def data(results):
    return json.loads(results(PAGE)[0].recording)


def test_a_page_gets_steps_source_values_and_moments(data):
    assert (data["name"], data["title"]) == ("double", "Twice")
    names = [name for name, *_ in data["functions"]]
    assert names[:2] == ["snippet", "double"]
    (moment,) = data["moments"]
    assert moment["ask"] == "What is the sum of [0.5, -1.5]?"
    assert moment["choices"][moment["right"]] == ["-1", "sum"]
    assert len(data["lines"]) == len(data["owners"])


def test_lines_of_a_snippet_count_from_its_own_start(data):
    _, text = data["functions"][0]
    file, first, lines = data["texts"][text]
    assert (file, first, len(lines)) == ("snippet", 1, 4)
    assert data["lines"][0] == 1


def test_a_recording_does_not_depend_on_where_it_stands_on_the_page(results):
    lower = PAGE.replace("# T\n", "# T\n\nMore words.\n")
    assert results(PAGE) == results(lower)


def test_two_recordings_of_one_run_are_the_same_to_the_byte(results):
    assert results(PAGE) == results(PAGE)


def test_no_choice_may_be_wrong_about_the_answer(built):
    said = built(PAGE.replace('"-1": sum', '"-2": sum'))
    assert "no choice is the answer, '-1': ['-2', '1', '2']" in said


def test_a_moment_that_never_comes_fails_the_build(built):
    said = built(PAGE.replace("at: double", "at: triple"))
    assert "this moment never came" in said


def test_two_moments_at_one_step_are_refused(built):
    twice = PLAN + "- at: double\n  say: Here.\n"
    assert "two moments come at one step" in built(PAGE.replace(PLAN, twice))


def test_the_picture_is_that_of_the_last_node_in_the_plan(results, built):
    plan = PLAN.replace("watch:", "picture: {p: p, c: c}\nwatch:")
    fence = FENCE.replace(
        "x = [", "from microgpt.scalar import Value\nx = ["
    ).replace("y = double(x)\n", "y = double(x)\nc = Value(1.0) + 1\np = c\n")
    page = PAGE.replace(PLAN, plan).replace(FENCE, fence)
    drawing, nodes = json.loads(results(page)[0].recording)["picture"]
    assert [name for name, *_ in nodes] == ["p", "c"]
    assert drawing.count('class="node"') == 3
    page = page.replace("c: c}", "c: nothing}")
    assert "the picture's end never came to be: c" in built(page)


def test_a_mistake_in_a_moment_fails_the_build(built):
    assert "in a moment: sum(z): NameError" in built(
        PAGE.replace("m(x)", "m(z)")
    )


def test_a_recording_that_is_too_heavy_fails_the_build(built, monkeypatch):
    monkeypatch.setattr("book.judge.MOST_KIB", 0)
    assert "a recording weighs at most 0 KiB" in built(PAGE)


def test_the_page_names_the_file_and_shows_the_moments(built, html):
    assert built(PAGE) == ""
    page = html()
    assert 'data-recording="recordings/double.js"' in page
    assert 'data-name="double"' in page
    assert "<code>return [2 * n for n in x]</code>" in page
    assert "<code>-1</code> (this is what came): sum" in page


def test_a_watch_is_in_the_table_where_it_has_a_value(project):
    later = PLAN + "- at: snippet\n  event: return\n  say: The end.\n"
    page = project.render(PAGE.replace(PLAN, later))
    assert page.count("<code>y = [1, -3]</code>") == 1


def test_a_file_of_a_recording_is_a_script_that_hands_it_over(project):
    path = project.page(PAGE)
    ((name, text),) = recordings([(path, "index.md")], cache=FakeCache())
    assert name == "recordings/double.js"
    start = 'customElements.get("time-stepper").receive("double",'
    assert text.startswith(start)
    data = json.loads(text.removeprefix(start).removesuffix(");\n"))
    assert data["title"] == "Twice"
    assert kib(text) < 2
    assert script("double", "{}") == start + "{});\n"


def test_another_plan_is_another_run(project, runs):
    project.render(PAGE)
    project.render(PAGE)
    project.render(PAGE.replace("Twice", "Thrice"))
    assert len(runs) == 2


def test_a_chain_is_recorded_only_where_it_is_marked(results):
    before = "```python\nimport math\n```\n\n<!--pytest-codeblocks:cont-->\n"
    first, second = results(PAGE.replace("# T\n\n", before))
    assert (first.recording, bool(second.recording)) == ("", True)
    assert "import math" not in second.recording


class FakeCache:
    def key(self, chain):
        return ""

    def load(self, key):
        return None

    def save(self, key, result):
        pass


def test_the_example_in_contributing_replays(project):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    start = text.index("````markdown\n<!--book:stepper") + len("````markdown\n")
    example = text[start : text.index("````", start)]
    assert "It ends at 4." in project.render(example)
