import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from microgpt import checkpoint
from microgpt.cli import main
from microgpt.engine import ScalarEngine
from microgpt.tensor_engine import TensorEngine

ENGINES = ("scalar", "tensor")
SIZES = ["--n-embd", "4", "--n-head", "2"]
VERSION_1 = Path(__file__).parent / "checkpoint_v1.json"
# As on a terminal; in a log the bar moves every ten seconds.
TEN_TIMES_A_SECOND = (
    "import sys, microgpt.cli; sys.stderr.isatty = lambda: True;"
    "microgpt.cli.main()"
)
TEXT = ["--data", "book.txt", "--text", "--block-size", 8]
PAIRS = ["--tokenizer", "bytepair", "--vocab-size", 262]
WORDS = "emma\nolivia\nava\nisabella\nsophia\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, with a small data file."""
    monkeypatch.chdir(tmp_path)
    Path("words.txt").write_text(WORDS, encoding="utf-8")
    Path("book.txt").write_text("It was a dark night.\n" * 30, "utf-8")
    return tmp_path


@pytest.fixture
def run(here, capsys):
    """Run the command line: (exit status, standard output, error)."""

    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out, err

    return run


@pytest.fixture
def trained(run):
    """A checkpoint of 6 steps of a tiny model, in m.json."""
    status, out, _ = run(
        "train", "--data", "words.txt", "--steps", 6, *SIZES, "--out", "m.json"
    )
    assert status == 0
    return out


def refused(answer, *parts):
    """Exit status 2, nothing on standard output, one line that says why."""
    status, out, err = answer
    assert (status, out) == (2, "")
    assert err.startswith("microgpt: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def test_train_ends_with_the_last_loss_to_four_decimals(trained):
    last = checkpoint.load(Path("m.json")).losses[-1]
    assert trained == f"step 6 of 6: loss {last:.4f}\nsaved m.json\n"


def test_train_shows_loss_and_smoothed_loss_as_it_goes(run):
    _, _, err = run("train", "--data", "words.txt", "--steps", 3, *SIZES)
    assert re.search(r"3/3 .*loss \d\.\d{4}, smoothed \d\.\d{4}", err)


@pytest.fixture
def break_off(monkeypatch):
    """Have Ctrl-C pressed in step `number`, whichever engine works."""

    def break_off(number):
        for engine in (ScalarEngine, TensorEngine):
            monkeypatch.setattr(engine, "train", pressed(engine.train, number))

    yield break_off


def pressed(train, number):
    def train_and_press(engine, batches, run, start):
        for step, loss in enumerate(train(engine, batches, run, start)):
            if start + step + 1 == number:
                os.kill(os.getpid(), signal.SIGINT)
            yield loss

    return train_and_press


RUNS = {
    "documents": ["--data", "words.txt"],
    "batches": ["--data", "words.txt", "--batch", 3, "--clip", 0.1],
    "text": TEXT,
    "batches of a text": [*TEXT, "--batch", 2, "--validate-every", 2],
    "byte pairs": [*TEXT, *PAIRS, "--validate-every", 9],
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS.keys())
def test_a_resumed_run_equals_the_uninterrupted_one(
    run, break_off, engine, options
):
    options = ["--engine", engine, "--steps", 6, *SIZES, *options]
    assert run("train", *options, "--out", "m.json")[0] == 0
    break_off(3)
    status, out, err = run("train", *options, "--out", "p.json")
    assert status == 130
    assert "step 3 of 6" in out
    chosen = "--engine tensor " if engine == "tensor" else ""
    assert f"go on with: microgpt train {chosen}--resume p.json" in err
    again = ["--engine", engine, "--resume", "p.json", "--out", "r.json"]
    assert run("train", *again)[0] == 0
    assert Path("r.json").read_bytes() == Path("m.json").read_bytes()


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS.keys())
def test_either_engine_goes_on_with_what_the_other_began(
    run, break_off, first, options
):
    second = ENGINES[1 - ENGINES.index(first)]
    options = ["--engine", first, "--steps", 10, *SIZES, *options]
    run("train", *options, "--out", "m.json")
    break_off(5)
    assert run("train", *options, "--out", "p.json")[0] == 130
    assert run("train", "--engine", second, "--resume", "p.json")[0] == 0
    whole, mixed = (
        checkpoint.load(Path("m.json")),
        checkpoint.load(Path("p.json")),
    )
    assert mixed.losses == pytest.approx(whole.losses, rel=0, abs=1e-12)
    held_out = [loss for _, loss in whole.validation]
    found = [loss for _, loss in mixed.validation]
    assert found == pytest.approx(held_out, rel=0, abs=1e-12)
    assert mixed.rng.getstate() == whole.rng.getstate()


