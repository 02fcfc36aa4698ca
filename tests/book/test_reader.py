"""Reading a page: what is a fence, what it continues, what is wrong."""

import pytest

from book.check import collected, disagreements
from book.reader import parse, read_page

CHAIN = """\
```python
a = 1
```

<!--pytest-codeblocks:cont-->

```python
print(a)
```

<!--pytest-codeblocks:expected-output-->

```text
1
```

<!--pytest-codeblocks:cont-->
<!--
```python
assert a == 1
```
-->
"""


def test_a_chain_is_a_fence_and_those_that_continue_it():
    (chain,) = parse(CHAIN).chains
    assert [fence.line for fence in chain.fences] == [1, 7, 19]
    assert chain.code == "a = 1\nprint(a)\nassert a == 1\n"


def test_a_fence_in_a_comment_is_hidden_and_leaves_no_line():
    page = parse(CHAIN)
    assert [f.hidden for f in page.fences] == [False, False, True]
    assert "assert" not in "".join(p for p in page.pieces() if type(p) is str)


def test_approved_output_belongs_to_the_fence_before_it():
    fences = parse(CHAIN).fences
    assert fences[1].approved.code == "1\n"
    assert fences[0].approved is None


def test_copy_yields_the_visible_part_of_the_chain_so_far():
    (chain,) = parse(CHAIN).chains
    assert chain.visible(chain.fences[1]) == "a = 1\n\nprint(a)\n"
    assert chain.visible(chain.fences[0]) == "a = 1\n"


def test_pytest_codeblocks_finds_the_same_code_on_the_same_lines(project):
    path = project.page(CHAIN)
    assert collected(path) == [(1, "python", parse(CHAIN).chains[0].code)]
    assert list(disagreements(read_page(path), path)) == []


def test_a_fence_that_only_pytest_codeblocks_sees_is_a_disagreement(project):
    path = project.page("~~~\n```sh\nls\n```\n~~~\n")
    page = read_page(path)
    page.chains.clear()
    (problem,) = disagreements(page, path)
    assert problem.line == 2


def test_lines_count_from_the_start_of_the_file_despite_front_matter():
    page = parse(CHAIN, skipped=4)
    assert page.chains[0].line == 5
    assert not any("title" in p for p in page.pieces() if type(p) is str)


WRONG = {
    '```python title="a"\nx\n```': "both runners would skip",
    '```python exec="on"\nx\n```': "both runners would skip",
    "``` python\nx\n```": "both runners would skip",
    "```{.python}\nx\n```": "both runners would skip",
    "```shell\nls\n```": "both runners would skip",
    "~~~python\nx\n~~~": "not of ~~~",
    "> ```python\n> x\n> ```": "line of its own",
    "- ```python\n  x\n  ```": "line of its own",
    "```rust\nx\n```": "unknown language",
    "```\nx\n```": "unknown language",
    "```py\nx\n```": "needs its reason",
    "<!--book:shown why-->\n```python\nx\n```": "is for py fences",
    "```python\nx": "never closed",
    "<!-- so\n\ntext": "never closed",
    "<!--book:figur x-->": "unknown marker",
    "<!--pytest-codeblocks:skipfile-->": "unknown marker",
    "<!--pytest-codeblocks-cont-->": "unknown marker",
    "<!--pytest.mark.skip-->\n```sh\nls\n```": "unknown marker",
    "<!--pytest-codeblocks:cont-->\n\ntext": "no fence follows",
    "<!--pytest-codeblocks:cont-->": "no fence follows",
    "<!--pytest-codeblocks:cont-->\n```sh\nls\n```": "not run",
    "<!--book:figure-->\n```python\nx\n```": "has a caption",
    "<!--book:figure a-->\n```sh\nx\n```": "is a python fence",
    "<!--book:predict-->\nWhich?": "no python fence",
    "```python\n" + "x\n" * 13 + "```": "at most 12 lines; this has 13",
    "- a\n\n  ```python\n  x\n\n  y\n  ```": "drops blank lines",
    "```python\nif x:\n\ty\n```": "expands tabs",
    "<!--pytest-codeblocks:expected-output-->\n```text\n```": "not run",
}


@pytest.mark.parametrize("text", WRONG)
def test_the_reader_refuses(text, messages):
    assert WRONG[text] in "\n".join(messages(text))


def test_cont_after_a_display_fence_is_refused(messages):
    shown = "```text\nb\n```\n"
    cont = "<!--pytest-codeblocks:cont-->\n```python\nc\n```\n"
    (said,) = messages("```python\na\n```\n" + shown + cont)
    assert said == "cont after a fence that is not run"


def test_a_figure_and_a_hidden_fence_may_be_longer_than_twelve_lines(messages):
    code = "```python\n" + "x\n" * 20 + "```\n"
    assert messages(f"<!--book:figure A line-->\n{code}") == []
    assert messages(f"<!--\n{code}-->\n") == []


def test_a_skipped_fence_has_a_reason_and_does_not_run():
    page = parse('<!--pytest.mark.skip(reason="needs a net")-->\n```sh\nx\n```')
    assert page.problems == [] and page.chains == []
    assert page.fences[0].skip == "needs a net"


def test_a_fence_inside_a_longer_fence_is_text():
    page = parse("````markdown\n```python\nx\n```\n````")
    assert [fence.info for fence in page.fences] == ["markdown"]
    assert page.problems == []


def test_a_comment_of_prose_is_left_alone():
    page = parse("<!-- map -->\n\n<!--\njust words\n-->\n")
    assert page.cuts == [] and page.problems == []
