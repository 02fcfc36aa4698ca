"""What Copy yields on a page runs in an empty file, for every fence."""

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pytest

from book.cache import project_root
from book.check import pages
from book.reader import read_page

CHAINS = [
    pytest.param(page, chain, id=f"{path.name}:{chain.line}")
    for path in pages(project_root())
    for page in [read_page(path)]
    for chain in page.chains
    if not all(fence.hidden for fence in chain.fences)
]
COPIES = {}
EXTENSIONS = ["admonition", "attr_list", "md_in_html", "tables"]


class Runs(HTMLParser):
    """Collects what Copy yields for each `.run` of a page, in order."""

    def __init__(self):
        super().__init__()
        self.texts = []
        self.given = self.code = False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "div" and attributes.get("class") == "run":
            self.given = "data-copy" in attributes
            self.texts.append(attributes.get("data-copy", ""))
        self.code |= tag == "code" and bool(self.texts)
        if tag == "div" and attributes.get("class") == "prints":
            self.given = True

    def handle_endtag(self, tag):
        self.code &= tag != "code"
        self.given |= tag == "code"

    def handle_data(self, data):
        if self.code and not self.given:
            self.texts[-1] += data


def copies(page):
    """Return what Copy yields for each visible fence of a page, by line."""
    if page.name not in COPIES:
        html = markdown.markdown(
            "\n".join(page.lines),
            extensions=[*EXTENSIONS, "book.extension"],
            extension_configs={"book.extension": {"run": False}},
        )
        runs = Runs()
        runs.feed(html)
        shown = [f for f in page.fences if f.runs and not f.hidden]
        assert len(shown) == len(runs.texts)
        lines = [fence.line for fence in shown]
        COPIES[page.name] = dict(zip(lines, runs.texts))
    return COPIES[page.name]


def run_alone(language, text, folder):
    """Run a text in a file of its own, in an empty folder."""
    file = folder / "pasted" / f"file.{language}"
    file.parent.mkdir()
    file.write_text(text, "utf-8")
    empty = folder / "empty"
    empty.mkdir()
    interpreter = sys.executable if language == "python" else language
    scripts = Path(sys.executable).parent
    env = {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    env |= {"LC_ALL": "C.UTF-8", "COLUMNS": "80"}
    env |= {k: v for k, v in os.environ.items() if k.startswith("MICROGPT")}
    return subprocess.run(
        [interpreter, str(file)],
        cwd=empty,
        env=env,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(("page", "chain"), CHAINS)
def test_what_copy_yields_runs_in_an_empty_file(page, chain, tmp_path):
    visible = [fence for fence in chain.fences if not fence.hidden]
    texts = [copies(page)[fence.line] for fence in visible]
    assert all(b.startswith(a) for a, b in zip(texts, texts[1:]))
    done = run_alone(chain.info, texts[-1], tmp_path)
    assert done.returncode == 0, done.stderr
    approved = "".join(f.approved.code for f in visible if f.approved)
    assert done.stdout == approved


def test_there_is_something_to_copy():
    assert len(CHAINS) > 100