def test_32_bits_resume_exactly_too_and_go_on_in_plain_python(run, break_off):
    options = ["--data", "words.txt", "--steps", 6, *SIZES, "--precision", 32]
    run("train", "--engine", "tensor", *options, "--out", "m.json")
    break_off(3)
    run("train", "--engine", "tensor", *options, "--out", "p.json")
    again = ["train", "--resume", "p.json", "--out"]
    run(*again, "r.json", "--engine", "tensor")
    assert Path("r.json").read_bytes() == Path("m.json").read_bytes()
    assert run(*again, "s.json")[0] == 0
    whole, mixed = (checkpoint.load(Path(f"{x}.json")) for x in "ms")
    assert mixed.losses == pytest.approx(whole.losses, abs=1e-5)


def test_a_run_of_version_1_goes_on_as_it_would_have(run):
    Path("old.json").write_bytes(VERSION_1.read_bytes())
    assert run("train", "--resume", "old.json")[0] == 0
    assert checkpoint.load(Path("old.json")).losses[3:] == [
        2.5999205204880744,
        2.402028208888219,
        2.3599619515554373,
    ]
    _, out, _ = run("sample", "old.json", "--count", 3)
    assert out == "bievsmmp\nebolambv\nhvvhomea\n"


def test_ctrl_c_ends_the_step_saves_and_exits_130(here):
    process = subprocess.Popen(
        [sys.executable, "-c", TEN_TIMES_A_SECOND, "train", "--data"]
        + ["words.txt", "--steps", "1000000", *SIZES, "--out", "c.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while b"loss" not in process.stderr.read1():
        pass  # the bar appears at once, its losses with the first steps
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert len(checkpoint.load(Path("c.json")).losses) > 0
    assert b"saved c.json" in out
    assert b"Traceback" not in err


def test_sample_continues_the_draws_of_the_training(run, trained):
    _, first, _ = run("sample", "m.json", "--count", 3)
    assert run("sample", "m.json", "--count", 3)[1] == first
    assert first.count("\n") == 3
    assert run("sample", "m.json", "--count", 3, "--seed", 1)[1] != first


def test_sample_begins_with_the_prompt(run, trained):
    _, out, _ = run("sample", "m.json", "--count", 4, "--prompt", "em")
    assert all(name.startswith("em") for name in out.split())


def test_info_shows_configuration_and_parameter_table(run, trained):
    _, out, _ = run("info", "m.json")
    assert re.search(r"^n_embd +4$", out, re.M)
    assert re.search(r"^layer0.mlp_fc1 +16 x 4 +64$", out, re.M)
    total = len(checkpoint.load(Path("m.json")).learned.params)
    assert re.search(rf"^total +{total}$", out, re.M)


@pytest.mark.parametrize(
    ("name", "begins"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG")]
)
def test_plot_draws_svg_or_png(run, trained, name, begins):
    assert run("plot", "m.json", "--out", name)[1] == f"saved {name}\n"
    assert Path(name).read_bytes().startswith(begins)


def test_plotting_twice_gives_the_same_file(run, trained):
    for name in ("a.svg", "b.svg"):
        run("plot", "m.json", "--out", name)
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()


@pytest.mark.parametrize("command", ["", "train", "sample", "info", "plot"])
def test_each_help_shows_an_example(run, command):
    status, out, _ = run(*filter(None, [command, "--help"]))
    assert status == 0
    assert re.search(r"Example:\n +microgpt \w+", out)


def test_any_text_works_hangul_too(run):
    Path("words.txt").write_text("사랑\n평화\n희망\n", encoding="utf-8")
    run("train", "--data", "words.txt", "--steps", 2, *SIZES, "--out", "k.json")
    jamo = "\u1109\u1161"  # 사, typed in two parts
    status, out, _ = run("sample", "k.json", "--prompt", jamo, "--count", 2)
    assert status == 0
    assert all(line.startswith("사") for line in out.splitlines())


def test_a_long_line_is_cropped_with_the_count_said_once(run):
    Path("words.txt").write_text("ab\n" + "abc" * 20, encoding="utf-8")
    status, _, err = run("train", "--data", "words.txt", "--steps", 2, *SIZES)
    assert status == 0
    assert err.count("1 of 2 documents are longer than block_size 16") == 1


def test_the_reference_runs_from_the_command_line(run, karpathy_names):
    run("train", "--data", "karpathy", "--steps", 2, "--out", "k.json")
    losses = checkpoint.load(Path("k.json")).losses
    assert losses[0] == 3.3659669475848504


def test_both_engines_make_up_the_same_names(run, trained):
    scalar = run("sample", "m.json", "--count", 5)[1]
    assert run("sample", "m.json", "--count", 5, "--engine", "tensor")[1] == (
        scalar
    )


def test_top_k_of_1_leaves_no_choice(run, trained):
    options = ["--engine", "tensor", "--top-k", 1, "--count", 3, "--seed"]
    first = run("sample", "m.json", *options, 1)[1]
    assert run("sample", "m.json", *options, 2)[1] == first
    assert len(set(first.split())) == 1


def test_top_p_close_to_0_is_top_k_of_1(run, trained):
    options = ["sample", "m.json", "--engine", "tensor", "--count", 2]
    assert run(*options, "--top-p", 1e-9) == run(*options, "--top-k", 1)


@pytest.fixture
def trained_on_text(run):
    """A checkpoint of 200 steps on a running text, in t.json."""
    options = ["--engine", "tensor", "--steps", 200, *SIZES, *TEXT]
    answer = run("train", *options, "--out", "t.json")
    assert answer[0] == 0
    return answer


def test_a_text_is_held_out_and_measured_unless_told_not_to(
    run, trained_on_text
):
    measured = checkpoint.load(Path("t.json")).validation
    assert [step for step, _ in measured] == [*range(0, 201, 20)]
    last = f"held out {measured[-1][1]:.4f}\nsaved t.json\n"
    assert trained_on_text[1].endswith(last)
    assert re.search(r"200/200 .*, held out \d\.\d{4}", trained_on_text[2])
    run("train", "--steps", 2, *SIZES, *TEXT, "--validate", 0)
    assert checkpoint.load(Path("microgpt.json")).validation == []


def test_documents_are_held_out_when_told_to(run):
    options = ["--data", "words.txt", "--steps", 5, *SIZES, "--validate", 0.4]
    _, out, _ = run("train", *options, "--validate-every", 3, "--out", "v.json")
    measured = checkpoint.load(Path("v.json")).validation
    assert [step for step, _ in measured] == [0, 3, 5]
    assert f"held out {measured[-1][1]:.4f}\n" in out


def test_a_run_broken_off_says_when_it_was_last_measured(run, break_off):
    break_off(4)
    options = ["--data", "words.txt", "--steps", 9, *SIZES, "--validate", 0.4]
    _, out, _ = run("train", *options, "--validate-every", 3)
    assert re.search(r"^step 4 of 9: .*, held out .* at step 3$", out, re.M)


def test_info_lists_what_was_measured(run, trained_on_text):
    _, out, _ = run("info", "t.json")
    step, loss = checkpoint.load(Path("t.json")).validation[-1]
    assert re.search(rf"^ +{step} +{loss:.4f}$", out, re.M)
    assert re.search(r"^text +True$", out, re.M)
    assert r"\n" in re.search(r"^alphabet +(.+)$", out, re.M)[1]


def test_plot_draws_what_was_measured(run, trained, trained_on_text):
    run("plot", "t.json", "--out", "t.svg")
    run("plot", "m.json", "--out", "m.svg")
    assert "held out" in Path("t.svg").read_text("utf-8")
    assert "held out" not in Path("m.svg").read_text("utf-8")


def test_of_a_text_one_sample_as_long_as_wanted(run, trained_on_text):
    options = ["--engine", "tensor", "--top-k", 2]
    _, long, _ = run("sample", "t.json", *options, "--length", 60)
    assert len(long) == 60 + len("\n")
    _, short, _ = run("sample", "t.json", *options)
    assert len(short) == 8 + len("\n")


def test_byte_pairs_write_what_no_text_had(run):
    options = ["--steps", 2, *SIZES, *TEXT, *PAIRS, "--out", "b.json"]
    assert run("train", "--engine", "tensor", *options)[0] == 0
    answer = run("sample", "b.json", "--prompt", "한", "--count", 2)
    assert answer[0] == 0
    assert answer[1].startswith("한")
    assert re.search(r"^byte_pairs +5$", run("info", "b.json")[1], re.M)


@pytest.mark.parametrize(
    ("clock", "saves"),
    [
        # Started; after step 1, 2 (saved, from and to), 3, 4 (saved).
        ([0, 30, 60, 60, 61, 120, 121, 121, 122], [2, 4, 4]),
        # Saving takes 10 seconds: the next time is 200 seconds later.
        ([0, 60, 60, 70, 130, 269, 270, 270, 280], [1, 4, 4]),
    ],
)
def test_a_run_is_saved_every_minute_or_less_often_if_that_takes_long(
    run, monkeypatch, clock, saves
):
    now, saved, real = iter(clock), [], checkpoint.save

    def save(state, path):
        saved.append(len(state.losses))
        real(state, path)

    monkeypatch.setattr(checkpoint, "save", save)
    monkeypatch.setattr("microgpt.run.monotonic", lambda: next(now))
    run("train", "--data", "words.txt", "--steps", 4, *SIZES)
    assert saved == saves


def test_a_full_disk_on_the_way_does_not_end_the_run(run, monkeypatch):
    minutes = count(step=10_000)
    monkeypatch.setattr("microgpt.run.monotonic", lambda: next(minutes))
    real = checkpoint.save

    def save(state, path):
        if len(state.losses) < 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(state, path)

    monkeypatch.setattr(checkpoint, "save", save)
    options = ["--data", "words.txt", "--steps", 3, *SIZES, "--out", "m.json"]
    status, out, err = run("train", *options)
    assert (status, out[-14:]) == (0, "\nsaved m.json\n")
    assert err.count("m.json: No space left on device; going on") == 1


def test_without_numpy_the_tensor_engine_says_what_to_install(here):
    code = "import sys; sys.modules['numpy'] = None; import microgpt.cli as c;"
    code += "c.main(['train', '--engine', 'tensor', '--data', 'words.txt'])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "microgpt: --engine tensor needs NumPy:"
        " pip install 'microgpt-course[tensor]'\n"
    )


def test_the_scalar_engine_does_without_numpy(here):
    code = "import sys; sys.modules['numpy'] = None; import microgpt.cli as c;"
    code += "c.main(sys.argv[1:])"
    options = [*TEXT, *PAIRS, *SIZES, "--steps", 1, "--validate", 0]
    command = [sys.executable, "-c", code, "train", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--top-k", 3], "--top-k needs --engine tensor"),
        (["--top-p", 0.9], "--top-p needs --engine tensor"),
        (["--length", 30], "--length needs --engine tensor"),
        (["--engine", "tensor", "--top-k", 0], "--top-k is at least 1; got 0"),
        (["--engine", "tensor", "--top-p", 0], "--top-p is above 0"),
        (["--engine", "tensor", "--top-p", 1.5], "--top-p is above 0"),
        (["--engine", "tensor", "--top-p", "nan"], "--top-p is above 0"),
        (["--engine", "tensor", "--length", 0], "--length is at least 1"),
        (["--engine", "tensor", "--prompt", "a" * 16], "at most 15"),
        (["--engine", "tensor", "--temperature", 0], "temperature is positive"),
    ],
)
def test_a_draw_that_makes_no_sense_is_refused(run, trained, options, reason):
    refused(run("sample", "m.json", *options), reason)


def test_a_draw_is_refused_even_where_nothing_would_be_drawn(run, trained):
    options = ["--engine", "tensor", "--prompt", "emma", "--length", 1]
    answer = run("sample", "m.json", *options, "--temperature", -1)
    refused(answer, "--temperature is positive; got -1.0")


def test_a_prompt_to_byte_pairs_is_put_in_nfc_as_the_data_is(run):
    sizes = ["--steps", 1, *SIZES, *PAIRS, "--out", "p.json"]
    run("train", "--data", "words.txt", *sizes)
    draw = ["--count", 1, "--seed", 1, "--prompt"]
    composed = run("sample", "p.json", *draw, "caf\u00e9")
    assert composed[1].startswith("caf\u00e9")
    assert run("sample", "p.json", *draw, "cafe\u0301") == composed


def test_half_a_surrogate_pair_is_printed_as_a_question_mark(run, trained):
    class Model:
        def put(self, learned, updates):
            pass

        def sample(self, tokenizer, rng, draw):
            return "a\ud800b"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("microgpt.cli.maker", lambda name: lambda *_: Model())
        assert run("sample", "m.json", "--count", 1) == (0, "a?b\n", "")


def test_an_alphabet_that_makes_a_model_too_large_is_refused(run, monkeypatch):
    monkeypatch.setattr("microgpt.state.LARGEST", 300)
    answer = run("train", "--data", "words.txt", *SIZES)
    refused(answer, "at most 300 parameters, this would have 352")


def test_too_little_memory_is_said_in_one_line(run, monkeypatch):
    def too_large(*_):
        raise MemoryError

    monkeypatch.setattr(ScalarEngine, "train", too_large)
    answer = run("train", "--data", "words.txt", "--steps", 1, *SIZES)
    assert answer[0] == 2
    assert answer[2].endswith(
        "out of memory: try a smaller --batch, --block-size or model\n"
    )


def test_a_list_of_names_is_no_running_text(run):
    answer = run("train", "--text", "--data", "karpathy")
    refused(answer, "--text goes with --data FILE; karpathy is names")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no usable line"),
        (b"ab\0c", "not UTF-8 at byte 2"),
        ("emma".encode("utf-16"), "not UTF-8 at byte 0"),
        (b"abc", "3 characters: too few to hold out a share of 0.1"),
    ],
)
def test_an_unusable_text_is_refused_with_path_and_reason(run, raw, reason):
    Path("book.txt").write_bytes(raw)
    refused(run("train", *TEXT), "book.txt", reason)


