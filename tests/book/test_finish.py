"""The finish of a build: facts, dates, addresses, and two equal builds."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from book.fact import facts
from book.finish import commit, commit_time

CONFIG = """\
site_name: Test
site_url: !ENV [SITE_URL, ""]
repo_url: !ENV [REPO_URL, ""]
theme: {name: mkdocs, custom_dir: theme}
plugins: [search]
hooks: [finish.py]
markdown_extensions: [tables, book.extension]
"""
MAIN = """\
<head><meta charset="utf-8"><title>{{ config.extra.build.fences }} fences,
{{ config.extra.build.date }}</title><script>a()</script></head>
{{ page.content }}
"""
PAGE = """\
# T

::: microgpt.config:Config

[file](microgpt_single.py)

<!--book:figure A-->

```python
figure = "<svg></svg>"
```

```sh
true
```
"""


@pytest.fixture
def site(project, built, monkeypatch):
    """A project that is finished by our hooks, dated 20 Nov 2026."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795132800")
    finish = Path(__file__).parents[2] / "src" / "book" / "finish.py"
    (project.root / "finish.py").symlink_to(finish)
    (project.root / "mkdocs.yml").write_text(CONFIG)
    (project.root / "theme").mkdir()
    (project.root / "theme" / "main.html").write_text(MAIN)
    return lambda: built(PAGE)


def digests():
    files = sorted(path for path in Path("site").rglob("*") if path.is_file())
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_templates_know_what_was_verified_and_when(site, html):
    assert site() == ""
    assert "<title>2 fences,\n2026-11-20</title>" in html()


def test_every_page_gets_its_policy(site, html):
    site()
    assert "Content-Security-Policy" in html() and "'sha256-" in html()
    assert "Content-Security-Policy" in html("404.html")


def test_the_single_file_is_part_of_the_site(site):
    assert site() == ""
    assert Path("site/microgpt_single.py").stat().st_size > 10_000


def test_no_address_is_invented(site, html):
    site()
    assert not Path("site/sitemap.xml").exists()
    assert not Path("site/sitemap.xml.gz").exists()
    assert 'href="reference.html#microgpt.config.Config"' in html()


def test_addresses_come_from_the_environment(site, html, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://example.org/course/")
    monkeypatch.setenv("REPO_URL", "https://example.org/code")
    site()
    assert "https://example.org/course/" in html("sitemap.xml")
    link = "https://example.org/code/blob/main/src/microgpt/config.py"
    assert f'href="{link}"' in html()


def test_two_builds_are_identical(site, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://example.org/course/")
    site()
    first = digests()
    monkeypatch.setenv("BOOK_CACHE", "0")
    site()
    assert digests() == first and len(first) > 10


def test_facts_are_counted_from_the_pages(project):
    counted = facts([project.page(PAGE)])
    numbers = {key: counted[key] for key in counted if key != "python"}
    assert numbers == {
        "fences": 2,
        "outputs": 0,
        "figures": 1,
        "cards": 0,
        "shown": 1,
        "cells": 0,
        "replays": 0,
    }


def test_the_date_is_that_of_the_commit_or_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert commit_time(tmp_path) == ""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "17")
    assert commit_time(tmp_path) == "17"


def test_links_name_the_commit_or_main(site, project, html, monkeypatch):
    monkeypatch.setenv("REPO_URL", "https://example.org/code")
    assert commit(project.root) == ""
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    message = ["commit", "--quiet", "--allow-empty", "--message=a"]
    for command in (["init", "--quiet"], [*author, *message]):
        subprocess.run(["git", "-C", project.root, *command], check=True)
    site()
    assert len(built := commit(project.root)) == 40
    assert f"/code/blob/{built}/src/microgpt/config.py" in html()


def test_a_page_that_is_served_may_reload_itself(site, monkeypatch):
    from book import finish

    page = Path("site/index.html")
    page.parent.mkdir()
    page.write_text(MAIN)
    config = type("Config", (), {"site_dir": "site", "site_url": "x"})
    finish.on_startup("serve", False)
    finish.on_post_build(config)
    assert "Security-Policy" not in page.read_text()
    finish.on_startup("build", False)
    finish.on_post_build(config)
    assert "Security-Policy" in page.read_text()
