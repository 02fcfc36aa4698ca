"""Approving writes what was printed, where it belongs, and says so."""

import subprocess
import sys

import pytest

from book.approve import approve
from book.cache import Cache
from book.run import RunError

OUTPUT = """\
<!--pytest-codeblocks:expected-output-->

```text
1
2
```
"""
PAGE = f"""\
Before.

```sh
echo 1; echo 2
```

{OUTPUT}
After.
"""


@pytest.fixture
def approved(project):
    """A function from a page's text to the approved text and what was said."""

    def approved(text):
        path = project.page(text)
        said = list(approve(path, Cache()))
        return path.read_text(), said

    return approved


def test_an_approved_page_is_left_alone(approved):
    assert approved(PAGE) == (PAGE, [])


def test_a_stale_output_is_rewritten(approved):
    text, (said,) = approved(PAGE.replace("1\n2\n", "1\n3\n4\n"))
    assert text == PAGE
    assert said.endswith("index.md:9: rewritten: 2 lines")


def test_a_missing_output_is_added(approved):
    text, (said,) = approved(PAGE.replace(OUTPUT + "\n", ""))
    assert text == PAGE
    assert said.endswith("index.md:6: added: 2 lines")


def test_an_output_of_nothing_is_removed(approved):
    text, (said,) = approved(PAGE.replace("echo 1; echo 2", "true"))
    assert "text" not in text and "expected" not in text
    assert said.endswith("removed: nothing is printed")


def test_indentation_is_kept(approved):
    text, _ = approved("- a\n\n    ```sh\n    echo 1\n    ```\n")
    assert text.endswith("\n    ```text\n    1\n    ```\n")
    assert approved(text) == (text, [])


def test_an_output_with_backticks_gets_a_longer_fence(approved):
    text, _ = approved("```sh\nprintf '```\\nx\\n```\\n'\n```\n")
    assert text.endswith("````text\n```\nx\n```\n````\n")
    assert approved(text) == (text, [])


def test_figures_and_hidden_fences_get_no_output(approved):
    text = "<!--book:figure A-->\n```python\nfigure = '<svg/>'\n```\n"
    assert approved(text) == (text, [])


def test_several_changes_of_a_page_are_all_made(approved):
    text, said = approved("```sh\necho 1\n```\n\n```sh\necho 2\n```\n")
    assert [line.split(":", 1)[1] for line in said] == [
        "4: added: 1 lines",
        "8: added: 1 lines",
    ]
    assert text.count("```text") == 2


def test_a_page_that_is_edited_meanwhile_is_left_alone(project):
    path = project.page("")
    path.write_text(f"```sh\necho 1; echo more >> {path}\n```\n")
    (said,) = approve(path, Cache())
    assert "edited meanwhile" in said
    assert path.read_text().endswith("```\nmore\n")


def test_a_failing_fence_is_said_and_the_rest_is_approved(project):
    path = project.page("```sh\nfalse\n```\n\n```sh\necho 2\n```\n")
    with pytest.raises(RunError, match="exit code 1"):
        list(approve(path, Cache()))
    assert path.read_text().endswith("```text\n2\n```\n")


@pytest.fixture
def book(project):
    """A function that calls `python -m book` in the project."""
    return lambda *args: subprocess.run(
        [sys.executable, "-m", "book", *args], capture_output=True, text=True
    )


def test_the_command_approves_and_checks_all_pages(project, book):
    path = project.page("```sh\necho 1\n```\n")
    assert book("check").returncode == 1
    assert book("approve").stdout.endswith("index.md:4: added: 1 lines\n")
    done = book("check", str(path))
    assert (done.returncode, done.stdout) == (0, "0 problems\n")


def test_the_command_fails_with_the_story_of_a_failing_fence(project, book):
    project.page("```python\n1 / 0\n```\n")
    done = book("approve")
    assert done.returncode == 1
    assert "index.md:2: ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stdout
