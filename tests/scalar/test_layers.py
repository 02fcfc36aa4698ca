import math

import pytest

from microgpt.scalar import (
    Value,
    build_topo,
    dot,
    linear,
    rmsnorm,
    softmax,
    total,
)


def values(*numbers):
    return [Value(x) for x in numbers]


def data(vector):
    return [x.data for x in vector]


def central_differences(function, at):
    """Slopes of a function of plain numbers, one a number."""
    slopes = []
    for i in range(len(at)):
        high, low = list(at), list(at)
        high[i] += 1e-6
        low[i] -= 1e-6
        slopes.append((function(high) - function(low)) / 2e-6)
    return slopes


SCALARS = {
    "dot": lambda v: dot(v[:2], v[2:]),
    "dot with itself": lambda v: dot(v, v),
    "total": lambda v: total(v) * v[0],
    "linear": lambda v: linear(v[:2], [v[2:], v[:2]])[1] * 3,
    "softmax": lambda v: softmax(v)[1],
    "rmsnorm": lambda v: rmsnorm(v)[2],
}


@pytest.mark.parametrize("name", SCALARS)
def test_each_layer_agrees_with_central_differences(name):
    at = (0.3, -1.2, 0.7, 2.0)
    leaves = values(*at)
    SCALARS[name](leaves).backward()
    measured = central_differences(
        lambda numbers: SCALARS[name](values(*numbers)).data, at
    )
    found = [leaf.grad for leaf in leaves]
    assert found == pytest.approx(measured, rel=1e-3, abs=1e-5)


def test_dot_is_the_long_sum_to_the_last_bit_in_one_node():
    w, x = values(0.1, 0.2, 0.3), values(0.7, -1.1, 1e-9)
    long = sum(wi * xi for wi, xi in zip(w, x, strict=True))
    short = dot(w, x)
    assert short.data == long.data
    assert (len(build_topo(long)), len(build_topo(short))) == (13, 7)


def test_dot_of_nothing_is_0():
    assert dot([], []).data == 0.0


def test_dot_of_unequal_lengths_is_refused():
    with pytest.raises(ValueError, match="cannot multiply 1 numbers by 2"):
        dot(values(1.0), values(1.0, 2.0))


def test_linear_takes_one_weighted_sum_a_row():
    weight = [values(1.0, 2.0), values(0.0, -1.0), values(0.5, 0.5)]
    assert data(linear(values(3.0, 4.0), weight)) == [11.0, -4.0, 3.5]


def test_softmax_agrees_with_exponentials_over_their_sum():
    scores = (1.0, 2.0, -0.5)
    whole = sum(math.exp(s) for s in scores)
    expected = [math.exp(s) / whole for s in scores]
    assert data(softmax(values(*scores))) == pytest.approx(expected, rel=1e-14)


def test_softmax_sums_to_1_and_ignores_a_shift():
    shares = data(softmax(values(1.0, 2.0, 3.0)))
    assert sum(shares) == pytest.approx(1.0, abs=1e-15)
    assert data(softmax(values(11.0, 12.0, 13.0))) == shares


def test_softmax_of_1000_and_0_does_not_overflow():
    assert data(softmax(values(1000.0, 0.0))) == [1.0, 0.0]


def test_ties_get_equal_shares():
    assert data(softmax(values(5.0, 5.0))) == [0.5, 0.5]


def test_rmsnorm_makes_the_mean_square_1():
    x = data(rmsnorm(values(3.0, -4.0, 12.0)))
    assert sum(xi * xi for xi in x) / 3 == pytest.approx(1.0, rel=1e-5)


def test_rmsnorm_of_zeros_is_zeros():
    assert data(rmsnorm(values(0.0, 0.0))) == [0.0, 0.0]
