import math
import pickle

import pytest

from microgpt.scalar import Value, build_topo, topological_order

OPERATIONS = {
    "add": (lambda a, b: a + b, (2.0, -3.0)),
    "add a number": (lambda a: a + 2.5, (1.5,)),
    "add to a number": (lambda a: 2.5 + a, (1.5,)),
    "multiply": (lambda a, b: a * b, (2.0, -3.0)),
    "multiply a number": (lambda a: 3 * a, (-2.0,)),
    "power 3": (lambda a: a**3, (1.7,)),
    "power -1": (lambda a: a**-1, (1.7,)),
    "power 0.5": (lambda a: a**0.5, (1.7,)),
    "log": (lambda a: a.log(), (0.3,)),
    "exp": (lambda a: a.exp(), (-1.2,)),
    "relu above 0": (lambda a: a.relu(), (0.4,)),
    "relu below 0": (lambda a: a.relu(), (-0.4,)),
    "negate": (lambda a: -a, (0.7,)),
    "subtract": (lambda a, b: a - b, (2.0, 5.0)),
    "subtract from a number": (lambda a: 1 - a, (0.3,)),
    "divide": (lambda a, b: a / b, (2.0, 5.0)),
    "divide a number": (lambda a: 3 / a, (0.3,)),
    "reuse": (lambda a, b: a * b + a * a, (2.0, 3.0)),
}
FORWARD = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "power 3": lambda a: a * a * a,
    "power -1": lambda a: 1 / a,
    "power 0.5": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "relu above 0": lambda a: a,
    "relu below 0": lambda a: 0.0,
    "negate": lambda a: 0 - a,
    "subtract": lambda a, b: a - b,
    "subtract from a number": lambda a: 1 - a,
    "divide": lambda a, b: a / b,
    "divide a number": lambda a: 3 / a,
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_slope_agrees_with_the_central_difference(name):
    operation, at = OPERATIONS[name]
    leaves = [Value(x) for x in at]
    operation(*leaves).backward()
    for i, leaf in enumerate(leaves):
        ends = [list(at), list(at)]
        ends[0][i] += 1e-6
        ends[1][i] -= 1e-6
        high, low = (operation(*map(Value, end)).data for end in ends)
        measured = (high - low) / 2e-6
        assert leaf.grad == pytest.approx(measured, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("name", FORWARD)
def test_each_result_agrees_with_plain_arithmetic(name):
    operation, at = OPERATIONS[name]
    result = operation(*map(Value, at)).data
    assert result == pytest.approx(FORWARD[name](*at), rel=1e-15)


def test_gradient_of_a_product_is_the_other_factor():
    a, b = Value(2.0), Value(3.0)
    (a * b).backward()
    assert (a.grad, b.grad) == (3.0, 2.0)


def test_x_times_y_plus_w_gives_3_2_1():
    x, y, w = Value(2.0), Value(3.0), Value(1.0)
    z = x * y + w
    z.backward()
    assert (z.data, x.grad, y.grad, w.grad) == (7.0, 3.0, 2.0, 1.0)


def test_a_reused_value_adds_its_gradients():
    a, b = Value(2.0), Value(3.0)
    (a * b + a).backward()
    assert a.grad == 4.0


def test_a_node_waits_for_all_that_use_it():
    a = Value(1.0)
    b = a + a
    (b + b).backward()
    assert a.grad == 4.0


def test_x_squared_plus_x_has_slope_7_at_3():
    x = Value(3.0)
    (x * x + x).backward()
    assert x.grad == 7.0


def test_a_second_backward_adds_to_what_is_there():
    a = Value(2.0)
    b = a * a
    c = b * 3
    c.backward()
    assert a.grad == 12.0
    c.backward()
    assert (b.grad, a.grad) == (6.0, 36.0)


def test_an_unused_leaf_has_no_gradient():
    a, unused = Value(2.0), Value(5.0)
    (a * 3).backward()
    assert unused.grad == 0.0


def test_a_leaf_alone_has_slope_1_along_itself():
    a = Value(2.0)
    a.backward()
    assert a.grad == 1.0


def test_a_value_as_exponent_is_refused():
    with pytest.raises(TypeError, match="plain number, not a Value"):
        Value(2.0) ** Value(3.0)


def test_log_of_0_and_division_by_0_raise():
    with pytest.raises(ValueError, match="."):
        Value(0.0).log()
    with pytest.raises(ZeroDivisionError):
        Value(1.0) / Value(0.0)


def test_relu_at_0_passes_nothing_on():
    a = Value(0.0)
    a.relu().backward()
    assert a.grad == 0.0


def test_the_iterative_order_is_the_recursive_one_without_leaves():
    a, b = Value(2.0), Value(3.0)
    c = (a * b + a) * (b - a.exp()) / (a + 1)
    inner = [value for value in build_topo(c) if value.inputs]
    assert topological_order(c) == inner
    assert len(inner) > 5


def test_a_chain_too_deep_for_recursion_has_a_gradient():
    start = end = Value(1.0)
    for _ in range(100_000):
        end = end + 1.0
    with pytest.raises(RecursionError):
        build_topo(end)
    end.backward()
    assert start.grad == 1.0


def test_a_value_has_four_attributes_and_takes_no_fifth():
    with pytest.raises(AttributeError):
        Value(1.0).name = "a"


def test_a_value_shows_data_and_grad():
    assert repr(Value(2.0)) == "Value(data=2, grad=0)"
    assert repr([Value(1 / 3)]) == "[Value(data=0.3333, grad=0)]"


def test_a_half_built_value_shows_itself_too():
    assert repr(Value.__new__(Value)) == "Value(data=?, grad=?)"


def test_a_small_graph_survives_a_pickle():
    a = Value(2.0)
    copy = pickle.loads(pickle.dumps(a * a))
    copy.backward()
    assert copy.inputs[0].grad == 4.0


def test_a_value_that_is_used_twice_stands_in_the_order_once():
    a = Value(2.0)
    b = a * a
    c = b * b
    assert build_topo(c) == [a, b, c]
    assert topological_order(c) == [b, c]
