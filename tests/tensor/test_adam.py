import math

import numpy as np
import pytest

from microgpt import scalar
from microgpt.tensor import (
    SGD,
    Adam,
    Parameters,
    Tensor,
    clip_gradients,
    constant,
    linear_decay,
    warmup_cosine,
)

GRADS = np.random.default_rng(0).normal(size=(20, 3)) * [1.0, 1e-3, 1e3]


def parameters(*numbers, dtype=np.float64):
    return Parameters([Tensor(list(numbers), requires_grad=True)], dtype)


def path(optimizer, params, rate=0.01):
    """Return where the parameters stand after each of the gradients."""
    places = []
    for grad in GRADS:
        params.grad[:] = grad
        optimizer.update(rate)
        places.append(params.data.tolist())
    return places


def test_plain_descent_moves_by_rate_times_gradient():
    params = parameters(1.0, 2.0)
    descent = SGD(params)
    for expected in ([0.7, 2.4], [0.4, 2.8]):
        params.grad[:] = [3.0, -4.0]
        descent.update(0.1)
        assert params.data.tolist() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_momentum_keeps_a_share_of_the_last_step(momentum):
    place, step, expected = np.array([1.0, 2.0, 3.0]), 0.0, []
    for grad in GRADS:
        step = momentum * step + grad
        place = place - 0.01 * step
        expected.append(place.tolist())
    params = parameters(1.0, 2.0, 3.0)
    found = path(SGD(params, momentum), params)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("beta1", "beta2", "eps"),
    [(0.85, 0.99, 1e-8), (0.9, 0.999, 0.1), (0, 0, 1)],
)
def test_adam_is_algorithm_1_of_its_paper(beta1, beta2, eps):
    place, m, v, expected = np.array([1.0, 2.0, 3.0]), 0.0, 0.0, []
    for t, grad in enumerate(GRADS, start=1):
        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad * grad
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        place = place - 0.01 * m_hat / (np.sqrt(v_hat) + eps)
        expected.append(place.tolist())
    params = parameters(1.0, 2.0, 3.0)
    found = path(Adam(params, beta1, beta2, eps), params)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_adam_is_that_of_part_one():
    values = [scalar.Value(x) for x in (1.0, 2.0, 3.0)]
    theirs, expected = scalar.Adam(values), []
    for grads in GRADS:
        for value, grad in zip(values, grads, strict=True):
            value.grad = float(grad)
        theirs.update(0.01)
        expected.append([value.data for value in values])
    params = parameters(1.0, 2.0, 3.0)
    np.testing.assert_allclose(path(Adam(params), params), expected, rtol=1e-12)


@pytest.mark.parametrize("grad", [10.0, 0.001])
def test_a_steady_gradient_of_any_size_steps_by_the_rate(grad):
    params = parameters(0.0)
    adam = Adam(params)
    for _ in range(50):
        params.grad[:] = grad
        adam.update(0.01)
    assert params.data[0] == pytest.approx(-0.5, rel=1e-4)


def test_no_gradient_at_all_moves_nothing():
    params = parameters(1.0, 2.0)
    for optimizer in (Adam(params), SGD(params, 0.9)):
        optimizer.update(1.0)
        assert params.data.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("kind", [Adam, SGD])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_update_sets_the_gradients_back_and_keeps_the_windows(kind, dtype):
    params = parameters(1.0, 2.0, dtype=dtype)
    (x,) = params.tensors
    (x * x).sum().backward()
    kind(params).update(0.1)
    assert params.grad.tolist() == x.grad.tolist() == [0.0, 0.0]
    assert x.data.tolist() == params.data.tolist() != [1.0, 2.0]
    assert x.data.dtype == x.grad.dtype == dtype


@pytest.mark.parametrize("optimizer", [Adam, SGD, lambda p: SGD(p, 0.5)])
def test_each_finds_the_bottom_of_a_bowl(optimizer):
    params = parameters(3.0, -2.0)
    descent, (x,) = optimizer(params), params.tensors
    for step in range(200):
        ((x - [1.0, 2.0]) ** 2).sum().backward()
        descent.update(linear_decay(0.2, step, 200))
    assert x.data.tolist() == pytest.approx([1.0, 2.0], abs=1e-3)


def test_a_constant_rate_stays():
    assert {constant(0.01, step, 10) for step in range(10)} == {0.01}


def test_the_rate_falls_in_a_line_from_full_to_almost_0():
    rates = [linear_decay(0.01, step, 1000) for step in (0, 500, 999)]
    assert rates == pytest.approx([0.01, 0.005, 0.00001])


def test_a_warm_up_rises_in_a_line_from_the_first_step():
    rates = [warmup_cosine(1.0, step, 100, warmup=0.04) for step in range(5)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_after_the_warm_up_half_a_cosine_leads_to_the_final_share():
    def rate(step):
        return warmup_cosine(0.01, step, 100, warmup=0.2, final=0.1)

    assert rate(20) == pytest.approx(0.01)
    assert rate(60) == pytest.approx(0.0055)  # half way: half of what is lost
    assert rate(100) == pytest.approx(0.001)
    third = 0.1 + 0.9 * (1 + math.cos(math.pi / 4)) / 2
    assert rate(40) == pytest.approx(0.01 * third)
    assert all(rate(step) > rate(step + 1) for step in range(20, 100))


def test_unless_said_otherwise_a_20th_warms_up_and_a_10th_is_left():
    rates = [warmup_cosine(1.0, step, 100) for step in (0, 4, 5, 100)]
    assert rates == pytest.approx([1 / 6, 5 / 6, 1.0, 0.1])


def test_the_cosine_of_two_steps_is_stretched_over_what_is_left():
    rate = warmup_cosine(1.0, 1, 2, warmup=0.25, final=0.0)
    assert rate == pytest.approx((1 + math.cos(math.pi / 3)) / 2)


@pytest.mark.parametrize("num_steps", [1, 2, 3, 19, 20, 21])
@pytest.mark.parametrize("warmup", [0.0, 0.05, 1.0])
def test_any_number_of_steps_has_rates_from_above_0_to_full(num_steps, warmup):
    rates = [
        warmup_cosine(0.01, step, num_steps, warmup=warmup)
        for step in range(num_steps)
    ]
    assert all(0 < rate <= 0.01 for rate in rates)


def test_a_long_gradient_is_shortened_and_keeps_its_direction():
    params = parameters(0.0, 0.0)
    params.grad[:] = [30.0, 40.0]
    assert clip_gradients(params, 5.0) == 50.0
    assert params.grad.tolist() == pytest.approx([3.0, 4.0])


@pytest.mark.parametrize("max_norm", [5.0, 6.0, math.inf])
def test_a_gradient_that_is_short_enough_stays(max_norm):
    params = parameters(0.0, 0.0)
    params.grad[:] = [3.0, 4.0]
    assert clip_gradients(params, max_norm) == 5.0
    assert params.grad.tolist() == [3.0, 4.0]


def test_no_gradient_has_length_0():
    assert clip_gradients(parameters(1.0), 1.0) == 0.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_an_optimizer_remembers_has_the_dtype_of_the_numbers(dtype):
    params = parameters(1.0, 2.0, dtype=dtype)
    adam, descent = Adam(params), SGD(params, 0.9)
    for optimizer in (adam, descent):
        params.grad[:] = 1
        optimizer.update(0.1)
    arrays = (adam.m, adam.v, adam.step, descent.velocity)
    assert {x.dtype for x in arrays} == {np.dtype(dtype)}
