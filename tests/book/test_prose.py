"""The words of a page, and nothing else of it."""

import pytest

from book.cache import project_root
from book.prose import course_text, prose

PAGE = """\
---
title: A page
description: What stands in front of it.
---

# A heading with many words in it

The first paragraph goes over
two lines of the file.

<!-- a remark of the author's -->

<!--
```python
assert "hidden" and "runs" and "leaves no trace"
```
-->

```python
print("what is shown and run")
```

<!--pytest-codeblocks:expected-output-->
```text
what is shown and run
```

| a table | has rows of words |
| --- | --- |
| and none | of them is prose |

::: microgpt.scalar.value:Value, and all of its source

$$x = \\text{words in a formula}$$

<div class="columns">words in a tag of HTML</div>

The last paragraph stands here alone.
"""


def test_of_a_page_only_the_paragraphs_are_left_each_on_a_line():
    assert list(prose(PAGE)) == [
        "The first paragraph goes over two lines of the file.",
        "The last paragraph stands here alone.",
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("See [chapter 2](02-tokens.md) for more.", "See chapter 2 for more."),
        ("It is *very* plain, and **bold**.", "It is very plain, and bold."),
        ("The name `x_i` has no quotes.", "The name x_i has no quotes."),
        ("[Begin now](a.md){ .go } with it all.", "Begin now with it all."),
        ("2 * 3 is 6, not 5.", "2 * 3 is 6, not 5."),
    ],
)
def test_links_and_marks_leave_their_words(written, read):
    assert list(prose(written)) == [read]


def test_a_paragraph_with_a_formula_is_left_out_whole():
    text = "Here the slope is $2x$ at every place.\n\nThis one is words only."
    assert list(prose(text)) == ["This one is words only."]


def test_each_item_of_a_list_is_a_paragraph_of_its_own():
    text = (
        "- the first of two things,\n  told at length;\n- and the second one."
    )
    assert list(prose(text)) == [
        "the first of two things, told at length;",
        "and the second one.",
    ]


def test_a_note_keeps_its_words_and_not_its_title():
    text = (
        '!!! note "If you know PyTorch"\n    There it is\n    the same thing.'
    )
    assert list(prose(text)) == ["There it is the same thing."]


def test_what_has_three_words_or_fewer_is_no_paragraph():
    assert list(
        prose("It depends.\n\nOne two three.\n\nBut four will do.")
    ) == ["But four will do."]


def test_a_fence_may_hold_a_shorter_fence():
    text = "````markdown\n```python\n1\n```\nall of this is code\n````\n"
    assert list(prose(text)) == []


def test_pages_follow_each_other_with_an_empty_line_between(tmp_path):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(f"The words of {name}.\n", "utf-8")
    paths = [tmp_path / "b.md", tmp_path / "a.md"]
    assert course_text(paths) == "The words of b.md.\n\nThe words of a.md.\n"


def test_the_course_is_the_thirteen_chapters_of_part_one_in_order():
    chapters = sorted((project_root() / "docs" / "course").glob("*.md"))
    assert chapters[12].name == "13-whole-file.md"
    assert course_text() == course_text(chapters[:13])
