"""Running chains: captured output, fresh starts, failures in page terms."""

import sys
import tempfile

import pytest

from book.reader import parse
from book.run import RunError, run


@pytest.fixture
def failure(project):
    def failure(text):
        with pytest.raises(RunError) as caught:
            run(parse(text).chains[0], "page.md")
        return caught.value

    return failure


def test_print_keeps_its_separator_and_its_file(results):
    (result,) = results(
        '```python\nimport sys\nprint(1, 2, sep="-")\n'
        "print(3, file=sys.stderr)\n```"
    )
    assert result.prints == "1-2\n"


def test_what_library_code_writes_is_captured_in_order(results):
    (result,) = results("```python\nprint(1)\nimport this\nprint(2)\n```")
    assert result.prints.startswith("1\nThe Zen") or "this" in sys.modules
    assert result.prints.endswith("2\n")


def test_a_progress_bar_on_standard_error_is_never_shown(results):
    code = "from tqdm import tqdm\nfor _ in tqdm([1]):\n    print(1)\n"
    assert results(f"```python\n{code}```")[0].prints == "1\n"
    assert results("```sh\necho 1 >&2; echo 2\n```")[0].prints == "2\n"


def test_python_runs_as_main_in_an_empty_folder(results):
    code = "import os\nprint(__name__, os.listdir())\n"
    assert results(f"```python\n{code}```")[0].prints == "__main__ []\n"


def test_a_chain_shares_its_names_and_the_next_does_not(project):
    cont = "<!--pytest-codeblocks:cont-->\n"
    two = f"```python\na = 1\n```\n{cont}```python\nprint(a)\n```\n"
    first, second = parse(f"{two}```python\nprint(a)\n```\n").chains
    assert run(first)[1].prints == "1\n"
    with pytest.raises(RunError, match="name 'a' is not defined"):
        run(second)


def test_a_shell_chain_shares_variables_folder_and_output(results):
    cont = "<!--pytest-codeblocks:cont-->\n"
    first, second = results(
        f"```sh\na=7; echo one > f\n```\n{cont}```sh\ncat f; echo $a\n```\n"
    )
    assert (first.prints, second.prints) == ("", "one\n7\n")


def test_a_shell_fence_finds_this_python_first(results):
    (result,) = results("```bash\ncommand -v python\n```\n")
    assert result.prints.startswith(sys.prefix)


def test_a_raising_fence_names_page_line_and_source(failure):
    error = failure("text\n\n```python\na = 0\nprint(1 / a)\n```\n")
    assert error.line == 5
    assert "page.md:5: ZeroDivisionError: division by zero" in str(error)
    assert "the line: print(1 / a)" in str(error)


def test_a_traceback_through_an_earlier_fence_names_its_lines(failure):
    cont = "<!--pytest-codeblocks:cont-->\n"
    error = failure(
        "```python\ndef f():\n    raise ValueError('no')\n```\n"
        f"{cont}```python\nf()\n```\n"
    )
    assert 'File "page.md", line 7, in <module>\n      f()' in str(error)
    assert 'File "page.md", line 3, in f\n      raise' in str(error)


def test_what_was_being_handled_is_told_in_page_terms_too(failure):
    code = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['a']\n"
    said = str(failure(f"```python\n{code}```\n"))
    assert "page.md:5: KeyError: 'a'" in said
    assert 'File "page.md", line 3, in <module>' in said
    assert "code block" not in said


def test_a_syntax_error_names_the_line_of_the_page(failure):
    error = failure("\n\n```python\na = 1\nb = = 2\n```\n")
    assert error.line == 5
    assert "the line: b = = 2" in str(error)


def test_a_failing_shell_fence_shows_exit_code_and_standard_error(failure):
    error = failure("```sh\necho hi\nls /no-such\necho on\n```\n")
    assert "page.md:1: exit code 2" in str(error)
    assert "No such file or directory" in str(error)
    assert "standard output:\n  hi" in str(error)


def test_a_temporary_folder_may_have_a_space(failure, monkeypatch, tmp_path):
    folder = tmp_path / "a space; and more"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    error = failure("```sh\nls /no-such\n```\n")
    assert "No such file or directory" in str(error)
    assert list(folder.iterdir()) == []


def test_a_shell_chain_fails_at_the_fence_that_failed(failure):
    cont = "<!--pytest-codeblocks:cont-->\n"
    assert failure(f"```sh\ntrue\n```\n{cont}```sh\nfalse\n```").line == 5


def test_ending_python_is_a_failure_not_the_end_of_the_build(failure):
    error = failure("```python\nraise SystemExit(0)\n```\n")
    assert "this fence ends Python" in str(error)


def test_a_change_to_the_package_does_not_reach_the_next_chain(results):
    change = "from microgpt.scalar import Value\nValue.__add__ = None\n"
    results(f"```python\n{change}```\n")
    (result,) = results(
        "```python\nfrom microgpt.scalar import Value\n"
        "print((Value(1) + 2).data)\n```"
    )
    assert result.prints == "3\n"


def test_a_run_leaves_the_loaded_package_as_it_was(results):
    import microgpt

    results("```python\nimport microgpt\n```")
    assert sys.modules["microgpt"] is microgpt


def test_a_figure_is_what_its_fence_assigns(results):
    (result,) = results(
        "<!--book:figure A-->\n```python\nfigure = '<svg/>'\n```"
    )
    assert (result.prints, result.figure) == ("", "<svg/>\n")


def test_a_figure_fence_without_a_figure_fails(failure):
    error = failure("<!--book:figure A-->\n```python\nx = 1\n```\n")
    assert "assigns `figure`" in str(error)


def test_a_drawing_module_is_loaded_anew_however_it_is_imported(results):
    import book.figure

    code = "import sys\nfrom book import figure\nprint(id(figure))\n"
    code += "print(figure is sys.modules['book.figure'])\n"
    number, same = results(f"```python\n{code}```")[0].prints.split()
    assert (same, int(number) != id(book.figure)) == ("True", True)
    assert sys.modules["book.figure"] is book.figure
