"""The two engines under one face, so that a run may go on with either."""

import math
import random
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from microgpt.config import Config
from microgpt.corpus import Tokens
from microgpt.scalar import (
    Adam,
    Model,
    Value,
    document_loss,
    linear_decay,
    sample,
)
from microgpt.state import AnyTokenizer, Learned, Run
from microgpt.tokenizer import Tokenizer

NAMES = ("scalar", "tensor")


@dataclass(frozen=True)
class Draw:
    """How a document is made up: what may be drawn, and when it ends.

    Raises ValueError, in the words of the command line, for what makes no
    sense.
    """

    temperature: float = 0.5
    prompt: str = ""
    top_k: int | None = None
    top_p: float | None = None
    length: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise ValueError(
                f"--temperature is positive; got {self.temperature}"
            )
        if self.temperature < 1e-300:  # the division would overflow
            raise ValueError(f"--temperature {self.temperature} is too small")
        for option, n in (("--top-k", self.top_k), ("--length", self.length)):
            if n is not None and n < 1:
                raise ValueError(f"{option} is at least 1; got {n}")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError(
                f"--top-p is above 0 and at most 1; got {self.top_p}"
            )


class Engine(Protocol):
    """A model with its optimizer, in whatever the engine computes with."""

    def train(
        self, batches: Iterable[Sequence[Tokens]], run: Run, start: int
    ) -> Iterator[float]:
        """Yield the loss of each step from `start` on, one batch a step."""

    def mean_loss(self, documents: Sequence[Tokens]) -> float:
        """Return the mean of the documents' losses, learning nothing."""

    def sample(
        self, tokenizer: AnyTokenizer, rng: random.Random, draw: Draw
    ) -> str:
        """Return one new document."""

    def put(self, learned: Learned, updates: int) -> None:
        """Take these numbers for the model and its optimizer."""

    def get(self) -> Learned:
        """Return the numbers of the model and its optimizer."""


# From a size, what draws the first weights, and the bits a number has.
Maker = Callable[[Config, random.Random, int], Engine]


class ScalarEngine:
    """Part I's model: plain Python, one number at a time.

    rng: draws the first weights. precision: 64 bits, Python knows no other.
    """

    def __init__(
        self, config: Config, rng: random.Random, precision: int = 64
    ) -> None:
        self.model = Model(config, rng)
        self.optimizer = Adam(self.model.params)

    def train(
        self, batches: Iterable[Sequence[Tokens]], run: Run, start: int
    ) -> Iterator[float]:
        """Yield the loss of each step; one graph at a time, one a document."""
        for step, documents in zip(range(start, run.num_steps), batches):
            losses = []
            for tokens in documents:
                loss = document_loss(self.model, tokens) / len(documents)
                loss.backward()
                losses.append(loss.data)
            if run.clip:
                clip_gradients(self.model.params, run.clip)
            rate = linear_decay(run.learning_rate, step, run.num_steps)
            self.optimizer.update(rate)
            yield math.fsum(losses)

    def mean_loss(self, documents: Sequence[Tokens]) -> float:
        """Return the mean of the documents' losses, learning nothing."""
        losses = [document_loss(self.model, each).data for each in documents]
        return math.fsum(losses) / len(losses)

    def sample(
        self, tokenizer: AnyTokenizer, rng: random.Random, draw: Draw
    ) -> str:
        """Return one new document, which ends at block_size at the latest."""
        return sample(
            self.model,
            cast("Tokenizer", tokenizer),  # all that it asks, both can do
            rng,
            temperature=draw.temperature,
            prompt=draw.prompt,
        )

    def put(self, learned: Learned, updates: int) -> None:
        """Take these numbers for the model and its optimizer."""
        for p, number in zip(self.model.params, learned.params):
            p.data = number
        adam = self.optimizer
        adam.m, adam.v = learned.m.tolist(), learned.v.tolist()
        adam.updates = updates

    def get(self) -> Learned:
        """Return the numbers of the model and its optimizer."""
        params = array("d", (p.data for p in self.model.params))
        adam = self.optimizer
        return Learned(params, array("d", adam.m), array("d", adam.v))


def clip_gradients(params: Sequence[Value], max_norm: float) -> None:
    """Shorten the gradient to length `max_norm` if it is longer."""
    norm = math.sqrt(math.fsum(p.grad**2 for p in params))
    if norm > max_norm:
        for p in params:
            p.grad *= max_norm / norm


def maker(name: str) -> Maker:
    """Return what makes the engine of that name; only this imports NumPy.

    Raises ValueError if it is the tensor engine, and NumPy is not there.
    """
    if name == "scalar":
        return ScalarEngine
    try:
        from microgpt.tensor_engine import TensorEngine
    except ImportError as error:
        raise ValueError(
            "--engine tensor needs NumPy: pip install 'microgpt-course[tensor]'"
        ) from error
    return TensorEngine
