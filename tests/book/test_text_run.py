"""The record of the text run, held against the source and the text."""

import gzip
import hashlib
from itertools import islice

import pytest

from book import text_run
from microgpt import load_text
from microgpt.tensor import mean_loss, windows


@pytest.fixture(scope="module")
def run():
    return text_run.text_run()


@pytest.fixture(scope="module")
def parts():
    """The tokenizer, and the ids to learn from and held out."""
    return text_run.split()


def test_the_recorded_text_run_was_made_by_this_very_source(run):
    assert run["source_sha256"] == text_run.source_sha256()


def test_a_changed_engine_makes_the_text_run_unreadable(monkeypatch):
    monkeypatch.setattr(text_run, "source_sha256", lambda: "another")
    with pytest.raises(ValueError, match="book record-text"):
        text_run.text_run()


def test_the_record_is_of_the_text_that_the_package_brings_along(run):
    raw = load_text().encode()
    assert run["text_sha256"] == hashlib.sha256(raw).hexdigest()
    assert run["bytes"] == len(raw)
    assert run["characters"] == len(load_text())


def test_the_recorded_tokens_are_those_of_the_text(run, parts):
    tokenizer, seen, unseen = parts
    assert run["tokens"] == len(seen) + len(unseen)
    assert run["held_out_tokens"] == len(unseen)
    assert run["held_out_bytes"] == len(tokenizer.decode(unseen).encode())


def test_both_parts_together_are_the_whole_text(parts):
    tokenizer, seen, unseen = parts
    assert tokenizer.decode(seen) + tokenizer.decode(unseen) == load_text()
    assert 0.095 < len(tokenizer.decode(unseen)) / len(load_text()) < 0.105


def test_gzip_packs_the_text_as_recorded(run):
    packed = gzip.compress(load_text().encode(), 9, mtime=0)
    # Versions of zlib differ by a few bytes.
    assert len(packed) == pytest.approx(run["zip_bytes"], rel=0.01)


@pytest.mark.parametrize(
    ("name", "dropout"), [("losses", 0.1), ("losses_without_dropout", 0.0)]
)
def test_the_first_recorded_losses_come_out_again(run, parts, name, dropout):
    tokenizer, seen, _ = parts
    _, steps = text_run.start(tokenizer, seen, dropout)
    again = [step.loss for step in islice(steps, 5)]
    # 32 bits: another processor adds in another order.
    assert run[name][:5] == pytest.approx(again, abs=0.001)


def test_the_untrained_model_is_examined_as_recorded(run, parts):
    tokenizer, seen, unseen = parts
    model, _ = text_run.start(tokenizer, seen)
    loss = mean_loss(model, windows(unseen, tokenizer.BOS, 64))
    assert run["held_out"]["0"] == pytest.approx(loss, abs=0.001)
    assert run["without_dropout"]["0"] == run["held_out"]["0"]
    assert run["parameters"] == len(model.params) == 167_936


@pytest.mark.parametrize("name", ["losses", "losses_without_dropout"])
def test_both_runs_are_recorded_to_the_end_and_learn(run, name):
    losses = run[name]
    assert len(losses) == 2000
    assert sum(losses[-50:]) < sum(losses[:50]) / 2


@pytest.mark.parametrize("name", ["held_out", "without_dropout"])
def test_the_held_out_part_is_examined_every_100_steps(run, name):
    assert [int(step) for step in run[name]] == [*range(0, 2001, 100)]


def test_every_recorded_sample_begins_with_the_prompt(run):
    assert [*run["samples"]] == ["0", "100", "500", "2000"]
    for written in run["samples"].values():
        assert written.startswith("The model")
