"""Training in batches: several documents at once, held-out ones to compare."""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from microgpt.tensor.adam import (
    SGD,
    Adam,
    Schedule,
    clip_gradients,
    linear_decay,
)
from microgpt.tensor.layers import Ids
from microgpt.tensor.node import Array
from microgpt.tensor.tensor import Tensor
from microgpt.tensor.transformer import Transformer

Tokens = Sequence[int]


def cross_entropy(
    logits: Tensor, targets: npt.ArrayLike, weights: Array | None = None
) -> Tensor:
    """Return the mean surprise, in nats, at seeing `targets`.

    logits: (..., V) unnormalized scores. targets: (...) ids in [0, V).
    weights: (...) how much each place counts; the same for all if not given.
    Raises IndexError if a target is not a token id, ValueError if there is
    not one, and one weight, for each place, or no place.
    """
    ids, shape = np.asarray(targets), logits.shape
    for each in (ids,) if weights is None else (ids, weights):
        if each.shape != shape[:-1] or not each.size:
            raise ValueError(
                f"{each.shape} for logits of shape {shape}:"
                f" expected {shape[:-1]}"
            )
    ids = ids.ravel()
    if np.minimum.reduce(ids, initial=0) < 0:  # NumPy counts from the end
        raise IndexError(f"targets are in [0, {shape[-1]}); got {ids.min()}")
    if weights is None:
        weights = np.full(ids.shape, 1 / ids.size)
    right = np.arange(ids.size), ids
    p = logits.data.reshape(ids.size, -1)  # (N, V): scores, in the end slopes
    weights = weights.ravel().astype(p.dtype, copy=False)
    p = p - np.maximum.reduce(p, axis=-1, keepdims=True)
    surprise = -p[right]
    np.exp(p, out=p)
    whole = np.add.reduce(p, axis=-1)
    surprise += np.log(whole)
    loss = surprise.dot(weights)
    # Each share, and 1 less for the right one, times the weight of the place.
    p *= (weights / whole)[:, None]
    p[right] -= weights
    return Tensor.record(
        "cross_entropy", loss, (logits,), lambda g: ((g * p).reshape(shape),)
    )


@dataclass(frozen=True)
class Batch:
    """Several documents side by side, the short ones filled up.

    ids, targets: (B, T) tokens, and what follows each. weights: (B, T), 0
    where there is only filling; each document counts as much as any other,
    and all weights together are 1.
    """

    ids: Ids
    targets: Ids
    weights: Array

    @classmethod
    def of(cls, documents: Sequence[Tokens], block_size: int) -> "Batch":
        """Return documents side by side, cropped to `block_size` guesses.

        Raises ValueError if there is none, or one with nothing to guess.
        """
        sizes = [min(block_size, len(tokens) - 1) for tokens in documents]
        if min(sizes, default=0) < 1:
            raise ValueError("a batch has documents of two tokens or more")
        B, T = len(documents), max(sizes)
        ids = np.zeros((B, T + 1), dtype=np.int64)
        weights = np.zeros((B, T))
        for row, (tokens, n) in enumerate(zip(documents, sizes)):
            ids[row, : n + 1] = tokens[: n + 1]
            weights[row, :n] = 1 / (B * n)
        return cls(ids[:, :-1], ids[:, 1:], weights)


def document_batches(
    documents: Sequence[Tokens],
    block_size: int,
    batch_size: int = 1,
    start: int = 0,
) -> Iterator[Batch]:
    """Yield batches without end: the documents in turn, then over again.

    start: batches already taken, to resume.
    """
    first = start * batch_size
    while True:
        places = range(first, first := first + batch_size)
        # Without any document, none is chosen, and Batch.of says so.
        chosen = [documents[i % len(documents)] for i in places if documents]
        yield Batch.of(chosen, block_size)


def windows(tokens: Tokens, BOS: int, block_size: int) -> list[list[int]]:
    """Return a long text cut into documents of BOS and `block_size` tokens.

    What is left over at the end, if anything, is one more, a shorter one.
    """
    return [
        [BOS, *tokens[start : start + block_size]]
        for start in range(0, len(tokens), block_size)
    ]


def text_batches(
    tokens: Tokens,
    BOS: int,
    block_size: int,
    batch_size: int,
    rng: random.Random,
) -> Iterator[Batch]:
    """Yield batches without end: windows from random places of a long text.

    Each is BOS and `block_size` tokens, so that a text may begin anywhere.
    Raises ValueError for a text without tokens.
    """
    places = range(max(1, len(tokens) - block_size + 1))
    while True:
        starts = rng.choices(places, k=batch_size)
        chosen = [[BOS, *tokens[s : s + block_size]] for s in starts]
        yield Batch.of(chosen, block_size)


def batch_loss(model: Transformer, batch: Batch) -> Tensor:
    """Return the mean of the documents' losses, in nats a token."""
    return cross_entropy(model(batch.ids), batch.targets, batch.weights)


def mean_loss(
    model: Transformer, documents: Sequence[Tokens], batch_size: int = 32
) -> float:
    """Return the mean of the documents' losses, without learning from them.

    Raises ValueError if there is no document.
    """
    if not documents:
        raise ValueError("there is no document to take the mean of")
    total, size = 0.0, model.config.block_size
    with model.evaluating():
        for start in range(0, len(documents), batch_size):
            chosen = documents[start : start + batch_size]
            loss = batch_loss(model, Batch.of(chosen, size))
            total += loss.item() * len(chosen)
    return total / len(documents)


@dataclass(frozen=True)
class Step:
    """What happened at one training step.

    number: counts from 1. loss: in nats a token, before this step's change.
    grad_norm: the length of the whole gradient, before it was clipped.
    """

    number: int
    loss: float
    learning_rate: float
    grad_norm: float


def train(
    model: Transformer,
    batches: Iterable[Batch],
    num_steps: int,
    *,
    optimizer: Adam | SGD | None = None,
    learning_rate: float = 0.01,
    schedule: Schedule = linear_decay,
    max_norm: float = math.inf,
    start: int = 0,
) -> Iterator[Step]:
    """Yield a record of each training step, one batch a step.

    schedule: the rate at a step, from the full rate, the step and num_steps.
    max_norm: longer gradients are clipped to it. start: steps already done,
    to resume.
    """
    optimizer = optimizer or Adam(model.params)
    # Asked for, never touched and given back: from now on the C library keeps
    # what a step frees, instead of handing each page back and forth.
    np.empty(2**20)
    for step, batch in zip(range(start, num_steps), batches):
        rate = schedule(learning_rate, step, num_steps)
        loss = batch_loss(model, batch)
        loss.backward()
        norm = clip_gradients(model.params, max_norm)
        optimizer.update(rate)
        yield Step(step + 1, loss.item(), rate, norm)
