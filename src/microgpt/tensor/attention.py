"""Attention for all positions at once: matrices, and a mask for the future."""

import random
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from microgpt.tensor.layers import Layer, linear
from microgpt.tensor.node import Array, recording
from microgpt.tensor.parameters import matrix
from microgpt.tensor.tensor import Tensor, where

Mask = npt.NDArray[np.bool_]


def causal_mask(n_query: int, n_key: int | None = None) -> Mask:
    """Return (n_query, n_key), True where a query may look at a key.

    The last query stands at the last key; each looks at itself and before.
    """
    n_key = n_query if n_key is None else n_key
    return np.tri(n_query, n_key, n_key - n_query, dtype=bool)


def dot_product_attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Mask
) -> Tensor:
    """Return, for each query, the mix of values that it asks for.

    q: (..., T, D). k, v: (..., S, D). mask: (T, S), True where a query may
    look. Returns (..., T, D). Source: Vaswani et al., arXiv 1706.03762.
    """
    scale = q.shape[-1] ** 0.5  # keeps the scores near 1, whatever D is
    swapped = (*range(len(k.shape) - 2), -1, -2)
    attn_logits = q @ k.transpose(*swapped) / scale  # (..., T, S)
    attn_weights = where(mask, attn_logits, -np.inf).softmax()
    return attn_weights @ v


class Cache:
    """The keys and values of the positions so far, in one layer.

    keys, values: (B, H, T, D), where T grows.
    """

    def __init__(self) -> None:
        self.keys: Array | None = None
        self.values: Array | None = None

    def __len__(self) -> int:
        """How many positions are in it."""
        return 0 if self.keys is None else int(self.keys.shape[-2])

    def extend(self, keys: Array, values: Array) -> tuple[Array, Array]:
        """Append those of new positions; return all of them."""
        if self.keys is not None and self.values is not None:
            keys = np.concatenate([self.keys, keys], axis=-2)
            values = np.concatenate([self.values, values], axis=-2)
        self.keys, self.values = keys, values
        return keys, values


def attention(qkv: Tensor, n_head: int, cache: Cache | None = None) -> Tensor:
    """Return what `n_head` heads gather for every position, as one node.

    qkv: (B, T, 3C), queries, keys and values side by side. Head h works on
    its own slice of each. With a cache, the T positions follow those in it.
    Returns (B, T, C): the same as `dot_product_attention` head by head.
    Raises RuntimeError for a cache outside of `no_grad`.
    """
    B, T, width = qkv.shape
    heads = qkv.data.reshape(B, T, 3, n_head, -1).transpose(2, 0, 3, 1, 4)
    q, k, v = heads  # (B, H, T, D) each
    if cache is not None:
        if recording() and qkv.requires_grad:
            raise RuntimeError("a cache passes no gradient on: use no_grad")
        k, v = cache.extend(k, v)
    scale = q.shape[-1] ** -0.5
    p = q @ k.swapaxes(-1, -2)  # (B, H, T, S): scores, soon shares
    p *= scale
    p += _future(T, k.shape[-2], p.dtype)
    p -= np.maximum.reduce(p, axis=-1, keepdims=True)
    np.exp(p, out=p)
    p /= np.add.reduce(p, axis=-1, keepdims=True)

    def vjp(g: Array) -> tuple[Array]:
        g = g.reshape(B, T, n_head, -1).transpose(0, 2, 1, 3)
        back = np.empty((B, T, 3, n_head, g.shape[-1]), g.dtype)
        gq, gk, gv = back.transpose(2, 0, 3, 1, 4)
        np.matmul(p.swapaxes(-1, -2), g, out=gv)
        gp = g @ v.swapaxes(-1, -2)
        gp -= np.vecdot(gp, p)[..., None]
        gp *= p
        gp *= scale
        np.matmul(gp, k, out=gq)
        np.matmul(gp.swapaxes(-1, -2), q, out=gk)
        return (back.reshape(B, T, width),)

    mixed = (p @ v).transpose(0, 2, 1, 3).reshape(B, T, width // 3)
    return Tensor.record("attention", mixed, (qkv,), vjp)


@lru_cache(maxsize=64)
def _future(n_query: int, n_key: int, dtype: np.dtype[np.float64]) -> Array:
    """Return -inf where a query may not look, else 0; made once a shape."""
    return np.where(causal_mask(n_query, n_key), 0, -np.inf).astype(dtype)


class MultiHeadAttention(Layer):
    """The heads with their matrices: what each position takes from the past.

    wqkv: (3C, C), the rows of attn_wq, attn_wk and attn_wv one below the
    other. wo: (C, C).
    """

    def __init__(self, n_embd: int, n_head: int, rng: random.Random) -> None:
        self.n_head = n_head
        self.wqkv = matrix(3 * n_embd, n_embd, rng)
        self.wo = matrix(n_embd, n_embd, rng)

    def __call__(self, x: Tensor, cache: Cache | None = None) -> Tensor:
        """Return (B, T, C) for (B, T, C)."""
        gathered = attention(linear(x, self.wqkv), self.n_head, cache)
        return linear(gathered, self.wo)
