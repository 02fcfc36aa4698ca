import math
import warnings

import numpy as np
import pytest

from microgpt.tensor import (
    Tensor,
    attention,
    concatenate,
    cross_entropy,
    embedding,
    linear,
    no_grad,
    rmsnorm,
    where,
)

from .cases import OPERATIONS, check_forward, check_gradient, check_repeat, leaf


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_gradient_agrees_with_central_differences(name):
    check_gradient(OPERATIONS[name])


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_result_agrees_with_plain_loops(name):
    check_forward(OPERATIONS[name])


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_second_backward_doubles_and_changes_nothing_else(name):
    check_repeat(OPERATIONS[name])


@pytest.mark.parametrize("name", OPERATIONS)
def test_float32_stays_float32_there_and_back(name):
    case = OPERATIONS[name]
    arrays = [np.float32(x) for x in case.arrays()]
    leaves, result = case.ours(*arrays)
    assert result.data.dtype == np.float32
    result.backward(np.ones(result.shape))
    assert {x.grad.dtype for x in leaves} == {np.dtype(np.float32)}


def test_x_times_y_plus_w_gives_3_2_1():
    x, y, w = leaf(2.0), leaf(3.0), leaf(1.0)
    z = x * y + w
    z.backward()
    assert [t.item() for t in (z, x, y, w)] == [7.0, 2.0, 3.0, 1.0]
    assert [float(t.grad) for t in (x, y, w)] == [3.0, 2.0, 1.0]


def test_a_stretched_number_gets_the_sum_over_its_places():
    column, row = leaf([[1.0], [2.0], [3.0]]), leaf([[1.0, 2.0, 3.0, 4.0]])
    (column * row).sum().backward()
    assert column.grad.tolist() == [[10.0], [10.0], [10.0]]
    assert row.grad.tolist() == [[6.0, 6.0, 6.0, 6.0]]


def test_a_row_picked_twice_gets_both_gradients():
    x = leaf([1.0, 2.0, 3.0])
    (x[[0, 2, 0]] * [1.0, 10.0, 100.0]).sum().backward()
    assert x.grad.tolist() == [101.0, 0.0, 10.0]


def test_equal_maxima_share_the_gradient():
    x = leaf([3.0, 1.0, 3.0, 3.0])
    (x.max() * 6).backward()
    assert x.grad.tolist() == [2.0, 0.0, 2.0, 2.0]


def test_softmax_of_1000_and_0_does_not_overflow():
    assert Tensor([1000.0, 0.0]).softmax().data.tolist() == [1.0, 0.0]
    assert Tensor([1000.0, 0.0]).log_softmax().data.tolist() == [0.0, -1000.0]


LEFT = {
    "an array": np.array([6.0, 8.0]),
    "a NumPy number": np.float64(6.0),
    "a float": 6.0,
    "a whole number": 6,
    "a list": [6.0, 8.0],
}
SIGNS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("left", LEFT)
def test_what_stands_left_of_an_operator_need_not_be_a_tensor(left, sign):
    other, x = LEFT[left], leaf([2.0, 4.0])
    result = SIGNS[sign](other, x)
    assert isinstance(result, Tensor)
    expected = SIGNS[sign](np.array(other), np.array([2.0, 4.0]))
    assert result.data.tolist() == expected.tolist()
    result.sum().backward()
    assert x.grad is not None


def test_an_array_can_stand_left_of_a_matrix_product():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    result = np.array([[1.0, 10.0]]) @ x
    assert result.data.tolist() == [[31.0, 42.0]]
    result.sum().backward()
    assert x.grad.tolist() == [[1.0, 1.0], [10.0, 10.0]]


def test_a_plain_number_takes_on_the_dtype_of_the_tensor():
    x = Tensor(np.float32([1.0, 2.0]))
    for result in (x + 1, 2.0 * x, x / 3, np.float64(2.0) - x, x**2):
        assert result.data.dtype == np.float32


def test_whole_numbers_stay_whole_until_they_are_divided():
    x = Tensor([1, 2, 4])
    assert (x * 2 + 1).data.dtype.kind == "i"
    assert x.sum().data.dtype.kind == "i"
    assert (x * 0.5).data.tolist() == [0.5, 1.0, 2.0]
    assert x.mean().item() == pytest.approx(7 / 3)


def test_a_tensor_as_exponent_is_refused():
    for exponent in (Tensor(2.0), np.array(2.0), "2"):
        with pytest.raises(TypeError, match="exponent is a plain number; got"):
            Tensor(3.0) ** exponent
    with pytest.raises(TypeError, match="unsupported operand"):
        2 ** Tensor(3.0)


@pytest.mark.parametrize(
    "shapes", [((2, 3), (2, 3)), ((3,), (2,)), ((), (2,)), ((2, 3), (4, 5))]
)
def test_matrices_that_do_not_fit_are_named_with_both_shapes(shapes):
    a, b = (Tensor(np.ones(shape)) for shape in shapes)
    with pytest.raises(ValueError, match="cannot multiply") as error:
        a @ b
    for shape in shapes:
        assert str(shape) in str(error.value)


def test_shapes_that_do_not_broadcast_are_refused():
    for sign in SIGNS.values():
        with pytest.raises(ValueError, match="broadcast"):
            sign(Tensor([1.0, 2.0]), Tensor([1.0, 2.0, 3.0]))


def test_detach_copies_the_numbers_and_forgets_the_graph():
    x = leaf([1.0, 2.0])
    apart = (x * 2).detach()
    assert (apart.requires_grad, apart.inputs) == (False, ())
    copy = x.detach()
    copy.data += 1
    assert (copy.data.tolist(), x.data.tolist()) == ([2.0, 3.0], [1.0, 2.0])


