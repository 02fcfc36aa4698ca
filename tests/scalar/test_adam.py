import pytest

from microgpt.scalar import Adam, GradientDescent, Value, linear_decay


def moves(grads, rate=0.01):
    """How far Adam moves one parameter at each of the given gradients."""
    p, moved = Value(0.0), []
    optimizer = Adam([p])
    for p.grad in grads:
        before = p.data
        optimizer.update(rate)
        moved.append(p.data - before)
    return moved


@pytest.mark.parametrize("grad", [10.0, 0.001])
def test_a_steady_gradient_of_any_size_steps_by_the_rate(grad):
    assert moves([grad] * 50) == pytest.approx([-0.01] * 50, rel=1e-4)


def test_alternating_signs_hardly_move():
    last = abs(moves([1.0, -1.0] * 100)[-1])
    assert last == pytest.approx(0.0008, abs=0.00005)


def test_two_updates_by_hand():
    # m: .15, then .85 * .15 - .15 * .5; v: .01, then .99 * .01 + .01 * .25
    first, second = moves([1.0, -0.5], rate=1.0)
    assert first == pytest.approx(-1.0, rel=1e-7)
    m_hat = (0.85 * 0.15 - 0.15 * 0.5) / (1 - 0.85**2)
    v_hat = (0.99 * 0.01 + 0.01 * 0.25) / (1 - 0.99**2)
    assert second == pytest.approx(-m_hat / v_hat**0.5, rel=1e-7)


def test_no_gradient_at_all_moves_nothing():
    assert moves([0.0, 0.0]) == [0.0, 0.0]


@pytest.mark.parametrize("kind", [Adam, GradientDescent])
def test_an_update_sets_the_gradients_back_to_0(kind):
    p = Value(1.0)
    p.grad = 3.0
    kind([p]).update(0.1)
    assert p.grad == 0.0
    assert p.data < 1.0


def test_plain_descent_moves_by_rate_times_gradient():
    p = Value(1.0)
    p.grad = 3.0
    GradientDescent([p]).update(0.1)
    assert p.data == pytest.approx(0.7)


def test_the_rate_falls_in_a_line_from_full_to_almost_0():
    rates = [linear_decay(0.01, step, 1000) for step in (0, 500, 999)]
    assert rates == pytest.approx([0.01, 0.005, 0.00001])
