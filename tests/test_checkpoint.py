import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from microgpt import Config, Tokenizer
from microgpt.bytepair import BytePairTokenizer
from microgpt.checkpoint import CheckpointError, load, save, write_atomically
from microgpt.engine import ScalarEngine
from microgpt.state import Checkpoint, Run

# A run of 6 steps on the five names of test_cli.py, broken off after 3, in
# the format of version 1, as the code of that version wrote it.
VERSION_1 = Path(__file__).parent / "checkpoint_v1.json"


def small_checkpoint(steps=2, tokenizer=None):
    tokenizer = tokenizer or Tokenizer("abc한")
    rng = random.Random(1)
    config = Config(tokenizer.vocab_size, block_size=4, n_embd=2, n_head=1)
    engine = ScalarEngine(config, rng)
    run = Run("words.txt", "0" * 64, 1, 5, 0.01, validate=0.1)
    batches = [[tokenizer.encode(doc)] for doc in ["abc", "한"]]
    losses = list(engine.train(batches[:steps], run, 0))
    validation = [(0, 2.5), (1, 2.25)][: steps + 1]
    return Checkpoint(
        run, config, tokenizer, engine.get(), rng, losses, validation
    )


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.json"
    save(small_checkpoint(), path)
    return path


def tampered(path, change):
    """Rewrite a checkpoint's body by `change`, with a checksum that fits."""
    head, body = path.read_text(encoding="utf-8").splitlines()
    body = json.loads(body)
    body = change(body) or body
    text = body if isinstance(body, str) else json.dumps(body)
    digest = hashlib.sha256(text.encode()).hexdigest()
    head = json.loads(head) | {"sha256": digest}
    path.write_text(f"{json.dumps(head)}\n{text}\n", encoding="utf-8")


def test_a_checkpoint_reads_back_to_the_last_bit(saved):
    before, after = small_checkpoint(), load(saved)
    assert after.learned == before.learned
    assert (after.run, after.config) == (before.run, before.config)
    assert after.losses == before.losses
    assert after.validation == [(0, 2.5), (1, 2.25)]
    assert after.tokenizer.chars == ["a", "b", "c", "한"]
    assert after.rng.random() == before.rng.random()


def test_a_byte_pair_tokenizer_reads_back_too(tmp_path):
    tokenizer = BytePairTokenizer([(97, 98), (256, 99)])
    save(small_checkpoint(2, tokenizer), tmp_path / "b.json")
    after = load(tmp_path / "b.json")
    assert after.tokenizer.merges == [(97, 98), (256, 99)]
    assert after.tokenizer.encode("abc") == [258, 257, 258]


def test_loading_and_saving_need_no_numpy(saved):
    code = (
        "import sys; from pathlib import Path; from microgpt import checkpoint;"
        f"path = Path({str(saved)!r});"
        "checkpoint.save(checkpoint.load(path), path);"
        "print('numpy' in sys.modules)"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert out == "False\n"


def test_a_file_of_version_1_still_loads():
    old = load(VERSION_1)
    assert old.losses == [
        2.5134544634344413,
        2.508622712736242,
        2.5350455825603606,
    ]
    assert old.learned.params[0] == 0.02544982260510255
    assert "".join(old.tokenizer.chars) == "abehilmopsv"
    assert (old.run.num_steps, old.run.text, old.validation) == (6, False, [])


def test_a_file_of_version_1_saved_again_is_one_of_version_2(tmp_path):
    old = load(VERSION_1)
    save(old, tmp_path / "new.json")
    assert '"version": 2' in (tmp_path / "new.json").read_text()[:50]
    new = load(tmp_path / "new.json")
    assert (new.learned, new.run) == (old.learned, old.run)
    assert new.rng.getstate() == old.rng.getstate()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda body: body.pop("alphabet"), "has no alphabet"),
        (lambda body: body.update(tokenizer=0), "unexpected tokenizer"),
        (lambda body: body.update(run=[]), "run is not an object"),
        (lambda body: body["run"].update(engine=1), "unexpected run.engine"),
        (lambda body: body["alphabet"].pop(), "vocab_size 12 does not fit"),
    ],
)
def test_a_file_of_version_1_that_lies_is_refused(tmp_path, damage, reason):
    path = tmp_path / "v1.json"
    path.write_bytes(VERSION_1.read_bytes())
    tampered(path, lambda body: damage(body) and None)
    with pytest.raises(CheckpointError, match=reason):
        load(path)


