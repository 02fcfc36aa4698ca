"""Warming the cache: the build then finds every result, whoever ran it."""

import pytest

from book.cache import Cache
from book.lab import read_lab
from book.reader import read_page
from book.recall import recall
from book.warm import warm


@pytest.fixture
def path(project):
    """A page of six chains, one of which fails."""
    fences = [f"```python\nprint(1 / {i})\n```\n" for i in range(6)]
    return project.page("\n".join(fences))


def test_a_warm_cache_runs_nothing_but_what_fails(path, runs):
    warm([(path, "page.md")], Cache())
    first, *others = read_page(path).chains
    prints = [recall(chain, "page.md", Cache())[0].prints for chain in others]
    assert prints == ["1.0\n", "0.5\n", f"{1 / 3}\n", "0.25\n", "0.2\n"]
    assert runs == []
    with pytest.raises(Exception, match="division by zero"):
        recall(first, "page.md", Cache())


def test_a_lab_runs_beside_the_chains_of_pages(path, project, runs):
    script = project.page("# %%\nprint(1)\n", "01_lab.py")
    warm([(path, "page.md"), (script, "labs/01_lab.py")], Cache())
    lab = read_lab(script)
    assert recall(lab, "labs/01_lab.py", Cache())[0].prints == "1\n"
    assert runs == []


def test_long_runs_are_said_with_page_and_line(path, caplog, monkeypatch):
    caplog.set_level("INFO")
    monkeypatch.setattr("book.warm.SLOW", 0.0)
    warm([(path, "page.md")], Cache())
    assert "6 chains of fences to run" in caplog.text
    assert "page.md:21 ran for" in caplog.text


def test_without_a_cache_there_is_nothing_to_warm(path, project):
    warm([(path, "page.md")], Cache(enabled=False))
    assert not (project.root / ".cache").exists()
