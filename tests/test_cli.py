import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from microgpt import checkpoint
from microgpt.cli import main
from microgpt.scalar import train

SIZES = ["--n-embd", "4", "--n-head", "2"]
# As on a terminal; in a log the bar moves every ten seconds.
TEN_TIMES_A_SECOND = (
    "import sys, microgpt.cli; sys.stderr.isatty = lambda: True;"
    "microgpt.cli.main()"
)
WORDS = "emma\nolivia\nava\nisabella\nsophia\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, with a small data file."""
    monkeypatch.chdir(tmp_path)
    Path("words.txt").write_text(WORDS, encoding="utf-8")
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


def test_a_resumed_run_equals_the_uninterrupted_one(run, trained, monkeypatch):
    from microgpt import cli

    whole = checkpoint.load(Path("m.json"))
    real = cli.train

    def three_steps(*arguments, **options):
        for step in real(*arguments, **options):
            if step.number == 3:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    monkeypatch.setattr(cli, "train", three_steps)
    status, out, err = run(
        "train", "--data", "words.txt", "--steps", 6, *SIZES, "--out", "p.json"
    )
    assert status == 130
    assert "step 3 of 6" in out
    assert "go on with: microgpt train --resume p.json" in err
    monkeypatch.setattr(cli, "train", real)
    assert run("train", "--resume", "p.json", "--out", "r.json")[0] == 0
    resumed = checkpoint.load(Path("r.json"))
    assert resumed.losses == whole.losses
    assert Path("r.json").read_bytes() == Path("m.json").read_bytes()


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
    total = len(checkpoint.load(Path("m.json")).model.params)
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
        (["--n-embd", 10], "divisible by n_head; got 10 and 4"),
        (["--n-layer", 0], "n_layer is a whole number, at least 1"),
        (
            ["--block-size", -3],
            "block_size is a whole number, at least 1; got -3",
        ),
        (["--learning-rate", -0.1], "--learning-rate is positive; got -0.1"),
        (["--learning-rate", "nan"], "--learning-rate is positive"),
        (["--out", "no/such/folder.json"], "is not a folder"),
        (["--out", "."], "is a folder"),
        (["--bogus"], "No such option"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_at_once(run, options, reason):
    refused(run("train", "--data", "words.txt", *options), reason)
    assert not Path("microgpt.json").exists()


def test_a_run_that_diverges_says_so_and_keeps_the_old_file(run, trained):
    before = Path("m.json").read_bytes()
    sizes = ["--steps", 50, *SIZES, "--learning-rate", 1e200]
    answer = run("train", "--data", "words.txt", *sizes, "--out", "m.json")
    assert answer[0] == 2
    said = answer[2].splitlines()[-1]
    assert said.startswith("microgpt: training broke down after step")
    assert said.endswith("try a smaller --learning-rate")
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
    newer = path.read_text().replace('"version": 1', '"version": 9', 1)
    path.write_text(newer)
    refused(run("info", "m.json"), "m.json", "version 9; this is 1")


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


def test_a_resumed_run_is_saved_where_it_was(run, monkeypatch):
    from microgpt import cli

    def one_step(*arguments, **options):
        for step in train(*arguments, **options):
            os.kill(os.getpid(), signal.SIGINT)
            yield step

    monkeypatch.setattr(cli, "train", one_step)
    options = ["--steps", 3, *SIZES, "--out", "p.json"]
    assert run("train", "--data", "words.txt", *options)[0] == 130
    monkeypatch.setattr(cli, "train", train)
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
