import copy
import gc
import pickle
import threading
import time

import numpy as np
import pytest

from microgpt.scalar import Value
from microgpt.tensor import SGD, Parameters, Tensor, no_grad, unbroadcast
from microgpt.tensor import concatenate as joined

from .cases import alive, leaf


def chain(size):
    """A leaf and the last of so many nodes on top of it."""
    start = end = leaf(1.0)
    gc.disable()  # it would look through all of them again and again
    try:
        for _ in range(size):
            end = -end
    finally:
        gc.enable()
    return start, end


def test_a_chain_of_a_million_nodes_is_passed_refused_and_dropped():
    start, end = chain(1_000_000)
    began = time.process_time()
    end.backward()
    assert time.process_time() - began < 10
    assert start.grad == 1.0
    began = time.process_time()
    for copied in (pickle.dumps, copy.deepcopy, copy.copy):
        with pytest.raises(TypeError, match=r"of neg: copy x\.detach\(\)"):
            copied(end)
    assert time.process_time() - began < 0.1
    del end  # deeper than the stack: must not crash


def test_a_second_backward_doubles_leaves_and_nothing_else():
    a = leaf([2.0, 3.0])
    b = a * a
    c = (b * 3).sum()
    c.backward()
    assert a.grad.tolist() == [12.0, 18.0]
    c.backward()
    assert a.grad.tolist() == [24.0, 36.0]
    assert (b.grad.tolist(), float(c.grad)) == ([3.0, 3.0], 1.0)


def test_a_second_backward_from_elsewhere_starts_inner_nodes_anew():
    a = leaf(2.0)
    b = a * 3
    (b * 5).backward()
    (b * 7).backward()
    assert (float(b.grad), float(a.grad)) == (7.0, 36.0)


def test_a_reused_node_adds_its_gradients():
    a, b = leaf(2.0), leaf(3.0)
    (a * b + a).backward()
    assert (float(a.grad), float(b.grad)) == (4.0, 2.0)


def test_a_node_waits_for_all_that_use_it():
    a = leaf(1.0)
    b = a + a
    left, right = b * 2, b * 3
    (left * right + left).backward()
    assert float(a.grad) == 2 * (3 * 2 * 2 + 2 * 2 * 3 + 2)


def test_gradients_that_share_an_array_do_not_change_each_other():
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    c = a + b  # add hands the very same array to both
    (c.sum() + (a * 10).sum() + c.sum()).backward()
    assert a.grad.tolist() == [12.0, 12.0]
    assert b.grad.tolist() == c.grad.tolist() == [2.0, 2.0]


def test_a_seed_is_not_changed_by_what_comes_after():
    a, seed = leaf([1.0, 2.0]), np.array([1.0, 1.0])
    a.backward(seed)
    a.backward(seed)
    assert (a.grad.tolist(), seed.tolist()) == ([2.0, 2.0], [1.0, 1.0])


def test_a_leaf_alone_has_slope_1_along_itself():
    a = leaf(2.0)
    a.backward()
    assert float(a.grad) == 1.0


def test_an_unused_leaf_and_one_that_asks_for_none_have_no_gradient():
    a, unused, fixed = leaf(2.0), leaf(5.0), Tensor(3.0)
    (a * fixed).backward()
    assert (float(a.grad), unused.grad, fixed.grad) == (3.0, None, None)


def test_the_gradient_of_a_leaf_has_its_dtype():
    a, b = leaf(np.float32([1.0, 2.0])), leaf([3.0, 4.0])
    (a * b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)
    assert a.grad.tolist() == [3.0, 4.0]


def test_a_single_number_of_any_shape_needs_no_seed():
    a = leaf([[[2.0]]])
    (a * 3).backward()
    assert a.grad.tolist() == [[[3.0]]]


def test_several_numbers_need_a_seed_of_their_shape():
    a = leaf([1.0, 2.0])
    with pytest.raises(RuntimeError, match=r"this has \(2,\).*or give a seed"):
        (a * 2).backward()
    with pytest.raises(ValueError, match=r"seed has \(3,\), self \(2,\)"):
        (a * 2).backward([1.0, 2.0, 3.0])
    (a * 2).backward([1, 10])
    assert a.grad.tolist() == [2.0, 20.0]


def test_backward_through_nothing_that_asks_for_it_is_refused():
    for x in (Tensor(2.0), Tensor(2.0) * 3):
        with pytest.raises(RuntimeError, match="requires a grad"):
            x.backward()