def test_the_settings_of_a_text_do_not_go_with_resume_either(run, trained):
    answer = run("train", "--resume", "m.json", "--text")
    refused(answer, "--text does not go with --resume")
    answer = run("train", "--resume", "m.json", "--batch", 2)
    refused(answer, "--batch does not go with --resume")


@pytest.mark.skipif(sys.platform != "linux", reason="names there are bytes")
def test_file_names_that_are_no_utf_8_do_for_data_and_for_checkpoints(
    run, break_off
):
    name = os.fsdecode(b"\xff")
    Path(name).write_text(WORDS, encoding="utf-8")
    break_off(1)
    options = ["--steps", 2, *SIZES, "--out", f"{name}.json"]
    status, out, _ = run("train", "--data", name, *options)
    assert (status, out.endswith("saved ?.json\n")) == (130, True)
    assert run("train", "--resume", f"{name}.json")[0] == 0
    assert "\ndata           ?\n" in run("info", f"{name}.json")[1]


def test_a_changed_text_cannot_be_resumed_on(run, break_off):
    break_off(1)
    run("train", "--steps", 3, *SIZES, *TEXT, "--out", "t.json")
    with Path("book.txt").open("a") as file:
        file.write(" ")
    refused(run("train", "--resume", "t.json"), "book.txt has changed")


