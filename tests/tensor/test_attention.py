import random

import numpy as np
import pytest

from microgpt.tensor import (
    Cache,
    MultiHeadAttention,
    Tensor,
    attention,
    causal_mask,
    concatenate,
    dot_product_attention,
    no_grad,
)

from .cases import leaf, normal


def test_the_mask_lets_each_look_at_itself_and_before():
    assert causal_mask(3).tolist() == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_the_last_query_stands_at_the_last_key():
    assert causal_mask(2, 4).tolist() == [[True] * 3 + [False], [True] * 4]
    assert causal_mask(1, 3).tolist() == [[True] * 3]


def head_by_head(qkv, n_head):
    """Return (B, T, C) from dot_product_attention on each head's slice."""
    T, width = qkv.shape[1], qkv.shape[2] // 3
    size, heads = width // n_head, []
    for start in range(0, width, size):
        q, k, v = (
            qkv[..., first + start : first + start + size]
            for first in (0, width, 2 * width)
        )
        heads.append(dot_product_attention(q, k, v, causal_mask(T)))
    return concatenate(heads, axis=-1)


@pytest.mark.parametrize(("T", "n_head"), [(1, 1), (1, 4), (5, 2), (8, 4)])
def test_the_node_is_dot_product_attention_head_by_head(T, n_head):
    numbers, seed = normal(3, T, 24), normal(3, T, 8, seed=1)
    grads, results = [], []
    for way in (attention, head_by_head):
        qkv = leaf(numbers)
        result = way(qkv, n_head)
        result.backward(seed)
        results.append(result.data)
        grads.append(qkv.grad)
    np.testing.assert_allclose(*results, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(*grads, rtol=1e-10, atol=1e-14)


def test_heads_in_one_array_get_the_gradients_of_heads_apart():
    arrays = [normal(2, 3, 4, 5, seed=i) for i in range(3)]
    together = [leaf(x) for x in arrays]
    dot_product_attention(*together, causal_mask(4)).sum().backward()
    for place in np.ndindex(2, 3):
        alone = [leaf(x[place]) for x in arrays]
        dot_product_attention(*alone, causal_mask(4)).sum().backward()
        for one, all_ in zip(alone, together, strict=True):
            np.testing.assert_allclose(one.grad, all_.grad[place], atol=1e-14)


def test_the_future_has_no_influence_to_the_last_bit():
    numbers = normal(2, 6, 24)
    before = attention(Tensor(numbers), 2).data
    numbers[:, 4:] = 1e6 * normal(2, 2, 24, seed=1)
    after = attention(Tensor(numbers), 2).data
    assert (before[:, :4] == after[:, :4]).all()
    assert (before[:, 4:] != after[:, 4:]).all()


def test_the_future_gets_a_gradient_of_exactly_0():
    qkv = leaf(normal(2, 6, 24))
    attention(qkv, 2)[:, :4].sum().backward()
    assert not qkv.grad[:, 4:].any()
    assert qkv.grad[:, :4].any()


def test_the_first_position_attends_to_itself_alone():
    qkv = normal(2, 3, 24)
    first = attention(Tensor(qkv), 4).data[:, 0]
    np.testing.assert_allclose(first, qkv[:, 0, 16:], rtol=1e-15)


def test_equal_keys_share_the_attention_evenly():
    q, k = Tensor([[1.0, 0.0]]), Tensor([[1.0, 1.0], [1.0, 1.0]])
    v = Tensor([[0.0], [1.0]])
    assert dot_product_attention(q, k, v, causal_mask(1, 2)).item() == 0.5


def test_scores_of_any_size_do_not_overflow():
    result = attention(Tensor(1e3 * normal(1, 4, 12)), 1).data
    assert np.isfinite(result).all()


@pytest.mark.parametrize("steps", [[1] * 6, [6], [3, 3], [4, 1, 1], [1, 5]])
def test_a_cache_gives_what_the_whole_gives(steps):
    numbers, cache, parts = normal(2, 6, 24), Cache(), []
    start = 0
    with no_grad():
        for n in steps:
            part = Tensor(numbers[:, start : (start := start + n)])
            parts.append(attention(part, 4, cache).data)
            assert len(cache) == start
    whole = attention(Tensor(numbers), 4).data
    np.testing.assert_allclose(np.concatenate(parts, 1), whole, rtol=1e-12)


def test_an_empty_cache_has_no_positions():
    assert len(Cache()) == 0


def test_a_cache_is_refused_where_a_gradient_is_asked_for():
    with pytest.raises(RuntimeError, match="no gradient on: use no_grad"):
        attention(leaf(normal(1, 2, 12)), 2, Cache())


def test_a_cache_keeps_its_own_numbers():
    cache, qkv = Cache(), Tensor(normal(1, 2, 12))
    attention(qkv, 2, cache)
    kept = cache.keys.copy()
    attention(Tensor(normal(1, 1, 12, seed=1)), 2, cache)
    assert cache.keys.shape == cache.values.shape == (1, 2, 3, 2)
    assert (cache.keys[:, :, :2] == kept).all()


def test_the_layer_draws_q_k_v_and_o_in_turn():
    layer = MultiHeadAttention(4, 2, random.Random(3))
    rng = random.Random(3)
    drawn = np.array([rng.gauss(0, 0.08) for _ in range(64)]).reshape(16, 4)
    assert (layer.wqkv.data == drawn[:12]).all()
    assert (layer.wo.data == drawn[12:]).all()
    assert layer.tensors() == [layer.wqkv, layer.wo]


def test_the_layer_with_a_cache_gives_what_it_gives_without():
    layer, cache = MultiHeadAttention(8, 2, random.Random(0)), Cache()
    x = normal(2, 5, 8)
    whole = layer(Tensor(x)).data
    for t in range(5):
        with layer.evaluating():
            part = layer(Tensor(x[:, t : t + 1]), cache).data
        np.testing.assert_allclose(part[:, 0], whole[:, t], rtol=1e-12)


def test_a_mask_holds_truths_and_no_numbers():
    assert causal_mask(2).dtype == causal_mask(1, 3).dtype == bool
