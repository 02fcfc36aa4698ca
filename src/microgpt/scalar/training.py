"""Training: guess the next token, measure the surprise, change, repeat."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from microgpt.scalar.adam import Adam, GradientDescent, linear_decay
from microgpt.scalar.layers import softmax, total
from microgpt.scalar.parameters import Model
from microgpt.scalar.transformer import empty_cache, gpt
from microgpt.scalar.value import Value
from microgpt.tokenizer import Tokenizer


def cross_entropy(logits: Sequence[Value], target: int) -> Value:
    """Return the surprise, in nats, at seeing `target`.

    logits: (V,) unnormalized scores; target: id in [0, V).
    Equal scores give log(V): 3.30 nats for 27 tokens.
    Raises IndexError if target is not a token id.
    """
    if not 0 <= target < len(logits):
        raise IndexError(f"target is in [0, {len(logits)}); got {target}")
    probs = softmax(logits)
    return -probs[target].log()


def document_loss(model: Model, tokens: Sequence[int]) -> Value:
    """Return the mean surprise over the document, in nats a token.

    tokens: BOS, ids, BOS. Positions beyond block_size are left out.
    """
    n = min(model.config.block_size, len(tokens) - 1)
    cache = empty_cache(model.config)
    losses = []
    for pos_id in range(n):
        logits = gpt(model, tokens[pos_id], pos_id, cache)
        losses.append(cross_entropy(logits, tokens[pos_id + 1]))
    return (1 / n) * total(losses)


def mean_loss(model: Model, tokenizer: Tokenizer, docs: Sequence[str]) -> float:
    """Return the mean of the documents' losses, without learning from them."""
    losses = [document_loss(model, tokenizer.encode(doc)).data for doc in docs]
    return math.fsum(losses) / len(losses)


def training_step(
    model: Model,
    tokens: Sequence[int],
    optimizer: Adam | GradientDescent,
    learning_rate: float,
) -> float:
    """Learn from one document; return its loss from before the change.

    The graph of the step is freed on return: nothing refers to it any more.
    """
    loss = document_loss(model, tokens)
    loss.backward()
    optimizer.update(learning_rate)
    return loss.data


@dataclass(frozen=True)
class Step:
    """What happened at one training step.

    number: counts from 1. loss: in nats a token, before this step's change.
    """

    number: int
    doc: str
    loss: float
    learning_rate: float


def train(
    model: Model,
    tokenizer: Tokenizer,
    docs: Sequence[str],
    num_steps: int,
    *,
    optimizer: Adam | GradientDescent | None = None,
    learning_rate: float = 0.01,
    start: int = 0,
) -> Iterator[Step]:
    """Yield a record of each training step, one document a step.

    Takes the documents in turn and starts over after the last. The learning
    rate falls in a straight line to 0. start: steps already done, to resume.
    """
    optimizer = optimizer or Adam(model.params)
    for step in range(start, num_steps):
        doc = docs[step % len(docs)]
        rate = linear_decay(learning_rate, step, num_steps)
        loss = training_step(model, tokenizer.encode(doc), optimizer, rate)
        yield Step(step + 1, doc, loss, rate)


def smooth(losses: Sequence[float], window: int = 50) -> list[float]:
    """Return, at each step, the mean of the last `window` losses so far."""
    starts = (max(0, end - window) for end in range(1, len(losses) + 1))
    return [
        math.fsum(losses[start : i + 1]) / (i + 1 - start)
        for i, start in enumerate(starts)
    ]
