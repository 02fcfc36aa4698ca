"""Predict cards: the right choice is the one that the run prints."""

import re

import pytest

CARD = """\
<!--book:predict-->
What does **this** print, given $x$?

- `42` It is the answer.
- `41` One less,
  on two lines.
- `None` Nothing is.

```python
from microgpt.engine import ANSWER
print(ANSWER)
```

<!--pytest-codeblocks:expected-output-->

```text
42
```
"""


@pytest.fixture
def card(package, project):
    return lambda text=CARD: project.render(text)


def test_the_right_choice_comes_from_the_run(card):
    items = re.findall(r'<li class="(\w+)"><strong><code>(\w+)<', card())
    assert items == [("right", "42"), ("wrong", "41"), ("wrong", "None")]


def test_a_broken_engine_makes_the_card_fail(card, package, caplog):
    package.write_text("ANSWER = 40\n")
    assert 'class="right"' not in card()
    assert "no choice is what the fence printed, '40'" in caplog.text


def test_another_engine_makes_another_choice_right(card, package):
    package.write_text("ANSWER = None\n")
    items = re.findall(r'<li class="right"><strong><code>(\w+)<', card())
    assert items == ["None"]


def test_a_card_asks_before_it_shows_the_output(card):
    html = card()
    parts = [
        '<p class="predict-label">Predict, then run</p>',
        '<div class="predict-question">\n<p>What does <strong>this</strong>',
        '<div class="run"><div class="language-python highlight">',
        '<ol class="predict-choices">\n<li><code>42</code></li>',
        "<summary>Show what it prints, and why</summary>",
        '<div class="prints">',
        '<ol class="predict-reasons">',
    ]
    places = [html.index(part) for part in parts]
    assert places == sorted(places)


def test_the_code_of_a_card_shows_no_output(card):
    run = card().split('<div class="run">')[1].split("<ol")[0]
    assert "prints" not in run.replace("predict", "")


def test_reasons_and_questions_are_markdown(card):
    html = card(CARD.replace("One less", "*One* less"))
    assert "<em>One</em> less,\non two lines." in html
    assert "<math" in html


WRONG = {
    "- `41` One less,\n  on two lines.\n": "3 or 4 choices; this has 2",
    " It is the answer.": "the choice `42` has no reason",
    "What does **this** print, given $x$?": "asks a question",
}


@pytest.mark.parametrize("removed", WRONG)
def test_a_card_without_it_is_refused(removed, messages):
    assert WRONG[removed] in "\n".join(messages(CARD.replace(removed, "")))


def test_a_choice_without_a_code_span_is_refused(messages):
    (said,) = messages(CARD.replace("`41` One", "One"))
    assert said.startswith("a choice begins with a code span")


def test_two_equal_choices_are_refused(messages):
    (said,) = messages(CARD.replace("`41`", "`42`"))
    assert said == "two choices of a predict card are the same"


def test_a_card_may_continue_a_chain(card, caplog):
    first = "```python\nx = 1\n```\n\n"
    cont = "<!--pytest-codeblocks:cont-->\n\n```python\nfrom"
    card(first + CARD.replace("```python\nfrom", cont))
    assert caplog.text == ""
