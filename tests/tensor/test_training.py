import math
import random
from dataclasses import FrozenInstanceError
from itertools import islice

import numpy as np
import pytest

from microgpt import Config, Tokenizer
from microgpt.scalar import Model, document_loss
from microgpt.tensor import (
    SGD,
    Adam,
    Batch,
    Tensor,
    Transformer,
    batch_loss,
    constant,
    cross_entropy,
    document_batches,
    mean_loss,
    text_batches,
    train,
    windows,
)

from .cases import leaf

LETTERS = Tokenizer("abcdefghijklmnopqrstuvwxyz")
DOCS = [LETTERS.encode(doc) for doc in ("emma", "olivia", "ava")]


def small(seed=0, dropout=0.0, **sizes):
    config = Config(27, **({"n_embd": 4, "n_head": 2} | sizes))
    return Transformer(config, random.Random(seed), dropout=dropout)


def test_equal_scores_surprise_by_log_of_the_vocabulary():
    loss = cross_entropy(Tensor(np.full((2, 3, 27), 0.3)), [[5, 0, 26]] * 2)
    assert loss.item() == pytest.approx(math.log(27))


def test_cross_entropy_is_the_mean_of_minus_log_softmax():
    logits, targets = np.random.default_rng(0).normal(size=(4, 5)), [0, 4, 2, 2]
    picked = Tensor(logits).log_softmax().data[range(4), targets]
    loss = cross_entropy(Tensor(logits), targets)
    assert loss.item() == pytest.approx(-picked.mean(), rel=1e-14)


def test_gradient_of_the_right_logit_is_its_share_less_1():
    logits = leaf([[1.0, 2.0, 0.5]])
    cross_entropy(logits, [1]).backward()
    shares = logits.softmax().data[0]
    expected = [shares[0], shares[1] - 1, shares[2]]
    assert logits.grad[0].tolist() == pytest.approx(expected, abs=1e-15)


def test_scores_of_any_size_do_not_overflow():
    logits = leaf([[1e4, 0.0]])
    loss = cross_entropy(logits, [1])
    loss.backward()
    assert (loss.item(), logits.grad.tolist()) == (1e4, [[1.0, -1.0]])


def test_the_weights_are_not_changed():
    weights = np.array([0.25, 0.75])
    loss = cross_entropy(leaf([[1.0, 2.0], [5.0, -5.0]]), [0, 1], weights)
    loss.backward(2.0)
    assert weights.tolist() == [0.25, 0.75]


def test_a_weight_of_0_leaves_a_place_out():
    logits = leaf([[1.0, 2.0], [5.0, -5.0]])
    loss = cross_entropy(logits, [0, 1], np.array([1.0, 0.0]))
    loss.backward()
    alone = cross_entropy(Tensor([[1.0, 2.0]]), [0])
    assert loss.item() == alone.item()
    assert not logits.grad[1].any()


@pytest.mark.parametrize("target", [-1, 3, -4])
def test_a_target_that_is_no_token_is_refused(target):
    with pytest.raises(IndexError):
        cross_entropy(Tensor([[0.0] * 3] * 2), [0, target])
    with pytest.raises(IndexError, match=r"targets are in \[0, 3\); got -1"):
        cross_entropy(Tensor([[0.0] * 3]), [-1])


def test_a_batch_shifts_by_one_and_fills_up():
    batch = Batch.of([[9, 1, 2, 3, 9], [9, 4, 9]], 16)
    assert batch.ids[0].tolist() == [9, 1, 2, 3]
    assert batch.targets[0].tolist() == [1, 2, 3, 9]
    assert batch.ids[1, :2].tolist() == [9, 4]
    assert batch.targets[1, :2].tolist() == [4, 9]
    assert batch.weights.tolist() == [[1 / 8] * 4, [1 / 4, 1 / 4, 0, 0]]


def test_a_batch_crops_to_the_block():
    batch = Batch.of([[9, 1, 2, 3, 9], [9, 4, 9]], 2)
    assert batch.ids.tolist() == [[9, 1], [9, 4]]
    assert batch.targets.tolist() == [[1, 2], [4, 9]]
    assert batch.weights.sum() == pytest.approx(1.0)


def test_filling_changes_neither_loss_nor_gradient():
    model = small(block_size=16)
    alone = Batch.of(DOCS[:1], 16)
    batch_loss(model, alone).backward()
    expected = model.params.grad.copy()
    model.params.zero_grad()
    more = ((0, 0), (0, 7))
    ids = np.pad(alone.ids, more, constant_values=3)
    targets = np.pad(alone.targets, more, constant_values=5)
    filled = Batch(ids, targets, np.pad(alone.weights, more))
    loss = batch_loss(model, filled)
    loss.backward()
    assert loss.item() == pytest.approx(batch_loss(model, alone).item())
    np.testing.assert_allclose(model.params.grad, expected, atol=1e-15)


