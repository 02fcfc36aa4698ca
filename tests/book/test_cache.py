"""The cache: what is unchanged does not run again, what is changed does."""

import os
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import pytest

from book.cache import RUNNERS, Cache, project_root, replace_text
from book.reader import parse
from book.recall import recall

PAGE = """\
```python
from microgpt.engine import ANSWER
```

<!--pytest-codeblocks:cont-->

```python
print(ANSWER)
```
"""


@pytest.fixture
def printed(package):
    """A function from a page's text to what its first chain prints."""

    def printed(text=PAGE, cache=None):
        chain = parse(dedent(text)).chains[0]
        results = recall(chain, "page.md", cache or Cache())
        return "".join(result.prints for result in results)

    return printed


def test_an_unchanged_chain_does_not_run_again(printed, runs):
    assert [printed(), printed()] == ["42\n", "42\n"]
    assert len(runs) == 1


def test_a_changed_line_of_the_package_runs_what_depends_on_it(
    printed, package, runs
):
    printed()
    package.write_text("ANSWER = 43\n")
    assert printed() == "43\n"
    assert len(runs) == 2


def test_many_edits_within_one_second_are_all_seen(printed, package):
    for answer in range(10, 20):
        package.write_text(f"ANSWER = {answer}\n")
        assert printed() == f"{answer}\n"


def test_an_edit_that_keeps_size_and_time_is_seen(printed, package):
    before = package.stat()
    printed()
    package.write_text("ANSWER = 24\n")
    os.utime(package, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert printed() == "24\n"


def test_a_package_put_back_needs_no_new_run(printed, package, runs):
    printed()
    package.write_text("ANSWER = 43\n")
    printed()
    package.write_text("ANSWER = 42\n")
    assert printed() == "42\n"
    assert len(runs) == 2


def test_a_touched_but_unchanged_package_needs_no_new_run(
    printed, package, runs
):
    printed()
    package.touch()
    printed()
    assert len(runs) == 1


def test_a_change_early_in_a_chain_runs_all_of_it(printed, runs):
    printed()
    printed(PAGE.replace("import ANSWER", "import ANSWER  # new"))
    assert len(runs) == 2


@pytest.mark.parametrize("name", ["names.txt", "deep/er.csv"])
def test_changed_data_runs_chains_again(printed, project, runs, name):
    path = project.root / "data" / name
    path.parent.mkdir(parents=True)
    path.write_text("ada\n")
    printed()
    path.write_text("eva\n")
    printed()
    assert len(runs) == 2


def test_another_python_or_package_version_runs_chains_again(monkeypatch):
    chain = parse(PAGE).chains[0]
    keys = {Cache().key(chain)}
    monkeypatch.setattr("sys.version", "3.99")
    keys.add(Cache().key(chain))
    monkeypatch.setattr("book.cache._installed", lambda: ["numpy-9.dist-info"])
    keys.add(Cache().key(chain))
    assert len(keys) == 3


LAB = "docs/labs/01.py"


@pytest.mark.parametrize(
    ("page", "file", "again"),
    [
        ("import book.figure", "figure.py", True),
        ("from book import figure", "figure.py", True),
        ("import math", "figure.py", False),
        ("from book.stop import rows", LAB, True),
        ("import book.figure", LAB, False),
    ],
)
def test_a_chain_runs_again_if_what_it_draws_with_changes(
    project, monkeypatch, page, file, again
):
    book = project.root / "book"
    (project.root / LAB).parent.mkdir()
    book.mkdir()
    changing = project.root / LAB if file == LAB else book / file
    for path in (book / "figure.py", project.root / LAB):
        path.write_text("")
    monkeypatch.setattr("book.cache.package_folder", {"book": book}.get)
    chain = parse(f"```python\n{page}\n```").chains[0]
    before = Cache().key(chain)
    changing.write_text("# another\n")
    assert (Cache().key(chain) != before) is again


def test_a_recording_depends_on_what_records_it(monkeypatch):
    plan = "<!--book:stepper\nname: x\n-->\n"
    chains = [parse(text).chains[0] for text in (PAGE, plan + PAGE)]
    before = [Cache().key(chain) for chain in chains]
    monkeypatch.setattr("book.cache.RECORDERS", ("block",))
    after = [Cache().key(chain) for chain in chains]
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_the_same_code_in_another_language_has_another_key():
    python, shell = (
        parse(f"```{x}\ntrue\n```").chains[0] for x in ("sh", "bash")
    )
    assert Cache().key(python) != Cache().key(shell)


def test_a_failing_chain_is_not_kept(printed):
    for _ in range(2):
        with pytest.raises(Exception, match="division by zero"):
            printed("```python\n1 / 0\n```")


def test_a_broken_entry_counts_as_missing(printed, project, runs):
    printed()
    (entry,) = (project.root / ".cache" / "book").glob("*.json")
    entry.write_text('[{"prin')
    assert printed() == "42\n"
    assert len(runs) == 2


@pytest.mark.parametrize("off", ["0", "off", "no"])
def test_the_environment_can_turn_the_cache_off(
    printed, runs, monkeypatch, off
):
    monkeypatch.setenv("BOOK_CACHE", off)
    printed()
    printed()
    assert len(runs) == 2


def test_the_extension_can_turn_the_cache_off(project, runs):
    for _ in range(2):
        project.render("```python\nx = 1\n```", cache=False)
    assert len(runs) == 2
    assert not (project.root / ".cache").exists()


def test_many_writers_of_one_file_leave_one_of_their_texts(tmp_path):
    texts = [str(i) * 100_000 for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda t: replace_text(tmp_path / "f", t), texts))
    assert (tmp_path / "f").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_the_cache_lies_beside_the_configuration(project, monkeypatch):
    monkeypatch.chdir(project.root / "docs")
    assert project_root() == project.root
    assert Cache().folder == project.root / ".cache" / "book"


def test_entries_that_nobody_asked_for_in_a_month_go(printed, project):
    printed()
    (entry,) = (project.root / ".cache" / "book").glob("*.json")
    Cache().prune()
    assert entry.exists()
    os.utime(entry, (0, 0))
    Cache().prune()
    assert not entry.exists()


def test_what_runs_a_chain_is_part_of_its_key(monkeypatch):
    chain = parse(PAGE).chains[0]
    before = Cache().key(chain)
    monkeypatch.setitem(RUNNERS, "python", ("python", "run"))
    assert Cache().key(chain) != before


def test_the_times_of_the_labs_make_no_other_chain_run_again(project):
    chain = parse(PAGE).chains[0]
    before = Cache().key(chain)
    (project.root / "data").mkdir()
    (project.root / "data" / "lab_times.json").write_text("{}")
    assert Cache().key(chain) == before
