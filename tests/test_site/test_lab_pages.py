"""The labs as pages and downloads, as a reader meets them."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import expect
from traitlets.config import Config

from book.lab import labs, read_lab

ROOT = Path(__file__).parents[2]
LABS = labs(ROOT / "docs")
NAMES = [path.stem for path in LABS]
CLIPBOARD = "navigator.clipboard.readText()"
WHERE = "import microgpt\nprint(microgpt.__file__)"
PACKAGES = next(path for path in sys.path if path.endswith("-packages"))


def python(*command, **options):
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=LABS, ids=NAMES)
def lab(request, page):
    """A lab, read; its page is open."""
    page.goto(f"labs/{request.param.stem}.html")
    return read_lab(request.param)


@pytest.mark.parametrize("name", NAMES[:2])
def test_a_page_shows_what_the_script_prints_in_a_terminal(page, name):
    page.goto(f"labs/{name}.html")
    shown = page.locator(".run > .prints code").all_text_contents()
    script = ROOT / "docs" / "labs" / f"{name}.py"
    assert "".join(shown) == python(script) != ""


def test_each_cell_is_shown_as_it_stands_in_the_script(page, lab):
    shown = page.locator(".run > .highlight code").all_text_contents()
    assert shown == [fence.code for fence in lab.fences]


def test_copy_yields_the_script_up_to_the_cell(page, lab):
    for at in (0, 1, len(lab.fences) - 1):
        page.locator(".run copy-code button").nth(at).click()
        codes = [fence.code for fence in lab.fences[: at + 1]]
        assert page.evaluate(CLIPBOARD) == "\n".join(codes)


def test_what_a_cell_copies_runs_in_an_empty_folder(page, tmp_path):
    page.goto(f"labs/{NAMES[0]}.html")
    page.locator(".run copy-code button").nth(3).click()
    (tmp_path / "mine.py").write_text(page.evaluate(CLIPBOARD), "utf-8")
    said = python("mine.py", cwd=tmp_path)
    last = page.locator(".run").nth(3).locator(".prints code")
    assert said.endswith(last.text_content())


def test_every_door_of_a_lab_answers(page, lab):
    doors = page.locator(".doors a").all()
    assert len(doors) >= 4
    answers = {}
    for door in doors:
        answer = page.request.get(door.evaluate("link => link.href"))
        assert answer.ok
        answers[door.text_content()] = answer.text()
    assert json.loads(answers["Download notebook"])["nbformat"] == 4
    assert answers["Download script"] == lab.script


@pytest.mark.parametrize("name", ["How to run it", "Where to stop"])
def test_a_door_to_the_debugger_opens_at_its_heading(page, lab, name):
    page.locator(".doors a", has_text=name).click()
    page.wait_for_url("**/labs/index.html#*")
    target = page.locator("h2:target")
    expect(target).to_be_in_viewport()
    if name == "Where to stop":
        expect(target).to_contain_text(lab.title)


def test_a_chapter_leads_to_its_lab_and_back(page):
    page.goto("course/05-backprop.html")
    page.locator(".doors a", has_text="01_autograd_playground").click()
    page.wait_for_url("**/labs/01_autograd_playground.html")
    expect(page.locator(".eyebrow")).to_have_text("Lab 1 of 6")
    here = page.locator(".map svg:visible a[aria-current=location]")
    expect(here).to_contain_text("gradients")
    page.locator(".doors a", has_text="Backpropagation").click()
    page.wait_for_url("**/course/05-backprop.html")


def test_search_finds_the_words_of_a_lab(page):
    page.goto("index.html")
    page.keyboard.press("/")
    page.keyboard.type("playground")
    name = "labs/01_autograd_playground.html"
    expect(page.locator(f'#search li a[href*="{name}"]').first).to_be_visible()


def test_a_lab_is_read_from_a_folder(browser, site):
    page, faults = browser.new_page(), []
    page.on("console", lambda message: faults.append(message.text))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.goto((site / "labs" / f"{NAMES[0]}.html").as_uri())
    expect(page.locator(".prints").first).to_be_visible()
    expect(page.locator("copy-code button").first).to_be_visible()
    page.close()
    assert faults == []


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The package as a reader installs it: built, and alone in a folder."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = ["-m", "pip", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    python(*pip, *build)
    alone = ["--no-deps", "--no-index", "--target", folder / "alone"]
    python(*pip, "install", *alone, *folder.glob("*.whl"))
    return folder / "alone"


@pytest.mark.parametrize("name", NAMES)
def test_a_downloaded_notebook_runs_with_the_installed_package(
    site, wheel, name, tmp_path, monkeypatch
):
    book = nbformat.read(site / "labs" / f"{name}.ipynb", 4)
    asks = nbformat.v4.new_code_cell(WHERE, id="where")
    book.cells.append(asks)
    # Without `site`, the editable package of this checkout is not there.
    command = [sys.executable, "-S", "-m", "ipykernel_launcher"]
    spec = {"argv": [*command, "-f", "{connection_file}"], "language": "python"}
    (tmp_path / "kernels" / "alone").mkdir(parents=True)
    (tmp_path / "kernels/alone/kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("PYTHONPATH", f"{wheel}{os.pathsep}{PACKAGES}")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    # Files as sockets, whose paths must be short: no port can be taken.
    with tempfile.TemporaryDirectory() as short:
        sockets = {"transport": "ipc", "ip": f"{short}/socket"}
        NotebookClient(
            book,
            kernel_name="alone",
            config=Config({"KernelManager": sockets}),
            resources={"metadata": {"path": str(tmp_path)}},
        ).execute()
    said = asks["outputs"][0]["text"].strip()
    assert Path(said) == wheel / "microgpt" / "__init__.py"
