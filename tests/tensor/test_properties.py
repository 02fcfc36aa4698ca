"""Shapes, cuts and picks that nobody thought of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from microgpt.tensor import (
    attention,
    concatenate,
    embedding,
    rmsnorm,
    unbroadcast,
    where,
)

from .cases import leaf

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
FULL = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)
PAIRS = hnp.mutually_broadcastable_shapes(
    num_shapes=2, max_dims=4, min_side=0, max_side=4
)
PRODUCTS = hnp.mutually_broadcastable_shapes(
    signature=np.matmul.signature, max_dims=2, max_side=4
)


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def gathered(slopes, shape, view):
    """Return the sum of the slopes over the places where each number stands.

    view: makes of an array of this shape the array in which it is used.
    """
    places = view(np.arange(np.prod(shape, dtype=int)).reshape(shape))
    slopes = np.broadcast_to(slopes, places.shape)
    sums = np.zeros(np.prod(shape, dtype=int))
    for place, slope in zip(places.flat, slopes.flat, strict=True):
        sums[place] += slope
    return sums.reshape(shape)


def close(found, expected):
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@given(PAIRS)
def test_an_operand_gets_the_sum_over_the_places_where_it_stands(pair):
    a, b = (leaf(normal(shape, i)) for i, shape in enumerate(pair.input_shapes))
    seed = normal(pair.result_shape, 2)
    (a * b - a / 2).backward(seed)

    def view(x):
        return np.broadcast_to(x, pair.result_shape)

    close(a.grad, gathered(seed * (b.data - 0.5), a.shape, view))
    close(b.grad, gathered(seed * a.data, b.shape, view))


@given(PAIRS)
def test_unbroadcast_sums_over_the_places_where_a_number_stands(pair):
    grad = normal(pair.result_shape)
    for shape in pair.input_shapes:
        expected = gathered(
            grad, shape, lambda x: np.broadcast_to(x, pair.result_shape)
        )
        close(unbroadcast(grad, shape), expected)


@given(PAIRS)
def test_where_gives_every_place_of_the_gradient_to_one_side(pair):
    a, b = (leaf(normal(shape, i)) for i, shape in enumerate(pair.input_shapes))
    holds, seed = normal(pair.result_shape) > 0, normal(pair.result_shape, 1)
    where(holds, a, b).backward(seed)
    assert a.grad.sum() + b.grad.sum() == pytest.approx(seed.sum(), abs=1e-10)
    close(a.grad, unbroadcast(np.where(holds, seed, 0.0), a.shape))


@given(st.data(), SHAPES)
def test_a_cut_passes_its_gradient_to_its_own_places(data, shape):
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True))
    check_index(shape, index)


@given(st.data(), FULL)
def test_picks_pass_their_gradients_to_their_places_repeats_added(data, shape):
    index = data.draw(hnp.integer_array_indices(shape))
    check_index(shape, index)


@given(st.data(), FULL)
def test_a_mask_passes_its_gradient_to_what_it_lets_through(data, shape):
    check_index(shape, data.draw(hnp.arrays(bool, shape)))


def check_index(shape, index):
    x = leaf(normal(shape))
    part = x[index]
    close(part.data, x.data[index])
    seed = normal(part.shape, 1)
    part.backward(seed)
    close(x.grad, gathered(seed, shape, lambda places: places[index]))


@given(st.data(), st.integers(1, 5))
def test_embedding_adds_over_repeated_ids(data, rows):
    ids = data.draw(hnp.arrays(int, SHAPES, elements=st.integers(0, rows - 1)))
    weight = leaf(normal((rows, 2)))
    taken = embedding(weight, ids)
    assert taken.shape == (*ids.shape, 2)
    seed = normal(taken.shape, 1)
    taken.backward(seed)
    close(weight.grad, gathered(seed, (rows, 2), lambda x: x[ids]))


@given(st.data(), FULL)
def test_reshape_there_and_back_changes_nothing(data, shape):
    size = int(np.prod(shape))
    n = data.draw(st.sampled_from([n for n in range(1, 257) if size % n == 0]))
    x, seed = leaf(normal(shape)), normal(shape, 1)
    back = x.reshape(n, -1).reshape(*shape)
    back.backward(seed)
    assert (back.data == x.data).all()
    assert (x.grad == seed).all()


@given(st.data(), SHAPES)
def test_transpose_there_and_back_changes_nothing(data, shape):
    order = data.draw(st.permutations(range(len(shape))))
    signed = [i - len(shape) * data.draw(st.integers(0, 1)) for i in order]
    x, seed = leaf(normal(shape)), normal(shape, 1)
    turned = x.transpose(*signed)
    assert (turned.data == np.transpose(x.data, order)).all()
    turned.backward(np.transpose(seed, order))
    assert (x.grad == seed).all()
    assert (x.transpose().transpose().data == x.data).all()


@given(st.data(), FULL)
def test_concatenated_parts_are_found_again_with_their_gradients(data, shape):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    lengths = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    parts, seeds = [], []
    for i, n in enumerate(lengths):
        size = list(shape)
        size[axis] = n
        parts.append(leaf(normal(size, i)))
        seeds.append(normal(size, i + 10))
    whole = concatenate(parts, axis)
    assert whole.shape[axis] == sum(lengths)
    whole.backward(np.concatenate(seeds, axis))
    ends = np.cumsum(lengths)[:-1]
    for x, seed, found in zip(parts, seeds, np.split(whole.data, ends, axis)):
        assert (x.data == found).all()
        assert (x.grad == seed).all()


@given(st.data(), FULL, st.sampled_from([0.0, 1.0, -700.0, 1e6]))
def test_softmax_sums_to_1_and_ignores_a_shift(data, shape, shift):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = leaf(normal(shape) * 5)
    shares = x.softmax(axis)
    close(shares.data.sum(axis), np.ones(shares.data.sum(axis).shape))
    moved = (x + shift).softmax(axis).data
    np.testing.assert_allclose(moved, shares.data, rtol=1e-8)
    np.testing.assert_allclose(x.log_softmax(axis).exp().data, shares.data)
    shares.backward(normal(shape, 1))
    close(x.grad.sum(axis), np.zeros(x.grad.sum(axis).shape))


@given(PRODUCTS)
def test_a_product_of_any_shapes_is_linear_in_both(pair):
    a, b = (leaf(normal(shape, i)) for i, shape in enumerate(pair.input_shapes))
    result = a @ b
    assert result.shape == pair.result_shape
    close(result.data, np.matmul(a.data, b.data))
    seed = normal(result.shape, 2)
    result.backward(seed)
    for x, step in ((a, normal(a.shape, 3)), (b, normal(b.shape, 4))):
        moved = step @ b.data if x is a else a.data @ step
        assert x.grad.shape == x.shape
        assert (x.grad * step).sum() == pytest.approx((moved * seed).sum())


@st.composite
def axes_of(draw, shape):
    """None, one axis, or several, counted from either end."""
    n = len(shape)
    several = draw(st.lists(st.integers(0, n - 1), unique=True, min_size=1))
    several = [i - n * draw(st.integers(0, 1)) for i in several]
    return draw(st.sampled_from([None, several[0], tuple(several)]))


@given(st.data(), FULL, st.booleans())
def test_a_sum_or_mean_spreads_its_gradient_evenly(data, shape, keepdims):
    axis = data.draw(axes_of(shape))
    x, y = leaf(normal(shape)), leaf(normal(shape))
    total, middle = x.sum(axis, keepdims), y.mean(axis, keepdims)
    close(total.data, np.sum(x.data, axis, keepdims=keepdims))
    close(middle.data, np.mean(y.data, axis, keepdims=keepdims))
    seed = normal(total.shape, 1)
    total.backward(seed)
    middle.backward(seed)
    share = total.data.size / x.data.size
    spread = seed if keepdims or axis is None else np.expand_dims(seed, axis)
    close(x.grad, np.broadcast_to(spread, shape))
    close(y.grad, np.broadcast_to(spread * share, shape))


@given(st.data(), FULL, st.booleans())
def test_a_maximum_shares_its_gradient_among_equals(data, shape, keepdims):
    axis = data.draw(axes_of(shape))
    numbers = data.draw(
        hnp.arrays(float, shape, elements=st.sampled_from([0.0, 1.0, 2.0]))
    )
    x = leaf(numbers)
    highest = x.max(axis, keepdims)
    assert (highest.data == np.max(numbers, axis, keepdims=keepdims)).all()
    highest.backward(np.ones(highest.shape))
    close(x.grad.sum(axis), np.ones(np.sum(numbers, axis).shape))
    kept = np.max(numbers, axis, keepdims=True)
    assert ((x.grad > 0) == (numbers == kept)).all()
    rows = np.sum(numbers == kept, axis, keepdims=True)
    close(x.grad, (numbers == kept) / rows)


@given(FULL, st.floats(0.01, 1e4))
def test_rmsnorm_gives_a_gradient_across_its_rows(shape, scale):
    x = leaf(normal(shape) * scale)
    rmsnorm(x, 1e-20).backward(normal(shape, 1))
    along = (x.grad * x.data).sum(-1)
    np.testing.assert_allclose(along, np.zeros(along.shape), atol=1e-9)


@given(st.integers(1, 3), st.integers(1, 6), st.integers(1, 3), st.data())
def test_attention_looks_at_no_later_position(B, T, n_head, data):
    cut = data.draw(st.integers(0, T))
    qkv = leaf(normal((B, T, 6 * n_head)))
    attention(qkv, n_head)[:, :cut].sum().backward()
    assert not qkv.grad[:, cut:].any()
