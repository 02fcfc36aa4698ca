"""Checking gradients: the rules against two small steps to either side."""

from collections.abc import Callable

import numpy as np

from microgpt.tensor.node import Array
from microgpt.tensor.tensor import Tensor


def numerical_gradient(
    f: Callable[[], Tensor], x: Tensor, eps: float = 1e-6
) -> Array:
    """Return how fast f() rises with each number of `x`, in its shape.

    f: computes one number from x.data as it is at the moment. Each number in
    turn is moved by eps to either side, and put back. float64.
    """
    slopes = np.zeros_like(x.data)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        ends = []
        for x.data[place] in (middle + eps, middle - eps):
            ends.append(f().item())
        x.data[place] = middle
        slopes[place] = (ends[0] - ends[1]) / (2 * eps)
    return slopes


class GradientError(ArithmeticError):
    """A gradient that is not what central differences say."""


def gradcheck(
    f: Callable[..., Tensor],
    *inputs: Tensor,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
) -> None:
    """Check `backward` through f(*inputs) against central differences.

    Where the result has several numbers, a sum of them is checked in which
    each has a weight of its own. Raises GradientError, which names the place
    and both numbers.
    """
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.5, 1.5, f(*inputs).shape)

    def result() -> Tensor:
        return (f(*inputs) * weights).sum()

    for x in inputs:
        x.zero_grad()
    result().backward()
    for number, x in enumerate(inputs):
        if not x.requires_grad:
            continue
        found = np.zeros(x.shape) if x.grad is None else x.grad
        expected = numerical_gradient(result, x, eps)
        wrong = ~np.isclose(found, expected, rtol=rtol, atol=atol)
        for place in np.argwhere(wrong):
            where = tuple(int(i) for i in place)
            raise GradientError(
                f"input {number} at {where}: backward says {found[where]:.6g},"
                f" central differences {expected[where]:.6g}"
            )