def test_the_loss_of_a_batch_is_the_mean_of_the_documents_losses():
    model = small(block_size=5)
    together = batch_loss(model, Batch.of(DOCS, 5)).item()
    alone = [batch_loss(model, Batch.of([doc], 5)).item() for doc in DOCS]
    assert together == pytest.approx(sum(alone) / 3, rel=1e-14)


def test_the_gradient_of_a_batch_is_the_mean_of_the_documents_gradients():
    model = small()
    for doc in DOCS:
        (batch_loss(model, Batch.of([doc], 16)) / 3).backward()
    alone = model.params.grad.copy()
    model.params.zero_grad()
    batch_loss(model, Batch.of(DOCS, 16)).backward()
    np.testing.assert_allclose(model.params.grad, alone, atol=1e-15)


def test_the_loss_and_the_gradient_of_a_document_are_those_of_part_one():
    config = Config(27, n_embd=4, n_head=2, block_size=5)
    theirs = Model(config, random.Random(0))
    ours = Transformer(config, random.Random(0))
    for doc in DOCS[:2]:
        loss = document_loss(theirs, doc) / 2
        loss.backward()
    batch_loss(ours, Batch.of(DOCS[:2], 5)).backward()
    slopes = [p.grad for p in theirs.params]
    np.testing.assert_allclose(ours.params.grad, slopes, rtol=1e-9, atol=1e-15)


def test_documents_come_in_turn_and_start_over():
    batches = islice(document_batches([[0, i] for i in range(5)], 4, 2), 4)
    firsts = [batch.targets[:, 0].tolist() for batch in batches]
    assert firsts == [[0, 1], [2, 3], [4, 0], [1, 2]]


def test_a_batch_holds_one_document_unless_said_otherwise():
    firsts = [b.ids.tolist() for b in islice(document_batches(DOCS, 16), 3)]
    assert firsts == [[doc[:-1]] for doc in DOCS]


def test_batches_can_be_taken_up_where_they_stopped():
    whole = islice(document_batches(DOCS, 4, 2), 3, 6)
    rest = islice(document_batches(DOCS, 4, 2, start=3), 3)
    for a, b in zip(whole, rest, strict=True):
        assert a.ids.tolist() == b.ids.tolist()
        assert a.weights.tolist() == b.weights.tolist()


def test_a_batch_may_hold_more_documents_than_there_are():
    batch = next(document_batches(DOCS[:1], 16, 3))
    assert batch.ids.tolist() == [DOCS[0][:-1]] * 3


def test_windows_cut_a_text_into_documents():
    assert windows([1, 2, 3, 4, 5], 9, 2) == [[9, 1, 2], [9, 3, 4], [9, 5]]
    assert windows([1, 2], 9, 2) == [[9, 1, 2]]
    assert windows([], 9, 2) == []


def test_text_batches_are_windows_of_the_text():
    batch = next(text_batches(range(50), 99, 4, 200, random.Random(0)))
    starts = batch.targets[:, 0]
    assert (batch.ids[:, 0] == 99).all()
    assert (batch.targets == starts[:, None] + np.arange(4)).all()
    assert (batch.ids[:, 1:] == batch.targets[:, :-1]).all()
    assert (starts.min(), starts.max()) == (0, 46)
    assert (batch.weights == 1 / 800).all()


def test_a_seed_fixes_the_text_batches():
    draws = [
        [b.ids.tolist() for b in islice(batches, 3)]
        for batches in (
            text_batches(range(50), 99, 4, 2, random.Random(seed))
            for seed in (1, 1, 2)
        )
    ]
    assert draws[0] == draws[1] != draws[2]


def test_a_text_shorter_than_the_block_is_taken_whole():
    batch = next(text_batches([5, 6], 9, 4, 2, random.Random(0)))
    assert batch.targets.tolist() == [[5, 6], [5, 6]]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 32])
def test_mean_loss_weighs_documents_equally_in_any_batches(batch_size):
    model = small()
    alone = [batch_loss(model, Batch.of([doc], 16)).item() for doc in DOCS]
    found = mean_loss(model, DOCS, batch_size)
    assert found == pytest.approx(sum(alone) / 3, rel=1e-14)


def test_mean_loss_learns_nothing_and_drops_nothing_out():
    model, bare = small(dropout=0.5), small()
    before = model.params.data.copy()
    assert mean_loss(model, DOCS) == mean_loss(bare, DOCS)
    assert model.training
    assert not model.params.grad.any()
    assert (model.params.data == before).all()