def test_saving_twice_gives_the_same_bytes(saved, tmp_path):
    save(small_checkpoint(), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_truncated_checkpoint_is_refused(saved, part):
    raw = saved.read_bytes()
    saved.write_bytes(raw[: int(len(raw) * part)])
    with pytest.raises(CheckpointError, match="model.json is not a usable"):
        load(saved)


def test_any_flipped_bit_is_noticed(saved):
    raw = saved.read_bytes()
    rng = random.Random(0)
    for _ in range(200):
        flipped = bytearray(raw)
        flipped[rng.randrange(len(raw) - 1)] ^= 1 << rng.randrange(8)
        saved.write_bytes(flipped)
        with pytest.raises(CheckpointError):
            load(saved)


def test_a_newer_format_is_refused_by_its_version(saved):
    raw = saved.read_text(encoding="utf-8")
    for version in ("3", "0", "true", '"2"', "[]"):
        newer = raw.replace('"version": 2', f'"version": {version}', 1)
        saved.write_text(newer, encoding="utf-8")
        with pytest.raises(CheckpointError, match="version .*; this is 2"):
            load(saved)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[1]\n", b"\x80\x04K\x01."])
def test_what_is_no_checkpoint_is_refused(tmp_path, raw):
    (tmp_path / "x").write_bytes(raw)
    with pytest.raises(CheckpointError, match="x is not a usable checkpoint"):
        load(tmp_path / "x")


def shorter_row(body):
    body["state_dict"]["wte"][1].pop()


def missing_row(body):
    body["state_dict"]["layer0.mlp_fc1"].pop()


def extra_matrix(body):
    body["state_dict"]["layer0.bias"] = body["state_dict"].pop("wpe")


def extra_key(body):
    body["hook"] = "run me"


def missing_key(body):
    del body["tokenizer"]


def nan_parameter(body):
    return json.dumps(body).replace('"wte": [[', '"wte": [[NaN, ', 1)


def infinite_parameter(body):
    body["state_dict"]["wte"][0][0] = 12345.5
    return json.dumps(body).replace("12345.5", "1e999")


def negative_square(body):
    body["adam"]["v"][0] = -1e-9


def rate_below_0(body):
    body["run"]["learning_rate"] = -1.0


def broken_gauss(body):
    body["rng"][2] = "x"


def empty_gauss(body):
    body["rng"][2] = []


def endless_batch(body):
    body["run"]["batch_size"] = 10**9


def doubled_letter(body):
    chars = body["tokenizer"]["chars"]
    chars[1] = chars[0]


def text_parameter(body):
    body["state_dict"]["wte"][0][0] = "1.0"


def other_size(body):
    body["config"]["n_embd"] = 4


def huge_size(body):
    body["config"]["n_embd"] = 10**12


def many_layers(body):
    body["config"]["n_layer"] = 10**9


def heads_that_do_not_fit(body):
    body["config"]["n_head"] = 3


def short_moments(body):
    body["adam"]["m"].pop()


def other_updates(body):
    body["adam"]["updates"] = 7


def broken_rng(body):
    body["rng"][1][0] = -1


def short_alphabet(body):
    body["tokenizer"]["chars"].pop()


def doubled_key(body):
    return json.dumps(body)[:-1] + ', "config": {}}'


def deep_nesting(body):
    return "[" * 100_000


def wrong_run(body):
    body["run"]["num_steps"] = "many"


def other_kind(body):
    body["tokenizer"]["kind"] = "words"


def merge_of_what_is_not_there(body):
    body["tokenizer"] = {"kind": "byte pairs", "merges": [[97, 999]]}


def share_above_1(body):
    body["run"]["validate"] = 1.5


def half_precision(body):
    body["run"]["precision"] = 16


def no_documents_a_step(body):
    body["run"]["batch_size"] = 0


def text_of_1(body):
    body["run"]["text"] = 1


def measured_later(body):
    body["validation"][-1][0] = 3


def measured_out_of_order(body):
    body["validation"].reverse()


def measured_before(body):
    body["validation"][0][0] = -1


def measured_infinity(body):
    body["validation"][0][1] = 12345.5
    return json.dumps(body).replace("12345.5", "1e999")


def measured_nothing(body):
    body["validation"][0] = [0]


def huge_number(body):
    return json.dumps(body).replace('"updates": 2', f'"updates": {"9" * 5000}')


DAMAGE = {
    other_kind: "a tokenizer has chars or merges, and their kind",
    merge_of_what_is_not_there: "merge 256 joins ids below 256",
    share_above_1: "--validate is a share",
    half_precision: "--precision is 64 or 32; got 16",
    no_documents_a_step: "--batch is at least 1; got 0",
    text_of_1: "run.text is 1, not bool",
    measured_later: "validation is not in order, or past step 2",
    measured_out_of_order: "validation is not in order",
    measured_before: "validation is not in order",
    measured_infinity: "validation holds something that is not a finite",
    measured_nothing: "validation is not a list of a step and a loss each",
    huge_number: "is not a usable checkpoint",
    shorter_row: "a row of wte has 1 numbers; expected 2",
    missing_row: "layer0.mlp_fc1 does not have 8 rows",
    extra_matrix: "unexpected state_dict.layer0.bias",
    extra_key: "unexpected hook",
    missing_key: "has no tokenizer",
    nan_parameter: "holds NaN",
    infinite_parameter: "a row of wte holds something that is not a finite",
    negative_square: "adam.v holds a negative number",
    rate_below_0: "--learning-rate is positive; got -1.0",
    broken_gauss: "rng is not the state",
    empty_gauss: "rng is not the state",
    endless_batch: "--batch is at most 10,000; got 1,000,000,000",
    doubled_letter: "an alphabet holds each character once",
    text_parameter: "a row of wte holds something that is not a finite",
    other_size: "a row of wte has 2 numbers; expected 4",
    huge_size: "a row of wte",
    many_layers: "9 matrices",
    heads_that_do_not_fit: "divisible by n_head",
    short_moments: "adam.m has",
    other_updates: "adam.updates is 7 after 2 steps",
    broken_rng: "rng is not the state",
    short_alphabet: "vocab_size 5 does not fit",
    doubled_key: "a key stands in it twice",
    deep_nesting: "not the JSON",
    wrong_run: "run.num_steps is 'many', not int",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda f: f.__name__)
def test_a_body_that_lies_is_refused_though_its_checksum_fits(saved, damage):
    tampered(saved, damage)
    with pytest.raises(CheckpointError, match=DAMAGE[damage]):
        load(saved)


def test_a_model_that_holds_nan_does_not_replace_the_old_file(saved):
    before, broken = saved.read_bytes(), small_checkpoint()
    broken.learned.params[0] = float("nan")
    with pytest.raises(CheckpointError, match="holds NaN or infinity"):
        save(broken, saved)
    assert saved.read_bytes() == before


def test_a_full_disk_leaves_the_old_checkpoint_whole(saved, monkeypatch):
    before = saved.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(small_checkpoint(1), saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_two_writers_leave_one_whole_file_at_any_moment(tmp_path):
    path = tmp_path / "x"
    whole = {b"A" * 1_000_000, b"B" * 700_000}
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from microgpt.checkpoint import write_atomically
        path, letter, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
        for _ in range(50):
            write_atomically(path, letter.encode() * size)
    """)
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(path), *words])
        for words in (("A", "1000000"), ("B", "700000"))
    ]
    seen = set()
    while None in [writer.poll() for writer in writers]:
        if path.exists():
            seen.add(path.read_bytes())
    assert seen | {path.read_bytes()} <= whole
    assert [writer.returncode for writer in writers] == [0, 0]
    assert os.listdir(tmp_path) == ["x"]


def test_a_link_is_followed_and_permissions_are_kept(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640


def test_kill_9_while_saving_leaves_the_old_or_the_new_file(tmp_path):
    path = tmp_path / "x"
    whole = {letter: letter.encode() * 1_000_000 for letter in "AB"}
    write_atomically(path, whole["A"])
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from microgpt.checkpoint import write_atomically
        print(flush=True)
        while True:
            for letter in b"AB":
                write_atomically(Path(sys.argv[1]), bytes([letter]) * 1000000)
    """)
    for _ in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE
        )
        writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        assert path.read_bytes() in whole.values()