def test_a_missing_data_file_is_named(run):
    refused(run("train", "--data", "none.txt"), "none.txt", "No such file")


def test_a_folder_as_data_is_named(run):
    refused(run("train", "--data", "."), "Is a directory")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no usable line"),
        (b" \n\n", "no usable line"),
        (b"ab\0c", "not UTF-8 at byte 2"),
        ("emma".encode("utf-16"), "not UTF-8 at byte 0"),
        (b"caf\xe9\n", "not UTF-8 at byte 3"),
    ],
)
def test_unusable_data_is_refused_with_path_and_reason(run, raw, reason):
    Path("bad.txt").write_bytes(raw)
    refused(run("train", "--data", "bad.txt"), "bad.txt", reason)
    assert not Path("microgpt.json").exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--steps", 0], "--steps is at least 1; got 0"),
        (["--steps", "ten"], "'ten' is not a valid integer"),
        (["--steps", 10**400], "--steps is at most 1,000,000,000; got 10,"),
        (["--n-embd", 10], "divisible by n_head; got 10 and 4"),
        (["--n-layer", 0], "n_layer is a whole number, at least 1"),
        (["--n-embd", 10**9], "at most 20,000,000 parameters, this would have"),
        (["--n-layer", 10**9], "would have 3,072,000,000,288: lower --n-embd"),
        (["--block-size", 10**9], "at most 20,000,000 parameters"),
        (
            ["--block-size", -3],
            "block_size is a whole number, at least 1; got -3",
        ),
        (["--learning-rate", -0.1], "--learning-rate is positive; got -0.1"),
        (["--learning-rate", "nan"], "--learning-rate is positive"),
        (["--out", "no/such/folder.json"], "is not a folder"),
        (["--out", "."], "is a folder"),
        (["--bogus"], "No such option"),
        (["--engine", "gpu"], "'gpu' is not one of 'scalar', 'tensor'"),
        (["--batch", 0], "--batch is at least 1; got 0"),
        (["--batch", 10**9], "--batch is at most 10,000; got 1,000,000,000"),
        (["--clip", -1], "--clip is a length, or 0; got -1.0"),
        (["--clip", "nan"], "--clip is a length, or 0"),
        (["--precision", 32], "--precision needs --engine tensor"),
        (
            ["--engine", "tensor", "--precision", 16],
            "--precision is 64 or 32; got 16",
        ),
        (["--tokenizer", "words"], "'words' is not one of"),
        (["--vocab-size", 300], "--vocab-size goes with --tokenizer bytepair"),
        (
            ["--tokenizer", "bytepair", "--vocab-size", 256],
            "--vocab-size is at least 257",
        ),
        (["--validate", 1], "--validate is a share"),
        (["--validate", -0.1], "--validate is a share"),
        (["--validate", "nan"], "--validate is a share"),
        (["--validate", 0.1], "words.txt has 5 documents: too few to hold out"),
        (
            ["--validate", 0.4, "--validate-every", 0],
            "--validate-every is at least 1; got 0",
        ),
        (["--validate-every", 5], "--validate-every goes with --validate"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_at_once(run, options, reason):
    refused(run("train", "--data", "words.txt", *options), reason)
    assert not Path("microgpt.json").exists()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_diverges_says_so_and_keeps_the_old_file(
    run, trained, engine
):
    before = Path("m.json").read_bytes()
    sizes = ["--steps", 50, *SIZES, "--learning-rate", 1e200]
    options = ["--data", "words.txt", *sizes, "--out", "m.json"]
    answer = run("train", "--engine", engine, *options)
    assert answer[0] == 2
    said = answer[2].splitlines()[-1]
    assert said.startswith("microgpt: training broke down after step")
    assert said.endswith("try a smaller --learning-rate")
    assert "Warning" not in answer[2]
    assert Path("m.json").read_bytes() == before


def test_an_unknown_character_in_a_prompt_lists_the_alphabet(run, trained):
    answer = run("sample", "m.json", "--prompt", "é")
    refused(answer, "'é' is not in the alphabet 'abehilmopsv'")


@pytest.mark.parametrize("temperature", ["0", "-1", "nan", "inf"])
def test_a_temperature_of_0_or_below_is_refused(run, trained, temperature):
    answer = run("sample", "m.json", "--temperature", temperature)
    refused(answer, "temperature is positive")


def test_a_temperature_too_small_for_a_number_is_refused(run, trained):
    refused(run("sample", "m.json", "--temperature", "1e-320"), "too small")


def test_a_count_of_0_is_refused(run, trained):
    refused(run("sample", "m.json", "--count", 0), "--count is at least 1")


@pytest.mark.parametrize("command", ["sample", "info", "plot"])
def test_a_damaged_checkpoint_is_refused_by_name(run, trained, command):
    path = Path("m.json")
    path.write_bytes(path.read_bytes()[:-40])
    refused(run(command, "m.json"), "m.json is not a usable", "checksum")


def signed(text):
    """A checkpoint of that body, with the checksum that fits."""
    head = {"format": checkpoint.FORMAT, "version": checkpoint.VERSION}
    head["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    return f"{json.dumps(head)}\n{text}\n"


def test_nan_in_a_checkpoint_never_reaches_sampling(run, trained):
    path = Path("m.json")
    body = path.read_text().splitlines()[1]
    path.write_text(signed(re.sub(r'("wte": \[\[)[^,]+', r"\1NaN", body)))
    refused(run("sample", "m.json"), "m.json is not a usable", "holds NaN")


def test_a_newer_checkpoint_is_refused_by_its_version(run, trained):
    path = Path("m.json")
    newer = path.read_text().replace('"version": 2', '"version": 9', 1)
    path.write_text(newer)
    refused(run("info", "m.json"), "m.json", "version 9; this is 2")


def test_a_prompt_that_fills_the_block_is_refused(run, trained):
    refused(run("sample", "m.json", "--prompt", "a" * 16), "at most 15")


def test_the_data_file_is_never_overwritten(run):
    answer = run("train", "--data", "words.txt", "--out", "words.txt")
    refused(answer, "words.txt exists and is not a checkpoint")
    assert Path("words.txt").read_text(encoding="utf-8") == WORDS


def test_a_plot_does_not_overwrite_a_checkpoint(run, trained):
    Path("m.json").rename("m.svg")
    refused(run("plot", "m.svg", "--out", "m.svg"), "m.svg is a checkpoint")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_a_place_that_is_no_ordinary_file_is_refused(run):
    answer = run("train", "--data", "words.txt", "--out", "/dev/null")
    refused(answer, "/dev/null is not an ordinary file")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="Linux only")
def test_an_unwritable_folder_is_refused_before_anything_starts(run):
    answer = run("train", "--data", "words.txt", "--out", "/proc/self/m.json")
    refused(answer, "/proc/self/m.json cannot be saved")


def test_a_run_that_cannot_be_saved_in_the_end_is_saved_elsewhere(
    run, monkeypatch
):
    real = checkpoint.save

    def full(state, path):
        if path.name == path.as_posix():
            raise OSError(errno.ENOSPC, "No space left on device")
        real(state, path)

    monkeypatch.setattr(checkpoint, "save", full)
    sizes = ["--steps", 2, *SIZES, "--out", "m.json"]
    status, _, err = run("train", "--data", "words.txt", *sizes)
    said = re.search(r"m.json: No space left .*; the run is saved at (.+)", err)
    assert status == 2
    assert len(checkpoint.load(Path(said[1])).losses) == 2


def test_a_run_that_can_be_saved_nowhere_says_so(run, monkeypatch):
    def full(state, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "save", full)
    sizes = ["--steps", 2, *SIZES, "--out", "m.json"]
    status, _, err = run("train", "--data", "words.txt", *sizes)
    assert status == 2
    assert "m.json: No space left on device; nor is there room" in err


@pytest.mark.parametrize(
    ("target", "reason"),
    [("m.json", "leads to itself"), ("none/m.json", "is not a folder")],
)
def test_a_link_that_leads_nowhere_is_refused(run, target, reason):
    Path("m.json").symlink_to(target)
    answer = run("train", "--data", "words.txt", "--out", "m.json")
    refused(answer, reason)


def test_a_resumed_run_is_saved_where_it_was(run, break_off):
    break_off(1)
    options = ["--steps", 3, *SIZES, "--out", "p.json"]
    assert run("train", "--data", "words.txt", *options)[0] == 130
    assert run("train", "--resume", "p.json")[1].endswith("saved p.json\n")


def test_a_missing_checkpoint_is_named(run):
    refused(run("info", "none.json"), "none.json", "No such file")


def test_settings_do_not_go_with_resume(run, trained):
    answer = run("train", "--resume", "m.json", "--steps", 9)
    refused(answer, "--steps does not go with --resume")


def test_a_finished_run_has_nothing_to_resume(run, trained):
    refused(run("train", "--resume", "m.json"), "m.json is done")


def test_changed_data_cannot_be_resumed_on(run, trained):
    Path("words.txt").write_text("emma\nother\n")
    refused(run("train", "--resume", "m.json"), "words.txt has changed")


def test_a_plot_of_another_kind_is_refused(run, trained):
    answer = run("plot", "m.json", "--out", "a.pdf")
    refused(answer, "ends in .svg or .png; got a.pdf")


def test_the_engine_imports_the_standard_library_alone():
    code = (
        "import sys; before = set(sys.modules); import microgpt.scalar;"
        "print(*set(sys.modules) - before)"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    roots = {name.partition(".")[0] for name in out.split()}
    assert roots - sys.stdlib_module_names == {"microgpt"}
