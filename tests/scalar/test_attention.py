import math
import random

import pytest

from microgpt.scalar import Value, attention, attention_head, matrix
from microgpt.scalar.layers import linear

RNG_SEED = 3


def vectors(count, size, seed=0):
    return matrix(count, size, random.Random(seed), std=1.0)


def data(vector):
    return [x.data for x in vector]


def masked_head(q, k, v):
    """An independent forward: the whole matrix, the future at -infinity."""
    size, rows = len(q[0]), []
    for i, q_i in enumerate(q):
        scores = [
            sum(a * b for a, b in zip(q_i, k_j, strict=True)) / math.sqrt(size)
            if j <= i
            else -math.inf
            for j, k_j in enumerate(k)
        ]
        exps = [math.exp(s - max(scores)) for s in scores]
        weights = [e / sum(exps) for e in exps]
        assert weights[i + 1 :] == [0.0] * (len(k) - i - 1)
        columns = zip(*v, strict=True)
        rows.append(
            [
                sum(w * x for w, x in zip(weights, c, strict=True))
                for c in columns
            ]
        )
    return rows


def test_a_growing_cache_gives_what_a_masked_matrix_gives():
    q, k, v = (vectors(5, 4, seed) for seed in (1, 2, 3))
    masked = masked_head(*([data(row) for row in m] for m in (q, k, v)))
    for i in range(5):
        cached = data(attention_head(q[i], k[: i + 1], v[: i + 1]))
        assert cached == pytest.approx(masked[i], rel=1e-12)


def test_the_first_position_attends_to_itself_alone():
    q, k, v = (vectors(1, 4, seed) for seed in (1, 2, 3))
    assert data(attention_head(q[0], k, v)) == data(v[0])


def test_equal_keys_share_the_attention_evenly():
    key = [Value(1.0), Value(0.0)]
    values = [[Value(0.0)], [Value(1.0)]]
    assert data(attention_head(key, [key, key], values)) == [0.5]


def weights_of(size, seed=0):
    rng = random.Random(seed)
    names = ("attn_wq", "attn_wk", "attn_wv", "attn_wo")
    return {name: matrix(size, size, rng, std=0.5) for name in names}


def test_heads_are_slices_of_one_projection():
    weights, xs = weights_of(4), vectors(3, 4)
    keys, values = [], []
    for x in xs:
        together = attention(x, weights, keys, values, n_head=2)
    apart = []
    for rows in (slice(0, 2), slice(2, 4)):
        q, k, v = (
            [linear(x, weights[name][rows]) for x in xs]
            for name in ("attn_wq", "attn_wk", "attn_wv")
        )
        apart += attention_head(q[-1], k, v)
    assert data(linear(apart, weights["attn_wo"])) == data(together)


def test_each_call_appends_one_key_and_one_value():
    keys, values = [], []
    for x in vectors(3, 4):
        attention(x, weights_of(4), keys, values, n_head=2)
    assert (len(keys), len(values), len(keys[0])) == (3, 3, 4)
