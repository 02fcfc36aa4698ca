"""The labs: scripts that run as they are, on what the package defines."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import microgpt.scalar
import microgpt.tensor

ROOT = Path(__file__).parents[1]
LABS = sorted((ROOT / "docs" / "labs").glob("*.py"))
LAUNCH = json.loads((ROOT / ".vscode" / "launch.json").read_text("utf-8"))
CONFIGURATIONS = LAUNCH["configurations"]
HELPERS = {"numbers", "grads", "likely", "Stages"}
each_lab = pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)


def run_lab(path, folder, **environment):
    """Run a lab somewhere else, without a terminal."""
    kept = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-W", "error", path],
        cwd=folder,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )


def stages_of(path):
    """Return the names of a lab's stages, as its calls write them."""
    found = []
    tree = ast.parse(path.read_text("utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    for node in sorted(calls, key=lambda node: node.lineno):
        if ast.unparse(node.func) == "stage":
            name = ast.literal_eval(ast.unparse(node.args[0]).lstrip("f"))
            many = range(5) if "{pos_id}" in name else range(1)
            found += [name.replace("{pos_id}", str(i)) for i in many]
    return found


def names_of_the_package(path):
    """Return what a lab may import: of one engine, and what both share."""
    on_arrays = "microgpt.tensor" in path.read_text("utf-8")
    engine = microgpt.tensor if on_arrays else microgpt.scalar
    return {*microgpt.__all__, *engine.__all__} | HELPERS


def configured(path):
    mine = [c for c in CONFIGURATIONS if c["program"].endswith(path.name)]
    return [c["env"]["STOP_AT"] for c in mine]


def test_there_are_six_labs():
    assert [path.name[:2] for path in LABS] == [f"0{n}" for n in range(1, 7)]


@each_lab
def test_a_lab_runs_as_a_script_and_says_nothing_to_stderr(path, tmp_path):
    done = run_lab(path, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert 3 < len(done.stdout.splitlines()) < 45
    assert "0x" not in done.stdout and not list(tmp_path.iterdir())


@each_lab
def test_a_lab_redefines_no_name_of_the_package(path):
    tree = ast.parse(path.read_text("utf-8"))
    named = {
        n.name
        for n in ast.walk(tree)
        if hasattr(n, "body") and hasattr(n, "name")
    }
    stored = {
        n.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    package = names_of_the_package(path)
    assert not package & (named | stored)
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= package


@each_lab
def test_a_lab_stops_only_where_a_stage_says_so(path):
    tree = ast.parse(path.read_text("utf-8"))
    stops = [n for n in ast.walk(tree) if isinstance(n, ast.If)]
    stops = [n for n in stops if ast.unparse(n.test).startswith("stage(")]
    assert all(ast.unparse(n.body) == "breakpoint()" for n in stops)
    assert path.read_text("utf-8").count("breakpoint()") == len(stops) > 2


@each_lab
def test_a_stage_and_its_launch_configuration_go_together(path):
    assert stages_of(path) == configured(path)


@each_lab
def test_a_lab_has_at_most_80_lines_of_code_of_80_columns(path):
    lines = path.read_text("utf-8").splitlines()
    code = [x for x in lines if x.strip() and not x.startswith("#")]
    assert len(code) <= 80 and max(map(len, lines)) <= 80


@each_lab
def test_each_cell_asks_and_the_code_below_it_answers(path):
    _, *cells = path.read_text("utf-8").split("# %%")
    assert cells[0].startswith(" [markdown]\n# # ")
    asked = [i for i, cell in enumerate(cells) if "\n# ## " in cell]
    assert len(asked) > 2
    for i in asked:
        assert "?\n" in cells[i] and "assert " in cells[i + 1]


def test_a_lab_asked_to_stop_without_a_terminal_says_so_and_goes_on(tmp_path):
    done = run_lab(LABS[0], tmp_path, STOP_AT="order")
    said = "STOP_AT=order: no debugger and no terminal, so on it goes\n"
    assert (done.returncode, done.stderr) == (0, said)
    assert done.stdout == run_lab(LABS[0], tmp_path).stdout


def test_configurations_are_alike_but_for_what_they_are_for():
    for each in CONFIGURATIONS:
        own = {k: each[k] for k in ("name", "program", "env", "presentation")}
        rest = {k: v for k, v in each.items() if k not in own}
        assert rest == {
            "type": "debugpy",
            "request": "launch",
            "python": "${workspaceFolder}/.venv/bin/python",
            "windows": {
                "python": "${workspaceFolder}/.venv/Scripts/python.exe"
            },
            "console": "integratedTerminal",
            "justMyCode": False,
            "preLaunchTask": "make .venv",
        }


def test_configurations_are_listed_by_lab_and_in_order():
    names = [each["name"] for each in CONFIGURATIONS]
    places = [each["presentation"] for each in CONFIGURATIONS]
    assert sorted(set(names)) == names
    for name, place in zip(names, places, strict=True):
        lab, order = name.split()[0].split(".")
        assert place == {"group": f"lab {lab}", "order": int(order)}


def test_the_task_before_a_launch_makes_what_make_makes():
    text = (ROOT / ".vscode" / "tasks.json").read_text("utf-8")
    (task,) = json.loads(text)["tasks"]
    assert task["label"] == "make .venv" and task["command"] == "make"
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert f"\n{task['args'][0]}: " in makefile


def test_git_does_not_hide_the_debugger_kit():
    kit = [".pdbrc", *(ROOT / ".vscode").glob("*.json")]
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    command = ["git", "check-ignore", *kit]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (len(kit), done.stdout) == (5, "")


def test_the_line_that_the_page_shows_of_pdb_is_the_labs():
    folder = LABS[0].parent
    page = (folder / "index.md").read_text(encoding="utf-8")
    found = re.search(r"(\w+\.py)\((\d+)\)<module>\(\)\n-> (.+)\n", page)
    name, number, shown = found.groups()
    lines = (folder / name).read_text(encoding="utf-8").split("\n")
    assert lines[int(number) - 1] == shown
    assert f"`b {number}`" in page