def test_no_grad_leaves_no_graph_and_nests():
    a = leaf(2.0)
    with no_grad():
        with no_grad():
            pass
        inside = a * 3
    assert (inside.inputs, inside.requires_grad) == ((), False)
    assert (a * 3).requires_grad


def test_no_grad_ends_with_an_error_inside():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (leaf(2.0) * 3).requires_grad


def test_no_grad_holds_for_its_own_thread_alone():
    a, found = leaf(2.0), []
    with no_grad():
        other = threading.Thread(target=lambda: found.append(a * 3))
        other.start()
        other.join()
        assert not (a * 3).requires_grad
    assert found[0].requires_grad


def test_zero_grad_empties_a_leaf_and_forgets_a_result():
    a = leaf([1.0, 2.0])
    a.zero_grad()
    assert a.grad is None
    b = a * 2
    b.sum().backward()
    held = a.grad
    a.zero_grad()
    b.zero_grad()
    assert (a.grad is held, held.tolist(), b.grad) == (True, [0.0, 0.0], None)


@pytest.mark.parametrize("data", [1, [1, 2], True, np.int64(3)])
def test_a_gradient_of_whole_numbers_is_refused(data):
    with pytest.raises(TypeError, match="write 2.0 for 2"):
        leaf(data)


@pytest.mark.parametrize("data", ["a", None, [1j], object(), {"a": 1}])
def test_what_holds_no_numbers_is_refused(data):
    with pytest.raises(TypeError, match="a Tensor holds numbers; got"):
        Tensor(data)


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="inhomogeneous"):
        Tensor([[1.0], [2.0, 3.0]])


def test_a_tensor_of_a_tensor_is_refused():
    with pytest.raises(TypeError, match="a Tensor already"):
        Tensor(leaf(1.0))


def test_an_array_of_a_tensor_is_refused():
    x = leaf([1.0, 2.0])
    for make in (np.asarray, np.array, np.sum, np.exp, lambda x: Tensor([x])):
        with pytest.raises(TypeError):
            make(x)
    with pytest.raises(TypeError, match=r"take its \.data"):
        np.asarray(x)


def in_place():
    """Each statement that would change a Tensor."""

    def add(x):
        x += 1

    def subtract(x):
        x -= 1

    def multiply(x):
        x *= 2

    def divide(x):
        x /= 2

    def matrix(x):
        x @= x

    def power(x):
        x **= 2

    def item(x):
        x[0] = 1

    def item_add(x):
        x[0] += 1

    return add, subtract, multiply, divide, matrix, power, item, item_add


@pytest.mark.parametrize("change", in_place(), ids=lambda f: f.__name__)
def test_a_tensor_is_not_changed_in_place(change):
    x = leaf([1.0, 2.0])
    with pytest.raises(TypeError, match=r"write x = x \+ y, or x.data \+= y"):
        change(x)
    assert x.data.tolist() == [1.0, 2.0]


def test_data_can_be_changed_in_the_array_that_is_there():
    x = leaf([1.0, 2.0])
    held = x.data
    x.data = [3, 4]
    x.data += 1
    assert x.data is held
    assert held.tolist() == [4.0, 5.0]
    with pytest.raises(ValueError, match=r"keeps its shape \(2,\); got \(3,\)"):
        x.data = [1.0, 2.0, 3.0]


def test_a_single_number_can_be_changed_too():
    x = leaf(1.0)
    x.data += 1
    x.data = 2 * x.data
    assert x.item() == 4.0


def assign(node):
    node.data = [5.0, 6.0]


def add(node):
    node.data += 1


CHANGES = {
    "an input": lambda x, y, params: assign(x),
    "an input, in place": lambda x, y, params: add(x),
    "all parameters": lambda x, y, params: assign(params),
    "all parameters, in place": lambda x, y, params: add(params),
    "the array they live in": lambda x, y, params: Parameters([x]),
    "an update": lambda x, y, params: SGD(params).update(0.1),
}


@pytest.mark.parametrize("what", CHANGES)
def test_numbers_changed_between_forward_and_backward_are_found(what):
    x = leaf([1.0, 2.0])
    params = Parameters([x])
    y = x * x
    loss = y.sum()
    CHANGES[what](x, y, params)
    with pytest.raises(RuntimeError, match="changed since"):
        loss.backward()


