"""The transformer on arrays: all documents, all positions in one go."""

import random
from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
import numpy.typing as npt

from microgpt.config import Config
from microgpt.tensor.attention import Cache, MultiHeadAttention
from microgpt.tensor.layers import Dropout, Embedding, Layer, Linear, RMSNorm
from microgpt.tensor.node import Array
from microgpt.tensor.parameters import Parameters
from microgpt.tensor.tensor import Tensor


class MLP(Layer):
    """Widen to 4C, relu, narrow to C again: each position on its own."""

    def __init__(self, n_embd: int, rng: random.Random) -> None:
        self.fc1 = Linear(n_embd, 4 * n_embd, rng, bias=False)
        self.fc2 = Linear(4 * n_embd, n_embd, rng, bias=False)

    def __call__(self, x: Tensor) -> Tensor:
        """Return (B, T, C) for (B, T, C)."""
        return self.fc2(self.fc1(x).relu())


class Block(Layer):
    """The stream, plus what attention adds, plus what the MLP adds."""

    def __init__(
        self, config: Config, rng: random.Random, dropout: Dropout
    ) -> None:
        self.norm = RMSNorm()
        self.attention = MultiHeadAttention(config.n_embd, config.n_head, rng)
        self.mlp = MLP(config.n_embd, rng)
        self.dropout = dropout

    def __call__(self, x: Tensor, cache: Cache | None = None) -> Tensor:
        """Return (B, T, C) for (B, T, C)."""
        x = x + self.dropout(self.attention(self.norm(x), cache))
        return x + self.dropout(self.mlp(self.norm(x)))


class Transformer(Layer):
    """The GPT of Part I on arrays: the same parameters, the same numbers.

    config: its size. rng: draws the weights as Part I does, number by number.
    dtype: float64, or float32 for speed. dropout: off unless a share is given.
    params: all parameters, in the order of Part I's. state_dict: the same
    numbers by Part I's names, each a window on params.data.
    """

    def __init__(
        self,
        config: Config,
        rng: random.Random,
        *,
        dtype: npt.DTypeLike = np.float64,
        dropout: float = 0.0,
    ) -> None:
        self.config = config
        self.wte = Embedding(config.vocab_size, config.n_embd, rng)
        self.wpe = Embedding(config.block_size, config.n_embd, rng)
        self.lm_head = Linear(config.n_embd, config.vocab_size, rng, bias=False)
        self.norm = RMSNorm()
        drop = Dropout(dropout)
        self.blocks = [Block(config, rng, drop) for _ in range(config.n_layer)]
        self.params = Parameters(self.tensors(), dtype)

    def named(self, flat: Array) -> dict[str, Array]:
        """Return `flat` (P,), such as params.grad, cut into Part I's matrices.

        Each is a window: what is written to it is written to `flat`.
        Raises ValueError if the model has other parts than Part I's.
        """
        matrices, start, shapes = {}, 0, self.config.shapes()
        whole = sum(n_out * n_in for n_out, n_in in shapes.values())
        if flat.size != whole:
            raise ValueError(f"{self.config} has {whole}; got {flat.size}")
        for name, shape in shapes.items():
            part = slice(start, start := start + shape[0] * shape[1])
            matrices[name] = flat[part].reshape(shape)
        return matrices

    @property
    def state_dict(self) -> dict[str, Array]:
        """Every matrix by its name in Part I."""
        return self.named(self.params.data)

    def __call__(
        self, ids: npt.ArrayLike, caches: Sequence[Cache] = ()
    ) -> Tensor:
        """Return the logits (B, T, V) for ids (B, T), every position at once.

        caches: one a layer, with the positions that come before these.
        Raises IndexError for an id or a position out of range.
        """
        ids = np.asarray(ids)
        if ids.ndim != 2 or not ids.size:
            raise ValueError(f"ids are (B, T), a row a text; got {ids.shape}")
        start = len(caches[0]) if caches else 0
        end = start + ids.shape[-1]
        if end > self.config.block_size:
            raise IndexError(
                f"block_size is {self.config.block_size}; got {end} positions"
            )
        pos_emb = self.wpe.weight[start:end]  # (T, C), one where for all
        x = self.norm(self.wte(ids) + pos_emb)  # (B, T, C) what + where
        for block, cache in zip_longest(self.blocks, caches):
            x = block(x, cache)
        return self.lm_head(x)
