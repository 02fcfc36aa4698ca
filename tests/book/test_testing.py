"""The pytest plugin: what a failing page says. Each test plants a defect."""

import pytest


@pytest.fixture
def outcome(pytester, monkeypatch):
    """A function that tests a page: its result, and what pytest said."""
    pytester.makeconftest('pytest_plugins = ["book.testing"]')
    (pytester.path / "mkdocs.yml").write_text("site_name: Test")
    (pytester.path / "docs").mkdir()

    def outcome(text, *options):
        (pytester.path / "docs" / "page.md").write_text(text)
        result = pytester.runpytest("docs", "-p", "no:cacheprovider", *options)
        return result.parseoutcomes(), result.stdout.str()

    return outcome


def test_each_chain_is_a_test_and_so_are_the_rules(outcome):
    cont = "<!--pytest-codeblocks:cont-->\n"
    text = (
        f"```sh\ntrue\n```\n{cont}```sh\ntrue\n```\n\n```python\nx = 1\n```\n"
    )
    outcomes, said = outcome(text, "-v")
    assert outcomes == {"passed": 3}
    assert "page.md::rules" in said
    assert "page.md::line 1 " in said and "page.md::line 9 " in said


def test_a_raising_fence_names_page_line_and_source(outcome):
    outcomes, said = outcome("\n```python\nx = 0\n1 / x\n```\n")
    assert outcomes == {"passed": 1, "failed": 1}
    assert "docs/page.md:4: ZeroDivisionError: division by zero" in said
    assert "the line: 1 / x" in said
    assert "markdown_exec" not in said


def test_a_failing_shell_fence_shows_its_standard_error(outcome):
    _, said = outcome("```sh\necho oh >&2; exit 3\n```\n")
    assert "docs/page.md:1: exit code 3" in said
    assert "standard error:\n  oh\n" in said


def test_a_stale_approved_output_is_a_diff(outcome):
    marker = "<!--pytest-codeblocks:expected-output-->\n"
    _, said = outcome(f"```sh\necho 1\n```\n{marker}```text\n2\n```\n")
    assert "docs/page.md:1: output differs from the approved one" in said
    assert "  -2\n  +1\n" in said


def test_a_fence_printing_without_approved_output_fails(outcome):
    _, said = outcome("```sh\necho 1\n```\n")
    assert "prints and has no approved output: make approve" in said


def test_two_printing_fences_in_a_chain_fail(outcome):
    marker = "<!--pytest-codeblocks:cont-->\n"
    _, said = outcome(f"```sh\necho 1\n```\n{marker}```sh\necho 2\n```\n")
    assert "docs/page.md:5: a second fence of this chain prints" in said


def test_a_hidden_fence_that_prints_fails(outcome):
    _, said = outcome("<!--\n```python\nprint(1)\n```\n-->\n")
    assert "a hidden fence prints nothing; this did: '1\\n'" in said


def test_a_failing_hidden_assert_fails(outcome):
    _, said = outcome("<!--\n```python\nassert 1 == 2\n```\n-->\n")
    assert "docs/page.md:3: AssertionError" in said


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("figure = '<svg/>'; print(1)", "a figure fence prints nothing"),
        ("x = 1", "assigns `figure`"),
        ("figure = 1", "assigns `figure`"),
        ("figure = '<p style=\"\">'", "no style attributes"),
    ],
)
def test_a_wrong_figure_fails(outcome, code, wrong):
    _, said = outcome(f"<!--book:figure A-->\n```python\n{code}\n```\n")
    assert wrong in said


def test_a_fence_that_would_be_skipped_fails_the_rules(outcome):
    outcomes, said = outcome('```python title="x"\n1 / 0\n```\n')
    assert outcomes == {"failed": 1}
    assert "docs/page.md:1: both runners would skip" in said


def test_a_renamed_symbol_fails_the_rules(outcome):
    _, said = outcome("::: microgpt.scalar.value:Valeu.log\n")
    assert "docs/page.md:1: microgpt.scalar.value has no symbol Val" in said


def test_a_page_that_cannot_be_read_fails_the_rules(outcome):
    outcomes, said = outcome("```python\nx = 1\n")
    assert outcomes == {"failed": 1}
    assert "docs/page.md:1: this fence is never closed" in said


def test_a_skipped_fence_is_skipped_with_its_reason(outcome):
    text = '<!--pytest.mark.skip(reason="needs a net")-->\n```sh\nfalse\n```\n'
    outcomes, said = outcome(text, "-rs")
    assert outcomes == {"passed": 1, "skipped": 1}
    assert "needs a net" in said


def test_other_markdown_files_are_not_collected(outcome, pytester):
    (pytester.path / "NOTES.md").write_text("```python\n1 / 0\n```\n")
    outcomes, _ = outcome("words", ".")
    assert outcomes == {"passed": 1}