@pytest.mark.parametrize("change", [assign, add])
def test_the_numbers_of_a_result_are_not_changed(change):
    y = leaf([1.0, 2.0]) * 2.0
    with pytest.raises(TypeError, match="the result of mul is not changed"):
        change(y)


def test_a_tensor_is_neither_true_nor_false():
    with pytest.raises(TypeError, match="compare its .data"):
        bool(leaf(1.0))


def test_a_change_before_the_forward_is_none():
    x = leaf([1.0, 2.0])
    x.data += 1
    (x * x).sum().backward()
    assert x.grad.tolist() == [4.0, 6.0]


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
)
def test_a_leaf_can_be_copied(copied):
    x = leaf(np.float32([[1.0, 2.0]]))
    twin = copied(x)
    twin.data += 1
    assert (type(twin), twin.requires_grad) == (Tensor, True)
    assert twin.data.dtype == np.float32
    assert (x.data.tolist(), twin.data.tolist()) == ([[1, 2]], [[2, 3]])


def test_a_result_without_a_graph_can_be_copied():
    twin = copy.deepcopy(Tensor([1.0, 2.0]) * 2)
    assert (twin.data.tolist(), twin.requires_grad) == ([2.0, 4.0], False)


def test_a_graph_is_freed_without_the_garbage_collector():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    gc.disable()
    try:
        before = alive()
        loss = ((x @ x).softmax() * joined([x, x])[:2]).max(0).mean()
        loss = loss + (x[[0, 0]].reshape(4) @ x.transpose().reshape(4)).exp()
        loss.backward()
        assert alive() > before + 10
        del loss
        assert alive() == before
    finally:
        gc.enable()


def test_unbroadcast_sums_new_axes_and_stretched_ones():
    grad = np.arange(24.0).reshape(2, 3, 4)
    assert unbroadcast(grad, ()).tolist() == 276.0
    assert unbroadcast(grad, (4,)).tolist() == [60.0, 66.0, 72.0, 78.0]
    assert unbroadcast(grad, (3, 1)).tolist() == [[60.0], [92.0], [124.0]]
    assert unbroadcast(grad, (2, 3, 4)).tolist() == grad.tolist()


REPRS = {
    "Tensor(2.)": lambda: Tensor(2.0),
    "Tensor([1, 2])": lambda: Tensor([1, 2]),
    "Tensor([0.3333], requires_grad=True)": lambda: leaf([1 / 3]),
    "Tensor(6., op=mul)": lambda: leaf(2.0) * 3.0,
    "Tensor(6., op=sum)": lambda: Tensor([2.0, 4.0]).sum(),
    "Tensor([[1., 2.],\n        [3., 4.]])": lambda: Tensor([[1.0, 2], [3, 4]]),
    "Tensor([], requires_grad=True)": lambda: leaf([]),
}


@pytest.mark.parametrize("text", REPRS)
def test_a_tensor_shows_its_numbers_and_where_they_come_from(text):
    assert repr(REPRS[text]()) == text


def test_a_long_tensor_shows_its_ends_and_its_shape():
    text = repr(Tensor(np.zeros((10, 100))))
    assert text.endswith("shape=(10, 100))")
    assert len(text) < 500
    assert repr(Tensor(np.zeros(51))).endswith("..., 0., 0., 0.], shape=(51,))")
    fifty = repr(Tensor(np.zeros(50)))
    assert (fifty.count("0."), fifty[-5:]) == (50, " 0.])")


def test_a_half_built_tensor_shows_itself_too():
    assert repr(Tensor.__new__(Tensor)) == "Tensor(?)"


def test_a_tensor_takes_no_attribute_that_is_not_its_own():
    with pytest.raises(AttributeError):
        leaf(1.0).name = "a"


def test_item_is_a_plain_float_of_a_single_number():
    assert type(Tensor([[3]]).item()) is float
    with pytest.raises(ValueError, match="."):
        Tensor([1.0, 2.0]).item()


def test_a_graph_of_tensors_gets_the_gradients_of_a_graph_of_values():
    found = []
    for kind in (Value, leaf):
        a, b = kind(1.5), kind(-0.5)
        ((a * b + a.exp()) * (b * b + 2.0).log() / a + b).backward()
        found.append([float(a.grad), float(b.grad)])
    assert found[1] == pytest.approx(found[0], rel=1e-14)


def test_a_result_with_a_graph_is_not_copied():
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"result of neg: copy x\.detach"):
            copied(-leaf(1.0))
