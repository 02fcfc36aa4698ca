import copy
import pickle
import random

import numpy as np
import pytest

from microgpt import scalar
from microgpt.tensor import Parameters, Tensor, matrix

from .cases import leaf


@pytest.fixture
def pair():
    return leaf([[1.0, 2.0]]), leaf([3.0, 4.0, 5.0])


def test_a_matrix_is_drawn_as_part_one_draws_it():
    ours = matrix(3, 2, random.Random(7), std=0.5)
    theirs = scalar.matrix(3, 2, random.Random(7), std=0.5)
    assert ours.data.tolist() == [[p.data for p in row] for row in theirs]
    assert (ours.shape, ours.requires_grad) == ((3, 2), True)


def test_all_numbers_stand_in_one_array_in_order(pair):
    params = Parameters(pair)
    assert params.data.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert params.grad.tolist() == [0.0] * 5
    assert len(params) == 5


def test_data_and_grad_are_windows_both_ways(pair):
    params, (a, b) = Parameters(pair), pair
    params.data[0] = 9.0
    b.data += 1
    params.grad[2] = 7.0
    a.grad[0, 1] = 8.0
    assert a.data.tolist() == [[9.0, 2.0]]
    assert params.data.tolist() == [9.0, 2.0, 4.0, 5.0, 6.0]
    assert b.grad.tolist() == [7.0, 0.0, 0.0]
    assert params.grad.tolist() == [0.0, 8.0, 7.0, 0.0, 0.0]


def test_what_is_assigned_is_written_into_the_arrays_that_are_there(pair):
    params, (a, b) = Parameters(pair), pair
    params.data = [5, 4, 3, 2, 1]
    params.data *= 2
    params.grad = np.arange(5)
    params.grad += 1
    assert (a.data.tolist(), b.data.tolist()) == ([[10, 8]], [6, 4, 2])
    assert (a.grad.tolist(), b.grad.tolist()) == ([[1, 2]], [3, 4, 5])
    with pytest.raises(ValueError, match="."):
        params.data = [1.0, 2.0]


def test_backward_fills_the_flat_gradient_and_adds_up(pair):
    params, (a, b) = Parameters(pair), pair
    for _ in range(2):
        ((a * a).sum() + (b * 10).sum()).backward()
    assert params.grad.tolist() == [4.0, 8.0, 20.0, 20.0, 20.0]


@pytest.mark.parametrize("whose", ["all", "each"])
def test_zero_grad_keeps_the_windows(pair, whose):
    params = Parameters(pair)
    for turn in (params.grad, pair[1].grad):
        (pair[0].sum() + pair[1].sum()).backward()
        for part in [params] if whose == "all" else pair:
            part.zero_grad()
        assert not turn.any()
        assert np.shares_memory(pair[1].grad, params.grad)


def test_a_tensor_listed_twice_is_refused(pair):
    with pytest.raises(ValueError, match="listed once"):
        Parameters([*pair, pair[0]])


def test_what_is_no_leaf_or_asks_for_no_gradient_is_refused(pair):
    for other in (pair[0] * 2, Tensor([1.0])):
        with pytest.raises(ValueError, match="a leaf that requires a grad"):
            Parameters([pair[0], other])


def test_float32_is_taken_on_by_data_and_grad(pair):
    params = Parameters(pair, np.float32)
    (pair[0].sum() + pair[1].sum()).backward()
    arrays = (params.data, params.grad, pair[0].data, pair[1].grad)
    assert {x.dtype for x in arrays} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_has_windows_of_its_own(pair, copied):
    params = Parameters(pair, np.float32)
    twin = copied(params)
    twin.data += 1
    assert twin.tensors[0].data.tolist() == [[2.0, 3.0]]
    assert pair[0].data.tolist() == [[1.0, 2.0]]
    assert twin.data.dtype == np.float32
    twin.tensors[1].sum().backward()
    assert (twin.grad.sum(), params.grad.sum()) == (3.0, 0.0)


@pytest.mark.parametrize("dtype", [np.int64, np.float16])
def test_parameters_of_another_kind_are_refused(dtype):
    with pytest.raises(ValueError, match="float64 or float32; got"):
        Parameters([Tensor([1.0], True)], dtype)


def move(params):
    params.data += 1


@pytest.mark.parametrize("change", [move, lambda p: Parameters(p.tensors)])
def test_two_changes_by_different_ways_are_not_taken_for_none(pair, change):
    params = Parameters(pair)
    loss = (pair[0] * pair[0]).sum()
    pair[0].data += 1
    change(params)
    with pytest.raises(RuntimeError, match="changed since"):
        loss.backward()
