import numpy as np
import pytest

from microgpt.tensor import (
    GradientError,
    Tensor,
    gradcheck,
    no_grad,
    numerical_gradient,
)

from .cases import LAYERS, OPERATIONS, OURS, central_differences, leaf


def wrong_square(x):
    """x * x, with a rule that forgets the 2."""
    return Tensor.record("wrong", x.data**2, (x,), lambda g: (g * x.data,))


CASES = {
    name: case
    for name, case in (OPERATIONS | LAYERS).items()
    if name in ("matrix product", "softmax", "attention, 3 heads")
}


@pytest.mark.parametrize("name", CASES)
def test_right_rules_pass(name):
    case = CASES[name]
    leaves = [leaf(x) for x in case.arrays()]
    gradcheck(lambda *inputs: case.compute(OURS, *inputs), *leaves)


def test_a_wrong_rule_is_found_with_its_place_and_both_numbers():
    with pytest.raises(GradientError) as error:
        gradcheck(wrong_square, leaf([[0.0, 0.0], [0.0, 3.0]]))
    text = str(error.value)
    assert text.startswith("input 0 at (1, 1): backward says ")
    # the slope 3, which ought to be 6, times the weight of that place
    said, measured = text.split("says ")[1].split(", central differences ")
    assert float(measured) == pytest.approx(2 * float(said), rel=1e-4)
    assert 1.5 <= float(said) <= 4.5


def test_the_wrong_one_of_several_inputs_is_named():
    with pytest.raises(GradientError, match=r"input 1 at \(0,\)"):
        gradcheck(lambda a, b: a * wrong_square(b), leaf([2.0]), leaf([3.0]))


def test_a_gradient_that_never_comes_counts_as_0():
    with pytest.raises(GradientError, match=r"backward says 0, central"):
        gradcheck(lambda a, b: a * b.detach(), leaf([2.0]), leaf([3.0]))


def test_an_error_of_a_thousandth_is_let_through_and_more_is_not():
    def off(share):
        return lambda x: Tensor.record(
            "off", x.data * 1, (x,), lambda g: (g * (1 + share),)
        )

    gradcheck(off(0.0009), leaf([1.0]))
    with pytest.raises(GradientError):
        gradcheck(off(0.0012), leaf([1.0]))


def test_a_gradient_at_the_wrong_place_is_found():
    def flipped(x):
        return Tensor.record("flip", x.data * 1, (x,), lambda g: (g[::-1],))

    with pytest.raises(GradientError, match=r"input 0 at \(0,\)"):
        gradcheck(flipped, leaf([1.0, 2.0]))


def test_the_steps_are_small_enough_for_a_sharp_bend():
    gradcheck(lambda x: (x * 1000).exp(), leaf([0.001]))
    with pytest.raises(GradientError):
        gradcheck(lambda x: (x * 1000).exp(), leaf([0.001]), eps=1e-3)


def test_a_slope_that_is_no_number_is_found():
    with np.errstate(all="ignore"), pytest.raises(GradientError, match="nan"):
        gradcheck(lambda x: x.log(), leaf([-1.0]))


def test_a_function_that_leads_nowhere_is_refused():
    with pytest.raises(RuntimeError, match="requires a grad"), no_grad():
        gradcheck(lambda x: x * 2, leaf([1.0]))


def test_an_input_that_asks_for_no_gradient_is_left_out():
    x, fixed = leaf([2.0]), Tensor([3.0])
    gradcheck(lambda a, b: wrong_square(b) * a, x, fixed)
    assert fixed.grad is None


def test_an_old_gradient_does_not_count():
    x = leaf([2.0])
    (x * 100).backward()
    gradcheck(lambda x: x * x, x)


def test_the_numbers_are_put_back():
    x = leaf([[1.5, -0.25], [1e-9, 7.0]])
    before = x.data.copy()
    gradcheck(lambda x: x.exp(), x)
    assert (x.data == before).all()


def test_numerical_gradient_agrees_with_another_way_to_write_it():
    x = leaf([[0.3, -1.2, 0.7]])
    found = numerical_gradient(lambda: (x.tanh() * [1.0, 2.0, 3.0]).sum(), x)
    (expected,) = central_differences(
        lambda a: float((np.tanh(a) * [1, 2, 3]).sum()), [x.data]
    )
    assert found.shape == (1, 3)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_numerical_gradient_of_a_cube_is_three_squares():
    x = leaf([2.0, -3.0])
    found = numerical_gradient(lambda: (x**3).sum(), x)
    assert found.tolist() == pytest.approx([12.0, 27.0], rel=1e-8)


def test_the_weights_lie_between_a_half_and_one_and_a_half_every_time():
    seeds = []

    def watched(x):
        return Tensor.record("watched", x.data * 1, (x,), rule)

    def rule(g):
        seeds.append(g)
        return (g,)

    for _ in range(2):
        gradcheck(watched, leaf(np.zeros(300)))
    assert (seeds[0] == seeds[1]).all()
    assert 0.5 <= seeds[0].min() < 0.51
    assert 1.49 < seeds[0].max() <= 1.5


def test_what_follows_an_input_without_a_gradient_is_checked_too():
    with pytest.raises(GradientError, match=r"input 1 at \(0,\)"):
        gradcheck(lambda a, b: a * wrong_square(b), Tensor([2.0]), leaf([3.0]))


def test_next_to_a_slope_of_0_a_hundred_thousandth_is_let_through():
    def flat(slope):
        return lambda x: Tensor.record(
            "flat", x.data * 0, (x,), lambda g: (g * 0 + slope,)
        )

    gradcheck(flat(0.9e-5), leaf([1.0]))
    with pytest.raises(GradientError):
        gradcheck(flat(1.1e-5), leaf([1.0]))
