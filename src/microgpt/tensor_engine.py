"""The tensor engine under the face of `microgpt.engine`; imports NumPy."""

import math
import random
from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from microgpt.config import Config
from microgpt.corpus import Tokens
from microgpt.engine import Draw
from microgpt.state import AnyTokenizer, Learned, Run
from microgpt.tensor import (
    Adam,
    Batch,
    Transformer,
    mean_loss,
    sample,
    train,
)
from microgpt.tensor.node import Array


class TensorEngine:
    """Part III's model: NumPy arrays, all documents of a batch at once.

    rng: draws the first weights. precision: bits a number, 64 or 32.
    """

    def __init__(
        self, config: Config, rng: random.Random, precision: int = 64
    ) -> None:
        dtype = np.float32 if precision == 32 else np.float64
        self.model = Transformer(config, rng, dtype=dtype)
        self.optimizer = Adam(self.model.params)

    def train(
        self, batches: Iterable[Sequence[Tokens]], run: Run, start: int
    ) -> Iterator[float]:
        """Yield the loss of each step."""
        size = self.model.config.block_size
        steps = train(
            self.model,
            (Batch.of(documents, size) for documents in batches),
            run.num_steps,
            optimizer=self.optimizer,
            learning_rate=run.learning_rate,
            max_norm=run.clip or math.inf,
            start=start,
        )
        while True:
            with np.errstate(all="ignore"):  # the loss tells, not a warning
                step = next(steps, None)
            if step is None:
                return
            yield step.loss

    def mean_loss(self, documents: Sequence[Tokens]) -> float:
        """Return the mean of the documents' losses, learning nothing."""
        with np.errstate(all="ignore"):
            return mean_loss(self.model, documents)

    def sample(
        self, tokenizer: AnyTokenizer, rng: random.Random, draw: Draw
    ) -> str:
        """Return one new document; its length may go past block_size."""
        with np.errstate(all="ignore"):
            return sample(
                self.model,
                tokenizer,
                rng,
                temperature=draw.temperature,
                prompt=draw.prompt,
                top_k=draw.top_k,
                top_p=draw.top_p,
                max_tokens=draw.length,
            )

    def put(self, learned: Learned, updates: int) -> None:
        """Take these numbers for the model and its optimizer."""
        params, adam = self.model.params, self.optimizer
        with np.errstate(over="ignore"):  # too large for 32 bits: infinite
            params.data = learned.params
            adam.m[:], adam.v[:] = learned.m, learned.v
        adam.updates = updates

    def get(self) -> Learned:
        """Return the numbers of the model and its optimizer."""
        adam = self.optimizer
        return Learned(
            _numbers(self.model.params.data), _numbers(adam.m), _numbers(adam.v)
        )


def _numbers(flat: Array) -> "array[float]":
    return array("d", flat.astype(np.float64).tobytes())
