import gc
import math
import random
import weakref
from dataclasses import FrozenInstanceError

import pytest

from microgpt import Config, Tokenizer
from microgpt.scalar import (
    Adam,
    Model,
    Value,
    cross_entropy,
    document_loss,
    mean_loss,
    smooth,
    train,
)

LETTERS = Tokenizer("abcdefghijklmnopqrstuvwxyz")
DOCS = ["emma", "olivia", "ava"]


def small(seed=0, **sizes):
    config = Config(27, **({"n_embd": 4, "n_head": 2} | sizes))
    return Model(config, random.Random(seed))


def test_equal_scores_surprise_by_log_of_the_vocabulary():
    loss = cross_entropy([Value(0.3)] * 27, 5)
    assert loss.data == pytest.approx(math.log(27))


def test_gradient_of_the_right_logit_is_its_share_less_1():
    logits = [Value(x) for x in (1.0, 2.0, 0.5)]
    whole = sum(math.exp(x.data) for x in logits)
    cross_entropy(logits, 1).backward()
    shares = [math.exp(x.data) / whole for x in logits]
    expected = [shares[0], shares[1] - 1, shares[2]]
    assert [x.grad for x in logits] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("target", [-1, 3])
def test_a_target_that_is_no_token_is_refused(target):
    with pytest.raises(IndexError, match=r"target is in \[0, 3\)"):
        cross_entropy([Value(0.0)] * 3, target)


def test_a_document_longer_than_the_block_is_cropped():
    model = small(block_size=3)
    tokens = LETTERS.encode("olivia")
    assert document_loss(model, tokens).data == pytest.approx(
        document_loss(model, tokens[:4]).data
    )


def test_training_lowers_the_loss_of_one_word():
    steps = list(train(small(), LETTERS, ["emma"], 60))
    assert steps[0].loss > 3 > 1 > steps[-1].loss


def test_documents_come_in_turn_and_start_over():
    steps = list(train(small(), LETTERS, DOCS, 5))
    assert [s.doc for s in steps] == [*DOCS, *DOCS[:2]]
    assert [s.number for s in steps] == [1, 2, 3, 4, 5]
    assert steps[1].learning_rate == pytest.approx(0.008)


def test_a_run_in_two_parts_is_the_run_in_one():
    whole = [s.loss for s in train(small(), LETTERS, DOCS, 6)]
    model = small()
    optimizer = Adam(model.params)
    parts = []
    for step in train(model, LETTERS, DOCS, 6, optimizer=optimizer):
        parts.append(step.loss)
        if step.number == 3:
            break
    rest = train(model, LETTERS, DOCS, 6, optimizer=optimizer, start=3)
    assert parts + [s.loss for s in rest] == whole


def test_the_graph_of_a_step_is_freed_without_the_garbage_collector():
    class Watched(Value):
        __slots__ = ("__weakref__",)

    gc.disable()
    try:
        leaf = Watched(1.0)
        middle = Watched(1.0, (leaf,), (1.0,))
        watch = weakref.ref(middle)
        (middle * 2).backward()
        del middle
        assert watch() is None
    finally:
        gc.enable()


def test_mean_loss_learns_nothing():
    model = small()
    before = [p.data for p in model.params]
    mean = mean_loss(model, LETTERS, DOCS)
    losses = [document_loss(model, LETTERS.encode(d)).data for d in DOCS]
    assert mean == pytest.approx(sum(losses) / 3)
    assert [p.data for p in model.params] == before


def test_smoothing_is_the_mean_of_the_last_window():
    assert smooth([4.0, 2.0, 6.0, 0.0], window=2) == [4.0, 3.0, 4.0, 3.0]


def test_unless_said_otherwise_smoothing_looks_back_on_50_losses():
    assert smooth([51.0] + [0.0] * 50)[-2:] == [1.02, 0.0]


def test_what_was_recorded_stays():
    (step,) = train(small(), LETTERS, DOCS, 1)
    with pytest.raises(FrozenInstanceError):
        step.loss = 0.0
