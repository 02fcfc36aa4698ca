"""The downloadable file: the package itself, without the package."""

import ast
import importlib.util
import random
import re
import subprocess
import sys

import pytest

from book.single import reading_order, single_file
from book.source import module_path
from microgpt import PART_I, Config, Tokenizer, load_names
from microgpt.scalar import Model, sample, train


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """The file, written where no package is near."""
    path = tmp_path_factory.mktemp("single") / "microgpt_single.py"
    path.write_text(single_file(), "utf-8")
    return path


@pytest.fixture
def alone(single):
    """A function that runs the file with the standard library alone."""
    return lambda *args: subprocess.run(
        [sys.executable, "-I", "-S", single, *args],
        cwd=single.parent,
        capture_output=True,
        text=True,
    )


def test_it_trains_and_samples_as_the_package_does(alone):
    rng = random.Random(7)
    docs = load_names()
    rng.shuffle(docs)
    tokenizer = Tokenizer.from_docs(docs)
    model = Model(Config(tokenizer.vocab_size), rng)
    losses = [f"{s.loss:.4f}" for s in train(model, tokenizer, docs, 20)]
    names = [sample(model, tokenizer, rng) for _ in range(20)]
    done = alone("--steps", "20", "--seed", "7")
    assert re.findall(r"loss ([\d.]+)", done.stderr) == losses
    assert done.stdout.split("\n") == [f"last loss {losses[-1]}", *names, ""]


def test_its_losses_are_the_package_s_to_the_last_bit(single):
    spec = importlib.util.spec_from_file_location("microgpt_single", single)
    one = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = one  # dataclasses look their module up
    spec.loader.exec_module(one)
    runs = []
    for config, model, tokens, steps in (
        (one.Config, one.Model, one.Tokenizer, one.train),
        (Config, Model, Tokenizer, train),
    ):
        table = tokens.from_docs(["emma", "olivia"])
        fresh = model(config(table.vocab_size, n_layer=2), random.Random(1))
        run = steps(fresh, table, ["emma", "olivia"], 5)
        runs.append([step.loss for step in run])
    assert runs[0] == runs[1]


def test_it_carries_the_bundled_names(single):
    (names,) = [
        ast.literal_eval(node.value).split()
        for node in ast.parse(single.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "NAMES"
    ]
    assert names == load_names()


def test_it_holds_every_definition_of_the_engine_once(single):
    tree = ast.parse(single.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.ClassDef)
    found = [node.name for node in tree.body if isinstance(node, kinds)]
    expected = ["parse_docs", "load_docs"]
    for name in PART_I[1:]:
        body = ast.parse(module_path(name).read_text("utf-8")).body
        expected += [node.name for node in body if isinstance(node, kinds)]
    assert found == [*expected, "main"]


def test_it_imports_the_standard_library_alone(single):
    tree = ast.parse(single.read_text("utf-8"))
    kinds = (ast.Import, ast.ImportFrom)
    imports = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    modules = [getattr(n, "module", n.names[0].name) for n in imports]
    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names
    assert len(modules) == len(set(modules))


def test_its_lines_are_as_narrow_as_a_page(single):
    lines = single.read_text("utf-8").split("\n")
    assert max(map(len, lines)) <= 80
    assert "noqa" not in single.read_text("utf-8")


def test_it_takes_another_file_of_names(alone, single):
    (single.parent / "mine.txt").write_text("가나\n나다\n", "utf-8")
    done = alone("mine.txt", "--steps", "2")
    assert done.returncode == 0 and "last loss" in done.stdout


@pytest.mark.parametrize("args", [["--steps", "0"], ["no-such-file"]])
def test_bad_input_is_one_line_and_exit_status_2(alone, args):
    done = alone(*args)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.strip().split("\n")[-1].startswith("microgpt_single.py")


def test_the_order_is_that_of_the_package():
    assert reading_order() == PART_I


def test_a_name_defined_twice_is_refused(monkeypatch):
    twice = ("microgpt.config", "microgpt.config")
    monkeypatch.setattr("book.single.reading_order", lambda: twice)
    with pytest.raises(ValueError, match="Config is defined in microgpt.con"):
        single_file()
