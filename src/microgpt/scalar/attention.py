"""Attention: what the present position takes from the past and from itself."""

from collections.abc import Mapping, Sequence

from microgpt.scalar.layers import dot, linear, softmax
from microgpt.scalar.parameters import Matrix, Vector
from microgpt.scalar.value import Value


def attention_head(
    q: Sequence[Value],
    keys: Sequence[Sequence[Value]],
    values: Sequence[Sequence[Value]],
) -> Vector:
    """Return the mix of `values` that the query asks for.

    q: (D,). keys, values: (T, D), one row a position up to the present one.
    Returns (D,): each position weighs as much as its key agrees with q.
    """
    scale = len(q) ** 0.5  # keeps the scores near 1, whatever D is
    attn_logits = [dot(q, k) / scale for k in keys]
    attn_weights = softmax(attn_logits)  # (T,) one share a position
    return [dot(attn_weights, column) for column in zip(*values)]


def attention(
    x: Vector,
    weights: Mapping[str, Matrix],
    keys: list[Vector],
    values: list[Vector],
    n_head: int,
) -> Vector:
    """Return what `n_head` heads gather for the present position.

    x: (C,). weights: attn_wq, attn_wk, attn_wv, attn_wo, each (C, C).
    keys, values: this layer's cache; the present k and v are appended to it.
    Head h works on its own slice of q, k and v. Returns (C,).
    """
    q = linear(x, weights["attn_wq"])
    keys.append(linear(x, weights["attn_wk"]))
    values.append(linear(x, weights["attn_wv"]))
    head_dim = len(q) // n_head
    x_attn: Vector = []
    for start in range(0, len(q), head_dim):
        part = slice(start, start + head_dim)
        k_h = [k[part] for k in keys]
        v_h = [v[part] for v in values]
        x_attn += attention_head(q[part], k_h, v_h)
    return linear(x_attn, weights["attn_wo"])