def test_a_tensor_is_a_copy_of_the_array_it_is_made_from():
    numbers = np.array([1.0, 2.0])
    x = Tensor(numbers)
    numbers[0] = 9.0
    assert x.data.tolist() == [1.0, 2.0]


def test_where_needs_one_tensor_or_none():
    assert where([True, False], 1.0, Tensor([2.0, 3.0])).data.tolist() == [1, 3]
    assert where([True, False], 1.0, 2.0).data.tolist() == [1.0, 2.0]


def test_where_passes_each_gradient_to_the_side_that_was_taken():
    a, b = leaf([1.0, 2.0]), leaf(3.0)
    where([True, False], a, b).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([1.0, 0.0], 1.0)


def test_concatenate_gives_each_the_gradient_of_its_own_place():
    a, b = leaf([1.0]), leaf([2.0, 3.0])
    (concatenate([a, b]) * [1.0, 10.0, 100.0]).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([1.0], [10.0, 100.0])


def test_nothing_that_requires_a_grad_leaves_no_graph():
    result = (Tensor([1.0, 2.0]) * 3).sum()
    assert (result.inputs, result.requires_grad) == ((), False)


def test_a_slope_survives_a_divisor_whose_square_is_0():
    a, b = leaf(1e-200), leaf(1e-200)
    (a / b).backward()
    assert float(b.grad) == pytest.approx(-1e200)


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ((2, 3), (4, 5), r"in the middle stand \(3,\) and \(4,\)"),
        ((2, 3, 4), (5, 4, 6), ": the leading axes do not fit$"),
    ],
)
def test_a_matrix_product_that_does_not_fit_says_where(a, b, reason):
    with pytest.raises(ValueError, match=reason):
        Tensor(np.ones(a)) @ Tensor(np.ones(b))


def test_an_exponent_of_numpys_leaves_float32_as_it_is():
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = x ** np.float64(2)
    y.sum().backward()
    assert (y.data.dtype, x.grad.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("n", [np.int64(3), np.float64(3), np.float32(3), 3])
def test_a_plain_number_of_numpy_leaves_float32_alone(n):
    x = Tensor(np.ones(2, np.float32), True)
    for y in (x * n, x / n, n - x, n * x, x ** float(n)):
        assert y.data.dtype == np.float32


def test_a_power_warns_of_no_slope_that_nobody_asked_for():
    with warnings.catch_warnings(), no_grad():
        warnings.simplefilter("error")
        assert (Tensor([0.0]) ** 0.5).data.tolist() == [0.0]


def test_arrays_are_concatenated_with_tensors():
    x = Tensor([1.0], True)
    y = concatenate([np.array([5.0]), x, [2]])
    (y * np.array([1.0, 2.0, 3.0])).sum().backward()
    assert (y.data.tolist(), x.grad.tolist()) == ([5.0, 1.0, 2.0], [2.0])


@pytest.mark.parametrize("rows", [False, True])
def test_an_index_changed_after_it_was_used_changes_no_gradient(rows):
    places, x = np.array([0, 1]), leaf([[1.0, 2.0]])
    y = x[0, places] if rows else x.reshape(2)[places]
    y = (y * np.array([1.0, 10.0])).sum()
    places[:] = 0
    y.backward()
    assert x.grad.tolist() == [[1.0, 10.0]]


OPS = {
    "add": lambda x: x + 1.0,
    "sub": lambda x: x - 1.0,
    "mul": lambda x: x * 2.0,
    "div": lambda x: x / 2.0,
    "neg": lambda x: -x,
    "pow": lambda x: x**3,
    "matmul": lambda x: x @ x,
    "sum": lambda x: x.sum(),
    "max": lambda x: x.max(),
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "sqrt": lambda x: x.sqrt(),
    "tanh": lambda x: x.tanh(),
    "relu": lambda x: x.relu(),
    "softmax": lambda x: x.softmax(),
    "log_softmax": lambda x: x.log_softmax(),
    "reshape": lambda x: x.reshape(4),
    "transpose": lambda x: x.transpose(),
    "getitem": lambda x: x[0],
    "concatenate": lambda x: concatenate([x, x]),
    "where": lambda x: where(True, x, 0.0),
    "linear": lambda x: linear(x, x),
    "rmsnorm": rmsnorm,
    "embedding": lambda x: embedding(x, [0]),
    "attention": lambda x: attention(
        concatenate([x] * 3, 1).reshape(1, 2, 6), 1
    ),
    "cross_entropy": lambda x: cross_entropy(x, [0, 1]),
}


@pytest.mark.parametrize("op", OPS)
def test_a_result_names_its_operation(op):
    assert OPS[op](leaf([[1.0, 2.0], [3.0, 4.0]])).op == op


def test_a_row_far_below_another_keeps_its_shares():
    x = Tensor([[1e3, 0.0], [-1e3, -1e3]])
    assert x.softmax().data.tolist() == [[1.0, 0.0], [0.5, 0.5]]
    assert x.log_softmax().data[1].tolist() == pytest.approx([-math.log(2)] * 2)


def test_a_condition_may_be_of_numbers():
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    result = where([1, 0], a, b)
    result.backward([1.0, 10.0])
    assert result.data.tolist() == [1.0, 4.0]
    assert (a.grad.tolist(), b.grad.tolist()) == ([1.0, 0.0], [0.0, 10.0])


def test_gradients_on_the_way_stay_float32():
    x = leaf(np.ones((2, 2), np.float32))
    for operation in OPS.values():
        middle = x * 1
        result = operation(middle)
        result.backward(np.ones(result.shape))
        assert middle.grad.dtype == np.float32
