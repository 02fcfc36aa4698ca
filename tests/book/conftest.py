"""A small project of its own for each test that plants a defect."""

import sys
from pathlib import Path
from textwrap import dedent

import markdown
import pytest

from book import recall
from book.cache import Cache
from book.reader import parse

CONFIG = """\
site_name: Test
theme: {name: mkdocs}
plugins: []
markdown_extensions: [pymdownx.superfences, tables, book.extension]
"""


class Project:
    """A folder with a configuration and pages."""

    def __init__(self, root):
        self.root = root
        (root / "docs").mkdir()
        (root / "mkdocs.yml").write_text(CONFIG)

    def page(self, text, name="index.md"):
        """Write a page; return its path."""
        path = self.root / "docs" / name
        path.write_text(dedent(text))
        return path

    def render(self, text, **options):
        """Return the HTML of a page."""
        configs = {"book.extension": options}
        names = ["admonition", "tables", "book.extension"]
        return markdown.markdown(
            dedent(text), extensions=names, extension_configs=configs
        )


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, in which the test stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    return Project(tmp_path)


@pytest.fixture
def package(project, monkeypatch):
    """The one file of a `microgpt` that belongs to the project."""
    folder = project.root / "src" / "microgpt"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "engine.py").write_text("ANSWER = 42\n")
    for name in [name for name in sys.modules if name.startswith("microgpt")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder / "engine.py"


@pytest.fixture
def runs(monkeypatch):
    """The chains that were really run, not taken from the cache."""
    seen = []
    run = recall.run
    monkeypatch.setattr(
        recall, "run", lambda *args: seen.append(args[0]) or run(*args)
    )
    return seen


@pytest.fixture
def results(project):
    """A function from a page's text to what its first chain's fences do."""

    def results(text):
        chain = parse(dedent(text)).chains[0]
        return recall.recall(chain, "page.md", Cache(enabled=False))

    return results


@pytest.fixture
def messages():
    """A function from a page's text to what is wrong with the text."""
    return lambda text: [p.message for p in parse(dedent(text)).problems]


@pytest.fixture
def built(project, caplog):
    """A function that builds the project strictly: its warnings, or ""."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort

    def built(text):
        project.page(text)
        try:
            build(load_config("mkdocs.yml", strict=True))
        except Abort:
            return caplog.text
        return ""

    return built


@pytest.fixture
def html():
    """A function that reads a built page."""
    return lambda name="index.html": Path("site", name).read_text()