def test_training_lowers_the_loss_of_one_word():
    batches = document_batches(DOCS[:1], 16)
    steps = list(train(small(), batches, 60))
    assert steps[0].loss > 3 > 1 > steps[-1].loss


def test_a_step_records_number_loss_rate_and_length_of_the_gradient():
    model = small()
    batch = Batch.of(DOCS[:1], 16)
    loss = batch_loss(model, batch)
    loss.backward()
    norm = float(np.linalg.norm(model.params.grad))
    model.params.zero_grad()
    first, second = train(model, [batch] * 9, 2, max_norm=norm / 2)
    assert (first.number, second.number) == (1, 2)
    assert (first.learning_rate, second.learning_rate) == (0.01, 0.005)
    assert first.loss == loss.item()
    assert first.grad_norm == pytest.approx(norm, rel=1e-12)


def test_clipping_limits_how_far_plain_descent_moves():
    model = small()
    before = model.params.data.copy()
    list(
        train(
            model,
            document_batches(DOCS, 16),
            1,
            optimizer=SGD(model.params),
            learning_rate=1.0,
            max_norm=0.01,
        )
    )
    moved = np.linalg.norm(model.params.data - before)
    assert moved == pytest.approx(0.01, rel=1e-9)


def test_the_schedule_is_asked_for_rate_step_and_number():
    asked = []

    def schedule(*question):
        asked.append(question)
        return constant(*question)

    model, batches = small(), document_batches(DOCS, 16)
    steps = list(
        train(model, batches, 4, start=2, learning_rate=0.5, schedule=schedule)
    )
    assert asked == [(0.5, 2, 4), (0.5, 3, 4)]
    assert [step.number for step in steps] == [3, 4]


def test_a_run_in_two_parts_is_the_run_in_one():
    batches = document_batches(DOCS, 16, 2)
    whole = [s.loss for s in train(small(), batches, 6)]
    model = small()
    adam, parts = Adam(model.params), []
    for start, end in ((0, 3), (3, 6)):
        batches = document_batches(DOCS, 16, 2, start)
        steps = train(model, batches, 6, optimizer=adam, start=start)
        parts += [s.loss for s in islice(steps, end - start)]
    assert parts == whole


def test_training_takes_no_batch_more_than_it_needs():
    batches = iter([Batch.of(DOCS, 16)] * 5)
    assert len(list(train(small(), batches, 3))) == 3
    assert len(list(batches)) == 2


def test_what_was_batched_or_recorded_stays():
    batch = Batch.of(DOCS, 16)
    (step,) = train(small(), [batch], 1)
    for record in (batch, step):
        with pytest.raises(FrozenInstanceError):
            record.loss = record.ids = None


def test_training_ends_with_its_batches():
    assert len(list(train(small(), [Batch.of(DOCS, 16)] * 2, 5))) == 2


def test_the_same_seeds_give_the_same_losses_with_dropout_too():
    first, again = (
        [s.loss for s in train(model, document_batches(DOCS, 16), 5)]
        for model in (small(dropout=0.2), small(dropout=0.2))
    )
    assert first == again


@pytest.mark.parametrize("documents", [[], [[5]], [[5, 1, 5], [5]]])
def test_a_batch_needs_something_to_guess_in_each_document(documents):
    with pytest.raises(ValueError, match="two tokens or more"):
        Batch.of(documents, 4)


def test_batches_of_nothing_are_refused():
    rng = random.Random(0)
    for batches in (document_batches([], 4), text_batches([], 5, 4, 2, rng)):
        with pytest.raises(ValueError, match="two tokens or more"):
            next(batches)


def test_the_mean_over_no_document_is_refused():
    model = Transformer(Config(6, 4, 1, 4, 2), random.Random(0))
    with pytest.raises(ValueError, match="no document"):
        mean_loss(model, [])


@pytest.mark.parametrize("ids", [[0, 1, 2], [[0], [1], [2], [3]], 0])
def test_targets_that_do_not_fit_the_logits_are_refused(ids):
    with pytest.raises(ValueError, match=r"for logits of shape \(4, 6\)"):
        cross_entropy(Tensor(np.zeros((4, 6))), ids)


def test_weights_that_do_not_fit_the_logits_are_refused():
    ids, weights = np.zeros((2, 3), int), np.ones((3, 2))
    with pytest.raises(ValueError, match=r"\(3, 2\) for logits"):
        cross_entropy(Tensor(np.zeros((2, 3, 6))), ids, weights)
