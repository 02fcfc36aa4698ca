"""Labs: read as Jupyter reads them, run in a kernel, rendered as a page."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from bs4 import BeautifulSoup

from book.cache import Cache
from book.fact import facts
from book.lab import labs, parse_lab, read_lab
from book.lab_page import filled
from book.notebook import notebook
from book.recall import recall
from book.result import Result
from book.run import RunError, run

CONFIG = """\
site_name: Test
site_url: !ENV [SITE_URL, ""]
use_directory_urls: false
theme: {name: mkdocs, custom_dir: theme}
plugins:
  - search
  - mkdocs-jupyter: {include: [labs/*.py], include_source: true, cache: false}
hooks: [lab_page.py]
extra: {build: {commit: ""}}
validation: {anchors: warn}
markdown_extensions:
  - tables
  - toc: {permalink: "#"}
  - pymdownx.superfences
  - book.extension
"""
MAIN = """\
<head><meta charset="utf-8"><title>{{ page.title }}</title>
<meta name="description" content="{{ page.meta.description }}"></head>
{% for item in page.toc %}{{ item.title }}{% endfor %}{{ page.content }}
"""
LAB = """\
# %% [markdown]
# # Lab 1: Doubles
#
# A number, `twice`.
# See the [page](../index.md#first).

# %%
from microgpt.engine import ANSWER

x = ANSWER

# %% [markdown]
# ## What is $2x$?

# %%
# Twice.
print("<b>", 2 * x)
assert x > 40
"""
BOOK = Path(__file__).parents[2] / "src" / "book"


@pytest.fixture
def lab(project):
    """A function that writes the project's one lab; returns its path."""
    (project.root / "docs" / "labs").mkdir()
    return lambda text=LAB: project.page(text, "labs/01_lab.py")


@pytest.fixture
def site(project, package, lab, built, monkeypatch):
    """A function from a lab's text to the warnings of a strict build."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795132800")
    (project.root / "lab_page.py").symlink_to(BOOK / "lab_page.py")
    (project.root / "mkdocs.yml").write_text(CONFIG)
    (project.root / "theme").mkdir()
    (project.root / "theme" / "main.html").write_text(MAIN)

    def site(text=LAB):
        lab(text)
        return built("# Index\n\n## First\n\n[lab](labs/01_lab.py)\n")

    return site


@pytest.fixture
def runs_lab(package):
    """A function from a lab's text to what its cells print, run anew."""
    return lambda text: [r.prints for r in run(parse_lab(text), "labs/l.py")]


def problems(text):
    return [(p.line, p.message) for p in parse_lab(text).problems]


def digests():
    files = sorted(path for path in Path("site").rglob("*") if path.is_file())
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_page_has_the_scripts_words_on_the_scripts_lines():
    lines = parse_lab(LAB).page.split("\n")
    assert len(lines) == len(LAB.split("\n"))
    assert lines[1] == "# Doubles"
    assert lines[12] == "## What is $2x$?"
    cells = {at: line for at, line in enumerate(lines) if "cell" in line}
    assert cells == {9: "<!-- cell 1 -->", 17: "<!-- cell 2 -->"}


def test_every_code_cell_is_run():
    lab = parse_lab(LAB)
    cells = jupytext.reads(LAB, "py:percent").cells
    codes = [cell.source for cell in cells if cell.cell_type == "code"]
    assert [fence.code for fence in lab.fences] == [f"{c}\n" for c in codes]
    assert all(fence.runs for fence in lab.fences)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (LAB, 0, ""),
        (LAB.replace("# # Lab", "# Lab"), 1, "a lab begins with # %% [mark"),
        (f"import os\n\n{LAB}", 1, "a lab begins with # %% [markdown]"),
        ("# %% [markdown]\n# # T\n\n# %%\nx = 1\n", 1, "below its title"),
        (f"{LAB}\n# %%\n\n# %%\nx = 2\n", 20, "this cell is empty"),
        (f"{LAB}\n#%%\nx = 2\n", 15, "Jupyter reads this cell otherwise"),
        (LAB.replace("# See", "See"), 5, "a lab is Python: invalid syntax"),
        (LAB.replace("# See", "# ```sh\n# ls\n# ```\n#"), 5, "code that runs"),
    ],
)
def test_what_is_wrong_with_a_lab_is_said_with_its_line(text, line, message):
    found = problems(text)
    assert bool(found) == bool(message)
    assert not found or found[0][0] == line and message in found[0][1]


def test_copy_yields_the_script_up_to_and_including_the_cell():
    lab = parse_lab(LAB)
    html = filled(lab.page, lab, [Result(), Result("<b> 84\n")])
    first, second = BeautifulSoup(html, "html.parser").select(".run")
    assert "data-copy" not in first.attrs
    assert second["data-copy"] == "\n".join(f.code for f in lab.fences)
    assert second.select_one(".prints code").text == "<b> 84\n"
    assert first.select_one(".prints") is None


def test_cells_share_a_kernel_and_print_what_they_print(runs_lab):
    assert runs_lab(LAB) == ["", "<b> 84\n"]


def test_the_kernel_is_this_python_and_stops_nowhere(runs_lab, monkeypatch):
    monkeypatch.setenv("STOP_AT", "order")
    text = (
        "# %%\nimport os, sys\n\nprint('\\n  é&amp;\\n')\n\n"
        "# %%\nprint(sys.executable, os.environ.get('STOP_AT'), end='')\n"
    )
    printed = ["\n  é&amp;\n\n", f"{sys.executable} None\n"]
    assert runs_lab(text) == printed
    assert os.environ["STOP_AT"] == "order"


@pytest.mark.parametrize(
    ("code", "line", "message"),
    [
        ("def f():\n    1 / 0\n\nf()", 6, "ZeroDivisionError: division by"),
        ("x = 1\nassert x == 2, 'two'", 6, "AssertionError: two"),
        ("x = 1\nx = )", 6, "SyntaxError: unmatched ')'"),
        ("import os; os._exit(3)", 4, "Kernel died"),
        ("print(1)\n2", 5, "a lab's cell prints; this one also gave text/pl"),
        ("import sys; print(1, file=sys.stderr)", 5, "stderr: '1\\n'"),
    ],
)
def test_a_failing_cell_is_named_with_its_line(runs_lab, code, line, message):
    first = 1 if "_exit" in code else 4
    with pytest.raises(RunError) as error:
        runs_lab(f"# %%\nprint(0)\n\n# %%\n{code}\n")
    assert str(error.value).startswith(f"labs/l.py:{line - 4 + first}: ")
    assert message in str(error.value)
    assert "\x1b" not in str(error.value)


def test_no_setting_makes_the_kernel_skip_what_a_lab_asserts(
    runs_lab, monkeypatch
):
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    with pytest.raises(RunError, match="AssertionError"):
        runs_lab("# %%\nassert 1 == 2\n")


def test_a_changed_line_of_the_package_runs_the_lab_again(package, lab, runs):
    read = [read_lab(lab()) for _ in range(3)]
    prints = [recall(each, "labs/l.py", Cache())[1].prints for each in read]
    assert prints == ["<b> 84\n"] * 3 and len(runs) == 1
    package.write_text("ANSWER = 43\n")
    assert recall(read[0], "labs/l.py", Cache())[1].prints == "<b> 86\n"
    assert len(runs) == 2


def test_a_lab_is_a_page_like_the_others(site, html):
    assert site() == ""
    page = html("labs/01_lab.html")
    soup = BeautifulSoup(page, "html.parser")
    assert [h1.text for h1 in soup.select("h1")] == ["Doubles#"]
    assert soup.title.text == "Doubles"
    assert soup.find(attrs={"name": "description"})["content"] == (
        "A number, twice. See the page."
    )
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids)) == 2
    assert soup.select_one("h2 math") and len(soup.select(".run")) == 2
    assert soup.select_one("p a")["href"] == "../index.html#first"
    assert "style" not in page and "mermaid" not in page and "In [" not in page
    assert 'href="labs/01_lab.html"' in html()
    assert "A number, " in html("search/search_index.json")


def test_a_labs_downloads_lie_beside_it(site):
    site()
    assert Path("site/labs/01_lab.py").read_text() == LAB
    nbformat.validate(nbformat.read("site/labs/01_lab.ipynb", 4))


def test_an_edit_of_the_package_shows_in_the_labs_next_page(
    site, package, html
):
    site()
    package.write_text("ANSWER = 43\n")
    site()
    assert "<code>&lt;b&gt; 86\n</code>" in html("labs/01_lab.html")


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("index.md#first", "none.md", "'labs/01_lab.py' contains a link"),
        ("#first", "#second", "'labs/01_lab.py' contains a link"),
        ("$2x$", "$\\nope$", "unknown in a formula: \\nope"),
        ("# # Lab", "# Lab", "labs/01_lab.py:1: a lab begins with"),
    ],
)
def test_a_strict_build_checks_a_labs_words(site, old, new, warning):
    assert warning in site(LAB.replace(old, new))


def test_a_lab_that_raises_fails_a_build_that_is_not_strict(site, package):
    site()
    package.write_text("ANSWER = 1\n")
    command = [sys.executable, "-m", "mkdocs", "build"]
    path = {"PYTHONPATH": str(package.parents[1])}
    done = subprocess.run(
        command, env=os.environ | path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "ERROR   -  labs/01_lab.py:18: AssertionError" in done.stderr
    assert "  the line: assert x > 40" in done.stderr
    assert "mkdocs_jupyter" not in done.stderr


def test_two_builds_with_a_lab_are_identical(site, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://example.org/course/")
    site()
    first = digests()
    monkeypatch.setenv("BOOK_CACHE", "0")
    site()
    assert digests() == first and Path("site/labs/01_lab.html") in first


def test_a_notebook_has_the_labs_cells_and_no_outputs():
    book = json.loads(notebook(parse_lab(LAB)))
    kinds = [cell["cell_type"] for cell in book["cells"]]
    assert kinds == ["markdown", "markdown", "code", "markdown", "code"]
    ids = [cell["id"] for cell in book["cells"]]
    assert ids == ["cell-0", "cell-1", "cell-2", "cell-3", "cell-4"]
    assert book["metadata"]["kernelspec"]["name"] == "python3"
    assert [c["outputs"] for c in book["cells"] if "outputs" in c] == [[], []]
    assert notebook(parse_lab(LAB)) == notebook(parse_lab(LAB))


@pytest.mark.parametrize(
    ("repo_url", "commit", "source"),
    [
        ("", "abc", "FOLDER"),
        ("https://e.org/c/", "", "git+https://e.org/c"),
        ("https://e.org/c", "abc", "git+https://e.org/c@abc"),
    ],
)
def test_a_notebook_begins_with_how_to_install(repo_url, commit, source):
    book = json.loads(notebook(parse_lab(LAB), repo_url, commit))
    text = "".join(book["cells"][0]["source"])
    assert text.endswith(f"\n\n    %pip install {source}")


def test_a_notebooks_links_lead_to_the_site_or_are_words():
    lab = parse_lab(LAB, "labs/01_lab.py")
    page = "[page](https://example.org/c/index.html#first)"
    assert page in notebook(lab, site_url="https://example.org/c/")
    assert "See the page." in notebook(lab)


def test_the_facts_count_the_cells_of_labs(project, lab):
    lab()
    found = labs(project.root / "docs")
    assert facts([], found)["cells"] == 2
